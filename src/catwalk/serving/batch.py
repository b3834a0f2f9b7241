"""Requests of one model and voice that share a lane: their calls go to the worker as one message."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

PATIENCE_S = 0.003
"""How long the calls of a batch wait for those that were granted with them and have not come yet."""


class Batch:
    """The calls of requests that were granted together; sent once all of them have come, or patience ends."""

    def __init__(self, n_members: int) -> None:
        self._n_missing = n_members
        self._calls: dict[str, list[dict[str, Any]]] = {}
        self._send: Callable[[dict[str, Any]], None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self.is_open = True
        """Whether a call can still join; later ones go alone."""

    def join(
        self, call_id: str, method: str, arguments: Mapping[str, Any], send: Callable[[dict[str, Any]], None]
    ) -> None:
        """Add a call; ``send`` takes the message that holds them all."""
        self._send = send
        self._calls.setdefault(method, []).append({"id": call_id, "args": dict(arguments)})
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(PATIENCE_S, self._dispatch)
        self._count_down()

    def leave(self) -> None:
        """Note that a member will not call."""
        self._count_down()

    def _count_down(self) -> None:
        self._n_missing -= 1
        if self._n_missing <= 0:
            self._dispatch()

    def _dispatch(self) -> None:
        if not self.is_open:
            return
        self.is_open = False
        if self._timer is not None:
            self._timer.cancel()
        for method, calls in self._calls.items():
            if self._send is not None:
                self._send({"op": "batch", "method": method, "calls": calls})
