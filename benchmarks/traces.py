"""The public trace and catalog formats: reading, checking, writing and making them.

A trace is JSON lines, one request each::

    {"t_s": 0.0, "id": "r1", "model": "a", "voice": "v", "run_s": 0.8, "priority": "interactive", "cancel_t_s": null}

A catalog is one JSON document::

    {"budget_bytes": …, "max_wait_s": 60, "quantum_s": 30,
     "models": {"a": {"bytes": …, "load_s": …, "voices": {"v": {"bytes": …, "load_s": …}}}}}

Unknown fields are ignored. ``voice``, ``priority``, ``cancel_t_s``, ``max_wait_s``, ``quantum_s`` and ``voices`` may be
left out. Requests need not be in order of time.
"""

from __future__ import annotations

import json
import math
import random
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

DEFAULT_MAX_WAIT_S = 60.0
DEFAULT_QUANTUM_S = 30.0


class Malformed(Exception):
    """A trace or a catalog breaks the format; the message says where and how."""


@dataclass(frozen=True, slots=True)
class VoiceCost:
    """What a voice's latents take."""

    bytes: int
    load_s: float


@dataclass(frozen=True, slots=True)
class ModelCost:
    """What a model takes."""

    bytes: int
    load_s: float
    voices: Mapping[str, VoiceCost] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Costs:
    """A catalog: what everything takes, and what there is."""

    budget_bytes: int
    models: Mapping[str, ModelCost]
    max_wait_s: float = DEFAULT_MAX_WAIT_S
    quantum_s: float = DEFAULT_QUANTUM_S


@dataclass(frozen=True, slots=True)
class Arrival:
    """One request of a trace."""

    t_s: float
    id: str
    model: str
    run_s: float
    voice: str | None = None
    priority: str = "interactive"
    cancel_t_s: float | None = None
    """When its caller hangs up, whether it waits or runs by then; no effect once it was answered."""


def read_catalog(text: str) -> Costs:
    """The catalog in a JSON document.

    Raises:
        Malformed: it is none.
    """
    document = _parse(text, "the catalog")
    models = _mapping(document, "models", "the catalog")
    return Costs(
        budget_bytes=int(_number(document, "budget_bytes", "the catalog")),
        models={name: _read_model(each, f"model {name!r}") for name, each in models.items()},
        max_wait_s=_number(document, "max_wait_s", "the catalog", DEFAULT_MAX_WAIT_S),
        quantum_s=_number(document, "quantum_s", "the catalog", DEFAULT_QUANTUM_S),
    )


def _read_model(entry: Any, where: str) -> ModelCost:
    if not isinstance(entry, dict):
        raise Malformed(f"{where} must be an object, not {entry!r}")
    voices = {}
    for voice, cost in _mapping(entry, "voices", where, {}).items():
        place = f"voice {voice!r} of {where}"
        if not isinstance(cost, dict):
            raise Malformed(f"{place} must be an object, not {cost!r}")
        voices[voice] = VoiceCost(int(_number(cost, "bytes", place)), _number(cost, "load_s", place))
    return ModelCost(int(_number(entry, "bytes", where)), _number(entry, "load_s", where), voices)


def read_trace(text: str, costs: Costs) -> list[Arrival]:
    """The requests in JSON lines, in order of time.

    Raises:
        Malformed: a line is no request, an id occurs twice, or the catalog lacks the model or the voice.
    """
    arrivals = []
    seen: set[str] = set()
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        where = f"line {number} of the trace"
        arrival = _read_arrival(_parse(line, where), where)
        if arrival.id in seen:
            raise Malformed(f"{where}: the id {arrival.id!r} was used before")
        if arrival.model not in costs.models:
            raise Malformed(f"{where}: the catalog has no model {arrival.model!r}")
        if arrival.voice is not None and arrival.voice not in costs.models[arrival.model].voices:
            raise Malformed(f"{where}: model {arrival.model!r} has no voice {arrival.voice!r} in the catalog")
        seen.add(arrival.id)
        arrivals.append(arrival)
    return sorted(arrivals, key=lambda each: each.t_s)


