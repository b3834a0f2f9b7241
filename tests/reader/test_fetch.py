"""What is fetched, what is refused, and how far a fetch goes."""

from __future__ import annotations

import asyncio
import gzip
import io
import sys
import zlib
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import pytest

from catwalk.errors import (
    FetchFailed,
    FetchRefused,
    FetchTimeout,
    NoArticle,
    SourceError,
    SourceTooLarge,
    UnsupportedSource,
)
from catwalk.reader.fetch import FetchLimits, Source, fetch, fetch_picture, fetch_url

PAGE = b"<!doctype html><title>A page</title><p>Some words."
LOCAL = FetchLimits(timeout_s=5, connect_s=2, allow_loopback=True)

Answer = Callable[[str, asyncio.StreamWriter], Awaitable[None]]


@contextmanager
def serving(answer: Answer) -> Iterator[str]:
    """A server on loopback, in a thread of its own, that hands every request's head to ``answer``."""
    loop = asyncio.new_event_loop()

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await answer((await reader.readuntil(b"\r\n\r\n")).decode(), writer)
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def close_all(server: asyncio.Server) -> None:
        server.close()
        running = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    server = loop.run_until_complete(asyncio.start_server(converse, "127.0.0.1", 0))
    port = server.sockets[0].getsockname()[1]
    thread = Thread(target=loop.run_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        asyncio.run_coroutine_threadsafe(close_all(server), loop).result(5)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def answering(body: bytes, *headers: str, status: str = "200 OK") -> Answer:
    async def answer(head: str, writer: asyncio.StreamWriter) -> None:
        lines = [f"HTTP/1.1 {status}", *headers, f"Content-Length: {len(body)}", "Connection: close", "", ""]
        writer.write("\r\n".join(lines).encode() + body)

    return answer


def get(source: str, limits: FetchLimits = LOCAL) -> Source:
    return asyncio.run(fetch(source, limits=limits))


def test_a_page_comes_back_with_its_address_type_and_charset() -> None:
    with serving(answering(PAGE, "Content-Type: text/html; charset=iso-8859-1")) as root:
        source = get(f"{root}/post")

    assert source == Source(f"{root}/post", PAGE, "text/html", "iso-8859-1")


def test_a_redirect_is_followed_and_the_last_address_kept() -> None:
    async def answer(head: str, writer: asyncio.StreamWriter) -> None:
        target = answering(PAGE, "Content-Type: text/html")
        moved = answering(b"", "Location: /new", status="301 Moved Permanently")
        await (target if head.startswith("GET /new ") else moved)(head, writer)

    with serving(answer) as root:
        source = get(f"{root}/old")

    assert source.url == f"{root}/new"


def test_endless_redirects_end() -> None:
    with (
        serving(answering(b"", "Location: /again", status="302 Found")) as root,
        pytest.raises(FetchFailed, match="more than 10 times"),
    ):
        get(root)


def test_a_redirect_to_an_address_that_is_not_public_is_refused() -> None:
    with (
        serving(answering(b"", "Location: http://169.254.169.254/latest/meta-data", status="302 Found")) as root,
        pytest.raises(FetchRefused, match=r"169\.254\.169\.254"),
    ):
        get(root)


def test_a_redirect_to_a_file_is_refused() -> None:
    with (
        serving(answering(b"", "Location: file:///etc/passwd", status="302 Found")) as root,
        pytest.raises(FetchRefused, match="http"),
    ):
        get(root)


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "2130706433", "0x7f000001", "127.1", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0"]
)
def test_this_machine_is_refused_by_every_name_unless_loopback_is_allowed(host: str) -> None:
    with pytest.raises(FetchRefused, match="not a public address"):
        get(f"http://{host}:9/", FetchLimits())


def test_a_private_network_can_be_named() -> None:
    limits = FetchLimits(timeout_s=5, allow_private=("127.0.0.0/8",))

    with serving(answering(PAGE, "Content-Type: text/html")) as root:
        source = get(root, limits)

    assert source.content == PAGE


def test_the_host_header_names_the_host_that_was_asked_for() -> None:
    heads: list[str] = []

    async def answer(head: str, writer: asyncio.StreamWriter) -> None:
        heads.append(head)
        await answering(PAGE, "Content-Type: text/html")(head, writer)

    with serving(answer) as root:
        get(root.replace("127.0.0.1", "localhost"))

    assert "host: localhost:" in heads[0].lower()


