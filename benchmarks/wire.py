"""A lean HTTP/1.1 client for load: the request is ready-made bytes, of the answer only its end is looked for.

A full client spends more on a call than the server does, which would hide what is measured.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping
from urllib.parse import urlsplit


def make_request(url: str, path: str, body: Mapping[str, object] | None = None) -> bytes:
    """The bytes of one keep-alive request."""
    content = json.dumps(body).encode() if body is not None else b""
    head = f"{'POST' if body is not None else 'GET'} {path} HTTP/1.1\r\nHost: {urlsplit(url).netloc}\r\n"
    if body is not None:
        head += f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n"
    return f"{head}\r\n".encode() + content


async def call(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes) -> tuple[float, float]:
    """Send one request and read its answer; returns seconds to the first byte of the body and to the last.

    Raises:
        RuntimeError: the answer is not a 200.
    """
    started_s = time.perf_counter()
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    if b" 200 " not in head[:20]:
        raise RuntimeError(head.decode(errors="replace"))
    lowered = head.lower()
    if b"transfer-encoding: chunked" in lowered:
        first_s = await _read_chunks(reader, started_s)
    else:
        length = int(lowered.partition(b"content-length: ")[2].partition(b"\r\n")[0])
        await reader.readexactly(length)
        first_s = time.perf_counter() - started_s
    return first_s, time.perf_counter() - started_s


async def _read_chunks(reader: asyncio.StreamReader, started_s: float) -> float:
    first_s = 0.0
    while length := int(await reader.readuntil(b"\r\n"), 16):
        await reader.readexactly(length + 2)
        first_s = first_s or time.perf_counter() - started_s
    await reader.readexactly(2)
    return first_s


async def load(
    url: str, request: bytes, *, concurrency: int, n_requests: int
) -> tuple[list[tuple[float, float]], float]:
    """Send the request ``n_requests`` times over ``concurrency`` connections.

    Returns:
        Seconds to first and last byte of each call, and the seconds that all of it took.
    """
    address = urlsplit(url)
    times: list[tuple[float, float]] = []
    left = iter(range(n_requests))

    async def one_connection() -> None:
        reader, writer = await asyncio.open_connection(address.hostname, address.port, limit=1 << 24)
        times.extend([await call(reader, writer, request) for _ in left])
        writer.close()
        await writer.wait_closed()

    started_s = time.perf_counter()
    await asyncio.gather(*(one_connection() for _ in range(concurrency)))
    return times, time.perf_counter() - started_s
