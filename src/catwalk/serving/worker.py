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

import psutil

from catwalk.errors import BackendFailed, CatwalkError, LoadFailed
from catwalk.serving.frames import FrameReader, encode
from catwalk.tasks import Backend

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
        self._process = psutil.Process()

    def serve(self) -> None:
        """Read messages until the server hangs up or says stop."""
        reader = FrameReader()
        while data := self._connection.recv(_RECEIVE_BYTES):
            for message in reader.feed(data):
                match message["op"]:
                    case "load":
                        self._load(message)
                    case "call":
                        self._calls.put(message)
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
            self._send(
                {
                    "op": "loaded",
                    "resident_bytes": self._resident_bytes(),
                    "lanes": self._backend.lanes,
                    "voices": voices,
                }
            )

    def _run_lane(self) -> None:
        while True:
            call = self._calls.get()
            try:
                self._run(call)
            except CatwalkError as error:
                self._send_failure(call["id"], error)
            except Exception as error:  # a backend may raise anything; the caller must hear of it
                log.exception("call failed")
                self._send_failure(call["id"], BackendFailed(f"{type(error).__name__}: {error}"))
            finally:
                self._cancelled.discard(call["id"])

    def _run(self, call: dict[str, Any]) -> None:
        started = time.perf_counter()
        call_id = call["id"]
        answer = getattr(self._backend, call["method"])(**call["args"])
        if isinstance(answer, Iterator):
            for part in answer:
                if call_id in self._cancelled:
                    answer.close()  # type: ignore[attr-defined]  # backends answer with generators, see tasks.py
                    break
                self._send({"op": "part", "id": call_id, "value": part})
            answer = None
        run_s = time.perf_counter() - started
        resident_bytes = self._process.memory_info().rss
        self._send({"op": "done", "id": call_id, "value": answer, "run_s": run_s, "resident_bytes": resident_bytes})

    def _send_failure(self, call_id: str | None, error: CatwalkError) -> None:
        self._send({"op": "failed", "id": call_id, "code": error.code, "message": error.message, "param": error.param})

    def _resident_bytes(self) -> int:
        memory = self._process.memory_full_info()
        return int(getattr(memory, "pss", 0) or memory.rss)


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
