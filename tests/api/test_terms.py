from __future__ import annotations

import math

import pytest

from catwalk.api.terms import PRIORITIES, read_terms
from catwalk.errors import InvalidRequest
from catwalk.serving.events import Priority


def test_who_says_nothing_waits_for_the_answer_and_leaves_the_rest_to_the_settings() -> None:
    assert read_terms(None, None) == {"priority": Priority.INTERACTIVE, "keep_alive_s": None}
    assert read_terms("", "") == {"priority": Priority.INTERACTIVE, "keep_alive_s": None}


@pytest.mark.parametrize(("said", "priority"), [("interactive", Priority.INTERACTIVE), ("batch", Priority.BATCH)])
def test_a_priority_is_said_in_lower_case(said: str, priority: Priority) -> None:
    assert read_terms(said, None)["priority"] is priority


@pytest.mark.parametrize("said", ["urgent", "Batch", "BATCH", "batch "])
def test_another_priority_is_refused_with_those_there_are(said: str) -> None:
    with pytest.raises(InvalidRequest, match=f"interactive or batch, not '{said}'") as refusal:
        read_terms(said, None)

    assert refusal.value.param == "priority"


def test_all_priorities_can_be_said() -> None:
    assert [read_terms(name, None)["priority"] for name in PRIORITIES] == list(Priority)


@pytest.mark.parametrize(
    ("said", "seconds"), [(0, 0.0), ("0", 0.0), (2.5, 2.5), ("10m", 600.0), (-1, math.inf), ("-1", math.inf)]
)
def test_a_model_stays_as_long_as_is_said(said: float | str, seconds: float) -> None:
    assert read_terms(None, said)["keep_alive_s"] == seconds


def test_what_is_no_duration_is_refused_by_the_name_of_its_field() -> None:
    with pytest.raises(InvalidRequest, match=r"^keep_alive: ") as refusal:
        read_terms("batch", "long")

    assert refusal.value.param == "keep_alive"
