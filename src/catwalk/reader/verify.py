"""Does this recording say that text?

Two kinds of evidence: the words that a transcriber heard, laid over the words that were to be said, and what the
samples themselves show. Nothing here runs a model. Whisper base mishears about one word in twenty-five of clean
synthetic speech, nearly always as something that sounds alike; a real fault does not. So differences are forgiven by
sound; where sound does not settle it, a listener that can weigh texts is asked how likely the words were that were to
be said (:func:`list_doubts`), and judging once more forgives what it finds likely.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from catwalk.audio.acoustics import Acoustics, measure
from catwalk.audio.waveform import Waveform
from catwalk.reader.alignment import Difference, find_differences
from catwalk.reader.common_words import is_common
from catwalk.reader.coverage import find_unaccounted_s
from catwalk.reader.doubts import Doubt, find_doubt
from catwalk.reader.hearing import join_words, list_ways_to_say
from catwalk.reader.pace import expect_duration_s
from catwalk.reader.pronounce import pronounce
from catwalk.reader.repetition import find_repetition, repeats_itself
from catwalk.reader.windows import list_words
from catwalk.reader.wording import Token, split_words
from catwalk.tasks import Transcription, Word, drop_sounds


@dataclass(frozen=True, slots=True)
class VerifyPolicy:
    """What is forgiven; the defaults are measured (``benchmarks/verifier.py``)."""

    pace: float | None = None
    """How much longer than expected this voice's takes are; None where it is not known, and lengths are judged
    loosely."""

    alike: float = 0.3
    """Sound distance up to which a stretch counts as misheard rather than as wrong. At 0.42 twice as many words that
    were replaced by similar ones pass (16 of 30 instead of 7), and 3 of 356 clean takes are rejected instead of 4."""

    alike_rare: float = 0.45
    """The same for a stretch with a name, a letter or a rare word in it, which a transcriber may never have met."""

    alike_short: float = 0.6
    """The same for a line of at most three words, on which whisper has nothing to go by, and for one small word
    ("in", "when") heard for another, which is whisper's commonest mistake and no voice's."""

    max_silence_s: float = 1.2
    """Longest silence inside a take of one sentence; between sentences half as long again is allowed."""

    max_edge_silence_s: float = 2.0
    """Longest silence before the first and after the last sound."""

    check_edges: bool = True
    """Whether a take must begin and end in silence; off for recordings that were cut out of longer ones."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one take, and why."""

    accepted: bool

    wer: float
    """Word errors per word to be said, after forgiving what sounds alike; can exceed 1."""

    missing: tuple[str, ...]
    """Words that were to be said and were not heard, in order."""

    extra: tuple[str, ...]
    """Words that were heard and were not to be said, in order."""

    duration_ratio: float
    """Time from first to last sound, against the time that this text should take at this voice's pace."""

    speech_ratio: float
    """Share of the time from first to last sound that is not silence."""

    heard: str
    """What the transcriber wrote."""

    reasons: tuple[str, ...]
    """Why the take was rejected, in plain words; empty when it was accepted."""

    score: float
    """0 to 1; the best of several takes has the highest. Above 0.5 when accepted, below when not."""

    may_be_misheard: bool
    """Whether the take was rejected for what was heard alone, so that another hearing may clear it; what its samples
    show stays as it is."""

    doubts: tuple[Doubt, ...] = ()
    """Where that is so: the words that may have been said for all that other ones were heard; none where more differs
    than that."""

    def to_json(self) -> dict[str, Any]:
        """The verdict as ``catwalk verify --json`` prints it."""
        return {
            "accepted": self.accepted,
            "wer": round(self.wer, 4),
            "missing": list(self.missing),
            "extra": list(self.extra),
            "duration_ratio": round(self.duration_ratio, 3),
            "speech_ratio": round(self.speech_ratio, 3),
            "heard": self.heard,
            "reasons": list(self.reasons),
            "score": round(self.score, 4),
            "may_be_misheard": self.may_be_misheard,
        }


