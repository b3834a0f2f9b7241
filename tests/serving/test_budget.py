from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from catwalk.serving.budget import Budget, add, bound, covers, estimate_footprint, shortfall, smaller, subtract

SIZES = st.dictionaries(st.sampled_from(["ram", "cuda:0", "cuda:1"]), st.integers(0, 1000))
LIMITS = {"ram": 100, "cuda:0": 50}


def test_headroom_is_what_residents_and_reservations_leave_of_the_limit() -> None:
    budget = Budget({"ram": 100, "cuda:0": 50})

    budget.hold("a", {"ram": 10, "cuda:0": 30})
    budget.hold("b", {"ram": 20}, reserved=True)

    assert budget.headroom() == {"ram": 70, "cuda:0": 20}
    assert budget.resident() == {"ram": 10, "cuda:0": 30}
    assert budget.reserved() == {"ram": 20, "cuda:0": 0}


def test_a_measurement_takes_the_place_of_the_reservation() -> None:
    budget = Budget({"ram": 100})
    budget.hold("a", {"ram": 80}, reserved=True)

    budget.hold("a", {"ram": 60})

    assert budget.headroom() == {"ram": 40}
    assert budget.reserved() == {"ram": 0}


def test_what_is_over_the_limit_is_told_by_device() -> None:
    budget = Budget({"ram": 100, "cuda:0": 50})

    budget.hold("a", {"ram": 130, "cuda:0": 50})

    assert budget.excess() == {"ram": 30}


def test_a_need_over_the_limit_is_taken_to_be_the_limit_where_less_was_enough_before() -> None:
    assert bound({"ram": 104, "cuda:0": 30}, {"ram": 95, "cuda:0": 30}, LIMITS) == {"ram": 100, "cuda:0": 30}


def test_a_need_that_always_was_over_the_limit_stays_what_it_is() -> None:
    assert bound({"ram": 104}, {"ram": 103}, LIMITS) == {"ram": 104}
    assert bound({"ram": 104}, {}, LIMITS) == {"ram": 104}


def test_what_a_measurement_may_be_off_by_is_not_over_the_limit() -> None:
    assert bound({"ram": 101}, {}, LIMITS) == {"ram": 100}


def test_a_device_that_is_not_there_holds_nothing() -> None:
    assert bound({"cuda:9": 5}, {}, LIMITS) == {"cuda:9": 5}


def test_a_model_never_fits_if_it_does_not_fit_beside_the_pinned() -> None:
    budget = Budget({"ram": 100})
    budget.hold("evictable", {"ram": 90})

    assert not budget.never_fits({"ram": 100}, {})
    assert budget.never_fits({"ram": 60}, {"ram": 50})


def test_a_device_without_a_limit_of_its_own_has_no_room() -> None:
    assert not covers({"ram": 100}, {"cuda:0": 1})
    assert covers({"ram": 100}, {"cuda:0": 0})


def test_shortfall_names_only_what_is_missing_and_does_not_count_debts() -> None:
    assert shortfall({"ram": -5, "cuda:0": 10}, {"ram": 3, "cuda:0": 4}) == {"ram": 3}


def test_an_estimate_counts_the_process_in_ram_and_the_weights_where_they_lie() -> None:
    there = estimate_footprint(1000, "cuda:0")
    here = estimate_footprint(1000)

    assert there["cuda:0"] == 1100
    assert here == {"ram": there["ram"] + 1100}


@given(st.lists(st.tuples(st.sampled_from("abcd"), SIZES)), st.lists(st.sampled_from("abcd")))
def test_whatever_comes_and_goes_the_account_is_the_sum_of_the_holders(
    held: list[tuple[str, dict[str, int]]], released: list[str]
) -> None:
    budget = Budget({"ram": 10_000, "cuda:0": 10_000, "cuda:1": 10_000})

    for holder, sizes in held:
        budget.hold(holder, sizes)
    for holder in released:
        budget.release(holder)

    left = {holder: sizes for holder, sizes in held if holder not in released}
    for device, room in budget.headroom().items():
        assert room == 10_000 - sum(sizes.get(device, 0) for sizes in left.values())


@given(SIZES, SIZES)
def test_what_is_missing_is_exactly_what_must_be_added(room: dict[str, int], needed: dict[str, int]) -> None:
    missing = shortfall(room, needed)

    assert covers(add(room, missing), needed)
    assert covers(room, needed) == (not missing)


def test_differences_and_minima_keep_the_devices_of_the_first() -> None:
    assert subtract({"ram": 5}, {"ram": 7, "cuda:0": 1}) == {"ram": -2}
    assert smaller({"ram": 5, "cuda:0": 3}, {"ram": 4}) == {"ram": 4, "cuda:0": 0}
