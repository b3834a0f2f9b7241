"""Pictures by ear: what the author wrote about them, else what a model sees or reads in them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from catwalk.reader.article import Block
from catwalk.reader.scripting.markup import split_address
from catwalk.reader.scripting.prose import speak_framing, speak_text
from catwalk.reader.scripting.utterance import Manner, Rendition, Utterance

UNDESCRIBED = "the source says nothing about the image"
"""Why an image is only announced."""

_TRACKER_HOSTS = re.compile(
    r"(?:^|\.)(?:pixel\.wp\.com|stats\.wordpress\.com|feeds\.feedburner\.com|doubleclick\.net|google-analytics\.com"
    r"|googletagmanager\.com|scorecardresearch\.com|quantserve\.com|facebook\.com|analytics\.twitter\.com"
    r"|imrworldwide\.com"
    r"|bat\.bing\.com|hits\.example|chartbeat\.net|adnxs\.com|piwik\.\w+|matomo\.\w+)$"
)
_TRACKER_PATH = re.compile(
    r"(?:^|[/_.-])(?:1x1|pixel|tracking|tracker|spacer|blank|transparent|beacon|clear)(?:[/_.-][^/]*)?\.(?:gif|png)$"
    r"|/(?:pixel|beacon|~r/[^/]+/~4)(?:/|$)",
    re.IGNORECASE,
)
_EMPTY_DATA = re.compile(r"data:image/(?:gif|png|svg\+xml)[;,].{0,200}", re.DOTALL)
_FILE_NAME = re.compile(
    r"[\w.@()%+~-]+\.(?:jpe?g|png|gif|webp|svg|avif|bmp|tiff?)|(?:IMG|DSC|DSCN|PXL)[_-]?\d+", re.IGNORECASE
)
_SAYS_NOTHING = re.compile(
    r"(?:an? )?(?:image|picture|photo|img|pic|figure|screenshot|thumbnail|banner|header|illustration|alt|alt text)"
    r"|(?:image|picture|photo|img|figure|slide|screenshot|pic) ?#?\d+"
    r"|(?:image|photo) for post|auto draft.*|untitled|null|undefined|none",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class AuthorsWords:
    """What the author wrote of an image; empty where that says nothing, such as "image" or the name of a file."""

    alt: str
    title: str
    caption: str
    is_decorative: bool
    """Whether the author says that there is nothing to describe."""


def read_authors_words(block: Block) -> AuthorsWords:
    """What the author wrote of an image."""
    caption = _useful(block.caption)
    is_decorative = block.alt is not None and not block.alt.strip() and not caption
    return AuthorsWords(_useful(block.alt), _useful(block.title), caption, is_decorative)


def render_image(manner: Manner, block: Block) -> Rendition:
    """Say what becomes of an image: the author's words, and then a model's."""
    if manner.policy.images == "skip":
        return Rendition((), "the policy leaves images out")
    if block.src and is_tracker(block.src):
        return Rendition((), "a tracking pixel or an empty placeholder")
    author = read_authors_words(block)
    if author.is_decorative:
        return Rendition((), "decorative: its alternative text is empty")
    pauses = manner.policy.pauses
    seen = manner.descriptions.get(block.id)
    words = author.alt or (author.title if not author.caption else "")
    utterances: list[Utterance] = []
    if words and not _repeats(words, author.caption):
        utterances = speak_text(manner, words, lead="Image:", end_s=pauses.block_s)
    if author.caption:
        lead = "Caption:" if utterances else "Image:"
        utterances += speak_text(manner, author.caption, links=block.links, lead=lead, end_s=pauses.block_s)
    if seen and seen.text:
        lead = seen.lead or ("It shows:" if utterances else "Image:")
        utterances += speak_text(manner, seen.text, lead=lead, end_s=pauses.block_s)
    if not utterances:
        return _announce(manner, 1, is_first=True, remark=seen.remark if seen else None)
    utterances[:-1] = [
        replace(utterance, pause_s=min(utterance.pause_s, pauses.paragraph_s)) for utterance in utterances[:-1]
    ]
    if seen is None:
        return Rendition(tuple(utterances))
    return Rendition(tuple(utterances), f"described by {seen.model}" if seen.text else seen.remark)


def gather_undescribed(
    manner: Manner, blocks: Sequence[Block], renditions: Mapping[str, Rendition]
) -> dict[str, Rendition]:
    """Announce images without a description once where they follow each other, and briefly after the first time."""
    gathered = dict(renditions)
    runs: list[list[str]] = []
    follows = False
    for block in blocks:
        rendition = renditions[block.id]
        if _is_undescribed(rendition):
            if not follows:
                runs.append([])
            runs[-1].append(block.id)
        follows = _is_undescribed(rendition) or (follows and not rendition.utterances)
    for count, (head, *others) in enumerate(runs):
        remark = (renditions[head].reason or "").removeprefix(UNDESCRIBED).removeprefix("; ")
        gathered[head] = _announce(manner, 1 + len(others), is_first=count == 0, remark=remark)
        gathered.update((other, Rendition((), "announced together with the image before it")) for other in others)
    return gathered


def _is_undescribed(rendition: Rendition) -> bool:
    return (rendition.reason or "").startswith(UNDESCRIBED)


def _announce(manner: Manner, n_images: int, *, is_first: bool, remark: str | None = None) -> Rendition:
    if is_first:
        words = "An image without a description." if n_images == 1 else f"{n_images} images without a description."
    else:
        words = "Another image." if n_images == 1 else f"{n_images} more images."
    reason = f"{UNDESCRIBED}; {remark}" if remark else UNDESCRIBED
    return Rendition((speak_framing(manner, words, pause_s=manner.policy.pauses.block_s),), reason)


def _useful(words: str | None) -> str:
    words = " ".join((words or "").split())
    return "" if _FILE_NAME.fullmatch(words) or _SAYS_NOTHING.fullmatch(words.strip(" .:")) else words


def _repeats(words: str, caption: str) -> bool:
    return bool(caption) and _letters(words) in _letters(caption)


def _letters(words: str) -> str:
    return "".join(character for character in words.lower() if character.isalnum())


def is_tracker(src: str) -> bool:
    """Whether an image is there to be fetched, not to be seen."""
    if src.startswith("data:"):
        return _EMPTY_DATA.fullmatch(src) is not None
    host, path = split_address(src)
    return bool(_TRACKER_HOSTS.search(host) or _TRACKER_PATH.search(path))
