from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from catwalk.podcast.job_log import KEPT_S, MAX_ENTRIES, Entry, Event, JobLog


def said(entries: list[Entry]) -> list[tuple[str, str]]:
    return [(each.event.value, each.detail) for each in entries]


def test_a_log_has_what_happened_in_order_and_when(tmp_path: Path) -> None:
    job_log = JobLog(tmp_path / "logs")
    job_log.add("a-1", Event.BEGUN)
    job_log.add("a-1", Event.STAGE, "fetching")
    job_log.add("b-2", Event.FAILED, "the page\nis gone")

    found = job_log.read("a-1")

    assert said(found) == [("begun", ""), ("stage", "fetching")]
    assert found[0].at <= found[1].at
    assert said(job_log.read("b-2")) == [("failed", "the page\nis gone")]
    assert job_log.read("c-3") == []


def test_a_line_that_a_kill_cut_off_spoils_no_other(tmp_path: Path) -> None:
    job_log = JobLog(tmp_path)
    job_log.add("a", Event.BEGUN)
    with (tmp_path / "a.jsonl").open("ab") as file:
        file.write(b'\n{"at": "2026-01-01T00:0')
    job_log.add("a", Event.DONE)

    assert said(job_log.read("a")) == [("begun", ""), ("done", "")]


def test_a_log_that_grows_too_long_loses_what_is_old(tmp_path: Path) -> None:
    job_log = JobLog(tmp_path)
    for number in range(MAX_ENTRIES):
        job_log.add("a", Event.WAITS, f"{number} {'x' * 300}")

    found = job_log.read("a")

    assert len(found) < MAX_ENTRIES
    assert found[-1].detail.startswith(f"{MAX_ENTRIES - 1} ")
    assert (tmp_path / "a.jsonl").stat().st_size < 400 * MAX_ENTRIES


def test_only_logs_to_which_nothing_was_added_for_long_are_swept(tmp_path: Path) -> None:
    job_log = JobLog(tmp_path)
    job_log.add("old", Event.DONE)
    job_log.add("new", Event.DONE)
    long_ago = time.time() - KEPT_S - 60
    os.utime(tmp_path / "old.jsonl", (long_ago, long_ago))

    job_log.sweep()

    assert job_log.read("old") == []
    assert said(job_log.read("new")) == [("done", "")]


def test_no_id_leads_out_of_the_folder(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no id of a job"):
        JobLog(tmp_path / "logs").read("../secret")


def test_where_nothing_can_be_written_no_work_is_broken_off(tmp_path: Path) -> None:
    (tmp_path / "logs").write_text("a file stands where the folder should")

    JobLog(tmp_path / "logs").add("a", Event.BEGUN)

    assert (tmp_path / "logs").is_file()
