"""Any recording, read as mono samples: what people upload, broken and hostile files among it."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import av
import av.error
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container.input import InputContainer
from numpy.typing import NDArray

from catwalk.audio.resample import BLOCK_SAMPLES, MonoMixer, rows
from catwalk.audio.waveform import Waveform
from catwalk.errors import AudioTooLong, AudioUnreadable

MIN_RATE_HZ, MAX_RATE_HZ = 1_000, 768_000
"""Rates outside are a broken header; resampling from them could take any amount of memory."""

CUT_OFF_S = 0.5
"""What may be missing at the end before a recording counts as cut off; encoders round to whole frames."""

PEEK_BYTES = 65_536

OPEN_ERRORS = (av.error.FFmpegError, OSError, ValueError, EOFError, RuntimeError, OverflowError)
"""What PyAV raises on bytes that it cannot make sense of: its own errors, and Python's from its thin wrapping."""


def decode(
    source: Path | str | IO[bytes],
    *,
    rate_hz: int = 16_000,
    max_duration_s: float | None = None,
    allow_cut_off: bool = False,
) -> Waveform:
    """Read the first audio stream of a file, mixed to mono.

    Args:
        source: A path, or a binary file that can seek; it is left open.
        rate_hz: Rate of the waveform that comes back.
        max_duration_s: Decoding stops with an error once there is more; no more than that is ever held.
        allow_cut_off: Whether a recording that is known to end too early is taken for what is left of it.

    Raises:
        AudioUnreadable: there are no bytes, no audio stream, nothing that decodes, more broken packets than whole
            ones, or the recording ends well before its own header or last page says.
        AudioTooLong: the recording is longer than ``max_duration_s``.
    """
    if isinstance(source, Path | str):
        try:
            with Path(source).open("rb") as file:
                return _decode_file(file, rate_hz, max_duration_s, allow_cut_off)
        except OSError as error:
            raise AudioUnreadable(f"cannot open {source}: {error.strerror or error}", param="file") from error
    return _decode_file(source, rate_hz, max_duration_s, allow_cut_off)


def decode_blocks(file: IO[bytes], *, rate_hz: int) -> Iterator[NDArray[np.float32]]:
    """The samples of a recording's first audio stream, in stretches of some seconds, unclipped and unchecked."""
    file.seek(0)
    with _open(_Undying(file)) as container:
        gathered: list[NDArray[np.float32]] = []
        n_gathered = 0
        for samples in _Decoding(rate_hz, None).read(container, _find_audio(container)):
            gathered.append(samples)
            n_gathered += samples.size
            if n_gathered >= BLOCK_SAMPLES:
                yield np.concatenate(gathered)
                gathered, n_gathered = [], 0
        if gathered:
            yield np.concatenate(gathered)


def _decode_file(file: IO[bytes], rate_hz: int, max_duration_s: float | None, allow_cut_off: bool) -> Waveform:
    file.seek(0, 2)
    n_bytes = file.tell()
    file.seek(0)
    if n_bytes == 0:
        raise AudioUnreadable("the file is empty", param="file")
    with _open(_Undying(file)) as container:
        stream = _find_audio(container)
        decoding = _Decoding(rate_hz, max_duration_s)
        blocks = list(decoding.read(container, stream))
        promised_s = _promised_s(container, stream)
        kind = container.format.name
    _judge(decoding)
    if not allow_cut_off:
        _refuse_cut_off(file, n_bytes, kind, promised_s, decoding.source_s)
    samples = np.concatenate(blocks) if blocks else np.zeros(0, np.float32)
    whole = np.clip(np.nan_to_num(samples[: round(decoding.source_s * rate_hz)], nan=0.0), -1.0, 1.0)
    return Waveform(whole.astype(np.float32, copy=False), rate_hz)


class _Undying:
    """A file that PyAV can read and seek but not close."""

    def __init__(self, file: IO[bytes]) -> None:
        self.read = file.read
        self.seek = file.seek
        self.tell = file.tell


def _open(file: _Undying) -> InputContainer:
    try:
        container = av.open(
            file,
            "r",
            metadata_errors="replace",
            # Playlists and stitching scripts name other files and addresses: nothing but the bytes at hand is read.
            container_options={"protocol_whitelist": "none"},
        )
    except OPEN_ERRORS as error:
        raise AudioUnreadable(
            "the file is not a recording in any known format, or its header is cut off", param="file"
        ) from error
    return container


def _find_audio(container: InputContainer) -> AudioStream:
    if not container.streams.audio:
        kinds = ", ".join(sorted({stream.type for stream in container.streams})) or "nothing"
        raise AudioUnreadable(f"the file has no audio stream, only {kinds}", param="file")
    return container.streams.audio[0]


