"""A local server that speaks OpenAI's documented protocol, with its failures, and says what it was asked."""

from __future__ import annotations

import base64
import email.policy
import json
import socket
import struct
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from email.parser import BytesParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import numpy as np

SPEECH, HEARING = "/v1/audio/speech", "/v1/audio/transcriptions"
CHAT, IMAGES = "/v1/chat/completions", "/v1/images/generations"

RATE_HZ = 24_000
VOICES = ("alloy", "nova")
PNG = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNkYAAAAAYAAjCB0C8AAAAASUVORK5CYII=")
STREAMED = 0xFFFFFFFF
"""Size in a WAV header whose end is not known."""


Gate = threading.Event | threading.Barrier


@dataclass(frozen=True)
class Asked:
    """A request as it came."""

    path: str
    headers: dict[str, str]
    """Names in lower case."""

    fields: dict[str, Any]
    """Of the JSON body or the form; a field that came several times is a list."""

    upload: bytes = b""
    port: int = 0
    """The caller's: the same for requests over one connection."""


@dataclass(frozen=True)
class Reply:
    """What to answer."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    pieces: Sequence[bytes | Gate] = ()
    """Sent one by one; a gate is waited for."""

    framing: str = "chunked"
    """How the end is told: ``chunked``, ``length`` or ``close``."""

    n_bytes: int | None = None
    """Length to promise when framed by ``length``; the true one when None."""

    fault: str = ""
    """``cut`` closes before the end, ``reset`` aborts the connection, ``hang`` waits until told to stop, ``endless``
    repeats the last piece until the caller hangs up."""


def as_json(body: object, status: int = 200, **headers: str) -> Reply:
    return Reply(status, {"Content-Type": "application/json", **headers}, (json.dumps(body).encode(),), "length")


def complain(status: int, message: str, *, code: object = None, param: str | None = None, **headers: str) -> Reply:
    """An error as OpenAI shapes it."""
    kind = "invalid_request_error" if status < 500 else "server_error"
    error = {"message": message, "type": kind, "param": param, "code": code}
    return as_json({"error": error}, status, **{name.replace("_", "-"): value for name, value in headers.items()})


def as_events(*pieces: bytes | Gate, fault: str = "") -> Reply:
    return Reply(headers={"Content-Type": "text/event-stream"}, pieces=pieces, fault=fault)


def as_event(body: object) -> bytes:
    return f"data: {json.dumps(body, ensure_ascii=False)}\n\n".encode()


def delta(text: str, finish_reason: str | None = None) -> bytes:
    """An event of a streamed completion."""
    choice = {"index": 0, "delta": {"content": text}, "finish_reason": finish_reason}
    return as_event({"object": "chat.completion.chunk", "choices": [choice]})


DONE = b"data: [DONE]\n\n"


def as_sound(*pieces: bytes | Gate, media_type: str = "audio/wav", **how: Any) -> Reply:
    return Reply(headers={"Content-Type": media_type}, pieces=pieces, **how)


def wav_header(n_bytes: int = STREAMED, *, rate_hz: int = RATE_HZ, riff: bytes = b"RIFF") -> bytes:
    return (
        struct.pack("<4sI4s4sI", riff, n_bytes, b"WAVE", b"fmt ", 16)
        + struct.pack("<HHIIHH", 1, 1, rate_hz, 2 * rate_hz, 2, 16)
        + struct.pack("<4sI", b"data", n_bytes)
    )


def tone(duration_s: float, *, rate_hz: int = RATE_HZ) -> bytes:
    times_s = np.arange(round(duration_s * rate_hz)) / rate_hz
    return bytes(np.rint(3000 * np.sin(2 * np.pi * 200 * times_s)).astype("<i2").tobytes())


class FarServer(ThreadingHTTPServer):
    """One endpoint that serves the model ``far-model`` on a port of its own."""

    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.asked: list[Asked] = []
        self.key: str | None = None
        """The key that requests must bring."""

        self.hung_up = threading.Event()
        """A caller closed its connection before its answer was whole."""

        self.stopping = threading.Event()
        self._replies: dict[str, list[Reply]] = {}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def answer(self, path: str, *replies: Reply) -> None:
        """Answer the next requests so; what comes after them is answered as documented."""
        self._replies.setdefault(path, []).extend(replies)

    def choose(self, asked: Asked) -> Reply:
        if self._replies.get(asked.path):
            return self._replies[asked.path].pop(0)
        if self.key and asked.headers.get("authorization") != f"Bearer {self.key}":
            key = asked.headers.get("authorization", "").removeprefix("Bearer ")
            return complain(401, f"Incorrect API key provided: {key[:3]}***{key[-4:]}.", code="invalid_api_key")
        if asked.path not in _DOCUMENTED:
            return complain(404, f"Invalid URL (POST {asked.path})")
        if asked.fields.get("model") != "far-model":
            given = asked.fields.get("model")
            return complain(404, f"The model `{given}` does not exist.", code="model_not_found")
        return _DOCUMENTED[asked.path](asked)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Callers who hang up are part of the tests."""


