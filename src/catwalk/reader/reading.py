"""The whole line, from a source to a finished episode."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from catwalk.audio.codec import decode
from catwalk.client import Client
from catwalk.errors import LanguageNotSpoken, NoArticle
from catwalk.library.blobs import write_atomically
from catwalk.library.descriptions import KeptDescriptions
from catwalk.library.takes import StoredTake, Takes, TimedWord
from catwalk.reader.article import Article, extract
from catwalk.reader.cover import CoverChoice, CoverText, find_cover
from catwalk.reader.describing import DescribingModels, describe
from catwalk.reader.document import article_to_json
from catwalk.reader.extraction.language import guess_language
from catwalk.reader.fetch import FetchLimits, fetch
from catwalk.reader.joining import Part
from catwalk.reader.master import master
from catwalk.reader.narrator import LISTEN_RATE_HZ, Advance, Narration, Voicing, narrate
from catwalk.reader.policy import ScriptPolicy
from catwalk.reader.pronounce import Lexicon
from catwalk.reader.script import Line, LineKind, Script, write_script
from catwalk.reader.tags import EpisodeMeta
from catwalk.reader.timing import time_words

SPOKEN = "en"
"""The language whose numbers, signs and framing words are known."""


@dataclass(frozen=True, slots=True)
class Choices:
    """How a post is read."""

    voicing: Voicing
    policy: ScriptPolicy = field(default_factory=ScriptPolicy)
    models: DescribingModels = field(default_factory=DescribingModels)
    bitrate_bps: int = 128_000
    cover: CoverChoice = "post"
    any_language: bool = False
    """Whether a post in another language is read as if it were English."""

    lexicon: Lexicon | None = None
    """The user's and the show's pronunciations."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A post that is ready to be spoken."""

    article: Article
    script: Script


@dataclass(frozen=True, slots=True)
class FlaggedLine:
    """A line whose best take is still not good."""

    id: str
    text: str
    heard: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """A finished episode and how it came about."""

    audio: Path
    transcript: Path
    chapters: Path
    script: Path
    duration_s: float
    wall_s: float
    """From the finished draft to the finished files."""

    n_lines: int
    """Lines that are spoken."""

    flagged: tuple[FlaggedLine, ...]
    n_recorded: int
    n_reused: int

    def to_json(self) -> dict[str, Any]:
        """The document of ``catwalk read --json``; ``takes`` counts the recordings made now, retries included."""
        return {
            "audio": str(self.audio),
            "transcript": str(self.transcript),
            "chapters": str(self.chapters),
            "script": str(self.script),
            "duration_s": round(self.duration_s, 3),
            "wall_s": round(self.wall_s, 3),
            "lines": self.n_lines,
            "flagged": [
                {"id": line.id, "text": line.text, "heard": line.heard, "reasons": list(line.reasons)}
                for line in self.flagged
            ],
            "takes": self.n_recorded,
            "reused": self.n_reused,
        }


async def prepare(source: str, *, limits: FetchLimits, choices: Choices) -> Draft:
    """Fetch a post, find the article in it and write its script; no model is asked.

    Raises:
        SourceError: it cannot be fetched, is of the wrong kind, or has no article in it.
    """
    fetched = await fetch(source, limits=limits)
    article = await asyncio.to_thread(extract, fetched)
    script = await asyncio.to_thread(write_script, article, choices.policy, lexicon=choices.lexicon)
    if all(line.kind is LineKind.PAUSE for line in script.lines):
        raise NoArticle(f"there is nothing to read out in {source}")
    return Draft(article, script)


async def enrich(
    draft: Draft, client: Client, kept: KeptDescriptions, *, choices: Choices, limits: FetchLimits = FetchLimits()
) -> Draft:
    """Have models describe what the script can only announce, and write the script anew with their words.

    Without models to ask, or where they say nothing of use, the draft stays as it is. The same post gives the same
    script, because what a model said is kept.
    """
    said = await describe(draft.article, client, kept, choices.models, choices.policy, limits)
    if not said:
        return draft
    script = await asyncio.to_thread(
        write_script, draft.article, choices.policy, descriptions=said, lexicon=choices.lexicon
    )
    return Draft(draft.article, script)


