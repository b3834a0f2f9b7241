"""``install``: Python environments of their own for single backends."""

from __future__ import annotations

import sys
from pathlib import Path

import click


@click.command()
@click.argument("backend", required=False)
@click.option("--remove", is_flag=True, help="Remove the backend's environment instead.")
@click.option("--list", "as_list", is_flag=True, help="Show which backends can have one, and which have.")
def install(backend: str | None, remove: bool, as_list: bool) -> None:
    """Build a Python environment of its own for BACKEND, from pinned packages whose hashes are checked.

    Its models run there from their next load on, beside all others.

    \b
    catwalk install tortoise
    catwalk install --list
    catwalk install --remove tortoise
    """
    from catwalk.serving import environments
    from catwalk.settings import read_settings

    home = read_settings().home
    if as_list:
        _show(home)
        return
    if backend is None:
        raise click.UsageError("name a backend, or say --list")
    if remove:
        environments.remove(backend, home)
        print(f"{backend} is removed")
        return
    from catwalk.backends import find_factory, import_backend

    requires = import_backend(find_factory(backend)).requires
    print(environments.install(backend, home, say=_say, requires=requires).folder)


def _show(home: Path) -> None:
    from catwalk.serving import environments

    there = {each.backend: each.folder for each in environments.installed(home)}
    for backend in sorted({*environments.available(), *there}):
        print(f"{backend:<18}{there.get(backend, '-')}")


def _say(line: str) -> None:
    """Progress, on stderr: one line that changes at a terminal, else a line a package."""
    if sys.stderr.isatty():
        print(f"\r\x1b[K{line[:100]}", end="", file=sys.stderr, flush=True)
    elif not line.startswith("WARNING"):
        print(line, file=sys.stderr)


COMMANDS = (install,)
