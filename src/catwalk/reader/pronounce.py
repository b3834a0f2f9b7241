"""Pronunciation: a line of written English as the words that a voice is given."""

from __future__ import annotations

import re

from catwalk.reader.pronunciation.abbreviations import ABBREVIATION_RULES, TITLES
from catwalk.reader.pronunciation.addresses import ADDRESS_RULES
from catwalk.reader.pronunciation.code import is_command, say_code
from catwalk.reader.pronunciation.dates import DATE_RULES, NUMERIC_DATE_RULES
from catwalk.reader.pronunciation.identifiers import IDENTIFIER_RULES, MARKUP_RULES
from catwalk.reader.pronunciation.lexicon import Entry, Lexicon, enclose
from catwalk.reader.pronunciation.measures import MEASURE_RULES
from catwalk.reader.pronunciation.money import MONEY_RULES
from catwalk.reader.pronunciation.numbers import integer
from catwalk.reader.pronunciation.operators import name_operator
from catwalk.reader.pronunciation.passage import DIGITS, MARK, Change, Passage, RuleBook, Say
from catwalk.reader.pronunciation.quantities import NUMBER_RULES
from catwalk.reader.pronunciation.regexes import is_regex
from catwalk.reader.pronunciation.romans import ROMAN_RULES
from catwalk.reader.pronunciation.serials import NUMBER_NAME_RULES, SERIAL_RULES
from catwalk.reader.pronunciation.snippets import is_snippet
from catwalk.reader.pronunciation.symbols import (
    FOOTNOTE_RULES,
    MATH_RULES,
    POWER_RULES,
    SYMBOL_RULES,
    name_alone,
    say_signs,
)
from catwalk.reader.pronunciation.technical import TECHNICAL_RULES
from catwalk.reader.pronunciation.times import TIME_RULES
from catwalk.reader.pronunciation.typography import finish, fold
from catwalk.reader.pronunciation.voicing import explain_for_voice, respell_for_voice
from catwalk.reader.pronunciation.words import find_term, say_word

__all__ = ["Change", "Entry", "Lexicon", "explain", "explain_for_voice", "pronounce", "respell_for_voice"]

SENTENCE_SPACES = 3
"""A line with so many spaces is a sentence, which keeps its full stop even where an abbreviation took it."""

MAX_PASSAGE_CHARS = 2000
"""A longer line is worked on in pieces of about this length, cut at spaces."""

_CODE = re.compile(r"(`{1,3})(?!`)(?P<code>[^`\n]{1,500}?)\1(?!`)")
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*")
_OPEN, _CLOSE = "([{\"'<*", ".,;:!?)]}\"'>"
_HYPHEN = re.compile(rf"(?<={MARK})-(?=\w|{MARK})|(?<=\w)-(?={MARK})")
_SPACED_DASH = re.compile(r"\s?—\s?|\s[-–]{1,2}\s|(?<=\w)--(?=\w)|\s--(?=\s|$)")
_RANGE_DASH = re.compile(rf"(?P<a>{MARK})(?:\s?[-–—]\s?|\s(?P<by>[x×])\s)(?P<b>{MARK})")
_RANGED = frozenset({"date", "time", "money", "year", "measure", "percent", "ordinal", "fraction", "decade"})
_NAME = re.compile(r"\s[A-Z][a-z]")
_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ ,.;:?!'\"()-/" + DIGITS)
"""Characters of which none is a sign to be named."""

_ENDS = re.compile(r"\.[\"')\]\s]*$")
_LONG_NUMBER = re.compile(r"\d{60}(?=\d)")
_SPELLED_HYPHEN = re.compile(r"(?<=\b[A-Z])-(?=[A-Z]\b)")
_RESIDUE = re.compile(r"\d+")
_GLUED = re.compile(
    r"(?<=[^\W\d_]),(?=[\w$£€])|(?<=\d),(?=[^\W\d_])|(?<=[.!?]),(?=\w)|(?<=[\w.])[!?](?=\w|-\d)|\.{3}(?=\d)|(?<=\)[.])(?=[a-z])"
)
_GLUE_CODE = re.compile(r"[/@=(\[{<>\\_]|::|[!?]\.")
_PLURAL_PAREN = re.compile(r"(?<=[a-z])\((e?s)\)")
_TIGHT_PARENS = re.compile(r"(?<=[\w\U000F0000-\U0010FFFD])\(([^()]*)\)")
_PARENS = re.compile(r"\s*\(\s*|\s*\)")
_SIDE_BY_SIDE = re.compile(r"(?<![\d.,])(\d+\.\d+) (?=\d)")
"""A decimal before another number, as in "Llama 3.1 405B": without a pause the two sound like one."""

