"""How long a request will likely wait."""

from __future__ import annotations

from collections.abc import Iterable

from catwalk.serving.budget import covers
from catwalk.serving.memory import Memory
from catwalk.serving.residence import Limits, Residence, State


def predict_wait_s(
    model: Residence, models: Iterable[Residence], memory: Memory, limits: Limits, now_s: float
) -> float:
    """Expected seconds until a request that comes now gets a lane of its model.

    The work that waits for the model already, and where it is not in memory: the load in flight, the loads claimed
    before, the time until the first other model has nothing to do, and its own load.

    Args:
        model: What is asked for.
        models: All of them.
        memory: The account of all of them.
        limits: Of the scheduler.
        now_s: The time.
    """
    work_s = model.work_s(now_s)
    if model.state is State.READY:
        return work_s if model.waiting or len(model.calls) >= model.lanes else 0.0
    if model.state is State.LOADING:
        return _left_s(model, now_s) + work_s
    left_s, ahead_s, room_s = 0.0, 0.0, limits.max_wait_s + limits.quantum_s
    for other in models:
        if other.state is State.LOADING:
            left_s = max(left_s, _left_s(other, now_s))
        if other is not model and other.claim is not None:
            ahead_s += other.load_s
        if other.state is State.READY and not other.pinned:
            room_s = min(room_s, other.dry_s(now_s) - now_s)
    return left_s + ahead_s + (0.0 if covers(memory.budget.headroom(), model.sizes) else room_s) + model.load_s + work_s


def _left_s(model: Residence, now_s: float) -> float:
    return max(0.0, model.load_since_s + model.load_s - now_s)
