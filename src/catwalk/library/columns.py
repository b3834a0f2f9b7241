"""What columns of the library's tables hold: moments, ids, and ranks that sort byte by byte."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from sqlalchemy import BigInteger, DateTime, Dialect, Integer, String, TypeDecorator
from sqlalchemy.orm import mapped_column


class Moment(TypeDecorator[datetime]):
    """A time in UTC, to the microsecond; SQLite keeps it as text that sorts."""

    impl = DateTime(timezone=True)
    cache_ok = True

    @property
    def python_type(self) -> type[datetime]:
        """What the program is given."""
        return datetime

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """What the database is given."""
        del dialect
        return value and value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """What the program is given."""
        del dialect
        return value and (value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC))


BIG = BigInteger().with_variant(Integer(), "sqlite")
_BYTEWISE = String().with_variant(String(collation="C"), "postgresql")

Id = Annotated[int, mapped_column(BIG, primary_key=True)]
Pointer = Annotated[int, mapped_column(BIG)]
Rank = Annotated[str, mapped_column(_BYTEWISE)]
