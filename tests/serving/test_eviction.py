from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from catwalk.serving.budget import add, covers
from catwalk.serving.eviction import Candidate, choose_victims


def candidate(model: str, n_bytes: int, loss: float, voice: str | None = None) -> Candidate:
    return Candidate(model, voice, {"ram": n_bytes}, loss)


def test_the_smallest_loss_for_each_byte_that_helps_goes_first() -> None:
    victims = choose_victims([candidate("a", 10, 5.0), candidate("b", 50, 10.0)], {"ram": 10})

    assert victims == [candidate("a", 10, 5.0)]


def test_bytes_beyond_what_is_missing_do_not_count() -> None:
    victims = choose_victims([candidate("huge", 1000, 9.0), candidate("right", 10, 5.0)], {"ram": 10})

    assert victims == [candidate("right", 10, 5.0)]


def test_a_victim_that_turns_out_not_to_be_needed_is_spared() -> None:
    small, large = candidate("small", 10, 0.1), candidate("large", 100, 50.0)

    assert choose_victims([small, large], {"ram": 100}) == [large]


def test_there_are_no_victims_if_all_together_do_not_suffice() -> None:
    assert choose_victims([candidate("a", 10, 1.0)], {"ram": 11}) is None


def test_a_model_that_goes_takes_its_voices_along_and_they_are_not_counted_twice() -> None:
    model, voice = candidate("a", 100, 100.0), candidate("a", 20, 0.1, "v")

    assert choose_victims([model, voice], {"ram": 90}) == [model]
    assert choose_victims([model, voice], {"ram": 110}) is None


def test_bytes_on_another_device_do_not_help() -> None:
    on_gpu = Candidate("gpu", None, {"cuda:0": 100}, 0.1)

    assert choose_victims([on_gpu], {"ram": 10}) is None


@given(
    st.lists(st.tuples(st.integers(1, 100), st.floats(0, 100)), max_size=8),
    st.integers(1, 300),
)
def test_victims_free_enough_and_none_can_be_spared(offers: list[tuple[int, float]], missing: int) -> None:
    candidates = [candidate(f"m{k}", n_bytes, loss) for k, (n_bytes, loss) in enumerate(offers)]

    victims = choose_victims(candidates, {"ram": missing})

    if victims is None:
        assert sum(n_bytes for n_bytes, _ in offers) < missing
        return
    for spared in [None, *victims]:
        total: dict[str, int] = {}
        for victim in victims:
            if victim is not spared:
                total = add(total, victim.sizes)
        assert covers(total, {"ram": missing}) is (spared is None)
