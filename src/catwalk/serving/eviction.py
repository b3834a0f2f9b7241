"""Who has to leave: the choice of victims, as a pure function of what each is worth."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from catwalk.serving.budget import Sizes, add, covers


@dataclass(frozen=True, slots=True)
class Candidate:
    """A model, or a voice of a model, that may be evicted."""

    model: str
    voice: str | None
    """None stands for the whole model, its voices included."""

    sizes: Sizes
    """Bytes that come back, by device."""

    loss: float
    """Expected cost: seconds to bring it back over seconds until it is likely wanted again."""


def choose_victims(candidates: Iterable[Candidate], missing: Sizes) -> list[Candidate] | None:
    """The candidates whose loss costs least among those that together free what is missing.

    Greedy by loss per byte that helps, then every victim that turns out not to be needed is spared, dearest first. A
    voice is never named beside its own model.

    Args:
        candidates: Who may go.
        missing: Bytes to be freed, by device; all above zero.

    Returns:
        None when all of them together would not free enough.
    """
    helpful = [(candidate, _bytes_that_help(candidate, missing)) for candidate in candidates]
    ranked = sorted(
        (pair for pair in helpful if pair[1] > 0),
        key=lambda pair: (pair[0].loss / pair[1], -pair[1], pair[0].model, pair[0].voice or ""),
    )
    chosen: list[Candidate] = []
    for candidate, _ in ranked:
        if any(other.voice is None and other.model == candidate.model for other in chosen):
            continue
        if candidate.voice is None:  # the whole model takes the place of voices chosen before
            chosen = [other for other in chosen if other.model != candidate.model]
        chosen.append(candidate)
        if covers(_total(chosen), missing):
            return _spare(chosen, missing)
    return None


def _spare(chosen: list[Candidate], missing: Sizes) -> list[Candidate]:
    for candidate in sorted(chosen, key=lambda each: each.loss, reverse=True):
        rest = [other for other in chosen if other is not candidate]
        if covers(_total(rest), missing):
            chosen = rest
    return chosen


def _total(chosen: list[Candidate]) -> Sizes:
    total: Sizes = {}
    for candidate in chosen:
        total = add(total, candidate.sizes)
    return total


def _bytes_that_help(candidate: Candidate, missing: Sizes) -> int:
    return sum(min(n_bytes, candidate.sizes.get(device, 0)) for device, n_bytes in missing.items())
