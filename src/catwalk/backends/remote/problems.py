"""What an endpoint says of a failure, in the shapes that are about."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

_MAX_SAID_CHARS = 500


@dataclass(frozen=True, slots=True)
class Problem:
    """What the other side says of a failure."""

    message: str
    code: str | None = None
    param: str | None = None


def read_problem(body: bytes | str) -> Problem | None:
    """What a body says of a failure, in the shapes that are about; None where it says nothing.

    OpenAI's ``{"error": {"message", "code", "param"}}``, Ollama's ``{"error": "…"}``, FastAPI's ``{"detail": …}``,
    llama.cpp's bare ``{"message", "code"}``, or a line of plain text.
    """
    try:
        found = json.loads(body)
    except ValueError:
        text = body.decode(errors="replace") if isinstance(body, bytes) else body
        return None if not text.strip() or text.lstrip().startswith("<") else Problem(shorten(text))
    return to_problem(found)


def to_problem(found: object) -> Problem | None:
    """The same for a body that is parsed already."""
    if not isinstance(found, dict):
        return None
    said = found.get("error") or found.get("detail") or found
    if isinstance(said, list) and said and isinstance(said[0], dict):
        place = said[0].get("loc")
        where = [str(step) for step in (place if isinstance(place, list) else ()) if step != "body"]
        message = f"{'.'.join(where)}: {said[0].get('msg', '')}"
        return Problem(shorten(message), _text(said[0].get("type")), ".".join(where) or None)
    if isinstance(said, dict):
        message = _text(said.get("message")) or _text(said.get("msg")) or json.dumps(said, ensure_ascii=False)
        return Problem(shorten(message), _text(said.get("code")), _text(said.get("param")))
    return Problem(shorten(str(said)))


def _text(value: object) -> str | None:
    return str(value) if isinstance(value, str | int) and value != "" else None


def shorten(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _MAX_SAID_CHARS else f"{line[:_MAX_SAID_CHARS]}…"


def guess_status(body: dict[str, Any], problem: Problem) -> int:
    """The status that an error inside an answer would have had."""
    inner = body.get("error")
    said = inner if isinstance(inner, dict) else body
    code, kind = said.get("code"), str(said.get("type") or "")
    if isinstance(code, int) and 400 <= code <= 599:
        return code
    if "rate_limit" in kind or "rate_limit" in str(problem.code):
        return 429
    return 400 if kind == "invalid_request_error" else 500
