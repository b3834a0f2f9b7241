from __future__ import annotations

from dataclasses import FrozenInstanceError

import pytest

from catwalk.reader.policy import Pauses, ScriptPolicy


def test_a_policy_cannot_be_changed_once_it_is_made() -> None:
    policy = ScriptPolicy()

    with pytest.raises(FrozenInstanceError):
        policy.code = "skip"  # type: ignore[misc]  # that it cannot be done is what is tested


def test_silences_grow_from_clause_to_sentence_to_paragraph_to_heading() -> None:
    pauses = Pauses()

    assert pauses.clause_s < pauses.sentence_s < pauses.list_item_s < pauses.paragraph_s < min(pauses.before_heading_s)


def test_higher_headings_have_at_least_the_silence_of_lower_ones() -> None:
    pauses = Pauses()

    for silences in (pauses.before_heading_s, pauses.after_heading_s):
        assert len(silences) == 6
        assert list(silences) == sorted(silences, reverse=True)
