from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from catwalk.library.ranks import spread


@given(st.lists(st.tuples(st.floats(0, 1), st.integers(1, 40)), max_size=30))
def test_ranks_put_between_any_two_are_in_order_and_never_the_same(insertions: list[tuple[float, int]]) -> None:
    ranks: list[str] = []

    for where, n in insertions:
        at = int(where * len(ranks))
        low, high = ranks[at - 1] if at else None, ranks[at] if at < len(ranks) else None
        ranks[at:at] = spread(low, high, n)

    assert ranks == sorted(set(ranks))


@given(st.integers(1, 5_000))
def test_the_first_ranks_are_short(n: int) -> None:
    assert max(map(len, spread(None, None, n))) <= 3


def test_ranks_grow_slowly_when_lines_are_always_put_at_the_same_place() -> None:
    low, high = spread(None, None, 2)

    for _ in range(200):
        (high,) = spread(low, high, 1)

    assert len(high) < 50
