from __future__ import annotations

import dataclasses
import json
import logging
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catwalk.serving.budget import covers, larger
from catwalk.serving.catalog import LocalFolder, ModelSpec
from catwalk.serving.footprints import Footprint, Footprints
from catwalk.tasks import Task

SPEC = ModelSpec("a", "fake", "m:C", frozenset({Task.SYNTHESIZE}), options={"device": "cuda:0"})
MEASURED = Footprint({"ram": 100, "cuda:0": 1000}, {"ram": 150, "cuda:0": 1000}, 2.5, {"tone": 7})

SIZES = st.dictionaries(st.sampled_from(["ram", "cuda:0", "cuda:1"]), st.integers(0, 2**40))
FOOTPRINTS = st.builds(Footprint, SIZES, SIZES, st.floats(0, 1e4), st.dictionaries(st.text(max_size=3), st.integers(0)))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "home" / "footprints.json"


@pytest.fixture
def hasty_threads() -> Iterator[None]:
    """Threads take turns so often that a missing lock shows."""
    usual_s = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(usual_s)


def sized(n_bytes: int) -> Footprint:
    return Footprint({"ram": n_bytes}, {"ram": n_bytes}, 1.0)


def ram_of(kept: Footprint | None) -> int:
    assert kept is not None
    return kept.sizes["ram"]


def test_what_was_noted_is_found_by_the_next_server(path: Path) -> None:
    Footprints(path, "this machine").note(SPEC, MEASURED)

    assert Footprints(path, "this machine").find(SPEC) == MEASURED


def test_what_was_never_measured_is_not_known(path: Path) -> None:
    assert Footprints(path, "this machine").find(SPEC) is None
    assert not path.exists()


@pytest.mark.parametrize(
    "other",
    [
        dataclasses.replace(SPEC, options={"device": "cuda:1"}),
        dataclasses.replace(SPEC, weights=(LocalFolder(Path("/models/a")),)),
        dataclasses.replace(SPEC, factory="m:D"),
    ],
    ids=["options", "weights", "backend"],
)
def test_another_thing_in_memory_is_measured_for_itself(path: Path, other: ModelSpec) -> None:
    footprints = Footprints(path, "this machine")

    footprints.note(SPEC, MEASURED)

    assert footprints.find(other) is None


@pytest.mark.parametrize(
    "same",
    [
        dataclasses.replace(SPEC, name="b"),
        dataclasses.replace(
            SPEC, aliases=("tts-1",), keep_alive_s=3.0, preload=True, pinned=True, default_voice="tone"
        ),
        dataclasses.replace(SPEC, options=dict(SPEC.options)),
    ],
    ids=["name", "terms", "equal options"],
)
def test_what_does_not_change_the_bytes_changes_nothing(path: Path, same: ModelSpec) -> None:
    footprints = Footprints(path, "this machine")

    footprints.note(SPEC, MEASURED)

    assert footprints.find(same) == MEASURED


def test_the_order_of_options_does_not_matter(path: Path) -> None:
    footprints = Footprints(path, "this machine")

    footprints.note(dataclasses.replace(SPEC, options={"x": 1, "y": 2}), MEASURED)

    assert footprints.find(dataclasses.replace(SPEC, options={"y": 2, "x": 1})) == MEASURED


def test_another_machine_measures_anew_and_keeps_what_the_first_knew(path: Path) -> None:
    Footprints(path, "this machine").note(SPEC, MEASURED)
    there = Footprints(path, "another machine")
    first_look = there.find(SPEC)

    there.note(SPEC, sized(5))

    assert first_look is None
    assert Footprints(path, "this machine").find(SPEC) == MEASURED


def test_growth_counts_at_once(path: Path) -> None:
    footprints = Footprints(path, "this machine")
    footprints.note(SPEC, sized(100))

    footprints.note(SPEC, sized(130))

    assert footprints.find(SPEC) == sized(130)


