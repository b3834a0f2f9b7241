"""Text as a row of words that can be compared: contractions opened, numbers in one form, fillers left out."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from catwalk.reader.letter_sounds import pronounce_word, spell

NEGATIONS = frozenset(
    {"not", "no", "never", "none", "nothing", "nobody", "nowhere", "neither", "nor", "without", "cannot"}
)

_FILLERS = frozenset({"um", "umm", "uh", "uhh", "er", "erm", "hm", "hmm", "mm", "mhm", "ah", "eh", "huh"})

_WHOLE = {
    "won't": "will not", "can't": "can not", "cannot": "can not", "shan't": "shall not", "ain't": "is not",
    "let's": "let us", "y'all": "you all", "gonna": "going to", "wanna": "want to", "gotta": "got to",
    "gimme": "give me", "lemme": "let me", "kinda": "kind of", "sorta": "sort of", "dunno": "do not know",
    "because": "cause", "'cause": "cause", "cuz": "cause", "'em": "them", "ok": "okay", "o'clock": "oclock",
    "mr": "mister", "mrs": "missus", "dr": "doctor", "vs": "versus", "etc": "et cetera", "alright": "all right",
}  # fmt: skip

_ENDINGS = (
    ("n't", "not", "nt"), ("'m", "am", "m"), ("'re", "are", "r"), ("'ve", "have", "v"), ("'ll", "will", "l"),
    ("'d", "would", "d"),
)  # fmt: skip
"""How a contraction ends, the word that it stands for, and what is heard of that word."""

_IS_AFTER = frozenset(
    {
        "it",
        "he",
        "she",
        "that",
        "this",
        "what",
        "who",
        "where",
        "there",
        "here",
        "how",
        "when",
        "why",
        "everything",
        "something",
    }
)
"""After these words ``'s`` stands for "is"; after others it mostly marks an owner."""

_SMALL = {
    "zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16,
    "seventeen": 17, "eighteen": 18, "nineteen": 19,
}  # fmt: skip
_TENS = {
    "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90,
}  # fmt: skip
_SCALES = {"thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}
_ZEROS = frozenset({"oh", "o"})
"""Zero inside a number, as in "three oh five"."""

_NUMBERS = frozenset((*_SMALL, *_TENS, *_SCALES, "hundred"))


@dataclass(frozen=True, slots=True)
class Token:
    """One word as it is compared."""

    key: str
    """Lower-case letters and digits; a run of number words is one token of digits."""

    shown: str
    """As it stood in the text, for messages."""

    sounds: str
    """As :func:`~catwalk.reader.letter_sounds.pronounce_word` has it."""

    spelled: str
    """The sounds of its letters' names where it may be an acronym, else the same as ``sounds``."""

    source: int
    """Index of the written word that it comes from, counted by white space."""

    contracted: bool = False
    """Whether only its last sound is said, as of "will" in "I'll"."""

    @property
    def is_number(self) -> bool:
        """Whether it stands for digits."""
        return self.key.isdigit()


def split_words(text: str, *, fold_numbers: bool = True) -> list[Token]:
    """The words of a text, ready to be compared.

    "I'm" and "I am", "can't" and "cannot", "two thousand" and "2000", "e-mail" and "e mail" come out alike; fillers
    ("um") and punctuation are gone. Two texts that differ only so have the same keys in the same order. Without
    ``fold_numbers`` number words stay one token each.
    """
    tokens: list[Token] = []
    for source, written in enumerate(text.split()):
        plain = unicodedata.normalize("NFKD", written.replace("’", "'").replace("‘", "'"))
        for piece in re.findall(r"'?[A-Za-z0-9]+(?:'[A-Za-z]+)*", plain.encode("ascii", "ignore").decode()):
            tokens.extend(_open_contraction(piece, source))
    kept = [token for token in tokens if token.key not in _FILLERS] or tokens
    return _fold_numbers(kept) if fold_numbers else kept


def _open_contraction(piece: str, source: int) -> list[Token]:
    word = piece.lower()
    if word in _WHOLE:
        return [_token(part, piece, source) for part in _WHOLE[word].split()]
    word = word.lstrip("'")
    for ending, full, sounds in _ENDINGS:
        if word.endswith(ending) and len(word) > len(ending):
            stem = _token(word.removesuffix(ending), piece, source)
            return [stem, Token(full, piece, sounds, sounds, source, contracted=True)]
    if word.endswith("'s") and word[:-2] in _IS_AFTER:
        return [_token(word[:-2], piece, source), Token("is", piece, "z", "z", source, contracted=True)]
    return [_token(word.replace("'", ""), piece, source)]


def _token(word: str, shown: str, source: int) -> Token:
    sounds = pronounce_word(word)
    acronym = re.fullmatch(r"([A-Z]{1,6})('?s)?", shown)
    may_be_spelled = acronym and len(word) > 1 and word == shown.lower().replace("'", "")
    return Token(word, shown, sounds, _spell_acronym(acronym) if acronym and may_be_spelled else sounds, source)


def _spell_acronym(acronym: re.Match[str]) -> str:
    letters, plural = acronym.groups()
    return spell(letters.lower()) + ("z" if plural else "")


def _fold_numbers(tokens: list[Token]) -> list[Token]:
    folded: list[Token] = []
    at = 0
    while at < len(tokens):
        end = _end_of_number(tokens, at)
        if end == at:
            folded.append(tokens[at])
            end += 1
        else:
            run = tokens[at:end]
            sounds = "".join(token.sounds for token in run)
            shown = " ".join(token.shown for token in run)
            folded.append(Token(_digits([token.key for token in run]), shown, sounds, sounds, run[0].source))
        at = end
    return folded


def _end_of_number(tokens: list[Token], at: int) -> int:
    """Where the run of number words that starts at ``at`` ends; ``at`` itself where none does."""
    end = at
    while end < len(tokens):
        key = tokens[end].key
        following = tokens[end + 1].key if end + 1 < len(tokens) else ""
        starts = key == "a" and end == at and (following == "hundred" or following in _SCALES)
        inside = end > at and following in _NUMBERS and (key in _ZEROS or (key == "and" and _is_scale(tokens[end - 1])))
        if not (key in _NUMBERS or key.isdigit() or starts or inside):
            break
        end += 1
    return end


def _is_scale(token: Token) -> bool:
    return token.key == "hundred" or token.key in _SCALES


def _digits(words: list[str]) -> str:
    """Number words as digits; words that do not join into one number stand side by side ("twenty ten" is 2010)."""
    done: list[str] = []
    total, current, room = 0, 0, 0
    # room: what the number in hand can still take, as the power of ten below which the next word must lie
    for word in words:
        if word == "and":
            continue
        value = 1 if word == "a" else 0 if word in _ZEROS else _SMALL.get(word, _TENS.get(word))
        if word == "hundred" and room:
            current, room = (current or 1) * 100, 100
        elif word in _SCALES and room:
            total, current, room = total + (current or 1) * _SCALES[word], 0, 1000
        elif value and value < room and room in (10, 100, 1000) and current % room == 0:
            current, room = current + value, 10 if word in _TENS else 1
        else:
            if room:
                done.append(str(total + current))
            total, current, room = 0, _SCALES.get(word, 100 if word == "hundred" else 0), 1
            if value is not None:
                current, room = value, 10 if word in _TENS else 1
            elif word.isdigit():
                done.append(word)
                room = 0
    if room:
        done.append(str(total + current))
    return "".join(done)
