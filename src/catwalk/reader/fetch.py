"""From an address, a file or standard input to bytes that an article can be found in."""

from __future__ import annotations

import asyncio
import re
import sys
import zlib
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import NoReturn, TypeVar

import httpx

from catwalk.errors import (
    FetchFailed,
    FetchRefused,
    FetchTimeout,
    NoArticle,
    SourceTooLarge,
    UnsupportedSource,
)
from catwalk.reader.addresses import AddressRules, GuardedTransport

HTML, MARKDOWN, PLAIN = "text/html", "text/markdown", "text/plain"

_TYPES = {
    HTML: HTML,
    "application/xhtml+xml": HTML,
    MARKDOWN: MARKDOWN,
    "text/x-markdown": MARKDOWN,
    PLAIN: PLAIN,
}
_SUFFIXES = {
    ".html": HTML,
    ".htm": HTML,
    ".xhtml": HTML,
    ".md": MARKDOWN,
    ".markdown": MARKDOWN,
    ".txt": PLAIN,
    ".text": PLAIN,
}
_UNTOLD = {"", "application/octet-stream", "binary/octet-stream", "application/x-unknown", "unknown/unknown"}
_FEEDS = {"application/rss+xml", "application/atom+xml", "application/feed+json"}
_SIGNATURES = {
    b"%PDF-": "a PDF document",
    b"\x89PNG\r\n": "a PNG picture",
    b"\xff\xd8\xff": "a JPEG picture",
    b"GIF8": "a GIF picture",
    b"RIFF": "a RIFF media file",
    b"PK\x03\x04": "a ZIP archive or office document",
    b"\x1f\x8b": "a gzip archive",
    b"ID3": "an MP3 recording",
    b"OggS": "an Ogg recording",
    b"fLaC": "a FLAC recording",
    b"\x7fELF": "a program",
}
_ALLOWED = "HTML, Markdown and plain text can be read"


@dataclass(frozen=True, slots=True)
class FetchLimits:
    """How far a fetch may go."""

    max_bytes: int = 20 * 1024 * 1024
    """Of the content, both as it comes over the wire and unpacked."""

    timeout_s: float = 30.0
    """From the first look-up to the last byte."""

    connect_s: float = 10.0
    max_redirects: int = 10
    user_agent: str = "Mozilla/5.0 (compatible; catwalk)"
    allow_private: tuple[str, ...] = ()
    """Networks in CIDR notation that may be reached although they are not public."""

    allow_loopback: bool = False
    """Whether an address on this machine may be read; for a person at the command line."""


@dataclass(frozen=True, slots=True)
class Source:
    """Bytes to find an article in."""

    url: str | None
    """Where they came from, after redirects; ``file:`` for a file, None for standard input."""

    content: bytes
    content_type: str
    """``text/html``, ``text/markdown`` or ``text/plain``."""

    charset: str | None = None
    """As the other side declared it; None where it did not."""


@dataclass(frozen=True, slots=True)
class Reply:
    """Whatever a server said to one request; nothing of it has been followed or judged."""

    url: str
    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    """By name in lower case."""

    content: bytes = b""
    """Unpacked; empty for an answer other than 200."""


async def fetch(source: str, *, limits: FetchLimits) -> Source:
    """Bring in what ``source`` names.

    Args:
        source: An http or https address, the path of an .html, .md or .txt file, or ``-`` for standard input. Never
            hand a request's text to this: it reads files. `fetch_url` does not.
        limits: How far to go.

    Raises:
        SourceError: it cannot be had; the subclass and the message say why.
    """
    if source == "-":
        return await asyncio.to_thread(_read_stdin, limits)
    if re.match(r"[A-Za-z][A-Za-z0-9+.-]*://", source):
        return await fetch_url(source, limits=limits)
    return await asyncio.to_thread(_read_file, source, limits)


