"""Voices that models have of their own, known without a load."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from catwalk.serving import weights
from catwalk.serving.catalog import ModelSpec
from catwalk.serving.pool import Pool
from catwalk.tasks import Task, VoiceInfo

ListPresets = Callable[[str, Path | None, Mapping[str, Any]], Sequence[VoiceInfo]]
"""What a backend, by ``module:Class``, says of the voices of a model with these weights and options."""


@dataclass(frozen=True, slots=True)
class Preset:
    """A voice of one or more models."""

    name: str
    language: str
    description: str
    models: tuple[str, ...]


def list_presets(pool: Pool, home: Path, ask: ListPresets) -> list[Preset]:
    """Every model's own voices, in catalog order.

    A model that was loaded has said which it has; of another its backend says what it knows from the settings and the
    weights on this disk. A model that nobody can tell anything of is left out.
    """
    found: dict[str, Preset] = {}
    for spec in pool.catalog:
        if Task.SYNTHESIZE not in spec.tasks or spec.is_internal:
            continue
        for voice in _voices_of(spec, pool.status(spec.name).voices, home, ask):
            known = found.get(voice.name)
            models = (*known.models, spec.name) if known else (spec.name,)
            found[voice.name] = Preset(voice.name, voice.language, voice.description, models)
    return list(found.values())


def _voices_of(spec: ModelSpec, loaded: Sequence[str], home: Path, ask: ListPresets) -> list[VoiceInfo]:
    told = {voice.name: voice for voice in ask(spec.factory, weights.find(spec, home), spec.options)}
    names = loaded or tuple(told)
    return [told.get(name, VoiceInfo(name, "")) for name in names]


def taken_names(pool: Pool, presets: Sequence[Preset]) -> dict[str, str]:
    """Names that a new voice may not have, each with the model that knows it: presets, their aliases, defaults."""
    names = {preset.name: preset.models[0] for preset in presets}
    for spec in pool.catalog:
        if Task.SYNTHESIZE in spec.tasks and not spec.is_internal:
            for name in (*spec.voice_aliases, spec.default_voice):
                if name:
                    names.setdefault(name, spec.name)
    return names
