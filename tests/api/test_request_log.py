from __future__ import annotations

import io
import logging
import sys
from collections.abc import Iterator, Mapping

import pytest
from fastapi import FastAPI
from fastapi.responses import PlainTextResponse
from starlette.testclient import TestClient
from starlette.types import Message, Receive, Scope, Send

from catwalk.api import problems
from catwalk.api.request_log import BrokenOffFilter, RequestIdFilter, RequestLog
from catwalk.errors import BackendFailed, UnknownModel

inner_log = logging.getLogger("catwalk.test")


class Written(logging.StreamHandler[io.StringIO]):
    """The log as a person reads it: ``ID|MESSAGE`` a line."""

    def __init__(self) -> None:
        super().__init__(io.StringIO())
        self.records: list[logging.LogRecord] = []
        self.setFormatter(logging.Formatter("%(request_id)s|%(message)s"))
        self.addFilter(RequestIdFilter())

    def emit(self, record: logging.LogRecord) -> None:
        super().emit(record)
        self.records.append(record)

    @property
    def lines(self) -> list[str]:
        return self.stream.getvalue().splitlines()


@pytest.fixture
def written() -> Iterator[Written]:
    handler, log = Written(), logging.getLogger("catwalk")
    usual = log.level
    log.addHandler(handler)
    log.setLevel(logging.DEBUG)
    yield handler
    log.setLevel(usual)
    log.removeHandler(handler)


async def hear() -> Message:
    return {"type": "http.disconnect"}


async def say(_: Message) -> None:
    """There is nobody to say it to."""


@pytest.fixture
def http() -> TestClient:
    app = FastAPI()
    problems.install(app)
    app.add_middleware(RequestLog)

    @app.get("/tea")
    async def tea() -> PlainTextResponse:
        inner_log.info("the kettle is on")
        return PlainTextResponse("tea", headers={"X-Catwalk-Model": "hibari", "Server-Timing": "run;dur=1.00"})

    @app.get("/broken")
    async def broken() -> None:
        raise ZeroDivisionError

    @app.get("/unknown")
    async def unknown() -> None:
        raise UnknownModel("there is no such model")

    for quiet in ("/healthz", "/readyz", "/metrics"):
        app.add_api_route(quiet, tea)
    return TestClient(app, raise_server_exceptions=False)


def request_id(headers: Mapping[str, str]) -> str:
    return headers["x-request-id"]


def test_a_quick_good_request_is_a_line_for_debugging_and_a_failed_one_is_not(
    http: TestClient, written: Written
) -> None:
    http.get("/tea")
    http.get("/unknown")

    lines = [record for record in written.records if record.name == "catwalk.requests"]
    assert [record.levelno for record in lines] == [logging.DEBUG, logging.INFO]


@pytest.mark.parametrize("own", ["a", "job-7:line.3_b", "x" * 64])
def test_a_callers_own_id_is_kept(http: TestClient, own: str) -> None:
    assert request_id(http.get("/tea", headers={"X-Request-Id": own}).headers) == own


@pytest.mark.parametrize("odd", ["", " ", "a b", "a\tb", "x" * 65, "<script>", "a|b", "ünicode".encode()])
def test_an_odd_id_is_replaced(http: TestClient, odd: str | bytes) -> None:
    answer = http.get("/tea", headers=[(b"X-Request-Id", odd if isinstance(odd, bytes) else odd.encode())])

    given = request_id(answer.headers)
    assert len(given) == 16
    assert int(given, 16) >= 0


def test_every_request_without_an_id_gets_one_of_its_own(http: TestClient) -> None:
    assert request_id(http.get("/tea").headers) != request_id(http.get("/tea").headers)


@pytest.mark.parametrize(("path", "status"), [("/unknown", 404), ("/nowhere", 404), ("/broken", 500)])
def test_errors_carry_the_id_as_well(http: TestClient, path: str, status: int) -> None:
    answer = http.get(path, headers={"X-Request-Id": "mine"})

    assert (answer.status_code, request_id(answer.headers)) == (status, "mine")