@dataclass
class _Decoding:
    """One pass over a recording, and what came of it."""

    rate_hz: int
    max_duration_s: float | None
    source_s: float = 0.0
    n_whole: int = 0
    n_broken: int = 0
    cause: Exception | None = None
    _shape: tuple[str, str, int] | None = None
    _mixer: MonoMixer | None = None

    def read(self, container: InputContainer, stream: AudioStream) -> Iterator[NDArray[np.float32]]:
        for frame in self._frames(container, stream):
            yield from self._take(frame)
        yield from self._flush()

    def _frames(self, container: InputContainer, stream: AudioStream) -> Iterator[AudioFrame]:
        try:
            for packet in container.demux(stream):
                try:
                    frames = stream.decode(packet)
                except OPEN_ERRORS as error:
                    self.n_broken, self.cause = self.n_broken + 1, error
                else:
                    self.n_whole += bool(frames)
                    yield from frames
        except OPEN_ERRORS as error:
            # The container breaks off here; what was decoded up to now is judged like any other.
            self.n_broken, self.cause = self.n_broken + 1, error

    def _take(self, frame: AudioFrame) -> Iterator[NDArray[np.float32]]:
        if not MIN_RATE_HZ <= frame.sample_rate <= MAX_RATE_HZ:
            raise AudioUnreadable(
                f"the recording says that it has {frame.sample_rate} samples a second; "
                f"{MIN_RATE_HZ} to {MAX_RATE_HZ} can be read",
                param="file",
            )
        self.source_s += frame.samples / frame.sample_rate
        if self.max_duration_s is not None and self.source_s > self.max_duration_s:
            raise AudioTooLong(
                f"the recording is longer than {self.max_duration_s:g} s, the longest that is taken", param="file"
            )
        shape = (frame.format.name, frame.layout.name, frame.sample_rate)
        if shape in {("flt", "mono", self.rate_hz), ("fltp", "mono", self.rate_hz)}:
            yield from self._flush()
            yield from rows([frame])
            return
        if shape != self._shape or self._mixer is None:
            yield from self._flush()
            self._shape, self._mixer = shape, _set_up_mixer(frame, self.rate_hz)
        yield from _mix(self._mixer, frame)

    def _flush(self) -> Iterator[NDArray[np.float32]]:
        if self._mixer is not None:
            yield from _mix(self._mixer, None)
            self._mixer = None


def _set_up_mixer(frame: AudioFrame, rate_hz: int) -> MonoMixer:
    try:
        return MonoMixer(frame, rate_hz)
    except OPEN_ERRORS as error:
        raise AudioUnreadable(
            f"the recording's {frame.layout.nb_channels} channels of {frame.format.name} cannot be mixed", param="file"
        ) from error


def _mix(mixer: MonoMixer, frame: AudioFrame | None) -> Iterator[NDArray[np.float32]]:
    try:
        yield from mixer.mix(frame)
    except OPEN_ERRORS as error:
        raise AudioUnreadable("the recording cannot be resampled", param="file") from error


def _judge(decoding: _Decoding) -> None:
    if decoding.n_whole == 0 or decoding.source_s == 0:
        raise AudioUnreadable("no sound in the file can be decoded", param="file") from decoding.cause
    if decoding.n_broken > decoding.n_whole:
        raise AudioUnreadable(
            f"the recording is broken: {decoding.n_broken} of {decoding.n_broken + decoding.n_whole} "
            "packets cannot be decoded",
            param="file",
        ) from decoding.cause


def _refuse_cut_off(file: IO[bytes], n_bytes: int, kind: str, promised_s: float | None, decoded_s: float) -> None:
    if kind in CUT_OFF_CHECKS and CUT_OFF_CHECKS[kind](file, n_bytes):
        raise AudioUnreadable(
            f"the recording is cut off after {decoded_s:.1f} s: its last part is missing", param="file"
        )
    if kind == "mp3" and not _tells_mp3_length(file):
        return
    # Of Ogg, the times on its pages give the length; they jump in what was recorded from a live stream.
    missing_s = (promised_s or 0.0) - decoded_s
    if promised_s and missing_s > (promised_s / 2 if kind == "ogg" else max(CUT_OFF_S, promised_s / 100)):
        raise AudioUnreadable(
            f"the recording is cut off: its header promises {promised_s:.1f} s, {decoded_s:.1f} s are there",
            param="file",
        )


def _promised_s(container: InputContainer, stream: AudioStream) -> float | None:
    """The length that a header states; None where FFmpeg would only estimate it from the bitrate."""
    kind = container.format.name
    if kind in {"flac", "mp3", "ogg"} or "mp4" in kind:
        return float(stream.duration * stream.time_base) if stream.duration and stream.time_base else None
    if "matroska" in kind and len(container.streams) == 1:
        return container.duration / 1_000_000 if container.duration else None
    return None


def _tells_mp3_length(file: IO[bytes]) -> bool:
    """Whether the first frame carries a length (Xing, Info or VBRI)."""
    file.seek(0)
    head = file.read(10)
    n_tag = 0
    if head[:3] == b"ID3" and len(head) == 10:
        # ID3v2: four times seven bits, after which the frames begin.
        n_tag = 10 + sum((byte & 0x7F) << shift for byte, shift in zip(head[6:], (21, 14, 7, 0), strict=True))
    file.seek(n_tag)
    first = file.read(4096)
    return any(mark in first for mark in (b"Xing", b"Info", b"VBRI"))


def _wav_ends_early(file: IO[bytes], n_bytes: int) -> bool:
    file.seek(0)
    head = file.read(PEEK_BYTES)
    if head[:4] != b"RIFF":
        return False
    at = 12
    while at + 8 <= len(head):
        name, size = struct.unpack_from("<4sI", head, at)
        if name == b"data":
            # Streams that did not know their end write zero or a number near the largest.
            return bool(0 < size < 0x7FFF0000 and at + 8 + size > n_bytes)
        at += 8 + size + size % 2
    return False


def _ogg_ends_early(file: IO[bytes], n_bytes: int) -> bool:
    """Whether the last page is not there as a whole."""
    start = max(0, n_bytes - 2 * PEEK_BYTES)
    file.seek(start)
    tail = file.read()
    at = tail.rfind(b"OggS")
    if at < 0:
        return True
    if at + 27 > len(tail):
        return True
    n_segments = tail[at + 26]
    sizes = tail[at + 27 : at + 27 + n_segments]
    return len(sizes) < n_segments or at + 27 + n_segments + sum(sizes) > len(tail)


CUT_OFF_CHECKS: dict[str, Callable[[IO[bytes], int], bool]] = {"wav": _wav_ends_early, "ogg": _ogg_ends_early}
"""Formats whose cut-off files state a plausible length, by FFmpeg's name."""
