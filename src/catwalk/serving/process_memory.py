"""What a worker's process and all its children take in memory: now, and at most since the last look.

Linux tells both. The worker counts with its resident set (RSS), what it shares with others included, so that the sum
over workers is never too small; its children, which share most with it, with their proportional set (PSS,
``/proc/PID/smaps_rollup``). The kernel keeps a high-water mark of the resident set (``VmHWM`` in ``/proc/PID/status``),
which no sampling can miss and which writing 5 to ``/proc/PID/clear_refs`` sets back (proc(5)). Elsewhere psutil's
unique set size stands for all of them.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

from catwalk.serving.budget import RAM, Sizes, larger
from catwalk.serving.gpus import Gpus

_KIB = 1024


@dataclass(frozen=True, slots=True)
class TreeMemory:
    """Bytes of a process tree, by device."""

    resident: Sizes
    """Now."""

    peak: Sizes
    """The most since the peak was set back."""

    @property
    def total_bytes(self) -> int:
        """Bytes now, on all devices together."""
        return sum(self.resident.values())


def measure_tree(pid: int, gpus: Gpus) -> TreeMemory:
    """What the process and its children take; nothing for one that is gone.

    Children cost some milliseconds for each hundred megabytes: call it from a thread.
    """
    pids = list(find_tree(pid))
    resident = peak = 0
    for each in pids:
        if sys.platform == "linux":
            now_bytes, peak_bytes = _measure_worker(each) if each == pid else _measure_child(each)
        else:
            now_bytes, peak_bytes = _measure_elsewhere(each)
        resident += now_bytes
        peak += peak_bytes
    on_gpus = gpus.held_by(pids)
    if not resident and not on_gpus:
        return TreeMemory({}, {})
    now = {RAM: resident, **on_gpus}
    return TreeMemory(now, larger(now, {RAM: peak}))


def set_peak_back(pid: int) -> None:
    """Begin a new peak for the process and its children."""
    for each in find_tree(pid):
        with contextlib.suppress(OSError):  # it ended, or this is not Linux: the peak is then an older, larger one
            Path(f"/proc/{each}/clear_refs").write_text("5")


def find_tree(pid: int) -> Iterator[int]:
    """The process and all its children that still run."""
    if sys.platform == "linux":
        if Path(f"/proc/{pid}").exists():
            yield pid
            for child in _children_linux(pid):
                yield from find_tree(child)
        return
    with contextlib.suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        yield pid
        yield from (child.pid for child in process.children(recursive=True))


def _children_linux(pid: int) -> Iterator[int]:
    # psutil would read the parent of every process of the machine, which takes milliseconds with the GIL held.
    with contextlib.suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            with contextlib.suppress(OSError):
                yield from map(int, (task / "children").read_text().split())


def _measure_worker(pid: int) -> tuple[int, int]:
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0, 0  # it ended meanwhile
    return _read_field(status, "VmRSS:"), _read_field(status, "VmHWM:")


def _measure_child(pid: int) -> tuple[int, int]:
    try:
        pss = _read_field(Path(f"/proc/{pid}/smaps_rollup").read_text(), "Pss:")
    except OSError:
        return 0, 0  # it ended meanwhile
    rss, high = _measure_worker(pid)
    return pss, max(pss, high - (rss - pss))  # what is shared now was shared at the peak


def _measure_elsewhere(pid: int) -> tuple[int, int]:
    try:
        n_bytes = int(psutil.Process(pid).memory_full_info().uss)
    except psutil.Error:
        return 0, 0
    return n_bytes, n_bytes


def _read_field(text: str, name: str) -> int:
    """Bytes of a field that the kernel gives in KiB; 0 where it gives none, as for a process that has ended."""
    for line in text.splitlines():
        if line.startswith(name):
            return int(line.split()[1]) * _KIB
    return 0
