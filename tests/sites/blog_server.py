"""A server for one written blog: it logs every request, answers conditional ones, and misbehaves as told."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ROOT = "{root}"
"""Stands in bodies and headers for the address of the server, which is known once it runs."""


@dataclass(frozen=True)
class Answer:
    body: str | bytes = ""
    kind: str = "text/html; charset=utf-8"
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    hangs: bool = False


def redirect(target: str, status: int = 301) -> Answer:
    return Answer(status=status, headers={"Location": target})


@dataclass(frozen=True)
class Truth:
    """A post that must be found: its path, and what is true of it."""

    path: str
    title: str
    day: str
    author: str | None


@dataclass
class Site:
    name: str
    answers: dict[str, Answer]
    truth: list[Truth]
    forbidden: tuple[str, ...] = ()
    """Beginnings of paths that robots.txt disallows."""

    start: str = "/"
    otherwise: Callable[[str], Answer | None] = lambda path: None
    """Pages that are made when they are asked for."""


@dataclass(frozen=True)
class Hit:
    at: float
    path: str
    status: int
    agent: str
    conditional: bool


class BlogServer:
    """One site on loopback. ``faults`` are answers that a path gives first, one after another."""

    def __init__(self, site: Site, now: Callable[[], float]) -> None:
        self.site, self.now = site, now
        self.hits: list[Hit] = []
        self.faults: dict[str, list[Answer]] = {}
        self.closing = threading.Event()
        self.port = 0

    @property
    def root(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def paths(self) -> list[str]:
        return [hit.path for hit in self.hits]

    def answer(self, path: str) -> Answer:
        waiting = self.faults.get(path)
        if waiting:
            return waiting.pop(0)
        return self.site.answers.get(path) or self.site.otherwise(path) or Answer("<h1>Not found</h1>", status=404)


def _make_handler(server: BlogServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            answer = server.answer(self.path)
            if answer.hangs:
                server.hits.append(Hit(server.now(), self.path, 0, self.headers.get("User-Agent", ""), False))
                server.closing.wait(30)
                self.close_connection = True
                return
            body = answer.body.replace(ROOT, server.root).encode() if isinstance(answer.body, str) else answer.body
            tag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
            wanted = self.headers.get("If-None-Match")
            status = 304 if answer.status == 200 and wanted == tag else answer.status
            server.hits.append(Hit(server.now(), self.path, status, self.headers.get("User-Agent", ""), bool(wanted)))
            self.send_response(status)
            for name, value in answer.headers.items():
                self.send_header(name, value.replace(ROOT, server.root))
            if answer.status == 200:
                self.send_header("ETag", tag)
                self.send_header("Content-Type", answer.kind)
            self.send_header("Content-Length", "0" if status == 304 else str(len(body)))
            self.send_header("Connection", "close")
            self.end_headers()
            if status != 304:
                self.wfile.write(body)
            self.close_connection = True

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name that the library gives it
            del format, args

    return Handler


@contextmanager
def serve_blog(site: Site, now: Callable[[], float] = time.time, port: int = 0) -> Iterator[BlogServer]:
    server = BlogServer(site, now)
    listener = ThreadingHTTPServer(("127.0.0.1", port), _make_handler(server))
    listener.daemon_threads = True
    server.port = listener.server_address[1]
    thread = threading.Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.closing.set()
        listener.shutdown()
        listener.server_close()
        thread.join()
