"""Units, and the prefixes before them."""

from __future__ import annotations

import pytest

from catwalk.reader.pronounce import pronounce
from catwalk.reader.pronunciation.measures import _BASES, find_unit


@pytest.mark.parametrize("symbol", [prefix + base for base, prefixes in _BASES.items() for prefix in prefixes])
def test_every_prefix_that_a_unit_is_met_with_has_a_name(symbol: str) -> None:
    assert find_unit(symbol) is not None or symbol in {"mM", "pM"} or len(symbol) < 3


def test_a_tenth_of_a_liter_is_a_deciliter() -> None:
    assert pronounce("222 dL of milk") == "two hundred and twenty-two deciliters of milk"