_EMPHASIS = re.compile(r"(?<!\w)(\*{1,3}|_)(?=\S)(?=[^*_\n]*\w)([^*_\n]{1,200}?\S|\S)\1(?!\w)")

_BEFORE_SIGNS = RuleBook((
    *FOOTNOTE_RULES, *MARKUP_RULES, *ADDRESS_RULES, *NUMERIC_DATE_RULES, *NUMBER_NAME_RULES,
    *TECHNICAL_RULES, *IDENTIFIER_RULES, *DATE_RULES, *TIME_RULES, *MONEY_RULES,
    *ABBREVIATION_RULES, *MEASURE_RULES, *POWER_RULES, *ROMAN_RULES, *NUMBER_RULES, *SERIAL_RULES,
))  # fmt: skip
_SIGNS = RuleBook((*MATH_RULES, *SYMBOL_RULES))


def pronounce(text: str, *, lexicon: Lexicon | None = None) -> str:
    """The words that would be spoken for one line of text.

    Punctuation that helps a voice (``, . ; : ? !`` and straight quotes) stays; digits, markup and signs become words or
    go. Its own output comes back as it is.

    Args:
        text: One line, usually one sentence; inline code in back-ticks.
        lexicon: Entries above the built-in ones, such as a show's over its user's. A word whose entry has sounds comes
            out as ``[word](/ipa/)``.
    """
    spoken = " ".join(filter(None, (_finish(_read(piece, lexicon)) for piece in _pieces(text))))
    if _ENDS.search(text) and spoken[-1:].isalpha() and text.count(" ") >= SENTENCE_SPACES:
        spoken = f"{spoken}."
    return lexicon.name_sounds(spoken) if lexicon else spoken


def explain(text: str, *, lexicon: Lexicon | None = None) -> list[Change]:
    """Every span of a line that is spoken otherwise than it is written, in order."""
    changes: list[Change] = []
    for piece in _pieces(text):
        for change in _read(piece, lexicon).changes():
            spoken = finish(change.spoken)
            spoken = lexicon.name_sounds(spoken) if lexicon else spoken
            if spoken != change.written:
                changes.append(Change(change.written, spoken, change.rule))
    return changes


def _pieces(text: str) -> list[str]:
    if len(text) <= MAX_PASSAGE_CHARS:
        return [text]
    text = _LONG_NUMBER.sub(r"\g<0> ", text)
    pieces = []
    while len(text) > MAX_PASSAGE_CHARS:
        cut = text.rfind(" ", 1, MAX_PASSAGE_CHARS) + 1 or MAX_PASSAGE_CHARS
        pieces.append(text[:cut])
        text = text[cut:]
    return [*pieces, text]


def _read(text: str, lexicon: Lexicon | None) -> Passage:
    """Run every rule over one piece."""
    passage = Passage(fold(text).strip())
    alone = name_alone(passage.text) or name_operator(passage.text)
    if alone is not None:
        passage.text = passage.mark(passage.text, alone, "symbol")
        return passage
    if is_command(passage.text) or is_regex(passage.text) or is_snippet(passage.text):
        passage.text = passage.mark(passage.text, _say_code(passage.text, lexicon), "code")
        return passage
    letters = passage.letters
    if "`" in letters:
        passage.replace(_CODE, lambda m: _say_code(m["code"], lexicon), "code")
    if not letters.isdisjoint(",!?."):
        passage.text = _part_glued(passage.text)
    for number, (regex, entry) in enumerate(lexicon.compiled if lexicon else ()):
        passage.replace(regex, _respell(entry, number), "lexicon")
    if "*" in letters or "_" in letters:
        passage.rewrite(_EMPHASIS.sub(r"\2", passage.text))
    if "." in letters and not letters.isdisjoint(DIGITS):
        passage.rewrite(_SIDE_BY_SIDE.sub(r"\1, ", passage.text))
    _claim_terms(passage)
    passage.apply(_BEFORE_SIGNS)
    passage.text = _RANGE_DASH.sub(lambda m: _join_range(m, passage), passage.text)
    passage.apply(_SIGNS)
    passage.text = _HYPHEN.sub(" ", passage.text)
    if "(" in letters:
        passage.text = _TIGHT_PARENS.sub(r" \1 ", _PLURAL_PAREN.sub(r"\1", passage.text))
    if not letters <= _PLAIN:
        say_signs(passage)
    if not letters.isdisjoint(DIGITS):
        passage.replace(_RESIDUE, lambda m: f" {integer(m.group())} ", "number")
    passage.replace(_WORD, _say_word_match, "word")
    return passage


