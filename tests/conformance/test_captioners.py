"""What every backend that captions must do."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pytest
from PIL import Image, ImageDraw

from catwalk.errors import CatwalkError, InvalidRequest, PictureTooLarge, PictureUnreadable, UnsupportedFormat
from catwalk.tasks import Batching, Task
from tiny import FAR, performing


class OneByOne:
    """What stands in for a batch where a backend has none."""

    def __init__(self, backend: Any) -> None:
        self._backend = backend

    def run_batch(self, _: str, calls: list[dict[str, Any]]) -> Iterator[tuple[int, Any]]:
        for index, call in enumerate(calls):
            try:
                yield index, self._backend.caption(**call)
            except CatwalkError as error:
                yield index, error


captioners = performing(Task.CAPTION)
local_captioners = performing(Task.CAPTION, without=(FAR,))  # what travels is looked at elsewhere


def page(words: str = "TEA IS READY", kind: str = "PNG", mode: str = "RGB") -> bytes:
    """Words on white, large enough for a reader and no less a picture for anybody else."""
    image = Image.new("RGB", (480, 120), "white")
    ImageDraw.Draw(image).text((20, 30), words, fill="black", font_size=44)
    file = io.BytesIO()
    image.convert(mode).save(file, kind)
    return file.getvalue()


@captioners
def test_a_caption_is_words_without_space_around_them(backend: Any) -> None:
    caption = backend.caption(page())

    assert isinstance(caption, str)
    assert caption == caption.strip() != ""


@local_captioners
def test_the_same_picture_has_the_same_caption(backend: Any) -> None:
    assert backend.caption(page()) == backend.caption(page())


@local_captioners
@pytest.mark.parametrize(
    ("kind", "mode"), [("JPEG", "CMYK"), ("GIF", "P"), ("WEBP", "RGBA"), ("BMP", "L"), ("PNG", "1")]
)
def test_pictures_of_every_kind_are_looked_at(backend: Any, kind: str, mode: str) -> None:
    assert isinstance(backend.caption(page(kind=kind, mode=mode)), str)


@local_captioners
@pytest.mark.parametrize("size", [(1, 1), (1, 400), (900, 2), (2000, 12)])
def test_pictures_of_odd_shapes_are_no_failure(backend: Any, size: tuple[int, int]) -> None:
    file = io.BytesIO()
    Image.new("RGB", size, "teal").save(file, "PNG")

    assert isinstance(backend.caption(file.getvalue()), str)


@local_captioners
@pytest.mark.parametrize(
    ("content", "error"),
    [(b"", PictureUnreadable), (page()[:300], PictureUnreadable), (b"<svg/>", UnsupportedFormat)],
    ids=["nothing", "cut off", "svg"],
)
def test_what_is_no_whole_picture_is_the_callers_fault(
    backend: Any, content: bytes, error: type[InvalidRequest]
) -> None:
    with pytest.raises(error):
        backend.caption(content)


@local_captioners
def test_a_picture_of_too_many_pixels_is_refused(backend: Any) -> None:
    file = io.BytesIO()
    Image.new("1", (8_000, 8_000)).save(file, "PNG")

    with pytest.raises(PictureTooLarge):
        backend.caption(file.getvalue())


@local_captioners
def test_a_batch_answers_as_single_calls_do(backend: Any) -> None:
    calls = [{"image": page()}, {"image": b"junk"}, {"image": page("COFFEE IS NOT")}]
    batching: Any = backend if isinstance(backend, Batching) else OneByOne(backend)

    answers = dict(batching.run_batch("caption", calls))

    assert isinstance(answers.pop(1), CatwalkError)
    assert answers == {index: backend.caption(**calls[index]) for index in (0, 2)}


# --- what only one family does


@pytest.mark.parametrize("backend", ["ocr"], indirect=True)
def test_a_reader_gives_the_words_in_the_picture(backend: Any) -> None:
    assert backend.caption(page()) == "TEA IS READY"


@pytest.mark.parametrize("backend", ["ocr"], indirect=True)
def test_a_picture_without_words_has_an_empty_caption(backend: Any) -> None:
    file = io.BytesIO()
    Image.linear_gradient("L").save(file, "PNG")

    assert backend.caption(file.getvalue()) == ""


@pytest.mark.parametrize("backend", ["ocr"], indirect=True)
def test_columns_are_read_one_after_the_other(backend: Any) -> None:
    image = Image.new("RGB", (900, 300), "white")
    drawing = ImageDraw.Draw(image)
    for x, words in ((30, ("Green tea", "from Japan")), (500, ("Black tea", "from Ceylon"))):
        for row, line in enumerate(words):
            drawing.text((x, 120 + 50 * row), line, fill="black", font_size=36)
    drawing.text((30, 20), "Two kinds of tea in all the shops", fill="black", font_size=40)
    file = io.BytesIO()
    image.save(file, "PNG")

    said = " ".join(backend.caption(file.getvalue()).split())

    assert said == "Two kinds of tea in all the shops Green tea from Japan Black tea from Ceylon"
