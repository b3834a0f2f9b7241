from __future__ import annotations

import pytest

from catwalk.reader.article import Block, BlockKind, ListItem
from catwalk.reader.descriptions import Description, Descriptions
from catwalk.reader.policy import ScriptPolicy
from catwalk.reader.scripting.renditions import heads_footnotes, render, render_footnote
from catwalk.reader.scripting.utterance import Manner, Rendition

NUMBERS = {"1": "one", "2": "two", "3": "three"}
POLICY = ScriptPolicy()


def manner(policy: ScriptPolicy = POLICY, descriptions: Descriptions | None = None) -> Manner:
    return Manner(policy, lambda text: NUMBERS.get(text, text.replace("`", "")), frozenset(), descriptions or {})


def block(kind: BlockKind, text: str = "", **fields: object) -> Block:
    return Block(id="b1", kind=kind, text=text, **fields)  # type: ignore[arg-type]  # fields are the block's own


def spoken(rendition: Rendition) -> list[str]:
    return [utterance.spoken for utterance in rendition.utterances]


def listing(*items: ListItem, policy: ScriptPolicy = POLICY) -> list[str]:
    return spoken(render(manner(policy), block(BlockKind.LIST, items=items)))


def test_items_of_an_ordered_list_are_read_with_their_numbers() -> None:
    assert listing(ListItem("Dig.", 0, 2), ListItem("Sleep.", 0, 3)) == ["Two: Dig.", "Three: Sleep."]


def test_an_item_of_a_nested_list_is_read_with_the_numbers_around_it() -> None:
    items = (ListItem("Dig", 0, 1), ListItem("deep", 1, 2), ListItem("red", 2), ListItem("fast", 2, 1))

    assert listing(*items) == ["One: Dig.", "One point two: deep.", "red.", "One point two point one: fast."]


def test_numbers_are_left_out_where_the_policy_says_so() -> None:
    assert listing(ListItem("Dig.", 0, 2), policy=ScriptPolicy(numbers=False)) == ["Dig."]


def test_an_item_without_a_word_is_passed_over() -> None:
    assert listing(ListItem("—"), ListItem("Dig.")) == ["Dig."]


def test_a_short_quote_is_announced_and_a_long_one_is_closed() -> None:
    short = render(manner(), block(BlockKind.QUOTE, "Foxes sleep."))
    long = render(manner(), block(BlockKind.QUOTE, "Foxes sleep. " * 30))

    assert spoken(short) == ["Quote: Foxes sleep."]
    assert spoken(long)[0] == "Quote: Foxes sleep."
    assert spoken(long)[-1] == "Foxes sleep. End of quote."


@pytest.mark.parametrize(
    ("text", "attribution"), [("Foxes sleep.", "That was Ada."), ("Foxes sleep. " * 30, "End of quote, from Ada.")]
)
def test_who_is_quoted_is_told_after_the_quote(text: str, attribution: str) -> None:
    rendition = render(manner(), block(BlockKind.QUOTE, text, caption="— Ada"))

    assert spoken(rendition)[-1] == attribution
    assert rendition.utterances[-1].text == "Ada"


def test_a_short_line_of_code_is_read() -> None:
    rendition = render(manner(), block(BlockKind.CODE, "$ pip install fox\n"))

    assert spoken(rendition) == ["Code: pip install fox."]
    assert rendition.utterances[0].text == "pip install fox"
    assert rendition.reason is None


def test_longer_code_is_described_and_counts_as_summarised() -> None:
    rendition = render(manner(), block(BlockKind.CODE, "def fox():\n    pass\n", language="python"))

    assert spoken(rendition) == ["2 lines of Python code, defining the function fox."]
    assert rendition.utterances[0].text == "2 lines of Python code, defining the function fox."
    assert rendition.reason is not None


def test_a_model_may_describe_code() -> None:
    descriptions = {"b1": Description("It makes a fox.", "gemma")}

    rendition = render(manner(descriptions=descriptions), block(BlockKind.CODE, "def fox():\n    pass\n"))

    assert spoken(rendition) == ["Code: It makes a fox."]
    assert rendition.reason == "code is described by gemma, not read out"


def test_code_is_read_line_by_line_where_the_policy_says_so() -> None:
    rendition = render(manner(ScriptPolicy(code="read")), block(BlockKind.CODE, "def fox():\n\n    pass\n"))

    assert spoken(rendition) == ["Code: def fox():", "pass."]
    assert rendition.reason is None


def test_code_of_nothing_but_white_space_is_skipped() -> None:
    assert render(manner(), block(BlockKind.CODE, " \n ")).utterances == ()


def test_a_formula_is_spoken_and_its_source_is_the_text() -> None:
    rendition = render(manner(), block(BlockKind.MATH, "x^2"))

    assert spoken(rendition) == ["x squared."]
    assert rendition.utterances[0].text == "x^2"


def test_a_formula_without_a_spoken_form_is_mentioned() -> None:
    rendition = render(manner(), block(BlockKind.MATH, r"\begin{matrix} a \end{matrix}"))

    assert spoken(rendition) == ["A formula."]
    assert rendition.reason == "the formula has no short spoken form"


def test_an_embed_is_announced_and_what_it_says_is_read() -> None:
    silent = render(manner(), block(BlockKind.EMBED, src="https://vimeo.com/1"))
    talking = render(manner(), block(BlockKind.EMBED, "Foxes sleep.", src="https://twitter.com/fox/status/1"))

    assert spoken(silent) == ["A video from vimeo.com is embedded here."]
    assert silent.reason is not None
    assert spoken(talking) == ["A post from twitter.com is embedded here.", "Foxes sleep."]
    assert talking.reason is None


@pytest.mark.parametrize("text", ["***", "* * *", "---", "•", "⁂", "~ ~ ~", "..."])
def test_a_break_between_scenes_is_a_pause(text: str) -> None:
    rendition = render(manner(), block(BlockKind.PARAGRAPH, text))

    assert spoken(rendition) == [""]
    assert not rendition.speaks


def test_an_image_is_rendered() -> None:
    assert spoken(render(manner(), block(BlockKind.IMAGE, alt="A fox"))) == ["Image: A fox."]


@pytest.mark.parametrize(
    ("note", "is_first", "in_place", "said"),
    [
        ("2", True, True, "Footnote: By day."),
        ("2", True, False, "Footnote two: By day."),
        ("den", True, False, "Footnote: By day."),
        ("2", False, False, "By day."),
    ],
)
def test_a_footnote_is_announced_once_with_its_number_where_it_stands_apart(
    note: str, is_first: bool, in_place: bool, said: str
) -> None:
    footnote = block(BlockKind.FOOTNOTE, "By day.", note=note)

    rendition = render_footnote(manner(), footnote, is_first=is_first, in_place=in_place)

    assert spoken(rendition) == [said]


def test_only_the_heading_of_a_list_of_footnotes_heads_footnotes() -> None:
    footnote = block(BlockKind.FOOTNOTE, "By day.", note="1")

    assert heads_footnotes(block(BlockKind.HEADING, "Footnotes"), footnote)
    assert not heads_footnotes(block(BlockKind.HEADING, "Food"), footnote)
    assert not heads_footnotes(block(BlockKind.HEADING, "Notes"), None)
    assert not heads_footnotes(block(BlockKind.PARAGRAPH, "Notes"), footnote)
