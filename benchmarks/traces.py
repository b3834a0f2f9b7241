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


class MalformedError(Exception):
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
        MalformedError: it is none.
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
        raise MalformedError(f"{where} must be an object, not {entry!r}")
    voices = {}
    for voice, cost in _mapping(entry, "voices", where, {}).items():
        place = f"voice {voice!r} of {where}"
        if not isinstance(cost, dict):
            raise MalformedError(f"{place} must be an object, not {cost!r}")
        voices[voice] = VoiceCost(int(_number(cost, "bytes", place)), _number(cost, "load_s", place))
    return ModelCost(int(_number(entry, "bytes", where)), _number(entry, "load_s", where), voices)


def read_trace(text: str, costs: Costs) -> list[Arrival]:
    """The requests in JSON lines, in order of time.

    Raises:
        MalformedError: a line is no request, an id occurs twice, or the catalog lacks the model or the voice.
    """
    arrivals = []
    seen: set[str] = set()
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        where = f"line {number} of the trace"
        arrival = _read_arrival(_parse(line, where), where)
        if arrival.id in seen:
            raise MalformedError(f"{where}: the id {arrival.id!r} was used before")
        if arrival.model not in costs.models:
            raise MalformedError(f"{where}: the catalog has no model {arrival.model!r}")
        if arrival.voice is not None and arrival.voice not in costs.models[arrival.model].voices:
            raise MalformedError(f"{where}: model {arrival.model!r} has no voice {arrival.voice!r} in the catalog")
        seen.add(arrival.id)
        arrivals.append(arrival)
    return sorted(arrivals, key=lambda each: each.t_s)


def _read_arrival(entry: dict[str, Any], where: str) -> Arrival:
    priority = entry.get("priority")
    if priority is None:
        priority = "interactive"
    if priority not in {"interactive", "batch"}:
        raise MalformedError(f"{where}: priority must be 'interactive' or 'batch', not {priority!r}")
    voice = entry.get("voice")
    if voice is not None and not isinstance(voice, str):
        raise MalformedError(f"{where}: voice must be a text or null, not {voice!r}")
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
        raise MalformedError(f"{where} is not JSON: {error}") from error
    if not isinstance(document, dict):
        raise MalformedError(f"{where} must be a JSON object, not {type(document).__name__}")
    return document


def _number(entry: Mapping[str, Any], key: str, where: str, default: float | None = None) -> float:
    value = entry.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < math.inf:
        raise MalformedError(f"{where}: {key} must be a number of at least 0, not {value!r}")
    return float(value)


def _text(entry: Mapping[str, Any], key: str, where: str) -> str:
    value = entry.get(key)
    if not isinstance(value, str):
        raise MalformedError(f"{where}: {key} must be a text, not {value!r}")
    return value


def _mapping(entry: Mapping[str, Any], key: str, where: str, default: Any = None) -> dict[str, Any]:
    value = entry.get(key, default)
    if not isinstance(value, dict):
        raise MalformedError(f"{where}: {key} must be an object, not {value!r}")
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


def make_mixed(
    seed: int,
    n_requests: int = 500,
    *,
    n_models: int = 4,
    hot: float = 0.55,
    mean_gap_s: float = 0.4,
    sigma: float = 0.5,
) -> tuple[list[Arrival], Costs]:
    """A busy afternoon: one hot model and some others, six voices each, and memory for two of them with their voices.

    Gaps are exponential, runs log-normal with a median of 0.6 s, loads take 2-20 s.

    Args:
        seed: Of everything that is random.
        n_requests: Length of the trace.
        n_models: How many models there are.
        hot: Share of the requests that want the first model; the others share the rest evenly.
        mean_gap_s: Between two requests.
        sigma: Of the logarithm of the runs.
    """
    rng = random.Random(seed)
    names = [chr(ord("a") + k) for k in range(n_models)]
    models = {
        name: ModelCost(
            bytes=rng.randint(2 * GB, 4 * GB),
            load_s=round(rng.uniform(2, 20), 2),
            voices={
                f"v{k}": VoiceCost(rng.randint(4 * MB, 40 * MB), round(rng.uniform(0.05, 0.4), 3)) for k in range(6)
            },
        )
        for name in names
    }
    whole = sorted((each.bytes + sum(v.bytes for v in each.voices.values()) for each in models.values()), reverse=True)
    weights = [hot] + [(1 - hot) / (n_models - 1)] * (n_models - 1)
    t_s = 0.0
    arrivals = []
    for k in range(n_requests):
        model = rng.choices(names, weights)[0]
        run_s = round(rng.lognormvariate(math.log(0.6), sigma), 4)
        arrivals.append(Arrival(round(t_s, 4), f"r{k}", model, run_s, f"v{rng.randrange(6)}"))
        t_s += rng.expovariate(1 / mean_gap_s)
    return arrivals, Costs(sum(whole[:2]), models)


