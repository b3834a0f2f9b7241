"""Looks after the workers once a second: what is stuck is said, and ended when it stays so."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping

from catwalk.serving.fleet import Record
from catwalk.serving.metrics import Metrics
from catwalk.serving.process import WorkerProcess
from catwalk.serving.process_memory import find_tree
from catwalk.serving.watchdog import LOOK_EVERY_S, LoopWatch, Signs, Stuck, Watchdog, read_signs

log = logging.getLogger("catwalk.watch")


class Watch:
    """The watchdog and the workers it watches."""

    def __init__(
        self,
        records: Mapping[str, Record],
        metrics: Metrics,
        stall_s: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.stuck: dict[str, Stuck] = {}
        """What does not move now, by model."""

        self.stall_s = stall_s
        """How long a worker may be stuck before it is ended."""

        self._records = records
        self._metrics = metrics
        self._clock = clock
        self._watchdog = Watchdog()

    async def run(self) -> None:
        """Look until cancelled."""
        with LoopWatch(asyncio.get_running_loop()):
            while True:
                await self.look()
                await asyncio.sleep(LOOK_EVERY_S)

    async def look(self) -> None:
        """Look once."""
        busy = self._busy()
        signs = await asyncio.to_thread(_read_all, busy) if busy else {}
        found = {each.model: each for each in self._watchdog.look(signs, self._clock())}
        for model, each in found.items():
            if model not in self.stuck:
                log.error("%s", each)
            if each.for_s >= self.stall_s and model in busy:
                log.error("model %s: its process is ended", model)
                busy[model][1].kill()
        for model in found.keys() | self.stuck.keys():
            self._metrics.stuck.labels(model).set(model in found)
        self.stuck = found

    def _busy(self) -> dict[str, tuple[str, WorkerProcess]]:
        busy = {}
        for name, record in self._records.items():
            if record.spec.is_remote:
                continue
            resident = record.arriving or record.resident
            worker = resident.worker if resident is not None else None
            if worker is None or worker.ended.done():
                continue
            if record.arriving is not None:
                busy[name] = ("loading", worker)
            elif worker.n_running:
                busy[name] = (f"running {worker.n_running} call{'s' if worker.n_running > 1 else ''}", worker)
        return busy


def _read_all(busy: Mapping[str, tuple[str, WorkerProcess]]) -> dict[str, tuple[str, Signs]]:
    return {
        name: (doing, read_signs(find_tree(worker.pid), worker.n_messages)) for name, (doing, worker) in busy.items()
    }
