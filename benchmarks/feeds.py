"""What publishing costs: pages of a long feed, media over loopback, an audiobook of many episodes.

Call it as ``python -m benchmarks.feeds``; it takes about two minutes.
"""

from __future__ import annotations

import contextlib
import hashlib
import multiprocessing
import os
import socket
import tempfile
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import uvicorn
from fastapi import FastAPI

from benchmarks.measurement import describe_machine, median, print_table, quantile, write_result
from catwalk.audio.codec import AudioFormat, encode
from catwalk.audio.waveform import Waveform
from catwalk.podcast.audiobook import Piece, write_audiobook
from catwalk.podcast.feed import PAGE_EPISODES, count_pages, make_guid, write_feed
from catwalk.podcast.notes import clean_html
from catwalk.podcast.show import FeedEpisode, FeedShow, Media, PublishedFile, find_places
from catwalk.reader.chapters import Chapter
from catwalk.reader.tags import EpisodeMeta
from catwalk.studio.media import build_router

N_EPISODES = 10_000
NOTES_BYTES = 3_000
N_TONES, TONE_S = 100, 60.0
FILE_BYTES = 256 * 1024 * 1024
RANGE_BYTES = 1024 * 1024
RECEIVED_BYTES = 1 << 20
BASE_URL = "https://box.example"


