"""Typed client of the HTTP API: this server, another machine's, or any OpenAI-compatible one."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import struct
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import httpx
import numpy as np

from catwalk.audio.codec import AudioFormat, encode
from catwalk.audio.waveform import Waveform
from catwalk.backends.remote.chat import to_question
from catwalk.backends.remote.sse import EventReader
from catwalk.errors import ServerAnswered, ServerUnreachable
from catwalk.picture import inspect_picture
from catwalk.tasks import CompleteOptions, Completion, Message, Segment, Transcription, Weight, Word

_CHAT = "/v1/chat/completions"
_PROBE_TIMEOUT_S = 1.0
_CALL_TIMEOUT = httpx.Timeout(None, connect=5.0)  # a model may have to load first, which takes what it takes
_MAX_TRIES = 4
_MAX_PAUSE_S = 30.0
_EMBED_FILES = 16
_RETRYABLE = frozenset({429, 503})


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """A model as the server shows it."""

    name: str
    state: str
    tasks: tuple[str, ...]
    resident_bytes: int
    raw: dict[str, Any]
    """Everything that the server said."""


class Client:
    """Calls one server. Use it as an async context manager."""

    def __init__(
        self,
        url: str,
        *,
        api_key: str | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        priority: str | None = None,
    ) -> None:
        """Nothing is asked before the first call.

        Args:
            url: Where the server is.
            api_key: Sent with every request.
            transport: Another way than the network.
            priority: ``batch`` lets others go first; the server's default when left out.
        """
        self._terms = {"priority": priority} if priority else {}
        headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
        self.url = url
        self._http = httpx.AsyncClient(base_url=url, headers=headers, transport=transport, timeout=_CALL_TIMEOUT)

    async def __aenter__(self) -> Self:
        """Nothing happens before the first call."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close every connection."""
        await self._http.aclose()

    async def answers(self) -> bool:
        """Whether a catwalk server answers at the address."""
        try:
            response = await self._http.get("/healthz", timeout=_PROBE_TIMEOUT_S)
            return response.status_code == httpx.codes.OK and "catwalk" in response.json()
        except (httpx.HTTPError, ValueError):
            return False

    async def speak(self, text: str, *, model: str, voice: str | None = None, speed: float = 1.0) -> Waveform:
        """Speak a text, as one waveform.

        Raises:
            ServerAnswered: the server said no. ServerUnreachable: there is none.
        """
        pieces = [
            piece async for piece in self.stream_speech(text, model=model, voice=voice, speed=speed, encoding="wav")
        ]
        return _read_wav(b"".join(pieces))

    async def stream_speech(
        self, text: str, *, model: str, voice: str | None = None, speed: float = 1.0, encoding: str = "mp3"
    ) -> AsyncGenerator[bytes, None]:
        """Speak a text and yield the encoded audio as it comes.

        Raises:
            ServerAnswered: the server said no. ServerUnreachable: there is none, or it broke off.
        """
        body: dict[str, Any] = {"model": model, "input": text, "response_format": encoding, "speed": speed}
        body |= self._terms
        if voice is not None:
            body["voice"] = voice
        async with self._stream("POST", "/v1/audio/speech", json=body) as response:
            async for piece in response.aiter_bytes():
                yield piece

    async def transcribe(
        self,
        audio: Waveform | Path,
        *,
        model: str,
        language: str | None = None,
        prompt: str | None = None,
        words: bool = False,
        fallback: bool = True,
        candidates: Sequence[str] = (),
    ) -> Transcription:
        """Write down what a recording says.

        Args:
            audio: Samples, or a file of any kind that the server decodes.
            model: Name of a model that can transcribe.
            language: ISO 639-1 code; None lets the model find out.
            prompt: Text that came before, or names to expect.
            words: Whether to time every word.
            fallback: Whether a passage that repeats itself may be heard once more.
            candidates: Texts of which it says one; the answer has the likeliest, and how likely each is.

        Raises:
            ServerAnswered: the server said no. ServerUnreachable: there is none.
        """
        fields: dict[str, Any] = {"response_format": "verbose_json", "timestamp_granularities[]": ["segment"]}
        if words:
            fields["timestamp_granularities[]"] = ["segment", "word"]
        if not fallback:
            fields["fallback"] = "false"
        if candidates:
            fields["candidates[]"] = list(candidates)
        fields |= {key: value for key, value in (("language", language), ("prompt", prompt)) if value}
        return _to_transcription((await self._upload(audio, model, fields)).json())

    async def transcribe_as(self, audio: Path, *, model: str, encoding: str, language: str | None = None) -> str:
        """Write down what a recording says, as ``text``, ``srt``, ``vtt``, ``json`` or ``verbose_json``."""
        fields = {"response_format": encoding} | ({"language": language} if language else {})
        return (await self._upload(audio, model, fields)).text

    async def complete(self, messages: Sequence[Message], *, model: str, options: CompleteOptions) -> Completion:
        """Go on with a conversation, or describe the image in it, and return the whole answer.

        Raises:
            ServerAnswered: the server said no. ServerUnreachable: there is none.
        """
        body = to_question(tuple(messages), options) | {"model": model, "stream": False}
        del body["stream_options"]
        return _to_completion((await self._request("POST", _CHAT, json=body)).json())

    async def stream_completion(
        self, messages: Sequence[Message], *, model: str, options: CompleteOptions
    ) -> AsyncGenerator[str | Completion, None]:
        """Go on with a conversation and yield the text as it comes; last, the whole completion.

        Raises:
            ServerAnswered: the server said no. ServerUnreachable: there is none, or it broke off.
        """
        body = to_question(tuple(messages), options) | {"model": model}
        events, said, last = EventReader(), list[str](), ""
        usage: dict[str, Any] = {}
        async with self._stream("POST", _CHAT, json=body) as response:
            async for piece in response.aiter_bytes():
                for event in events.feed(piece):
                    if event.data == "[DONE]":
                        yield _join_completion("".join(said), last, usage)
                        return
                    chunk = _read_chunk(event.data)
                    usage = chunk.get("usage") or usage
                    for choice in chunk.get("choices") or ():
                        last = choice.get("finish_reason") or last
                        if text := choice["delta"].get("content"):
                            said.append(text)
                            yield text
        raise ServerUnreachable(f"{self.url} broke off in the middle of its answer")

    async def caption(self, image: bytes, *, model: str, prompt: str | None = None) -> str:
        """Describe a picture, or read what stands in it.

        Args:
            image: Encoded, of any kind that :mod:`catwalk.picture` knows.
            model: Name of a model that can caption.
            prompt: How the caption begins, or a question, for a model that takes one.

        Raises:
            InvalidRequest: ``image`` is no picture.
            ServerAnswered: the server said no. ServerUnreachable: there is none.
        """
        kind = inspect_picture(image).kind.lower()
        address = f"data:image/{kind};base64,{base64.b64encode(image).decode()}"
        parts: list[dict[str, Any]] = [{"type": "text", "text": prompt}] if prompt else []
        parts.append({"type": "image_url", "image_url": {"url": address}})
        body = {"model": model, "messages": [{"role": "user", "content": parts}]}
        answer = (await self._request("POST", _CHAT, json=body)).json()
        return str(answer["choices"][0]["message"]["content"] or "").strip()

    async def draw(self, prompt: str, *, model: str, size: str | None = None, seed: int | None = None) -> bytes:
        """Draw a picture; a PNG comes back.

        Args:
            prompt: What it shows.
            model: Name of a model that can illustrate.
            size: ``WIDTHxHEIGHT`` in pixels; None for the model's own.
            seed: The same seed draws the same picture; None draws another every time.

        Raises:
            ServerAnswered: the server said no. ServerUnreachable: there is none.
        """
        body: dict[str, Any] = {"model": model, "prompt": prompt, "response_format": "b64_json"}
        body |= {name: value for name, value in (("size", size), ("seed", seed)) if value is not None}
        answer = (await self._request("POST", "/v1/images/generations", json=body)).json()
        return base64.b64decode(answer["data"][0]["b64_json"])

    async def models(self) -> list[ModelInfo]:
        """Every model of the server's catalog."""
        response = await self._request("GET", "/v1/models")
        return [_to_model(item) for item in response.json()["data"]]

    async def load(self, model: str) -> ModelInfo:
        """Bring a model into memory; returns when it is ready."""
        return _to_model((await self._request("POST", f"/v1/models/{model}/load")).json())

    async def pin(self, model: str, *, pinned: bool = True) -> ModelInfo:
        """Say whether a model may be evicted."""
        method = "POST" if pinned else "DELETE"
        return _to_model((await self._request(method, f"/v1/models/{model}/pin")).json())

    async def memory(self) -> list[dict[str, Any]]:
        """The server's memory budget, one entry a device; empty for a server that is no catwalk."""
        response = await self._request("GET", "/v1/models")
        return list(response.json().get("memory", ()))

    async def unload(self, model: str) -> ModelInfo:
        """Let a model go; returns when it is gone."""
        return _to_model((await self._request("POST", f"/v1/models/{model}/unload")).json())

    async def voices(self) -> list[dict[str, Any]]:
        """Every voice of the library and of the server's models, as the server shows them."""
        return list((await self._request("GET", "/v1/voices")).json()["data"])

    async def find_voice(self, name: str) -> dict[str, Any] | None:
        """A voice as the server shows it; None where it knows none of this name."""
        try:
            answer: dict[str, Any] = (await self._request("GET", f"/v1/voices/{quote(name, safe='')}")).json()
        except ServerAnswered as error:
            if error.status in {HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY}:  # a blend is no name
                return None
            raise
        return answer

    async def add_voice(
        self, name: str, clips: Sequence[Path], *, consent: bool, force: bool = False
    ) -> dict[str, Any]:
        """Make a voice from recordings of one speaker; ``force`` puts up with their flaws.

        Raises:
            ServerAnswered: the clips are no good, the name is taken, or nobody said that the speaker agrees.
        """
        files = [("clips", (clip.name, await asyncio.to_thread(clip.read_bytes))) for clip in clips]
        fields = {"name": name, "consent": str(consent).lower(), "force": str(force).lower()}
        answer: dict[str, Any] = (await self._request("POST", "/v1/voices", data=fields, files=files)).json()
        return answer

    async def remove_voice(self, name: str) -> None:
        """Take a voice out of the library, with its clips and all that was made of them."""
        await self._request("DELETE", f"/v1/voices/{quote(name, safe='')}")

    async def set_blend(self, name: str, backend: str, blend: str) -> None:
        """Say which blend of a backend's own voices stands for a voice of the library."""
        await self._request("PUT", f"/v1/voices/{quote(name, safe='')}/blends/{backend}", json={"blend": blend})

    async def read_clip(self, name: str, number: int) -> bytes:
        """A clip of a voice, as FLAC; numbers begin at 1."""
        return (await self._request("GET", f"/v1/voices/{quote(name, safe='')}/clips/{number}")).content

    async def embed_speakers(
        self, recordings: Sequence[Waveform | Path | bytes], *, model: str | None = None
    ) -> list[tuple[float, ...]]:
        """What is particular to the voice of each recording, as a vector of unit length, in order.

        Raises:
            ServerAnswered: there is no speaker encoder, or a recording cannot be read.
        """
        fields = {"model": model} if model else {}
        vectors: list[tuple[float, ...]] = []
        for start in range(0, len(recordings), _EMBED_FILES):
            files = [("file", await _to_upload(each)) for each in recordings[start : start + _EMBED_FILES]]
            answer = (await self._request("POST", "/v1/speakers/embeddings", data=fields, files=files)).json()
            vectors += [tuple(each["embedding"]) for each in answer["data"]]
        return vectors

    # --- transport

    async def _upload(self, audio: Waveform | Path, model: str, fields: dict[str, Any]) -> httpx.Response:
        upload = await _to_upload(audio)
        return await self._request(
            "POST", "/v1/audio/transcriptions", data=fields | self._terms | {"model": model}, files={"file": upload}
        )

    async def ask(self, method: str, path: str, **content: Any) -> Any:
        """One request to the library or the jobs, answered in JSON; None for an answer without content.

        Raises:
            ServerAnswered: the server said no. ServerUnreachable: there is none.
        """
        response = await self._request(method, path, **content)
        return response.json() if response.content else None

    async def _request(self, method: str, path: str, **content: Any) -> httpx.Response:
        async with self._stream(method, path, **content) as response:
            await response.aread()
            return response

    @contextlib.asynccontextmanager
    async def _stream(self, method: str, path: str, **content: Any) -> AsyncIterator[httpx.Response]:
        """One request, sent again while the server is busy; the answer is checked but not read yet."""
        for trial in range(1, _MAX_TRIES + 1):
            try:
                async with self._http.stream(method, path, **content) as response:
                    if response.is_success:
                        yield response
                        return
                    await response.aread()
                    problem = _to_problem(response)
            except httpx.HTTPError as error:
                raise ServerUnreachable(f"no answer from {self.url}: {str(error) or type(error).__name__}") from error
            if problem.status not in _RETRYABLE or trial == _MAX_TRIES:
                raise problem
            await asyncio.sleep(min(problem.retry_after_s or 2.0**trial, _MAX_PAUSE_S))


