"""A backend whose one sentence takes a minute, in steps between which it asks whether anybody still waits."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar, Self

from catwalk.audio.waveform import Waveform
from catwalk.errors import Cancelled
from catwalk.tasks import CALLER_HAS_LEFT, Task, VoiceInfo, VoiceRef


class Stepping:
    tasks: ClassVar[frozenset[Task]] = frozenset({Task.SYNTHESIZE})
    requires: ClassVar[tuple[str, ...]] = ()
    lanes = 1

    @classmethod
    def load(cls, weights: Path | None, options: Mapping[str, Any]) -> Self:
        return cls()

    def warm_up(self) -> None:
        pass

    def voices(self) -> list[VoiceInfo]:
        return [VoiceInfo("only", "en")]

    def synthesize(self, text: str, *, voice: VoiceRef, speed: float = 1.0) -> Iterator[Waveform]:
        for _ in range(6000 if text == "long" else 1):
            if CALLER_HAS_LEFT.get()():
                raise Cancelled("nobody waits")
            time.sleep(0.01)  # the work
        yield Waveform.silence(0.1, 24_000)
