"""Starts a peer, waits until it answers, and ends everything that it started."""

from __future__ import annotations

import contextlib
import ctypes
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx
import psutil

from benchmarks.peer_servers.environments import own_environment

_START_TIMEOUT_S = 120.0
_KILL_ROUNDS, _KILL_TIMEOUT_S = 10, 10.0
_LOG_TAIL_CHARS = 400
_PR_SET_CHILD_SUBREAPER = 36  # linux/prctl.h


class PeerFailedError(Exception):
    """A peer did not come up, or broke down under the load."""


def adopt_orphans() -> None:
    """Become the parent of whatever our descendants leave behind, so that it can be found and ended."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1)


def descendants() -> list[psutil.Process]:
    """Every process that this one started, at any depth."""
    return psutil.Process().children(recursive=True)


def spent_cpu_s() -> dict[int, float]:
    """Processor seconds that each descendant has spent so far, by process id."""
    spent = {}
    for process in descendants():
        with contextlib.suppress(psutil.Error):
            times = process.cpu_times()
            spent[process.pid] = times.user + times.system
    return spent


@contextlib.contextmanager
def running(
    command: Sequence[str], *, path: str, body: Mapping[str, Any], environment: Mapping[str, str], settle_s: float
) -> Iterator[str]:
    """A server in processes of its own; yields its address once it answers, and ends all of it afterwards.

    Args:
        command: ``{port}`` and ``{folder}`` in it become a free port and a folder that lasts as long as the server.
        path: Where the no-op is.
        body: A request that is answered with 200.
        environment: Variables added to ours.
        settle_s: How long it is left alone after its first answer.

    Raises:
        PeerFailedError: it ended, or gave no answer in time.
    """
    with tempfile.TemporaryDirectory(prefix="cw-peer-", ignore_cleanup_errors=True) as folder:
        log_path = Path(folder) / "log"
        url = f"http://127.0.0.1:{(port := _free_port())}"
        with log_path.open("wb") as log:
            process = subprocess.Popen(
                [part.format(port=port, folder=folder) for part in command],
                env=own_environment() | {name: value.format(folder=folder) for name, value in environment.items()},
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C is ours to handle: we end it in good order
            )
        try:
            _await_answer(process, url + path, body, log_path)
            time.sleep(settle_s)
            yield url
        finally:
            end_all()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def _await_answer(process: subprocess.Popen[bytes], url: str, body: Mapping[str, Any], log_path: Path) -> None:
    deadline_s, said = time.monotonic() + _START_TIMEOUT_S, "nothing"
    while time.monotonic() < deadline_s:
        if process.poll() is not None:
            raise PeerFailedError(f"it ended with exit code {process.returncode}: {_tail(log_path)}")
        with contextlib.suppress(httpx.HTTPError):
            answer = httpx.post(url, json=dict(body), timeout=5)
            if answer.is_success:
                return
            said = f"{answer.status_code} {answer.text[:200]}"
        time.sleep(0.1)
    raise PeerFailedError(
        f"it did not answer well within {_START_TIMEOUT_S:.0f} s, last with {said}: {_tail(log_path)}"
    )


def _tail(log_path: Path) -> str:
    return log_path.read_text(errors="replace").strip()[-_LOG_TAIL_CHARS:]


def end_all() -> None:
    """End every descendant at once: none of them holds anything worth keeping."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)  # a second Ctrl-C must not leave anything running
    try:
        for _ in range(_KILL_ROUNDS):  # what is started while others are ended is met in the next round
            left = descendants()
            if not left:
                return
            for each in left:
                with contextlib.suppress(psutil.NoSuchProcess):
                    each.kill()
            psutil.wait_procs(left, timeout=_KILL_TIMEOUT_S)
        raise PeerFailedError(f"could not be ended: {[each.pid for each in descendants()]}")
    finally:
        signal.signal(signal.SIGINT, before)