async def _to_upload(audio: Waveform | Path | bytes) -> tuple[str, bytes]:
    """Name and bytes of a file in a form."""
    if isinstance(audio, Waveform):
        return "take.wav", encode(audio, AudioFormat.WAV)
    if isinstance(audio, bytes):
        return "recording", audio
    return audio.name, await asyncio.to_thread(audio.read_bytes)


def _to_problem(response: httpx.Response) -> ServerAnswered:
    try:
        error = response.json()["error"]
        message, code = str(error["message"]), str(error.get("code") or "unknown")
    except (ValueError, KeyError, TypeError, AttributeError):
        message, code = f"{response.status_code} {response.reason_phrase}: {response.text[:200]}", "unknown"
    retry_after = response.headers.get("retry-after", "")
    retry_after_s = float(retry_after) if retry_after.isdigit() else None
    return ServerAnswered(message, status=response.status_code, code=code, retry_after_s=retry_after_s)


def _read_chunk(data: str) -> dict[str, Any]:
    chunk: dict[str, Any] = json.loads(data)
    if error := chunk.get("error"):
        raise ServerAnswered(str(error["message"]), status=500, code=str(error.get("code") or "unknown"))
    return chunk


def _to_completion(body: dict[str, Any]) -> Completion:
    choice = body["choices"][0]
    return _join_completion(choice["message"]["content"] or "", choice["finish_reason"], body.get("usage") or {})


