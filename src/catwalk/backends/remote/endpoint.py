"""An HTTP endpoint that serves a model elsewhere: its address and key, and its failures as errors of the tree.

    no connection, no byte in time, broken off, 408, 425, 502, 504   RemoteUnavailable
    401, 403                                                         KeyRefused
    429, 503                                                         Busy, with the other side's Retry-After
    other 4xx                                                        InvalidRequest or its leaf, with the other's words
    other 5xx, a redirect, what cannot be understood                 BackendFailed

No message and no log line holds the key.
"""

from __future__ import annotations

import contextlib
import email.utils
import json
import math
import re
import time
from collections.abc import Generator, Iterator, Mapping
from types import TracebackType
from typing import Any, Self

import httpx

from catwalk.backends.remote.problems import Problem, guess_status, read_problem, shorten, to_problem
from catwalk.errors import (
    BackendFailed,
    Busy,
    CatwalkError,
    InvalidRequest,
    KeyRefused,
    LoadFailed,
    NotServable,
    RemoteUnavailable,
    UnknownVoice,
    UploadTooLarge,
)

MAX_ANSWER_BYTES = 128 * 1024 * 1024
"""Of an answer that is read whole."""

_MAX_PROBLEM_BYTES = 64 * 1024
_MAX_RETRY_AFTER_S = 3600.0
_KEPT_S = 4.0
"""How long an idle connection is kept: uvicorn, Node and cpp-httplib close theirs after 5 s, and a request that meets
the closing is lost."""

_UNREACHABLE = frozenset({408, 425, 502, 504})
_NOT_TAKEN = frozenset({"unknown_parameter", "unsupported_parameter", "unsupported_value", "extra_forbidden"})
"""Codes of a parameter that the other side does not know, or not that value of it; the last one is FastAPI's."""

_KEY = re.compile(r"[!-~]+")
_VERSION = re.compile(r"v\d+\w*")


def read_key(name: str, environment: Mapping[str, str]) -> str:
    """The key in the environment variable ``name``.

    Raises:
        LoadFailed: there is no such variable, or what it holds cannot be a key.
    """
    key = environment.get(name, "").strip()
    if not key:
        raise LoadFailed(f"key_env names the environment variable {name}, but it is not set where the server runs")
    if not _KEY.fullmatch(key):
        raise LoadFailed(f"the environment variable {name} holds spaces or characters that no key has")
    return key


def read_url(url: str) -> httpx.URL:
    """A base address with its version: ``/v1`` is added unless a part of the path looks like one.

    Raises:
        InvalidRequest: it is no http or https address, or it carries credentials or a query.
    """
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL as error:
        raise InvalidRequest(f"url is not an address: {error}", param="url") from error
    if parsed.scheme not in {"http", "https"} or not parsed.host:
        raise InvalidRequest("url is an address such as https://api.openai.com/v1, with http or https", param="url")
    if parsed.userinfo or parsed.query or parsed.fragment:
        raise InvalidRequest(
            f"url may hold no credentials, query or fragment ({parsed.host}); a key comes from the environment "
            "variable that key_env names",
            param="url",
        )
    steps = [step for step in parsed.path.split("/") if step]
    if not any(_VERSION.fullmatch(step) for step in steps):
        steps.append("v1")
    return parsed.copy_with(path="/" + "/".join(steps))