def _read_arrival(entry: dict[str, Any], where: str) -> Arrival:
    priority = entry.get("priority")
    if priority is None:
        priority = "interactive"
    if priority not in {"interactive", "batch"}:
        raise Malformed(f"{where}: priority must be 'interactive' or 'batch', not {priority!r}")
    voice = entry.get("voice")
    if voice is not None and not isinstance(voice, str):
        raise Malformed(f"{where}: voice must be a text or null, not {voice!r}")
    return Arrival(
        t_s=_number(entry, "t_s", where),
        id=_text(entry, "id", where),
        model=_text(entry, "model", where),
        run_s=_number(entry, "run_s", where),
        voice=voice,
        priority=priority,
        cancel_t_s=None if entry.get("cancel_t_s") is None else _number(entry, "cancel_t_s", where),
    )


def _parse(text: str, where: str) -> dict[str, Any]:
    try:
        document = json.loads(text)
    except ValueError as error:
        raise Malformed(f"{where} is not JSON: {error}") from error
    if not isinstance(document, dict):
        raise Malformed(f"{where} must be a JSON object, not {type(document).__name__}")
    return document


def _number(entry: Mapping[str, Any], key: str, where: str, default: float | None = None) -> float:
    value = entry.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < math.inf:
        raise Malformed(f"{where}: {key} must be a number of at least 0, not {value!r}")
    return float(value)


def _text(entry: Mapping[str, Any], key: str, where: str) -> str:
    value = entry.get(key)
    if not isinstance(value, str):
        raise Malformed(f"{where}: {key} must be a text, not {value!r}")
    return value


def _mapping(entry: Mapping[str, Any], key: str, where: str, default: Any = None) -> dict[str, Any]:
    value = entry.get(key, default)
    if not isinstance(value, dict):
        raise Malformed(f"{where}: {key} must be an object, not {value!r}")
    return value


def write_trace(arrivals: Iterable[Arrival], path: Path) -> None:
    """Write a trace in the public format."""
    path.write_text("".join(json.dumps(asdict(arrival)) + "\n" for arrival in arrivals))


def write_catalog(costs: Costs, path: Path) -> None:
    """Write a catalog in the public format."""
    path.write_text(json.dumps(asdict(costs), indent=2) + "\n")


# --- made traces

GB = 1 << 30
MB = 1 << 20


def make_mixed(seed: int, n_requests: int = 500, *, mean_gap_s=0.4, median=0.6, sigma=0.5, hot=0.55, n_models=4, n_voices=6, voice_mb=(4,40), slack=1.0, equal=None, extra=0) -> tuple[list[Arrival], Costs]:
    """A busy afternoon: one hot model and three others, six voices each, and memory for two models.

    Gaps are exponential with a mean of 0.4 s, runs log-normal with a median of 0.6 s, loads take 2–20 s.
    """
    rng = random.Random(seed)
    names = [chr(ord("a") + k) for k in range(n_models)]
    models = {
        name: ModelCost(
            bytes=rng.randint(2 * GB, 4 * GB),
            load_s=round(rng.uniform(2, 20), 2),
            voices={
                f"v{k}": VoiceCost(rng.randint(voice_mb[0] * MB, voice_mb[1] * MB), round(rng.uniform(0.05, 0.4), 3)) for k in range(n_voices)
            },
        )
        for name in names
    }
    largest = sorted((each.bytes + sum(v.bytes for v in each.voices.values())*slack for each in models.values()), reverse=True)
    costs = Costs(int(sum(largest[:2])), models)
    if equal is not None:
        models = {n: ModelCost(equal * GB, m.load_s, m.voices) for n, m in models.items()}
        costs = Costs(2 * equal * GB + extra * MB, models)
    weights = [hot] + [(1 - hot) / (n_models - 1)] * (n_models - 1)
    t_s = 0.0
    arrivals = []
    for k in range(n_requests):
        model = rng.choices(names, weights)[0]
        arrivals.append(
            Arrival(round(t_s, 4), f"r{k}", model, round(rng.lognormvariate(math.log(median), sigma), 4), f"v{rng.randrange(n_voices)}")
        )
        t_s += rng.expovariate(1 / mean_gap_s)
    return arrivals, costs
