"""The studio's page: built files as browsers ask for them, under a policy that lets nothing else run or be loaded."""

from __future__ import annotations

import gzip
import hashlib
import re
from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache
from http import HTTPStatus
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Body, Request, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from catwalk.api.auth import COOKIE, is_known_key
from catwalk.errors import NotPublished, Unauthorized

STATIC = Path(__file__).parent / "static"
"""Where ``make studio`` puts what it builds."""

PLACES = (
    "/",
    "/add",
    "/episodes/{id}",
    "/jobs",
    "/models",
    "/settings",
    "/shows",
    "/shows/{slug}",
    "/voices",
    "/welcome",
)
"""Addresses inside the page, which are all one document: the page itself finds out what to show."""

FOR_PROGRAMS = frozenset(
    {
        "assets",
        "docs",
        "feeds",
        "healthz",
        "media",
        "metrics",
        "openapi.json",
        "readyz",
        "redoc",
        "session",
        "v1",
    }
)
"""First steps of addresses that are no person's: what is not found there is said in JSON whoever asks."""

SESSION = "/session"
"""Where a browser hands in its key, which it gets back as a cookie that no script can read."""

KEEP_S = 365 * 24 * 3600
"""A year, which is as good as for ever to HTTP caches (RFC 9111, section 1.2.2)."""

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' blob:",
        "media-src 'self' blob:",
        "connect-src 'self'",
        "manifest-src 'self'",
        "worker-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        # Svelte's for its own templates, and the page's for the address of its service worker.
        "trusted-types svelte-trusted-html catwalk",
    )
)

_HEADERS = {
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "microphone=(self), camera=(), geolocation=()",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}

_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
}
_PACKED = frozenset(_TYPES) - {".png"}
_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]*")
_ROOT_FILES = (
    "icon-192.png",
    "icon-512.png",
    "icon-maskable-512.png",
    "icon.svg",
    "manifest.webmanifest",
    "offline.css",
    "offline.html",
    "service-worker.js",
    "theme.js",
)

_NOT_BUILT = """<!doctype html>
<html lang="en">
<title>catwalk: the studio was not built</title>
<h1>The studio was not built</h1>
<p>The server runs, but its page is not there. Say <code>make studio</code> in the sources, or install catwalk from a
wheel, which brings the page; then load this address again. The commands and the HTTP API work without it.</p>
</html>
"""


@dataclass(frozen=True, slots=True)
class _File:
    content: bytes
    packed: bytes | None
    """By gzip, where that makes sense."""

    etag: str


def build_router(folder: Path = STATIC, *, key_hashes: Collection[str] = ()) -> APIRouter:
    """The routes of the page.

    Args:
        folder: Where what was built lies.
        key_hashes: Of the keys that open the server; none where it needs no key.
    """
    router = APIRouter(include_in_schema=False)

    def show_page(request: Request) -> Response:
        try:
            return _send(request, folder / "index.html", "no-cache")
        except NotPublished:
            return _say_missing(_NOT_BUILT)

    def show_asset(request: Request, name: str) -> Response:
        if not _NAME.fullmatch(name):
            raise _refuse()
        return _send(request, folder / "assets" / name, f"public, max-age={KEEP_S}, immutable")

    def show_file(request: Request) -> Response:
        return _send(request, folder / request.url.path.removeprefix("/"), "no-cache")

    def open_session(request: Request, key: Annotated[str, Body(embed=True, max_length=200)]) -> Response:
        if key_hashes and not is_known_key(key.strip(), key_hashes):
            raise Unauthorized("this is no key of this server; `catwalk key NAME` makes one")
        response = Response(status_code=HTTPStatus.NO_CONTENT)
        secure = request.url.scheme == "https"
        # Strict: no other site can have the browser call this server in the person's name.
        response.set_cookie(COOKIE, key.strip(), max_age=KEEP_S, httponly=True, samesite="strict", secure=secure)
        return response

    def close_session() -> Response:
        response = Response(status_code=HTTPStatus.NO_CONTENT)
        response.delete_cookie(COOKIE)
        return response

    both = ["GET", "HEAD"]
    for place in PLACES:
        router.add_api_route(place, show_page, methods=both)
    for name in _ROOT_FILES:
        router.add_api_route(f"/{name}", show_file, methods=both)
    router.add_api_route("/assets/{name}", show_asset, methods=both)
    router.add_api_route(SESSION, open_session, methods=["POST"])
    router.add_api_route(SESSION, close_session, methods=["DELETE"])
    return router


def show_missing(otherwise: ASGIApp, folder: Path = STATIC) -> ASGIApp:
    """What answers where no route does: to a browser the page, which says so itself; else ``otherwise``."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not _is_for_page(Request(scope)):
            await otherwise(scope, receive, send)
            return
        page = folder / "index.html"
        try:
            content: str | bytes = _read(page, page.stat().st_mtime_ns).content
        except OSError:
            content = _NOT_BUILT
        await _say_missing(content)(scope, receive, send)

    return answer


def _is_for_page(request: Request) -> bool:
    first = request.url.path.split("/")[1]
    reads = request.method in {"GET", "HEAD"}
    return reads and first not in FOR_PROGRAMS and "text/html" in request.headers.get("accept", "")


def _say_missing(content: str | bytes) -> Response:
    return Response(content, HTTPStatus.NOT_FOUND, _HEADERS | {"Cache-Control": "no-store"}, media_type="text/html")


def is_open(path: str) -> bool:
    """Whether a path is one of the page's own, which hold nothing that a key protects, or where the key is given."""
    if path == SESSION or path.startswith("/assets/") or path.removeprefix("/") in _ROOT_FILES:
        return True
    return any(re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", place), path) for place in PLACES)


def _refuse() -> NotPublished:
    return NotPublished("there is no such file")


def _send(request: Request, path: Path, caching: str) -> Response:
    """A file, or 304 where the browser has it."""
    try:
        file = _read(path, path.stat().st_mtime_ns)
    except OSError as error:
        raise _refuse() from error
    headers = _HEADERS | {"Cache-Control": caching, "ETag": file.etag, "Vary": "Accept-Encoding"}
    if file.etag in request.headers.get("if-none-match", ""):
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    content = file.content
    if file.packed is not None and "gzip" in request.headers.get("accept-encoding", ""):
        content = file.packed
        headers["Content-Encoding"] = "gzip"
    return Response(content, media_type=_TYPES.get(path.suffix, "application/octet-stream"), headers=headers)


@lru_cache(maxsize=128)
def _read(path: Path, changed_ns: int) -> _File:
    """A file as it was at ``changed_ns``, packed once."""
    del changed_ns
    content = path.read_bytes()
    packed = gzip.compress(content, mtime=0) if path.suffix in _PACKED else None
    return _File(content, packed, f'"{hashlib.sha256(content).hexdigest()[:32]}"')
