"""Running text as utterances: one a sentence, or a few clauses of a sentence that is too long for one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from unicodedata import category

from catwalk.reader.article import Link
from catwalk.reader.policy import Pauses
from catwalk.reader.scripting.markup import Stream, count_visible, links_within, read_stream
from catwalk.reader.scripting.utterance import Manner, Utterance
from catwalk.reader.sentences import split_clauses, split_sentences

_CLOSERS = "\"'”’»)]*_"
_ENDS = ".?!…:;,。？！"
_SHORTEST_CUT = 24
_FORCED_BREAK = re.compile(r"\s*\n\s*(?![a-z])|(?<=[.!?…:;,])\s*\n\s*")
"""A line break that the author forced; one before a small letter only wraps a sentence."""


def speak_text(
    manner: Manner,
    text: str,
    *,
    end_s: float,
    links: Sequence[Link] = (),
    lead: str = "",
    tail: str = "",
) -> list[Utterance]:
    """Speak a text that the source says, all of it and in order.

    Args:
        manner: Policy and pronunciation.
        text: As in ``Block.text``.
        end_s: Silence after the last utterance, in seconds.
        links: Links of the text, in order.
        lead: Words of framing before the first utterance, spoken only.
        tail: Words of framing after the last one, spoken only.

    Returns:
        Nothing where nothing of the text can be spoken.
    """
    utterances: list[Utterance] = []
    left = links if manner.policy.link_notes else ()
    for paragraph in _FORCED_BREAK.split(text):
        here, left = links_within(paragraph, left)
        stream = read_stream(
            paragraph,
            links=here,
            labels=manner.labels,
            long_url_chars=manner.policy.long_url_chars,
        )
        utterances.extend(_speak_stream(manner, stream))
    utterances = _join_silent(utterances)
    if not utterances:
        return []
    if lead:
        utterances[0] = replace(utterances[0], spoken=f"{lead} {utterances[0].spoken}")
    last = utterances[-1]
    spoken = f"{last.spoken} {tail}" if tail else last.spoken
    pause_s = min(end_s, manner.policy.pauses.colon_s) if last.text.endswith(":") else end_s
    utterances[-1] = replace(last, spoken=spoken, pause_s=pause_s)
    return utterances


def speak_framing(manner: Manner, text: str, *, pause_s: float) -> Utterance:
    """Speak words that are not the source's but stand in for something of it; inline code in back-ticks."""
    spoken = end_sentence(manner.pronounce(text))
    spoken = spoken[:1].upper() + spoken[1:]
    if len(spoken) > manner.policy.line_chars + 40:
        spoken = spoken[: manner.policy.line_chars].rpartition(" ")[0] + "."
    return Utterance(text=text.replace("`", ""), spoken=spoken, pause_s=pause_s)


def end_sentence(spoken: str, mark: str = ".") -> str:
    """The same with an end that a voice can hear."""
    spoken = spoken.strip()
    return spoken if spoken.rstrip(_CLOSERS)[-1:] in tuple(_ENDS) else spoken + mark


def is_speakable(text: str) -> bool:
    """Whether there is anything for a voice in a text: a letter, a digit or a picture such as an emoji."""
    return any(character.isalnum() or category(character) == "So" for character in text)


def _speak_stream(manner: Manner, stream: Stream) -> list[Utterance]:
    pauses = manner.policy.pauses
    utterances: list[Utterance] = []
    n_visible = 0
    waiting = list(stream.notes)
    for sentence in split_sentences(stream.characters):
        n_visible += count_visible(sentence)
        pieces = _fit(manner, stream, sentence, manner.policy.line_chars)
        notes = tuple(label for at, label in waiting if at <= n_visible)
        waiting = waiting[len(notes) :]
        for count, (piece, spoken) in enumerate(pieces, start=1):
            text = stream.text(piece)
            if count < len(pieces):
                utterances.append(_utter(text, spoken, pauses.clause_s, mark=","))
            else:
                utterances.append(_utter(text, spoken, _sentence_pause(pauses, sentence), notes=notes))
    if waiting and utterances:
        last = utterances[-1]
        utterances[-1] = replace(last, notes=last.notes + tuple(label for _, label in waiting))
    return utterances


def _utter(text: str, spoken: str, pause_s: float, *, mark: str = ".", notes: tuple[str, ...] = ()) -> Utterance:
    # Punctuation on its own has a name, but nobody reads it out.
    speaks = is_speakable(text) and is_speakable(spoken)
    return Utterance(text, end_sentence(spoken, mark) if speaks else "", pause_s, notes)


def _fit(manner: Manner, stream: Stream, piece: str, limit: int) -> list[tuple[str, str]]:
    """Cut a piece until the spoken form of every part, which comes with it, is at most ``line_chars`` long."""
    longest = manner.policy.line_chars
    spoken = manner.pronounce(stream.markup(piece)) if len(piece) <= limit else None
    if spoken is not None and len(spoken) <= longest:
        return [(piece, spoken)]
    limit = min(limit, max(_SHORTEST_CUT, len(piece) * 2 // 3))
    parts = split_clauses(piece, limit)
    if len(parts) < 2:
        parts = _halve(piece)
    if len(parts) < 2:
        return [(piece, spoken or manner.pronounce(stream.markup(piece)))]
    return [fitting for part in parts for fitting in _fit(manner, stream, part, limit)]


def _halve(piece: str) -> list[str]:
    middle = len(piece) // 2
    spaces = [match.start() for match in re.finditer(r"\s", piece.strip())]
    at = min(spaces, key=lambda space: abs(space - middle)) if spaces else middle
    return [part for part in (piece[:at].strip(), piece[at:].strip()) if part]


def _sentence_pause(pauses: Pauses, sentence: str) -> float:
    end = sentence.rstrip().rstrip(_CLOSERS)
    if end.endswith(("...", "…")):
        return pauses.ellipsis_s
    return pauses.question_s if end.endswith(("?", "!")) else pauses.sentence_s


def _join_silent(utterances: list[Utterance]) -> list[Utterance]:
    """Give the text of what cannot be spoken, such as a lone dash, to the utterance beside it."""
    joined: list[Utterance] = []
    before = ""
    notes: tuple[str, ...] = ()
    for utterance in utterances:
        if utterance.spoken:
            if before or notes:
                text = f"{before} {utterance.text}".strip()
                utterance = replace(utterance, text=text, notes=notes + utterance.notes)  # noqa: PLW2901  # its other form
                before, notes = "", ()
            joined.append(utterance)
        elif joined:
            last = joined[-1]
            joined[-1] = replace(last, text=f"{last.text} {utterance.text}".strip(), notes=last.notes + utterance.notes)
        else:
            before, notes = f"{before} {utterance.text}".strip(), notes + utterance.notes
    return joined
