"""Pictures through diffusers: Stable Diffusion and Kandinsky 2.2, on the CPU or in float16 on a GPU."""

from __future__ import annotations

import io
import json
import queue
import secrets
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Self

from catwalk.backends.torch_device import OPTIONS, TorchDevice, settle_device
from catwalk.errors import BackendFailed, InvalidRequest, LoadFailed, PictureRefused
from catwalk.tasks import Progress, Task, VoiceInfo

_OPTIONS = OPTIONS | {"guidance", "max_side_px", "prior", "prior_steps", "steps"}
_MIN_SIDE_PX = 64
_MAX_SIDE_PX = 1024
_MAX_STEPS = 500
_FAILURES = (
    RuntimeError,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    AssertionError,
    ArithmeticError,
    MemoryError,
)


@dataclass(frozen=True, slots=True)
class _Family:
    """What is particular to the pipelines of one family."""

    steps: int
    """Unless told otherwise."""

    guidance: float
    """How closely a picture keeps to the prompt, unless told otherwise (the pipelines' own defaults)."""

    grain_px: int
    """Width and height are multiples of this."""

    has_prior: bool = False
    """Whether another model turns the prompt into an image embedding first, in steps of its own."""


_STABLE, _KANDINSKY = _Family(30, 7.5, 8), _Family(50, 4.0, 64, has_prior=True)
_FAMILIES = {
    "StableDiffusionPipeline": _STABLE,
    "StableDiffusionXLPipeline": _Family(30, 5.0, 8),
    "KandinskyV22CombinedPipeline": _KANDINSKY,
    "KandinskyV22Pipeline": _KANDINSKY,
}
"""By what ``model_index.json`` calls the pipeline."""

_PRIOR_STEPS = 25
_LEAST_PRIOR_STEPS = 2  # its scheduler divides by one less


class _Stopped(Exception):
    """Raised inside a pipeline to end it."""


class _Steps:
    """Steps that a pipeline in another thread has behind it, and the word that it shall stop."""

    def __init__(self) -> None:
        self._done: queue.SimpleQueue[bool] = queue.SimpleQueue()
        self._stop = threading.Event()

    def note(self, *arguments: Any) -> Any:
        """What the pipeline calls after each step."""
        if self._stop.is_set():
            raise _Stopped
        self._done.put(True)
        return arguments[-1]

    def end(self) -> None:
        """Say that no step comes any more."""
        self._done.put(False)

    def stop(self) -> None:
        """Have the pipeline end with its next step."""
        self._stop.set()

    def __iter__(self) -> Iterator[int]:
        """Numbers of the steps, from 1, as they are done."""
        number = 0
        while self._done.get():
            number += 1
            yield number


