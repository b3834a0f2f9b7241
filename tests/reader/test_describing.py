"""Models are asked on a real server of fakes; what they say is checked before anybody hears it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catwalk.client import Client
from catwalk.library.descriptions import KeptDescriptions
from catwalk.reader.article import Article, Block, BlockKind
from catwalk.reader.describing import DescribingModels, describe, read_code_sentence, read_summary
from catwalk.reader.descriptions import WHOLE_POST, Description
from catwalk.reader.narrator import Voicing
from catwalk.reader.policy import ScriptPolicy
from catwalk.reader.reading import Choices, Draft, enrich
from catwalk.reader.script import Fate, write_script
from catwalk.settings import read_settings
from conftest import RunningServer, run_server

CODE = "def pour(cups):\n    for cup in cups:\n        cup.fill()\n"
SENTENCE = "It fills every cup in turn."


@pytest.fixture(scope="module")
def talkers(shared_home: Path) -> Iterator[RunningServer]:
    models = {
        "sensible": {"backend": "fake", "options": {"said": SENTENCE}},
        "parrot": {"backend": "fake", "options": {"said": CODE}},
        "broken": {"backend": "fake", "options": {"fault": "run"}},
    }
    yield from run_server(read_settings(home=shared_home, models=models))


def article(*codes: str) -> Article:
    blocks = [Block("b1", BlockKind.PARAGRAPH, "Tea is poured so:")]
    blocks += [Block(f"b{number}", BlockKind.CODE, code, language="python") for number, code in enumerate(codes, 2)]
    return Article("https://a.example/tea", "On Tea", None, None, "en", None, tuple(blocks))


def ask(
    server: RunningServer, home: Path, post: Article, *, code: str | None = None, summary: str | None = None
) -> dict[str, Description]:
    async def run() -> dict[str, Description]:
        async with Client(server.url) as client:
            return await describe(
                post, client, KeptDescriptions(home), DescribingModels(code=code, summary=summary), ScriptPolicy()
            )

    return asyncio.run(run())


def test_a_text_model_says_what_code_does_and_what_the_post_is_about(talkers: RunningServer, tmp_path: Path) -> None:
    said = ask(talkers, tmp_path, article(CODE), code="sensible", summary="sensible")

    expected = Description(SENTENCE, "sensible")
    assert said == {"b2": expected, WHOLE_POST: expected}


def test_code_that_is_read_out_is_not_described(talkers: RunningServer, tmp_path: Path) -> None:
    assert ask(talkers, tmp_path, article("pip install tea"), code="sensible") == {}


def test_without_a_model_nobody_is_asked(tmp_path: Path) -> None:
    async def run() -> dict[str, Description]:
        async with Client("http://127.0.0.1:9") as client:
            return await describe(article(CODE), client, KeptDescriptions(tmp_path), DescribingModels(), ScriptPolicy())

    assert asyncio.run(run()) == {}


@pytest.mark.parametrize("model", ["parrot", "broken", "nobody", "hibari"])
def test_a_model_that_fails_or_talks_nonsense_describes_nothing(
    talkers: RunningServer, tmp_path: Path, model: str
) -> None:
    assert ask(talkers, tmp_path, article(CODE, CODE * 2), code=model, summary=model) == {}


def test_what_a_model_said_is_kept_so_that_it_need_not_be_asked_again(talkers: RunningServer, tmp_path: Path) -> None:
    first = ask(talkers, tmp_path, article(CODE), code="sensible")

    async def run() -> dict[str, Description]:
        async with Client("http://127.0.0.1:9") as nobody:
            models = DescribingModels(code="sensible")
            return await describe(article(CODE), nobody, KeptDescriptions(tmp_path), models, ScriptPolicy())

    assert asyncio.run(run()) == first


def test_the_script_has_the_models_words_and_the_ledger_says_whose_they_are(
    talkers: RunningServer, tmp_path: Path
) -> None:
    choices = Choices(Voicing("hibari", "heart"), models=DescribingModels(code="sensible", summary="sensible"))
    plain = Draft(article(CODE), write_script(article(CODE)))

    async def run() -> Draft:
        async with Client(talkers.url) as client:
            return await enrich(plain, client, KeptDescriptions(tmp_path), choices=choices)

    script = asyncio.run(run()).script

    assert [line.text for line in script.lines] == ["On Tea", SENTENCE, "Tea is poured so:", SENTENCE]
    assert script.ledger[1].fate is Fate.SUMMARISED
    assert script.ledger[1].reason == "code is described by sensible, not read out"
    assert script.summary == Description(SENTENCE, "sensible")


def test_of_several_sentences_the_first_describes_code() -> None:
    assert read_code_sentence(f'"{SENTENCE} It uses a loop."\n', CODE) == SENTENCE


@pytest.mark.parametrize(
    "said",
    [
        "",
        "Tea.",
        "no end of a sentence",
        "Sure! Here is what it does: it fills cups.",
        "Here's a sentence about cups.",
        "As an AI I cannot see the code.",
        "I'm sorry, but I cannot help with that.",
        "# Cups are filled here.",
        "- It fills every cup.",
        "It calls **fill** on every cup.",
        "See https://a.example for what it does.",
        "```python\nprint('tea is poured')\n```",
        "<p>It fills every cup.</p>",
        "It returns {cups} for every one of them.",
        "word " * 45 + "end.",
        "Def pour cups for cup in cups cup fill.",
        "Say in one plain sentence of at most 30 words what this code does.",
    ],
)
def test_an_answer_that_cannot_be_read_out_is_not_used(said: str) -> None:
    assert read_code_sentence(said, CODE) == ""


def test_a_summary_has_four_sentences_at_most() -> None:
    assert read_summary(f"{SENTENCE} " * 6, "What is it about?") == " ".join([SENTENCE] * 4)
    assert read_summary(("word " * 50 + "end. Then ") * 3 + "done now.", "What is it about?") == ""


def test_a_summary_that_repeats_what_was_asked_is_not_used() -> None:
    question = "Say in two plain sentences what this post is about.\n\nOn Tea\n\nWe put the kettle on at five."

    said = "Say in two plain sentences what this post is about. On Tea. We put the kettle on at five."

    assert read_summary(said, question) == ""
    assert read_summary("A post about tea, and when the kettle is put on.", question) != ""


@given(st.text(max_size=300), st.text(max_size=100))
def test_whatever_a_model_says_becomes_one_sentence_or_nothing(said: str, code: str) -> None:
    sentence = read_code_sentence(said, code)

    assert len(sentence.split()) <= 40
    assert "\n" not in sentence
    assert "```" not in sentence
