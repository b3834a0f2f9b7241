"""A WAV file that is read while it arrives, whatever its writer knew of its length."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from catwalk.audio.decoder import MAX_RATE_HZ, MIN_RATE_HZ
from catwalk.errors import AudioUnreadable

ENDLESS_BYTES = 1_000_000_000
"""A data chunk that claims this much or more, or nothing at all, was begun by a writer that did not know its end.
Seen: 0 (libsndfile), 0xFFFFFFFF (OpenAI), 0x7FFFFFFF, 2,000,000,000; a true gigabyte would be six hours of speech."""

MAX_HEADER_BYTES = 1 << 20

_MAX_CHANNELS = 8
_PCM, _FLOAT, _EXTENSIBLE = 1, 3, 0xFFFE  # mmreg.h, wFormatTag


@dataclass(frozen=True, slots=True)
class _Coding:
    """What the ``fmt`` chunk says."""

    rate_hz: int
    n_channels: int
    kind: tuple[int, int]
    """Format tag, bits a sample."""

    @property
    def n_frame_bytes(self) -> int:
        return self.n_channels * self.kind[1] // 8

    def to_mono(self, data: bytes) -> NDArray[np.float32]:
        """Whole frames as samples."""
        samples = self._to_floats(data).reshape(-1, self.n_channels)
        mono = samples[:, 0] if self.n_channels == 1 else samples.mean(axis=1)
        clipped: NDArray[np.float32] = np.clip(mono, -1.0, 1.0).astype(np.float32)
        return clipped

    def _to_floats(self, data: bytes) -> NDArray[np.floating[Any]]:
        match self.kind:
            case (1, 8):
                return (np.frombuffer(data, np.uint8).astype(np.float32) - 128) / 127
            case (1, 24):
                wide = np.zeros((len(data) // 3, 4), np.uint8)
                wide[:, 1:] = np.frombuffer(data, np.uint8).reshape(-1, 3)
                return wide.view("<i4")[:, 0].astype(np.float32) / np.float32(2**31 - 1)
            case (1, bits):
                return np.frombuffer(data, f"<i{bits // 8}").astype(np.float32) / np.float32(2 ** (bits - 1) - 1)
            case (_, bits):
                floats: NDArray[np.floating[Any]] = np.nan_to_num(np.frombuffer(data, f"<f{bits // 8}"))
                return floats


_OPENINGS = {b"RIFF", b"RF64"}
_KINDS = {(_PCM, 8), (_PCM, 16), (_PCM, 24), (_PCM, 32), (_FLOAT, 32), (_FLOAT, 64)}


class WavReader:
    """Bytes in, samples out, mixed to mono; integers, floats and several WAV files end to end are understood.

    16-bit samples are divided by 32767, as :func:`catwalk.audio.codec.to_pcm` multiplies, so that what catwalk wrote
    comes back exactly.
    """

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._coding: _Coding | None = None
        self._n_left: int | None = 0
        """Bytes left of the data chunk; None for a chunk that ends with the stream."""

        self._n_pad = 0
        """Bytes that follow the data chunk and mean nothing."""

        self._n_skip = 0
        self._in_file = False
        self._had_data = False

    @property
    def rate_hz(self) -> int:
        """Samples per second; 0 until the header is there."""
        return self._coding.rate_hz if self._coding else 0

    def feed(self, data: bytes) -> NDArray[np.float32]:
        """Take in bytes, cut anywhere, and return the samples that are whole by now, possibly none.

        Raises:
            AudioUnreadable: this is no WAV file, or of a coding that is not understood.
        """
        self._buffer += data
        found: list[NDArray[np.float32]] = []
        while self._advance(found):
            pass
        return np.concatenate(found) if found else np.zeros(0, np.float32)

    def close(self) -> None:
        """Say that the stream has ended.

        Raises:
            AudioUnreadable: it ended before its own header said, or in the middle of a sample.
        """
        if not self._had_data:
            raise AudioUnreadable("the WAV stream ends before its samples begin")
        if self._n_left:
            raise AudioUnreadable(f"the WAV stream is cut off: its header promises {self._n_left} bytes more")
        if self._n_left is None and self._buffer:
            raise AudioUnreadable("the WAV stream is cut off in the middle of a sample")

    def _advance(self, found: list[NDArray[np.float32]]) -> bool:
        """Do one step; False when it needs more bytes."""
        if self._n_skip:
            n_taken = min(self._n_skip, len(self._buffer))
            del self._buffer[:n_taken]
            self._n_skip -= n_taken
            return not self._n_skip
        if self._n_left != 0:
            return self._take_samples(found)
        if not self._in_file or bytes(self._buffer[:4]) in _OPENINGS:
            return self._open_file()
        return self._open_chunk()

    def _open_file(self) -> bool:
        if len(self._buffer) < 12:
            return False
        if bytes(self._buffer[:4]) not in _OPENINGS or self._buffer[8:12] != b"WAVE":
            raise AudioUnreadable("this is no WAV file")
        del self._buffer[:12]
        self._in_file = True
        return True

    def _open_chunk(self) -> bool:
        if len(self._buffer) < 8:
            return False
        name, size = struct.unpack_from("<4sI", self._buffer)
        if not (name.isascii() and name.decode("ascii").isprintable()):
            raise AudioUnreadable("the WAV file holds something between its chunks: its header tells a wrong length")
        if name == b"data":
            return self._open_data(size)
        if name != b"fmt ":
            del self._buffer[:8]
            self._n_skip = size + size % 2
            return True
        if size > MAX_HEADER_BYTES:
            raise AudioUnreadable(f"the WAV file claims a format of {size} bytes")
        if len(self._buffer) < 8 + size:
            return False
        self._open_coding(bytes(self._buffer[8 : 8 + size]))
        del self._buffer[: 8 + size]
        self._n_skip = size % 2
        return True

    def _open_coding(self, said: bytes) -> None:
        if len(said) < 16:
            raise AudioUnreadable(f"the WAV file's format has {len(said)} bytes; at least 16 are needed")
        tag, n_channels, rate_hz, _, _, bits = struct.unpack_from("<HHIIHH", said)
        if tag == _EXTENSIBLE and len(said) >= 26:
            (tag,) = struct.unpack_from("<H", said, 24)  # the first two bytes of the sub-format's GUID
        if (tag, bits) not in _KINDS or not 1 <= n_channels <= _MAX_CHANNELS:
            raise AudioUnreadable(f"WAV coding {tag:#x} with {bits} bits and {n_channels} channels is not understood")
        if not MIN_RATE_HZ <= rate_hz <= MAX_RATE_HZ:
            raise AudioUnreadable(f"the WAV file claims {rate_hz} samples a second")
        if self._coding is not None and self._coding.rate_hz != rate_hz:
            raise AudioUnreadable(f"the WAV stream changes from {self._coding.rate_hz} to {rate_hz} samples a second")
        self._coding = _Coding(rate_hz, n_channels, (tag, bits))

    def _open_data(self, size: int) -> bool:
        if self._coding is None:
            raise AudioUnreadable("the WAV file has samples before their format")
        del self._buffer[:8]
        self._had_data = True
        self._n_left = None if size == 0 or size >= ENDLESS_BYTES else size
        self._n_pad = size % 2
        return True

    def _take_samples(self, found: list[NDArray[np.float32]]) -> bool:
        assert self._coding is not None  # noqa: S101  # _open_data made sure
        n_frame = self._coding.n_frame_bytes
        n_bytes = len(self._buffer) if self._n_left is None else min(self._n_left, len(self._buffer))
        n_whole = n_bytes // n_frame * n_frame
        if n_whole:
            found.append(self._coding.to_mono(bytes(self._buffer[:n_whole])))
            del self._buffer[:n_whole]
        if self._n_left is None:
            return False
        self._n_left -= n_whole
        if self._n_left >= n_frame:
            return False
        self._n_skip, self._n_left = self._n_left + self._n_pad, 0  # a frame that its writer did not fill means nothing
        return True
