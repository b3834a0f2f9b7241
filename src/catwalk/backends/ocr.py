"""Text in pictures through rapidocr: a captioner whose caption is what stands written in the picture."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np

from catwalk.backends.text_layout import TextBox, write_paragraphs
from catwalk.errors import BackendFailed, InvalidRequest, LoadFailed
from catwalk.picture import decode_picture
from catwalk.tasks import Task, VoiceInfo

_OPTIONS = frozenset({"min_score", "threads"})
_MIN_SCORE = 0.7
"""Below it stand logos, icons and blurs that were read as letters."""

_SURE_SCORE = 0.9
"""What one or two signs need: icons read as letters score up to here."""

_SMALL_L = re.compile(r"\bl(?=['’](?:m|ll|ve|d)\b)")  # "l'm" for "I'm": the model takes one stroke for the other
_SIDE_PX = 2000
"""The detector looks at no more."""

_LOWEST_LETTER_PX = 6
"""A picture that is lower or narrower holds no letter."""

_LONGEST_RATIO = 3
"""Longer side to shorter. The detector enlarges until the shorter side has 736 pixels, whatever becomes of the longer:
900 x 2 would take tens of gigabytes. What is longer is given a margin first."""


class Ocr:
    """PP-OCR's detector and recogniser on onnxruntime; the models come with the package.

    A picture in which nothing is written has an empty caption. A prompt is not looked at.
    """

    tasks: ClassVar[frozenset[Task]] = frozenset({Task.CAPTION})
    requires: ClassVar[tuple[str, ...]] = ("rapidocr", "onnxruntime")

    def __init__(self, engine: Any, failures: tuple[type[Exception], ...], min_score: float) -> None:
        self.lanes = 1  # the library keeps the size of the picture in hand between two steps
        self._engine = engine
        self._failures = failures
        self._min_score = min_score

    @classmethod
    def load(cls, weights: Path | None, options: Mapping[str, Any]) -> Self:
        """See :class:`catwalk.tasks.Backend`; ``weights`` are not looked at.

        Options: ``threads`` of onnxruntime (all cores); ``min_score``, how sure of a line it must be, 0 to 1 (0.7).
        """
        del weights
        if unknown := set(options) - _OPTIONS:
            raise InvalidRequest(
                f"ocr knows the options {', '.join(sorted(_OPTIONS))}, not {', '.join(sorted(unknown))}"
            )
        threads, min_score = options.get("threads", os.cpu_count() or 1), options.get("min_score", _MIN_SCORE)
        if isinstance(threads, bool) or not isinstance(threads, int) or not 1 <= threads <= 1024:
            raise InvalidRequest(f"ocr's option threads is a number from 1 to 1024, not {threads!r}")
        if isinstance(min_score, bool) or not isinstance(min_score, int | float) or not 0 <= min_score <= 1:
            raise InvalidRequest(f"ocr's option min_score is a number from 0 to 1, not {min_score!r}")
        import cv2  # noqa: PLC0415 - heavy
        from rapidocr import RapidOCR  # noqa: PLC0415 - heavy: opencv, onnxruntime
        from rapidocr.inference_engine.onnxruntime.main import ONNXRuntimeError  # noqa: PLC0415 - likewise

        settings = {
            "Global.log_level": "error",
            "Global.text_score": 0.0,  # what is too unsure is sorted out below
            "Global.use_cls": False,  # it turns lines that stand on their head, and now and then one that does not
            "Global.max_side_len": _SIDE_PX,
            "EngineConfig.onnxruntime.intra_op_num_threads": min(threads, os.cpu_count() or 1),
        }
        try:
            engine = RapidOCR(params=settings)
        except (OSError, ValueError, RuntimeError, KeyError, ONNXRuntimeError) as error:
            raise LoadFailed(f"ocr did not load: {error}") from error
        return cls(engine, (RuntimeError, ValueError, LookupError, cv2.error, ONNXRuntimeError), float(min_score))

    def warm_up(self) -> None:
        """See :class:`catwalk.tasks.Backend`; the library loads its models with the first picture that holds text."""
        from PIL import Image, ImageDraw  # noqa: PLC0415 - only here

        page = Image.new("RGB", (320, 64), "white")
        ImageDraw.Draw(page).text((10, 10), "READY", fill="black", font_size=32)
        self._read(page)

    def voices(self) -> list[VoiceInfo]:
        """See :class:`catwalk.tasks.Backend`: it does not speak."""
        return []

    def caption(self, image: bytes, *, prompt: str | None = None) -> str:
        """See :class:`catwalk.tasks.Captioner`: the words in the picture, a paragraph a line, in reading order."""
        del prompt
        return write_paragraphs(self._read(decode_picture(image, max_side_px=_SIDE_PX)))

    def _read(self, picture: Any) -> list[TextBox]:
        if min(picture.size) < _LOWEST_LETTER_PX:
            return []
        least_px = math.ceil(max(picture.size) / _LONGEST_RATIO)
        margin = [(0, max(0, least_px - side)) for side in (picture.height, picture.width)]
        pixels = np.pad(np.asarray(picture)[:, :, ::-1], [*margin, (0, 0)], mode="edge")  # blue first, as OpenCV has it
        try:
            found = self._engine(pixels)
        except self._failures as error:
            raise BackendFailed(f"ocr failed on a picture of {picture.width} x {picture.height}: {error}") from error
        if found.boxes is None or found.txts is None:
            return []
        return [
            _to_box(corners, text)
            for corners, text, score in zip(found.boxes, found.txts, found.scores, strict=True)
            if self._is_sure(text, float(score))
        ]

    def _is_sure(self, text: str, score: float) -> bool:
        n_signs = sum(character.isalnum() for character in text)
        return n_signs > 0 and score >= (self._min_score if n_signs > 2 else max(self._min_score, _SURE_SCORE))


def _to_box(corners: Any, text: str) -> TextBox:
    (left, top), (right, bottom) = np.min(corners, axis=0), np.max(corners, axis=0)
    text = _SMALL_L.sub("I", " ".join(text.split()))
    return TextBox(text, float(left), float(top), float(right), float(bottom))