async def fetch_url(url: str, *, limits: FetchLimits) -> Source:
    """Fetch a page from the web.

    Every address that the host resolves to must be allowed, also after a redirect, and the one connected to is one of
    those that were checked. Proxies of the environment are not used, since they would do their own look-up.

    Raises:
        FetchRefused: the address is not http or https, or not public.
        FetchFailed: no such host, no connection, an error status, or an answer that is not HTTP.
        FetchTimeout: it took longer than ``limits.timeout_s``.
        SourceTooLarge: more than ``limits.max_bytes``.
        UnsupportedSource: neither HTML nor Markdown nor plain text.
        NoArticle: the answer is empty.
    """
    answer = await _fetch(url, limits, _ACCEPTED)
    return Source(answer.url, answer.content, _settle_type(answer.declared, answer.content, answer.url), answer.charset)


async def fetch_picture(url: str, *, limits: FetchLimits) -> bytes:
    """Fetch a picture from the web, under the same rules as a page.

    Raises:
        SourceError: it cannot be had, or the other side says that it is something else.
    """
    answer = await _fetch(url, limits, "image/jpeg,image/png,image/webp;q=0.9,image/*;q=0.8")
    if not answer.declared.startswith("image/") and answer.declared not in _UNTOLD:
        raise UnsupportedSource(f"{answer.url} is of type {answer.declared}, not a picture")
    return answer.content


async def ask(url: str, *, limits: FetchLimits, headers: Mapping[str, str] | None = None) -> Reply:
    """Put one GET to the web, under the same rules as a page, and hand back what was answered, redirects included.

    Args:
        url: An http or https address.
        limits: How far to go; ``max_redirects`` does not matter here.
        headers: Beside those that every request has, or in their place: ``Accept``, ``If-None-Match``.

    Raises:
        SourceError: there was no answer, or it was too large.
    """
    rules = AddressRules.parse(limits.allow_private, loopback=limits.allow_loopback)
    return await _bound(_ask(_check_url(url), limits, rules, headers or {}), url, limits)


def to_source(reply: Reply) -> Source:
    """A page out of what a server said.

    Raises:
        FetchFailed: it said anything but yes.
        UnsupportedSource: neither HTML nor Markdown nor plain text.
        NoArticle: the answer is empty.
    """
    if reply.status != httpx.codes.OK:
        raise FetchFailed(f"{reply.url} answers {reply.status}")
    declared, _, parameters = reply.headers.get("content-type", "").partition(";")
    declared = declared.strip().lower()
    _refuse_type(declared, reply.url)
    charset = re.search(r"charset=[\"']?([\w.:-]+)", parameters, re.IGNORECASE)
    settled = _settle_type(declared, reply.content, reply.url)
    return Source(reply.url, reply.content, settled, charset[1] if charset else None)


async def _ask(url: httpx.URL, limits: FetchLimits, rules: AddressRules, headers: Mapping[str, str]) -> Reply:
    asked = {**_headers(limits, "*/*"), **headers}
    async with _client(limits, rules) as client, client.stream("GET", url, headers=asked) as response:
        content = await _read_body(response, limits) if response.status_code == httpx.codes.OK else b""
        return Reply(str(response.url), response.status_code, dict(response.headers.items()), content)


@dataclass(frozen=True, slots=True)
class _Answer:
    url: str
    content: bytes
    declared: str
    charset: str | None


_ACCEPTED = "text/html,application/xhtml+xml,text/markdown;q=0.9,text/plain;q=0.8,*/*;q=0.1"


async def _fetch(url: str, limits: FetchLimits, accepted: str) -> _Answer:
    rules = AddressRules.parse(limits.allow_private, loopback=limits.allow_loopback)
    return await _bound(_get(_check_url(url), limits, rules, accepted), url, limits)


_T = TypeVar("_T")


async def _bound(answer: Awaitable[_T], url: str, limits: FetchLimits) -> _T:
    """What is awaited, within the time; every failure as one of ours."""
    try:
        async with asyncio.timeout(limits.timeout_s):
            return await answer
    except (TimeoutError, httpx.TimeoutException) as error:
        connecting = isinstance(error, httpx.ConnectTimeout)
        allowed_s = limits.connect_s if connecting else limits.timeout_s
        what = "did not accept a connection" if connecting else "did not send the whole page"
        msg = f"{url} {what} within {allowed_s:g} s"
        raise FetchTimeout(msg) from error
    except httpx.TooManyRedirects as error:
        msg = f"{url} redirects more than {limits.max_redirects} times"
        raise FetchFailed(msg) from error
    except (httpx.UnsupportedProtocol, httpx.InvalidURL) as error:
        msg = f"{url} leads to an address that is not http or https: {error}"
        raise FetchRefused(msg) from error
    except (httpx.HTTPError, zlib.error) as error:
        msg = f"{url} could not be fetched: {str(error) or type(error).__name__}"
        raise FetchFailed(msg) from error


