"""Which request of a ready model comes next, and what its grant changes."""

from __future__ import annotations

from catwalk.serving import fairness
from catwalk.serving.backlog import Waiting
from catwalk.serving.events import Decision, Grant, Priority
from catwalk.serving.memory import Memory
from catwalk.serving.residence import Call, Lease, Limits, Residence


def first(model: Residence, limits: Limits, now_s: float) -> Waiting | None:
    """The request that the model would serve next, if there were room for every voice."""
    return fairness.old_request(model, limits, now_s) or next(fairness.prefer(model, model.holds), None)


def first_voice(model: Residence, limits: Limits, now_s: float) -> str | None:
    """The voice of that request."""
    waiting = first(model, limits, now_s)
    return waiting.voice if waiting is not None else None


def choose(
    model: Residence, memory: Memory, limits: Limits, now_s: float
) -> tuple[Waiting | None, list[Decision], bool]:
    """The request to serve next, the voices evicted for it, and whether a better one found no room for its voice."""
    old = fairness.old_request(model, limits, now_s)
    if old is not None:
        evicted = memory.make_room_for_voice(model, old.voice, now_s)
        if evicted is not None:
            model.batch_had_turn = old.priority is Priority.BATCH
            return old, evicted, False
        if now_s >= fairness.ages_s(model, limits):
            return None, [], True  # its other lanes run dry, so that their voices can go
    for waiting in fairness.prefer(model, lambda voice: memory.fits(model, voice)):
        evicted = memory.make_room_for_voice(model, waiting.voice, now_s)
        if evicted is not None:
            model.batch_had_turn = False
            return waiting, evicted, old is not None
    return None, [], True


def grant(model: Residence, chosen: Waiting, memory: Memory, now_s: float) -> Decision:
    """Give a lane to a request, and to those of its voice that the model can take with it."""
    batch = [chosen, *model.waiting.mates(chosen, model.batch_size - 1)]
    voice, predicted_s = chosen.voice, max(each.predicted_s for each in batch)
    loads_voice = not model.holds(voice)
    if voice is not None:
        if loads_voice:
            predicted_s += model.costs.latents_s(voice)
            model.voice_since_s = now_s
            memory.hold_voice(model, voice)
        model.voices[voice].n_users += 1
    model.last_voice = voice
    call = Call(voice, now_s, predicted_s, loads_voice, len(batch))
    model.calls.append(call)
    for each in batch:
        model.waiting.remove(each)
        model.leases[each.id] = Lease(each, call)
    model.n_granted += len(batch)
    return Grant(tuple(each.id for each in batch), model.name, voice, loads_voice)
