from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catwalk.errors import InvalidRequest
from catwalk.serving.durations import parse_duration_s

UNITS_S = {"": 1.0, "ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
POSITIVE = st.floats(0, 1e9)


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        (0, 0.0),
        (90, 90.0),
        (0.5, 0.5),
        ("90", 90.0),
        ("90s", 90.0),
        ("10m", 600.0),
        ("1.5h", 5400.0),
        ("2d", 172_800.0),
        ("250ms", 0.25),
        (" 10 m ", 600.0),
        (-1, math.inf),
        ("-1", math.inf),
        ("-5m", math.inf),
    ],
)
def test_durations_are_read_as_people_write_them(written: float | str, seconds: float) -> None:
    assert parse_duration_s(written) == seconds


@pytest.mark.parametrize("written", ["", "s", "m", "soon", "10 minutes", "1h30m", "5m3", "nan", "nans", math.nan, "½h"])
def test_what_is_no_duration_is_refused_with_what_was_given(written: float | str) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        parse_duration_s(written)

    assert f"not {written!r}" in refusal.value.message
    assert refusal.value.param is None


def test_the_field_at_fault_is_named() -> None:
    with pytest.raises(InvalidRequest, match=r"^keep_alive: a duration is") as refusal:
        parse_duration_s("soon", param="keep_alive")

    assert refusal.value.param == "keep_alive"


@given(POSITIVE, st.sampled_from(sorted(UNITS_S)), st.sampled_from(["", " "]))
def test_a_number_counts_in_its_unit(number: float, unit: str, gap: str) -> None:
    seconds = parse_duration_s(f"{number!r}{gap}{unit}")

    assert seconds == pytest.approx(number * UNITS_S[unit])


@given(POSITIVE)
def test_a_number_means_the_same_written_or_not(number: float) -> None:
    assert parse_duration_s(number) == parse_duration_s(str(number)) == number


@given(st.floats(max_value=-1e-9), st.sampled_from(sorted(UNITS_S)))
def test_anything_negative_is_forever(number: float, unit: str) -> None:
    assert parse_duration_s(f"{number!r}{unit}") == math.inf


@given(st.text(max_size=12) | st.from_regex(r"[-+.\d_ einf]{0,8}(ms|s|m|h|d)?", fullmatch=True))
def test_any_text_is_a_duration_or_is_refused(text: str) -> None:
    try:
        seconds = parse_duration_s(text)
    except InvalidRequest:
        return

    assert seconds >= 0
