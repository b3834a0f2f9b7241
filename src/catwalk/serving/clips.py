"""Clips: recordings that a voice is to be made from, judged, trimmed and brought to one level."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import IO

import numpy as np

from catwalk.audio.acoustics import FRAME_S, Acoustics, find_audible, find_near, levels_db, measure
from catwalk.audio.codec import AudioFormat, encode
from catwalk.audio.decoder import decode
from catwalk.audio.loudness import normalise
from catwalk.audio.waveform import Waveform
from catwalk.errors import CatwalkError, ClipsFlawed, ClipsRejected

CLIP_RATE_HZ = 24_000
"""Rate at which clips are kept: what most speech models are trained at, or above it."""

CLIP_LUFS = -20.0
"""Loudness of kept clips; speech gets there without its peaks being touched much."""

_EDGE_S = 0.1
"""Silence that stays before the first and after the last sound."""

_PAUSE_S = 0.6
"""Silence that stays of a longer pause."""

_WINDOW_S = 5.0
"""Length of the stretches in which a clip is looked over."""

_PAUSE_SHARE = 0.05
"""In speech, at least this share of the time is between words and sounds."""

_TONE_S = 0.25
_N_HELD = 2


@dataclass(frozen=True, slots=True)
class ClipRules:
    """Which clips are taken; the defaults are measured (docs/how-to/voices.md)."""

    min_speech_s: float = 3.0
    """Least sound that is not silence."""

    max_clip_s: float = 600.0
    """Longest clip; no more of it is ever decoded."""

    max_clips: int = 32
    max_total_s: float = 1800.0
    """Longest that all clips of a voice may be together."""

    min_snr_db: float = 25.0
    """Least distance between speech and what is heard in its pauses."""

    max_peak_share: float = 0.003
    """Largest share of samples at the very top; clipping heaps them there."""

    max_crowded_share: float = 0.03
    """The same for clipping that was coded or resampled since."""

    max_music_share: float = 0.3
    """Largest share of stretches with tones held as no voice holds them."""


@dataclass(frozen=True, slots=True)
class Recording:
    """A clip as it was handed in."""

    name: str
    """Its file name, for people."""

    file: IO[bytes]


@dataclass(frozen=True, slots=True)
class PreparedClip:
    """A clip that is good enough, ready to be kept."""

    name: str
    waveform: Waveform
    """Mono at ``CLIP_RATE_HZ``, trimmed, at ``CLIP_LUFS``."""

    original: bytes
    """The recording as it came."""

    flac: bytes
    """``waveform``, encoded."""

    @property
    def sha256(self) -> str:
        """Of the prepared sound."""
        return hashlib.sha256(self.flac).hexdigest()


Fault = tuple[str, str]
"""Name of a clip, and what is wrong with it."""


def prepare(
    recordings: Sequence[Recording], rules: ClipRules = ClipRules(), *, force: bool = False
) -> tuple[list[PreparedClip], list[Fault]]:
    """Decode, judge, trim and level recordings. Blocks for about 20 ms a second of sound.

    Args:
        recordings: The clips of one voice.
        rules: Which are taken.
        force: Whether flaws that leave a voice to be heard are put up with.

    Returns:
        The clips, and the flaws that were put up with.

    Raises:
        ClipsRejected: some are no good; all of them are named, each with all that is wrong with it.
        ClipsFlawed: the same, where ``force`` would put up with all of it.
    """
    if not recordings:
        raise ClipsRejected("there are no clips; send at least one recording of the voice", param="clips")
    if len(recordings) > rules.max_clips:
        raise ClipsRejected(f"there are {len(recordings)} clips; at most {rules.max_clips} are taken", param="clips")
    prepared: list[PreparedClip] = []
    faults: list[Fault] = []
    forgivable: list[Fault] = []
    left_s = rules.max_total_s
    for recording in recordings:
        try:
            waveform = decode(recording.file, rate_hz=CLIP_RATE_HZ, max_duration_s=rules.max_clip_s)
        except CatwalkError as error:
            faults.append((recording.name, error.message))
            continue
        left_s -= waveform.duration_s
        if left_s < 0:
            faults.append((recording.name, f"all clips together are longer than {rules.max_total_s:g} s"))
            break
        lacks, flaws = list_lacks(waveform, rules), list_flaws(waveform, rules)
        faults += [(recording.name, lack) for lack in lacks]
        forgivable += [(recording.name, flaw) for flaw in flaws]
        if not lacks and (force or not flaws):
            prepared.append(_finish(recording, waveform))
    faults += _find_doubles(prepared)
    if faults:
        raise ClipsRejected(f"no voice is made {_describe([*faults, *([] if force else forgivable)])}", param="clips")
    if forgivable and not force:
        raise reject_flawed(forgivable)
    return prepared, forgivable


def reject_flawed(flaws: Sequence[Fault]) -> ClipsFlawed:
    """The error that names every flawed clip, and what would put up with it."""
    return ClipsFlawed(f"without `force` no voice is made {_describe(flaws)}", param="clips")


def _describe(faults: Sequence[Fault]) -> str:
    """Every bad clip with all its faults."""
    by_clip: dict[str, list[str]] = {}
    for name, fault in faults:
        by_clip.setdefault(name, []).append(fault)
    said = "; ".join(f"{name}: {', '.join(found)}" for name, found in by_clip.items())
    return f"from these clips: {said}"


def list_lacks(waveform: Waveform, rules: ClipRules = ClipRules()) -> list[str]:
    """Why no voice can be made from a clip, in plain words; empty if one can."""
    acoustics = measure(waveform)
    if acoustics.is_silent:
        return ["silent"]
    speech_s = (acoustics.end_s - acoustics.start_s) * acoustics.speech_ratio
    if speech_s < rules.min_speech_s:
        return [f"too short: {speech_s:.1f} s of sound, at least {rules.min_speech_s:g} s are needed"]
    return []


def list_flaws(waveform: Waveform, rules: ClipRules = ClipRules()) -> list[str]:
    """Why a voice made from a clip would sound bad, in plain words; empty for a clean one.

    Who speaks is not looked at.
    """
    acoustics = measure(waveform)
    if acoustics.is_silent:
        return []
    flaws = []
    if acoustics.peak_share > rules.max_peak_share or acoustics.crowded_share > rules.max_crowded_share:
        flaws.append("clipped: its peaks are cut off; record it at a lower level")
    snr_db = _snr_db(waveform, acoustics)
    if snr_db < rules.min_snr_db:
        flaws.append(
            f"noisy: speech is {snr_db:.0f} dB above what is heard between words, {rules.min_snr_db:g} dB are needed"
        )
    if (share := _music_share(waveform)) > rules.max_music_share:
        flaws.append(f"music, or tones behind the voice, in {share:.0%} of it")
    return flaws


def _snr_db(waveform: Waveform, acoustics: Acoustics) -> float:
    """Level of the loud frames above that of the pauses."""
    levels = levels_db(waveform)[round(acoustics.start_s / FRAME_S) : round(acoustics.end_s / FRAME_S)]
    # Digital silence was cut in by an editor or a gate, and says nothing of the room behind the voice.
    heard = levels[levels > -88.0]
    return acoustics.level_db - float(np.quantile(heard, _PAUSE_SHARE)) if heard.size else 0.0


def _music_share(waveform: Waveform) -> float:
    """Share of the stretches that hold a tone, or two pitches at once, longer than voices do."""
    size = round(_WINDOW_S * waveform.rate_hz)
    starts = range(0, max(1, len(waveform.samples) - size // 2), size)
    stretches = [measure(Waveform(waveform.samples[at : at + size], waveform.rate_hz)) for at in starts]
    sounding = [each for each in stretches if not each.is_silent]
    musical = [each for each in sounding if each.tone_s > _TONE_S or each.n_held >= _N_HELD]
    return len(musical) / len(sounding) if sounding else 0.0


def _finish(recording: Recording, waveform: Waveform) -> PreparedClip:
    levelled = normalise(trim(waveform), target_lufs=CLIP_LUFS)
    recording.file.seek(0)
    return PreparedClip(recording.name, levelled, recording.file.read(), encode(levelled, AudioFormat.FLAC))


def trim(waveform: Waveform) -> Waveform:
    """The recording without silence at its ends, and with ``_PAUSE_S`` of each longer pause."""
    levels = levels_db(waveform)
    audible = find_audible(levels)
    if not audible.any():
        return waveform
    # A frame stays when there is sound within half a pause of it; outside the first and the last sound, less.
    kept = find_near(audible, round(_PAUSE_S / 2 / FRAME_S))
    loud = np.flatnonzero(audible)
    edge = round(_EDGE_S / FRAME_S)
    kept[: max(0, loud[0] - edge)] = False
    kept[loud[-1] + 1 + edge :] = False
    frame = max(1, round(waveform.rate_hz * FRAME_S))
    return Waveform(waveform.samples[: len(levels) * frame][np.repeat(kept, frame)], waveform.rate_hz)


def _find_doubles(clips: Sequence[PreparedClip]) -> list[Fault]:
    seen: dict[str, str] = {}
    doubles = []
    for clip in clips:
        if clip.sha256 in seen:
            doubles.append((clip.name, f"the same recording as {seen[clip.sha256]}"))
        seen.setdefault(clip.sha256, clip.name)
    return doubles
