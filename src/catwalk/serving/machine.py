"""What this machine is, and how much of its memory is free."""

from __future__ import annotations

import contextlib
import os
import platform
from pathlib import Path

import psutil

from catwalk.serving.budget import RAM
from catwalk.serving.gpus import Gpus

FREE_SHARE = 0.8
"""Share of what is free when the server starts that models may take, unless the settings say otherwise: the rest is
for the server itself, the file cache and whatever else the person runs."""

_CGROUP = Path("/sys/fs/cgroup")


def free_bytes(gpus: Gpus, cgroup: Path = _CGROUP) -> dict[str, int]:
    """Memory that is free now, by device; inside a container what its own limit leaves.

    Args:
        gpus: Those of this machine.
        cgroup: Folder of the control group (version 2) that this process is in.
    """
    available = psutil.virtual_memory().available
    in_cgroup = _cgroup_free_bytes(cgroup)
    return {RAM: available if in_cgroup is None else min(available, in_cgroup), **gpus.free_bytes()}


def default_budget(gpus: Gpus) -> dict[str, int]:
    """What models may take where the settings say nothing: :data:`FREE_SHARE` of what is free, by device."""
    return {device: int(n_bytes * FREE_SHARE) for device, n_bytes in free_bytes(gpus).items()}


def describe_hardware(gpus: Gpus) -> str:
    """One line by which measurements of one machine are told from those of another."""
    cards = ", ".join(gpus.models().values()) or "no GPU"
    return f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, {cards}"


def _cgroup_free_bytes(folder: Path) -> int | None:
    """What a control group (version 2) leaves of its memory; None where there is no limit."""
    try:
        limit, used = (folder / "memory.max").read_text().strip(), (folder / "memory.current").read_text().strip()
    except OSError:
        return None
    return max(0, int(limit) - int(used) + _droppable_bytes(folder)) if limit != "max" else None


def _droppable_bytes(folder: Path) -> int:
    """Files that a control group keeps in memory until somebody needs it: weights that were read are among them."""
    with contextlib.suppress(OSError):
        for line in (folder / "memory.stat").read_text().splitlines():
            if line.startswith("inactive_file "):
                return int(line.split()[1])
    return 0