@pytest.mark.parametrize("url", ["ftp://example.org/a", "gopher://example.org", "file:///etc/passwd", "http://"])
def test_an_address_that_is_not_http_is_refused(url: str) -> None:
    with pytest.raises(FetchRefused, match="http"):
        get(url)


def test_a_request_never_reads_a_file(tmp_path: Path) -> None:
    path = tmp_path / "secret.txt"
    path.write_text("a secret")

    with pytest.raises(FetchRefused):
        asyncio.run(fetch_url(str(path), limits=LOCAL))


def test_a_refused_connection_is_told() -> None:
    with serving(answering(PAGE)) as root:
        pass

    with pytest.raises(FetchFailed, match="could not be fetched"):
        get(root)


def test_an_unknown_host_is_told() -> None:
    with pytest.raises(FetchFailed, match=r"no-such-host\.invalid"):
        get("http://no-such-host.invalid/")


def test_an_error_status_is_told() -> None:
    with (
        serving(answering(b"gone", "Content-Type: text/html", status="404 Not Found")) as root,
        pytest.raises(FetchFailed, match="404 Not Found"),
    ):
        get(root)


@pytest.mark.parametrize("content_type", ["application/pdf", "image/png", "application/json", "application/rss+xml"])
def test_a_type_that_cannot_be_read_aloud_is_named(content_type: str) -> None:
    with (
        serving(answering(b"...", f"Content-Type: {content_type}")) as root,
        pytest.raises(UnsupportedSource, match=content_type.replace("+", r"\+")),
    ):
        get(root)


def test_a_pdf_that_calls_itself_html_is_still_a_pdf() -> None:
    with (
        serving(answering(b"%PDF-1.7 ...", "Content-Type: text/html")) as root,
        pytest.raises(UnsupportedSource, match="PDF"),
    ):
        get(root)


def test_an_undeclared_type_is_told_from_the_bytes() -> None:
    with serving(answering(b"# A post\n\nWith words.")) as root:
        source = get(root)

    assert source.content_type == "text/markdown"


def test_an_empty_answer_is_no_article() -> None:
    with serving(answering(b"", "Content-Type: text/html")) as root, pytest.raises(NoArticle, match="is empty"):
        get(root)


@pytest.mark.parametrize(
    ("encoding", "packed"),
    [
        ("gzip", gzip.compress(PAGE, mtime=0)),
        ("gzip", gzip.compress(PAGE[:10], mtime=0) + gzip.compress(PAGE[10:], mtime=0)),
        ("deflate", zlib.compress(PAGE)),
        ("deflate", zlib.compress(PAGE, wbits=-15)),
    ],
)
def test_a_packed_page_is_unpacked(encoding: str, packed: bytes) -> None:
    with serving(answering(packed, "Content-Type: text/html", f"Content-Encoding: {encoding}")) as root:
        source = get(root)

    assert source.content == PAGE


def test_half_a_packed_page_is_an_error() -> None:
    half = gzip.compress(PAGE, mtime=0)[:-12]

    with (
        serving(answering(half, "Content-Type: text/html", "Content-Encoding: gzip")) as root,
        pytest.raises(FetchFailed, match="middle"),
    ):
        get(root)


def test_a_packed_page_that_unpacks_to_more_than_the_limit_is_refused() -> None:
    bomb = gzip.compress(bytes(50_000_000))
    limits = FetchLimits(max_bytes=1_000_000, timeout_s=5, allow_loopback=True)

    with (
        serving(answering(bomb, "Content-Type: text/html", "Content-Encoding: gzip")) as root,
        pytest.raises(SourceTooLarge, match="1,000,000 bytes"),
    ):
        get(root, limits)


