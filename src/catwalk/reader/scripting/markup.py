"""A block's text as a stream that can be cut into sentences: marks taken out, what must not be cut made whole.

Inside a stream one private-use character stands for each inline formula, long address or endless token, and one for
each place where "(link in post)" is to be said, so that no cut falls inside them and none of it counts as text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from catwalk.reader.article import Link
from catwalk.reader.pronunciation.numbers import cardinal, plural
from catwalk.reader.scripting.math_speech import speak_math

LINK_NOTE = "\ue000"
_NOTE = "\ue001"
_FIRST_ATOM = 0xE100
_MAX_ATOMS = 0xF8FF - _FIRST_ATOM

_PRIVATE_USE = re.compile("[\ue000-\uf8ff]+")
_TOKEN = re.compile(
    r"(?P<code>(?P<ticks>`+)(?!`).{0,400}?(?<!`)(?P=ticks)(?!`))"
    r"|(?P<note>\s*\[\^(?P<label>[^\]\[]+)\])"
    r"|(?P<math>\\\((?P<inline>.{1,400}?)\\\)|\$(?=[^\s$\d]|\d+[^\s\d.,])(?P<dollar>[^$\n]{1,200}?)(?<=\S)\$(?![\d\w]))"
    r"|(?P<url>(?:https?://|www\.)[^\s<>\"'`\ue000]+)"
    r"|(?P<endless>[!-~]{61,})"
)
_LOOKS_LIKE_MATH = re.compile(r"[\\^_=<>+]|^[A-Za-z]$")
_URL_END = re.compile(r"[.,;:!?)\]]+$")
_ENDED_WORD = re.compile(r"(?<!`)`([A-Za-z]{2,})`([a-z]{1,4})\b")
_ENDED_NUMBER = re.compile(r"(?<!`)`(\d{1,6})`'?s\b")
_ENDED_CODE = re.compile(r"(?<!`)`([^`\n]{1,80}[A-Za-z])`(e?s|ed|ing|ers?)\b")
_HINT = re.compile(r"\[\^|\$|\\\(|://|www\.|[!-~]{61}")
_VAGUE = re.compile(
    r"(?:click |over |right |see )?(?:here|this|that|there|link|(?:this|the|that) (?:link|one|page)|these|source)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _Atom:
    text: str
    markup: str


@dataclass(frozen=True, slots=True)
class Stream:
    """A text ready to be cut; every piece of :attr:`characters` can be given to :meth:`text` and :meth:`markup`."""

    characters: str
    notes: tuple[tuple[int, str], ...] = ()
    """Label of each footnote mark and the number of visible characters before it."""

    atoms: tuple[_Atom, ...] = ()

    def text(self, piece: str) -> str:
        """The words of the source in a piece, without back-ticks and marks."""
        return " ".join(self._expand(piece, spoken=False).replace("`", "").split())

    def markup(self, piece: str) -> str:
        """What is to be pronounced of a piece, with inline code in back-ticks."""
        earlier, note, later = piece.rpartition(LINK_NOTE)
        if note:
            # Said once a piece: "here, here and here" would drown in notes.
            words = " (links in post)" if LINK_NOTE in earlier else " (link in post)"
            piece = earlier.replace(LINK_NOTE, "") + words + later
        marked = _join_endings(self._expand(piece, spoken=True).strip())
        return marked + "`" if marked.count("`") % 2 else marked

    def _expand(self, piece: str, *, spoken: bool) -> str:
        if not _PRIVATE_USE.search(piece):
            return piece
        return "".join(self._expanded(character, spoken=spoken) for character in piece)

    def _expanded(self, character: str, *, spoken: bool) -> str:
        if character == LINK_NOTE:
            return ""
        index = ord(character) - _FIRST_ATOM
        if 0 <= index < len(self.atoms):
            return self.atoms[index].markup if spoken else self.atoms[index].text
        return character


def read_stream(
    text: str, *, links: Sequence[Link] = (), labels: frozenset[str] = frozenset(), long_url_chars: int = 40
) -> Stream:
    """Turn one paragraph of a block's text into a stream.

    Args:
        text: As in ``Block.text``, without line breaks.
        links: Those of the text, in order, that may need "(link in post)"; none where no such note is wanted.
        labels: Footnotes that exist; a mark of any other label is text unless it is a number.
        long_url_chars: A bare address longer than this is spoken by its host alone.
    """
    characters = _mark_links(" ".join(_PRIVATE_USE.sub(" ", text).split()), links)
    if not _HINT.search(characters):
        return Stream(characters)
    scan = _Scan(labels, long_url_chars)
    return scan.finish(_TOKEN.sub(scan.replace, characters))


def plain_text(text: str, labels: frozenset[str]) -> str:
    """A block's text as a reader sees it: without footnote marks and back-ticks."""
    stream = read_stream(" ".join(text.split()), labels=labels)
    return stream.text(stream.characters)


