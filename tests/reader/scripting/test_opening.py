from __future__ import annotations

import pytest

from catwalk.reader.article import Article, Block, BlockKind
from catwalk.reader.policy import Pauses, ScriptPolicy
from catwalk.reader.scripting.opening import repeats_title, speak_opening
from catwalk.reader.scripting.utterance import Manner


def article(title: str = "On Foxes", author: str | None = None, published: str | None = None) -> Article:
    return Article(url=None, title=title, author=author, published=published, language="en", site=None, blocks=())


def said(source: Article) -> list[str]:
    manner = Manner(ScriptPolicy(), lambda text: text, frozenset())
    return [utterance.spoken for utterance in speak_opening(manner, source)]


@pytest.mark.parametrize(
    ("author", "published", "byline"),
    [
        ("Ada", "2024-02-16", ["By Ada, February 16, 2024."]),
        ("by  Ada", None, ["by Ada."]),
        (None, "2024-12-01T10:00:00Z", ["December 1, 2024."]),
        ("", "last week", []),
    ],
)
def test_the_byline_says_what_is_known(author: str | None, published: str | None, byline: list[str]) -> None:
    assert said(article(author=author, published=published)) == ["On Foxes.", *byline]


def test_a_long_silence_parts_the_opening_from_the_post() -> None:
    manner = Manner(ScriptPolicy(), lambda text: text, frozenset())

    utterances = speak_opening(manner, article(author="Ada"))

    assert [utterance.pause_s for utterance in utterances] == [Pauses().title_s, Pauses().opening_s]


def test_a_headline_repeats_the_title_whatever_its_case_and_punctuation() -> None:
    def heading(text: str, kind: BlockKind = BlockKind.HEADING) -> Block:
        return Block(id="b1", kind=kind, text=text)

    assert repeats_title(article("On Foxes"), heading("On foxes…"))
    assert not repeats_title(article("On Foxes"), heading("On"))
    assert not repeats_title(article("On Foxes"), heading("On Foxes", BlockKind.PARAGRAPH))
