"""What works on this machine and what does not, for ``catwalk doctor``."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass

import psutil

from catwalk import __version__
from catwalk.app.catalogs import build_catalog
from catwalk.backends import find_factory, import_backend
from catwalk.client import Client
from catwalk.errors import CatwalkError, NotServable
from catwalk.serving import environments
from catwalk.serving.resident import check_installed
from catwalk.settings import Settings, find_file

_MIN_FREE_DISK_BYTES = 2 * 10**9


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    subject: str
    good: bool
    message: str


async def examine(settings: Settings, *, mend: bool = False) -> list[Finding]:
    """Look at settings, data folder, memory, backends, library and server.

    Args:
        settings: All of them.
        mend: Whether the library is read whole and mended; else nothing is changed.
    """
    findings = [
        Finding("catwalk", True, f"version {__version__}, settings from {find_file() or 'defaults alone'}"),
        _examine_home(settings),
        *_examine_machine(settings),
        *_examine_backends(settings),
        *_examine_environments(settings),
        *await asyncio.to_thread(_examine_library, settings, mend=mend),
    ]
    async with Client(settings.url, api_key=settings.api_key) as client:
        there = await client.answers()
    message = f"answers at {settings.url}" if there else f"none at {settings.url}; commands run one of their own"
    return [*findings, Finding("server", True, message)]


def _examine_home(settings: Settings) -> Finding:
    home = settings.home
    try:
        home.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        return Finding("data folder", False, f"{home} cannot be made: {error}; set CATWALK_HOME to a folder of yours")
    if not os.access(home, os.W_OK):
        return Finding("data folder", False, f"{home} cannot be written to; set CATWALK_HOME to a folder of yours")
    return Finding("data folder", True, str(home))


def _examine_machine(settings: Settings) -> Iterator[Finding]:
    memory = psutil.virtual_memory()
    yield Finding(
        "machine",
        True,
        f"{os.cpu_count()} cores, {memory.available / 1e9:.1f} of {memory.total / 1e9:.1f} GB memory free",
    )
    place = settings.home if settings.home.exists() else settings.home.parent
    free_bytes = shutil.disk_usage(place).free if place.exists() else 0
    good = free_bytes >= _MIN_FREE_DISK_BYTES
    yield Finding("disk", good, f"{free_bytes / 1e9:.1f} GB free" + ("" if good else "; weights and takes need 2 GB"))


def _examine_backends(settings: Settings) -> Iterator[Finding]:
    spoken = {settings.reader.model, settings.reader.listener}
    for spec in build_catalog(settings.models):
        if spec.is_internal:
            continue
        try:
            environment = check_installed(spec, settings.home)
        except NotServable as error:
            yield Finding(f"model {spec.name}", spec.name not in spoken, error.message)
        else:
            where = "its packages are installed" if environment is None else f"runs in {environment.folder}"
            yield Finding(f"model {spec.name}", True, f"{', '.join(sorted(spec.tasks))}; {where}")


def _examine_environments(settings: Settings) -> Iterator[Finding]:
    for environment in environments.installed(settings.home):
        try:
            requires = import_backend(find_factory(environment.backend)).requires
        except CatwalkError as error:
            yield Finding(f"environment {environment.backend}", False, error.message)
            continue
        wrong = environments.examine(environment, requires)
        yield Finding(f"environment {environment.backend}", wrong is None, wrong or f"{environment.folder} can be used")


_MAX_FLAWS = 10


def _examine_library(settings: Settings, *, mend: bool) -> list[Finding]:
    from catwalk.library import database, inspection

    if settings.library.database is None and not (settings.home / database.FILE_NAME).exists():
        return [Finding("library", True, "none yet")]
    try:
        library = database.open_library(settings.home, settings.library.database)
        try:
            mended, flaws = inspection.mend(library) if mend else ([], inspection.check(library))
            counts = ", ".join(f"{number} {what}" for what, number in inspection.count(library).items())
        finally:
            library.close()
    except CatwalkError as error:
        return [Finding("library", False, error.message)]
    findings = [Finding("library", True, f"mended: {flaw.message}") for flaw in mended[:_MAX_FLAWS]]
    findings += [
        Finding("library", False, flaw.message + ("; --mend mends it" if flaw.mend else ""))
        for flaw in flaws[:_MAX_FLAWS]
    ]
    if len(flaws) > _MAX_FLAWS:
        findings.append(Finding("library", False, f"{len(flaws) - _MAX_FLAWS} more flaws"))
    return [*findings, Finding("library", True, counts), Finding("garbage", True, _tell_garbage(settings))]


def _tell_garbage(settings: Settings) -> str:
    from catwalk.library.collection import find_last

    last = find_last(settings.home)
    if last is None:
        return "never collected yet; a server does it once a day, when no job runs"
    at, collected = last
    return f"last collected at {at:%Y-%m-%d %H:%M} UTC: {collected.n_blobs} files of {collected.n_bytes / 1e6:.1f} MB"