def test_all_that_is_logged_for_a_request_carries_its_id(http: TestClient, written: Written) -> None:
    http.get("/tea", headers={"X-Request-Id": "first"})
    inner_log.info("nobody asks")
    http.get("/tea", headers={"X-Request-Id": "second"})

    assert [line.partition(" ")[0] for line in written.lines] == [
        "first|the",
        "first|method=GET",
        "|nobody",
        "second|the",
        "second|method=GET",
    ]


def test_one_line_says_what_was_asked_what_came_of_it_and_who_served_it(http: TestClient, written: Written) -> None:
    http.get("/tea", headers={"X-Request-Id": "mine"})

    record = written.records[-1]
    facts = {name: getattr(record, name) for name in ("method", "path", "status", "model", "timing", "request_id")}
    assert facts == {
        "method": "GET",
        "path": "/tea",
        "status": 200,
        "model": "hibari",
        "timing": "run;dur=1.00",
        "request_id": "mine",
    }
    assert 0 <= getattr(record, "took_ms", -1) < 60_000
    assert written.lines[-1].startswith("mine|method=GET path=/tea took_ms=")
    assert written.lines[-1].endswith(" status=200 model=hibari timing=run;dur=1.00")


def test_a_request_that_fails_is_logged_with_its_status(http: TestClient, written: Written) -> None:
    http.get("/unknown")

    assert " path=/unknown " in written.lines[-1]
    assert written.lines[-1].endswith(" status=404")


def test_a_request_that_breaks_is_logged(http: TestClient, written: Written) -> None:
    http.get("/broken", headers={"X-Request-Id": "mine"})

    (line,) = (line for line in written.lines if "path=/broken" in line)
    assert line.startswith("mine|method=GET ")
    assert line.endswith(" status=500")


def test_an_address_cannot_forge_lines_of_the_log(http: TestClient, written: Written) -> None:
    http.get("/tea%0A|method=GET%20path=/forged", headers={"X-Request-Id": "mine"})

    assert len(written.lines) == 1
    assert "path=/tea%0A" in written.lines[0]


@pytest.mark.anyio
async def test_a_request_whose_caller_went_away_is_logged_as_cancelled(written: Written) -> None:
    async def answer_nobody(scope: Scope, receive: Receive, send: Send) -> None:
        """What is done when nobody listens any more."""

    await RequestLog(answer_nobody)({"type": "http", "method": "GET", "path": "/tea", "headers": []}, hear, say)

    assert written.lines[-1].endswith(" status=499")


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
def test_what_machines_ask_every_few_seconds_is_not_logged(http: TestClient, written: Written, path: str) -> None:
    answer = http.get(path)

    assert len(request_id(answer.headers)) == 16
    assert [line.partition("|")[2] for line in written.lines] == ["the kettle is on"]


@pytest.mark.anyio
async def test_what_is_no_http_request_passes_untouched() -> None:
    seen: list[tuple[Scope, Receive, Send]] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append((scope, receive, send))

    scope = {"type": "lifespan"}
    await RequestLog(app)(scope, hear, say)

    assert seen == [(scope, hear, say)]


def trace_of(error: Exception) -> logging.LogRecord:
    try:
        raise error
    except type(error):
        return logging.LogRecord("uvicorn.error", logging.ERROR, "", 0, "Exception in ASGI app", None, sys.exc_info())


def test_only_the_trace_of_what_is_logged_already_is_dropped() -> None:
    plain = logging.LogRecord("uvicorn.error", logging.ERROR, "", 0, "bad", None, None)

    passed = [
        BrokenOffFilter().filter(each) for each in (trace_of(BackendFailed("it broke")), trace_of(KeyError()), plain)
    ]

    assert passed == [False, True, True]


def test_keys_of_private_shows_are_never_logged(http: TestClient, written: Written) -> None:
    for path in ("/feeds/cw-secret/teapots.xml", "/media/cw-secret/abc.mp3", "/feeds/teapots.xml"):
        http.get(path)

    shown = [line.partition("path=")[2].split()[0] for line in written.lines if "path=" in line]
    assert shown == ["/feeds/-/teapots.xml", "/media/-/abc.mp3", "/feeds/teapots.xml"]
    assert "cw-secret" not in written.stream.getvalue()
