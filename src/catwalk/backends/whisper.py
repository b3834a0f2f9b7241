"""Whisper through OpenAI's own library on PyTorch: every size, word times, a GPU where there is one."""

from __future__ import annotations

import functools
import pickle
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np

from catwalk.audio.waveform import Waveform
from catwalk.backends.devices import choose_device
from catwalk.errors import BackendFailed, Cancelled, InvalidRequest, LoadFailed
from catwalk.tasks import CALLER_HAS_LEFT, Segment, Task, TranscribeOptions, Transcription, VoiceInfo, Word

RATE_HZ = 16_000
_OPTIONS = {"beam_size", "device", "half", "threads"}
_FALLBACKS = (0.2, 0.4, 0.6, 0.8, 1.0)  # the library's own ladder


class Whisper:
    """One model on one device. The library keeps its state in the model, so it takes one call at a time."""

    tasks: ClassVar[frozenset[Task]] = frozenset({Task.TRANSCRIBE})
    requires: ClassVar[tuple[str, ...]] = ("whisper", "torch")

    def __init__(self, engine: Any, *, half: bool, beam_size: int | None) -> None:
        self.lanes = 1
        self._engine = engine
        self._half = half
        self._beam_size = beam_size

    @classmethod
    def load(cls, weights: Path | None, options: Mapping[str, Any]) -> Self:
        """See :class:`catwalk.tasks.Backend`.

        Options: ``device`` (``cpu``), ``half``, 16-bit arithmetic (yes on a GPU; a CPU cannot), ``beam_size`` (greedy
        when left out), ``threads`` of PyTorch (the cores). ``weights`` is a checkpoint in OpenAI's format, or a folder
        with one; its name, such as ``base.en.pt``, tells which of its attention heads follow the words.
        """
        unknown = set(options) - _OPTIONS
        if unknown:
            raise InvalidRequest(
                f"whisper knows the options {', '.join(sorted(_OPTIONS))}, not {', '.join(sorted(unknown))}"
            )
        checkpoint = _find_checkpoint(weights)
        import torch  # noqa: PLC0415 - heavy
        import whisper  # noqa: PLC0415 - heavy: torch, numba

        device = choose_device(str(options.get("device", "cpu")))
        if "threads" in options:
            torch.set_num_threads(int(options["threads"]))
        try:
            engine = whisper.load_model(str(checkpoint), device=device)
        except (EOFError, OSError, ValueError, RuntimeError, KeyError, TypeError, pickle.UnpicklingError) as error:
            raise LoadFailed(f"whisper did not load from {checkpoint}: {error}") from error
        heads = whisper._ALIGNMENT_HEADS.get(checkpoint.stem)  # the library knows them by the size's name alone
        if heads is not None:
            try:
                engine.set_alignment_heads(heads)
            except RuntimeError as error:
                raise LoadFailed(
                    f"{checkpoint} is named after whisper's size {checkpoint.stem}, but has other dimensions"
                ) from error
        engine.decoder.register_forward_pre_hook(_break_off)
        beam_size = options.get("beam_size")
        half = bool(options.get("half", True)) and device != "cpu"
        return cls(engine, half=half, beam_size=None if beam_size is None else int(beam_size))

    def warm_up(self) -> None:
        """See :class:`catwalk.tasks.Backend`."""
        hum = np.random.default_rng(0).normal(0, 0.01, RATE_HZ).astype(np.float32)
        options = TranscribeOptions(language="en", words=True, fallback=False)
        for _ in self.transcribe(Waveform(hum, RATE_HZ), options=options):
            pass

    def voices(self) -> list[VoiceInfo]:
        """See :class:`catwalk.tasks.Backend`: it does not speak."""
        return []

    def transcribe(self, waveform: Waveform, *, options: TranscribeOptions) -> Iterator[Segment | Transcription]:
        """See :class:`catwalk.tasks.Transcriber`.

        The library hands its segments out when it has heard all, so the first comes late; a call whose caller leaves
        ends before the next token all the same.
        """
        self._check_language(options.language)
        if waveform.rate_hz != RATE_HZ:
            raise BackendFailed(f"whisper listens at {RATE_HZ} Hz, not at {waveform.rate_hz}")
        fallbacks = [each for each in _FALLBACKS if each > options.temperature] if options.fallback else []
        try:
            found = self._engine.transcribe(
                waveform.samples,
                language=options.language,
                initial_prompt=options.prompt,
                word_timestamps=options.words,
                temperature=(options.temperature, *fallbacks),
                beam_size=self._beam_size,
                condition_on_previous_text=False,  # with it, one repetition spoils all that follows
                fp16=self._half,
                verbose=None,
            )
        except (ValueError, RuntimeError, IndexError) as error:
            raise BackendFailed(f"whisper failed: {error}") from error
        segments = tuple(_convert(segment) for segment in found["segments"])
        yield from segments
        text = " ".join(segment.text for segment in segments)
        yield Transcription(text, found["language"], waveform.duration_s, segments)

    def _check_language(self, language: str | None) -> None:
        if language is None:
            return
        known = _languages() if self._engine.is_multilingual else {"en"}
        if language not in known:
            raise InvalidRequest(
                f"this whisper does not know the language {language!r}; it knows: {', '.join(sorted(known))}",
                param="language",
            )


@functools.cache
def _languages() -> frozenset[str]:
    from whisper.tokenizer import LANGUAGES  # noqa: PLC0415 - heavy

    return frozenset(LANGUAGES)


def _find_checkpoint(weights: Path | None) -> Path:
    if weights is None:
        raise LoadFailed("whisper needs weights: a checkpoint such as base.pt")
    if weights.is_file():
        return weights
    found = sorted(weights.glob("*.pt"))
    if len(found) != 1:
        raise LoadFailed(f"whisper needs one .pt file in {weights}; there are {len(found)}")
    return found[0]


def _break_off(*_: Any) -> None:
    """Runs before every token is decoded."""
    if CALLER_HAS_LEFT.get()():
        raise Cancelled("the caller left while whisper was listening")


def _convert(segment: Mapping[str, Any]) -> Segment:
    words = tuple(
        Word(word["word"].strip(), float(word["start"]), float(word["end"]), float(word["probability"]))
        for word in segment.get("words", ())
        if word["word"].strip()
    )
    return Segment(
        text=segment["text"].strip(),
        start_s=float(segment["start"]),
        end_s=float(segment["end"]),
        avg_logprob=float(segment["avg_logprob"]),
        no_speech_prob=float(segment["no_speech_prob"]),
        compression_ratio=float(segment["compression_ratio"]),
        temperature=float(segment["temperature"]),
        words=words,
    )
