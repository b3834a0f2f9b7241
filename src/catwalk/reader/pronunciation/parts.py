"""Parts of speech by what stands around a word: enough to tell "a live demo" from "they live here"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from catwalk.reader.pronunciation.tables import read_rows

_TOKEN = re.compile(r"[^\W_]+(?:['’][^\W_]+)*|[.!?;:,()\"—–]")


class Part(StrEnum):
    """What a word is in its sentence, as far as its sound may depend on it."""

    NOUN = "noun"
    VERB = "verb"
    PAST = "past"
    """A verb in the past, or a participle."""

    ADJECTIVE = "adjective"


_PLURAL = re.compile(r".{2,}(?:[^su'i]s|ies)$")
ENDS = frozenset('.!?;:,()"—–')


@cache
def cue(kind: str) -> frozenset[str]:
    """Words of one kind of the table of cues, such as ``determiners``."""
    return frozenset(word for row in read_rows("cues.tsv") if row[0] == kind for word in row[1].split())


@dataclass(frozen=True, slots=True)
class Place:
    """One word among its neighbours, all in lower case; marks of punctuation count as words."""

    words: Sequence[str]
    at: int

    @property
    def before(self) -> str:
        """The word before, or an empty text."""
        return self.words[self.at - 1] if self.at else ""

    @property
    def after(self) -> str:
        """The word behind, or an empty text."""
        return self.words[self.at + 1] if self.at + 1 < len(self.words) else ""

    @property
    def opens(self) -> bool:
        """Whether the word opens its clause."""
        return not self.before or self.before in ENDS

    @property
    def ends(self) -> bool:
        """Whether its clause ends with the word."""
        return not self.after or self.after in ENDS

    @property
    def head(self) -> str:
        """The word before, adverbs passed over."""
        at = self.at - 1
        while at >= 0 and (
            self.words[at] in cue("adverbs") or (self.words[at].endswith("ly") and len(self.words[at]) > 4)
        ):
            at -= 1
        return self.words[at] if at >= 0 else ""

    def has(self, words: frozenset[str]) -> bool:
        """Whether one of ``words`` stands anywhere in the line."""
        return not words.isdisjoint(self.words)


def read_words_of(text: str) -> tuple[list[str], list[int]]:
    """The words and marks of a line in lower case, and where each starts."""
    found = list(_TOKEN.finditer(text))
    return [m.group().lower().replace("’", "'") for m in found], [m.start() for m in found]


def starts_object(word: str) -> bool:
    """Whether what a verb acts on may begin with ``word``."""
    return word in cue("determiners") or word in cue("objects")


def is_plural(word: str) -> bool:
    """Whether a word looks like a plural."""
    return bool(_PLURAL.fullmatch(word)) and word not in cue("being") and word not in cue("prepositions")


def find_part(place: Place) -> Part | None:
    """What a word that may be a noun or a verb is here, None where nothing around it tells."""
    head, after = place.head, place.after
    if head in cue("having") or _is_question(place):
        return Part.PAST
    if head in cue("modals") or head in cue("subjects") - {"that", "it"}:
        asked = head in {"do", "does", "did"} and after in cue("prepositions")
        return Part.NOUN if asked else Part.VERB
    if head in {"that", "it"}:
        return Part.VERB if starts_object(after) or head == "it" else None
    if head in cue("determiners") or head.endswith(("'s", "s'")):
        return Part.NOUN if head != "all" or place.ends or after in cue("prepositions") | cue("being") else None
    if head in cue("being"):
        return Part.ADJECTIVE
    if head in cue("prepositions"):
        return Part.NOUN
    if not head or head in ENDS:
        return Part.VERB if starts_object(after) else None
    if is_plural(head) and (starts_object(after) or after in cue("prepositions") or after == "to"):
        return Part.VERB
    return None


def fits_part(place: Place, part: Part) -> bool:
    """Whether a word is ``part`` in its place; a noun before another noun fits as an adjective too."""
    found = find_part(place)
    before_noun = (
        found is Part.NOUN and not place.ends and place.after not in cue("prepositions") | cue("being") | {"and", "or"}
    )
    if part is Part.ADJECTIVE:
        return found is Part.ADJECTIVE or before_noun
    return found is part or (part is Part.PAST and found is Part.ADJECTIVE)


def _is_question(place: Place) -> bool:
    """Whether the subject stands between, as in "have you read it"."""
    return place.at > 1 and place.before in cue("subjects") and place.words[place.at - 2] in {"have", "has", "had"}
