"""How a backend on PyTorch computes: what the options ``device``, ``dtype`` and ``threads`` of a spec mean."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from catwalk.backends.devices import choose_device
from catwalk.errors import InvalidRequest

OPTIONS = frozenset({"device", "dtype", "threads"})
_DTYPES = ("auto", "float32", "float16", "bfloat16")
_MAX_THREADS = 1024


@dataclass(frozen=True, slots=True)
class TorchDevice:
    """Where tensors lie, and in which numbers."""

    device: str
    """``cpu`` or ``cuda:N``."""

    dtype: Any
    """A ``torch.dtype``."""


def settle_device(backend: str, options: Mapping[str, Any]) -> TorchDevice:
    """Settle the options, and tell torch how many threads it has. Imports torch.

    Args:
        backend: Its name, for messages.
        options: ``device``, see :func:`catwalk.backends.devices.choose_device` (``auto``); ``dtype``: ``float32``,
            ``float16``, ``bfloat16`` or ``auto``, which is float16 on a GPU and float32 on a CPU; ``threads`` on a CPU
            (all cores).

    Raises:
        InvalidRequest: an option is out of range.
        LoadFailed: the GPU that was named is not there.
    """
    dtype, threads = str(options.get("dtype", "auto")), options.get("threads", os.cpu_count() or 1)
    if dtype not in _DTYPES:
        raise InvalidRequest(f"{backend}'s option dtype is one of {', '.join(_DTYPES)}, not {dtype!r}")
    if isinstance(threads, bool) or not isinstance(threads, int) or not 1 <= threads <= _MAX_THREADS:
        raise InvalidRequest(f"{backend}'s option threads is a number from 1 to {_MAX_THREADS}, not {threads!r}")
    device = choose_device(str(options.get("device", "auto")))
    import torch  # noqa: PLC0415 - heavy

    torch.set_num_threads(threads)
    if dtype == "auto":
        dtype = "float32" if device == "cpu" else "float16"
    return TorchDevice(device, getattr(torch, dtype))
