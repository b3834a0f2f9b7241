"""What backends share that write text token by token: stop texts that never show, whole characters, options."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from catwalk.errors import ContextTooLong, InvalidRequest
from catwalk.tasks import Message

KV_BYTES_PER_TOKEN = 131_072
"""Of a model of 8 billion parameters: 32 layers, 8 heads of 128 keys and 128 values, 2 bytes each (Llama 3 8B)."""


class StopFilter:
    """Passes text on, except what is a stop text or may still become one."""

    def __init__(self, stops: Sequence[str]) -> None:
        self.text = ""
        """All that was passed on."""

        self.stopped = False
        """Whether a stop text was met; nothing is passed on after it."""

        self._stops = tuple(stop for stop in stops if stop)
        self._held = ""

    def feed(self, piece: str) -> str:
        """Take in a piece and return what may be shown by now."""
        if self.stopped:
            return ""
        self._held += piece
        found = [at for stop in self._stops if (at := self._held.find(stop)) >= 0]
        if found:
            self.stopped = True
            return self._release(min(found))
        return self._release(len(self._held) - self._count_doubtful())

    def close(self) -> str:
        """What was held back and turned out to be no stop text; the text ends here."""
        return "" if self.stopped else self._release(len(self._held))

    def _release(self, n_chars: int) -> str:
        shown, self._held = self._held[:n_chars], self._held[n_chars:]
        self.text += shown
        return shown

    def _count_doubtful(self) -> int:
        """Characters at the end that begin a stop text."""
        longest = min(max(map(len, self._stops), default=1) - 1, len(self._held))
        for n_chars in range(longest, 0, -1):
            if any(stop.startswith(self._held[-n_chars:]) for stop in self._stops):
                return n_chars
        return 0


class TokenText:
    """Text of tokens as they come, where one character may be spread over several of them."""

    def __init__(self, decode: Callable[[list[int]], str]) -> None:
        """Prepare.

        Args:
            decode: Text of a run of tokens; a character that is not whole yet ends it as U+FFFD.
        """
        self._decode = decode
        self._tokens: list[int] = []
        self._start = 0
        """Where the run begins that is decoded: a token's text may depend on the one before, spaces above all."""

        self._n_done = 0
        """Tokens whose text was returned."""

    def feed(self, token: int) -> str:
        """Take in a token and return the text that is whole by now."""
        self._tokens.append(token)
        text, n_known = self._read()
        if text.endswith("\N{REPLACEMENT CHARACTER}"):
            return ""
        self._start, self._n_done = self._n_done, len(self._tokens)
        return text[n_known:]

    def close(self) -> str:
        """What is left, broken characters and all."""
        text, n_known = self._read()
        self._start = self._n_done = len(self._tokens)
        return text[n_known:]

    def _read(self) -> tuple[str, int]:
        """Text of the run, and how much of it was returned already."""
        known = self._decode(self._tokens[self._start : self._n_done])
        return self._decode(self._tokens[self._start :]), len(known)


def count_room(n_prompt: int, n_ctx: int, max_tokens: int | None) -> int:
    """Tokens that an answer may have.

    Raises:
        ContextTooLong: the conversation alone fills the context.
    """
    if n_prompt >= n_ctx:
        raise ContextTooLong(
            f"the messages have {n_prompt} tokens; the model looks at {n_ctx}, its answer included", param="messages"
        )
    room = n_ctx - n_prompt
    return room if max_tokens is None else min(max_tokens, room)


def refuse_images(messages: Sequence[Message], backend: str) -> None:
    """Say that a text model cannot see.

    Raises:
        InvalidRequest: a message has images.
    """
    if any(message.images for message in messages):
        raise InvalidRequest(f"{backend} cannot see images; ask a model that can caption", param="messages")


def read_number(options: Mapping[str, Any], name: str, otherwise: int, *, lowest: int, highest: int) -> int:
    """A whole number among a backend's options.

    Raises:
        InvalidRequest: it is none, or out of range.
    """
    value = options.get(name, otherwise)
    if isinstance(value, bool) or not isinstance(value, int) or not lowest <= value <= highest:
        raise InvalidRequest(f"option {name} is a whole number from {lowest} to {highest}, not {value!r}")
    return value


def read_device(options: Mapping[str, Any]) -> str:
    """Where a model is to run: ``cpu``, ``cuda:N`` or ``auto``.

    Raises:
        InvalidRequest: it is none of these.
    """
    device = str(options.get("device", "cpu"))
    if not re.fullmatch(r"cpu|auto|cuda:[0-9]+", device):
        raise InvalidRequest(f"option device is cpu, auto, cuda:0, cuda:1, …, not {device!r}")
    return device


def expect_cache_bytes(options: Mapping[str, Any], n_ctx: int) -> int:
    """Bytes of keys and values that a model keeps of a full context; 0 for options that a load would refuse."""
    each, length = options.get("kv_bytes_per_token", KV_BYTES_PER_TOKEN), options.get("n_ctx", n_ctx)
    return each * length if isinstance(each, int) and isinstance(length, int) else 0
