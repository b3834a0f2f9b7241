"""hibari: a small English voice, all in its package, about a hundred times faster than speech on one core."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar, Self

from catwalk.audio.waveform import Waveform
from catwalk.errors import BackendFailed, InvalidRequest, LoadFailed, UnknownVoice
from catwalk.tasks import Task, VoiceInfo, VoiceRef, phonemize_around

_VOICE = "heart"
_SEED = 0  # the noise in the voice; fixed, so that the same words always give the same samples
_WARM_UP = "Ready on the 3rd of May, for $5."
_ALPHABET = (
    ("eɪ", "A"), ("aɪ", "I"), ("aʊ", "W"), ("oʊ", "O"), ("əʊ", "Q"), ("ɔɪ", "Y"), ("tʃ", "ʧ"), ("dʒ", "ʤ"), ("g", "ɡ"),
    ("ɝ", "ɜɹ"), ("ɚ", "əɹ"), ("r", "ɹ"), ("ː", ""), ("͡", ""),
)  # fmt: skip
"""IPA as the model's alphabet writes it (misaki's: one letter a diphthong or affricate, no length)."""


class HibariBackend:
    """hibari-tts with its packaged voice."""

    tasks: ClassVar[frozenset[Task]] = frozenset({Task.SYNTHESIZE})
    requires: ClassVar[tuple[str, ...]] = ("hibari", "onnxruntime")
    lanes = 1

    def __init__(self, engine: Any) -> None:
        self._engine = engine

    @classmethod
    def load(cls, weights: Path | None, options: Mapping[str, Any]) -> Self:
        """See :class:`catwalk.tasks.Backend`. Option ``threads``: of onnxruntime, 1 unless told (1 is nearly as fast).

        ``weights`` may be a folder with another export as ``model.onnx``.
        """
        unknown = set(options) - {"threads"}
        if unknown:
            raise InvalidRequest(f"hibari knows the option threads, not {', '.join(sorted(unknown))}")
        from hibari import Hibari  # noqa: PLC0415 - heavy: onnxruntime

        model = str(weights / "model.onnx") if weights else None
        try:
            return cls(Hibari(model=model, threads=int(options.get("threads", 1))))
        except (OSError, ValueError, RuntimeError) as error:
            raise LoadFailed(f"hibari did not load: {error}") from error

    def warm_up(self) -> None:
        """See :class:`catwalk.tasks.Backend`; it also loads the lexicon and the tagger, which hibari puts off."""
        for _ in self.synthesize(_WARM_UP, voice=VoiceRef(_VOICE)):
            pass

    def voices(self) -> list[VoiceInfo]:
        """See :class:`catwalk.tasks.Backend`."""
        return self.preset_voices(None, {})

    @classmethod
    def preset_voices(cls, weights: Path | None, options: Mapping[str, Any]) -> list[VoiceInfo]:
        """See :class:`catwalk.tasks.Presetting`."""
        del weights, options
        return [VoiceInfo(_VOICE, "en-US", "American, female")]

    def synthesize(self, text: str, *, voice: VoiceRef, speed: float = 1.0) -> Iterator[Waveform]:
        """See :class:`catwalk.tasks.Synthesizer`."""
        if voice.name != _VOICE:
            raise UnknownVoice(f"hibari speaks as {_VOICE}, not as {voice.name!r}", param="voice")
        try:
            sentences = self._stream_marked if "](/" in text else self._engine.stream
            for samples in sentences(text, speed=speed, seed=_SEED):
                yield Waveform(samples.astype("float32", copy=False), self._engine.sample_rate)
        except (ValueError, RuntimeError, IndexError, KeyError) as error:
            raise BackendFailed(f"hibari failed: {error}") from error

    def _stream_marked(self, text: str, *, speed: float, seed: int) -> Iterator[Any]:
        """Sentences of a text in which some words come with their sounds."""
        for sentence in self._engine.split_sentences(text):
            phonemes = phonemize_around(sentence, lambda words: " ".join(self._engine.phonemize(words)))
            for ipa, letter in _ALPHABET:
                phonemes = phonemes.replace(ipa, letter)
            yield self._engine.from_phonemes(phonemes, speed, seed)
