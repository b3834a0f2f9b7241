"""The table of planted faults, and the page that shows it."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from benchmarks.gate.booth import Speaker
from benchmarks.gate.faults import Case, Outcome
from benchmarks.gate.lines import SpokenLine
from benchmarks.gate.report import PAGE, list_figures, show_in_page, summarise, write_table
from benchmarks.measurement import RESULTS
from catwalk.audio.waveform import Waveform
from catwalk.reader.verify import judge

ONE, TWO = Speaker("hibari", "heart"), Speaker("kokoro", "am_michael")


def outcome(kind: str | None, speaker: Speaker, *, accepted: bool) -> Outcome:
    line = SpokenLine("prose", "A line.", "A line.")
    verdict = replace(judge("A line.", "A line.", Waveform.silence(1.0, 16_000)), accepted=accepted)
    return Outcome(Case(kind, speaker, line, "A line.", Waveform.silence(1.0, 16_000)), verdict, verdict)


OUTCOMES = [
    outcome(None, ONE, accepted=True),
    outcome(None, ONE, accepted=False),
    outcome(None, TWO, accepted=True),
    outcome(None, TWO, accepted=True),
    outcome("stuck", ONE, accepted=False),
    outcome("stuck", TWO, accepted=True),
    outcome("clipping", TWO, accepted=False),
]


def test_shares_are_of_what_was_planted_and_of_what_was_clean() -> None:
    caught, accepted = list_figures("held", OUTCOMES)

    assert (caught.name, caught.n) == ("faults.held.caught", 3)
    assert caught.value == pytest.approx(2 / 3)
    assert (accepted.name, accepted.value, accepted.n) == ("faults.held.accepted", 0.75, 4)


def test_the_table_names_every_kind_with_its_share() -> None:
    table = write_table(summarise(OUTCOMES))

    assert table.splitlines()[2:] == [
        "| stuck | 2 | 50% | 1 of 1 | 0 of 1 |",
        "| clipping | 1 | 100% | 0 of 0 | 1 of 1 |",
        "| **all faults** | 3 | **66.7%** | | |",
        "| nothing (false alarms) | 4 | **25.0%** | 1 of 2 | 0 of 2 |",
    ]


def test_the_page_shows_the_table_between_its_marks() -> None:
    page = show_in_page("before\n<!-- faults -->\nold\n<!-- end -->\nafter\n", summarise(OUTCOMES))

    assert page == f"before\n<!-- faults -->\n{write_table(summarise(OUTCOMES))}<!-- end -->\nafter\n"


def test_the_documentation_shows_the_results_that_are_committed() -> None:
    summary = json.loads((RESULTS / "faults.json").read_text("utf-8"))
    text = PAGE.read_text("utf-8")

    assert show_in_page(text, summary) == text


def test_the_committed_results_are_what_was_promised() -> None:
    summary = json.loads((RESULTS / "faults.json").read_text("utf-8"))

    assert summary["planted"] >= 1000
    assert summary["clean"] >= 300
    assert len(summary["kinds"]) >= 10
    assert len(summary["clean_by_voice"]) == 2
    assert summary["caught_share"] >= 0.95
    assert summary["false_alarm_share"] <= 0.03
