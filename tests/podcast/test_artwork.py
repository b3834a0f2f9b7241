from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from catwalk.errors import InvalidRequest, UnsupportedSource
from catwalk.podcast.artwork import MAX_BYTES, check_artwork, draw_artwork, is_drawn, square_picture


def encoded(size: tuple[int, int], kind: str = "JPEG", mode: str = "RGB", colour: object = "red") -> bytes:
    file = io.BytesIO()
    Image.new(mode, size, colour).save(file, kind)  # type: ignore[arg-type]  # whatever the test wants
    return file.getvalue()


def opened(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content))


@pytest.mark.parametrize("title", ["On teapots", "word " * 60, "W" * 200, "Записки", "茶壺", "𓀀", "", "\x00\ud800"])
def test_a_drawn_picture_is_one_that_directories_take(title: str) -> None:
    content = draw_artwork(title, "Ada Pott")

    check_artwork(content)
    assert opened(content).size == (3000, 3000)


def test_the_same_show_has_the_same_picture_and_another_has_another() -> None:
    first = draw_artwork("On teapots", "Ada")

    assert draw_artwork("On teapots", "Ada") == first
    assert draw_artwork("On kettles", "Ada") != first


@pytest.mark.parametrize(("colour", "strongest"), [("#c21", 0), ("#12bb33", 1), ("2233cc", 2)])
def test_the_colour_of_the_site_is_that_of_the_picture(colour: str, strongest: int) -> None:
    picture = np.asarray(opened(draw_artwork("On teapots", colour=colour)))

    assert int(np.argmax(picture[:100].mean(axis=(0, 1)))) == strongest


@pytest.mark.parametrize("colour", ["#777", "#000", "rebeccapurple", "url(x)"])
def test_a_site_without_a_colour_gets_one_from_the_title(colour: str) -> None:
    assert draw_artwork("On teapots", colour=colour) == draw_artwork("On teapots")


def test_a_nearly_square_picture_is_cropped() -> None:
    picture = opened(square_picture(encoded((1600, 1450), "PNG")))

    assert (picture.size, picture.format, picture.mode) == ((1450, 1450), "JPEG", "RGB")


def test_a_wide_picture_stands_whole_on_the_colour_of_its_edge() -> None:
    picture = opened(square_picture(encoded((2000, 1000), colour=(10, 120, 200))))

    assert picture.size == (2000, 2000)
    assert picture.getpixel((1000, 5)) == pytest.approx((10, 120, 200), abs=6)


@pytest.mark.parametrize("size", [(700, 700), (1399, 1399), (1200, 630)])
def test_a_picture_that_is_a_little_small_is_made_larger(size: tuple[int, int]) -> None:
    content = square_picture(encoded(size))

    check_artwork(content)
    assert opened(content).size == (1400, 1400)


def test_a_drawn_picture_is_told_from_a_blogs_own() -> None:
    assert is_drawn(draw_artwork("On teapots"))
    assert not is_drawn(square_picture(encoded((1400, 1400))))
    assert not is_drawn(b"")


def test_a_picture_that_is_too_large_is_made_smaller_and_small_enough_to_send() -> None:
    noise = Image.fromarray(np.random.default_rng(1).integers(0, 255, (3200, 3200, 3), np.uint8))
    file = io.BytesIO()
    noise.save(file, "JPEG", quality=60)

    content = square_picture(file.getvalue())

    check_artwork(content)
    assert len(content) <= MAX_BYTES


@pytest.mark.parametrize("content", [encoded((699, 699)), encoded((4000, 1500)), b"<svg/>", b""])
def test_a_picture_that_would_not_do_is_not_used(content: bytes) -> None:
    with pytest.raises(UnsupportedSource):
        square_picture(content)


@pytest.mark.parametrize(
    "content",
    [
        encoded((1399, 1399)),
        encoded((3001, 3001)),
        encoded((1400, 1500)),
        encoded((1400, 1400), "WEBP"),
        encoded((1400, 1400), "PNG", "RGBA"),
        encoded((1400, 1400), "JPEG", "CMYK", 0),
    ],
)
def test_what_directories_would_refuse_is_refused(content: bytes) -> None:
    with pytest.raises(InvalidRequest):
        check_artwork(content)
