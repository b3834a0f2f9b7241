"""Who speaks: vectors of voices through the pool's speaker encoder, and clips that hold another speaker."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from catwalk.audio.acoustics import find_audible, levels_db
from catwalk.audio.likeness import average, similarity, similarity_matrix
from catwalk.audio.waveform import Waveform
from catwalk.errors import BackendNotInstalled
from catwalk.serving.catalog import Catalog, ModelSpec
from catwalk.serving.clips import Fault
from catwalk.serving.events import Priority
from catwalk.serving.lease import Cost
from catwalk.serving.pool import Pool
from catwalk.tasks import Task

_PRETENDER = "fake"
"""The built-in model that needs nothing can tell tones apart, not people; it is used only when it is named."""

WINDOW_S = 4.0
"""Length of the stretches of a clip that are compared: shorter ones of one speaker differ too much."""

MAX_WINDOWS = 12
"""Stretches of one clip that are looked at, spread over its length."""

_SAME_CLIP = 0.78
"""Least likeness of the two groups into which a clip's stretches fall; measured in docs/how-to/voices.md."""

_SAME_VOICE = 0.72
"""Least likeness of a clip to all others of its voice."""

_MIN_SHARE = 0.2
"""A group of fewer stretches is an odd sound, not a second speaker."""


def find_encoder(catalog: Catalog, name: str | None = None) -> ModelSpec:
    """The speaker encoder of that name or, without one, the first that is installed.

    Raises:
        UnknownModel: no such model. WrongTask: it tells no speakers.
        BackendNotInstalled: none was named and none is there.
    """
    if name:
        return catalog.find(name, Task.EMBED_SPEAKER)
    for spec in catalog:
        is_serious = Task.EMBED_SPEAKER in spec.tasks and spec.name != _PRETENDER and not spec.is_internal
        if is_serious and all(importlib.util.find_spec(package) for package in spec.requires):
            return spec
    raise BackendNotInstalled(
        "no speaker encoder is installed, so voices cannot be compared; pip install 'catwalk[voices]' brings one",
        param="model",
    )


async def embed(
    pool: Pool,
    spec: ModelSpec,
    waveforms: Sequence[Waveform],
    *,
    cost: Cost | None = None,
    priority: Priority = Priority.INTERACTIVE,
) -> list[tuple[float, ...]]:
    """A vector for each recording, in order, all in one lease."""
    size = sum(waveform.duration_s for waveform in waveforms)
    async with pool.lease(spec.name, Task.EMBED_SPEAKER, cost, size=size, priority=priority) as lease:
        return [tuple(await lease.call("embed_speaker", waveform=waveform)) for waveform in waveforms]


async def find_strangers(
    pool: Pool, spec: ModelSpec, clips: Sequence[tuple[str, Waveform]], *, priority: Priority = Priority.INTERACTIVE
) -> list[Fault]:
    """Clips, by name, that hold more than one speaker or another one than the rest."""
    windows = [cut_windows(waveform) for _, waveform in clips]
    vectors = iter(await embed(pool, spec, [each for cut in windows for each in cut], priority=priority))
    by_clip = [(name, [next(vectors) for _ in cut]) for (name, _), cut in zip(clips, windows, strict=True)]
    return judge_speakers(by_clip)


def cut_windows(waveform: Waveform) -> list[Waveform]:
    """Stretches of ``WINDOW_S`` with enough sound in them, spread evenly; one shorter stretch of a short clip."""
    size = round(WINDOW_S * waveform.rate_hz)
    n_whole = len(waveform.samples) // size
    if n_whole < 2:
        return [waveform]
    starts = [index * size for index in range(n_whole)]
    chosen = [starts[round(index)] for index in np.linspace(0, n_whole - 1, min(n_whole, MAX_WINDOWS))]
    cut = [Waveform(waveform.samples[start : start + size], waveform.rate_hz) for start in chosen]
    sounding = [each for each in cut if float(np.mean(find_audible(levels_db(each)))) > 0.3]
    return sounding or [waveform]


def judge_speakers(clips: Sequence[tuple[str, Sequence[Sequence[float]]]]) -> list[Fault]:
    """The same from the vectors of each clip's stretches."""
    faults: list[Fault] = []
    for name, vectors in clips:
        likeness = _split_in_two(vectors)
        if likeness is not None and likeness < _SAME_CLIP:
            faults.append((name, f"more than one speaker: its stretches fall into two voices, {likeness:.2f} alike"))
    means = [average(vectors) for _, vectors in clips]
    for index, (name, _) in enumerate(clips):
        others = means[:index] + means[index + 1 :]
        # Of two clips nobody can tell which is the stranger; both are named.
        if others and (likeness := similarity(means[index], average(others))) < _SAME_VOICE:
            faults.append((name, f"another speaker than in the other clips: {likeness:.2f} alike"))
    return faults


def _split_in_two(vectors: Sequence[Sequence[float]]) -> float | None:
    """Likeness of the two groups that differ most; None where there is only one group to speak of."""
    if len(vectors) < 2:
        return None
    rows = np.asarray(vectors, np.float64)
    matrix = similarity_matrix(vectors)
    first, second = divmod(int(np.argmin(matrix)), len(rows))
    belongs: NDArray[np.bool_] = matrix[:, first] >= matrix[:, second]
    for _ in range(5):
        if belongs.all() or not belongs.any():
            return None
        centres = rows[belongs].mean(axis=0), rows[~belongs].mean(axis=0)
        likeness = [rows @ centre / np.linalg.norm(centre) for centre in centres]
        belongs = likeness[0] >= likeness[1]
    smaller = min(int(belongs.sum()), int((~belongs).sum()))
    if smaller == 0 or smaller / len(rows) < _MIN_SHARE:
        return None
    return similarity(tuple(rows[belongs].mean(axis=0)), tuple(rows[~belongs].mean(axis=0)))
