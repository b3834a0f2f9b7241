"""Where a backend that runs on PyTorch computes."""

from __future__ import annotations

import re

from catwalk.errors import InvalidRequest, LoadFailed


def choose_device(wanted: str) -> str:
    """The device that a model goes to: ``cpu`` or ``cuda:N``.

    Args:
        wanted: One of these, or ``auto``: the first GPU where there is one. A server has replaced ``auto`` by the GPU
            with room before it loads anything.

    Raises:
        InvalidRequest: it is none of these.
        LoadFailed: PyTorch sees no such GPU.
    """
    if not re.fullmatch(r"cpu|auto|cuda:\d+", wanted):
        raise InvalidRequest(f"a device is cpu, auto or cuda:0, cuda:1, ..., not {wanted!r}", param="device")
    import torch  # noqa: PLC0415 - heavy, and only in workers

    n_gpus = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if wanted == "auto":
        return "cuda:0" if n_gpus else "cpu"
    if wanted != "cpu" and int(wanted.removeprefix("cuda:")) >= n_gpus:
        raise LoadFailed(f"device is {wanted}, but PyTorch sees {n_gpus} GPUs here")
    return wanted
