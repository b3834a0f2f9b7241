"""Kokoro-82M through kokoro-onnx: 54 voices in eight languages, and blends of them."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from catwalk.audio.waveform import Waveform
from catwalk.errors import BackendFailed, InvalidRequest, LoadFailed, UnknownVoice
from catwalk.tasks import Task, VoiceInfo, VoiceRef, phonemize_around

_OPTIONS = {"lanes", "threads"}
_STYLE_SHAPE = (510, 1, 256)  # one style vector per length in phonemes
_DEFAULT_VOICE = "af_heart"
_MAX_PARTS = 54
_BLEND_PART = re.compile(r"(?P<sign>[+-])(?P<name>[a-z]{2}_[a-z]+)(?:\((?P<weight>\d+(?:\.\d+)?)\))?")
_N_SOUND = 128
"""The first half of a style shapes the sound (the decoder's), the second rhythm and pitch (the predictor's), as in
StyleTTS 2."""

_LANGUAGES = {
    "a": ("en-US", "en-us", "American"),
    "b": ("en-GB", "en-gb", "British"),
    "e": ("es", "es", "Spanish"),
    "f": ("fr", "fr-fr", "French"),
    "h": ("hi", "hi", "Hindi"),
    "i": ("it", "it", "Italian"),
    "j": ("ja", "ja", "Japanese"),
    "p": ("pt-BR", "pt-br", "Brazilian"),
    "z": ("zh", "cmn", "Mandarin"),
}
"""By the first letter of a voice's name: BCP 47 tag, espeak-ng's name, for people."""

Style = NDArray[np.float32]


class KokoroBackend:
    """One onnxruntime session that every lane calls.

    With one thread a call, two lanes speak 2.9 times faster than real time on two cores, where one call with two
    threads reaches 2.4: the model's small matrices leave a second thread idle.
    """

    tasks: ClassVar[frozenset[Task]] = frozenset({Task.SYNTHESIZE})
    requires: ClassVar[tuple[str, ...]] = ("kokoro_onnx", "onnxruntime")

    def __init__(self, engine: Any, styles: dict[str, Style], lanes: int) -> None:
        self.lanes = lanes
        self._engine = engine
        self._styles = styles

    @classmethod
    def load(cls, weights: Path | None, options: Mapping[str, Any]) -> Self:
        """See :class:`catwalk.tasks.Backend`.

        Options: ``lanes``, calls at once (the number of cores, at most 4); ``threads``, of onnxruntime a call (1).
        ``weights`` holds ``model.onnx`` and a ``NAME.bin`` a voice.
        """
        unknown = set(options) - _OPTIONS
        if unknown:
            raise InvalidRequest(
                f"kokoro knows the options {', '.join(sorted(_OPTIONS))}, not {', '.join(sorted(unknown))}"
            )
        if weights is None:
            raise LoadFailed("kokoro needs weights: a folder with model.onnx and a .bin file a voice")
        if not (weights / "model.onnx").is_file() or not (weights / f"{_DEFAULT_VOICE}.bin").is_file():
            raise LoadFailed(f"kokoro finds no model.onnx and {_DEFAULT_VOICE}.bin in {weights}")
        import onnxruntime  # noqa: PLC0415 - heavy
        from kokoro_onnx import Kokoro  # noqa: PLC0415 - heavy: phonemizer, espeak-ng

        settings = onnxruntime.SessionOptions()
        settings.intra_op_num_threads = int(options.get("threads", 1))
        settings.log_severity_level = 3
        try:
            styles = {
                path.stem: np.fromfile(path, np.float32).reshape(_STYLE_SHAPE) for path in sorted(weights.glob("*.bin"))
            }
            session = onnxruntime.InferenceSession(weights / "model.onnx", settings, providers=["CPUExecutionProvider"])
            with tempfile.NamedTemporaryFile(
                suffix=".npz"
            ) as packed:  # the only form in which the library takes voices
                np.savez(packed, allow_pickle=False, **{_DEFAULT_VOICE: styles[_DEFAULT_VOICE]})
                packed.flush()
                engine = Kokoro.from_session(session, packed.name)
        except (OSError, ValueError, KeyError, RuntimeError) as error:
            raise LoadFailed(f"kokoro did not load from {weights}: {error}") from error
        lanes = int(options.get("lanes", min(4, os.cpu_count() or 1)))
        return cls(engine, styles, lanes)

    def warm_up(self) -> None:
        """See :class:`catwalk.tasks.Backend`."""
        for _ in self.synthesize("Ready.", voice=VoiceRef(_DEFAULT_VOICE)):
            pass

    def voices(self) -> list[VoiceInfo]:
        """See :class:`catwalk.tasks.Backend`."""
        return _list_voices(self._styles)

    @classmethod
    def preset_voices(cls, weights: Path | None, options: Mapping[str, Any]) -> list[VoiceInfo]:
        """See :class:`catwalk.tasks.Presetting`: one a ``.bin`` file, so none before the weights were brought."""
        del options
        return _list_voices(path.stem for path in weights.glob("*.bin")) if weights is not None else []

    def synthesize(self, text: str, *, voice: VoiceRef, speed: float = 1.0) -> Iterator[Waveform]:
        """See :class:`catwalk.tasks.Synthesizer`. The first voice of a blend gives the language.

        A blend is ``af_heart(2)+am_michael(1)``: any number of voices, weights of 1 where none is given, ``-`` to lead
        away from a voice. What follows a slash is a blend for rhythm and pitch alone: ``bm_george/af_heart``.
        """
        style = self._blend(voice.name)
        language = _LANGUAGES[voice.name.lstrip("- ")[0]][1]
        for sentence in _split_sentences(text):
            try:
                samples, rate_hz = self._create(sentence, style, speed, language)
            except (ValueError, RuntimeError, IndexError) as error:
                if "no phonemes" in str(error).lower():
                    continue
                raise BackendFailed(f"kokoro failed on {sentence[:80]!r}: {error}") from error
            yield Waveform(np.ascontiguousarray(samples, np.float32), rate_hz)

    def _create(self, sentence: str, style: Style, speed: float, language: str) -> tuple[Style, int]:
        named = "](/" in sentence
        if named:
            sentence = phonemize_around(sentence, partial(self._engine.tokenizer.phonemize, lang=language))
        made: tuple[Style, int] = self._engine.create(sentence, style, speed=speed, lang=language, is_phonemes=named)
        return made

    def _blend(self, name: str) -> Style:
        sound, slash, rhythm = name.partition("/")
        style = self._mix(sound, name)
        if slash:
            style[..., _N_SOUND:] = self._mix(rhythm, name)[..., _N_SOUND:]
        return style

    def _mix(self, blend: str, name: str) -> Style:
        weights = _read_blend(blend, name)
        unknown = [voice for voice in weights if voice not in self._styles]
        if unknown:
            raise UnknownVoice(
                f"kokoro has no voice {', '.join(map(repr, unknown))}; it has: {', '.join(self._styles)}",
                param="voice",
            )
        total = sum(weights.values())
        mixed = np.zeros(_STYLE_SHAPE, np.float32)
        for voice, weight in weights.items():
            mixed += self._styles[voice] * np.float32(weight / total)
        return mixed


def _read_blend(blend: str, name: str) -> dict[str, float]:
    """Weights by voice of one blend, in order; ``name`` is what the caller wrote."""
    spaceless = "".join(blend.split())
    signed = spaceless if spaceless.startswith("-") else f"+{spaceless}"
    parts = list(_BLEND_PART.finditer(signed))
    weights: dict[str, float] = {}
    for part in parts:
        weight = float(part["weight"] or 1) * (-1 if part["sign"] == "-" else 1)
        weights[part["name"]] = weights.get(part["name"], 0.0) + weight
    if "".join(part[0] for part in parts) != signed or len(parts) > _MAX_PARTS or sum(weights.values()) <= 1e-6:
        raise UnknownVoice(
            f"{name[:200]!r} is neither a voice of kokoro nor a blend such as af_heart(2)+am_michael(1): at most"
            f" {_MAX_PARTS} voices, weights that add up to more than 0; after a slash, a blend for the rhythm alone",
            param="voice",
        )
    return weights


_SENTENCE_END = re.compile(r"(?<=[.!?…。！？])[\"”’)\]]*\s+(?=\S)")


def _split_sentences(text: str) -> list[str]:
    """Rough sentences: one that is cut too early only costs a pause, so this stays simple."""
    return [sentence for sentence in _SENTENCE_END.split(text.strip()) if sentence.strip()]


def _list_voices(names: Iterable[str]) -> list[VoiceInfo]:
    ordered = sorted(names, key=lambda name: (name != _DEFAULT_VOICE, name))
    return [VoiceInfo(name, _LANGUAGES[name[0]][0], _describe(name)) for name in ordered]


def _describe(name: str) -> str:
    return f"{_LANGUAGES[name[0]][2]}, {'female' if name[1] == 'f' else 'male'}"
