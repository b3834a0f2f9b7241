"""BLIP and BLIP-2 through transformers: a sentence on a picture, on the CPU or in float16 on a GPU."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Self

from catwalk.backends.torch_device import OPTIONS, TorchDevice, settle_device
from catwalk.errors import BackendFailed, CatwalkError, InvalidRequest, LoadFailed
from catwalk.picture import decode_picture
from catwalk.tasks import Task, VoiceInfo

_OPTIONS = OPTIONS | {"batch_size", "beams", "max_new_tokens"}
_BATCH_SIZE = 4
_MAX_NEW_TOKENS = 40
"""A caption of a sentence has 10 to 20."""

_SIDE_PX = 1024
"""The models look at 224 or 384 pixels a side; more would be decoded in vain."""

_MAX_PROMPT_WORDS = 60
_FAILURES = (RuntimeError, ValueError, TypeError, LookupError, AssertionError, MemoryError)


@dataclass(frozen=True, slots=True)
class _Engine:
    """What both families have in common once they are loaded."""

    model: Any
    image_processor: Any
    tokenizer: Any
    place: TorchDevice
    is_second: bool
    """Whether it is BLIP-2, which answers questions."""


class Blip:
    """One model; ``config.json`` in its folder says whether it is BLIP or BLIP-2.

    BLIP takes a prompt as the beginning of the caption ("a photograph of"), and nothing else: a question or an
    instruction is not followed, so it is left out. BLIP-2 also answers a prompt that ends in a question mark.
    """

    tasks: ClassVar[frozenset[Task]] = frozenset({Task.CAPTION})
    requires: ClassVar[tuple[str, ...]] = ("transformers", "torch")

    def __init__(self, engine: _Engine, *, batch_size: int, beams: int, max_new_tokens: int) -> None:
        self.lanes = 1
        self.batch_size = batch_size
        self._engine = engine
        self._generation = {"max_new_tokens": max_new_tokens, "num_beams": beams, "do_sample": False}

    @classmethod
    def load(cls, weights: Path | None, options: Mapping[str, Any]) -> Self:
        """See :class:`catwalk.tasks.Backend`.

        Options: ``device`` (``auto``), ``dtype`` (``auto``), ``threads`` (all cores), see
        :func:`catwalk.backends.torch_device.settle_device`; ``batch_size``, pictures at once (4); ``beams`` searched
        (1); ``max_new_tokens``, longest caption (40). ``weights`` is a folder as transformers saves it.
        """
        if unknown := set(options) - _OPTIONS:
            raise InvalidRequest(
                f"blip knows the options {', '.join(sorted(_OPTIONS))}, not {', '.join(sorted(unknown))}"
            )
        batch_size = _read_number(options, "batch_size", _BATCH_SIZE, 64)
        beams = _read_number(options, "beams", 1, 16)
        max_new_tokens = _read_number(options, "max_new_tokens", _MAX_NEW_TOKENS, 400)
        if weights is None:
            raise LoadFailed("blip needs weights: a folder with a BLIP or BLIP-2 model as transformers saves it")
        is_second = _tell_family(weights) == "blip-2"
        place = settle_device("blip", options)
        try:
            engine = _load_engine(weights, place, is_second=is_second)
        except (OSError, *_FAILURES) as error:
            raise LoadFailed(f"blip did not load from {weights}: {error}") from error
        return cls(engine, batch_size=batch_size, beams=beams, max_new_tokens=max_new_tokens)

    def warm_up(self) -> None:
        """See :class:`catwalk.tasks.Backend`."""
        from PIL import Image  # noqa: PLC0415 - heavy where this module is only looked at

        self._describe([Image.new("RGB", (64, 64), "grey")], None)

    def voices(self) -> list[VoiceInfo]:
        """See :class:`catwalk.tasks.Backend`: it does not speak."""
        return []

    def caption(self, image: bytes, *, prompt: str | None = None) -> str:
        """See :class:`catwalk.tasks.Captioner`."""
        return self._describe([decode_picture(image, max_side_px=_SIDE_PX)], self._read_prompt(prompt))[0]

    def run_batch(self, method: str, calls: Sequence[Mapping[str, Any]]) -> Iterator[tuple[int, Any]]:
        """See :class:`catwalk.tasks.Batching`: pictures with the same prompt go through the model together."""
        if method != "caption":
            raise BackendFailed(f"blip can caption, not {method}")
        together: dict[str | None, list[tuple[int, Any]]] = {}
        for index, call in enumerate(calls):
            try:
                prompt = self._read_prompt(call.get("prompt"))
                picture = decode_picture(call["image"], max_side_px=_SIDE_PX)
            except CatwalkError as error:
                yield index, error
                continue
            together.setdefault(prompt, []).append((index, picture))
        for prompt, members in together.items():
            captions = self._describe([picture for _, picture in members], prompt)
            yield from ((index, caption) for (index, _), caption in zip(members, captions, strict=True))

    def _read_prompt(self, prompt: str | None) -> str | None:
        """The beginning of the caption or, for BLIP-2, what makes it answer; None where there is nothing to go by."""
        words = (prompt or "").split()
        if len(words) > _MAX_PROMPT_WORDS:
            raise InvalidRequest(
                f"the prompt has {len(words)} words; at most {_MAX_PROMPT_WORDS} are taken", param="prompt"
            )
        text = " ".join(words)
        if self._engine.is_second and text.endswith("?"):
            return f"Question: {text} Answer:"
        if self._engine.is_second and text.endswith("Answer:"):
            return text
        return None if text.endswith((".", "?", "!", ":")) or not text else text

    def _describe(self, pictures: Sequence[Any], prompt: str | None) -> list[str]:
        import torch  # noqa: PLC0415 - heavy

        engine = self._engine
        try:
            pixels = engine.image_processor(list(pictures), return_tensors="pt")["pixel_values"]
            given = self._tokenize(prompt, len(pictures))
            with torch.inference_mode():
                written = engine.model.generate(
                    pixel_values=pixels.to(engine.place.device, engine.place.dtype), **given, **self._generation
                )
            if engine.is_second and _repeats(written, given["input_ids"]):  # so it is with OPT, and not with T5
                written = written[:, given["input_ids"].shape[1] :]
            captions = engine.tokenizer.batch_decode(written, skip_special_tokens=True)
        except _FAILURES as error:
            raise BackendFailed(f"blip failed on {len(pictures)} pictures: {error}") from error
        lead = prompt if engine.is_second and prompt and not prompt.endswith("Answer:") else ""
        return [" ".join(f"{lead} {caption}".split()) for caption in captions]

    def _tokenize(self, prompt: str | None, n_pictures: int) -> dict[str, Any]:
        engine = self._engine
        if prompt is None and not engine.is_second:
            return {}
        encoded = engine.tokenizer([prompt or ""], return_tensors="pt", return_token_type_ids=False)
        if engine.is_second:
            encoded = _put_picture_first(encoded, engine.model.config)
        return {
            name: encoded[name].repeat(n_pictures, 1).to(engine.place.device)
            for name in ("input_ids", "attention_mask")
        }


def _put_picture_first(encoded: Mapping[str, Any], config: Any) -> dict[str, Any]:
    """BLIP-2 wants a place for each thing that it sees in the picture before the first word."""
    import torch  # noqa: PLC0415 - heavy

    seen = torch.full((1, config.num_query_tokens), config.image_token_id, dtype=torch.long)
    ids, mask = encoded["input_ids"].long(), encoded["attention_mask"].long()
    return {"input_ids": torch.cat([seen, ids], 1), "attention_mask": torch.cat([torch.ones_like(seen), mask], 1)}


def _repeats(written: Any, given: Any) -> bool:
    n_given = given.shape[1]
    return bool(written.shape[1] >= n_given and (written[:, :n_given] == given).all())


def _read_number(options: Mapping[str, Any], name: str, default: int, highest: int) -> int:
    value = options.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= highest:
        raise InvalidRequest(f"blip's option {name} is a number from 1 to {highest}, not {value!r}")
    return value


def _tell_family(weights: Path) -> str:
    try:
        family = json.loads((weights / "config.json").read_text("utf-8")).get("model_type")
    except (OSError, ValueError, AttributeError) as error:
        raise LoadFailed(f"blip finds no config.json of a model in {weights}: {error}") from error
    if family not in {"blip", "blip-2"}:
        raise LoadFailed(f"{weights} holds a model of the family {family!r}; blip loads blip and blip-2")
    return str(family)


def _load_engine(weights: Path, place: TorchDevice, *, is_second: bool) -> _Engine:
    from transformers import (  # noqa: PLC0415 - heavy
        AutoTokenizer,
        Blip2ForConditionalGeneration,
        BlipForConditionalGeneration,
        BlipImageProcessorPil,
    )

    family = Blip2ForConditionalGeneration if is_second else BlipForConditionalGeneration
    model = family.from_pretrained(weights, dtype=place.dtype, local_files_only=True)
    if is_second and getattr(model.config, "image_token_id", None) is None:
        raise LoadFailed(
            f"{weights} is a BLIP-2 of before transformers 4.46: its config.json names no image_token_index"
        )
    return _Engine(
        model=model.to(place.device).eval(),
        image_processor=BlipImageProcessorPil.from_pretrained(weights, local_files_only=True),
        tokenizer=AutoTokenizer.from_pretrained(weights, local_files_only=True),
        place=place,
        is_second=is_second,
    )
