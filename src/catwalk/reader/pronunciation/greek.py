"""Greek letters by their English names."""

from __future__ import annotations

import unicodedata

FIRST, LAST = "\u0391", "\u03c9"
"""Capital alpha and small omega."""


def name_greek(char: str) -> str:
    """What a Greek letter is called, empty for any other character; the micro sign counts as mu."""
    if char == "µ":
        return "mu"
    if not FIRST <= char <= LAST:
        return ""
    name = unicodedata.name(char, "").rpartition("LETTER ")[2].partition(" WITH")[0].lower()
    return name.replace("final ", "").replace("lamda", "lambda")
