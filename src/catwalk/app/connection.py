"""The way to a server: the one that runs, else one inside this process."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

from catwalk.client import Client
from catwalk.errors import ServerUnreachable
from catwalk.settings import Settings


@contextlib.asynccontextmanager
async def connect(settings: Settings, *, works: bool = False) -> AsyncIterator[Client]:
    """A client of the server at ``settings.url`` when it answers, otherwise of one inside this process.

    Args:
        settings: What the person set.
        works: Whether a server inside this process has jobs too; they run until the caller is done.
    """
    async with Client(settings.url, api_key=settings.api_key) as remote:
        if await remote.answers():
            yield remote
            return
    from catwalk.app.server import serve_inside  # noqa: PLC0415 - whoever has a server need not import another

    async with serve_inside(settings, works=works) as inside:
        yield inside


@contextlib.asynccontextmanager
async def require_server(settings: Settings) -> AsyncIterator[Client]:
    """A client of the server at ``settings.url``.

    Raises:
        ServerUnreachable: no catwalk server answers there.
    """
    async with Client(settings.url, api_key=settings.api_key) as client:
        if not await client.answers():
            raise ServerUnreachable(f"no catwalk server answers at {settings.url}; start one with `catwalk serve`")
        yield client
