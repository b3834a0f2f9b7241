"""What the tests share: a data folder of their own, catalogs of fakes, and a real server in front of them."""

from __future__ import annotations

import asyncio
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import hypothesis
import pytest
import uvicorn

import tiny
from catwalk.app.server import Server, build
from catwalk.backends import TABLE, import_backend
from catwalk.serving import environments, weights
from catwalk.settings import Settings, read_settings
from isolated import IsolatedBackend

hypothesis.settings.register_profile("unhurried", deadline=None)
hypothesis.settings.load_profile("unhurried")
"""A test says what is right, never how fast: machines are busy."""

pytest_plugins = ["disks", "libraries"]
collect_ignore = [] if tiny.IN_FORCE else ["models"]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No test touches the person's data, settings or server."""
    for name in list(os.environ):
        if name.startswith("CATWALK_"):
            monkeypatch.delenv(name)
    home = tmp_path / "home"
    monkeypatch.setenv("CATWALK_HOME", str(home))
    monkeypatch.setenv("CATWALK_URL", "http://127.0.0.1:9")  # the discard port: nobody answers
    return home


@dataclass(frozen=True)
class RunningServer:
    """A server on a port of its own, in a thread of this process, with workers of its own."""

    url: str
    server: Server

    def http(self) -> httpx.Client:
        return httpx.Client(base_url=self.url, timeout=60)


@pytest.fixture(scope="session")
def shared_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder whose weights are joined once for all tests."""
    return tmp_path_factory.mktemp("home")


def run_server(settings: Settings, *, works: bool = False) -> Iterator[RunningServer]:
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    server = build(settings, works=works)
    runner = uvicorn.Server(uvicorn.Config(server.http, log_level="warning", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=lambda: asyncio.run(runner.serve(sockets=[listener])), daemon=True)
    thread.start()
    while not runner.started:
        time.sleep(0.01)  # the one wait for a real socket to open
    yield RunningServer(f"http://127.0.0.1:{port}", server)
    runner.should_exit = True
    thread.join(20)


FAKES: dict[str, Any] = {
    "eye": {"backend": "fake", "tasks": ["caption"]},
    "slow": {"backend": "fake", "options": {"run_s": 0.2}},
    "broken": {"backend": "fake", "options": {"fault": "run"}},
    "brittle": {"backend": "fake", "options": {"fault": "late"}},
    "unloadable": {"backend": "fake", "options": {"fault": "load"}},
    "mortal": {"backend": "fake", "options": {"fault": "die"}},
}
"""Models that misbehave on purpose, and one that only looks, beside the built-in ones."""


@pytest.fixture(scope="session")
def running(shared_home: Path) -> Iterator[RunningServer]:
    """A server with every built-in model and the misbehaving fakes."""
    yield from run_server(read_settings(home=shared_home, models=FAKES))


@pytest.fixture
def settings(own_home: Path) -> Callable[..., Settings]:
    def make(**changes: Any) -> Settings:
        return read_settings(home=own_home, **changes)

    return make


@pytest.fixture(scope="module")
def loaded() -> Iterator[dict[str, Any]]:
    """Backends that tests of one file have loaded, by name."""
    backends: dict[str, Any] = {}
    yield backends
    for backend in backends.values():
        if hasattr(backend, "close"):
            backend.close()


@pytest.fixture
def backend(
    request: pytest.FixtureRequest,
    loaded: dict[str, Any],
    shared_home: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Any:
    """The backend that a test asks for by name, loaded once a file: see :func:`tiny.performing`."""
    name: str = request.param
    if name not in loaded:
        if name == tiny.FAR:
            running: RunningServer = request.getfixturevalue("running")
            options = {"url": running.url, "model": "fake", "voices": ["tone", "low"]}
            loaded[name] = import_backend(TABLE[name]).load(None, options)
        elif name in tiny.SPECS:
            spec = tiny.SPECS[name]
            loaded[name] = import_backend(spec.factory).load(weights.locate(spec, shared_home), spec.options)
        else:
            loaded[name] = _load_tiny(name, tmp_path_factory.mktemp(name))
        loaded[name].warm_up()
    return loaded[name]


def _load_tiny(name: str, folder: Path) -> Any:
    """In this process, or in a worker in the backend's own environment where it has one."""
    model = tiny.build(name, folder)
    environment = environments.find(name, tiny.ENVIRONMENTS_HOME)
    if environment is None:
        return import_backend(TABLE[name]).load(model.weights, model.options)
    return IsolatedBackend(TABLE[name], model.weights, model.options, environment, folder / "worker.log")