@dataclass(slots=True)
class _Findings:
    missing: list[str] = field(default_factory=list)
    extra: list[str] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    n_errors: int = 0
    distance: float = 0.0
    """Of what was forgiven, summed over words; breaks ties between accepted takes."""

    doubts: list[Doubt | None] = field(default_factory=list)
    """One for each reason, where there can be one."""

    begins_right: bool = True
    """Whether the first word was heard as it stands."""


def judge(
    spoken: str,
    heard: Transcription | Sequence[Word] | str,
    waveform: Waveform,
    *,
    policy: VerifyPolicy = VerifyPolicy(),
    likely: Collection[Doubt] = (),
) -> Verdict:
    """Decide whether a recording says a text.

    Args:
        spoken: What was to be said, as the voice was given it.
        heard: What a transcriber heard in ``waveform`` and nothing else.
        waveform: The recording, untrimmed and unmastered.
        policy: What is forgiven.
        likely: Doubts of an earlier verdict on the same that the listener settled in favour of the take.
    """
    text = _text_of(heard)
    plain = pronounce(drop_sounds(spoken))
    expected = split_words(plain)
    words = min(
        (_compare(expected, way, policy, likely) for way in list_ways_to_say(text)),
        key=lambda findings: (findings.n_errors, findings.distance),
    )
    acoustics = measure(waveform)
    expected_s = expect_duration_s(plain) * (policy.pace or 1.0)
    flaws = [
        *_list_flaws(acoustics, policy, begins_right=words.begins_right),
        *_list_silences(acoustics, policy, n_sentences=len(re.findall(r"[.!?](?=\s|$)", plain.strip()))),
        *_list_lengths(acoustics, expected_s, policy),
    ]
    ratio = (acoustics.end_s - acoustics.start_s) / expected_s
    is_sound = not flaws
    if is_sound and not words.reasons:
        flaws = _list_surplus(expected, heard, waveform, ratio)
    wer = words.n_errors / max(1, len(expected))
    quality = max(0.0, 1.0 - min(1.0, wer) - 0.2 * len(flaws)) - 0.1 * min(1.0, words.distance / max(1, len(expected)))
    accepted = not words.reasons and not flaws
    return Verdict(
        accepted=accepted,
        wer=wer,
        missing=tuple(words.missing),
        extra=tuple(words.extra),
        duration_ratio=ratio,
        speech_ratio=acoustics.speech_ratio,
        heard=text,
        reasons=(*words.reasons, *flaws),
        score=0.5 + quality / 2 if accepted else max(0.0, quality) * 0.49,
        may_be_misheard=is_sound and not accepted,
        doubts=_list_doubts(words) if is_sound else (),
    )


_N_DOUBTS = 3
"""A take in which more than so many stretches differ says something else."""


def _list_doubts(findings: _Findings) -> tuple[Doubt, ...]:
    doubts = [doubt for doubt in findings.doubts if doubt]
    return tuple(doubts) if len(doubts) == len(findings.doubts) <= _N_DOUBTS else ()


def _text_of(heard: Transcription | Sequence[Word] | str) -> str:
    if isinstance(heard, str):
        return heard.strip()
    if isinstance(heard, Transcription):
        return heard.text.strip()
    return join_words(heard)


def _compare(expected: list[Token], said: str, policy: VerifyPolicy, likely: Collection[Doubt]) -> _Findings:
    findings, heard = _Findings(), split_words(said)
    wrong: list[Difference] = []
    for difference in find_differences(expected, heard):
        findings.begins_right = findings.begins_right and not (difference.at == 0 and difference.expected)
        if _is_forgiven(difference, len(expected), policy):
            findings.distance += difference.distance * len(difference.expected)
            continue
        doubt = find_doubt(difference, heard, said)
        if doubt is not None and doubt in likely:
            findings.distance += len(difference.expected)
        else:
            findings.doubts.append(doubt)
            wrong.append(difference)
    for difference in wrong:
        missing, extra = _blame(difference)
        findings.missing += [token.shown for token in missing]
        findings.extra += [token.shown for token in extra]
        findings.n_errors += max(len(missing), len(extra))
        findings.reasons.append(_describe(difference, missing, extra, expected))
    if expected and not heard:
        findings.reasons = ["nothing was heard"]
    elif findings.missing and _count(findings.missing) == _count(findings.extra):
        findings.reasons.append(f"out of order: {_quote(findings.missing)}")
    return findings


