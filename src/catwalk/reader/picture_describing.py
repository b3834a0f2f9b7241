"""Asks models for what a post's author did not say of its pictures: what stands written in them, and what they show."""

from __future__ import annotations

import asyncio
import itertools
import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from catwalk.client import Client
from catwalk.errors import CatwalkError, FetchFailed, FetchRefused, ServerAnswered, ServerUnreachable
from catwalk.library.descriptions import KeptDescriptions
from catwalk.picture import MAX_BYTES, inspect_picture, read_data_uri
from catwalk.reader.article import Article, Block, BlockKind
from catwalk.reader.descriptions import Description
from catwalk.reader.fetch import FetchLimits, fetch_picture
from catwalk.reader.scripting.image_speech import AuthorsWords, is_tracker, read_authors_words

log = logging.getLogger("catwalk.describing")

MAX_PICTURES = 40
"""Of one post: a gallery of more is not described to its end."""

_AT_ONCE = 4
_MIN_SIDE_PX = 48
"""Smaller pictures are icons, emoji, rules and counting pixels."""

_SLIDE_WORDS = 8
"""A picture with so many words is a slide, a screenshot or a page: what it says is what it shows."""

_MAX_SLIDE_WORDS = 70
_MAX_CAPTION_WORDS = 40
_WORD = re.compile(r"[^\W\d_]{2,}")
_NOT_THERE = frozenset({"model_not_found", "backend_not_installed", "wrong_task"})
"""What a server answers that has no such model: nothing to warn of, because the names in the settings are a wish."""


@dataclass(frozen=True, slots=True)
class PictureModels:
    """Which model is asked for what; None asks none."""

    seeing: str | None = None
    """Says what a picture shows."""

    reading: str | None = None
    """Gives the words in a picture."""


async def describe_pictures(
    article: Article, client: Client, kept: KeptDescriptions, models: PictureModels, limits: FetchLimits
) -> dict[str, Description]:
    """Have models describe the pictures of which the author said nothing, several at once.

    Words in a picture go before a caption, where there are enough of them to make it a slide. A picture that cannot be
    had, or of which a model fails, has a description without text, whose remark goes to the ledger. What a model said
    is kept by the bytes of the picture, so that the same post gives the same script.
    """
    if models.seeing is None and models.reading is None:
        return {}
    blocks = [block for block in article.blocks if _is_wanted(block)][:MAX_PICTURES]
    asking = _Asking(client, kept, models)
    gate = asyncio.Semaphore(_AT_ONCE)

    async def describe_one(block: Block) -> Description | None:
        async with gate:
            return await _describe(block, article, asking, limits)

    found = await asyncio.gather(*(describe_one(block) for block in blocks))
    return {block.id: said for block, said in zip(blocks, found, strict=True) if said is not None}


def _is_wanted(block: Block) -> bool:
    """Whether a listener would learn nothing of the picture itself from what its author wrote."""
    if block.kind is not BlockKind.IMAGE or not block.src or is_tracker(block.src):
        return False
    words = read_authors_words(block)
    return not (words.is_decorative or words.alt or words.title)


async def _describe(block: Block, article: Article, asking: _Asking, limits: FetchLimits) -> Description | None:
    try:
        content = await _bring(block.src or "", article, limits)
        facts = inspect_picture(content)
        if min(facts.width, facts.height) < _MIN_SIDE_PX:
            return None
        return await asking.ask(content, read_authors_words(block))
    except (CatwalkError, OSError) as error:
        log.warning("the picture %s is not described: %s", (block.src or "")[:200], error)
        return Description("", asking.name, remark=f"the picture could not be described: {error}"[:200])


async def _bring(src: str, article: Article, limits: FetchLimits) -> bytes:
    """The picture's bytes; of a post on this disk also a file beside it, for the person who may read it anyway."""
    if src.startswith("data:"):
        return read_data_uri(src)
    if not src.startswith("file:"):
        return await fetch_picture(src, limits=limits)
    return await asyncio.to_thread(_read_file, src, article.url or "", limits)