class Endpoint:
    """One address, called from any number of threads. Contacts nobody before the first call."""

    def __init__(
        self, url: httpx.URL, *, key_env: str | None, key: str | None, timeout_s: float, connect_timeout_s: float
    ) -> None:
        """Prepare the calls.

        Args:
            url: From :func:`read_url`.
            key_env: Where the key came from, for people.
            key: Sent as a bearer token to this address alone; redirects are not followed.
            timeout_s: Longest time without any byte.
            connect_timeout_s: Longest wait for a connection, each for one of the host's addresses.
        """
        self.address = str(url)
        self._key_env = key_env
        self._key = key
        self._timeout_s = timeout_s
        self._connect_timeout_s = connect_timeout_s
        self._http = httpx.Client(
            headers={"User-Agent": "catwalk", "Accept-Encoding": "identity"}
            | ({"Authorization": f"Bearer {key}"} if key else {}),
            timeout=httpx.Timeout(timeout_s, connect=connect_timeout_s, pool=None),
            limits=httpx.Limits(max_connections=None, keepalive_expiry=_KEPT_S),
            follow_redirects=False,
        )

    def send(self, path: str, **content: Any) -> Answer:
        """POST ``content`` (httpx's ``json``, ``data``, ``files``) and return the answer once it has begun.

        Raises:
            RemoteUnavailable: no answer.
        """
        try:
            response = self._http.send(
                self._http.build_request("POST", f"{self.address}/{path}", **content), stream=True
            )
        except httpx.HTTPError as error:
            raise self.explain(error) from error
        return Answer(self, response)

    def explain(self, error: httpx.HTTPError, *, begun: bool = False) -> RemoteUnavailable:
        """A failure of the connection, as an error of the tree."""
        match error:
            case httpx.ConnectTimeout():
                what = f"did not take a connection within {self._connect_timeout_s:g} s"
            case httpx.TimeoutException():
                what = f"stood still for {self._timeout_s:g} s" + (" in the middle of its answer" if begun else "")
            case httpx.ConnectError():
                what = f"cannot be reached: {error}"
            case _ if begun:
                what = f"broke off in the middle of its answer: {str(error) or type(error).__name__}"
            case _:
                what = f"did not answer: {str(error) or type(error).__name__}"
        return RemoteUnavailable(self.clean(f"{self.address} {what}"))

    def refuse(self, status: int, problem: Problem, retry_after_s: float | None = None) -> CatwalkError:
        """An error status, as an error of the tree."""
        said = self.clean(f"{self.address} says: {problem.message}")
        if status in {401, 403}:
            return self._refuse_key(status, problem)
        if status in {429, 503}:
            return Busy(said, retry_after_s=1.0 if retry_after_s is None else retry_after_s)
        if status in _UNREACHABLE:
            return RemoteUnavailable(f"{said} ({status})")
        if status >= 500 or status < 400:
            return BackendFailed(f"{said} ({status})")
        return _to_client_error(status, problem, said)

    def misunderstand(self, what: str) -> BackendFailed:
        """The error for an answer that is not what was asked for; ``what`` goes on from the address."""
        return BackendFailed(self.clean(f"{self.address} {what}"))

    def break_off(self, what: str) -> RemoteUnavailable:
        """The error for an answer that is not whole; ``what`` says how that is known."""
        return RemoteUnavailable(self.clean(f"{self.address} broke off in the middle of its answer: {what}"))

    def refuse_body(self, body: object, otherwise: str) -> CatwalkError:
        """The error that stands in an answer which began as a success.

        Args:
            body: Parsed JSON.
            otherwise: What to say of a body that tells of no failure; goes on from the address.
        """
        problem = to_problem(body)
        if problem is None or not isinstance(body, dict) or not (body.get("error") or body.get("message")):
            return self.misunderstand(otherwise)
        return self.refuse(guess_status(body, problem), problem)

    def close(self) -> None:
        """Let go of the connections that were kept."""
        self._http.close()

    def clean(self, text: str) -> str:
        """The text without the key, should the other side have repeated it."""
        return text.replace(self._key, "[key]") if self._key else text

    def _refuse_key(self, status: int, problem: Problem) -> KeyRefused:
        if self._key_env is None:
            return KeyRefused(
                f"{self.address} wants a key ({status}); name the environment variable that holds it with key_env"
            )
        if status == 401:  # its words may quote a part of the key
            return KeyRefused(f"{self.address} does not take the key in {self._key_env} (401)")
        return KeyRefused(
            self.clean(f"{self.address} does not let the key in {self._key_env} do this (403): {problem.message}")
        )


