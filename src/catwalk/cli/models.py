"""``models``, ``load`` and ``unload``."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

import click

if TYPE_CHECKING:
    from catwalk.client import Client, ModelInfo

T = TypeVar("T")


def call_server(work: Callable[[Client], Awaitable[T]]) -> T:
    """Do ``work`` with a client of the server, or of one inside this process."""
    from catwalk.app import connect
    from catwalk.settings import read_settings

    async def run() -> T:
        async with connect(read_settings()) as client:
            return await work(client)

    return asyncio.run(run())


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON document a line.")
def models(as_json: bool) -> None:
    """Show every model: what it does, whether it is in memory, and how much it takes.

    \b
    catwalk models
    catwalk models --json | jq 'select(.state == "ready") | .id'
    """

    async def work(client: Client) -> list[ModelInfo]:
        return await client.models()

    found = call_server(work)
    if as_json:
        for model in found:
            print(json.dumps(model.raw))
        return
    print(f"{'MODEL':<18}{'STATE':<11}{'MEMORY':>9}  TASKS")
    for model in found:
        memory = f"{model.resident_bytes / 1e6:.0f} MB" if model.resident_bytes else "-"
        print(f"{model.name:<18}{model.state:<11}{memory:>9}  {', '.join(model.tasks)}")


@click.command()
@click.argument("model")
def load(model: str) -> None:
    """Bring MODEL into the running server's memory.

    \b
    catwalk load kokoro
    """
    _change(model, lambda client: client.load(model))


@click.command()
@click.argument("model")
def unload(model: str) -> None:
    """Let MODEL go from the running server's memory.

    \b
    catwalk unload kokoro
    """
    _change(model, lambda client: client.unload(model))


def _change(model: str, change: Callable[[Client], Awaitable[ModelInfo]]) -> None:
    from catwalk.app import require_server
    from catwalk.settings import read_settings

    async def run() -> ModelInfo:
        async with require_server(read_settings()) as client:
            return await change(client)

    done = asyncio.run(run())
    print(f"{done.name} is {done.state}, {done.resident_bytes / 1e6:.0f} MB")


COMMANDS = (models, load, unload)
