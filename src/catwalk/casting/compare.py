"""How alike voices are: of the library, of models, and in recordings."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from catwalk.audio.likeness import average, similarity, similarity_matrix
from catwalk.audio.waveform import Waveform
from catwalk.casting.texts import CHECK_TEXTS
from catwalk.client import Client
from catwalk.errors import InvalidRequest

SUFFIXES = frozenset(
    {".aac", ".aif", ".aiff", ".flac", ".m4a", ".mp3", ".oga", ".ogg", ".opus", ".wav", ".webm", ".wma"}
)
"""What counts as a recording in a folder."""

MAX_RECORDINGS = 200


@dataclass(frozen=True, slots=True)
class Group:
    """One side of a comparison: recordings that are taken to be of one voice."""

    name: str
    recordings: tuple[str, ...]
    vectors: tuple[tuple[float, ...], ...]
    """One a recording."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Every group against every other."""

    groups: tuple[Group, ...]

    @property
    def likeness(self) -> NDArray[np.float64]:
        """Of the groups' averages, shape (n, n)."""
        return similarity_matrix([average(group.vectors) for group in self.groups])

    @property
    def within(self) -> tuple[float | None, ...]:
        """Mean likeness of a group's recordings to one another; None for one recording."""
        return tuple(_spread(group.vectors) for group in self.groups)

    def to_json(self) -> dict[str, Any]:
        """As ``catwalk voices compare --json`` prints it."""
        names = [group.name for group in self.groups]
        return {
            "voices": names,
            "likeness": [[round(float(value), 4) for value in row] for row in self.likeness],
            "within": dict(
                zip(names, (None if value is None else round(value, 4) for value in self.within), strict=True)
            ),
            "recordings": [
                {
                    "voice": group.name,
                    "name": name,
                    "likeness": {
                        other.name: round(similarity(vector, average(other.vectors)), 4) for other in self.groups
                    },
                }
                for group in self.groups
                for name, vector in zip(group.recordings, group.vectors, strict=True)
            ],
        }


def _spread(vectors: Sequence[Sequence[float]]) -> float | None:
    if len(vectors) < 2:
        return None
    matrix = similarity_matrix(vectors)
    return float(matrix[np.triu_indices(len(vectors), 1)].mean())


async def compare(client: Client, sides: Sequence[str], *, encoder: str | None = None) -> Comparison:
    """Compare voices.

    Args:
        client: Of the server that has voices and encoder.
        sides: Each a recording, a folder of recordings, a voice of the library (its clips), a voice of a model (spoken
            by it), or ``VOICE@MODEL`` (spoken by that model).
        encoder: The model that compares; the server's first when left out.

    Raises:
        InvalidRequest: a side is none of these.
        ServerAnswered: the server said no.
    """
    voices = {voice["name"]: voice for voice in await client.voices()}
    groups = []
    for side in sides:
        names, recordings = await _gather(client, side, voices)
        vectors = await client.embed_speakers(recordings, model=encoder)
        groups.append(Group(_name(side), tuple(names), tuple(vectors)))
    return Comparison(tuple(groups))


def _name(side: str) -> str:
    path = Path(side)
    return (path.stem if path.is_file() else path.name or str(path)) if path.exists() else side


def _find_recordings(side: str) -> list[Path]:
    """The recordings of a file or folder; none where there is neither.

    Raises:
        InvalidRequest: the folder holds none.
    """
    path = Path(side)
    if not path.is_dir():
        return [path] if path.is_file() else []
    found = sorted(each for each in path.iterdir() if each.suffix.lower() in SUFFIXES)[:MAX_RECORDINGS]
    if not found:
        raise InvalidRequest(f"the folder {side} holds no recordings ({', '.join(sorted(SUFFIXES))})")
    return found


async def _gather(
    client: Client, side: str, voices: dict[str, Any]
) -> tuple[list[str], Sequence[Waveform | Path | bytes]]:
    if recordings := await asyncio.to_thread(_find_recordings, side):
        return [each.name for each in recordings], recordings
    voice, _, model = side.partition("@")
    known = voices.get(voice)
    if known is not None and known["clips"] and not model:
        numbers = range(1, len(known["clips"]) + 1)
        return [clip["name"] for clip in known["clips"]], [await client.read_clip(voice, number) for number in numbers]
    if known is None and not model:
        raise InvalidRequest(
            f"{side!r} is no file, no folder and no voice; there are {len(voices)} voices: `catwalk voices` lists them"
        )
    speaker = model or next(iter(known["models"] if known is not None else ()), None)
    if speaker is None:
        raise InvalidRequest(f"no model of the catalog can speak in voice {voice!r}")
    takes = [await client.speak(text, model=speaker, voice=voice) for text in CHECK_TEXTS]
    return [f"{side} {number}" for number in range(1, len(takes) + 1)], takes
