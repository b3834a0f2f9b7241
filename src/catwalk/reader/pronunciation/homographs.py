"""Words of one spelling and two sounds: "read", "live", "lead", "tear", "close", told apart by their neighbours."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache

from catwalk.reader.pronunciation.parts import Part, Place, cue, find_part, is_plural, read_words_of, starts_object
from catwalk.reader.pronunciation.passage import Change
from catwalk.reader.pronunciation.tables import read_rows

_Choose = Callable[[Place], str | None]
"""Names the sense of a word in its place; None leaves the word to the voice."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def respell_homographs(text: str) -> list[tuple[int, Change]]:
    """Where a line holds words of two sounds: their place, how a voice is to be given them, and the sense."""
    if not _ANY.search(text):
        return []
    words, starts = read_words_of(text)
    found: list[tuple[int, Change]] = []
    for at, word in enumerate(words):
        choose = _CHOOSERS.get(word)
        sense = choose(Place(words, at)) if choose else None
        if sense is not None and (respelled := _respellings().get((word, sense))):
            written = text[starts[at] : starts[at] + len(word)]
            found.append((starts[at], Change(written, _like(written, respelled), f"homograph: {sense}")))
    return found


@cache
def _respellings() -> dict[tuple[str, str], str]:
    return {(row[0], row[1]): row[2] for row in read_rows("homographs.tsv")}


def _like(written: str, respelled: str) -> str:
    return respelled.capitalize() if written[:1].isupper() else respelled


def _choose_read(place: Place) -> str | None:
    head, after = place.head, place.after
    if after == "only" or head in cue("modals"):
        return "present"
    part = find_part(place)
    if part in {Part.PAST, Part.ADJECTIVE} or head in cue("singulars") or after == "by":
        return "past"
    if part is Part.NOUN or place.opens:
        return "present"
    if head in cue("readable") or place.has(cue("past_times")):
        return "past"
    if head in {"i", "we"} and not place.has(cue("habits")):
        return "past" if starts_object(after) or after in {"about", "somewhere", "in", "on", "your"} else "present"
    return "present"


def _choose_live(place: Place) -> str:
    head, after = place.head, place.after
    if after in cue("live_things") or (place.before == "re" and place.ends):
        return "adjective"
    if head in cue("modals") or (head in cue("subjects") and head not in {"that", "it"}):
        return "verb"
    if (
        head in cue("going")
        or place.before in cue("going")
        or head in cue("determiners")
        or (head in cue("prepositions") and not place.ends)
    ):
        return "adjective"
    showing = not cue("showing").isdisjoint(place.words[max(0, place.at - 4) : place.at])
    return "adjective" if showing or place.opens else "verb"


def _choose_lives(place: Place) -> str:
    head, after = place.head, place.after
    if head in cue("determiners") - {"that", "which", "this"} or head.endswith(("'s", "s'")) or after == "of":
        return "noun"
    if head in cue("subjects") | {"which"} or after in cue("prepositions") | _words(
        "here there alone inside outside together next"
    ):
        return "verb"
    return "noun" if place.ends or is_plural(head) or head in cue("prepositions") else "verb"


def _choose_lead(place: Place) -> str | None:
    head, after = place.head, place.after
    if after in cue("lead_things") or (after in {"free", "based", "lined"} and head not in cue("subjects")):
        return "metal"
    if head == "the" and after == "in" and place.has(_words("pipes water paint soil blood gasoline solder")):
        return "metal"
    bare = head in cue("prepositions") | _words("contain contains containing and heavy molten") or (
        place.opens and after in cue("being")
    )
    return "metal" if bare and place.has(cue("metals")) and not starts_object(after) else None


def _choose_wind(place: Place) -> str | None:
    if place.head in cue("determiners") | cue("prepositions"):
        return None
    part = find_part(place)
    if part is Part.VERB or (place.after in {"up", "down"} and place.head not in {"strong", "cold"}):
        return "verb"
    return "verb" if is_plural(place.head) and place.after in cue("turns") else None


def _choose_wound(place: Place) -> str | None:
    if place.head in cue("determiners"):
        return None
    turned = place.after in cue("turns") or place.head in {"spring", "tightly"}
    return "past" if turned or place.head in cue("singulars") | cue("having") | {"i", "we", "they"} else None


