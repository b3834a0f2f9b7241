"""Every request gets an id, which its answer and all that is logged on its behalf carry, and one line in the log."""

from __future__ import annotations

import contextvars
import logging
import re
import secrets
import time
from http import HTTPStatus
from urllib.parse import quote

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from catwalk.errors import Cancelled, CatwalkError

log = logging.getLogger("catwalk.requests")

HEADER = "X-Request-Id"
SLOW_MS = 100.0
"""Requests that took longer, or failed, are logged as information; quick good ones only for debugging."""

_RAW_HEADER = HEADER.lower().encode()
_LOGGED = {b"x-catwalk-model": "model", b"server-timing": "timing"}
_GIVEN = re.compile(r"[\w.:-]{1,64}", re.ASCII)
_SECRET = re.compile(r"^(/(?:feeds|media))/[^/]+(?=/.)")
"""Keys of private shows stand in the paths of their feeds and media."""

_QUIET_PATHS = frozenset({"/healthz", "/readyz", "/metrics"})

_request_id: contextvars.ContextVar[str | None] = contextvars.ContextVar("request_id", default=None)


def current_id() -> str:
    """Of the request that is being answered; empty where there is none."""
    return _request_id.get() or ""


class RequestIdFilter(logging.Filter):
    """Puts ``request_id`` on every record; empty where no request is behind it."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let everything pass."""
        record.request_id = current_id()
        return True


class BrokenOffFilter(logging.Filter):
    """Drops the trace of an answer that broke off for a reason that is logged already; for ``uvicorn.error``."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the record says anything new."""
        return not (record.exc_info and isinstance(record.exc_info[1], CatwalkError))


class RequestLog:
    """ASGI middleware: a caller's own ``X-Request-Id`` is kept if it is 1 to 64 plain characters."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Name, pass on, log."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = next((value.decode("latin-1") for name, value in scope["headers"] if name == _RAW_HEADER), "")
        request_id = given if _GIVEN.fullmatch(given) else secrets.token_hex(8)
        _request_id.set(request_id)
        started_s = time.perf_counter()
        answered: dict[str, str | int] = {}

        async def send_named(message: Message) -> None:
            if message["type"] == "http.response.start":
                answered["status"] = message["status"]
                for name, value in message["headers"]:
                    if name in _LOGGED:
                        answered[_LOGGED[name]] = value.decode("latin-1")
                message["headers"] = [*message["headers"], (_RAW_HEADER, request_id.encode())]
            await send(message)

        broke = True
        try:
            await self._app(scope, receive, send_named)
            broke = False
        finally:
            # What breaks is answered further out; without an answer, the caller has gone.
            status = int(answered.setdefault("status", CatwalkError.status if broke else Cancelled.status))
            took_ms = round(1000 * (time.perf_counter() - started_s), 2)
            is_notable = took_ms >= SLOW_MS or status >= HTTPStatus.BAD_REQUEST
            level = logging.INFO if is_notable else logging.DEBUG
            if scope["path"] not in _QUIET_PATHS and log.isEnabledFor(level):
                path = quote(
                    _SECRET.sub(r"\1/-", scope["path"]), safe="/:"
                )  # or a line break in an address could forge a line
                facts = {"method": scope["method"], "path": path, "took_ms": took_ms, **answered}
                log.log(level, "%s", " ".join(f"{name}={value}" for name, value in facts.items()), extra=facts)
