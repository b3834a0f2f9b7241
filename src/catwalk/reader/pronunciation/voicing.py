"""The last step before a voice: the same words, respelled where the known voices would misread them."""

from __future__ import annotations

import re

from catwalk.reader.pronunciation.homographs import respell_homographs
from catwalk.reader.pronunciation.passage import Change
from catwalk.reader.pronunciation.tables import read_pairs
from catwalk.reader.pronunciation.words import sounds_like_word
from catwalk.tasks import split_sounds

_READ_AS_LETTERS = frozenset({"API", "AI", "AWK"})
"""Sound like words, but hibari and Kokoro spell them."""

_RUN = re.compile(r"(?<![\w'])[A-Z](?: [A-Z])+(?='s\b|(?![\w']))")
_LETTER_A = re.compile(r"(?<=[a-z,] )A(?= [a-z]|[,.;:!?)]|$)|^A(?=:)")
"""The letter, not the article: a capital inside a sentence, and no title around it."""

_WORD = re.compile(r"[A-Za-z]{3,}")


def respell_for_voice(spoken: str) -> str:
    """What to give a voice so that it says ``spoken``.

    Spelled letters are drawn together ("A P I" becomes "API"), because voices take a lone "A" for the article; letters
    that a voice would then take for a word get hyphens ("A-W-S"), and the letter A alone is "eigh". A few words are
    respelled by sound ("redis" becomes "reddis"), among them words of two sounds by their sense here ("a live demo"
    becomes "a lyve demo"). Show and verify the spoken form; give only the voice this one.
    """
    if "](/" in spoken:
        return "".join(
            f"[{words}](/{sounds}/)" if sounds else respell_for_voice(words) for words, sounds in split_sounds(spoken)
        )
    for start, change in reversed(respell_homographs(spoken)):
        spoken = spoken[:start] + change.spoken + spoken[start + len(change.written) :]
    return _WORD.sub(_respell, _LETTER_A.sub("eigh", _RUN.sub(_join, spoken)))


def explain_for_voice(spoken: str) -> list[Change]:
    """Every word that a voice is given otherwise than it is shown, with the sense that was heard in it."""
    spoken = " ".join(words for words, sounds in split_sounds(spoken) if sounds is None)
    found = respell_homographs(spoken)
    found += [(m.start(), Change(m.group(), _join(m), "letters")) for m in _RUN.finditer(spoken)]
    found += [(m.start(), Change("A", "eigh", "letters")) for m in _LETTER_A.finditer(spoken)]
    found += [(m.start(), Change(m.group(), _respell(m), "respelled")) for m in _WORD.finditer(spoken)]
    return [change for _, change in sorted(found, key=lambda item: item[0]) if change.spoken != change.written]


def _join(m: re.Match[str]) -> str:
    letters = m.group().split(" ")
    joined = "".join(letters)
    if len(letters) > 2 and joined not in _READ_AS_LETTERS and sounds_like_word(joined.lower()):
        return "-".join(letters)
    return joined if "A" in letters else m.group()


def _respell(m: re.Match[str]) -> str:
    word = m.group()
    return read_pairs("voices.tsv").get(word.lower(), word)
