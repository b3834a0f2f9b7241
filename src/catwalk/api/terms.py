"""How a caller wants to be served: with which priority, and how long the model stays afterwards."""

from __future__ import annotations

from typing import TypedDict

from catwalk.errors import InvalidRequest
from catwalk.serving.durations import parse_duration_s
from catwalk.serving.events import Priority

PRIORITY = "Whether somebody waits for the answer (interactive), or it may come after those of people (batch)"
KEEP_ALIVE = "How long the model stays in memory without work after this: seconds, '10m', 0 (go at once) or -1 (stay)"
PRIORITIES = tuple(priority.name.lower() for priority in Priority)


class LeaseTerms(TypedDict):
    """What ``Pool.lease`` takes of it."""

    priority: Priority
    keep_alive_s: float | None


def read_terms(priority: str | None, keep_alive: float | str | None) -> LeaseTerms:
    """Read what a request says.

    Raises:
        InvalidRequest: it is neither of the priorities, or no duration.
    """
    chosen = priority or PRIORITIES[0]
    if chosen not in PRIORITIES:
        raise InvalidRequest(f"priority is {' or '.join(PRIORITIES)}, not {chosen!r}", param="priority")
    keep_alive_s = None if keep_alive in {None, ""} else parse_duration_s(keep_alive, param="keep_alive")
    return {"priority": Priority[chosen.upper()], "keep_alive_s": keep_alive_s}
