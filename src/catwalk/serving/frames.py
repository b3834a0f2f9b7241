"""Messages between the server and its workers, as bytes in and messages out; no socket is touched here.

A frame is the body's length as four bytes, big-endian, then the body: one msgpack map whose ``op`` says what it is.

    server → worker   load {factory, weights, options} · call {id, method, args} · cancel {id} · stop
    worker → server   loaded {resident_bytes, lanes, voices} · part {id, value}
                      done {id, value, run_s, resident_bytes} · failed {id?, code, message, param}

Values may hold the dataclasses of ``catwalk.tasks`` and waveforms; a waveform's samples travel as raw float32 bytes.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import msgpack
import numpy as np

from catwalk import tasks
from catwalk.audio.waveform import Waveform
from catwalk.errors import CatwalkError

MAX_FRAME_BYTES = 2**31
"""Longer than any recording the server takes (three hours of 16 kHz float32 are 691 MB); a longer frame is a fault."""

_HEADER = struct.Struct(">I")
_KIND = "\0kind"  # no field is named so
_RECORDS: dict[str, type[Any]] = {
    record.__name__: record
    for record in (
        tasks.CompleteOptions,
        tasks.Completion,
        tasks.Message,
        tasks.Progress,
        tasks.Segment,
        tasks.TranscribeOptions,
        tasks.Transcription,
        tasks.VoiceInfo,
        tasks.VoiceRef,
        tasks.Weight,
        tasks.Word,
    )
}
_FIELDS = {name: tuple(field.name for field in fields(record)) for name, record in _RECORDS.items()}


class BrokenFrame(CatwalkError):
    """The other side sent what is no frame; the connection is of no more use."""

    code = "broken_frame"


def encode(message: dict[str, Any]) -> bytes:
    """One message as one frame.

    Raises:
        BrokenFrame: the message is longer than ``MAX_FRAME_BYTES``.
        TypeError: a value is of a kind that cannot travel.
    """
    body: bytes = msgpack.packb(message, default=_to_plain)
    if len(body) > MAX_FRAME_BYTES:
        raise BrokenFrame(f"a message of {len(body)} bytes is longer than a frame may be ({MAX_FRAME_BYTES})")
    return _HEADER.pack(len(body)) + body


class FrameReader:
    """Turns a stream of bytes, cut anywhere, into messages."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes | bytearray | memoryview) -> Iterator[dict[str, Any]]:
        """Take in bytes and yield every message that is whole by now, in order.

        Raises:
            BrokenFrame: the bytes are no frame.
        """
        self._buffer += data
        while len(self._buffer) >= _HEADER.size:
            (length,) = _HEADER.unpack_from(self._buffer)
            if length > MAX_FRAME_BYTES:
                raise BrokenFrame(f"a frame announces {length} bytes; at most {MAX_FRAME_BYTES} are allowed")
            end = _HEADER.size + length
            if len(self._buffer) < end:
                return
            body = bytes(memoryview(self._buffer)[_HEADER.size : end])
            del self._buffer[:end]
            yield _decode(body)


def _decode(body: bytes) -> dict[str, Any]:
    try:
        message = msgpack.unpackb(body, object_hook=_from_plain, use_list=False, strict_map_key=False)
    except (ValueError, TypeError, KeyError, msgpack.UnpackException) as error:
        raise BrokenFrame(f"a frame of {len(body)} bytes does not hold a message: {error}") from error
    if not isinstance(message, dict) or not isinstance(message.get("op"), str):
        raise BrokenFrame("a frame holds something that is not a message")
    return message


def _to_plain(value: Any) -> Any:
    if isinstance(value, Waveform):
        return {_KIND: "Waveform", "samples": value.samples.tobytes(), "rate_hz": value.rate_hz}
    if isinstance(value, Path):
        return {_KIND: "Path", "path": str(value)}
    name = type(value).__name__
    if _RECORDS.get(name) is type(value):
        return {_KIND: name} | {field: getattr(value, field) for field in _FIELDS[name]}
    raise TypeError(f"a {type(value).__name__} cannot travel between server and worker")


def _from_plain(value: dict[str, Any]) -> Any:
    kind = value.pop(_KIND, None)
    if kind is None:
        return value
    if kind == "Waveform":
        return Waveform(np.frombuffer(value["samples"], np.float32), value["rate_hz"])
    if kind == "Path":
        return Path(value["path"])
    return _RECORDS[kind](**value)
