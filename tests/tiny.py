"""Tiny models of random weights, for backends whose real weights are too large for a test.

A backend joins with a file ``tests/models/tiny_BACKEND.py`` whose ``build(folder)`` writes the weights. They run under
``make test-models`` alone, where the libraries are, unless the file says ``LIGHT = True``.
"""

from __future__ import annotations

import importlib.util
import os
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from catwalk.app.catalogs import built_in_specs
from catwalk.backends import TABLE, import_backend
from catwalk.tasks import Task

MODELS = Path(__file__).parent / "models"
IN_FORCE = os.environ.get("TEST_MODELS") == "1"
"""Whether the heavy libraries are there: ``make test-models`` says so."""

ENVIRONMENTS_HOME = Path(os.environ.get("TEST_MODELS_HOME", MODELS.parent.parent / ".venv-models" / "home"))
"""The data folder in which ``make test-models`` builds the isolated environments."""

FAR = "openai_api"
"""Has no model of its own: it runs on another server's fake."""

SPECS = {spec.backend: spec for spec in built_in_specs() if spec.terms is None}
FOUND = {path.stem.removeprefix("tiny_"): path for path in sorted(MODELS.glob("tiny_*.py"))}
"""The file that builds tiny weights, by backend."""


@dataclass(frozen=True)
class Tiny:
    """A model small enough for a test."""

    weights: Path | None
    """What ``load`` is given; None for a backend that needs none."""

    options: dict[str, Any] = field(default_factory=dict)
    makes_sense: bool = False
    """Whether words mean anything to it; random weights do not."""


def _import(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def build(backend: str, folder: Path) -> Tiny:
    """The tiny model of a backend, its weights in ``folder``."""
    tiny = _import(FOUND[backend]).build(folder)
    assert isinstance(tiny, Tiny)
    return tiny


def _is_light(backend: str) -> bool:
    return getattr(_import(FOUND[backend]), "LIGHT", False) is True


def backends_in_force() -> list[str]:
    """Every backend of the table that this run of the tests has a model for."""
    tiny = [name for name in FOUND if IN_FORCE or _is_light(name)]
    return [name for name in TABLE if name in {*SPECS, *tiny, FAR}]


def performing(task: Task, *, without: tuple[str, ...] = ()) -> pytest.MarkDecorator:
    """A mark that runs a test over every backend in force with ``task``, which the fixture ``backend`` loads."""
    able = [name for name in backends_in_force() if task in import_backend(TABLE[name]).tasks and name not in without]
    return pytest.mark.parametrize("backend", able, indirect=True)