_N_SHORT = 3
"""A line of so few words gives a transcriber nothing to go by."""

_ALIKE_IN_PARTS = 0.25
"""The limit for a stretch in which one word is far from its counterpart and the others make up for it."""

_SIGNS = frozenset({"dot", "dash", "hyphen"})
_POINTS = frozenset({"dot", "point"})
_ARTICLES = frozenset({"a", "an", "the"})
_SMALL_WORDS = frozenset(
    {
        "a", "an", "and", "are", "as", "at", "be", "been", "but", "by", "for", "from", "had", "has", "have", "he",
        "her", "his", "i", "if", "in", "is", "it", "its", "me", "my", "of", "on", "or", "our", "she", "so", "than",
        "that", "the", "their", "them", "then", "there", "these", "they", "this", "to", "was", "we", "were", "when",
        "will", "with", "would", "you", "your",
    }
)  # fmt: skip


def _is_forgiven(difference: Difference, n_expected: int, policy: VerifyPolicy) -> bool:
    if not difference.expected or not difference.heard:
        # "I'll let" is heard as "I let", and the other way round; "model.clj" is written down without its dot.
        either = (*difference.expected, *difference.heard)
        return all(token.contracted or token.key in _SIGNS for token in either) and not difference.negates
    keys = {token.key for token in (*difference.expected, *difference.heard)}
    if keys <= _ARTICLES or keys <= _POINTS:
        return len(difference.expected) == len(difference.heard) == 1
    if difference.distance < (0.03 if difference.changes_number else 0.12):
        return True
    if difference.negates or difference.changes_number or difference.swallowed:
        return False
    small = len(difference.expected) == len(difference.heard) == 1 and {
        difference.expected[0].key, difference.heard[0].key
    } <= _SMALL_WORDS  # fmt: skip
    if (difference.missing or difference.extra) and difference.distance > _ALIKE_IN_PARTS and not small:
        return False
    if small or n_expected <= _N_SHORT:
        return difference.distance <= policy.alike_short
    if difference.distance <= policy.alike or difference.distance > policy.alike_rare:
        return difference.distance <= policy.alike
    is_name = difference.at > 0 and any(token.shown[:1].isupper() for token in difference.expected)
    return is_name or not all(is_common(token.key) for token in difference.expected)


def _blame(difference: Difference) -> tuple[tuple[Token, ...], tuple[Token, ...]]:
    if difference.missing or difference.extra:
        return difference.missing, difference.extra
    return difference.expected, difference.heard


def _describe(
    difference: Difference, missing: Sequence[Token], extra: Sequence[Token], expected: Sequence[Token]
) -> str:
    if missing and extra:
        return f"heard {_quote(t.shown for t in extra)} for {_quote(t.shown for t in missing)}"
    if missing:
        return f"missing {_quote(t.shown for t in missing)}"
    n = len(extra)
    keys = [token.key for token in extra]
    before = [token.key for token in expected[max(0, difference.at - n) : difference.at]]
    after = [token.key for token in expected[difference.at : difference.at + n]]
    verb = "repeated" if keys in (before, after) else "added"
    return f"{verb} {_quote(t.shown for t in extra)}"


def _quote(words: Sequence[str] | Any) -> str:
    return "'" + " ".join(words) + "'"


def _count(words: Sequence[str]) -> Counter[str]:
    return Counter(word.lower() for word in words)


