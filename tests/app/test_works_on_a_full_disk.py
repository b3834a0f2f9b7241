"""A server whose data folder lies on a disk of a few megabytes, which somebody else fills while it works."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from catwalk.library.database import open_library
from catwalk.library.inspection import check
from disks import Disk
from sites.blog_server import Answer, BlogServer, Site, serve_blog

PAGE = "<html lang=en><head><title>{0}</title></head><body><article><h1>{0}</h1>{1}</article></body></html>"


def page(title: str, n_paragraphs: int = 4) -> Answer:
    told = (f"<p>Pot number {n} of {title} wants {n} minutes of patience.</p>" for n in range(2, n_paragraphs + 2))
    return Answer(PAGE.format(title, "".join(told)))


@pytest.fixture
def blog() -> Iterator[BlogServer]:
    with serve_blog(Site("tea", {f"/{name}": page(name) for name in ("assam", "ceylon", "darjeeling")}, [])) as server:
        yield server


class Box:
    """A server, and its API."""

    def __init__(self, home: Path) -> None:
        self.home = home
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port = probe.getsockname()[1]
        self.http = httpx.Client(base_url=f"http://127.0.0.1:{self.port}", timeout=60)

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        environment = {
            **os.environ,
            "CATWALK_HOME": str(self.home),
            "CATWALK_READER__MODEL": "fake",
            "CATWALK_READER__LISTENER": "fake",
            "CATWALK_READER__ENCODER": "none",
            "CATWALK_READER__COVER": "none",
            "CATWALK_FETCH__ALLOW_PRIVATE": '["127.0.0.0/8"]',
            "CATWALK_CRAWL__PAUSE_S": "0",
            "CATWALK_JOBS__KEEP_FREE": "4096",
            "CATWALK_MODELS__fake__OPTIONS": '{"run_s": 0.01}',
        }
        command = [sys.executable, "-m", "catwalk", "serve", "--port", str(self.port)]
        with (self.home / "server.log").open("ab") as log:
            process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        try:
            self.until("/healthz", lambda found: True)
            yield
        finally:
            self.http.close()
            process.terminate()
            process.wait(30)

    def ask(self, method: str, path: str, **sent: Any) -> Any:
        answer = self.http.request(method, path, **sent)
        return answer.json() | {"status": answer.status_code}

    def until(self, path: str, holds: Callable[[dict[str, Any]], bool], within_s: float = 90) -> dict[str, Any]:
        end_s = time.monotonic() + within_s
        found: dict[str, Any] = {}
        while time.monotonic() < end_s:
            with contextlib.suppress(httpx.ConnectError):
                found = self.ask("GET", path)
                if holds(found):
                    return found
            time.sleep(0.05)  # a real process, which takes the time that it takes
        raise AssertionError(f"{path} has stayed {found}; the server said {(self.home / 'server.log').read_text()}")

    def add(self, url: str) -> dict[str, Any]:
        added: dict[str, Any] = self.ask("POST", "/v1/episodes", json={"url": url})
        return added


def test_work_rests_on_a_full_disk_says_so_and_goes_on_by_itself_once_there_is_room(
    disk: Disk, blog: BlogServer
) -> None:
    box = Box(disk.folder)
    with box.running():
        first = box.add(f"{blog.root}/assam")
        box.until(f"/v1/episodes/{first['id']}", lambda found: found["state"] == "ready")
        second = box.add(f"{blog.root}/ceylon")
        box.until(f"/v1/jobs/{second['job']}", lambda found: found["state"] == "running")

        disk.fill()
        resting = box.until(f"/v1/jobs/{second['job']}", lambda found: found["problem"] is not None)
        refused = box.add(f"{blog.root}/darjeeling")
        offered = box.http.get(f"/v1/episodes/{first['id']}").json()
        disk.empty()
        box.until(f"/v1/jobs/{second['job']}", lambda found: found["state"] == "done")
        third = box.add(f"{blog.root}/darjeeling")
        box.until(f"/v1/jobs/{third['job']}", lambda found: found["state"] == "done")
        episodes = box.ask("GET", "/v1/episodes")["data"]

    assert resting["state"] == "running"
    assert str(disk.folder) in resting["problem"]
    assert "make room" in resting["problem"]
    assert (refused["status"], refused["error"]["code"]) == (507, "disk_full")
    assert str(disk.folder) in refused["error"]["message"]
    assert offered["state"] == "ready"
    assert {(each["state"], each["problem"], each["to_speak"]) for each in episodes} == {("ready", None, 0)}
    assert list(disk.folder.rglob(".making-*")) == []
    library = open_library(disk.folder)
    assert check(library, deep=True) == []
    library.close()
