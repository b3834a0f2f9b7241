"""Which device PyTorch computes on: what the options ``device``, ``dtype`` and ``threads`` of a spec mean."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from catwalk.errors import InvalidRequest, LoadFailed

OPTIONS = frozenset({"device", "dtype", "threads"})
_DTYPES = ("auto", "float32", "float16", "bfloat16")
_ROOM = 1.3
"""A GPU has room when this many times the weights is free on it: activations and the library's own come on top."""


@dataclass(frozen=True, slots=True)
class TorchDevice:
    """Where tensors lie, and in which numbers."""

    device: str
    """``cpu`` or ``cuda:N``."""

    dtype: Any
    """A ``torch.dtype``."""


def choose_device(backend: str, options: Mapping[str, Any], weights: Path) -> TorchDevice:
    """Settle the options and tell torch how many threads it has. Imports torch.

    Args:
        backend: Its name, for messages.
        options: ``device``: ``cpu``, ``cuda:N`` or ``auto``, the GPU with most room, else the CPU (``auto``);
            ``dtype``: ``float32``, ``float16``, ``bfloat16`` or ``auto``, which is float16 on a GPU and float32 on a
            CPU; ``threads`` on a CPU (all cores).
        weights: File or folder whose size says how much room is needed.

    Raises:
        InvalidRequest: an option is out of range.
        LoadFailed: the GPU that was named is not there.
    """
    wanted, dtype = str(options.get("device", "auto")), str(options.get("dtype", "auto"))
    threads = options.get("threads", os.cpu_count() or 1)
    if not re.fullmatch(r"auto|cpu|cuda:\d+", wanted):
        raise InvalidRequest(f"{backend}'s option device is cpu, cuda:N or auto, not {wanted!r}")
    if dtype not in _DTYPES:
        raise InvalidRequest(f"{backend}'s option dtype is one of {', '.join(_DTYPES)}, not {dtype!r}")
    if isinstance(threads, bool) or not isinstance(threads, int) or not 1 <= threads <= 1024:
        raise InvalidRequest(f"{backend}'s option threads is a number from 1 to 1024, not {threads!r}")
    import torch  # noqa: PLC0415 - heavy

    n_gpus = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if wanted.startswith("cuda:") and int(wanted.removeprefix("cuda:")) >= n_gpus:
        raise LoadFailed(f"{backend} is told to run on {wanted}, but torch finds {n_gpus} GPUs here")
    if wanted == "auto":
        free = {f"cuda:{number}": torch.cuda.mem_get_info(number)[0] for number in range(n_gpus)}
        wanted = pick_roomiest(free, round(_ROOM * count_bytes(weights)))
    torch.set_num_threads(threads)
    if dtype == "auto":
        dtype = "float32" if wanted == "cpu" else "float16"
    return TorchDevice(wanted, getattr(torch, dtype))


def pick_roomiest(free_bytes: Mapping[str, int], needed_bytes: int) -> str:
    """The device with the most free memory if that is enough, else ``cpu``."""
    best = max(free_bytes, key=lambda device: free_bytes[device], default="cpu")
    return best if best != "cpu" and free_bytes[best] >= needed_bytes else "cpu"


def count_bytes(weights: Path) -> int:
    """Bytes of the weights in a file or folder, the same tensors in two formats counted once."""
    if weights.is_file():
        return weights.stat().st_size
    sizes: dict[str, int] = {}
    for suffix in ("*.safetensors", "*.bin"):
        found = sum(path.stat().st_size for path in weights.rglob(suffix))
        sizes[suffix] = found
    return max(sizes.values())