def is_vague(link: Link) -> bool:
    """Whether a link's text says nothing to somebody who cannot follow it."""
    return _VAGUE.fullmatch(link.text.strip(" .,:;!?()[]\u2192\u00bb")) is not None


def links_within(text: str, links: Sequence[Link]) -> tuple[list[Link], Sequence[Link]]:
    """The links, taken in order, that stand in ``text``, and those that are left."""
    at = 0
    for count, link in enumerate(links):
        found = text.find(link.text, at)
        if found < 0:
            return list(links[:count]), links[count:]
        at = found + len(link.text)
    return list(links), ()


def split_address(url: str) -> tuple[str, str]:
    """Host, without user, port and ``www.``, and path of an address; empty where it cannot be taken apart."""
    try:
        address = urlsplit(url)
    except ValueError:  # an unfinished IPv6 address, for one
        return "", ""
    host = address.netloc.rpartition("@")[2].lower().removeprefix("www.")
    return re.sub(r":\d*$", "", host), address.path


def count_visible(text: str) -> int:
    """Number of characters that are not white space."""
    return len("".join(text.split()))


def _join_endings(marked: str) -> str:
    """Inline code and the ending that a sentence gives it, as in ```sleep`ing``, as one word."""
    if "`" not in marked:
        return marked
    marked = _ENDED_WORD.sub(r"\1\2", marked)
    marked = _ENDED_NUMBER.sub(lambda match: plural(cardinal(int(match[1]))), marked)
    return _ENDED_CODE.sub(r"`\1\2`", marked)


def _mark_links(text: str, links: Sequence[Link]) -> str:
    ends: list[int] = []
    at = 0
    for link in links:
        if not is_vague(link):
            found = text.find(link.text, at)
            at = found + len(link.text) if found >= 0 else at
        elif match := re.compile(rf"(?<!\w){re.escape(link.text)}(?!\w)").search(text, at):
            at = match.end()
            ends.append(at)
    for end in reversed(ends):
        text = text[:end] + LINK_NOTE + text[end:]
    return text


class _Scan:
    """One pass over a text that collects notes and atoms."""

    def __init__(self, labels: frozenset[str], long_url_chars: int) -> None:
        self._labels = labels
        self._long_url_chars = long_url_chars
        self._found: list[str] = []
        self._atoms: list[_Atom] = []

    def replace(self, match: re.Match[str]) -> str:
        if label := match["label"]:
            return self._note(label) or match[0]
        if match["url"]:
            return self._url(match["url"])
        if match["math"]:
            return self._formula(match)
        if match["endless"]:
            return self._atom(match[0], f"a string of {len(match[0])} characters")
        return match[0]

    def finish(self, characters: str) -> Stream:
        kept: list[str] = []
        notes: list[tuple[int, str]] = []
        n_visible = 0
        labels = iter(self._found)
        for part in re.split(f"({_NOTE})", characters):
            if part == _NOTE:
                notes.append((n_visible, next(labels)))
                continue
            if kept and kept[-1][-1:].isalnum() and part[:1].isalnum():
                part = " " + part  # noqa: PLW2901  # the mark was all that stood between two words
            kept.append(part)
            n_visible += count_visible(part)
        return Stream("".join(kept), tuple(notes), tuple(self._atoms))

    def _note(self, label: str) -> str | None:
        if label not in self._labels and not label.isdigit():
            return None
        self._found.append(label)
        return _NOTE

    def _url(self, url: str) -> str:
        tail = _URL_END.search(url)
        if tail and not ("(" in url and tail[0] == ")"):
            url, after = url[: tail.start()], url[tail.start() :]
        else:
            after = ""
        host, path = split_address(url if "://" in url else f"//{url}")
        bare = host + path.rstrip("/")
        if host and len(bare) <= self._long_url_chars and bare.count("/") <= 2 and "?" not in url and "#" not in url:
            return self._atom(url, bare) + after
        if not host:
            return self._atom(url, "a link in the post") + after
        return self._atom(url, f"{host} (link in post)") + after

    def _formula(self, match: re.Match[str]) -> str:
        source = match["inline"] or match["dollar"]
        if match["dollar"] and not _LOOKS_LIKE_MATH.search(source):
            return match[0]
        spoken = speak_math(source)
        return self._atom(match[0], spoken or "a formula")

    def _atom(self, text: str, markup: str) -> str:
        if len(self._atoms) >= _MAX_ATOMS:
            return text
        self._atoms.append(_Atom(text, markup))
        return chr(_FIRST_ATOM + len(self._atoms) - 1)
