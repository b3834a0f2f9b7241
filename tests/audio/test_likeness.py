from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from catwalk.audio.likeness import average, lay_out, similarity, similarity_matrix

vectors = arrays(np.float64, 8, elements=st.floats(0.01, 1.0))


@given(vectors, vectors)
def test_likeness_is_the_same_both_ways_and_at_most_one(a: np.ndarray, b: np.ndarray) -> None:
    assert similarity(a, b) == pytest.approx(similarity(b, a))
    assert similarity(a, b) <= 1.0 + 1e-9


@given(vectors, st.floats(0.1, 10))
def test_how_long_a_vector_is_does_not_matter(a: np.ndarray, factor: float) -> None:
    assert similarity(a, a * factor) == pytest.approx(1.0)


def test_vectors_of_different_encoders_cannot_be_compared() -> None:
    with pytest.raises(ValueError, match="different encoders"):
        similarity((1.0, 0.0), (1.0, 0.0, 0.0))


def test_the_matrix_holds_the_likeness_of_each_with_each() -> None:
    rows = [(1.0, 0.0), (0.0, 2.0), (1.0, 1.0)]

    matrix = similarity_matrix(rows)

    for i, a in enumerate(rows):
        for j, b in enumerate(rows):
            assert matrix[i, j] == pytest.approx(similarity(a, b))


def test_an_average_has_unit_length_and_lies_between() -> None:
    mean = average([(1.0, 0.0), (0.0, 1.0)])

    assert mean == pytest.approx((math.sqrt(0.5), math.sqrt(0.5)))


def test_an_average_of_nothing_is_an_error() -> None:
    with pytest.raises(ValueError, match="at least one"):
        average([])


def test_places_in_the_plane_keep_the_distances_that_a_plane_can_keep() -> None:
    corners = [(0.0, 0.0, 1.0), (3.0, 0.0, 1.0), (3.0, 4.0, 1.0)]

    places = lay_out(corners)

    assert np.linalg.norm(places[0] - places[2]) == pytest.approx(5.0)
    assert np.linalg.norm(places[0] - places[1]) == pytest.approx(3.0)


def test_one_vector_has_a_place_too() -> None:
    assert lay_out([(1.0, 0.0, 0.0)]).tolist() == [[0.0, 0.0]]
