"""Which language a text is in, where its page does not say or plainly errs."""

from __future__ import annotations

import re

_SCRIPTS = (
    ("ja", "[\u3040-\u30ff]", 0.08),
    ("ko", "[\uac00-\ud7af]", 0.3),
    ("zh", "[\u4e00-\u9fff]", 0.3),
    ("uk", "[іїєґІЇЄҐ]", 0.03),
    ("ru", "[\u0400-\u04ff]", 0.4),
    ("el", "[\u0370-\u03ff]", 0.4),
    ("he", "[\u0590-\u05ff]", 0.4),
    ("fa", "[پچژگک]", 0.05),
    ("ar", "[\u0600-\u06ff]", 0.4),
    ("hi", "[\u0900-\u097f]", 0.4),
    ("th", "[\u0e00-\u0e7f]", 0.4),
)
_COMMON_WORDS = {
    "en": "the of and to in is that it for was with as on this but are not have from they you be or by an at which",
    "fr": "le la les des et est que une dans pour qui pas sur plus avec ce sont au par il elle nous mais ou du",
    "de": "der die das und ist nicht ein eine zu mit den von auf für sich dem auch als wird sind im es wir ich",
    "es": "el los las que una por con para del se es no su como más pero al lo fue este son ha y en",
    "it": "il che di una per non sono con della del gli è nel anche come più alla ma dei le si questo da un",
    "pt": "os que uma para não com por mais do da em ao dos das foi como mas se é pelo são um o na no",
    "nl": "de het een van en is dat niet op te zijn voor met die aan ook maar er bij naar om als wordt ik",
    "sv": "och att det som en är på för av inte med den till har om ett jag men var från så kan de",
    "pl": "nie się na jest że to do jak ale po tym od za co przez są dla czy już było tylko jego oraz",
    "tr": "ve bir bu için ile çok daha olarak da de ne gibi olan var ama kadar sonra değil en her o",
}
_WORD_SETS = {tag: frozenset(words.split()) for tag, words in _COMMON_WORDS.items()}


def guess_language(text: str, stated: str | None) -> str:
    """BCP 47 tag of a text's language: as stated, unless its letters say otherwise; ``en`` where nothing tells."""
    letters = re.findall(r"[^\W\d_]", text[:20000])
    joined = "".join(letters)
    for tag, script, share in _SCRIPTS:
        if letters and len(re.findall(script, joined)) >= share * len(letters):
            primary = (stated or "").partition("-")[0]
            related = {"ru": {"bg", "sr", "mk", "be", "uk", "kk"}, "ar": {"fa", "ur", "ps"}, "hi": {"mr", "ne"}}.get(
                tag, set()
            )
            return stated if stated and (primary == tag or primary in related) else tag
    if stated:
        return stated
    words = re.findall(r"[^\W\d_]+", text[:20000].lower())
    shares = {tag: sum(word in common for word in words) for tag, common in _WORD_SETS.items()}
    best = max(shares, key=lambda tag: shares[tag])
    return best if words and shares[best] > 0.08 * len(words) else "en"
