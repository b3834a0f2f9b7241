"""What the benchmarks share: the machine's description, quantiles, a server of their own, results on disk."""

from __future__ import annotations

import contextlib
import json
import os
import platform
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import httpx
import psutil

RESULTS = Path(__file__).parent / "results"
_START_TIMEOUT_S = 60.0


def describe_machine() -> dict[str, Any]:
    """What the numbers were measured on."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory_gb": round(psutil.virtual_memory().total / 1e9, 1),
        "python": platform.python_version(),
        "load_before": round(os.getloadavg()[0], 2),
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(": ")[2] for line in lines if line.startswith("model name")), platform.machine())


def quantile(values: Sequence[float], share: float) -> float:
    """The value below which ``share`` of the values lie, by the nearest rank."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def median(values: Sequence[float]) -> float:
    """The middle value."""
    return statistics.median(values)


def print_table(rows: Sequence[dict[str, Any]]) -> None:
    """Rows of one shape as aligned columns."""
    names = list(rows[0])
    cells = [[_show(row[name]) for name in names] for row in rows]
    widths = [max(len(name), *(len(row[index]) for row in cells)) for index, name in enumerate(names)]
    for row in [names, *cells]:
        print(
            "  ".join(
                cell.rjust(width) if index else cell.ljust(width)
                for index, (cell, width) in enumerate(zip(row, widths, strict=True))
            )
        )


def _show(value: Any) -> str:
    return (
        f"{value:.3g}"
        if isinstance(value, float) and value < 100
        else f"{value:.0f}"
        if isinstance(value, float)
        else str(value)
    )


def write_result(name: str, result: dict[str, Any]) -> None:
    """Write ``benchmarks/results/NAME.json``."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{name}.json"
    path.write_text(json.dumps(result, indent=1) + "\n")
    print(f"\nwritten to {path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path}")


@contextlib.contextmanager
def own_home() -> Iterator[Path]:
    """An empty data folder for one run; weights are shared with ``CATWALK_BENCH_HOME`` where that is set."""
    with tempfile.TemporaryDirectory(prefix="catwalk-bench-") as name:
        home = Path(name)
        kept = os.environ.get("CATWALK_BENCH_HOME")
        if kept:
            (Path(kept) / "weights").mkdir(parents=True, exist_ok=True)
            (home / "weights").symlink_to(Path(kept) / "weights")
        yield home


@contextlib.contextmanager
def running_server(
    home: Path,
    *,
    preload: Sequence[str] = (),
    environment: dict[str, str] | None = None,
    log: Path | None = None,
) -> Iterator[str]:
    """A server in a process of its own; yields its address once the named models are ready.

    Args:
        home: Its data folder.
        preload: Models to load first.
        environment: Variables beside this process's own.
        log: Where its structured log goes; nowhere when left out.
    """
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    with (log or Path(os.devnull)).open("ab") as said:
        process = subprocess.Popen(
            [sys.executable, "-m", "catwalk", "serve", "--port", str(port), "--log-format", "json"],
            env={**os.environ, "CATWALK_HOME": str(home), **(environment or {})},
            stdout=subprocess.DEVNULL,
            stderr=said,
        )
    try:
        _await_server(url)
        with httpx.Client(base_url=url, timeout=600) as http:
            for model in preload:
                http.post(f"/v1/models/{model}/load").raise_for_status()
        yield url
    finally:
        process.terminate()
        process.wait(30)


def _await_server(url: str) -> None:
    deadline_s = time.monotonic() + _START_TIMEOUT_S
    while time.monotonic() < deadline_s:
        with contextlib.suppress(httpx.HTTPError):
            if httpx.get(f"{url}/healthz").is_success:
                return
        time.sleep(0.05)
    raise TimeoutError(f"no server came up at {url}")
