"""One model in one process: ``python -m catwalk.serving.worker FD``.

The main thread reads messages; each of the model's lanes is a thread that runs one call at a time. Between two parts
of an answer a lane looks whether its call was cancelled. The process ends when the server closes the connection,
because only a process that ends gives its memory back.
"""

from __future__ import annotations

import ctypes
import importlib
import logging
import os
import queue
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from catwalk.errors import BackendFailed, CatwalkError, LoadFailed
from catwalk.serving.frames import FrameReader, encode
from catwalk.tasks import CALLER_HAS_LEFT, Backend, Batching, LatentsHolding

NICENESS = 5
"""Workers yield to the server's event loop, which needs little but needs it at once."""

_SWITCH_INTERVAL_S = 0.0005
_RECEIVE_BYTES = 1 << 20
_PR_SET_PDEATHSIG = 1  # linux/prctl.h

log = logging.getLogger("catwalk.worker")


class Worker:
    """Serves one backend over one connection."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._sending = threading.Lock()
        self._calls: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        self._cancelled: set[str] = set()
        self._backend: Backend | None = None

    def serve(self) -> None:
        """Read messages until the server hangs up or says stop."""
        reader = FrameReader()
        while data := self._connection.recv(_RECEIVE_BYTES):
            for message in reader.feed(data):
                match message["op"]:
                    case "load":
                        self._load(message)
                    case "call" | "batch":
                        self._calls.put(message)
                    case "drop_latents":
                        self._drop_latents(message["voice"])
                    case "cancel":
                        self._cancelled.add(message["id"])
                    case "stop":
                        return

    def _send(self, message: dict[str, Any]) -> None:
        frame = encode(message)
        with self._sending:
            self._connection.sendall(frame)

    def _load(self, message: dict[str, Any]) -> None:
        try:
            module, _, name = message["factory"].partition(":")
            factory = getattr(importlib.import_module(module), name)
            weights = message["weights"]
            self._backend = factory.load(Path(weights) if weights else None, message["options"])
            self._backend.warm_up()
        except CatwalkError as error:
            self._send_failure(None, error)
        except Exception as error:  # a backend may raise anything; the server must hear of it
            log.exception("load failed")
            self._send_failure(None, LoadFailed(f"{type(error).__name__}: {error}"))
        else:
            for _ in range(self._backend.lanes):
                threading.Thread(target=self._run_lane, daemon=True).start()
            voices = [voice.name for voice in self._backend.voices()]
            batch_size = self._backend.batch_size if isinstance(self._backend, Batching) else 1
            self._send({"op": "loaded", "lanes": self._backend.lanes, "batch_size": batch_size, "voices": voices})

    def _run_lane(self) -> None:
        while True:
            call = self._calls.get()
            ids = [call["id"]] if call["op"] == "call" else [each["id"] for each in call["calls"]]
            try:
                self._run(call) if call["op"] == "call" else self._run_batch(call, ids)
            except CatwalkError as error:
                self._fail(ids, error)
            except Exception as error:  # a backend may raise anything; the caller must hear of it
                log.exception("call failed")
                self._fail(ids, BackendFailed(f"{type(error).__name__}: {error}"))
            finally:
                self._cancelled.difference_update(ids)

    def _run(self, call: dict[str, Any]) -> None:
        started = time.perf_counter()
        call_id = call["id"]
        CALLER_HAS_LEFT.set(lambda: call_id in self._cancelled)
        answer = getattr(self._backend, call["method"])(**call["args"])
        if isinstance(answer, Iterator):
            for part in answer:
                if call_id in self._cancelled:
                    answer.close()  # type: ignore[attr-defined]  # backends answer with generators, see tasks.py
                    break
                self._send({"op": "part", "id": call_id, "value": part})
            answer = None
        self._send_done(call_id, answer, started)

    def _run_batch(self, batch: dict[str, Any], ids: list[str]) -> None:
        assert isinstance(self._backend, Batching)  # noqa: S101 - the server sends batches to no other
        started = time.perf_counter()
        failed: set[str] = set()
        CALLER_HAS_LEFT.set(lambda: self._cancelled.issuperset(ids))
        answers = self._backend.run_batch(batch["method"], [each["args"] for each in batch["calls"]])
        for index, part in answers:
            if isinstance(part, CatwalkError):
                failed.add(ids[index])
                self._send_failure(ids[index], part)
            elif ids[index] not in self._cancelled:
                self._send({"op": "part", "id": ids[index], "value": part})
            if self._cancelled.issuperset(ids):
                answers.close()
                break
        for call_id in ids:
            if call_id not in failed:
                self._send_done(call_id, None, started)

    def _send_done(self, call_id: str, value: Any, started: float) -> None:
        done = {"op": "done", "id": call_id, "value": value, "run_s": time.perf_counter() - started}
        if isinstance(self._backend, LatentsHolding):
            done["latents"] = self._backend.latents()
        self._send(done)

    def _drop_latents(self, voice: str) -> None:
        if isinstance(self._backend, LatentsHolding):
            self._backend.drop_latents(voice)
            _give_memory_back()

    def _fail(self, ids: list[str], error: CatwalkError) -> None:
        for call_id in ids:
            self._send_failure(call_id, error)

    def _send_failure(self, call_id: str | None, error: CatwalkError) -> None:
        self._send(
            {
                "op": "failed",
                "id": call_id,
                "code": error.code,
                "message": error.message,
                "param": error.param,
                "retry_after_s": error.retry_after_s,
            }
        )


def _give_memory_back() -> None:
    """Let the allocator return what it keeps for later, so that dropped latents leave the process at once."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # glibc alone has it
    if trim is not None:
        trim(0)


def main() -> None:
    """Serve the connection whose file descriptor is the one argument."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    os.nice(NICENESS)
    sys.setswitchinterval(_SWITCH_INTERVAL_S)
    if sys.platform == "linux":
        # A lane deep in a model does not see the server hang up; the kernel tells it.
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    with socket.socket(fileno=int(sys.argv[1])) as connection:
        try:
            Worker(connection).serve()
        except (ConnectionError, BrokenPipeError):
            log.info("the server hung up")
    # Lanes may still be inside a model; nothing of theirs is worth waiting for.
    os._exit(0)


if __name__ == "__main__":
    main()
