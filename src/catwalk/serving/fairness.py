"""Whose turn it is: among models that want memory, and among the requests of one model.

With *n* models waiting, each is resident again within
``max_wait_s + n × (quantum_s + longest load) + longest run``, if no run is longer than a quantum: nothing is
interrupted, so a turn lasts for one run at least. Claims are met in the order in which they were made once they are
older than ``max_wait_s``, so a claim's bound is known when it is made; whoever is first may wait for a busy model to
run dry as long as neither its own bound nor that of anybody behind it is in danger.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence

from catwalk.serving.backlog import Waiting
from catwalk.serving.events import Priority
from catwalk.serving.residence import Limits, Residence, State

SAFETY = 0.1
"""Share of a quantum by which the bound is kept early."""

VOICE_TURN = 4.0
"""A voice that had to be brought in is used for this many times its own load before age calls for another one."""


def ages_s(model: Residence, limits: Limits) -> float:
    """When the model's claim has waited too long; infinity without a claim."""
    return model.claim.since_s + limits.max_wait_s if model.claim is not None else math.inf


def order_claims(models: Iterable[Residence], limits: Limits, now_s: float) -> list[Residence]:
    """Models with a claim: first those that waited too long, oldest claim first; then interactive before batch."""

    def rank(model: Residence) -> int:
        if now_s >= ages_s(model, limits):
            return 0
        return 1 if model.has_interactive else 2

    claiming = [model for model in models if model.claim is not None and not model.is_cooling(now_s)]
    return sorted(claiming, key=rank)  # stable, and claims are kept in the order in which they were made


def latest_departure_s(claims: Sequence[Residence], longest_run_s: float, limits: Limits) -> float:
    """When room must be made for the first claim at the latest, for all claims to be met within their bounds.

    Args:
        claims: In the order in which they will be met.
        longest_run_s: Longest run seen so far.
        limits: Of the scheduler.
    """
    longest_load_s = max(model.load_s for model in claims)
    lead_s, latest_s = SAFETY * limits.quantum_s, math.inf
    for model in claims:
        if model.claim is None:
            continue
        lead_s += longest_run_s + (0.0 if model.state is State.READY else model.load_s)
        turns_s = model.claim.n_waiting * (limits.quantum_s + longest_load_s)
        latest_s = min(latest_s, ages_s(model, limits) + turns_s + longest_run_s - lead_s)
        lead_s += limits.quantum_s  # the one before may use its whole turn
    return latest_s


def old_request(model: Residence, limits: Limits, now_s: float) -> Waiting | None:
    """The request to which voices and priorities must yield, because it waits longer than ``max_wait_s``."""
    # Old batch work and interactive requests take turns, or a long old batch would shut people out.
    skips_batch = model.batch_had_turn and model.waiting.has(Priority.INTERACTIVE)
    oldest = model.waiting.oldest(Priority.INTERACTIVE if skips_batch else None)
    if oldest is None or now_s < oldest.arrived_s + limits.max_wait_s:
        return None
    if not model.holds(oldest.voice):
        turn_s = min(limits.quantum_s, VOICE_TURN * model.costs.latents_s(oldest.voice))
        if now_s < model.voice_since_s + turn_s:
            return None
    return oldest


def prefer(model: Residence, fits: Callable[[str | None], bool]) -> Iterator[Waiting]:
    """Requests of a model in the order in which they should be tried; at least one while any waits.

    Interactive before batch. The oldest, if its voice is in memory or costs no other voice its place; else the oldest
    of the voice used last, else of any voice in memory, else the oldest all the same, else whatever fits.
    """
    for priority in Priority:
        oldest = model.waiting.oldest(priority)
        if oldest is None:
            continue
        if not fits(oldest.voice):
            if model.holds(model.last_voice):
                yield from _some(model.waiting.first_of((model.last_voice,), priority))
            yield from _some(model.waiting.first_of((None, *model.voices), priority))
        yield oldest
        fitting = [voice for voice in model.waiting.voices(priority) if fits(voice)]
        yield from _some(model.waiting.first_of(fitting, priority))


def _some(waiting: Waiting | None) -> Iterator[Waiting]:
    if waiting is not None:
        yield waiting
