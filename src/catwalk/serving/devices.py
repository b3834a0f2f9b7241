"""On which device a model goes that may go on any: the GPU with room."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping

from catwalk.serving.budget import RAM
from catwalk.serving.catalog import ModelSpec

AUTO = "auto"
_CPU = "cpu"


def place(specs: Iterable[ModelSpec], budget: Mapping[str, int], expect: Callable[[ModelSpec], int]) -> list[ModelSpec]:
    """The specs, in their order, those with ``device = "auto"`` on a device.

    The largest chooses first, and takes the GPU that would have most left if all that chose it were in memory. One that
    is larger than every GPU's budget, or finds no GPU, goes on the CPU.

    Args:
        specs: What may be loaded.
        budget: Bytes that models may take, by device.
        expect: Bytes that a model will likely take.
    """
    given = list(specs)
    sizes = {spec.name: expect(spec) for spec in given if spec.device != RAM or _is_free(spec)}
    room = {device: n_bytes for device, n_bytes in budget.items() if device != RAM}
    for spec in given:
        if spec.device in room:
            room[spec.device] -= sizes[spec.name]
    chosen = {}
    for spec in sorted(filter(_is_free, given), key=lambda spec: -sizes[spec.name]):
        able = [device for device in room if sizes[spec.name] <= budget[device]]
        device = max(able, key=lambda device: room[device], default=_CPU)
        if device != _CPU:
            room[device] -= sizes[spec.name]
        chosen[spec.name] = _put(spec, device)
    return [chosen.get(spec.name, spec) for spec in given]


def _is_free(spec: ModelSpec) -> bool:
    return spec.options.get("device") == AUTO


def _put(spec: ModelSpec, device: str) -> ModelSpec:
    where = RAM if device == _CPU else device
    return dataclasses.replace(spec, options={**spec.options, "device": device}, device=where, latents_device=where)