def test_a_life_that_is_not_over_lowers_nothing(path: Path) -> None:
    footprints = Footprints(path, "this machine")
    footprints.note(SPEC, sized(100))

    footprints.note(SPEC, sized(50))

    assert footprints.find(SPEC) == sized(100)


def test_a_whole_life_that_took_less_is_believed_by_a_fifth(path: Path) -> None:
    footprints = Footprints(path, "this machine")
    footprints.note(SPEC, sized(100))

    footprints.note(SPEC, sized(50), is_whole=True)

    assert ram_of(footprints.find(SPEC)) == 90


def test_whole_lives_that_took_less_come_to_be_believed(path: Path) -> None:
    footprints = Footprints(path, "this machine")
    footprints.note(SPEC, sized(100))

    kept = []
    for _ in range(30):
        footprints.note(SPEC, sized(50), is_whole=True)
        kept.append(ram_of(footprints.find(SPEC)))

    assert kept == sorted(kept, reverse=True)
    assert kept[-1] == pytest.approx(50, abs=5)


def test_a_device_that_a_life_has_not_touched_yet_is_not_forgotten(path: Path) -> None:
    footprints = Footprints(path, "this machine")
    footprints.note(SPEC, MEASURED)

    footprints.note(SPEC, sized(60))

    kept = footprints.find(SPEC)
    assert kept is not None
    assert kept.sizes == {"ram": 100, "cuda:0": 1000}


def test_voices_are_remembered_and_measured_anew(path: Path) -> None:
    footprints = Footprints(path, "this machine")
    footprints.note(SPEC, MEASURED)

    footprints.note(SPEC, dataclasses.replace(MEASURED, latents={"low": 3, "high": 2}))
    footprints.note(SPEC, dataclasses.replace(MEASURED, latents={"low": 4}))

    kept = footprints.find(SPEC)
    assert kept is not None
    assert kept.latents == {"tone": 7, "low": 4, "high": 2}


def test_what_was_enough_for_a_whole_life_is_kept_and_rises_slowly(path: Path) -> None:
    footprints = Footprints(path, "this machine")

    kept = []
    for n_bytes in (100, 140, 140, 90):
        footprints.note(SPEC, sized(n_bytes), is_whole=True)
        found = footprints.find(SPEC)
        kept.append(found.least["ram"] if found is not None else None)

    assert kept == [100, 120, 130, 90]


def test_a_life_that_is_not_over_does_not_say_what_is_enough(path: Path) -> None:
    footprints = Footprints(path, "this machine")

    footprints.note(SPEC, sized(100))

    assert footprints.find(SPEC) == sized(100)


def test_a_footprint_over_the_budget_is_bounded_where_a_life_kept_within_it() -> None:
    kept = Footprint({"ram": 104}, {"ram": 90}, 1.0, least={"ram": 95})

    assert kept.bound({"ram": 100}).sizes == {"ram": 100}
    assert kept.bound({"ram": 90}).sizes == {"ram": 104}


@given(FOOTPRINTS, FOOTPRINTS, st.floats(0, 1))
def test_joined_lives_hold_at_least_the_newer_and_at_most_the_larger(
    older: Footprint, newer: Footprint, belief: float
) -> None:
    joined = older.join(newer, belief)

    assert covers(joined.sizes, newer.sizes)
    assert covers(joined.load_sizes, newer.load_sizes)
    assert covers(larger(older.sizes, newer.sizes), joined.sizes)
    assert covers(larger(older.load_sizes, newer.load_sizes), joined.load_sizes)
    assert joined.load_s == newer.load_s


@given(FOOTPRINTS, FOOTPRINTS)
def test_what_is_believed_wholly_is_the_larger_of_both(older: Footprint, newer: Footprint) -> None:
    joined = older.join(newer, 1.0)

    assert joined.sizes == larger(older.sizes, newer.sizes)
    assert joined.load_sizes == larger(older.load_sizes, newer.load_sizes)