def _check_url(url: str) -> httpx.URL:
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL as error:
        msg = f"{url!r} is not an address: {error}"
        raise FetchRefused(msg) from error
    if parsed.scheme not in {"http", "https"} or not parsed.host:
        msg = f"{url!r} cannot be fetched; only http:// and https:// addresses can"
        raise FetchRefused(msg)
    return parsed


async def _get(url: httpx.URL, limits: FetchLimits, rules: AddressRules, accepted: str) -> _Answer:
    asked = _headers(limits, accepted)
    async with (
        _client(limits, rules) as client,
        client.stream("GET", url, headers=asked, follow_redirects=True) as response,
    ):
        final = str(response.url)
        if response.status_code != httpx.codes.OK:
            msg = f"{final} answered {response.status_code} {response.reason_phrase}".rstrip()
            raise FetchFailed(msg)
        declared = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        if accepted is _ACCEPTED:  # before the body: a film need not be fetched to be refused
            _refuse_type(declared, final)
        content = await _read_body(response, limits)
        return _Answer(final, content, declared, response.charset_encoding)


def _headers(limits: FetchLimits, accepted: str) -> dict[str, str]:
    # Only what `_Unpacker` can unpack within a bound.
    return {"User-Agent": limits.user_agent, "Accept": accepted, "Accept-Encoding": "gzip, deflate"}


def _client(limits: FetchLimits, rules: AddressRules) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        transport=GuardedTransport(rules),
        max_redirects=limits.max_redirects,
        timeout=httpx.Timeout(limits.timeout_s, connect=limits.connect_s),
        trust_env=False,
    )


async def _read_body(response: httpx.Response, limits: FetchLimits) -> bytes:
    final = str(response.url)
    n_declared = response.headers.get("content-length", "")
    if n_declared.isdigit() and int(n_declared) > limits.max_bytes:
        _refuse_size(final, limits)
    unpack = _Unpacker(response.headers.get("content-encoding", ""), limits.max_bytes, final)
    content = bytearray()
    n_received = 0
    async for chunk in response.aiter_raw():
        n_received += len(chunk)
        content += unpack(chunk, limits.max_bytes - len(content) + 1)
        if max(n_received, len(content)) > limits.max_bytes:
            _refuse_size(final, limits)
    if content and not unpack.is_complete():
        msg = f"{final} ended in the middle of its packed content"
        raise FetchFailed(msg)
    return bytes(content)


class _Unpacker:
    """Undoes gzip or deflate without ever holding more than the bound."""

    def __init__(self, encoding: str, max_bytes: int, url: str) -> None:
        encoding = encoding.strip().lower()
        if encoding not in {"", "identity", "gzip", "x-gzip", "deflate"}:
            msg = f"{url} came packed as {encoding!r}, which was not asked for; gzip and deflate are understood"
            raise FetchFailed(msg)
        self._packed = encoding not in {"", "identity"}
        self._deflate = encoding == "deflate"
        self._stream = zlib.decompressobj(zlib.MAX_WBITS | 32)  # 32: gzip or zlib, whichever its header says

    def __call__(self, chunk: bytes, n_left: int) -> bytes:
        if not self._packed or not chunk:
            return chunk
        if self._deflate:
            self._deflate = False
            if chunk[0] & 0x0F != zlib.DEFLATED:  # some servers send bare deflate, without the zlib header
                self._stream = zlib.decompressobj(-zlib.MAX_WBITS)
        unpacked = self._stream.decompress(chunk, max(n_left, 1))
        while self._stream.eof and self._stream.unused_data and len(unpacked) < n_left:  # gzip may have several members
            rest = self._stream.unused_data
            if not rest.startswith(b"\x1f\x8b"):
                break
            self._stream = zlib.decompressobj(zlib.MAX_WBITS | 32)
            unpacked += self._stream.decompress(rest, max(n_left - len(unpacked), 1))
        return unpacked

    def is_complete(self) -> bool:
        return not self._packed or self._stream.eof