def test_a_page_larger_than_the_limit_is_refused_whether_it_says_so_or_not() -> None:
    limits = FetchLimits(max_bytes=100, timeout_s=5, allow_loopback=True)

    async def unsaid(head: str, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n" + b"x" * 101)

    with serving(answering(b"x" * 101, "Content-Type: text/html")) as root, pytest.raises(SourceTooLarge):
        get(root, limits)
    with serving(unsaid) as root, pytest.raises(SourceTooLarge):
        get(root, limits)


def test_a_page_that_drips_is_given_up_when_the_time_is_over() -> None:
    async def drip(head: str, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n")
        for _ in range(500):
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.02)

    with serving(drip) as root, pytest.raises(FetchTimeout, match=r"0\.2 s"):
        get(root, FetchLimits(timeout_s=0.2, allow_loopback=True))


def test_a_server_that_says_nothing_is_given_up_when_the_time_is_over() -> None:
    async def say_nothing(head: str, writer: asyncio.StreamWriter) -> None:
        await asyncio.Event().wait()

    with serving(say_nothing) as root, pytest.raises(FetchTimeout):
        get(root, FetchLimits(timeout_s=0.2, allow_loopback=True))


def test_what_is_not_http_is_told() -> None:
    async def babble(head: str, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.example.org ESMTP\r\n")

    with serving(babble) as root, pytest.raises(FetchFailed):
        get(root)


@pytest.mark.parametrize(
    ("name", "content_type"),
    [("a.html", "text/html"), ("a.HTM", "text/html"), ("a.md", "text/markdown"), ("a.txt", "text/plain")],
)
def test_a_file_is_read_as_its_name_says(tmp_path: Path, name: str, content_type: str) -> None:
    path = tmp_path / name
    path.write_text("Some words.")

    source = get(str(path))

    assert source == Source(path.as_uri(), b"Some words.", content_type)


def test_a_missing_file_is_told() -> None:
    with pytest.raises(FetchFailed, match=r"no such file: nowhere\.md"):
        get("nowhere.md")


def test_a_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(UnsupportedSource, match="is a folder"):
        get(str(tmp_path))


@pytest.mark.parametrize("content", [b"", b"  \n\t\n", b"\xef\xbb\xbf"])
def test_an_empty_file_is_no_article(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "empty.md"
    path.write_bytes(content)

    with pytest.raises(NoArticle, match="is empty"):
        get(str(path))


@pytest.mark.parametrize(("name", "content"), [("a.pdf", b"%PDF-1.4"), ("a.docx", b"PK\x03\x04"), ("a.xyz", b"words")])
def test_a_file_of_another_kind_is_told_what_is_allowed(tmp_path: Path, name: str, content: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(content)

    with pytest.raises(UnsupportedSource, match="HTML, Markdown and plain text"):
        get(str(path))


def test_a_file_larger_than_the_limit_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "long.txt"
    path.write_bytes(b"word " * 30)

    with pytest.raises(SourceTooLarge, match="100 bytes"):
        get(str(path), FetchLimits(max_bytes=100))


@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        (b"<!DOCTYPE html><p>Hello", "text/html"),
        (b"\xef\xbb\xbf  <html><p>Hello", "text/html"),
        (b"---\ntitle: A\n---\nHello", "text/markdown"),
        (b"Hello\n\n## A part\n\nMore.", "text/markdown"),
        (b"Hello [there](https://example.org).", "text/markdown"),
        (b"Hello there.\n\n    Indented.\n", "text/plain"),
    ],
)
def test_standard_input_is_told_from_its_bytes(
    monkeypatch: pytest.MonkeyPatch, content: bytes, content_type: str
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))

    source = get("-")

    assert source == Source(None, content, content_type)


def test_every_refusal_is_a_source_error() -> None:
    kinds = (FetchFailed, FetchRefused, FetchTimeout, NoArticle, SourceTooLarge, UnsupportedSource)

    related = [issubclass(kind, SourceError) for kind in kinds]

    assert all(related)


@pytest.mark.parametrize("headers", [["Content-Type: image/png"], ["Content-Type: application/octet-stream"], []])
def test_a_picture_comes_back_as_it_is(headers: list[str]) -> None:
    with serving(answering(b"\x89PNG...", *headers)) as url:
        assert asyncio.run(fetch_picture(f"{url}/a.png", limits=LOCAL)) == b"\x89PNG..."


def test_a_page_in_place_of_a_picture_is_refused() -> None:
    with (
        serving(answering(PAGE, "Content-Type: text/html")) as url,
        pytest.raises(UnsupportedSource, match="text/html"),
    ):
        asyncio.run(fetch_picture(url, limits=LOCAL))


def test_a_picture_is_fetched_under_the_rules_for_pages() -> None:
    with serving(answering(b"x" * 100, "Content-Type: image/png")) as url:
        with pytest.raises(FetchRefused):
            asyncio.run(fetch_picture(url, limits=FetchLimits()))
        with pytest.raises(SourceTooLarge):
            asyncio.run(fetch_picture(url, limits=FetchLimits(max_bytes=50, allow_loopback=True)))
    with pytest.raises(FetchRefused):
        asyncio.run(fetch_picture("data:image/png;base64,AAAA", limits=LOCAL))
