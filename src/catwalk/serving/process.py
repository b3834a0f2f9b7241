"""The server's end of one worker process: start it, talk to it, notice its end."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncGenerator, Mapping
from pathlib import Path
from typing import Any, cast

from catwalk import errors
from catwalk.errors import BackendFailed, CatwalkError, WorkerDied
from catwalk.serving.batch import Batch
from catwalk.serving.environments import Environment
from catwalk.serving.frames import BrokenFrame, FrameReader, encode

STOP_GRACE_S = 2.0
"""How long a worker may take to end after it was told to, before it is killed."""

_DEVICE_ORDER = {"CUDA_DEVICE_ORDER": "PCI_BUS_ID"}
"""CUDA counts the fastest GPU first unless it is told to count as NVML does, from which the budget comes."""

_LOG_TAIL_BYTES = 400
_LAST_WORDS = frozenset({"done", "failed"})


def _leaves(root: type[CatwalkError]) -> dict[str, type[CatwalkError]]:
    found = {root.code: root}
    for child in root.__subclasses__():
        found |= _leaves(child)
    return found


def revive_error(code: str, message: str, param: str | None, retry_after_s: float | None) -> CatwalkError:
    """The error that a worker reported, as the class it had there."""
    kind = _leaves(errors.CatwalkError).get(code, BackendFailed)
    error = kind(message, param=param)
    error.retry_after_s = retry_after_s
    return error


class WorkerProcess(asyncio.Protocol):
    """One worker and the calls it is running."""

    def __init__(self, model: str, log_path: Path) -> None:
        self.model = model
        self.voices: tuple[str, ...] = ()
        self.lanes = 1
        self.batch_size = 1
        self.latents: dict[str, int] = {}
        """Bytes of the latents that it holds, by voice, as of the last answer."""

        self._running: set[str] = set()
        self.ghost_s = 0.0
        """Seconds that calls went on after their callers had left."""

        self.n_messages = 0
        """Messages that came from it so far: a sign of life."""

        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        """Done when the connection is gone, whatever the reason."""

        self._log_path = log_path
        self._reader = FrameReader()
        self._answers: dict[str | None, asyncio.Queue[dict[str, Any] | CatwalkError]] = {}
        self._ids = itertools.count()
        self._process: subprocess.Popen[bytes] | None = None
        self._transport: asyncio.Transport | None = None

    @classmethod
    async def start(
        cls,
        model: str,
        *,
        log_path: Path,
        variables: Mapping[str, str] | None = None,
        environment: Environment | None = None,
    ) -> WorkerProcess:
        """Start a process that holds nothing yet.

        Args:
            model: Name of the model, for people.
            log_path: Where the worker's output goes.
            variables: Environment variables added to the server's own.
            environment: The Python environment to run in; the server's own when left out.
        """
        log_path.parent.mkdir(parents=True, exist_ok=True)
        python = sys.executable if environment is None else str(environment.python)
        inherited = dict(os.environ) if environment is None else environment.variables(os.environ)
        ours, theirs = socket.socketpair()
        with theirs, log_path.open("ab") as log:
            process = subprocess.Popen(  # noqa: S603, ASYNC220 - our own module; forking takes about a millisecond
                [python, "-m", "catwalk.serving.worker", str(theirs.fileno())],
                pass_fds=(theirs.fileno(),),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**_DEVICE_ORDER, **inherited, **(variables or {})},
                start_new_session=True,  # Ctrl-C at the terminal is the server's to handle
            )
        ours.setblocking(False)
        worker = cls(model, log_path)
        worker._process = process
        await asyncio.get_running_loop().create_unix_connection(lambda: worker, sock=ours)
        return worker

    @property
    def pid(self) -> int:
        """The process's id."""
        return self._process.pid if self._process else 0

    @property
    def n_running(self) -> int:
        """Calls that it has not finished, whether anybody reads their answers or not."""
        return len(self._running)

    async def load(self, factory: str, weights: Path | None, options: Mapping[str, Any]) -> None:
        """Bring the model into memory and run it once.

        Raises:
            LoadFailed: or another error of the tree, as the backend reported it.
            WorkerDied: the process ended while it loaded.
        """
        answers = self._open(None)
        self._send({"op": "load", "factory": factory, "weights": weights and str(weights), "options": dict(options)})
        answer = await answers.get()
        del self._answers[None]
        if isinstance(answer, CatwalkError):
            raise answer
        self.voices = tuple(answer["voices"])
        self.lanes, self.batch_size = int(answer["lanes"]), int(answer["batch_size"])

    async def call(
        self, method: str, arguments: Mapping[str, Any], batch: Batch | None = None
    ) -> AsyncGenerator[Any, None]:
        """Run one method of the backend, alone or together with the others of a batch.

        Yields every part of its answer; last, the ``done`` message ``{"value", "run_s"}``. Closing the iterator early
        tells the worker to stop after the part in hand.

        Raises:
            CatwalkError: whatever the backend raised.
            WorkerDied: the process ended.
        """
        call_id = str(next(self._ids))
        answers = self._open(call_id)
        self._running.add(call_id)
        if batch is not None and batch.is_open:
            batch.join(call_id, method, arguments, self._send)
        else:
            self._send({"op": "call", "id": call_id, "method": method, "args": dict(arguments)})
        finished = False
        try:
            while not finished:
                answer = await answers.get()
                if isinstance(answer, CatwalkError):
                    finished = True
                    raise answer
                if answer["op"] == "part":
                    yield answer["value"]
                else:
                    finished = True
                    self.latents = answer.get("latents", self.latents)
                    yield answer
        finally:
            if not finished:
                left_s = time.perf_counter()
                self._send({"op": "cancel", "id": call_id})
                await self._drain(answers)
                self.ghost_s += time.perf_counter() - left_s
            del self._answers[call_id]

    async def _drain(self, answers: asyncio.Queue[dict[str, Any] | CatwalkError]) -> None:
        """Wait until the worker has let go of a cancelled call: its lane is busy until then."""
        while True:
            answer = await answers.get()
            if isinstance(answer, CatwalkError) or answer["op"] == "done":
                return

    def drop_latents(self, voice: str) -> None:
        """Have it forget a voice that no call uses."""
        self.latents.pop(voice, None)
        self._send({"op": "drop_latents", "voice": voice})

    async def stop(self) -> None:
        """End the process, by force if it does not go, and wait until it is gone."""
        self._send({"op": "stop"})
        try:
            await asyncio.wait_for(asyncio.shield(self.ended), STOP_GRACE_S)
        except TimeoutError:
            self.kill()
        await self._reap()

    def kill(self) -> None:
        """End the process and its children now."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)  # it leads a group of its own

    async def _reap(self) -> None:
        if self._process is not None:
            await asyncio.to_thread(self._process.wait)
            self.kill()  # children that it left behind
        if self._transport is not None:
            self._transport.close()

    def _open(self, call_id: str | None) -> asyncio.Queue[dict[str, Any] | CatwalkError]:
        answers: asyncio.Queue[dict[str, Any] | CatwalkError] = asyncio.Queue()
        self._answers[call_id] = answers
        if self.ended.done():
            answers.put_nowait(self._death())
        return answers

    def _send(self, message: dict[str, Any]) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(encode(message))

    def _death(self) -> WorkerDied:
        code = self._process.poll() if self._process else None
        how = f"by signal {-code}" if code is not None and code < 0 else f"with exit code {code}"
        said = self._log_tail() if code is not None and code > 0 else ""
        return WorkerDied(f"the process of model {self.model!r} ended {how} in the middle of the request{said}")

    def _log_tail(self) -> str:
        try:
            tail = self._log_path.read_bytes()[-_LOG_TAIL_BYTES:].decode(errors="replace").strip()
        except OSError:
            return ""
        return f"; its log ends with: {tail.splitlines()[-1]}" if tail else ""

    # --- asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport; asyncio calls this."""
        self._transport = cast("asyncio.Transport", transport)  # a stream socket has no other

    def data_received(self, data: bytes) -> None:
        """Hand every whole message to the call it belongs to; asyncio calls this."""
        try:
            for message in self._reader.feed(data):
                self.n_messages += 1
                if message["op"] in _LAST_WORDS:
                    self._running.discard(message["id"])
                answers = self._answers.get(message.get("id"))
                if answers is None:
                    continue
                if message["op"] == "failed":
                    answers.put_nowait(
                        revive_error(message["code"], message["message"], message["param"], message["retry_after_s"])
                    )
                else:
                    answers.put_nowait(message)
        except BrokenFrame:
            self.kill()

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell every call that the worker is gone; asyncio calls this."""
        if self._process is not None:
            self._await_exit_code()
        # First the end itself: whoever watches it must know of it before a caller gives its lease back.
        if not self.ended.done():
            self.ended.set_result(None)
        for answers in self._answers.values():
            answers.put_nowait(self._death())

    def _await_exit_code(self) -> None:
        # The socket closes a moment before the kernel hands out the exit code, which tells a crash from a kill.
        try:
            if self._process is not None:
                self._process.wait(timeout=0.1)
        except subprocess.TimeoutExpired:
            self.kill()
