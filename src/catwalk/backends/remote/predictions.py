"""Replicate's predictions: what goes in, and what the many shapes of their output mean."""

from __future__ import annotations

import base64
import binascii
import re
from datetime import datetime
from typing import Any
from urllib.parse import unquote_to_bytes

import httpx

from catwalk.errors import BackendFailed, InvalidRequest
from catwalk.tasks import CompleteOptions, Message, Segment, TranscribeOptions, Transcription, Word

_REFERENCE = re.compile(r"([\w.-]+)/([\w.-]+)(?::(\w+))?")


def read_base(url: str) -> str:
    """The API's address without a path.

    Raises:
        InvalidRequest: it is no http or https address, or carries more than a host.
    """
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL as error:
        raise InvalidRequest(f"url is not an address: {error}", param="url") from error
    if parsed.scheme not in {"http", "https"} or not parsed.host or parsed.userinfo or parsed.path not in {"", "/"}:
        raise InvalidRequest("url is an address such as https://api.replicate.com, without path or key", param="url")
    return str(parsed).rstrip("/")


def read_reference(model: str) -> tuple[str, str, str | None]:
    """Owner, name and version of a model there.

    Raises:
        InvalidRequest: it is of another form.
    """
    found = _REFERENCE.fullmatch(model)
    if found is None:
        raise InvalidRequest(f"replicate's option model is OWNER/NAME or OWNER/NAME:VERSION, not {model!r}")
    return found[1], found[2], found[3]


def to_inputs(messages: tuple[Message, ...], options: CompleteOptions) -> dict[str, Any]:
    """A conversation as language models there take it: the last turn as it is, earlier ones told as a dialogue."""
    system = "\n".join(message.text for message in messages if message.role == "system")
    turns = [message for message in messages if message.role != "system"]
    prompt = turns[-1].text if len(turns) == 1 else _tell(turns)
    wanted: dict[str, Any] = {
        "prompt": prompt,
        "system_prompt": system or None,
        "max_tokens": options.max_tokens,
        "temperature": options.temperature if options.temperature != 1.0 else None,
        "top_p": options.top_p if options.top_p != 1.0 else None,
        "stop_sequences": ",".join(options.stop) or None,
        "seed": options.seed,
    }
    return {name: value for name, value in wanted.items() if value is not None}


def _tell(turns: list[Message]) -> str:
    names = {"assistant": "Assistant", "user": "User"}
    return "\n\n".join([*(f"{names[turn.role]}: {turn.text}" for turn in turns), "Assistant:"])


def to_text(output: Any) -> str:
    """Text of an output: a string, or pieces of one."""
    if isinstance(output, list):
        return "".join(to_text(piece) for piece in output)
    if isinstance(output, dict):
        return to_text(next((output[name] for name in ("text", "output", "caption") if output.get(name)), ""))
    return "" if output is None else str(output)


def to_transcription(output: Any, duration_s: float, options: TranscribeOptions) -> Transcription:
    """A transcription, whichever way a model there writes it; without times, the whole is one segment.

    Raises:
        TypeError, ValueError, LookupError, AttributeError: it is none.
    """
    if isinstance(output, str):
        output = {"text": output}
    text = output.get("transcription") or output.get("text") or ""
    found = output.get("segments") or [{"text": text, "start": 0.0, "end": duration_s}]
    segments = tuple(
        Segment(
            str(each["text"]).strip(),
            float(each["start"]),
            float(each["end"]),
            words=tuple(map(_to_word, each.get("words") or ())) if options.words else (),
        )
        for each in found
        if str(each["text"]).strip()
    )
    language = options.language or str(output.get("detected_language") or output.get("language") or "en")
    said = str(text).strip() or " ".join(segment.text for segment in segments)
    return Transcription(said, _LANGUAGES.get(language.lower(), language), duration_s, segments)


def _to_word(said: dict[str, Any]) -> Word:
    text = str(said.get("word") or said["text"]).strip()
    return Word(
        text, float(said["start"]), float(said["end"]), float(said.get("probability") or said.get("score") or 1.0)
    )


_LANGUAGES = {"english": "en", "german": "de", "french": "fr", "spanish": "es", "italian": "it", "portuguese": "pt"}


def find_file(output: Any) -> str | None:
    """Address of the first file in an output; None where there is none."""
    if isinstance(output, str):
        return output if output.startswith(("https:", "http:", "data:")) else None
    parts = output.values() if isinstance(output, dict) else output if isinstance(output, list) else ()
    return next((found for found in map(find_file, parts) if found), None)


def read_data(uri: str) -> bytes:
    """Bytes of a ``data:`` address.

    Raises:
        BackendFailed: it is broken.
    """
    head, _, body = uri.partition(",")
    try:
        return base64.b64decode(body, validate=True) if head.endswith(";base64") else unquote_to_bytes(body)
    except (binascii.Error, ValueError) as error:
        raise BackendFailed(f"an output's data address is broken: {uri[:60]!r}") from error


def read_times(prediction: Any) -> tuple[float | None, float | None]:
    """Seconds from creation to start, and from start to end; None where the other side does not say."""
    created, started = (_read_time(each) for each in (prediction.created_at, prediction.started_at))
    cold_start_s = round((started - created).total_seconds(), 3) if created and started else None
    run_s = (prediction.metrics or {}).get("predict_time")
    if not isinstance(run_s, int | float):
        ended = _read_time(prediction.completed_at)
        run_s = round((ended - started).total_seconds(), 3) if started and ended else None
    return cold_start_s, run_s


def read_counts(prediction: Any) -> tuple[int | None, int | None]:
    """Tokens of a conversation and of its answer; None where the model does not say."""
    said = prediction.metrics or {}
    counts = [said.get(name) for name in ("input_token_count", "output_token_count")]
    n_prompt, n_answer = (count if isinstance(count, int) else None for count in counts)
    return n_prompt, n_answer


def _read_time(said: object) -> datetime | None:
    try:
        return datetime.fromisoformat(str(said)) if said else None
    except ValueError:
        return None
