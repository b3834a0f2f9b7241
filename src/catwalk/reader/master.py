"""The last step of a reading: takes become one finished file that a podcast player plays as it should.

Two passes. The first joins the takes into a spool on disk and measures them; the second levels, limits and encodes
what the spool holds. What comes out is decoded and measured again, because a lossy codec moves peaks, and encoded anew
with a little more room when it has moved them too far. An MP3 is put together from stretches (``stretches.py``), and
what was kept of them the last time is not done again. Memory grows with the length of the reading by what the meters
keep, some kilobytes a second of sound, and by the finished stretches.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from catwalk.audio.codec import AudioFormat, FileEncoder, clamp_bitrate
from catwalk.audio.cues import to_vtt
from catwalk.audio.decoder import decode_blocks
from catwalk.audio.limiter import PeakMeter
from catwalk.audio.loudness import plan_levelling, to_db
from catwalk.audio.meter import SILENT_LUFS, LoudnessMeter, gated_lufs, to_tenths
from catwalk.audio.mp3 import FRAME_SAMPLES, write_mp3
from catwalk.errors import ReadingFailed, UnsupportedFormat
from catwalk.library.cache import Cache
from catwalk.reader.chapters import Chapter, find_chapters, to_json
from catwalk.reader.joining import Part, Recording, join, list_cues, spoken
from catwalk.reader.stretches import (
    MAX_ENCODINGS,
    METER_DB,
    SAFETY_DB,
    Coding,
    Encoded,
    encode_silence,
    encode_stretch,
    level,
    list_stretches,
    round_gains,
)
from catwalk.reader.tags import EpisodeMeta, check_cover, tag_m4a, tag_opus, to_id3
from catwalk.reader.working_folder import open_working_folder

__all__ = ["Chapter", "EpisodeMeta", "LineTime", "Mastered", "Part", "master"]

TARGET_LUFS = -16.0
"""Podcasts for headphones and cars (Apple Podcasts; AES TD1008 recommends -16 to -18)."""

CEILING_DBTP = -1.0

TOLERANCE_LU = 0.2
"""How far the finished file may be from the target before it is encoded again."""

HEADROOM_DB = {AudioFormat.MP3: 0.5, AudioFormat.M4A: 0.6, AudioFormat.OPUS: 1.2}
"""Room left for what the codec adds to peaks: those of speech rose by 0.1 to 0.4 dB in MP3 from 192 down to 48 kbps, by
0.2 in AAC from 96 kbps up, by 0.6 to 1.0 in Opus from 96 down to 32 kbps."""

MAX_THREADS = 8

COPY_BYTES = 1 << 20

RATES_HZ = {AudioFormat.MP3: 44_100, AudioFormat.M4A: 44_100, AudioFormat.OPUS: 48_000}

BITRATES_BPS = {AudioFormat.MP3: 128_000, AudioFormat.M4A: 128_000, AudioFormat.OPUS: 64_000}


@dataclass(frozen=True, slots=True)
class LineTime:
    """When a line is spoken."""

    line: str
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class Mastered:
    """A finished episode on disk."""

    audio: Path
    transcript: Path
    """WebVTT."""

    chapters_file: Path
    """JSON chapters."""

    duration_s: float
    lufs: float
    """Integrated loudness of the file, decoded; -70 for silence."""

    true_peak_dbtp: float
    """Of the file, decoded."""

    chapters: tuple[Chapter, ...]
    lines: tuple[LineTime, ...]
    """In order, pauses included."""


def master(
    parts: Iterable[Part],
    meta: EpisodeMeta,
    out: Path,
    *,
    audio_format: AudioFormat | None = None,
    bitrate_bps: int | None = None,
    kept: Cache | None = None,
) -> Mastered:
    """Join, level, encode and tag takes; write transcript and chapters beside the audio.

    The same input gives the same bytes. Files appear under their names once all of them are complete; after an error
    nothing new is there.

    Args:
        parts: Lines and pauses in order; taken one at a time.
        meta: What the tags say.
        out: The audio file; ``.vtt`` and ``.chapters.json`` take its stem.
        audio_format: MP3, M4A or Opus; None for the one that the suffix of ``out`` names.
        bitrate_bps: Of the audio; None for 128 kbps, 64 kbps in Opus.
        kept: What was made of the same takes before; with it or without, the bytes are the same.

    Raises:
        UnsupportedFormat: another audio format, or a cover that is neither JPEG nor PNG.
        AudioUnreadable: a take's file cannot be decoded.
        ReadingFailed: there are no parts, or the files cannot be written.
    """
    chosen = AudioFormat.parse(out.suffix) if audio_format is None else audio_format
    if chosen not in BITRATES_BPS:
        raise UnsupportedFormat(f"an episode can be {', '.join(BITRATES_BPS)}, not {chosen}", param="format")
    check_cover(meta)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with open_working_folder(out) as folder:
            return _master(parts, meta, out, folder, _Encoding.choose(chosen, bitrate_bps), kept)
    except OSError as error:
        raise ReadingFailed(f"cannot write {out}: {error.strerror or error}") from error


@dataclass(frozen=True, slots=True)
class _Encoding:
    audio_format: AudioFormat
    rate_hz: int
    bitrate_bps: int

    @classmethod
    def choose(cls, audio_format: AudioFormat, bitrate_bps: int | None) -> _Encoding:
        rate_hz = RATES_HZ[audio_format]
        wanted_bps = bitrate_bps or BITRATES_BPS[audio_format]
        return cls(audio_format, rate_hz, clamp_bitrate(audio_format, rate_hz, wanted_bps))


def _master(
    parts: Iterable[Part], meta: EpisodeMeta, out: Path, folder: Path, encoding: _Encoding, kept: Cache | None
) -> Mastered:
    names = [out, out.with_suffix(".vtt"), out.with_suffix(".chapters.json")]
    drafts = [folder / name.name for name in names]
    with tempfile.TemporaryFile(dir=folder) as spool:
        recording = join(parts, spool, encoding.rate_hz, kept)
        if not recording.spans:
            raise ReadingFailed("there is nothing to master: the reading has no lines")
        duration_s = recording.n_samples / recording.rate_hz
        chapters = find_chapters(spoken(recording), meta.title, duration_s)
        lufs, peak_dbtp = _encode_to_level(recording, drafts[0], encoding, chapters, kept)
    _tag(drafts[0], encoding.audio_format, meta, chapters)
    lines = tuple(LineTime(part.line, start_s, end_s) for part, start_s, end_s in spoken(recording))
    drafts[1].write_text(to_vtt(list_cues(recording)), encoding="utf-8")
    drafts[2].write_text(to_json(chapters, title=meta.title, author=meta.author), encoding="utf-8")
    # The audio comes last: where it is, the rest is too.
    for draft, name in reversed(list(zip(drafts, names, strict=True))):
        draft.replace(name)
    return Mastered(names[0], names[1], names[2], duration_s, lufs, peak_dbtp, chapters, lines)


def _encode_to_level(
    recording: Recording, path: Path, encoding: _Encoding, chapters: tuple[Chapter, ...], kept: Cache | None
) -> tuple[float, float]:
    """Encode until the file measures what it should; its loudness and true peak."""
    even_db = recording.even_out()
    even = 10 ** (even_db / 20)
    energies, envelope = recording.energies(even), recording.envelope(range(len(recording.spans)), even)
    target_lufs, ceiling_dbtp = TARGET_LUFS, CEILING_DBTP - HEADROOM_DB[encoding.audio_format]
    lufs = peak_dbtp = SILENT_LUFS
    plan = plan_levelling(energies, envelope, recording.rate_hz, target_lufs=target_lufs, ceiling_dbtp=ceiling_dbtp)
    for _ in range(MAX_ENCODINGS):
        gains = round_gains(recording, even_db + to_db(plan.gain))
        if encoding.audio_format is AudioFormat.MP3:
            lufs, peak_dbtp = _write_mp3(recording, gains, ceiling_dbtp, path, encoding, kept)
        else:
            _write_file(recording, gains, ceiling_dbtp, path, encoding, chapters)
            lufs, peak_dbtp = _measure(path, recording.rate_hz)
        is_low_enough = peak_dbtp <= CEILING_DBTP - METER_DB
        if is_low_enough and (abs(lufs - TARGET_LUFS) <= TOLERANCE_LU or lufs <= SILENT_LUFS):
            break
        if not is_low_enough:
            ceiling_dbtp -= peak_dbtp - CEILING_DBTP + METER_DB + SAFETY_DB
        target_lufs += TARGET_LUFS - lufs
        last_gain = plan.gain
        plan = plan_levelling(energies, envelope, recording.rate_hz, target_lufs=target_lufs, ceiling_dbtp=ceiling_dbtp)
        if is_low_enough and plan.gain <= last_gain:
            # So peaky that the limiter has given all it may: it stays a little quieter.
            break
    return lufs, peak_dbtp


def _write_mp3(
    recording: Recording,
    gains: NDArray[np.float64],
    ceiling_dbtp: float,
    path: Path,
    encoding: _Encoding,
    kept: Cache | None,
) -> tuple[float, float]:
    """Lay stretches end to end that are encoded on every core; loudness and true peak of what is heard."""
    coding = Coding(encoding.bitrate_bps, ceiling_dbtp, CEILING_DBTP)
    stretches = list(list_stretches(recording))
    lead = encode_silence(recording.n_lead_frames, recording.rate_hz, encoding.bitrate_bps)
    energies, peaks = [lead.energies], [lead.true_peak]

    def pass_on(encoded: Iterator[Encoded]) -> Iterator[bytes]:
        yield lead.frames
        for stretch in encoded:
            energies.append(stretch.energies)
            peaks.append(stretch.true_peak)
            yield stretch.frames

    with path.open("w+b") as file, ThreadPoolExecutor(min(MAX_THREADS, os.cpu_count() or 1)) as threads:
        encoded = threads.map(lambda lines: encode_stretch(recording, lines, gains, coding, kept), stretches)
        write_mp3(file, pass_on(encoded), recording.rate_hz, bitrate_bps=encoding.bitrate_bps)
    tenths = to_tenths(np.concatenate(energies), FRAME_SAMPLES, recording.rate_hz)
    return gated_lufs(tenths), to_db(max(peaks))


def _write_file(
    recording: Recording,
    gains: NDArray[np.float64],
    ceiling_dbtp: float,
    path: Path,
    encoding: _Encoding,
    chapters: tuple[Chapter, ...],
) -> None:
    with path.open("w+b") as file:
        encoder = FileEncoder(
            encoding.audio_format,
            recording.rate_hz,
            file,
            bitrate_bps=encoding.bitrate_bps,
            chapters=[(chapter.start_s, chapter.end_s, chapter.title) for chapter in chapters],
        )
        encoder.write(np.zeros(recording.n_lead_frames * FRAME_SAMPLES, np.float32))
        n_left = recording.n_samples - recording.n_lead_frames * FRAME_SAMPLES
        for lines in list_stretches(recording):
            samples = level(recording, lines, gains, ceiling_dbtp)[:n_left]
            encoder.write(samples)
            n_left -= samples.size
        encoder.close()


def _measure(path: Path, rate_hz: int) -> tuple[float, float]:
    """Loudness and true peak of a finished file."""
    loudness, peaks = LoudnessMeter(rate_hz), PeakMeter()
    with path.open("rb") as file:
        for block in decode_blocks(file, rate_hz=rate_hz):
            loudness.add(block)
            peaks.add(block)
    return loudness.integrated_lufs(), to_db(peaks.true_peak())


def _tag(path: Path, audio_format: AudioFormat, meta: EpisodeMeta, chapters: tuple[Chapter, ...]) -> None:
    match audio_format:
        case AudioFormat.MP3:
            tagged = path.with_suffix(".tagged")
            with tagged.open("wb") as file, path.open("rb") as sound:
                file.write(to_id3(meta, chapters))
                shutil.copyfileobj(sound, file, COPY_BYTES)
            tagged.replace(path)
        case AudioFormat.M4A:
            tag_m4a(path, meta)
        case _:
            tag_opus(path, meta, chapters)
