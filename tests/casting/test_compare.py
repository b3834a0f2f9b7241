from __future__ import annotations

import io

import pytest
from PIL import Image

from catwalk.casting.compare import Comparison, Group
from catwalk.casting.plot import draw_comparison

ANNE = Group("anne", ("1.wav", "2.wav"), ((1.0, 0.0, 0.0), (0.96, 0.28, 0.0)))
BILL = Group("bill", ("3.wav",), ((0.0, 1.0, 0.0),))


def test_likeness_is_that_of_the_averages() -> None:
    found = Comparison((ANNE, BILL)).to_json()

    assert found["voices"] == ["anne", "bill"]
    assert found["likeness"][0] == pytest.approx([1.0, 0.1414], abs=1e-3)
    assert found["within"] == {"anne": 0.96, "bill": None}


def test_every_recording_is_held_against_every_voice() -> None:
    recordings = Comparison((ANNE, BILL)).to_json()["recordings"]

    assert [each["name"] for each in recordings] == ["1.wav", "2.wav", "3.wav"]
    assert recordings[2]["likeness"]["bill"] == pytest.approx(1.0)


@pytest.mark.parametrize(
    "groups",
    [
        (ANNE, BILL),
        (BILL, Group("bill again", ("4.wav",), BILL.vectors)),
        tuple(Group("a very long name: " + "ü…" * n, ANNE.recordings, ANNE.vectors) for n in range(9)),
    ],
    ids=["two", "the same", "many"],
)
def test_the_plot_is_a_picture_whatever_is_compared(groups: tuple[Group, ...]) -> None:
    picture = Image.open(io.BytesIO(draw_comparison(Comparison(groups))))

    assert picture.format == "PNG"
    assert min(picture.size) > 400
