"""Vectors of voices, as a speaker encoder gives them: how alike two voices are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Vector = Sequence[float] | NDArray[np.floating[Any]]


def similarity(a: Vector, b: Vector) -> float:
    """How alike two voices are: the cosine of the angle between their vectors, 1 for the same.

    With Resemblyzer's encoder, recordings of one speaker score 0.95 to 0.98 with each other and those of different
    speakers 0.5 to 0.75; short recordings (under about 3 s) score some hundredths less.

    Raises:
        ValueError: the vectors are not of one length.
    """
    first, second = np.asarray(a, np.float64), np.asarray(b, np.float64)
    if first.shape != second.shape:
        raise ValueError(f"vectors of {first.size} and {second.size} numbers come from different encoders")
    scale = float(np.linalg.norm(first) * np.linalg.norm(second))
    return float(first @ second) / scale if scale > 0 else 0.0


def similarity_matrix(vectors: Sequence[Vector]) -> NDArray[np.float64]:
    """:func:`similarity` of each with each, shape (n, n)."""
    rows = np.asarray(vectors, np.float64).reshape(len(vectors), -1)
    rows = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
    return np.asarray(rows @ rows.T)


def average(vectors: Sequence[Vector]) -> tuple[float, ...]:
    """The voice that several recordings of it have in common, as a vector of unit length.

    Raises:
        ValueError: there are none.
    """
    if not vectors:
        raise ValueError("an average needs at least one vector")
    mean = np.mean(np.asarray(vectors, np.float64), axis=0)
    return tuple(float(value) for value in mean / max(float(np.linalg.norm(mean)), 1e-12))


def lay_out(vectors: Sequence[Vector]) -> NDArray[np.float64]:
    """Places in a plane whose distances come as near as a plane allows to those of the vectors, shape (n, 2).

    Their principal components; each axis points so that the first vector lies on its left or below.
    """
    rows = np.asarray(vectors, np.float64).reshape(len(vectors), -1)
    centred = rows - rows.mean(axis=0)
    left, scales, _ = np.linalg.svd(centred, full_matrices=False)
    places = np.zeros((len(rows), 2))
    n_axes = min(2, scales.size)
    places[:, :n_axes] = left[:, :n_axes] * scales[:n_axes]
    return places * np.where(places[:1] > 0, -1.0, 1.0)
