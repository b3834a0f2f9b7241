"""What NVIDIA's management library (NVML) knows of the GPUs: their memory, and who holds it."""

from __future__ import annotations

import contextlib
from collections.abc import Collection
from typing import Any, Protocol, Self


class Nvml(Protocol):
    """The functions of ``pynvml`` that are used, so that a test can stand in for a GPU."""

    NVMLError: type[Exception]

    def nvmlInit(self) -> None: ...
    def nvmlDeviceGetCount(self) -> int: ...
    def nvmlDeviceGetHandleByIndex(self, index: int) -> Any: ...
    def nvmlDeviceGetName(self, handle: Any) -> str: ...
    def nvmlDeviceGetMemoryInfo(self, handle: Any) -> Any: ...
    def nvmlDeviceGetComputeRunningProcesses(self, handle: Any) -> list[Any]: ...


class Gpus:
    """Every GPU of the machine; devices are named ``cuda:0``, ``cuda:1``, … in NVML's order."""

    def __init__(self, nvml: Nvml | None) -> None:
        self._nvml = nvml
        self._handles: dict[str, Any] = {}
        if nvml is not None:
            for index in range(nvml.nvmlDeviceGetCount()):
                with contextlib.suppress(nvml.NVMLError):  # one that is lost must not hide the others
                    self._handles[f"cuda:{index}"] = nvml.nvmlDeviceGetHandleByIndex(index)

    @classmethod
    def find(cls) -> Self:
        """The GPUs of this machine; none where the library or its driver is missing."""
        try:
            import pynvml  # noqa: PLC0415 - a server without GPU should not pay for it
        except ImportError:
            return cls(None)
        try:
            pynvml.nvmlInit()
            return cls(pynvml)
        except pynvml.NVMLError:
            return cls(None)

    @property
    def devices(self) -> tuple[str, ...]:
        """Their names."""
        return tuple(self._handles)

    def models(self) -> dict[str, str]:
        """What is printed on each, by device."""
        return {device: str(self._ask("nvmlDeviceGetName", handle, "GPU")) for device, handle in self._handles.items()}

    def free_bytes(self) -> dict[str, int]:
        """Memory that nobody holds, by device."""
        infos = {device: self._ask("nvmlDeviceGetMemoryInfo", each, None) for device, each in self._handles.items()}
        return {device: int(info.free) for device, info in infos.items() if info is not None}

    def held_by(self, pids: Collection[int]) -> dict[str, int]:
        """Memory that these processes hold, by device; devices of which they hold nothing are left out."""
        held: dict[str, int] = {}
        for device, handle in self._handles.items():
            running = self._ask("nvmlDeviceGetComputeRunningProcesses", handle, [])
            n_bytes = sum(int(each.usedGpuMemory or 0) for each in running if each.pid in pids)
            if n_bytes:
                held[device] = n_bytes
        return held

    def _ask(self, function: str, handle: Any, otherwise: Any) -> Any:
        """An answer of NVML; a GPU that fell off the bus, or a driver that does not tell, must not stop the server."""
        if self._nvml is None:
            return otherwise
        try:
            return getattr(self._nvml, function)(handle)
        except self._nvml.NVMLError:
            return otherwise
