from __future__ import annotations

from dataclasses import replace

import pytest

from catwalk.reader.article import Block, BlockKind
from catwalk.reader.descriptions import Description
from catwalk.reader.policy import ScriptPolicy
from catwalk.reader.scripting.image_speech import gather_undescribed, render_image
from catwalk.reader.scripting.utterance import Manner


def image(**fields: str | None) -> Block:
    return Block(id="b1", kind=BlockKind.IMAGE, text="", **{"src": "https://blog.example/a.png", **fields})  # type: ignore[arg-type]  # all are texts


def manner(said: str | None = None) -> Manner:
    descriptions = {"b1": Description(said, "blip")} if said else {}
    return Manner(ScriptPolicy(), lambda text: text.replace("`", ""), frozenset(), descriptions)


def spoken(block: Block, said: str | None = None) -> list[str]:
    return [utterance.spoken for utterance in render_image(manner(said), block).utterances]


def test_the_alternative_text_is_read_and_then_the_caption() -> None:
    assert spoken(image(alt="A fox on a roof", caption="Taken in May.")) == [
        "Image: A fox on a roof.",
        "Caption: Taken in May.",
    ]


def test_a_caption_that_says_the_same_is_read_once() -> None:
    assert spoken(image(alt="A fox on a roof", caption="A fox on a roof, in May.")) == [
        "Image: A fox on a roof, in May."
    ]


def test_a_model_s_words_stand_where_the_author_s_say_nothing() -> None:
    assert spoken(image(alt="fox1.jpg"), "A fox asleep.") == ["Image: A fox asleep."]


def test_the_author_s_words_go_before_a_model_s() -> None:
    assert spoken(image(caption="Figure two."), "A fox asleep.") == ["Image: Figure two.", "It shows: A fox asleep."]


def test_a_model_may_say_how_its_words_begin() -> None:
    own = replace(manner(), descriptions={"b1": Description("Foxes of the north.", "ocr", lead="The picture says:")})

    rendition = render_image(own, image())

    assert [utterance.spoken for utterance in rendition.utterances] == ["The picture says: Foxes of the north."]
    assert rendition.reason == "described by ocr"


def test_why_a_model_said_nothing_stands_in_the_ledger() -> None:
    own = replace(manner(), descriptions={"b1": Description("", "blip", remark="no answer")})
    block = image()

    gathered = gather_undescribed(own, [block], {"b1": render_image(own, block)})

    assert gathered["b1"].utterances[0].spoken == "An image without a description."
    assert gathered["b1"].reason == "the source says nothing about the image; no answer"


def test_a_model_without_an_answer_leaves_the_alternative_text() -> None:
    assert spoken(image(alt="A fox"), None) == ["Image: A fox."]


def test_the_title_is_read_where_there_is_neither() -> None:
    assert spoken(image(title="A fox")) == ["Image: A fox."]


@pytest.mark.parametrize("alt", ["IMG_2041", "fox-den.jpg", "image", "Screenshot", "photo 3", "Slide 12"])
def test_an_alternative_text_that_says_nothing_is_not_read(alt: str) -> None:
    rendition = render_image(manner(), image(alt=alt))

    assert [utterance.spoken for utterance in rendition.utterances] == ["An image without a description."]
    assert rendition.reason == "the source says nothing about the image"


def test_a_decorative_image_is_skipped() -> None:
    rendition = render_image(manner("A line."), image(alt=""))

    assert rendition.utterances == ()
    assert rendition.reason == "decorative: its alternative text is empty"


def test_a_caption_speaks_for_an_image_with_an_empty_alternative_text() -> None:
    assert spoken(image(alt="", caption="A fox.")) == ["Image: A fox."]


@pytest.mark.parametrize(
    "src",
    [
        "https://pixel.wp.com/b.gif?x=1",
        "https://www.facebook.com/tr?id=1",
        "https://blog.example/img/1x1.gif",
        "https://blog.example/spacer.gif",
        "data:image/gif;base64,R0lGODlhAQABAAAAACw=",
    ],
)
def test_a_tracking_pixel_is_skipped(src: str) -> None:
    rendition = render_image(manner(), image(src=src, alt="A fox"))

    assert rendition.utterances == ()
    assert rendition.reason == "a tracking pixel or an empty placeholder"


def render_all(*blocks: Block) -> dict[str, list[str]]:
    renditions = {each.id: render_image(manner(), each) for each in blocks}
    gathered = gather_undescribed(manner(), blocks, renditions)
    return {name: [utterance.spoken for utterance in each.utterances] for name, each in gathered.items()}


def numbered(block_id: str, alt: str | None = None) -> Block:
    return Block(id=block_id, kind=BlockKind.IMAGE, text="", src="https://blog.example/a.png", alt=alt)


def test_images_without_a_description_are_announced_once_where_they_follow_each_other() -> None:
    said = render_all(numbered("b1"), numbered("b2"), numbered("b3", ""), numbered("b4"))

    assert said == {"b1": ["3 images without a description."], "b2": [], "b3": [], "b4": []}


def test_after_the_first_time_they_are_announced_briefly() -> None:
    said = render_all(
        numbered("b1"), numbered("b2", "A fox"), numbered("b3"), numbered("b4", "A den"), numbered("b5"), numbered("b6")
    )

    assert said["b3"] == ["Another image."]
    assert said["b5"] == ["2 more images."]
