"""Sentences of a paragraph, and clauses of a sentence too long for one breath."""

from __future__ import annotations

import re
from functools import cache

from catwalk.reader.pronunciation.tables import read_rows

_END = re.compile(
    r"(?P<stop>\.{3,}|…+|[.!?。！？]+(?:\s?\.(?=\s))?)"
    r"(?P<close>(?:[\"'”’»)\]*_`]|\[\^[^\]\s]+\]|\[\d{1,3}\])*)"
    r"(?=\s|$)"
    r"|(?<=[。！？])(?=\S)"
)
_CODE = re.compile(r"(`{1,3})(?!`).+?\1", re.DOTALL)
_NEXT_WORD = re.compile(r"[\s\"'“‘«(\[*_¿¡—–-]*(?P<word>[^\s]*)")
_LAST_WORD = re.compile(r"(?P<word>[^\s(\[\"'“‘«/]+)$")


@cache
def _words(kind: str) -> frozenset[str]:
    """Words of one class of the table: ``title``, ``before_number``, ``inside``, ``anywhere``, ``starter``."""
    rows = read_rows("sentence_ends.tsv")
    return frozenset(word for row in rows if row[0] == kind for word in row[1].split())


def split_sentences(text: str) -> list[str]:
    """The sentences of a text in order, each without the white space around it.

    Joined with the white space that stood between them they are the text again. A full stop inside an abbreviation, a
    number, an address, a name such as Node.js or code in back-ticks ends no sentence; an empty line does.
    """
    sentences: list[str] = []
    for paragraph in re.split(r"\n\s*\n", text):
        sentences.extend(_split_paragraph(paragraph))
    return sentences


def _split_paragraph(text: str) -> list[str]:
    code = [m.span() for m in _CODE.finditer(text)]
    sentences: list[str] = []
    start, inside = 0, 0
    for m in _END.finditer(text):
        while inside < len(code) and code[inside][1] <= m.start():
            inside += 1
        if inside < len(code) and code[inside][0] < m.start() < code[inside][1]:
            continue
        if not _ends(text, start, m):
            continue
        sentences.append(text[start : m.end()].strip())
        start = m.end()
    sentences.append(text[start:].strip())
    return [sentence for sentence in sentences if sentence]


def _ends(text: str, start: int, m: re.Match[str]) -> bool:
    """Whether the punctuation that was matched ends a sentence."""
    stop, close = m["stop"] or "", m["close"] or ""
    if not stop or m.end() == len(text):
        return True
    following = _NEXT_WORD.match(text, m.end())
    word = following["word"] if following else ""
    if not word:
        return True
    lower = word[0].islower()
    if "." not in stop:
        return not (lower and (close or _mid_sentence(text, m)))
    if len(stop) >= 3 or stop.startswith("…"):
        return not lower and word[0] not in ",;:"
    if lower and _is_plain_lower(word):
        return stop == "." and _ends_before_small(text[start : m.start()])
    if "!" in stop or "?" in stop:
        return True
    if ")" in close and text.count("(", start, m.end()) < text.count(")", start, m.end()):
        return not lower
    return _full_stop_ends(text[start : m.start()], word, bool(close))


def _mid_sentence(text: str, m: re.Match[str]) -> bool:
    """A mark inside a title or a name, as in "Yahoo! is": a small letter follows."""
    return m["stop"] in {"!", "?"} and text[m.end() : m.end() + 2].strip()[:1].islower()


def _is_plain_lower(word: str) -> bool:
    """A word that is lower case because it goes on, not because it is a name such as iPhone, npm or a path."""
    return word.rstrip(".,;:!?)\"'").isalpha() and word.rstrip(".,;:!?)\"'").islower()


def _ends_before_small(before: str) -> bool:
    """Whether a sentence ends though a small letter follows, as some people write: only behind a whole word."""
    last = _LAST_WORD.search(before)
    word = last["word"].lower() if last else ""
    return (
        len(word) > 3
        and word.isalpha()
        and word not in _words("anywhere") | _words("inside") | _words("before_number") | _words("title")
    )


