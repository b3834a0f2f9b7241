"""Listings in pages: each goes on where the last one ended, so that the thousandth costs what the first did."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeAlias, TypeVar

import sqlalchemy as sql
from sqlalchemy.orm import InstrumentedAttribute, Session

from catwalk.errors import InvalidRequest

MAX_LIMIT = 1000

Item = TypeVar("Item")
Query: TypeAlias = sql.Select[*tuple[Any, ...]]
Row: TypeAlias = sql.Row[*tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """A stretch of a listing."""

    items: tuple[Item, ...]
    next: str | None
    """Asks for the page after this one; None on the last."""


def read_page(
    session: Session,
    query: Query,
    keys: Sequence[InstrumentedAttribute[Any]],
    make: Callable[[Row], Item],
    *,
    after: str | None,
    limit: int,
    newest_first: bool = False,
) -> Page[Item]:
    """The page of ``query`` that follows ``after``.

    Args:
        session: Where to look.
        query: What is listed; neither ordered nor limited.
        keys: Columns that order it and that no two rows have alike.
        make: Makes an item of a row.
        after: ``next`` of the page before; None for the first.
        limit: How many items, 1 to 1000.
        newest_first: Whether the order is turned round.

    Raises:
        InvalidRequest: ``after`` comes from no listing of this kind, or ``limit`` is out of range.
    """
    if not 1 <= limit <= MAX_LIMIT:
        raise InvalidRequest(f"limit is 1 to {MAX_LIMIT}, not {limit}", param="limit")
    if after is not None:
        place = [sql.literal(value, key.type) for value, key in zip(_decode(after, keys), keys, strict=True)]
        here, there = sql.tuple_(*keys), sql.tuple_(*place)
        query = query.where(here < there if newest_first else here > there)
    order = [key.desc() if newest_first else key.asc() for key in keys]
    rows = session.execute(query.add_columns(*keys).order_by(*order).limit(limit + 1)).all()
    more = len(rows) > limit
    rows = rows[:limit]
    return Page(tuple(make(row) for row in rows), _encode(rows[-1][-len(keys) :]) if more else None)


def _encode(place: Sequence[Any]) -> str:
    values = [value.isoformat() if isinstance(value, datetime) else value for value in place]
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


def _decode(cursor: str, keys: Sequence[InstrumentedAttribute[Any]]) -> list[Any]:
    try:
        values = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        kinds = [key.type.python_type for key in keys]
        read = [
            datetime.fromisoformat(value) if kind is datetime else value
            for value, kind in zip(values, kinds, strict=True)
        ]
        if all(isinstance(value, kind) for value, kind in zip(read, kinds, strict=True)):
            return read
    except (ValueError, TypeError):
        pass
    raise InvalidRequest("after is what a listing's page named as its next, and this is not", param="after")
