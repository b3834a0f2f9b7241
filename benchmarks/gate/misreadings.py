"""Faults of the words: a line as a voice might say it wrongly, one function a kind.

Each takes the words to be said, a source of chance and other lines, and gives the words to say in their place, or
None where the kind does not fit the line.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Sequence
from random import Random
from typing import TypeVar

_T = TypeVar("_T")

Words = list[str]
Misread = Callable[[Words, Random, Sequence[str]], "Words | None"]

SMALL = frozenset(
    [
        "a",
        "an",
        "the",
        "of",
        "to",
        "in",
        "on",
        "at",
        "by",
        "for",
        "from",
        "with",
        "and",
        "or",
        "but",
        "as",
        "is",
        "are",
        "was",
        "were",
        "be",
        "that",
        "this",
        "it",
        "its",
        "so",
        "not",
        "than",
        "then",
    ]
)
_NEGATED = re.compile(r"\b(?:not|never|no|nobody|none|nothing|nor|cannot)\b|n't\b", re.IGNORECASE)
_AUXILIARY = frozenset(
    [
        "is",
        "are",
        "was",
        "were",
        "will",
        "would",
        "can",
        "could",
        "should",
        "must",
        "has",
        "have",
        "had",
        "did",
        "does",
        "do",
    ]
)
_ONES = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
_TEENS = ["ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"]
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_MIN_WORDS = 4


def _bare(word: str) -> str:
    return word.strip(".,;:!?\"'").lower()


def _without(words: Words, start: int, end: int) -> Words:
    """The words but a stretch of them; the mark that closes the stretch stays where it helps the voice."""
    kept = words[:start] + words[end:]
    mark = re.search(r"[.,;:!?]+\"?$", words[end - 1])
    if mark and start and not re.search(r"[.,;:!?]$", kept[start - 1]):
        kept[start - 1] += mark.group()
    return kept


def _content(words: Words) -> list[int]:
    return [i for i, word in enumerate(words) if len(_bare(word)) > 3 and _bare(word) not in SMALL]


def _marked_as(word: str, model: str) -> str:
    """``word`` with the marks around ``model``."""
    bare = _bare(model)
    start = model.lower().find(bare)
    return model[:start] + word + model[start + len(bare) :]


def lose_word(words: Words, rng: Random, _: Sequence[str]) -> Words | None:
    """One word of weight is not said."""
    places = _content(words)
    if len(words) < _MIN_WORDS or not places:
        return None
    at = rng.choice(places)
    return _without(words, at, at + 1)


def lose_small_word(words: Words, rng: Random, _: Sequence[str]) -> Words | None:
    """One small word ("the", "of") is not said."""
    places = [i for i, word in enumerate(words) if _bare(word) in SMALL - {"not"}]
    if len(words) < _MIN_WORDS or not places:
        return None
    at = rng.choice(places)
    return _without(words, at, at + 1)


def drop_negation(words: Words, _: Random, __: Sequence[str]) -> Words | None:
    """ "is not" becomes "is", "can't" becomes "can"."""
    text = " ".join(words)
    if not _NEGATED.search(text):
        return None
    for pattern, positive in (
        (r"\bcan(?:'t|not)\b", "can"), (r"\bwon't\b", "will"), (r"n't\b", ""), (r"\b[Nn]obody\b", "somebody"),
        (r"\b[Nn]othing\b", "something"), (r"\b[Nn]one\b", "some"), (r"\b(?:not|never|no|nor) ", ""),
    ):  # fmt: skip
        text, n_changed = re.subn(pattern, positive, text, count=1, flags=re.IGNORECASE)
        if n_changed:
            return text.split()
    return None


def add_negation(words: Words, _: Random, __: Sequence[str]) -> Words | None:
    """ "is" becomes "is not"."""
    if _NEGATED.search(" ".join(words)):
        return None
    at = next((i for i, word in enumerate(words) if word in _AUXILIARY and 0 < i < len(words) - 1), None)
    return None if at is None else [*words[: at + 1], "not", *words[at + 1 :]]


def replace_by_unlike(words: Words, rng: Random, others: Sequence[str]) -> Words | None:
    """A word of weight becomes another that sounds different."""
    places = _content(words)
    if len(words) < _MIN_WORDS or not places:
        return None
    at = rng.choice(places)
    vocabulary = _vocabulary(others)
    new = next(
        w for w in _shuffled(vocabulary, rng) if difflib.SequenceMatcher(None, w, _bare(words[at])).ratio() < 0.4
    )
    return [*words[:at], _marked_as(new, words[at]), *words[at + 1 :]]


def replace_by_like(words: Words, rng: Random, others: Sequence[str]) -> Words | None:
    """A word of weight becomes another word that is written much alike ("walked", "talked")."""
    vocabulary = _vocabulary(others)
    for at in _shuffled(_content(words), rng):
        near = difflib.get_close_matches(_bare(words[at]), vocabulary, 4, 0.72)
        near = [word for word in near if word != _bare(words[at])]
        if near:
            return [*words[:at], _marked_as(rng.choice(near), words[at]), *words[at + 1 :]]
    return None


def _vocabulary(lines: Sequence[str]) -> list[str]:
    return sorted({_bare(word) for line in lines for word in line.split() if re.fullmatch(r"[a-z]{4,}[.,]?", word)})


def _shuffled(items: Sequence[_T], rng: Random) -> list[_T]:
    return rng.sample(list(items), len(items))


def add_word(words: Words, rng: Random, others: Sequence[str]) -> Words | None:
    """A word that does not belong there."""
    if len(words) < _MIN_WORDS:
        return None
    at = rng.randrange(1, len(words))
    return [*words[:at], rng.choice(_vocabulary(others)), *words[at:]]


def swap(words: Words, rng: Random, _: Sequence[str]) -> Words | None:
    """Two neighbouring stretches of one or two words change places."""
    if len(words) < _MIN_WORDS + 2:
        return None
    first, second = rng.choice((1, 2)), rng.choice((1, 2))
    at = rng.randrange(0, len(words) - first - second)
    middle, end = at + first, at + first + second
    bare = [_bare(word) for word in words]
    if bare[at:middle] == bare[middle:end] or set(bare[at:end]) <= SMALL:
        return None
    return words[:at] + words[middle:end] + words[at:middle] + words[end:]


def change_number(words: Words, rng: Random, _: Sequence[str]) -> Words | None:
    """A number becomes another of its kind, or a ten its teen ("forty", "fourteen")."""
    places = [i for i, word in enumerate(words) for part in _bare(word).split("-") if part in _ONES + _TEENS + _TENS]
    if len(words) < _MIN_WORDS or not places:
        return None
    at = rng.choice(places)
    parts = _bare(words[at]).split("-")
    which = rng.choice([i for i, part in enumerate(parts) if part in _ONES + _TEENS + _TENS])
    kind = next(kind for kind in (_ONES, _TEENS, _TENS) if parts[which] in kind)
    parts[which] = rng.choice([other for other in kind if other != parts[which]])
    return [*words[:at], _marked_as("-".join(parts), words[at]), *words[at + 1 :]]


def confuse_teen(words: Words, _: Random, __: Sequence[str]) -> Words | None:
    """ "fourteen" becomes "forty", "sixty" becomes "sixteen"."""
    pairs = dict(zip(_TEENS[3:], _TENS[1:], strict=True))
    pairs |= {ten: teen for teen, ten in pairs.items()}
    at = next((i for i, word in enumerate(words) if _bare(word) in pairs), None)
    return None if at is None else [*words[:at], _marked_as(pairs[_bare(words[at])], words[at]), *words[at + 1 :]]


def repeat_phrase(words: Words, rng: Random, _: Sequence[str]) -> Words | None:
    """Two to four words are said twice."""
    n = rng.choice((2, 3, 4))
    if len(words) < n + 2:
        return None
    at = rng.randrange(0, len(words) - n)
    return words[: at + n] + words[at:]


def stutter(words: Words, rng: Random, _: Sequence[str]) -> Words | None:
    """One word is said twice."""
    places = _content(words)
    if len(words) < _MIN_WORDS or not places:
        return None
    at = rng.choice(places)
    return [*words[: at + 1], words[at].lower(), *words[at + 1 :]]


def drop_sentence(words: Words, rng: Random, _: Sequence[str]) -> Words | None:
    """One of two sentences is not said."""
    ends = [i + 1 for i, word in enumerate(words[:-1]) if re.search(r"[.?!]$", word)]
    if not ends:
        return None
    return words[: ends[0]] if rng.random() < 0.5 else words[ends[0] :]


def stop_early(words: Words, rng: Random, _: Sequence[str]) -> Words | None:
    """The last fifth to half of the words is not said, and the voice falls as at an end."""
    n_lost = max(1, round(len(words) * rng.uniform(0.15, 0.5)))
    if len(words) - n_lost < 2:
        return None
    return [*words[: -n_lost - 1], f"{words[-n_lost - 1].rstrip('.,;:!?')}."]


def run_on(words: Words, rng: Random, others: Sequence[str]) -> Words | None:
    """The voice goes on with three to six words that nobody wrote."""
    return words + rng.choice(others).rstrip(".?!").split()[: rng.randint(3, 6)]


def say_other_line(words: Words, rng: Random, others: Sequence[str]) -> Words | None:
    """Another line altogether, of about the same length."""
    size = len(" ".join(words))
    near = sorted(others, key=lambda other: abs(len(other) - size))[:10]
    return rng.choice(near).split()


def say_twice(words: Words, _: Random, __: Sequence[str]) -> Words | None:
    """The whole line, and again."""
    return words + words


MISREADINGS: dict[str, Misread] = {
    "word missing": lose_word,
    "small word missing": lose_small_word,
    "negation dropped": drop_negation,
    "negation added": add_negation,
    "word replaced, unlike": replace_by_unlike,
    "word replaced, alike": replace_by_like,
    "word added": add_word,
    "words swapped": swap,
    "number changed": change_number,
    "teen for ten": confuse_teen,
    "phrase repeated": repeat_phrase,
    "word repeated": stutter,
    "sentence dropped": drop_sentence,
    "stopped early": stop_early,
    "ran on": run_on,
    "wrong line": say_other_line,
    "line said twice": say_twice,
}
"""Every kind of misreading by its name in the tables."""