def make_endless(n_requests: int = 1000) -> tuple[list[Arrival], Costs]:
    """A warm model whose traffic never ends, one request to another one, and memory for one of them."""
    models = {"warm": ModelCost(GB, 5.0), "other": ModelCost(GB, 8.0)}
    arrivals = [Arrival(round(0.5 * k, 1), f"w{k}", "warm", 0.6) for k in range(n_requests)]
    arrivals.append(Arrival(20.0, "lonely", "other", 0.6))
    return sorted(arrivals, key=lambda each: each.t_s), Costs(GB, models)


def make_storm(seed: int) -> tuple[list[Arrival], Costs]:
    """Anything that may go wrong at once: tight or roomy budgets, heavy voices, bursts, endless traffic, hang-ups.

    No run, its latents included, is longer than the quantum: what cannot be interrupted cannot keep to turns that are
    shorter than itself.
    """
    rng = random.Random(seed)
    models = {f"m{k}": _make_storm_model(rng) for k in range(rng.randint(1, 6))}
    names = list(models)
    largest = max(each.bytes + max((v.bytes for v in each.voices.values()), default=0) for each in models.values())
    total = sum(each.bytes for each in models.values())
    budget = rng.choice([largest, largest + rng.randint(0, total), total // 2, rng.randint(0, 2 * total)])
    longest_latents_s = max((v.load_s for each in models.values() for v in each.voices.values()), default=0.0)
    quantum_s = rng.choice([30.0, 30.0, longest_latents_s + rng.uniform(1, 20)])
    costs = Costs(budget, models, max_wait_s=rng.choice([60.0, rng.uniform(0, 30)]), quantum_s=quantum_s)
    shape = rng.choice(["mixed", "endless", "burst", "flapping"])
    gap_s, median_s = rng.choice([0.05, 0.4, 2.0, 10.0]), rng.choice([0.05, 0.6, 3.0, 20.0])
    weights = [rng.random() ** 3 + 0.01 for _ in names]
    n_requests = rng.randint(1, 120)
    t_s = 0.0
    arrivals = []
    for k in range(n_requests):
        name = rng.choices(names, weights)[0]
        if shape == "endless" and k % max(2, n_requests // 4):
            name = names[0]
        elif shape == "flapping":
            name = names[k % len(names)]
        quiet = shape == "burst" and rng.random() < 0.9
        t_s += 0.0 if quiet else rng.expovariate(1 / gap_s)
        run_s = rng.choice([0.0, *[median_s * rng.lognormvariate(0, 1)] * 3])
        voices = list(models[name].voices)
        arrivals.append(
            Arrival(
                t_s,
                f"r{k}",
                name,
                min(run_s, quantum_s - longest_latents_s),
                voice=rng.choice(voices) if voices and rng.random() < 0.9 else None,
                priority=rng.choice(["interactive", "interactive", "batch"]),
                cancel_t_s=t_s + rng.expovariate(1 / 30) if rng.random() < 0.2 else None,
            )
        )
    return arrivals, costs


def _make_storm_model(rng: random.Random) -> ModelCost:
    n_bytes = rng.randint(1, 1000)
    voice_bytes = rng.choice([0, n_bytes // 20, n_bytes // 4, n_bytes])
    latents_s = rng.choice([0.0, 1.0, 5.0])
    voices = {
        f"v{k}": VoiceCost(rng.randint(0, voice_bytes), rng.uniform(0, latents_s)) for k in range(rng.randint(0, 6))
    }
    return ModelCost(n_bytes, rng.choice([0.0, rng.uniform(0, 2), rng.uniform(2, 20)]), voices)
