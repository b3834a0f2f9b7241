"""A search for the blend of given voices that comes nearest to another voice; no model is called here.

A point of the search is two blends, one for the sound and one for the rhythm of a voice, each by its places on axes
along which the given voices differ most from one another. What was heard at the points tried so far, as vectors of a
speaker encoder, is carried over to all others by a Gaussian process, and the next point is where that comes nearest to
the voice looked for. A vector says 256 times more than its likeness to the target does: some dozens of points are
enough where searches that look at the likeness alone need hundreds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from catwalk.audio.likeness import Vector, similarity

Array = NDArray[np.float64]

N_AXES = 16
"""Axes for each half of a point; 16 hold nine tenths of how 54 voices differ."""

_LENGTH = 1.5
"""How far, in typical distances of the given voices, what was heard tells of its surroundings."""

_LINEAR = 0.3
"""Weight of the straight part of the process, which alone reaches beyond the given voices."""

_NOISE = 1e-3
_SPREAD = 0.4
"""Standard deviation of the steps with which candidates are made from the best points."""

_RESTRAINT = 0.003
"""What a point loses for lying far from the middle: blends far outside the given voices lose words."""

_CURIOSITY = (0.0, 0.02, 0.05)
"""How much of the process's doubt is taken for promise, in turn."""

_N_TOPS = 6
_N_KEPT = 40
_N_ROUNDS = 6
_MIN_WEIGHT = 0.004


@dataclass(frozen=True, slots=True)
class Trial:
    """A point that was tried."""

    point: Array
    score: float
    """Likeness to the voice looked for, less what its word errors cost."""


class BlendSearch:
    """Proposes points, and learns from what was heard there."""

    def __init__(self, names: Sequence[str], heard: Sequence[Vector], target: Vector, *, seed: int = 0) -> None:
        """Begin with the given voices themselves.

        Args:
            names: The given voices.
            heard: A vector for each of them.
            target: The vector of the voice looked for.
            seed: Of the candidates; the same seed and answers give the same search.
        """
        rows = np.asarray(heard, np.float64)
        left, _, _ = np.linalg.svd(rows - rows.mean(axis=0), full_matrices=False)
        n_voices, n_axes = len(names), min(N_AXES, len(names) - 1)
        self._names = tuple(names)
        self._axes = left[:, :n_axes] / np.sqrt(n_voices)
        self._random = np.random.default_rng(seed)
        self._target = np.asarray(target, np.float64)
        places = left[:, :n_axes] * np.sqrt(n_voices)
        self._points: list[Array] = list(np.hstack([places, places]))
        self._heard: list[Array] = list(rows)
        self._scores = [similarity(row, target) for row in rows]
        self._n_given = n_voices
        self.best: Trial | None = None
        """Of the points tried since; None before the first."""

    @property
    def n_tried(self) -> int:
        """Points tried so far, the given voices aside."""
        return len(self._points) - self._n_given

    def propose(self) -> Array:
        """The point to try next."""
        tops = sorted(range(len(self._points)), key=lambda index: -self._scores[index])[:_N_TOPS]
        size = (80, self._points[0].size)
        candidates = np.vstack(
            [
                self._points[top] + self._random.normal(size=size) * _SPREAD * share
                for top in tops
                for share in (1.0, 0.5, 0.2)
            ]
        )
        process = _Process(np.array(self._points), np.array(self._heard))
        curiosity = _CURIOSITY[self.n_tried % len(_CURIOSITY)]
        for _ in range(_N_ROUNDS):
            kept = candidates[np.argsort(-self._promise(process, candidates, curiosity))[:_N_KEPT]]
            moved = [kept + self._random.normal(size=kept.shape) * _SPREAD * share for share in (0.4, 0.2, 0.1)]
            mates = kept[self._random.permutation(len(kept))]
            candidates = np.vstack([kept, *moved, 0.5 * (kept + mates)])
        return np.asarray(candidates[int(np.argmax(self._promise(process, candidates, curiosity)))])

    def _promise(self, process: _Process, points: Array, curiosity: float) -> Array:
        means, variances = process.predict(points)
        likeness = means @ self._target / (np.linalg.norm(means, axis=1) * np.linalg.norm(self._target) + 1e-12)
        return np.asarray(
            likeness + curiosity * np.sqrt(variances) - _RESTRAINT * np.mean(np.square(points), axis=1), np.float64
        )

    def learn(self, point: Array, heard: Vector, *, penalty: float = 0.0) -> Trial:
        """Take in what was heard at a point.

        Args:
            point: As it was proposed.
            heard: The vector of what was spoken there.
            penalty: What its faults take off its likeness.
        """
        trial = Trial(point, similarity(heard, self._target) - penalty)
        self._points.append(point)
        self._heard.append(np.asarray(heard, np.float64))
        self._scores.append(trial.score)
        if self.best is None or trial.score > self.best.score:
            self.best = trial
        return trial

    def write(self, point: Array, first: str) -> str:
        """The two blends of a point: ``af_heart(0.31)-am_adam(0.12)+…/am_onyx(0.4)+…``.

        Args:
            point: As it was proposed.
            first: The given voice that stands first, whatever its weight: it gives a blend its language.
        """
        n_axes = self._axes.shape[1]
        sound, rhythm = (
            write_blend(self._names, 1 / self._n_given + self._axes @ half, first=first)
            for half in np.split(point, [n_axes])
        )
        return f"{sound}/{rhythm}"


def write_blend(names: Sequence[str], weights: Vector, *, first: str) -> str:
    """A blend as text: ``first``, then the heaviest first; weights that round to nothing are left out."""
    shares = dict(zip(names, (float(weight) for weight in weights), strict=True))
    order = sorted(shares, key=lambda name: (name != first, -shares[name]))
    parts = [
        f"{'-' if shares[name] < 0 else '+'}{name}({abs(shares[name]):.4f})"
        for name in order
        if abs(shares[name]) >= _MIN_WEIGHT or name == first
    ]
    return "".join(parts).removeprefix("+")


class _Process:
    """A Gaussian process with a smooth and a straight part, over vectors."""

    def __init__(self, points: Array, values: Array) -> None:
        self._points = points
        self._mean = values.mean(axis=0)
        self._inverse = np.linalg.inv(self._kernel(points, points) + _NOISE * np.eye(len(points)))
        self._factors = self._inverse @ (values - self._mean)

    def _kernel(self, one: Array, other: Array) -> Array:
        n_axes = one.shape[1]
        products = one @ other.T
        squares = np.sum(one**2, axis=1)[:, np.newaxis] + np.sum(other**2, axis=1) - 2 * products
        smooth = np.exp(-np.maximum(squares, 0.0) / (2 * _LENGTH**2 * n_axes))
        return np.asarray(smooth + _LINEAR * products / (n_axes * _LENGTH**2))

    def predict(self, points: Array) -> tuple[Array, Array]:
        """Mean, shape (n, n_values), and variance, shape (n,)."""
        near = self._kernel(points, self._points)
        own = 1.0 + _LINEAR * np.mean(np.square(points), axis=1) / _LENGTH**2
        doubt = own - np.sum((near @ self._inverse) * near, axis=1)
        return near @ self._factors + self._mean, np.maximum(doubt, 1e-9)