class Diffusers:
    """One pipeline, told by ``model_index.json`` in its folder.

    A pipeline is one long call with a callback after each step, so it runs in a thread of its own: the iterator that
    :meth:`illustrate` returns hands on each step, and the callback looks whether anybody still waits.
    """

    tasks: ClassVar[frozenset[Task]] = frozenset({Task.ILLUSTRATE})
    requires: ClassVar[tuple[str, ...]] = ("diffusers", "transformers", "torch")

    def __init__(self, pipeline: Any, family: _Family, place: TorchDevice, options: Mapping[str, Any]) -> None:
        self.lanes = 1
        self._pipeline = pipeline
        self._family = family
        self._place = place
        self._steps = _read_number(options, "steps", family.steps, _MAX_STEPS)
        self._prior_steps = _read_number(options, "prior_steps", _PRIOR_STEPS, _MAX_STEPS)
        self._max_side_px = _read_number(options, "max_side_px", _MAX_SIDE_PX, 8192)
        self._guidance = float(options.get("guidance", family.guidance))

    @classmethod
    def load(cls, weights: Path | None, options: Mapping[str, Any]) -> Self:
        """See :class:`catwalk.tasks.Backend`.

        Options: ``device`` (``auto``), ``dtype`` (``auto``), ``threads`` (all cores), see
        :func:`catwalk.backends.torch_device.settle_device`; ``steps`` (30; Kandinsky 50); ``guidance``, how closely the
        picture keeps to the prompt (7.5; XL 5, Kandinsky 4); ``max_side_px``, the longest side (1024); for Kandinsky's
        decoder ``prior``, the folder of its prior, and ``prior_steps`` (25). ``weights`` is a folder as diffusers saves
        it.
        """
        if unknown := set(options) - _OPTIONS:
            raise InvalidRequest(
                f"diffusers knows the options {', '.join(sorted(_OPTIONS))}, not {', '.join(sorted(unknown))}"
            )
        for name, highest in (("steps", _MAX_STEPS), ("prior_steps", _MAX_STEPS), ("max_side_px", 8192)):
            _read_number(options, name, 1, highest)
        guidance = options.get("guidance", 1.0)
        if isinstance(guidance, bool) or not isinstance(guidance, int | float) or not 0 <= guidance <= 100:
            raise InvalidRequest(f"diffusers' option guidance is a number from 0 to 100, not {guidance!r}")
        if weights is None:
            raise LoadFailed("diffusers needs weights: a folder with a pipeline as diffusers saves it")
        name = _tell_pipeline(weights)
        place = settle_device("diffusers", options)
        try:
            pipeline = _load_pipeline(name, weights, place, options.get("prior"))
        except (OSError, ImportError, *_FAILURES) as error:
            raise LoadFailed(f"diffusers did not load from {weights}: {error}") from error
        return cls(pipeline, _FAMILIES[name], place, options)

    def warm_up(self) -> None:
        """See :class:`catwalk.tasks.Backend`: one step of the smallest picture."""
        self._draw("grey", (_MIN_SIDE_PX, _MIN_SIDE_PX), 0, _Steps(), n_steps=1)

    def voices(self) -> list[VoiceInfo]:
        """See :class:`catwalk.tasks.Backend`: it does not speak."""
        return []

    def illustrate(
        self, prompt: str, *, width: int | None = None, height: int | None = None, seed: int | None = None
    ) -> Iterator[Progress | bytes]:
        """See :class:`catwalk.tasks.Illustrator`."""
        size = self._check_size(width), self._check_size(height)
        number = secrets.randbits(63) if seed is None else seed
        total = self._steps + (max(_LEAST_PRIOR_STEPS, self._prior_steps) if self._family.has_prior else 0)
        steps = _Steps()
        with ThreadPoolExecutor(1, "drawing") as thread:
            drawing = thread.submit(self._draw, prompt, size, number, steps)
            drawing.add_done_callback(lambda _: steps.end())
            try:
                for done in steps:
                    yield Progress(min(done, total), total)
                yield drawing.result()
            finally:
                steps.stop()

    def _check_size(self, side_px: int | None) -> int | None:
        grain_px = self._family.grain_px
        if side_px is None or (side_px % grain_px == 0 and _MIN_SIDE_PX <= side_px <= self._max_side_px):
            return side_px
        raise InvalidRequest(
            f"this model draws widths and heights from {_MIN_SIDE_PX} to {self._max_side_px} pixels in multiples of"
            f" {grain_px}, not {side_px}",
            param="size",
        )

    def _draw(
        self, prompt: str, size: tuple[int | None, int | None], seed: int, steps: _Steps, n_steps: int | None = None
    ) -> bytes:
        import torch  # noqa: PLC0415 - heavy

        told: dict[str, Any] = {"callback_on_step_end": steps.note}
        if self._family.has_prior:
            told["prior_num_inference_steps"] = max(_LEAST_PRIOR_STEPS, n_steps or self._prior_steps)
            told["prior_callback_on_step_end"] = steps.note
        told |= {name: side_px for name, side_px in zip(("width", "height"), size, strict=True) if side_px}
        try:
            drawn = self._pipeline(
                prompt,
                num_inference_steps=n_steps or self._steps,
                guidance_scale=self._guidance,
                generator=torch.Generator("cpu").manual_seed(seed % 2**63),  # the CPU's: the same on every device
                **told,
            )
        except _FAILURES as error:
            raise BackendFailed(f"diffusers failed on {prompt[:80]!r}: {error}") from error
        if any(getattr(drawn, "nsfw_content_detected", None) or ()) and n_steps is None:
            raise PictureRefused(
                "the model's safety checker keeps this picture back; another prompt or seed may pass it", param="prompt"
            )
        file = io.BytesIO()
        drawn.images[0].save(file, "PNG")
        return file.getvalue()


def _read_number(options: Mapping[str, Any], name: str, default: int, highest: int) -> int:
    value = options.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= highest:
        raise InvalidRequest(f"diffusers' option {name} is a number from 1 to {highest}, not {value!r}")
    return value


def _tell_pipeline(weights: Path) -> str:
    try:
        name = json.loads((weights / "model_index.json").read_text("utf-8")).get("_class_name")
    except (OSError, ValueError, AttributeError) as error:
        raise LoadFailed(f"diffusers finds no model_index.json of a pipeline in {weights}: {error}") from error
    if name not in _FAMILIES:
        raise LoadFailed(f"{weights} holds a {name}; diffusers loads {', '.join(_FAMILIES)} here")
    return str(name)


def _load_pipeline(name: str, weights: Path, place: TorchDevice, prior: Any) -> Any:
    import diffusers  # noqa: PLC0415 - heavy

    pipeline = _read_pipeline(diffusers, name, weights, place)
    if name == "KandinskyV22Pipeline":
        if not isinstance(prior, str) or not Path(prior).expanduser().is_dir():
            raise LoadFailed(f"Kandinsky's decoder needs the option prior, the folder of its prior, not {prior!r}")
        first = _read_pipeline(diffusers, "KandinskyV22PriorPipeline", Path(prior).expanduser(), place)
        parts = {**pipeline.components, **{f"prior_{part}": each for part, each in first.components.items()}}
        pipeline = diffusers.KandinskyV22CombinedPipeline(**parts)
    pipeline.set_progress_bar_config(disable=True)
    return pipeline.to(place.device)


def _read_pipeline(diffusers: Any, name: str, weights: Path, place: TorchDevice) -> Any:
    half = sorted(weights.rglob("*.fp16.*"))
    whole = [path for path in weights.rglob("*.safetensors") if ".fp16." not in path.name]
    return getattr(diffusers, name).from_pretrained(
        weights, dtype=place.dtype, variant="fp16" if half and not whole else None, local_files_only=True
    )
