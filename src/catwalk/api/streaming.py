"""Answers that are sent while they are made, uploads that are bounded, and callers who hang up."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator, Callable, Coroutine
from typing import Any, TypeVar

from fastapi import Request
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from catwalk.errors import Cancelled, UploadTooLarge
from catwalk.serving.lease import Cost

log = logging.getLogger("catwalk.api")

T = TypeVar("T")


def server_timing(cost: Cost) -> dict[str, str]:
    """What an answer says of its own cost.

    ``Server-Timing`` has milliseconds in the queue, loading, and inside the model; ``X-Catwalk-Predicted-Wait`` the
    seconds that queue and load were expected to take; ``X-Catwalk-Model`` who served it, which may be a fallback.
    """
    parts = (("queue", cost.queue_s), ("load", cost.load_s), ("run", cost.run_s))
    headers = {
        "Server-Timing": ", ".join(f"{name};dur={seconds * 1000:.2f}" for name, seconds in parts),
        "X-Catwalk-Predicted-Wait": f"{cost.predicted_wait_s:.3f}",
    }
    return headers | ({"X-Catwalk-Model": cost.model} if cost.model else {})


async def _hear_hangup(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def run_until_hangup(work: Coroutine[Any, Any, T], receive: Receive) -> T:
    """Do ``work``, but stop it when the caller goes away.

    Raises:
        Cancelled: the caller went away first.
    """
    task = asyncio.current_task()
    assert task is not None  # noqa: S101 - a coroutine runs in one
    hung_up = False

    async def listen() -> None:
        nonlocal hung_up
        await _hear_hangup(receive)
        hung_up = True
        task.cancel()

    listening = asyncio.create_task(listen())
    try:
        return await work
    except asyncio.CancelledError:
        if hung_up and task.uncancel() == 0:  # else somebody beside the caller wants an end, too
            raise Cancelled("the caller went away") from None
        raise
    finally:
        listening.cancel()


class LiveResponse(Response):
    """A body that is sent piece by piece as it is made.

    The status goes out with the first piece: what fails before is answered as a problem. What fails later breaks the
    connection off, so that no caller takes half an answer for a whole one.
    """

    def __init__(
        self, pieces: AsyncGenerator[bytes, None], media_type: str, headers: Callable[[], dict[str, str]]
    ) -> None:
        super().__init__(media_type=media_type)
        self._pieces = pieces
        self._late_headers = headers
        del self.headers["content-length"]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send everything, as ASGI wants it."""
        with contextlib.suppress(Cancelled):
            await run_until_hangup(self._send_all(send), receive)

    async def _send_all(self, send: Send) -> None:
        started = False
        async with contextlib.aclosing(self._pieces) as pieces:
            try:
                async for piece in pieces:
                    if not started:
                        started = True
                        self.headers.update(self._late_headers())
                        await send(
                            {"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers}
                        )
                    await send({"type": "http.response.body", "body": piece, "more_body": True})
            except Exception as error:
                if started:
                    log.warning("an answer broke off after it had begun: %s", error)
                raise
        await send({"type": "http.response.body", "body": b"", "more_body": False})


def bound_upload(request: Request, max_bytes: int) -> Request:
    """The same request, whose body fails once it is longer than ``max_bytes``.

    Raises:
        UploadTooLarge: at once when the request says so itself, otherwise while its body is read.
    """
    complaint = UploadTooLarge(f"the upload is larger than {max_bytes} bytes, the most that is taken", param="file")
    announced = request.headers.get("content-length", "0")
    if announced.isdigit() and int(announced) > max_bytes:
        raise complaint
    n_bytes = 0

    async def receive() -> Message:
        nonlocal n_bytes
        message = await request.receive()
        n_bytes += len(message.get("body", b""))
        if n_bytes > max_bytes:
            raise complaint
        return message

    return Request(request.scope, receive)
