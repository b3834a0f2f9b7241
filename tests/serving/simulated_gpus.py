"""A stand-in for NVML: cards with memory and processes, and calls that fail when told to."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field


class NVMLError(Exception):
    """As in ``pynvml``."""


@dataclass(frozen=True)
class RunningProcess:
    """What NVML tells of a process on a card; its driver may not tell the bytes."""

    pid: int
    usedGpuMemory: int | None  # noqa: N815 - NVML's own name


@dataclass(frozen=True)
class MemoryInfo:
    free: int


@dataclass
class Card:
    name: str
    free: int
    running: Sequence[RunningProcess] = ()
    failing: Collection[str] = field(default_factory=tuple)
    """Functions that raise for this card."""


class SimulatedNvml:
    """The functions of ``pynvml`` that are used."""

    NVMLError: type[Exception] = NVMLError

    def __init__(self, *cards: Card, has_driver: bool = True) -> None:
        self._cards = cards
        self._has_driver = has_driver

    def nvmlInit(self) -> None:
        if not self._has_driver:
            raise NVMLError("Driver Not Loaded")

    def nvmlDeviceGetCount(self) -> int:
        return len(self._cards)

    def nvmlDeviceGetHandleByIndex(self, index: int) -> Card:
        return self._answering(self._cards[index], "nvmlDeviceGetHandleByIndex")

    def nvmlDeviceGetName(self, handle: Card) -> str:
        return self._answering(handle, "nvmlDeviceGetName").name

    def nvmlDeviceGetMemoryInfo(self, handle: Card) -> MemoryInfo:
        return MemoryInfo(self._answering(handle, "nvmlDeviceGetMemoryInfo").free)

    def nvmlDeviceGetComputeRunningProcesses(self, handle: Card) -> list[RunningProcess]:
        return list(self._answering(handle, "nvmlDeviceGetComputeRunningProcesses").running)

    @staticmethod
    def _answering(card: Card, function: str) -> Card:
        if function in card.failing:
            raise NVMLError("GPU is lost")
        return card


def processes(held: Mapping[int, int | None]) -> tuple[RunningProcess, ...]:
    """Running processes from bytes by pid."""
    return tuple(RunningProcess(pid, n_bytes) for pid, n_bytes in held.items())
