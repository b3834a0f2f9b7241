"""Which requests are turned away at the door, and where they go instead."""

from __future__ import annotations

import math
from collections.abc import Iterable

from catwalk.errors import CatwalkError, CoolingDown, QueueFull
from catwalk.serving.events import Decision, Reject, Request, Route
from catwalk.serving.forecast import predict_wait_s
from catwalk.serving.memory import Memory
from catwalk.serving.residence import Limits, Residence, State


def refuse(
    request: Request, model: Residence, models: Iterable[Residence], memory: Memory, limits: Limits, *, now_s: float
) -> Decision | None:
    """What happens to a request that cannot be queued; None when it can (rules 7, 11, 12 and 14)."""
    is_there = model.state is State.READY and model.holds(request.voice)
    if not is_there and memory.never_fits(model, request.voice):
        return turn_away(request.id, model, memory.describe_misfit(model, request.voice))
    if model.is_cooling(now_s) and not model.load_wanted:
        wait_s = math.ceil(model.cool_until_s - now_s)
        message = f"model {model.name!r} failed and is tried again in {wait_s} s: {model.last_error}"
        return turn_away(request.id, model, CoolingDown(message, retry_after_s=wait_s))
    is_full = len(model.waiting) >= limits.max_queue
    if not is_full and (model.terms.fallback is None or math.isinf(limits.max_local_wait_s)):
        return None
    predicted_s = predict_wait_s(model, models, memory, limits, now_s)
    if is_full:
        message = f"{len(model.waiting)} requests wait for model {model.name!r} already, the most that may"
        return turn_away(request.id, model, QueueFull(message, retry_after_s=max(1, math.ceil(predicted_s))))
    if model.terms.fallback is not None and predicted_s > limits.max_local_wait_s:
        return Route(request.id, model.terms.fallback, "predicted_wait")
    return None


def turn_away(request: str, model: Residence, error: CatwalkError) -> Decision:
    """Send a request to the model's fallback, or answer it with the error if there is none."""
    if model.terms.fallback is not None:
        return Route(request, model.terms.fallback, error.code)
    return Reject(request, error)
