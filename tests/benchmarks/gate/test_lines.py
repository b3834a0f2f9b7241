"""The lines that the voices are tried on."""

from __future__ import annotations

from collections import Counter

from benchmarks.gate.lines import rank, read_lines


def test_no_line_is_there_twice() -> None:
    texts = [line.text for line in read_lines()]

    assert len(texts) == len(set(texts)) >= 300


def test_both_halves_have_lines_of_every_kind_of_which_there_are_many() -> None:
    kinds = Counter(line.kind for line in read_lines())
    held, tuning = (Counter(line.kind for line in read_lines(half)) for half in ("held", "tuning"))

    assert held + tuning == kinds
    assert all(min(held[kind], tuning[kind]) >= 3 for kind, n in kinds.items() if n >= 16)


def test_a_half_holds_clean_takes_enough_for_two_voices() -> None:
    assert 2 * len(read_lines("held")) >= 300


def test_chance_is_the_same_on_every_machine() -> None:
    assert rank("a", "b") == rank("a", "b") != rank("ab")
    assert rank("half", "The first one") == 14048474811306854553