def _part_glued(text: str) -> str:
    """Put the space that is missing behind punctuation: "5pm,4am", "wait!no"; addresses and code stay as they are."""
    if not _GLUED.search(text):
        return text
    chunks = text.split(" ")
    return " ".join([chunk if _GLUE_CODE.search(chunk) else _GLUED.sub(r"\g<0> ", chunk) for chunk in chunks])


def _finish(passage: Passage) -> str:
    text = passage.spoken()
    if "(" in text or ")" in text:
        text = _PARENS.sub(", ", text)
    text = _SPELLED_HYPHEN.sub(" ", text)
    if "—" in text or "–" in text or "-" in text:
        text = _SPACED_DASH.sub(", ", text).replace("–", " ")
        text = re.sub(r"(?<!\w)-+|-+(?!\w)", " ", text)
    text = text.replace("_", " ").replace("/", " ")
    return finish(text)


def _say_code(code: str, lexicon: Lexicon | None) -> str:
    """Code, with those of its words as the lexicon has them that stand between spaces; inside others it has no say."""
    for number, (regex, entry) in enumerate(lexicon.compiled if lexicon else ()):
        for match in regex.finditer(code):
            before, after = code[: match.start()], code[match.end() :]
            if f"{before[-1:]}{after[:1]}".strip() or (spoken := _respell(entry, number)(match)) is None:
                continue
            sides = [_say_code(side.strip(), lexicon) if side.strip() else "" for side in (before, after)]
            return " ".join(filter(None, (sides[0], spoken, sides[1])))
    return say_code(code)


def _respell(entry: Entry, number: int) -> Say:
    def say(m: re.Match[str]) -> str | None:
        if not entry.fits(m):
            return None
        if entry.ipa:
            return enclose(entry.spoken, number)
        return m.expand(entry.spoken) if entry.pattern else entry.spoken

    return say


def _claim_terms(passage: Passage) -> None:
    """Claim the terms of the table that hold signs or digits, such as "C++", without what surrounds them."""

    def claim(chunk: str) -> str:
        if chunk[-1] == ">" and "<" not in chunk:
            return chunk
        core = chunk.lstrip(_OPEN)
        start = chunk[: len(chunk) - len(core)]
        if start.endswith("*") and core[:1] == ".":
            return chunk
        bare = core.rstrip(_CLOSE)
        for candidate in (core, bare, bare.removesuffix("'s")):
            spoken = find_term(candidate) if candidate and not candidate.isalpha() else None
            if spoken is not None and candidate != spoken:
                return start + passage.mark(candidate, spoken, "term") + core[len(candidate) :]
        return chunk

    passage.text = " ".join(
        [chunk if not chunk or chunk.isalpha() else claim(chunk) for chunk in passage.text.split(" ")]
    )


def _join_range(m: re.Match[str], passage: Passage) -> str:
    """A dash between two dates, times, sums or measures means "to", a cross between measures "by"."""
    names = {passage.name_of(m["a"]), passage.name_of(m["b"])}
    if not names <= _RANGED:
        return m.group()
    if m["by"]:
        return f"{m['a']} by {m['b']}" if names == {"measure"} else m.group()
    return f"{m['a']} to {m['b']}"


def _say_word_match(m: re.Match[str]) -> str | None:
    word = m.group()
    if word in TITLES and _NAME.match(m.string, m.end()):
        return TITLES[word]
    return say_word(word)