class Answer:
    """What an endpoint answered: its status at once, its body when it is asked for. A context manager."""

    def __init__(self, endpoint: Endpoint, response: httpx.Response) -> None:
        self._endpoint = endpoint
        self._response = response
        self.media_type = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        self.problem = None if response.is_success else self._read_problem()
        """None for an answer that is a success."""

    def __enter__(self) -> Self:
        """The body may be read inside the block."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the connection unless the whole body was read."""
        self._response.close()

    @property
    def refused_parameter(self) -> str | None:
        """The parameter that the other side does not take, where that is its whole complaint."""
        if self.problem is None or self._response.status_code not in {400, 422} or self.problem.code not in _NOT_TAKEN:
            return None
        return self.problem.param

    def check(self) -> None:
        """Raise what the status means; nothing for a success."""
        if self.problem is not None:
            status = self._response.status_code
            raise self._endpoint.refuse(status, self.problem, _read_retry_after(self._response.headers))

    def pieces(self) -> Generator[bytes, None, None]:
        """The body as it comes.

        Raises:
            RemoteUnavailable: it stopped before its end.
        """
        try:
            yield from self._response.iter_bytes()
        except httpx.HTTPError as error:
            raise self._endpoint.explain(error, begun=True) from error

    def read(self) -> bytes:
        """The whole body.

        Raises:
            RemoteUnavailable: it stopped before its end.
            BackendFailed: it is longer than ``MAX_ANSWER_BYTES``.
        """
        return join_pieces(self._endpoint, self.pieces())

    def read_json(self) -> dict[str, Any]:
        """The body, which must be a JSON object.

        Raises:
            RemoteUnavailable: it stopped before its end.
            BackendFailed: it is something else.
        """
        body = self.read()
        try:
            found = json.loads(body)
        except ValueError as error:
            raise self._endpoint.misunderstand(f"answered no JSON: {_excerpt(body)}") from error
        if not isinstance(found, dict):
            raise self._endpoint.misunderstand(f"answered no JSON object: {_excerpt(body)}")
        return found

    def _read_problem(self) -> Problem:
        body = b""
        with contextlib.closing(self._response), contextlib.suppress(httpx.HTTPError):
            for piece in self._response.iter_bytes():
                body += piece
                if len(body) > _MAX_PROBLEM_BYTES:
                    break
        if self._response.is_redirect:
            return Problem(f"look at {_show_location(self._response)}; set url to where it really is")
        return read_problem(body) or Problem(f"{self._response.status_code} {self._response.reason_phrase}".strip())


def join_pieces(endpoint: Endpoint, pieces: Iterator[bytes]) -> bytes:
    """All pieces of a body as one.

    Raises:
        BackendFailed: they are longer than ``MAX_ANSWER_BYTES``.
    """
    body = bytearray()
    for piece in pieces:
        body += piece
        if len(body) > MAX_ANSWER_BYTES:
            raise endpoint.misunderstand(f"answered more than {MAX_ANSWER_BYTES} bytes")
    return bytes(body)


def _excerpt(body: bytes) -> str:
    return repr(body[:80].decode(errors="replace"))


def _show_location(response: httpx.Response) -> str:
    """Where a redirect leads, without credentials and query, which may be secret."""
    location = re.sub("//[^/]*@", "//", response.headers.get("location", ""))
    return shorten(re.split("[?#]", location)[0]) or "nowhere"


def _read_retry_after(headers: httpx.Headers) -> float | None:
    """Seconds to wait, from a number or a date (RFC 9110, section 10.2.3)."""
    said = headers.get("retry-after", "")
    try:
        wait_s = float(said)
    except ValueError:
        try:
            wait_s = email.utils.parsedate_to_datetime(said).timestamp() - time.time()
        except ValueError:
            return None
    return min(max(wait_s, 0.0), _MAX_RETRY_AFTER_S) if math.isfinite(wait_s) else None


def _leaves(*roots: type[CatwalkError]) -> dict[str, type[CatwalkError]]:
    found = {root.code: root for root in roots}
    for root in roots:
        found |= _leaves(*root.__subclasses__())
    return found


def _to_client_error(status: int, problem: Problem, said: str) -> CatwalkError:
    """A 4xx that no key and no waiting helps; another catwalk's codes keep their class."""
    kind = _leaves(InvalidRequest, NotServable).get(problem.code or "")
    if kind is None:
        kind = {413: UploadTooLarge, 424: NotServable}.get(status, InvalidRequest)
        if kind is InvalidRequest and problem.param == "voice":
            kind = UnknownVoice
    return kind(said, param=problem.param)
