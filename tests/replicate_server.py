"""A local server that speaks Replicate's documented API: predictions that start cold, files both ways, and failures."""

from __future__ import annotations

import base64
import io
import json
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import numpy as np
from PIL import Image

from catwalk.audio.codec import AudioFormat, encode
from catwalk.audio.waveform import Waveform

KEY = "r8_test_7d1f0c"
VERSION = "5c7d5dc6dd8bf75c1acaa8565735e7986bc5b66206b55cca93cb72c9bf15ccaa"
CREATED, STARTED, ENDED = "2026-01-01T10:00:00.000Z", "2026-01-01T10:01:10.000Z", "2026-01-01T10:01:12.500Z"


@dataclass
class Prediction:
    """One prediction there."""

    id: str
    input: dict[str, Any]
    output: Any
    looks: int
    """How often it is looked at before it is done."""

    status: str = "starting"
    error: str | None = None
    metrics: dict[str, Any] = field(default_factory=dict)


class ReplicateServer(ThreadingHTTPServer):
    """The API on a port of its own, with one model for every task: what comes in decides what comes out."""

    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.predictions: dict[str, Prediction] = {}
        self.files: dict[str, bytes] = {}
        self.deleted: list[str] = []
        self.cancelled = threading.Event()
        self.paths: list[str] = []
        self.looks = 2
        self.failure: str | None = None
        """What the model says instead of an output."""

        self.output: Any = None
        """What it answers instead of what it computes."""

        self.refusals: dict[str, tuple[int, dict[str, Any]]] = {}
        """Status and problem for requests to these paths."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def compute(self, given: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
        """Output and metrics of the model."""
        if "audio" in given:
            text = f"{len(self.fetch(given['audio']))} bytes of speech."
            return {"detected_language": "english", "segments": [_time(text)]}, {}
        if "image" in given:
            size = Image.open(io.BytesIO(self.fetch(given["image"]))).size
            return f"Caption: a picture of {size[0]} by {size[1]} pixels", {}
        if "text" in given:
            n_samples = round(24_000 * len(given["text"]) / 15 / given.get("speed", 1.0)) + 2400
            samples = (0.1 * np.sin(np.arange(n_samples) / 20)).astype(np.float32)
            return self.keep(encode(Waveform(samples, 24_000), AudioFormat.WAV)), {}
        if "max_tokens" in given or "system_prompt" in given or not {"width", "seed"} & set(given):
            words = re.findall(r"\s*\S+", given["prompt"])
            said = words[: given.get("max_tokens", 999)]
            return said, {"input_token_count": len(words) + 2, "output_token_count": len(said)}
        picture = io.BytesIO()
        size = (given.get("width", 64), given.get("height", 64))
        colour = (given.get("seed", 1) % 256, len(given["prompt"]) % 256, 9)
        Image.new("RGB", size, colour).save(picture, "WEBP", lossless=True)
        return [self.keep(picture.getvalue())], {}

    def fetch(self, url: str) -> bytes:
        return self.files[url.rsplit("/", 1)[-1]]

    def keep(self, content: bytes) -> str:
        name = f"file{len(self.files)}"
        self.files[name] = content
        return f"{self.url}/delivery/{name}"


def _time(text: str) -> dict[str, Any]:
    words = text.split()
    times = [(number / len(words), (number + 1) / len(words)) for number in range(len(words))]
    heard = [{"word": f" {word}", "start": start, "end": end} for word, (start, end) in zip(words, times, strict=True)]
    return {"text": f" {text}", "start": 0.0, "end": 1.0, "words": heard}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: ReplicateServer

    def do_GET(self) -> None:
        self._route()

    def do_POST(self) -> None:
        self._route()

    def do_DELETE(self) -> None:
        self._route()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name in the base class
        """Say nothing."""

    def _route(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", "0")))
        self.server.paths.append(f"{self.command} {self.path}")
        refusal = next((said for path, said in self.server.refusals.items() if self.path.endswith(path)), None)
        if refusal:
            self._answer(*refusal)
        elif self.path.startswith("/delivery/"):
            self._send(200, self.server.files[self.path.rsplit("/", 1)[-1]], "application/octet-stream")
        elif self.headers.get("authorization") != f"Bearer {KEY}":
            self._answer(401, {"title": "Unauthenticated", "detail": "You did not pass a valid token", "status": 401})
        elif self.path.startswith("/v1/files"):
            self._serve_file(body)
        elif self.command == "POST" and self.path.endswith("/cancel"):
            prediction = self.server.predictions[self.path.split("/")[-2]]
            prediction.status = "canceled"
            self.server.cancelled.set()
            self._show(prediction)
        elif self.command == "POST" and self.path in {"/v1/predictions", "/v1/models/owner/name/predictions"}:
            self._create(json.loads(body))
        elif self.command == "GET" and self.path.startswith("/v1/predictions/"):
            self._look(self.server.predictions[self.path.rsplit("/", 1)[-1]])
        else:
            self._answer(404, {"title": "Not found", "detail": "The requested resource could not be found."})

    def _serve_file(self, body: bytes) -> None:
        if self.command == "DELETE":
            self.server.deleted.append(self.path.rsplit("/", 1)[-1])
            self._send(204, b"", "application/json")
            return
        content = body.split(b"\r\n\r\n", 1)[1].rsplit(b"\r\n--", 1)[0]
        url = self.server.keep(content)
        name = url.rsplit("/", 1)[-1]
        described = {"id": name, "name": name, "content_type": "application/octet-stream", "size": len(content)}
        described |= {"etag": "e", "checksums": {}, "metadata": {}, "created_at": CREATED, "expires_at": None}
        self._answer(201, described | {"urls": {"get": f"{self.server.url}/v1/files/{name}"}})

    def _create(self, wanted: dict[str, Any]) -> None:
        given = wanted["input"]
        output, metrics = self.server.compute(given)
        if self.server.output is not None:
            output = self.server.output
        prediction = Prediction(f"p{len(self.server.predictions)}", given, output, self.server.looks)
        prediction.metrics = {"predict_time": 2.5} | metrics
        self.server.predictions[prediction.id] = prediction
        self._show(prediction, 201)

    def _look(self, prediction: Prediction) -> None:
        if prediction.status in {"starting", "processing"}:
            prediction.looks -= 1
            prediction.status = "processing" if prediction.looks > 0 else "succeeded"
            if prediction.status == "succeeded" and self.server.failure:
                prediction.status, prediction.error, prediction.output = "failed", self.server.failure, None
        self._show(prediction)

    def _show(self, prediction: Prediction, status: int = 200) -> None:
        done = prediction.status not in {"starting", "processing"}
        output = prediction.output
        if not done:
            output = (
                output[: len(output) // 2] if isinstance(output, list) and prediction.status != "starting" else None
            )
        self._answer(
            status,
            {
                "id": prediction.id,
                "model": "owner/name",
                "version": VERSION,
                "status": prediction.status,
                "input": prediction.input,
                "output": output,
                "logs": "",
                "error": prediction.error,
                "metrics": prediction.metrics if done else None,
                "created_at": CREATED,
                "started_at": None if prediction.status == "starting" else STARTED,
                "completed_at": ENDED if done else None,
                "urls": {"get": f"{self.server.url}/v1/predictions/{prediction.id}"},
            },
        )

    def _answer(self, status: int, body: dict[str, Any]) -> None:
        self._send(status, json.dumps(body).encode(), "application/json")

    def _send(self, status: int, body: bytes, media_type: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def run() -> Iterator[ReplicateServer]:
    """A running server; for a fixture."""
    with ReplicateServer() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join(5)


def to_data_uri(content: bytes) -> str:
    return f"data:application/octet-stream;base64,{base64.b64encode(content).decode()}"
