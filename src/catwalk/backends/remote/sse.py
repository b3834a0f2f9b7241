"""Server-sent events: bytes in, events out (WHATWG HTML, section 9.2); no connection is touched here."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass, field

MAX_EVENT_CHARS = 1024 * 1024

_LINE_END = re.compile(
    r"\r\n|\r|\n"
)  # nothing else: U+2028 stands unescaped in JSON, and str.splitlines would cut there


@dataclass(frozen=True, slots=True)
class Event:
    """One event."""

    data: str
    """Its ``data`` lines, joined by line feeds."""

    name: str = "message"
    """Of the ``event`` field; ``error`` also for llama.cpp's own ``error:`` field, which stands in for ``data:``."""


@dataclass(slots=True)
class EventReader:
    """Turns a stream of bytes, cut anywhere, into events. Comments, ``id`` and ``retry`` are passed over."""

    _text: str = ""
    _data: list[str] = field(default_factory=list)
    _name: str = ""
    _decoder: codecs.IncrementalDecoder = field(
        default_factory=lambda: codecs.getincrementaldecoder("utf-8-sig")(errors="replace")
    )

    def feed(self, data: bytes) -> list[Event]:
        """Take in bytes and return every event that is whole by now, in order.

        Raises:
            ValueError: an event is longer than ``MAX_EVENT_CHARS``.
        """
        self._text += self._decoder.decode(data)
        events: list[Event] = []
        start = 0
        for end in _LINE_END.finditer(self._text):
            if end.end() == len(self._text) and end[0] == "\r":
                break  # its line feed may be on the way
            line, start = self._text[start : end.start()], end.end()
            if line:
                self._take(line)
            elif event := self._finish():
                events.append(event)
        self._text = self._text[start:]
        if len(self._text) + sum(map(len, self._data)) > MAX_EVENT_CHARS:
            raise ValueError(f"an event is longer than {MAX_EVENT_CHARS} characters")
        return events

    def close(self) -> Event | None:
        """The event that the end of the stream left without its empty line; it may not be whole."""
        for line in _LINE_END.split(self._text):
            self._take(line)
        self._text = ""
        return self._finish()

    def _take(self, line: str) -> None:
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "data":
            self._data.append(value)
        elif name == "event":
            self._name = value
        elif name == "error":
            self._name = "error"
            self._data.append(value)

    def _finish(self) -> Event | None:
        data, name = self._data, self._name
        self._data, self._name = [], ""
        return Event("\n".join(data), name or "message") if data else None