async def produce(
    draft: Draft,
    client: Client,
    takes: Takes,
    target: Path,
    *,
    choices: Choices,
    advance: Advance,
    limits: FetchLimits = FetchLimits(),
) -> Reading:
    """Speak, check and master a draft.

    Args:
        draft: What :func:`prepare` made.
        client: Where the models are.
        takes: Where takes are kept and found again.
        target: The audio file; its suffix names the format. Transcript, chapters and script get their own.
        choices: Voice, policy, bit rate, cover.
        advance: Told of every line that is done.
        limits: How far to go for the post's picture.

    Raises:
        LanguageNotSpoken: the post is not in English.
        CatwalkError: the models cannot go on, or the file cannot be written; finished takes are kept.
    """
    started_s = time.perf_counter()
    if not choices.any_language:
        check_language(draft.article, way_out=". Say --any-language to have it read as it stands")
    arriving = _Arriving(draft.script)
    picture = asyncio.create_task(find_post_cover(draft.article, choices.cover, limits))
    narrating = asyncio.create_task(narrate(draft.script, client, takes, choices.voicing, advance, arriving.hand_over))
    narrating.add_done_callback(lambda _: arriving.close())
    try:
        cover = await picture
        # Takes are joined and measured while the lines after them are spoken.
        mastered = await asyncio.to_thread(
            master,
            _join(draft, arriving),
            describe_episode(draft.article, cover),
            target,
            bitrate_bps=choices.bitrate_bps,
        )
        narration = await narrating
    except _NarrationEnded:
        await narrating  # which says why
        raise
    finally:
        picture.cancel()
        narrating.cancel()
        await asyncio.gather(picture, narrating, return_exceptions=True)
    script_path = target.with_suffix(".script.json")
    document = json.dumps(article_to_json(draft.article, draft.script), ensure_ascii=False, indent=1)
    await asyncio.to_thread(write_atomically, script_path, document.encode())
    return Reading(
        audio=mastered.audio,
        transcript=mastered.transcript,
        chapters=mastered.chapters_file,
        script=script_path,
        duration_s=mastered.duration_s,
        wall_s=time.perf_counter() - started_s,
        n_lines=len(narration.takes),
        flagged=_list_flagged(draft.script, narration),
        n_recorded=narration.n_recorded,
        n_reused=narration.n_reused,
    )


def check_language(article: Article, *, way_out: str = "") -> None:
    """Refuse a post in a language that no voice speaks.

    Args:
        article: The post.
        way_out: What its reader can do about it, as the end of the sentence that refuses it.

    Raises:
        LanguageNotSpoken: it is not in English.
    """
    # A template's tag may be wrong; what an English text says of itself is not.
    text = " ".join(block.text for block in article.blocks)
    if article.language.partition("-")[0].lower() != SPOKEN and guess_language(text, None) != SPOKEN:
        raise LanguageNotSpoken(
            f"{article.title!r} is in the language {article.language!r}; numbers, signs and framing words are "
            f"only known in {SPOKEN!r} so far{way_out}"
        )


class _NarrationEnded(Exception):
    """There will be no take of a line."""


class _Arriving:
    """The takes of a narration that goes on, for a thread that waits for them."""

    def __init__(self, script: Script) -> None:
        self._takes: dict[str, Future[StoredTake]] = {
            line.id: Future() for line in script.lines if line.kind is not LineKind.PAUSE
        }

    async def hand_over(self, line: Line, take: StoredTake) -> None:
        self._takes[line.id].set_result(take)

    def close(self) -> None:
        """Let nobody wait any longer."""
        for take in self._takes.values():
            if not take.done():
                take.set_exception(_NarrationEnded())

    def wait_for(self, line: Line) -> StoredTake | None:
        """The take of a line, as soon as it is there; None for a pause.

        Raises:
            _NarrationEnded: there will be none.
        """
        return self._takes[line.id].result() if line.id in self._takes else None


def _join(draft: Draft, arriving: _Arriving) -> Iterator[Part]:
    for line in draft.script.lines:
        take = arriving.wait_for(line)
        yield Part(
            line=line.id,
            take=take.audio if take else None,
            pause_s=line.pause_s,
            text=line.text,
            chapter=line.chapter,
            chapter_url=draft.article.url if line.chapter else None,
            words=_find_words(line, take) if take else (),
        )


def _find_words(line: Line, take: StoredTake) -> tuple[TimedWord, ...]:
    """The words that were kept with a take, or found in it where it was kept without them or for another text."""
    if [word.text for word in take.words] == line.text.split():
        return take.words
    return time_words(line.text, line.spoken, decode(take.audio, rate_hz=LISTEN_RATE_HZ))


async def find_post_cover(article: Article, choice: CoverChoice, limits: FetchLimits) -> bytes | None:
    """The post's picture, or one drawn from its title; None where none is wanted."""
    text = CoverText(article.title, article.site or urlsplit(article.url or "").hostname, article.author)
    return await find_cover(article.image, text, choice=choice, limits=limits)


def describe_episode(article: Article, cover: bytes | None) -> EpisodeMeta:
    """What the tags of the finished file say."""
    return EpisodeMeta(
        title=article.title,
        author=article.author,
        site=article.site,
        published=article.published,
        url=article.url,
        language=article.language,
        cover=cover,
    )


def _list_flagged(script: Script, narration: Narration) -> tuple[FlaggedLine, ...]:
    verdicts = {line: take.verdict for line, take in narration.takes.items() if not take.verdict["accepted"]}
    return tuple(
        FlaggedLine(line.id, line.text, verdicts[line.id]["heard"], tuple(verdicts[line.id]["reasons"]))
        for line in script.lines
        if line.id in verdicts
    )
