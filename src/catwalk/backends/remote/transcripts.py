"""A transcription as OpenAI's API writes it, ``json`` or ``verbose_json``, and as others write it nearly so."""

from __future__ import annotations

import bisect
import dataclasses
from collections.abc import Sequence
from typing import Any

from catwalk.tasks import Segment, TranscribeOptions, Transcription, Word

UNDETERMINED = "und"
"""Language of a recording where nobody says which it is (ISO 639-2)."""

_SLACK_S = 0.001  # times are rounded

Item = dict[str, Any]


def read_transcription(body: Item, duration_s: float, options: TranscribeOptions) -> Transcription:
    """What a body says was heard.

    Args:
        body: An object with ``text``, and perhaps ``segments``, ``words`` and ``language``. Without segments the whole
            text is one; words may stand in their segments or beside them.
        duration_s: Length of the recording, which is known better here.
        options: What was asked for.

    Raises:
        KeyError: or TypeError, ValueError, AttributeError: it is something else.
    """
    text = body["text"].strip()
    segments = [_to_segment(item) for item in body.get("segments") or () if item["text"].strip()]
    if text and not segments:
        segments = [Segment(text, 0.0, duration_s)]
    words = [_to_word(item) for item in body.get("words") or ()]
    if not options.words:
        segments = [dataclasses.replace(segment, words=()) for segment in segments]
    elif words and segments:
        segments = _share_out(words, segments)
    return Transcription(text, to_language(body.get("language"), options.language), duration_s, tuple(segments))


def to_language(said: object, wanted: str | None) -> str:
    """The language that was asked for, else the ISO 639-1 code of what was found, be it a code or an English name."""
    if wanted:
        return wanted
    name = str(said or "").strip().lower()
    return _LANGUAGES.get(name, name if 2 <= len(name) <= 3 else UNDETERMINED)


def _to_segment(item: Item) -> Segment:
    start_s = max(0.0, float(item["start"]))
    return Segment(
        text=item["text"].strip(),
        start_s=start_s,
        end_s=max(start_s, float(item["end"])),
        avg_logprob=float(item.get("avg_logprob") or 0.0),
        no_speech_prob=float(item.get("no_speech_prob") or 0.0),
        compression_ratio=float(item.get("compression_ratio") or 1.0),
        temperature=float(item.get("temperature") or 0.0),
        words=tuple(_to_word(word) for word in item.get("words") or ()),
    )


def _to_word(item: Item) -> Word:
    start_s = max(0.0, float(item["start"]))
    return Word(item["word"].strip(), start_s, max(start_s, float(item["end"])), float(item.get("probability", 1.0)))


def _share_out(words: Sequence[Word], segments: Sequence[Segment]) -> list[Segment]:
    """Each word to the last segment that has begun when it begins, so that none is lost between two."""
    starts_s = [segment.start_s for segment in segments]
    shares: list[list[Word]] = [[] for _ in segments]
    for word in words:
        shares[max(0, bisect.bisect_right(starts_s, word.start_s + _SLACK_S) - 1)].append(word)
    return [dataclasses.replace(segment, words=tuple(share)) for segment, share in zip(segments, shares, strict=True)]


_NAMES = """
    af afrikaans, am amharic, ar arabic, as assamese, az azerbaijani, ba bashkir, be belarusian, bg bulgarian,
    bn bengali, bo tibetan, br breton, bs bosnian, ca catalan, cs czech, cy welsh, da danish, de german, el
    greek, en english, es spanish, et estonian, eu basque, fa persian, fi finnish, fo faroese, fr french, gl
    galician, gu gujarati, ha hausa, haw hawaiian, he hebrew, hi hindi, hr croatian, ht haitian creole, hu
    hungarian, hy armenian, id indonesian, is icelandic, it italian, ja japanese, jv javanese, ka georgian, kk
    kazakh, km khmer, kn kannada, ko korean, la latin, lb luxembourgish, ln lingala, lo lao, lt lithuanian, lv
    latvian, mg malagasy, mi maori, mk macedonian, ml malayalam, mn mongolian, mr marathi, ms malay, mt maltese,
    my myanmar, ne nepali, nl dutch, nn nynorsk, no norwegian, oc occitan, pa punjabi, pl polish, ps pashto, pt
    portuguese, ro romanian, ru russian, sa sanskrit, sd sindhi, si sinhala, sk slovak, sl slovenian, sn shona,
    so somali, sq albanian, sr serbian, su sundanese, sv swedish, sw swahili, ta tamil, te telugu, tg tajik, th
    thai, tk turkmen, tl tagalog, tr turkish, tt tatar, uk ukrainian, ur urdu, uz uzbek, vi vietnamese, yi
    yiddish, yo yoruba, yue cantonese, zh chinese
"""
"""Whisper's languages as OpenAI's API names them."""

_LANGUAGES = {name: code for code, _, name in (entry.strip().partition(" ") for entry in _NAMES.split(","))}
