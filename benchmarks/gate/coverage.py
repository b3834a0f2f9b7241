"""How much of one text is in another: words, and runs of words."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Sequence

_CJK = re.compile(r"([\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af])")


def split_words(text: str) -> list[str]:
    """Lower-case words without marks; every Chinese, Japanese or Korean character is one."""
    return re.findall(r"[^\W_]+", _CJK.sub(r" \1 ", unicodedata.normalize("NFKC", text)).casefold())


class Runs:
    """The runs of ``n`` words of some texts, each text by itself."""

    def __init__(self, texts: Sequence[str], n: int) -> None:
        """Take the texts apart."""
        self._n = n
        rows = [split_words(text) for text in texts]
        self._runs = {tuple(row[at : at + n]) for row in rows for at in range(len(row) - n + 1)}
        self._joined = "\n".join(f" {' '.join(row)} " for row in rows)

    def cover(self, words: Sequence[str]) -> float:
        """Share of the words that lie in a run that is here too; a shorter text counts whole or not at all."""
        n = self._n
        if len(words) < n:
            return float(f" {' '.join(words)} " in self._joined)
        hit = [False] * len(words)
        for at in range(len(words) - n + 1):
            if tuple(words[at : at + n]) in self._runs:
                hit[at : at + n] = [True] * n
        return sum(hit) / len(words)


def count_in_order(wanted: Sequence[str], found: Sequence[str]) -> int:
    """How many of the wanted words stand among the found ones in the same order."""
    matcher = difflib.SequenceMatcher(None, wanted, found, autojunk=False)
    return sum(block.size for block in matcher.get_matching_blocks())
