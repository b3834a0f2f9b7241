"""Takes by what they are a recording of, so that nothing is spoken twice.

An interrupted reading goes on where it stopped, and a changed post re-records only the lines that changed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from catwalk.library.blobs import Blobs, write_atomically


@dataclass(frozen=True, slots=True)
class TakeKey:
    """What was asked of the voice; the same key means that the same recording serves."""

    spoken: str
    model: str
    voice: str
    speed: float

    @property
    def digest(self) -> str:
        """SHA-256 over all of it."""
        fields = json.dumps([self.spoken, self.model, self.voice, self.speed], ensure_ascii=False)
        return hashlib.sha256(fields.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class TimedWord:
    """A word and when it is said."""

    text: str
    start_s: float
    """From the start of the take, or of the recording that it is part of."""

    end_s: float


@dataclass(frozen=True, slots=True)
class StoredTake:
    """The take that was chosen for a key."""

    audio: Path
    """FLAC."""

    verdict: dict[str, Any]
    """What the verifier said, as JSON."""

    n_attempts: int
    """Recordings made until this one was chosen."""

    words: tuple[TimedWord, ...] = ()
    """As the transcript shows them, times from the start of the take; empty where they were not kept."""

    understudy: str | None = None
    """Model that spoke it in place of the key's."""


class Takes:
    """The takes under one data folder."""

    def __init__(self, home: Path) -> None:
        self._blobs = Blobs(home / "blobs")
        self._records = home / "takes"
        self._paces = home / "paces"

    def find(self, key: TakeKey) -> StoredTake | None:
        """The take that was kept for ``key``, or None."""
        try:
            record = json.loads(self._path(key).read_bytes())
        except (FileNotFoundError, ValueError):
            return None
        audio = self._blobs.path(record["audio"])
        if not audio.is_file():
            return None
        words = tuple(TimedWord(*word) for word in record.get("words", ()))
        return StoredTake(audio, record["verdict"], record["attempts"], words, record.get("understudy"))

    def keep(
        self,
        key: TakeKey,
        flac: bytes,
        verdict: dict[str, Any],
        n_attempts: int,
        words: Sequence[TimedWord] = (),
        understudy: str | None = None,
    ) -> StoredTake:
        """Keep a finished take: the audio first, then the record that names it."""
        name = self._blobs.put(flac, ".flac")
        record: dict[str, Any] = {
            "spoken": key.spoken,
            "model": key.model,
            "voice": key.voice,
            "speed": key.speed,
            "audio": name,
            "verdict": verdict,
            "attempts": n_attempts,
            "words": [[word.text, round(word.start_s, 3), round(word.end_s, 3)] for word in words],
            "understudy": understudy,
        }
        write_atomically(self._path(key), json.dumps(record, ensure_ascii=False).encode())
        kept = tuple(TimedWord(*word) for word in record["words"])
        return StoredTake(self._blobs.path(name), verdict, n_attempts, kept, understudy)

    def find_pace(self, model: str, voice: str, speed: float) -> float | None:
        """How much longer than an average voice this one takes over a text, where it was kept."""
        try:
            return float(json.loads(self._pace_path(model, voice, speed).read_bytes())["pace"])
        except (FileNotFoundError, ValueError, KeyError, TypeError):
            return None

    def keep_pace(self, model: str, voice: str, speed: float, pace: float) -> float:
        """Keep a voice's pace, unless one was kept before; returns the one that holds."""
        kept = self.find_pace(model, voice, speed)
        if kept is not None:
            return kept
        record = {"model": model, "voice": voice, "speed": speed, "pace": pace}
        write_atomically(self._pace_path(model, voice, speed), json.dumps(record, ensure_ascii=False).encode())
        return pace

    def _pace_path(self, model: str, voice: str, speed: float) -> Path:
        name = hashlib.sha256(json.dumps([model, voice, speed], ensure_ascii=False).encode()).hexdigest()
        return self._paces / name[:2] / f"{name}.json"

    def _path(self, key: TakeKey) -> Path:
        return self._records / key.digest[:2] / f"{key.digest}.json"
