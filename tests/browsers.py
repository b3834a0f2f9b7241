"""A browser, and a server in front of it; test modules that want them name this in ``pytest_plugins``."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from browsing import Served, Tab, launch, open_tab
from catwalk.studio.page import STATIC


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    assert (STATIC / "index.html").exists(), "the studio was not built: say make studio"
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = Served(tmp_path_factory.mktemp("studio"), port)
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with launch() as launched:
        yield launched


@pytest.fixture
def tab(browser: Browser, served: Served) -> Iterator[Tab]:
    with open_tab(browser, served.url) as tab:
        yield tab
