"""Notices work that does not move: a worker that neither answers nor computes, an event loop that does not turn."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Self

import psutil

log = logging.getLogger("catwalk.watchdog")

LOOK_EVERY_S = 1.0
STUCK_AFTER_S = 7.0
"""Busy and without a sign of life for so long counts as stuck; with the look and the probe it shows within 10 s."""

COUNTED_S = 2.0
"""The most that counts of the time between two looks: in a longer one whoever looks was held up or paused itself, and
the workers perhaps with it."""

IDLE_SHARE = 0.005
"""Less of a core than this is no work: threads that wait wake up now and then."""


@dataclass(frozen=True, slots=True)
class Signs:
    """What a busy process shows of its life, each only ever growing."""

    cpu_s: float
    n_io_bytes: int
    n_messages: int


@dataclass(frozen=True, slots=True)
class Stuck:
    """Work that does not move."""

    model: str
    doing: str
    for_s: float

    def __str__(self) -> str:
        """For people."""
        return f"model {self.model!r} is {self.doing} and has shown no sign of life for {self.for_s:.0f} s"


@dataclass(slots=True)
class _Track:
    signs: Signs
    looked_s: float
    moved_s: float


class Watchdog:
    """Compares the signs of life of busy workers; keeps no clock and ends nothing."""

    def __init__(self) -> None:
        self._tracks: dict[str, _Track] = {}

    def look(self, busy: Mapping[str, tuple[str, Signs]], now_s: float) -> list[Stuck]:
        """Which of the workers have stood still for :data:`STUCK_AFTER_S` or longer.

        Args:
            busy: Model → what its worker does, and its signs of life; those that are left out are idle.
            now_s: The time.
        """
        for name in self._tracks.keys() - busy.keys():
            del self._tracks[name]
        stuck = []
        for name, (doing, signs) in busy.items():
            track = self._tracks.setdefault(name, _Track(signs, now_s, now_s))
            track.moved_s += max(0.0, now_s - track.looked_s - COUNTED_S)
            if _moved(track, signs, now_s):
                track.moved_s = now_s
            track.signs, track.looked_s = signs, now_s
            if now_s - track.moved_s >= STUCK_AFTER_S:
                stuck.append(Stuck(name, doing, now_s - track.moved_s))
        return stuck


def _moved(track: _Track, signs: Signs, now_s: float) -> bool:
    if signs.n_messages != track.signs.n_messages or signs.n_io_bytes != track.signs.n_io_bytes:
        return True
    # Less than before is another process, or one child fewer.
    return abs(signs.cpu_s - track.signs.cpu_s) > IDLE_SHARE * (now_s - track.looked_s)


def read_signs(pids: Iterable[int], n_messages: int) -> Signs:
    """The signs of life of a process tree."""
    cpu_s, n_io_bytes = 0.0, 0
    for pid in pids:
        try:
            process = psutil.Process(pid)
            times = process.cpu_times()
            cpu_s += times.user + times.system
            if hasattr(process, "io_counters"):  # not everywhere
                n_io_bytes += process.io_counters().read_bytes
        except psutil.Error:
            continue  # it ended, or does not let us look
    return Signs(cpu_s, n_io_bytes, n_messages)


class LoopWatch:
    """A thread that says where the event loop is when it does not turn for :data:`STUCK_AFTER_S`."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        *,
        every_s: float = LOOK_EVERY_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Make it in the loop's own thread."""
        self._loop = loop
        self._every_s = every_s
        self._clock = clock
        self._loop_thread = threading.get_ident()
        self._turned_s = clock()
        self._said = False
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="loop-watch", daemon=True)

    def __enter__(self) -> Self:
        """Begin to watch."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop watching."""
        self._ended.set()

    def look(self) -> None:
        """Look once, and ask the loop to turn until the next look.

        Raises:
            RuntimeError: the loop is closed.
        """
        still_s = self._clock() - self._turned_s
        if still_s >= STUCK_AFTER_S and not self._said:
            frame = sys._current_frames().get(self._loop_thread)
            where = "".join(traceback.format_stack(frame)) if frame is not None else "nowhere\n"
            log.error("the event loop has not turned for %.0f s; it is here:\n%s", still_s, where)
        self._said = still_s >= STUCK_AFTER_S
        self._loop.call_soon_threadsafe(self._turn)

    def _turn(self) -> None:
        self._turned_s = self._clock()

    def _watch(self) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed
            while not self._ended.wait(self._every_s):
                self.look()
