"""The last step before a voice: the same words, respelled where the known voices would misread them."""

from __future__ import annotations

import re

from catwalk.reader.pronunciation.tables import read_pairs
from catwalk.reader.pronunciation.words import sounds_like_word

_READ_AS_LETTERS = frozenset({"API", "AI", "AWK"})
"""Sound like words, but hibari and Kokoro spell them."""

_RUN = re.compile(r"(?<![\w'])[A-Z](?: [A-Z])+(?='s\b|(?![\w']))")
_WORD = re.compile(r"[A-Za-z]{3,}")


def respell_for_voice(spoken: str) -> str:
    """What to give a voice so that it says ``spoken``.

    Spelled letters are drawn together ("A P I" becomes "API"), because voices take a lone "A" for the article; letters
    that a voice would then take for a word get hyphens ("A-W-S"). A few words are respelled by sound ("redis" becomes
    "reddis"). Show and verify the spoken form; give only the voice this one.
    """
    return _WORD.sub(_respell, _RUN.sub(_join, spoken))


def _join(m: re.Match[str]) -> str:
    letters = m.group().split(" ")
    joined = "".join(letters)
    if len(letters) > 2 and joined not in _READ_AS_LETTERS and sounds_like_word(joined.lower()):
        return "-".join(letters)
    return joined if "A" in letters else m.group()


def _respell(m: re.Match[str]) -> str:
    word = m.group()
    return read_pairs("voices.tsv").get(word.lower(), word)