def _read_file(src: str, post: str, limits: FetchLimits) -> bytes:
    path = Path(unquote(urlsplit(src).path)).resolve()
    home = Path(unquote(urlsplit(post).path)).resolve().parent
    if not post.startswith("file:") or not limits.allow_loopback or home not in path.parents:
        raise FetchRefused(f"{src[:200]} is a file that this post may not show")
    if not path.is_file():
        raise FetchFailed(f"there is no file {path}")
    if path.stat().st_size > min(limits.max_bytes, MAX_BYTES):
        raise FetchFailed(f"{path} has more bytes than are taken")
    return path.read_bytes()


class _Asking:
    """The models that are asked, until one turns out not to be there."""

    def __init__(self, client: Client, kept: KeptDescriptions, models: PictureModels) -> None:
        self._client = client
        self._kept = kept
        self._models = models
        self._absent: set[str] = set()

    @property
    def name(self) -> str:
        """Who is asked, for the ledger."""
        return self._models.seeing or self._models.reading or ""

    async def ask(self, content: bytes, words: AuthorsWords) -> Description | None:
        """The words in the picture if they are many, else what it shows, else its few words."""
        read = await self._say(self._models.reading, content)
        said = join_words(read.split("\n"), _MAX_SLIDE_WORDS) if read else ""
        if self._models.reading and len(_WORD.findall(said)) >= _SLIDE_WORDS:
            return Description(said, self._models.reading, lead="The picture says:")
        if words.caption:  # the author has told what it shows
            return None
        seen = await self._say(self._models.seeing, content)
        if self._models.seeing and (caption := tidy_caption(seen or "")):
            return Description(caption, self._models.seeing, lead="A picture shows")
        if self._models.reading and _WORD.search(said):
            return Description(said, self._models.reading, lead="The picture says:")
        return None

    async def _say(self, model: str | None, content: bytes) -> str | None:
        if model is None or model in self._absent:
            return None
        said = self._kept.find(model, content)
        if said is not None:
            return said
        try:
            said = await self._client.caption(content, model=model)
        except ServerAnswered as error:
            if error.code not in _NOT_THERE:
                raise
            self._absent.add(model)
            log.info("no pictures are shown to %s: %s", model, error)
            return None
        except ServerUnreachable:
            self._absent.add(model)
            raise
        self._kept.keep(model, content, said)
        return said


def join_words(paragraphs: Sequence[str], max_words: int) -> str:
    """Paragraphs as sentences, as many as make up ``max_words``; what is mostly digits and signs is left out.

    The axes of a plot, code and page numbers are no words to listen to.
    """
    sentences: list[str] = []
    n_words = 0
    for paragraph in paragraphs:
        words = paragraph.split()
        n_letters = sum(character.isalpha() or character.isspace() for character in paragraph)
        if not _WORD.search(paragraph) or n_letters < 0.7 * len(paragraph):
            continue
        if n_words + len(words) > max_words:
            if not sentences:
                sentences.append(" ".join(words[:max_words]) + " …")
            else:
                sentences.append("And more.")
            break
        n_words += len(words)
        text = " ".join(words).rstrip(" ,;:-–")
        sentences.append(text if text.endswith((".", "!", "?", "…")) else f"{text}.")
    return " ".join(sentences)


def tidy_caption(said: str) -> str:
    """A model's caption as the end of a sentence; empty where it says nothing or will not end.

    Captioners that run astray repeat themselves, so a word that comes four times in a row of pairs spoils the caption.
    """
    words = said.split()
    pairs = list(itertools.pairwise(words))
    if not _WORD.search(said) or len(words) > _MAX_CAPTION_WORDS or any(pairs.count(pair) > 2 for pair in pairs):
        return ""
    text = " ".join(words).rstrip(" .,;:")
    lead = text[:1].lower() if len(words[0]) == 1 or not words[0][1:2].isupper() else text[:1]
    return f"{lead}{text[1:]}."
