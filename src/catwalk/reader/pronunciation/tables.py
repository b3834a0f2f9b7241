"""The tables that the rules share: tab-separated files inside this package, read when they are first needed."""

from __future__ import annotations

from functools import cache
from importlib.resources import files


@cache
def read_rows(name: str) -> tuple[tuple[str, ...], ...]:
    """Rows of a table; blank lines and lines that start with ``# `` are left out.

    Args:
        name: File name inside this package.
    """
    text = files(__package__).joinpath(name).read_text("utf-8")
    return tuple(
        tuple(line.split("\t")) for line in text.splitlines() if line and line != "#" and not line.startswith("# ")
    )


@cache
def read_pairs(name: str) -> dict[str, str]:
    """The first two columns of a table; a row of one column stands for itself."""
    return {row[0]: row[1] if len(row) > 1 else row[0] for row in read_rows(name)}


@cache
def read_words(name: str) -> frozenset[str]:
    """Every word of a table, whatever column it stands in and however many stand on a line."""
    return frozenset(word for row in read_rows(name) for cell in row for word in cell.split())