def _choose_tear(place: Place) -> str:
    head, after = place.head, place.after
    part = find_part(place)
    worn = place.before == "and" and place.at > 1 and place.words[place.at - 2] == "wear"
    if worn or part is Part.VERB or (after in cue("rips") and head not in cue("determiners")):
        return "rip"
    torn = part is Part.NOUN and after == "in" and not place.has(_words("eye eyes cheek face"))
    return "rip" if torn else "eye"


def _choose_tears(place: Place) -> str:
    return (
        "rip" if place.after in cue("rips") - {"down"} or place.head in cue("singulars") | {"that", "which"} else "eye"
    )


def _choose_close(place: Place) -> str:
    head, after = place.head, place.after
    paired = place.before in {"and", "or", ","} and place.at > 1 and place.words[place.at - 2].startswith("open")
    if (
        after in cue("buttons")
        or paired
        or (place.before == "a" and place.ends)
        or (head == "the" and after in {"of", ""})
    ):
        return "verb"
    if head in cue("modals"):
        return "adjective" if after == "to" and head == "to" else "verb"
    if head in cue("being") | cue("nearing") or place.before in cue("nearing") or after in {"to", "enough", "by"}:
        return "adjective"
    part = find_part(place)
    if part is Part.NOUN:
        return "verb" if place.ends and head not in cue("determiners") else "adjective"
    opened = place.opens and (starts_object(after) or after in {"all", "both"})
    return "verb" if opened or part in {Part.VERB, Part.PAST} or is_plural(head) else "adjective"


def _choose_bow(place: Place) -> str:
    part = find_part(place)
    taken = place.before == "a" and place.at > 1 and place.words[place.at - 2] in _words("take takes took taking taken")
    bent = part is Part.VERB or (place.after in {"down", "out", "before"} and part is not Part.NOUN)
    return "bend" if taken or bent or place.has(cue("ships")) else "weapon"


def _choose_use(place: Place) -> str | None:
    head, after = place.head, place.after
    if after in {"of", "case", "cases", "by", "only"} or (
        head in cue("determiners") and head not in {"that", "which", "all", "both"}
    ):
        return "noun"
    if head in cue("modals") or head in cue("subjects") or (place.opens and not place.ends):
        return "verb"
    if head in cue("prepositions") or after in cue("being") | {"has", "had", "in", "for"} or place.ends:
        return "noun"
    return "verb" if starts_object(after) or is_plural(head) else None


def _choose_record(place: Place) -> str | None:
    part = find_part(place)
    return "verb" if part is Part.VERB and not (place.opens and place.ends) else None


def _choose_minute(place: Place) -> str | None:
    return (
        "tiny"
        if place.after in cue("tiny_things") and place.head not in _words("one two three five ten last every")
        else None
    )


def _choose_bass(place: Place) -> str:
    return "fish" if place.has(cue("fishes")) else "music"


def _choose_noun_or_verb(place: Place) -> str | None:
    part = find_part(place)
    if part is Part.VERB or (place.opens and place.after in {"me", "us"}):
        return "verb"
    return "noun" if part is Part.NOUN or place.ends else None


def _choose_object(place: Place) -> str | None:
    plain = place.head in cue("modals") | cue("subjects") - {"that", "it"}
    return "verb" if plain and (place.ends or place.after in {"to", "when", "because", "if"}) else None


def _choose_dove(place: Place) -> str | None:
    return "past" if place.after in cue("dives") and place.head not in cue("determiners") else None


def _choose_resume(place: Place) -> str | None:
    return "noun" if find_part(place) is Part.NOUN and place.before not in {"to"} else None


def _choose_house(place: Place) -> str | None:
    return (
        "verb"
        if place.head in cue("modals") | {"they", "that", "we"} and (starts_object(place.after) or place.after)
        else None
    )


_CHOOSERS: dict[str, _Choose] = {
    "read": _choose_read,
    "live": _choose_live,
    "lives": _choose_lives,
    "lead": _choose_lead,
    "wind": _choose_wind,
    "wound": _choose_wound,
    "tear": _choose_tear,
    "tears": _choose_tears,
    "close": _choose_close,
    "bow": _choose_bow,
    "use": _choose_use,
    "record": _choose_record,
    "minute": _choose_minute,
    "bass": _choose_bass,
    "excuse": _choose_noun_or_verb,
    "abuse": _choose_noun_or_verb,
    "object": _choose_object,
    "dove": _choose_dove,
    "resume": _choose_resume,
    "house": _choose_house,
}
_ANY = re.compile(rf"(?i)\b(?:{'|'.join(_CHOOSERS)})\b")
