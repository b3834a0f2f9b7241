"""The requests of one model that wait, found by age, by voice and by priority in constant time."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from catwalk.serving.events import Priority


@dataclass(frozen=True, slots=True)
class Waiting:
    """One request that waits."""

    id: str
    voice: str | None
    size: float
    priority: Priority
    keep_alive_s: float | None
    arrived_s: float
    predicted_s: float
    """What its run was expected to take when it arrived."""


Line = OrderedDict[str, Waiting]  # unlike dict, it finds its first entry in constant time after many removals


@dataclass(slots=True)
class _Rank:
    """Requests of one priority."""

    by_age: Line = field(default_factory=OrderedDict)
    by_voice: dict[str | None, Line] = field(default_factory=dict)


class Backlog:
    """Requests in order of arrival."""

    def __init__(self) -> None:
        self._ranks = {priority: _Rank() for priority in Priority}
        self.predicted_s = 0.0
        """Expected seconds of work in it."""

    def __len__(self) -> int:
        return sum(len(rank.by_age) for rank in self._ranks.values())

    def __bool__(self) -> bool:
        return any(rank.by_age for rank in self._ranks.values())

    def __iter__(self) -> Iterator[Waiting]:
        for rank in self._ranks.values():
            yield from rank.by_age.values()

    def add(self, waiting: Waiting) -> None:
        """Put a request at the end."""
        rank = self._ranks[waiting.priority]
        rank.by_age[waiting.id] = waiting
        rank.by_voice.setdefault(waiting.voice, OrderedDict())[waiting.id] = waiting
        self.predicted_s += waiting.predicted_s

    def find(self, request: str) -> Waiting | None:
        """The request of that id."""
        return next((rank.by_age[request] for rank in self._ranks.values() if request in rank.by_age), None)

    def remove(self, waiting: Waiting) -> None:
        """Take a request out."""
        rank = self._ranks[waiting.priority]
        del rank.by_age[waiting.id]
        line = rank.by_voice[waiting.voice]
        del line[waiting.id]
        if not line:
            del rank.by_voice[waiting.voice]
        self.predicted_s = self.predicted_s - waiting.predicted_s if self else 0.0

    def clear(self) -> None:
        """Take all requests out."""
        self._ranks = {priority: _Rank() for priority in Priority}
        self.predicted_s = 0.0

    def has(self, priority: Priority) -> bool:
        """Whether one of that priority waits."""
        return bool(self._ranks[priority].by_age)

    def oldest(self, priority: Priority | None = None) -> Waiting | None:
        """The first to arrive, of one priority or of all."""
        ranks = self._ranks.values() if priority is None else (self._ranks[priority],)
        firsts = [next(iter(rank.by_age.values())) for rank in ranks if rank.by_age]
        return min(firsts, key=lambda waiting: waiting.arrived_s, default=None)

    def first_of(self, voices: Collection[str | None], priority: Priority) -> Waiting | None:
        """The first to arrive among those whose voice is in ``voices``."""
        lines = self._ranks[priority].by_voice
        common = (
            [voice for voice in voices if voice in lines] if len(voices) < len(lines) else lines.keys() & set(voices)
        )
        firsts = [next(iter(lines[voice].values())) for voice in common]
        return min(firsts, key=lambda waiting: waiting.arrived_s, default=None)

    def voices(self, priority: Priority) -> Collection[str | None]:
        """The voices that are waited for."""
        return self._ranks[priority].by_voice.keys()

    def mates(self, waiting: Waiting, n_most: int) -> list[Waiting]:
        """Up to ``n_most`` others of the same voice and priority, by age."""
        if n_most <= 0:
            return []
        line = self._ranks[waiting.priority].by_voice[waiting.voice]
        found = []
        for other in line.values():
            if other.id != waiting.id:
                found.append(other)
                if len(found) == n_most:
                    break
        return found
