from __future__ import annotations

from pathlib import Path

import pytest

from catwalk.library.descriptions import KeptDescriptions


@pytest.mark.parametrize("asked", ["What is it?", b"\x89PNG", "\ud800"])
def test_what_is_kept_is_found_again_under_its_model_and_question(tmp_path: Path, asked: str | bytes) -> None:
    KeptDescriptions(tmp_path).keep("gemma", asked, "A kettle.")

    kept = KeptDescriptions(tmp_path)
    assert kept.find("gemma", asked) == "A kettle."
    assert kept.find("other", asked) is None
    assert kept.find("gemma", "Another question") is None


def test_an_empty_answer_is_not_an_unasked_question(tmp_path: Path) -> None:
    kept = KeptDescriptions(tmp_path)

    kept.keep("gemma", "Hm?", "")

    assert kept.find("gemma", "Hm?") == ""


def test_a_damaged_record_counts_as_none(tmp_path: Path) -> None:
    kept = KeptDescriptions(tmp_path)
    kept.keep("gemma", "Hm?", "A kettle.")
    (record,) = tmp_path.rglob("*.json")

    record.write_text('["half')

    assert kept.find("gemma", "Hm?") is None