class Shelf:
    """A show of many episodes, and one large file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.show = FeedShow(
            "long",
            "A long show",
            "All of it.",
            "https://blog.example/",
            "en",
            make_guid(BASE_URL),
            _media("cover", ".jpg"),
        )
        self.episodes = [_episode(number) for number in range(N_EPISODES)]

    def list_shows(self) -> list[FeedShow]:
        return [self.show]

    def find_show(self, slug: str) -> FeedShow | None:
        return self.show if slug == self.show.slug else None

    def count_episodes(self, slug: str) -> int:
        return len(self.episodes)

    def list_episodes(self, slug: str, *, start: int, n_most: int) -> list[FeedEpisode]:
        return self.episodes[start : start + n_most]

    def find_media(self, name: str) -> PublishedFile | None:
        return PublishedFile(self.folder / name, is_public=True)


def _media(text: str, suffix: str) -> Media:
    return Media(hashlib.sha256(text.encode()).hexdigest() + suffix, 20_000_000)


def _episode(number: int) -> FeedEpisode:
    link = f'<li><a href="https://blog.example/{number}?a=1&amp;b=2">A post that says more</a></li>'
    notes = "<p>How it came about &amp; what became of it.</p><ul>" + link * (NOTES_BYTES // len(link)) + "</ul>"
    return FeedEpisode(
        guid=f"episode-{number}",
        title=f"Post {number} — what was found",
        published=datetime(2026, 1, 1, tzinfo=UTC) - timedelta(days=number),
        audio=_media(f"a{number}", ".mp3"),
        duration_s=1200.0,
        link=f"https://blog.example/{number}",
        author="Ada Pott",
        summary="How it came about, and what became of it. " * 10,
        notes=notes,
        transcript=_media(f"t{number}", ".vtt"),
        chapters=_media(f"c{number}", ".json"),
    )


def measure_feed(shelf: Shelf) -> dict[str, Any]:
    """Seconds for each page, and for all of them."""
    places, n_pages = find_places(BASE_URL, shelf.show), count_pages(N_EPISODES)
    took_s, n_bytes = [], 0
    for page in range(1, n_pages + 1):
        these = shelf.list_episodes("long", start=(page - 1) * PAGE_EPISODES, n_most=PAGE_EPISODES)
        started_s = time.perf_counter()
        content = write_feed(shelf.show, these, places, page=page, n_pages=n_pages)
        took_s.append(time.perf_counter() - started_s)
        n_bytes += len(content)
    started_s = time.perf_counter()
    for episode in shelf.episodes[:1000]:
        clean_html(episode.notes)
    clean_us = (time.perf_counter() - started_s) * 1000
    return {
        "episodes": N_EPISODES,
        "pages": n_pages,
        "page_p50_ms": round(1000 * median(took_s), 1),
        "page_p95_ms": round(1000 * quantile(took_s, 0.95), 1),
        "all_s": round(sum(took_s), 2),
        "all_mb": round(n_bytes / 1e6, 1),
        "clean_notes_us": round(clean_us, 1),
    }


def _serve(folder: str, listening: socket.socket) -> None:
    app = FastAPI()
    app.include_router(build_router(Shelf(Path(folder))))
    uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off")).run(sockets=[listening])


@contextlib.contextmanager
def _served(folder: Path) -> Iterator[tuple[str, int]]:
    listening = socket.create_server(("127.0.0.1", 0))
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=(str(folder), listening))
    process.start()
    try:
        address = listening.getsockname()[:2]
        _get(address, "/feeds/long.xml")  # waits until the server has come up
        yield address
    finally:
        process.terminate()
        process.join()


def _get(address: tuple[str, int], path: str, *lines: str) -> tuple[bytes, int]:
    """Head of the answer and bytes of its body, read as fast as it comes."""
    head = "".join(f"{line}\r\n" for line in (f"GET {path} HTTP/1.1", "Host: box", "Connection: close", *lines))
    with socket.create_connection(address) as connection:
        connection.sendall(f"{head}\r\n".encode())
        buffer = bytearray(RECEIVED_BYTES)
        n_bytes, first = 0, b""
        while n_read := connection.recv_into(buffer):
            first = first or bytes(buffer[:n_read])
            n_bytes += n_read
    answered = first.partition(b"\r\n\r\n")[0]
    return answered, n_bytes - len(answered) - 4


def measure_media(folder: Path) -> dict[str, Any]:
    """Megabytes a second for a whole file beside a plain read of it, and milliseconds for small things."""
    name = "f" * 64 + ".mp3"
    with (folder / name).open("wb") as file:
        for _ in range(FILE_BYTES // RECEIVED_BYTES):
            file.write(os.urandom(RECEIVED_BYTES))
    raw_s = min(_time_read(folder / name) for _ in range(5))
    with _served(folder) as address:
        path = f"/media/public/{name}"
        whole_s = min(_time(address, path, FILE_BYTES) for _ in range(5))
        tag = f'If-None-Match: "{"f" * 64}"'
        ranges = [f"Range: bytes={at * RANGE_BYTES}-{(at + 1) * RANGE_BYTES - 1}" for at in range(0, 200, 2)]
        range_ms = [1000 * _time(address, path, RANGE_BYTES, line) for line in ranges]
        unchanged_ms = [1000 * _time(address, path, 0, tag) for _ in range(200)]
        feed_ms = [1000 * _time(address, "/feeds/long.xml", None) for _ in range(20)]
        together_mb_s = _time_together(address, path, 8)
    return {
        "file_mb": FILE_BYTES // 1_000_000,
        "raw_read_mb_s": round(FILE_BYTES / raw_s / 1e6),
        "http_mb_s": round(FILE_BYTES / whole_s / 1e6),
        "http_8_at_once_mb_s": round(together_mb_s),
        "range_1_mib_p50_ms": round(median(range_ms), 2),
        "unchanged_p50_ms": round(median(unchanged_ms), 2),
        "feed_page_p50_ms": round(median(feed_ms), 1),
    }


def _time_read(path: Path) -> float:
    started_s = time.perf_counter()
    buffer = bytearray(RECEIVED_BYTES)
    with path.open("rb", buffering=0) as file:
        while file.readinto(buffer):
            pass
    return time.perf_counter() - started_s


def _time(address: tuple[str, int], path: str, n_expected: int | None, *lines: str) -> float:
    started_s = time.perf_counter()
    _, n_bytes = _get(address, path, *lines)
    took_s = time.perf_counter() - started_s
    assert n_expected is None or n_bytes == n_expected, (n_bytes, n_expected)
    return took_s


def _time_together(address: tuple[str, int], path: str, n_callers: int) -> float:
    callers = [threading.Thread(target=_get, args=(address, path)) for _ in range(n_callers)]
    started_s = time.perf_counter()
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    return n_callers * FILE_BYTES / (time.perf_counter() - started_s) / 1e6


def measure_audiobook(folder: Path) -> dict[str, Any]:
    """Seconds and memory for a book of many episodes."""
    samples = np.arange(round(44_100 * TONE_S)) / 44_100
    pieces = []
    for number in range(N_TONES):
        path = folder / f"{number}.mp3"
        tone = (0.2 * np.sin(2 * np.pi * (220 + 5 * number) * samples)).astype(np.float32)
        path.write_bytes(encode(Waveform(tone, 44_100), AudioFormat.MP3, bitrate_bps=96_000))
        pieces.append(Piece(path, f"Episode {number}", (Chapter(0, 30, "First"), Chapter(30, TONE_S, "Second"))))
    held: list[int] = []

    def look(_done: int, _total: int) -> None:
        held.append(psutil.Process().memory_info().rss)

    started_s = time.perf_counter()
    book = write_audiobook(pieces, EpisodeMeta("A long show", "Ada"), folder / "book.m4b", progress=look)
    took_s = time.perf_counter() - started_s
    return {
        "episodes": N_TONES,
        "audio_min": round(book.duration_s / 60, 1),
        "took_s": round(took_s, 1),
        "times_real_time": round(book.duration_s / took_s),
        "file_mb": round(book.path.stat().st_size / 1e6, 1),
        # Of the second half: by then every buffer has its size, and what still grows is the index.
        "memory_mb_an_hour": round((held[-1] - held[N_TONES // 2]) / 1e6 / (book.duration_s / 2 / 3600), 1),
        "chapters": len(book.chapters),
    }


def main() -> None:
    """Measure, print, write."""
    machine = describe_machine()
    with tempfile.TemporaryDirectory(prefix="catwalk-feeds-") as name:
        folder = Path(name)
        result = {
            "machine": machine,
            "feed": measure_feed(Shelf(folder)),
            "media": measure_media(folder),
            "audiobook": measure_audiobook(folder),
        }
    for part in ("feed", "media", "audiobook"):
        print(f"\n{part}")
        print_table([result[part]])
    write_result("feeds", result)


if __name__ == "__main__":
    main()
