"""Errors as OpenAI shapes them: every failure leaves the server through here."""

from __future__ import annotations

import logging
from typing import Any, Literal

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict
from starlette.exceptions import HTTPException

from catwalk.api.request_log import HEADER, current_id
from catwalk.disk import lacks_room
from catwalk.errors import CatwalkError, DiskFull, InvalidRequest

log = logging.getLogger("catwalk.api")

PROBLEM: dict[str, Any] = {
    "error": {
        "message": "the library has no episode 12",
        "type": "invalid_request_error",
        "param": None,
        "code": "not_in_library",
    }
}


class ProblemFacts(BaseModel):
    """What is wrong."""

    model_config = ConfigDict(extra="allow")

    message: str
    """For people: what was wrong, what was given, what is allowed."""

    type: Literal["invalid_request_error", "server_error"]
    param: str | None
    """Which part of the request it was."""

    code: str
    """For programs; it never changes."""


class Problem(BaseModel):
    """An answer that says why there is no other."""

    model_config = ConfigDict(json_schema_extra={"example": PROBLEM})

    error: ProblemFacts


ANSWERS: dict[int | str, dict[str, Any]] = {
    "4XX": {"model": Problem, "description": "The request cannot be answered as it is"},
    "5XX": {"model": Problem, "description": "The server cannot answer, or not now"},
}
"""What every route may answer, for the description of the API."""

_INTERNAL = CatwalkError("the server made a mistake; its log says which")


def to_response(error: CatwalkError) -> JSONResponse:
    """An error as a response, with ``Retry-After`` where waiting helps."""
    headers = {}
    if error.retry_after_s is not None:
        headers["Retry-After"] = str(max(1, round(error.retry_after_s)))
    if error.should_retry is not None:
        headers["x-should-retry"] = str(error.should_retry).lower()
    return JSONResponse(error.to_body(), error.status, headers)


async def _answer_known(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, CatwalkError)  # noqa: S101 - registered for this class only
    return to_response(error)


async def _answer_invalid(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for this class only
    first = error.errors()[0]
    if first["type"] == "json_invalid":
        return to_response(InvalidRequest("the body is not JSON"))
    # The first step only says whether it stands in the address, behind its "?", in a header or in the body.
    where = ".".join(str(step) for step in first["loc"][1:]) or "the body"
    return to_response(InvalidRequest(f"{where}: {_say(first)}", param=where))


def _say(problem: dict[str, Any]) -> str:
    message = str(problem["msg"])
    given = problem.get("input")
    short = isinstance(given, str | int | float | bool) and len(str(given)) <= 80
    return f"{message}, not {given!r}" if short else message


async def _answer_http(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this class only
    kind = "invalid_request_error" if error.status_code < 500 else "server_error"
    body = {"error": {"message": str(error.detail), "type": kind, "param": None, "code": f"http_{error.status_code}"}}
    return JSONResponse(body, error.status_code, error.headers)


async def _answer_unknown(_: Request, error: Exception) -> JSONResponse:
    is_full = lacks_room(error)
    if not is_full and not isinstance(error.__cause__, CatwalkError):  # an answer that broke off has said so already
        log.error("a request failed for a reason that nobody foresaw", exc_info=error)
    response = to_response(DiskFull(f"there is no room left on the disk: {error}") if is_full else _INTERNAL)
    response.headers[HEADER] = current_id()  # this answer does not pass the middleware
    return response


def install(app: FastAPI) -> None:
    """Answer every exception of ``app`` in the one shape."""
    app.add_exception_handler(CatwalkError, _answer_known)
    app.add_exception_handler(RequestValidationError, _answer_invalid)
    app.add_exception_handler(HTTPException, _answer_http)
    app.add_exception_handler(Exception, _answer_unknown)
