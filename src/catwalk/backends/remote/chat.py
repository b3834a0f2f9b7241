"""OpenAI's chat: turns to send, and answers whole or streamed."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from catwalk.backends.remote.endpoint import Endpoint
from catwalk.backends.remote.sse import Event, EventReader
from catwalk.errors import InvalidRequest
from catwalk.tasks import CompleteOptions, Completion, Message

PNG = b"\x89PNG\r\n\x1a\n"

Fields = dict[str, Any]


_IMAGE_KINDS: dict[str, tuple[bytes, ...]] = {"png": (PNG,), "jpeg": (b"\xff\xd8\xff",), "gif": (b"GIF87a", b"GIF89a")}


def to_turn(message: Message) -> Fields:
    """One turn of a conversation as it is sent; its images travel inside it.

    Raises:
        InvalidRequest: an image is of no kind that is sent.
    """
    if not message.images:
        return {"role": message.role, "content": message.text}
    parts: list[Fields] = [{"type": "text", "text": message.text}] if message.text else []
    parts += [{"type": "image_url", "image_url": {"url": _to_data_uri(image)}} for image in message.images]
    return {"role": message.role, "content": parts}


def to_question(messages: tuple[Message, ...], options: CompleteOptions) -> Fields:
    """A conversation and how to go on with it, as it is sent; what has its default value is left out."""
    wanted: Fields = {
        "messages": [to_turn(message) for message in messages],
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    if options.max_tokens is not None:
        wanted["max_tokens"] = options.max_tokens
    if options.temperature != 1.0:
        wanted["temperature"] = options.temperature
    if options.top_p != 1.0:
        wanted["top_p"] = options.top_p
    if options.stop:
        wanted["stop"] = list(options.stop)
    if options.seed is not None:
        wanted["seed"] = options.seed
    if options.json_schema is not None:
        schema = {"name": "answer", "schema": json.loads(options.json_schema)}
        wanted["response_format"] = {"type": "json_schema", "json_schema": schema}
    elif options.json:
        wanted["response_format"] = {"type": "json_object"}
    return wanted


def read_reply(endpoint: Endpoint, body: Fields) -> Iterator[str | Completion]:
    """An answer that came whole: its text, where there is any, and the completion.

    Raises:
        CatwalkError: what the body complains of; BackendFailed for a body that is no answer.
        InvalidRequest: the other side's content filter stopped it.
    """
    try:
        choice = body["choices"][0]
        said = _to_text(choice["message"])
    except (LookupError, TypeError, AttributeError) as error:
        raise endpoint.refuse_body(body, "answered no message") from error
    _check_filter(endpoint, choice)
    if said:
        yield said
    yield _to_completion(said, choice.get("finish_reason"), body.get("usage"))


def read_events(endpoint: Endpoint, pieces: Iterator[bytes]) -> Iterator[str | Completion]:
    """Text of an answer that comes as server-sent events, piece by piece, and last the completion.

    Raises:
        RemoteUnavailable: the stream ended before a reason to finish or ``[DONE]``.
        CatwalkError: what an event complains of; BackendFailed for an event that is none of an answer.
        InvalidRequest: the other side's content filter stopped it.
    """
    reader = EventReader()
    said: list[str] = []
    reason: str | None = None
    usage: object = None
    done = False
    for piece in pieces:
        try:
            events = reader.feed(piece)
        except ValueError as error:
            raise endpoint.misunderstand(f"answered no events: {error}") from error
        for event in events:
            if event.data.strip() == "[DONE]":
                done = True
                break
            found = _read_event(endpoint, event)
            reason, usage = found.reason or reason, found.usage or usage
            if found.text:
                said.append(found.text)
                yield found.text
        if done:
            break
    if not done and reason is None:
        rest = reader.close()
        if rest is None or rest.data.strip() != "[DONE]":
            raise endpoint.break_off("the stream ends before it says that it is done")
    yield _to_completion("".join(said), reason, usage)


@dataclass(frozen=True, slots=True)
class _Found:
    """What stands in one event."""

    text: str = ""
    reason: str | None = None
    """Why there is no more text; None while there may be."""

    usage: object = None


def _read_event(endpoint: Endpoint, event: Event) -> _Found:
    if not event.data.strip():
        return _Found()
    try:
        found = json.loads(event.data)
    except ValueError as error:
        raise endpoint.misunderstand(f"sent an event that is no JSON: {event.data[:80]!r}") from error
    if event.name == "error" or not isinstance(found, dict) or found.get("error"):
        raise endpoint.refuse_body(found, f"sent an event that is no completion: {event.data[:80]!r}")
    choices = found.get("choices")
    if not choices:  # usage, or a greeting
        return _Found(usage=found.get("usage"))
    try:
        text = _to_text(choices[0].get("delta") or {})
        _check_filter(endpoint, choices[0])
        return _Found(text, choices[0].get("finish_reason"), found.get("usage"))
    except (LookupError, TypeError, AttributeError) as error:
        raise endpoint.misunderstand(f"sent an event that is no completion: {event.data[:80]!r}") from error


def _to_completion(text: str, reason: object, usage: object) -> Completion:
    counts = [usage.get(name) if isinstance(usage, dict) else None for name in ("prompt_tokens", "completion_tokens")]
    n_prompt, n_answer = (count if isinstance(count, int) else None for count in counts)
    return Completion(text, "length" if reason == "length" else "stop", n_prompt, n_answer)


def _check_filter(endpoint: Endpoint, choice: Fields) -> None:
    if choice.get("finish_reason") == "content_filter":
        raise InvalidRequest(f"{endpoint.address} says: its content filter stopped the answer")


def _to_text(said: Fields) -> str:
    """The text of a message or a piece of one, which may come in typed parts."""
    content = said.get("content") or said.get("refusal") or ""
    if isinstance(content, list):
        return "".join(part.get("text") or "" for part in content if part.get("type") == "text")
    return str(content)


def _to_data_uri(image: bytes) -> str:
    kind = next((kind for kind, starts in _IMAGE_KINDS.items() if image.startswith(starts)), None)
    if image[:4] == b"RIFF" and image[8:12] == b"WEBP":
        kind = "webp"
    if kind is None:
        raise InvalidRequest("an image is a PNG, JPEG, GIF or WebP file, and this is none of them", param="image")
    return f"data:image/{kind};base64,{base64.b64encode(image).decode()}"
