"""The same load by ``wrk``, a generator in C that costs next to nothing: a check on our own."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.peer_servers.processes import PeerFailedError

_MS = {"us": 0.001, "ms": 1.0, "s": 1000.0, "m": 60_000.0}
_SCRIPT = 'wrk.method = "POST"\nwrk.body = [==[{body}]==]\nwrk.headers["Content-Type"] = "application/json"\n'


def is_there() -> bool:
    """Whether it is installed."""
    return shutil.which("wrk") is not None


def measure(url: str, body: Mapping[str, Any], *, connections: int, seconds: float) -> dict[str, float]:
    """Latency in milliseconds and calls a second over so many connections.

    Raises:
        PeerFailedError: an answer was not a 2xx, or a connection broke.
    """
    with tempfile.TemporaryDirectory(prefix="cw-peer-") as folder:
        script = Path(folder) / "post.lua"
        script.write_text(_SCRIPT.format(body=json.dumps(dict(body))))
        command = [
            "wrk",
            "-t1",
            f"-c{connections}",
            f"-d{max(1, round(seconds))}s",
            "--latency",
            "-s",
            str(script),
            url,
        ]
        return parse(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def parse(report: str) -> dict[str, float]:
    """The figures of a report.

    Raises:
        PeerFailedError: the report tells of errors, or is none.
    """
    trouble = re.search(r"^\s*(Socket errors:.*|Non-2xx.*)$", report, re.MULTILINE)
    if trouble:
        raise PeerFailedError(f"wrk: {trouble[1]}")
    shares = {
        share: float(value) * _MS[unit] for share, value, unit in re.findall(r"(\d+)% +([\d.]+)(us|ms|s|m)\b", report)
    }
    rate = re.search(r"Requests/sec: +([\d.]+)", report)
    if rate is None or not {"50", "99"} <= shares.keys():
        raise PeerFailedError(f"wrk said something else: {report[-200:]!r}")
    return {"p50 ms": shares["50"], "p99 ms": shares["99"], "calls/s": float(rate[1])}