def _speak(asked: Asked) -> Reply:
    if asked.fields["voice"] not in VOICES:
        message = f"Input should be one of {', '.join(VOICES)}"
        return complain(400, message, param="voice", code="invalid_value")
    assert asked.fields["response_format"] == "wav"
    return as_sound(wav_header(), tone(len(asked.fields["input"]) / 15 / asked.fields["speed"]))


def _hear(asked: Asked) -> Reply:
    text, words = "The kettle is on.", ["The", "kettle", "is", "on."]
    if asked.fields["response_format"] == "json":
        return as_json({"text": text})
    body: dict[str, Any] = {"task": "transcribe", "language": "english", "duration": 1.0, "text": text}
    segment = {"id": 0, "start": 0.0, "end": 1.0, "text": f" {text}", "avg_logprob": -0.25, "no_speech_prob": 0.01}
    body["segments"] = [segment | {"compression_ratio": 1.1, "temperature": 0.0, "tokens": [1], "seek": 0}]
    if "word" in asked.fields["timestamp_granularities[]"]:
        body["words"] = [
            {"word": word, "start": number / 4, "end": number / 4 + 0.2} for number, word in enumerate(words)
        ]
    return as_json(body)


def _chat(asked: Asked) -> Reply:
    if asked.fields.get("stream"):
        role = as_event({"choices": [{"index": 0, "delta": {"role": "assistant", "content": ""}}]})
        return as_events(role, delta("A kettle"), delta(" on a stove."), delta("", "stop"), DONE)
    message = {"role": "assistant", "content": "A kettle\non a stove. "}
    return as_json(
        {"object": "chat.completion", "choices": [{"index": 0, "message": message, "finish_reason": "stop"}]}
    )


def _draw(_: Asked) -> Reply:
    return as_json({"created": 1, "data": [{"b64_json": base64.b64encode(PNG).decode()}]})


_DOCUMENTED: dict[str, Callable[[Asked], Reply]] = {SPEECH: _speak, HEARING: _hear, CHAT: _chat, IMAGES: _draw}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: FarServer

    def do_POST(self) -> None:
        asked = self._read()
        self.server.asked.append(asked)
        reply = self.server.choose(asked)
        try:
            self._send(reply)
        except OSError:
            self.close_connection = True
            self.server.hung_up.set()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name in the base class
        """Say nothing."""

    def _read(self) -> Asked:
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = self.rfile.read(int(headers.get("content-length", "0")))
        if headers.get("content-type", "").startswith("application/json"):
            return Asked(self.path, headers, json.loads(body), port=self.client_address[1])
        whole = f"Content-Type: {headers['content-type']}\r\n\r\n".encode() + body
        fields: dict[str, Any] = {}
        upload = b""
        for part in BytesParser(policy=email.policy.HTTP).parsebytes(whole).iter_parts():
            name = part.get_param("name", header="content-disposition")
            content = part.get_payload(decode=True)
            assert isinstance(name, str)
            assert isinstance(content, bytes)
            if part.get_filename():
                upload = content
            elif name.endswith("[]"):
                fields.setdefault(name, []).append(content.decode())
            else:
                fields[name] = content.decode()
        return Asked(self.path, headers, fields, upload, self.client_address[1])

    def _send(self, reply: Reply) -> None:
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        if reply.framing == "chunked":
            self.send_header("Transfer-Encoding", "chunked")
        elif reply.framing == "length":
            n_bytes = sum(len(piece) for piece in reply.pieces if isinstance(piece, bytes))
            self.send_header("Content-Length", str(n_bytes if reply.n_bytes is None else reply.n_bytes))
        else:
            self.send_header("Connection", "close")
        self.end_headers()
        for piece in self._flow(reply):
            framed = b"%x\r\n%s\r\n" % (len(piece), piece) if reply.framing == "chunked" else piece
            self.wfile.write(framed)
        if reply.fault == "hang":
            self.server.stopping.wait()
        if reply.fault == "reset":  # a linger time of 0 sends RST instead of FIN
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
        if reply.fault:
            self.close_connection = True
        elif reply.framing == "chunked":
            self.wfile.write(b"0\r\n\r\n")

    def _flow(self, reply: Reply) -> Iterator[bytes]:
        last = b""
        for piece in reply.pieces:
            if isinstance(piece, bytes):
                last = piece
                yield piece
            else:
                piece.wait(10)
        while reply.fault == "endless" and not self.server.stopping.is_set():
            yield last


def run() -> Iterator[FarServer]:
    """A running server; for a fixture."""
    with FarServer() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield server
        server.stopping.set()
        server.shutdown()
        thread.join(5)