def _full_stop_ends(before: str, word: str, closed: bool) -> bool:
    """Whether one full stop ends a sentence, by the word before it and the word after."""
    last_match = _LAST_WORD.search(before)
    if last_match is None:
        return bool(before.strip())
    last = last_match["word"].lower().rstrip("*_`'\"")
    opener = word.strip("\"'“”‘’(*_`").rstrip(".,;:!?)\"'”’*_`").replace("’", "'")
    if closed:
        return last not in _words("title")
    if last in _words("inside") or (last in _words("title") and opener[:1].isupper()):
        return False
    if last in _words("before_number") and opener[:1].isdigit():
        return False
    if _is_list_number(before, last):
        return False
    if len(last) == 1 and last.isalpha() and last != "i":
        return _initial_ends(before, last_match["word"], opener)
    if last in _words("anywhere") or re.fullmatch(r"(?:[a-z]\.)+[a-z]", last):
        return opener[:1].isupper() and opener.lower() in _words("starter")
    return True


def _is_list_number(before: str, last: str) -> bool:
    """``1. Install it``: a number that opens the line is no sentence of its own."""
    return before.strip() == last and (last.isdigit() or last in {"i", "ii", "iii", "iv", "v", "vi"}) and len(last) < 4


def _initial_ends(before: str, last: str, opener: str) -> bool:
    """A single letter with a full stop: an initial when a name follows it."""
    if last.islower():
        return True
    if not opener[:1].isupper():
        return bool(opener) and not opener[:1].isdigit()
    if re.search(r"(?:\b[A-Z]\.\s?)+[A-Z]$", before):
        return opener.lower() in _words("starter")
    previous = re.search(r"(\S+)\s+\S$", before)
    named = previous is None or previous[1][:1].isupper()
    return not named or opener.lower() in _words("starter")


_BREAKS = (
    re.compile(r"(?<=[;:—])\s+|\s+(?=[—–]\s)|(?<=—)(?=\w)"),
    re.compile(r"(?<=,)\s+|(?<=[,.!?])(?<=\))\s+|(?<=\))\s+|\s+(?=\()"),
    re.compile(
        r"\s+(?=(?:and|but|or|so|because|which|that|while|when|where|if|although|though|since|until|unless|whereas|who)\s)"
    ),
    re.compile(r"\s+"),
)


def split_clauses(sentence: str, max_chars: int = 250) -> list[str]:
    """A sentence in parts of at most ``max_chars`` characters, cut where a reader would draw breath.

    Cuts come behind ``; : —`` first, then commas and brackets, then before conjunctions, then between words; a single
    word that is longer still is cut as it stands. Parts joined by spaces are the sentence again.

    Raises:
        ValueError: ``max_chars`` is not positive.
    """
    if max_chars < 1:
        raise ValueError(f"max_chars must be positive, not {max_chars}")
    return _split_at(sentence.strip(), max_chars, 0)


def _split_at(text: str, max_chars: int, level: int) -> list[str]:
    if len(text) <= max_chars:
        return [text] if text else []
    if level == len(_BREAKS):
        return [text[i : i + max_chars] for i in range(0, len(text), max_chars)]
    parts = [part for part in _BREAKS[level].split(text) if part]
    if len(parts) == 1:
        return _split_at(text, max_chars, level + 1)
    small = [piece for part in parts for piece in _split_at(part, max_chars, level + 1)]
    return _balance(small, max_chars)


def _balance(parts: list[str], max_chars: int) -> list[str]:
    """Join neighbours as long as they fit, so that no part is shorter than it must be."""
    joined: list[str] = []
    for part in parts:
        if joined and len(joined[-1]) + 1 + len(part) <= max_chars:
            joined[-1] += f" {part}"
        else:
            joined.append(part)
    return joined