# Measured on 180 clean takes of four voices, worst of them first: silence 0.6 s, level at the edges -44 dB, floor
# -51 dB, 0.13 % of samples at the peak, 1.9 % crowded, hiss -41 dB, tone 0.06 s.
_EDGE_DB = -35.0
_FLOOR_DB = -38.0
_PEAK_SHARE = 0.003
_CROWDED_SHARE = 0.024
_HISS_DB = -33.0
_TONE_S = 0.12
_N_HELD = 2
_BREAK_DB = -35.0

_UNACCOUNTED_S = 0.9
_SURPLUS_RATIO = 1.1
"""Only a recording longer than its text can hold sound that no word accounts for; word times alone go astray."""

# Voices differ in pace from 1.0 to 1.4; a whispering one has 1.6.
_RATIOS_LOOSE = (0.65, 1.6)
_RATIOS_PACED = (0.8, 1.25)
_SHORT_SLACK_S, _LONG_SLACK_S = 0.08, 0.2


def _list_flaws(acoustics: Acoustics, policy: VerifyPolicy, *, begins_right: bool) -> list[str]:
    if acoustics.is_silent:
        return ["silent"]
    behind = acoustics.floor_db > _FLOOR_DB
    edges = policy.check_edges and not behind
    checks = (
        (acoustics.peak_share > _PEAK_SHARE or acoustics.crowded_share > _CROWDED_SHARE, "clipped"),
        (behind, "music or noise behind the voice"),
        # Recordings are trimmed closely at the start more often than words are cut there, and whisper tells these.
        (edges and acoustics.head_db > _EDGE_DB and not begins_right, "starts abruptly"),
        (edges and acoustics.tail_db > _EDGE_DB, "cut off at the end"),
        (not behind and acoustics.hiss_db > _HISS_DB, "a burst of noise"),
        (acoustics.tone_s > _TONE_S or acoustics.n_held >= _N_HELD, "a held tone, as of music"),
        (acoustics.break_db > _BREAK_DB, "the sound breaks off inside"),
    )
    return [flaw for found, flaw in checks if found]


def _list_silences(acoustics: Acoustics, policy: VerifyPolicy, *, n_sentences: int) -> list[str]:
    if acoustics.is_silent:
        return []
    after_s = acoustics.duration_s - acoustics.end_s
    inside_s = policy.max_silence_s * (1.5 if n_sentences > 1 else 1.0)
    checks = (
        (acoustics.longest_silence_s, inside_s, f"inside, at {acoustics.silence_at_s:.1f} s"),
        (acoustics.start_s, policy.max_edge_silence_s, "at the start"),
        (after_s, policy.max_edge_silence_s, "at the end"),
    )
    return [f"{length_s:.1f} s of silence {where}" for length_s, limit_s, where in checks if length_s > limit_s]


def _list_lengths(acoustics: Acoustics, expected_s: float, policy: VerifyPolicy) -> list[str]:
    low, high = _RATIOS_PACED if policy.pace else _RATIOS_LOOSE
    length_s = acoustics.end_s - acoustics.start_s
    about = f"{length_s:.1f} s for about {expected_s:.1f} s of text"
    if length_s < expected_s * low - _SHORT_SLACK_S:
        return [f"too short: {about}"]
    if length_s > expected_s * high + _LONG_SLACK_S:
        return [f"too long: {about}"]
    return []


def _list_surplus(
    expected: Sequence[Token], heard: Transcription | Sequence[Word] | str, waveform: Waveform, ratio: float
) -> list[str]:
    """What the transcriber passed over in silence; looked for last, since it costs most."""
    surplus = []
    if (again := find_repetition(waveform)) and not repeats_itself([token.key for token in expected]):
        surplus.append(f"{again.length_s:.2g} s of sound comes again, at {again.start_s:.1f} s")
    if ratio > _SURPLUS_RATIO and not isinstance(heard, str):
        words = list_words(heard) if isinstance(heard, Transcription) else heard
        unaccounted_s = find_unaccounted_s(words, waveform)
        if unaccounted_s > _UNACCOUNTED_S:
            surplus.append(f"{unaccounted_s:.1f} s of sound that no word accounts for")
    return surplus