def _join_completion(text: str, finish_reason: str, usage: dict[str, Any]) -> Completion:
    return Completion(text, finish_reason or "stop", usage.get("prompt_tokens"), usage.get("completion_tokens"))


def _to_model(item: dict[str, Any]) -> ModelInfo:
    return ModelInfo(
        name=item["id"],
        state=item.get("state", "unknown"),
        tasks=tuple(item.get("tasks", ())),
        resident_bytes=item.get("resident_bytes", 0),
        raw=item,
    )


def _to_transcription(body: dict[str, Any]) -> Transcription:
    words = [
        Word(word["word"].strip(), word["start"], word["end"], word.get("probability", 1.0))
        for word in body.get("words") or ()
    ]
    segments = tuple(
        Segment(
            text=segment["text"].strip(),
            start_s=segment["start"],
            end_s=segment["end"],
            avg_logprob=segment.get("avg_logprob", 0.0),
            no_speech_prob=segment.get("no_speech_prob", 0.0),
            compression_ratio=segment.get("compression_ratio", 1.0),
            temperature=segment.get("temperature", 0.0),
            words=tuple(word for word in words if segment["start"] <= word.start_s < segment["end"]),
        )
        for segment in body.get("segments") or ()
    )
    weights = tuple(Weight(each["logprob"], each["prior"]) for each in body.get("candidates") or ())
    return Transcription(body["text"], body.get("language", "en"), body.get("duration", 0.0), segments, weights)


def _read_wav(data: bytes) -> Waveform:
    """Samples of a 16-bit mono WAV; a streamed one does not know its own length, so what is there counts."""
    start = data.find(b"data", 0, 4096)
    if data[:4] != b"RIFF" or start < 0:
        raise ServerUnreachable("the server did not answer with a WAV file")
    (rate_hz,) = struct.unpack_from("<I", data, 24)
    n_bytes = (len(data) - start - 8) // 2 * 2
    samples = np.frombuffer(data, "<i2", n_bytes // 2, start + 8).astype(np.float32) / 32767.0
    return Waveform(samples, rate_hz)
