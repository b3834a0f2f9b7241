from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from catwalk.audio.waveform import Waveform
from catwalk.serving.frames import MAX_FRAME_BYTES, BrokenFrame, FrameReader, encode
from catwalk.tasks import Segment, TranscribeOptions, Transcription, VoiceRef, Word

plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False) | st.text() | st.binary(),
    lambda inner: st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)
messages = st.dictionaries(st.text(), plain, max_size=4).map(lambda fields: {**fields, "op": "call"})


@given(st.lists(messages, max_size=4), st.data())
def test_messages_survive_any_cutting_of_the_stream(sent: list[dict[str, Any]], data: st.DataObject) -> None:
    stream = b"".join(encode(message) for message in sent)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=6)))
    reader = FrameReader()

    received = []
    for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        received += list(reader.feed(stream[start:end]))

    assert received == sent


def test_a_waveform_arrives_sample_for_sample() -> None:
    sent = Waveform(np.linspace(-1, 1, 1000, dtype=np.float32), 24_000)

    (message,) = FrameReader().feed(encode({"op": "part", "value": sent}))

    assert message["value"].rate_hz == 24_000
    assert np.array_equal(message["value"].samples, sent.samples)


def test_records_of_the_contracts_arrive_as_themselves() -> None:
    word = Word("box.", 0.1, 0.4, 0.9)
    heard = Transcription("The box.", "en", 0.5, (Segment("The box.", 0.0, 0.5, words=(word,)),))
    sent = {
        "op": "call",
        "args": {
            "voice": VoiceRef("mol", Path("latents.bin")),
            "options": TranscribeOptions(words=True),
            "heard": heard,
        },
    }

    (message,) = FrameReader().feed(encode(sent))

    assert message == sent


def test_what_cannot_travel_is_refused_where_it_is_sent() -> None:
    with pytest.raises(TypeError, match="object cannot travel"):
        encode({"op": "call", "args": object()})


@pytest.mark.parametrize(
    "stream",
    [
        struct.pack(">I", MAX_FRAME_BYTES + 1),
        struct.pack(">I", 1) + b"\xc1",  # msgpack never uses this byte
        struct.pack(">I", 1) + b"\x05",  # a number, not a message
        struct.pack(">I", 2) + b"\x81\xa0",  # a map that ends too soon
    ],
)
def test_bytes_that_are_no_frame_are_an_error(stream: bytes) -> None:
    with pytest.raises(BrokenFrame):
        list(FrameReader().feed(stream))
