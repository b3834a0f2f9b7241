"""``models``, ``load``, ``unload``, ``pin`` and ``unpin``."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from catwalk.client import Client, ModelInfo

T = TypeVar("T")


def call_server(work: Callable[[Client], Awaitable[T]]) -> T:
    """Do ``work`` with a client of the server, or of one inside this process."""
    from catwalk.app.connection import connect
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

    async def work(client: Client) -> tuple[list[ModelInfo], list[dict[str, Any]]]:
        return await client.models(), await client.memory()

    found, memory = call_server(work)
    if as_json:
        for model in found:
            print(json.dumps(model.raw))
        return
    print(f"{'MODEL':<18}{'STATE':<11}{'MEMORY':>9}{'PEAK':>9}{'QUEUE':>7}{'LOADS':>7}  {'LAST USED':<11}TASKS; NOTES")
    for model in found:
        print(_describe(model))
    for device in memory:
        held, limit = device["held_bytes"] + device["reserved_bytes"], device["limit_bytes"]
        print(f"{device['device']}: {held / 1e6:,.0f} of {limit / 1e6:,.0f} MB taken by models")


def _describe(model: ModelInfo) -> str:
    raw = model.raw
    memory = f"{model.resident_bytes / 1e6:.0f} MB" if model.resident_bytes else "-"
    peak = f"{raw.get('peak_bytes', 0) / 1e6:.0f} MB" if raw.get("peak_bytes") else "-"
    used = raw.get("last_used")
    ago = f"{_say_age(time.time() - used)} ago" if used else "-"
    queue, loads = f"{raw.get('running', 0)}+{raw.get('waiting', 0)}", raw.get("loads", 0)
    notes = [", ".join(model.tasks)]
    notes += ["pinned"] if raw.get("pinned") else []
    if raw.get("held_voices"):
        notes.append(f"holds {len(raw['held_voices'])} of {len(raw.get('voices', ()))} voices")
    if raw.get("evictions"):
        notes.append("evicted: " + ", ".join(f"{n} × {why}" for why, n in raw["evictions"].items()))
    if raw.get("last_unload") and model.state == "unloaded":
        notes.append(f"left: {raw['last_unload']}")
    notes += [raw[name] for name in ("stuck", "error", "missing") if raw.get(name)]
    state = f"{model.name:<18}{model.state:<11}{memory:>9}{peak:>9}"
    return f"{state}{queue:>7}{loads:>7}  {ago:<11}{'; '.join(notes)}"


def _say_age(seconds: float) -> str:
    for unit, length_s in (("d", 86400.0), ("h", 3600.0), ("min", 60.0)):
        if seconds >= length_s:
            return f"{seconds / length_s:.0f} {unit}"
    return f"{seconds:.0f} s"


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


@click.command()
@click.argument("model")
def pin(model: str) -> None:
    """Never evict MODEL from the running server's memory, whoever else needs room.

    \b
    catwalk pin kokoro
    """
    _change(model, lambda client: client.pin(model))


@click.command()
@click.argument("model")
def unpin(model: str) -> None:
    """Let MODEL be evicted again.

    \b
    catwalk unpin kokoro
    """
    _change(model, lambda client: client.pin(model, pinned=False))


def _change(model: str, change: Callable[[Client], Awaitable[ModelInfo]]) -> None:
    from catwalk.app.connection import require_server
    from catwalk.settings import read_settings

    async def run() -> ModelInfo:
        async with require_server(read_settings()) as client:
            return await change(client)

    done = asyncio.run(run())
    pinned = ", pinned" if done.raw.get("pinned") else ""
    print(f"{done.name} is {done.state}, {done.resident_bytes / 1e6:.0f} MB{pinned}")


COMMANDS = (models, load, unload, pin, unpin)
