"""Asks models for what a script cannot say by itself: what code does, and what the whole post is about."""

from __future__ import annotations

import functools
import itertools
import logging
import re
from collections.abc import Callable
from dataclasses import dataclass, field

from catwalk.client import Client
from catwalk.errors import ServerAnswered, ServerUnreachable
from catwalk.library.descriptions import KeptDescriptions
from catwalk.reader.article import Article, Block, BlockKind
from catwalk.reader.descriptions import WHOLE_POST, Description
from catwalk.reader.fetch import FetchLimits
from catwalk.reader.picture_describing import PictureModels, describe_pictures
from catwalk.reader.policy import ScriptPolicy
from catwalk.reader.scripting.code_summary import is_readable
from catwalk.tasks import CompleteOptions, Message

log = logging.getLogger("catwalk.describing")

_MAX_CODE_WORDS = 40
_MAX_SUMMARY_WORDS = 90
_MAX_SENTENCES = 4
_MOST_ASKED_CHARS = 6000
"""About 2,000 tokens: half of a small model's context. What is longer is cut at its end."""

_CODE_QUESTION = (
    "Say in one plain sentence of at most 30 words what this code does, for a listener who cannot see it. "
    "Answer with the sentence alone, without code and without markup."
)
_SUMMARY_QUESTION = (
    "Say in two plain sentences what this post is about, for a listener who is about to hear it. "
    "Answer with the sentences alone, without markup."
)
_MARKUP = re.compile(r"```|\*\*|^\s*(?:[#>*-]|\d+\.)\s|</?\w+[^>]*>|https?://|\]\(|[{}\\|]", re.MULTILINE)
_SENTENCE_END = re.compile(r"[.!?][\"'”’)]*(?=\s+[A-Z\"'“‘(]|$)")
_PREAMBLE = re.compile(
    r"(?:sure|okay|ok|certainly|of course)\b|here(?:'s| is)\b|as an ai\b|i(?:'m| am) (?:sorry|unable)|i can(?:no|')t\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class DescribingModels:
    """Which model is asked for what; None asks none."""

    code: str | None = None
    summary: str | None = None
    pictures: PictureModels = field(default_factory=PictureModels)


async def describe(
    article: Article,
    client: Client,
    kept: KeptDescriptions,
    models: DescribingModels,
    policy: ScriptPolicy,
    limits: FetchLimits = FetchLimits(),
) -> dict[str, Description]:
    """Have models describe what the script will describe.

    What a model says is kept and used again. A model that fails or answers nonsense leaves its block out, so that the
    script says what it can by itself; a model that cannot be asked at all is asked only once.
    """
    found: dict[str, Description] = {}
    if models.code and policy.code == "describe":
        blocks = [block for block in article.blocks if _is_described(block, policy)]
        questions = [(block.id, f"{_CODE_QUESTION}\n\n{_show_code(block)}", _read_sentence(block)) for block in blocks]
        found |= await _ask_all(questions, client, kept, models.code)
    if models.summary and policy.opening:
        question = f"{_SUMMARY_QUESTION}\n\n{_show_post(article)}"
        read = functools.partial(read_summary, question=question)
        found |= await _ask_all([(WHOLE_POST, question, read)], client, kept, models.summary)
    if policy.images == "describe":
        found |= await describe_pictures(article, client, kept, models.pictures, limits)
    return found


async def _ask_all(
    questions: list[tuple[str, str, Callable[[str], str]]], client: Client, kept: KeptDescriptions, model: str
) -> dict[str, Description]:
    found: dict[str, Description] = {}
    for key, question, read in questions:
        try:
            said = await _ask_once(question, client, kept, model)
        except (ServerAnswered, ServerUnreachable) as error:
            log.warning("%s describes nothing: %s", model, error)
            break
        if text := read(said):
            found[key] = Description(text, model)
        else:
            log.info("what %s says of %s is not used: %r", model, key, said[:200])
    return found


async def _ask_once(question: str, client: Client, kept: KeptDescriptions, model: str) -> str:
    said = kept.find(model, question)
    if said is None:
        options = CompleteOptions(max_tokens=200, temperature=0.0, seed=0)
        said = (await client.complete((Message("user", question),), model=model, options=options)).text
        kept.keep(model, question, said)
    return said


def _is_described(block: Block, policy: ScriptPolicy) -> bool:
    return (
        block.kind is BlockKind.CODE
        and bool(block.text.strip())
        and not is_readable(block.text, policy.short_code_chars)
    )


def _show_code(block: Block) -> str:
    return f"```{block.language or ''}\n{block.text[:_MOST_ASKED_CHARS].rstrip()}\n```"


def _show_post(article: Article) -> str:
    kinds = {BlockKind.HEADING, BlockKind.PARAGRAPH, BlockKind.LIST, BlockKind.QUOTE}
    text = "\n\n".join(block.text for block in article.blocks if block.kind in kinds)
    return f"{article.title}\n\n{text[:_MOST_ASKED_CHARS]}"


def _read_sentence(block: Block) -> Callable[[str], str]:
    return lambda said: read_code_sentence(said, block.text)


def read_code_sentence(said: str, code: str) -> str:
    """The one sentence that a model says of code; empty where its answer cannot be read out.

    Of several sentences the first counts. Refused are an answer of more than 40 words, one without an end, one with
    markup, a greeting, and one that mostly repeats the code or the question.
    """
    sentence = _first_sentences(said, 1)
    if len(sentence.split()) > _MAX_CODE_WORDS or _share_repeated(sentence, f"{_CODE_QUESTION} {code}") >= 0.6:
        return ""
    return sentence


def read_summary(said: str, question: str) -> str:
    """The sentences that a model says of a post, four at most; empty where its answer cannot be read out.

    One that repeats the question, or the post that stands in it, says nothing: small models go on with what they read.
    """
    summary = _first_sentences(said, _MAX_SENTENCES)
    if len(summary.split()) > _MAX_SUMMARY_WORDS or _share_repeated(summary, question) >= 0.8:
        return ""
    return summary


def _first_sentences(said: str, n_sentences: int) -> str:
    """The whole sentences that an answer begins with, on one line; empty where they are none for a listener."""
    if _MARKUP.search(said.strip()) or _PREAMBLE.match(said.strip()):
        return ""
    text = " ".join(said.split()).strip('"“”')
    ends = [match.end() for match in _SENTENCE_END.finditer(text)][:n_sentences]
    sentence = text[: ends[-1]] if ends else ""
    return sentence if len(sentence.split()) >= 3 else ""


def _share_repeated(said: str, given: str) -> float:
    """The share of pairs of neighbouring words that stand so in what was given."""
    pairs = list(itertools.pairwise(re.findall(r"\w+", said.lower())))
    known = set(itertools.pairwise(re.findall(r"\w+", given.lower())))
    return sum(pair in known for pair in pairs) / max(len(pairs), 1)
