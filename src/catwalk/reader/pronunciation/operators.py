"""Operators: by name where they are spoken of, by meaning where they stand between two operands."""

from __future__ import annotations

from functools import cache

from catwalk.reader.pronunciation.tables import read_rows


@cache
def _operators() -> dict[str, tuple[str, str]]:
    return {row[0]: (row[1], row[2] if len(row) > 2 else "") for row in read_rows("operators.tsv")}


def name_operator(sign: str) -> str | None:
    """What an operator is called, None where it is none: "double colon", "not equal to"."""
    found = _operators().get(sign)
    return found[0] if found else None


def say_operator_between(sign: str) -> str | None:
    """What an operator means between two operands, None where only its name is said: "does not equal"."""
    found = _operators().get(sign)
    return (found[1] or None) if found else None