def _refuse_size(name: str, limits: FetchLimits) -> NoReturn:
    msg = f"{name} has more than {limits.max_bytes:,} bytes, which is the limit"
    raise SourceTooLarge(msg)


def _refuse_type(declared: str, name: str) -> None:
    if declared in _FEEDS:
        msg = (
            f"{name} is a feed ({declared}), not a post; `catwalk follow` and `catwalk archive` take feeds. {_ALLOWED}"
        )
        raise UnsupportedSource(msg)
    xml = declared in {"application/xml", "text/xml"}
    if declared not in _TYPES and declared not in _UNTOLD and not xml:
        msg = f"{name} is of type {declared}; {_ALLOWED}"
        raise UnsupportedSource(msg)


def _settle_type(declared: str, content: bytes, name: str) -> str:
    """The content type, by the bytes where they plainly say otherwise or nothing was declared."""
    if not content.strip(b" \t\r\n\0\xef\xbb\xbf"):
        msg = f"{name} is empty"
        raise NoArticle(msg)
    for signature, kind in _SIGNATURES.items():
        if content.startswith(signature):
            msg = f"{name} is {kind}; {_ALLOWED}"
            raise UnsupportedSource(msg)
    if content.startswith(b"\0\0\0") and content[4:8] == b"ftyp":
        msg = f"{name} is an MP4 or HEIF media file; {_ALLOWED}"
        raise UnsupportedSource(msg)
    head = content[:2048].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if head.startswith(b"<?xml") and re.search(rb"<(rss|feed|rdf:rdf)\b", head):
        _refuse_type("application/rss+xml", name)
    settled = _TYPES.get(declared)
    if settled == PLAIN:
        suffix = Path(httpx.URL(name).path).suffix.lower() if "://" in name else ""
        return MARKDOWN if _SUFFIXES.get(suffix) == MARKDOWN else PLAIN
    return settled or _sniff_type(head)


def _sniff_type(head: bytes) -> str:
    if re.match(rb"<(!doctype|\?xml|html|head|body|article|main|!--|[a-z][a-z0-9]*[\s>])", head):
        return HTML
    marks = rb"^---[ \t]*\r?\n|^#{1,6} \S|^```|^[-*+] \S|^> \S|\]\(|^\[\^?[^\]]+\]:"
    return MARKDOWN if re.search(marks, head, re.MULTILINE) else PLAIN


def _read_stdin(limits: FetchLimits) -> Source:
    content = sys.stdin.buffer.read(limits.max_bytes + 1)
    if len(content) > limits.max_bytes:
        _refuse_size("standard input", limits)
    return Source(None, content, _settle_type("", content, "standard input"))


def take_file(name: str, content: bytes, *, url: str | None = None) -> Source:
    """A file's content as a source; its kind is told by the end of its name and by the bytes.

    Raises:
        UnsupportedSource: it is not .html, .htm, .xhtml, .md, .markdown, .txt or .text, or something else inside.
        NoArticle: it is empty.
    """
    declared = _SUFFIXES.get(PurePath(name).suffix.lower())
    settled = _settle_type(declared or "", content, name)
    if declared is None:
        msg = f"{name} is not a file that can be read aloud; {_ALLOWED}: .html, .htm, .md, .markdown, .txt"
        raise UnsupportedSource(msg)
    return Source(url, content, settled)


def _read_file(source: str, limits: FetchLimits) -> Source:
    path = Path(source).expanduser()
    if path.is_dir():
        msg = f"{source} is a folder; give a file in it"
        raise UnsupportedSource(msg)
    try:
        with path.open("rb") as file:
            content = file.read(limits.max_bytes + 1)
    except (FileNotFoundError, NotADirectoryError) as error:
        msg = f"no such file: {source}; an address begins with http:// or https://"
        raise FetchFailed(msg) from error
    except (OSError, ValueError) as error:
        msg = f"{source} cannot be opened: {error}"
        raise FetchFailed(msg) from error
    if len(content) > limits.max_bytes:
        _refuse_size(source, limits)
    return take_file(source, content, url=path.resolve().as_uri())