@pytest.mark.parametrize(
    "content", [b"", b"{", b"\xff\xfe", b"[1, 2]", b"null"], ids=["empty", "cut", "no text", "list", "null"]
)
def test_a_broken_file_costs_only_a_measurement(path: Path, content: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(content)

    footprints = Footprints(path, "this machine")
    known = footprints.find(SPEC)
    footprints.note(SPEC, MEASURED)

    assert known is None
    assert Footprints(path, "this machine").find(SPEC) == MEASURED


def test_a_file_that_cannot_be_read_is_named_in_the_log(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path.parent.mkdir()
    path.write_text("{")

    Footprints(path, "this machine")

    assert [(record.levelno, str(path) in record.message) for record in caplog.records] == [(logging.WARNING, True)]


@pytest.mark.parametrize(
    "entry",
    [
        "much",
        {},
        {"sizes": "much", "load_sizes": {}, "load_s": 1.0, "latents": {}},
        {"sizes": {"ram": "much"}, "load_sizes": {}, "load_s": 1.0, "latents": {}},
        {"sizes": {}, "load_sizes": {}, "load_s": "long", "latents": {}},
        {"sizes": {}, "load_sizes": {}, "load_s": 1.0, "latents": None},
    ],
    ids=["no map", "nothing", "no sizes", "no bytes", "no seconds", "no voices"],
)
def test_a_broken_entry_counts_as_never_measured(path: Path, entry: Any) -> None:
    Footprints(path, "this machine").note(SPEC, MEASURED)
    path.write_text(json.dumps(dict.fromkeys(json.loads(path.read_text()), entry)))

    footprints = Footprints(path, "this machine")
    known = footprints.find(SPEC)
    footprints.note(SPEC, MEASURED)

    assert known is None
    assert footprints.find(SPEC) == MEASURED


def test_an_entry_with_more_than_this_version_knows_is_read(path: Path) -> None:
    Footprints(path, "this machine").note(SPEC, MEASURED)
    entries = json.loads(path.read_text())
    path.write_text(json.dumps({key: entry | {"watts": 300} for key, entry in entries.items()}))

    assert Footprints(path, "this machine").find(SPEC) == MEASURED


def test_a_folder_that_cannot_be_written_costs_only_a_line_in_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").touch()
    footprints = Footprints(tmp_path / "file" / "footprints.json", "this machine")
    caplog.clear()

    footprints.note(SPEC, MEASURED)

    assert footprints.find(SPEC) == MEASURED
    assert ["could not be kept" in record.message for record in caplog.records] == [True]


def test_nothing_new_is_not_written_again(path: Path) -> None:
    footprints = Footprints(path, "this machine")
    footprints.note(SPEC, MEASURED)
    path.unlink()

    footprints.note(SPEC, MEASURED)

    assert not path.exists()


def test_nothing_is_left_beside_the_file(path: Path) -> None:
    Footprints(path, "this machine").note(SPEC, MEASURED)

    assert list(path.parent.iterdir()) == [path]


@pytest.mark.usefixtures("hasty_threads")
def test_models_that_are_measured_at_once_are_all_kept(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    footprints = Footprints(path, "this machine")
    specs = [dataclasses.replace(SPEC, options={"number": number}) for number in range(40)]
    together = threading.Barrier(8)

    def note_some(first: int) -> None:
        together.wait()
        for number in range(first, len(specs), 8):
            footprints.note(specs[number], sized(number))

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(note_some, range(8)))

    again = Footprints(path, "this machine")
    assert [ram_of(again.find(spec)) for spec in specs] == list(range(40))
    assert caplog.records == []


@pytest.mark.usefixtures("hasty_threads")
def test_the_largest_of_measurements_made_at_once_stays(path: Path) -> None:
    footprints = Footprints(path, "this machine")

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda n_bytes: footprints.note(SPEC, sized(n_bytes)), [17, 3, 40, 5, 39, 12, 1, 38] * 4))

    assert ram_of(Footprints(path, "this machine").find(SPEC)) == 40
