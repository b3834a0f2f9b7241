"""Dates as people and pages write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catwalk.reader.extraction.dates import find_date, parse_date


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("2020-05-03", "2020-05-03"),
        ("2020-05-03T10:00:00Z", "2020-05-03T10:00:00+00:00"),
        ("2020-05-03 10:00:00 +0200", "2020-05-03T10:00:00+02:00"),
        ("2020/5/3", "2020-05-03"),
        ("May 3, 2020", "2020-05-03"),
        ("Sun May 3, 2020", "2020-05-03"),
        ("Posted on 3rd May 2020 at noon", "2020-05-03"),
        ("3. Mai 2020", "2020-05-03"),
        ("3 de mayo de 2020", "2020-05-03"),
        ("1er décembre 2020", "2020-12-01"),
        ("Sept. 3, 2020", "2020-09-03"),
        ("2020年5月3日", "2020-05-03"),
        ("03.05.2020", "2020-05-03"),
        ("1588500000", "2020-05-03"),
        ("03/05/2020", None),
        ("May 2020", None),
        ("May 33, 2020", None),
        ("3020-05-03", None),
        ("1066-10-14", None),
        ("version 2020.1", None),
        ("", None),
    ],
)
def test_a_date_is_found_where_it_can_be_read_in_one_way(text: str, date: str | None) -> None:
    assert parse_date(text) == date


def test_the_place_of_a_date_is_told() -> None:
    assert find_date("On May 3, 2020 and May 4, 2020.") == ("2020-05-03", 3, 14)


@given(st.text(alphabet="0123456789-/.: TZ年月日Maydecmr,", max_size=40))
def test_any_text_has_a_date_or_none(text: str) -> None:
    found = parse_date(text)

    assert found is None or found[:4].isdigit()
