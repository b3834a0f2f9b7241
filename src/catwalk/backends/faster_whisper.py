"""Whisper on CTranslate2 through faster-whisper: all sizes, int8 on a CPU, float16 on a GPU."""

from __future__ import annotations

import dataclasses
import functools
import os
import re
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from catwalk.audio.waveform import Waveform
from catwalk.errors import BackendFailed, CatwalkError, InvalidRequest, LoadFailed
from catwalk.tasks import Segment, Task, TranscribeOptions, Transcription, VoiceInfo, Weight, Word

RATE_HZ = 16_000
_OPTIONS = {"batch", "batch_size", "beam_size", "compute_type", "device", "lanes", "threads"}
_TOKENS_PER_S = 8
"""Cap on what a decoder may write: fast speech is 4 words or 6 tokens a second; what writes more repeats itself."""

_SPARE_TOKENS = 32
_CAPPED_BELOW_S = 24.0
"""A longer recording is bounded by whisper's own text context. A cap near that context changes what is written: with
224 tokens a clause of a clean recording was lost (measured on 50 s of speech)."""

WINDOW_S = 30.0
"""What whisper hears at once; shorter recordings are filled up with silence."""

_N_FRAMES = 3000
"""Frames of such a window, of 10 ms."""

_BATCH_SIZE = 3
"""Recordings heard together by one lane: each costs 2.2 s of processor time alone, 1.9 by twos, 1.7 by fours, since the
decoder's weights pass through the processor once for all of them."""

# A window that was heard in one pass is heard once more where whisper's own loop would have gone on: it stopped writing
# before the end, or wrote what its thresholds (openai-whisper, transcribe.py) take for repetition, noise or silence.
_UNHEARD_S = 1.5
_MAX_COMPRESSION, _MIN_LOGPROB, _MAX_NO_SPEECH = 2.4, -1.0, 0.6

_CANDIDATE_TOKENS = 440
"""The decoder's context of 448, less what stands before and after a text."""

_FALLBACK = 0.4
"""The one higher temperature tried when a segment repeats itself. Whisper's own ladder of five costs 24 s on 9 s of
garbled speech and ends no better."""


class FasterWhisper:
    """One CTranslate2 model that every lane calls.

    Two lanes share the cores: windows heard two at once, on a core each, cost 25 s of processor time where one after
    the other on both cores cost 30, and no thread waits for another that was interrupted.
    """

    tasks: ClassVar[frozenset[Task]] = frozenset({Task.TRANSCRIBE})
    requires: ClassVar[tuple[str, ...]] = ("faster_whisper", "ctranslate2")

    def __init__(
        self, engine: Any, *, lanes: int, beam_size: int, batch: int = 1, batch_size: int = _BATCH_SIZE
    ) -> None:
        self.lanes = lanes
        self.batch_size = batch_size
        self._engine = engine
        engine.encode = _keep_last(engine.encode)
        self._beam_size = beam_size
        self._batch = batch

    @classmethod
    def load(cls, weights: Path | None, options: Mapping[str, Any]) -> Self:
        """See :class:`catwalk.tasks.Backend`.

        Options: ``device`` (``cpu``; ``cuda:0``, ``cuda:1``, ... or ``auto``), ``compute_type`` (``int8`` on a CPU,
        ``float16`` on a GPU), ``beam_size`` (1), ``lanes``, calls at once (2, or 1 on a single core), ``threads`` of a
        call (the cores divided among the lanes), ``batch_size``, waiting recordings of up to 30 s that one lane hears
        together (3), ``batch``, stretches of one recording that are heard at once (1: one after another; more is faster
        on a GPU and cuts a recording at its silences).
        """
        unknown = set(options) - _OPTIONS
        if unknown:
            raise InvalidRequest(
                f"faster_whisper knows the options {', '.join(sorted(_OPTIONS))}, not {', '.join(sorted(unknown))}"
            )
        if weights is None:
            raise LoadFailed("faster_whisper needs weights: a folder with a CTranslate2 whisper model")
        from faster_whisper import WhisperModel  # noqa: PLC0415 - heavy: ctranslate2, onnxruntime

        device, index = _choose_device(str(options.get("device", "cpu")))
        cores = os.cpu_count() or 1
        lanes = int(options.get("lanes", min(2, cores)))
        try:
            engine = WhisperModel(
                str(weights),
                device=device,
                device_index=index,
                compute_type=str(options.get("compute_type", "int8" if device == "cpu" else "float16")),
                cpu_threads=int(options.get("threads", max(1, cores // lanes))),
                num_workers=lanes,
                local_files_only=True,
            )
        except (OSError, ValueError, RuntimeError) as error:
            raise LoadFailed(f"faster_whisper did not load from {weights}: {error}") from error
        return cls(
            engine,
            lanes=lanes,
            beam_size=int(options.get("beam_size", 1)),
            batch=int(options.get("batch", 1)),
            batch_size=int(options.get("batch_size", _BATCH_SIZE)),
        )

    def _listener(self) -> Callable[..., Any]:
        if self._batch == 1:
            return self._engine.transcribe  # type: ignore[no-any-return]  # the library has no types
        return self._batched(self._batch)

    def _batched(self, batch_size: int) -> Callable[..., Any]:
        from faster_whisper import BatchedInferencePipeline  # noqa: PLC0415 - heavy

        # Of its own accord it leaves the times away, on which segments are made.
        pipeline = BatchedInferencePipeline(self._engine)
        return functools.partial(pipeline.transcribe, batch_size=batch_size, without_timestamps=False)

    def warm_up(self) -> None:
        """See :class:`catwalk.tasks.Backend`."""
        hum = np.random.default_rng(0).normal(0, 0.01, RATE_HZ).astype(np.float32)
        for _ in self.transcribe(Waveform(hum, RATE_HZ), options=TranscribeOptions(language="en", words=True)):
            pass

    def voices(self) -> list[VoiceInfo]:
        """See :class:`catwalk.tasks.Backend`: it does not speak."""
        return []

    def transcribe(self, waveform: Waveform, *, options: TranscribeOptions) -> Iterator[Segment | Transcription]:
        """See :class:`catwalk.tasks.Transcriber`."""
        language = options.language
        if language is not None and language not in self._engine.supported_languages:
            known = ", ".join(sorted(self._engine.supported_languages))
            raise InvalidRequest(
                f"whisper does not know the language {language!r}; it knows: {known}", param="language"
            )
        if waveform.rate_hz != RATE_HZ:
            raise BackendFailed(f"whisper listens at {RATE_HZ} Hz, not at {waveform.rate_hz}")
        if options.candidates:
            yield self._weigh(waveform, language, options.candidates)
            return
        language = language or self._find_language(waveform)
        temperatures = [options.temperature]
        if options.fallback and options.temperature < _FALLBACK:
            temperatures.append(_FALLBACK)
        cap = _SPARE_TOKENS + int(_TOKENS_PER_S * waveform.duration_s)
        try:
            found, info = self._listener()(
                waveform.samples,
                language=language,
                initial_prompt=options.prompt,
                word_timestamps=options.words,
                temperature=temperatures,
                beam_size=self._beam_size,
                best_of=1,
                condition_on_previous_text=False,  # with it, one repetition spoils all that follows
                max_new_tokens=cap if waveform.duration_s < _CAPPED_BELOW_S else None,
            )
            segments = []
            for segment in found:
                segments.append(_convert(segment))
                yield segments[-1]
        except (ValueError, RuntimeError, IndexError) as error:
            raise BackendFailed(f"whisper failed: {error}") from error
        text = " ".join(segment.text for segment in segments)
        yield Transcription(text, info.language, waveform.duration_s, tuple(segments))

    def _find_language(self, waveform: Waveform) -> str | None:
        """The language of a recording that one window holds; None where the library finds it as cheaply.

        The window is the one that is transcribed next, so that it is encoded once. The library's own are a frame apart.
        """
        if not self._engine.model.is_multilingual or not 0 < waveform.duration_s <= WINDOW_S:
            return None
        from faster_whisper.audio import pad_or_trim  # noqa: PLC0415 - heavy

        try:
            encoded = self._engine.encode(pad_or_trim(self._engine.feature_extractor(waveform.samples)[:, :-1]))
            ((token, _), *_), *_ = self._engine.model.detect_language(encoded)
        except (ValueError, RuntimeError) as error:
            raise BackendFailed(f"whisper failed: {error}") from error
        return str(token).strip("<|>")

    def _weigh(self, waveform: Waveform, language: str | None, candidates: Sequence[str]) -> Transcription:
        """Each text forced through the decoder: the sum of its tokens' logarithms of probability."""
        from faster_whisper.tokenizer import Tokenizer  # noqa: PLC0415 - heavy

        if language is None:
            raise InvalidRequest("candidates are texts of one language: name it", param="language")
        if not 0 < waveform.duration_s <= WINDOW_S:
            raise InvalidRequest(
                f"candidates are weighed on at most {WINDOW_S:g} s, not on {waveform.duration_s:.1f} s", param="file"
            )
        engine = self._engine
        tokenizer = Tokenizer(engine.hf_tokenizer, engine.model.is_multilingual, task="transcribe", language=language)
        texts = [tokenizer.encode(f" {text.strip()}") for text in candidates]
        if max(map(len, texts)) > _CANDIDATE_TOKENS:
            raise InvalidRequest(
                f"a candidate has at most {_CANDIDATE_TOKENS} tokens, not {max(map(len, texts))}", param="candidates[]"
            )
        try:
            heard, silence = self._encode(waveform.samples), self._silence
            weights = tuple(
                Weight(*(_sum_logprobs(engine.model, each, tokenizer.sot_sequence, text) for each in (heard, silence)))
                for text in texts
            )
        except (ValueError, RuntimeError) as error:
            raise BackendFailed(f"whisper failed: {error}") from error
        best = max(range(len(weights)), key=lambda index: weights[index].logprob)
        return Transcription(candidates[best], language, waveform.duration_s, weights=weights)

    @functools.cached_property
    def _silence(self) -> Any:
        return self._encode(np.zeros(RATE_HZ, np.float32))

    def _encode(self, samples: NDArray[np.float32]) -> Any:
        from faster_whisper.audio import pad_or_trim  # noqa: PLC0415 - heavy

        return self._engine.encode(pad_or_trim(self._engine.feature_extractor(samples)))

    # --- several recordings at once

    def run_batch(self, method: str, calls: Sequence[Mapping[str, Any]]) -> Iterator[tuple[int, Any]]:
        """See :class:`catwalk.tasks.Batching`: what fits into a window each is heard together."""
        if method != "transcribe":
            raise BackendFailed(f"faster_whisper can transcribe, not {method}")
        together: dict[Any, list[int]] = {}
        for index, call in enumerate(calls):
            together.setdefault(self._find_company(index, **call), []).append(index)
        for members in together.values():
            heard: Sequence[Transcription | None] = [None]
            if len(members) > 1:
                heard = self._hear_together(
                    [calls[index]["waveform"] for index in members], calls[members[0]]["options"]
                )
            for index, transcription in zip(members, heard, strict=True):
                if transcription is None:
                    yield from self._hear_alone(index, calls[index])
                    continue
                yield from ((index, segment) for segment in transcription.segments)
                yield index, transcription

    def _find_company(self, index: int, *, waveform: Waveform, options: TranscribeOptions) -> Any:
        """What the calls that are heard together have in common; what must be heard alone has nothing."""
        fits = 0 < waveform.duration_s <= WINDOW_S and waveform.rate_hz == RATE_HZ and not options.candidates
        if not fits or options.language not in self._engine.supported_languages:
            return index
        return dataclasses.replace(options, fallback=False)

    def _hear_alone(self, index: int, call: Mapping[str, Any]) -> Iterator[tuple[int, Any]]:
        try:
            yield from ((index, part) for part in self.transcribe(**call))
        except CatwalkError as error:
            yield index, error

    def _hear_together(
        self, waveforms: Sequence[Waveform], options: TranscribeOptions
    ) -> Sequence[Transcription | None]:
        """What is heard in each recording; None for those that need another hearing, alone."""
        n_window = round(WINDOW_S * RATE_HZ)
        side_by_side = np.zeros((len(waveforms), n_window), np.float32)
        for row, waveform in zip(side_by_side, waveforms, strict=True):
            row[: waveform.samples.size] = waveform.samples
        longest_s = max(waveform.duration_s for waveform in waveforms)
        cap = _SPARE_TOKENS + int(_TOKENS_PER_S * longest_s) if longest_s < _CAPPED_BELOW_S else None
        clips = [
            {"start": WINDOW_S * index, "end": WINDOW_S * index + waveform.duration_s}
            for index, waveform in enumerate(waveforms)
        ]
        try:
            found, info = self._batched(len(waveforms))(
                side_by_side.ravel(),
                language=options.language,
                initial_prompt=options.prompt,
                word_timestamps=options.words,
                temperature=[options.temperature],
                beam_size=self._beam_size,
                best_of=1,
                clip_timestamps=clips,
                max_new_tokens=cap,
            )
            shares: list[list[Segment]] = [[] for _ in waveforms]
            for segment in found:
                index = round(segment.seek * 160 / n_window)  # seek counts frames of 160 samples
                shares[index].append(_shift(_convert(segment), -WINDOW_S * index))
        except (ValueError, RuntimeError, IndexError) as error:
            raise BackendFailed(f"whisper failed: {error}") from error
        return [
            None
            if _needs_another_hearing(segments, waveform.duration_s)
            else Transcription(
                " ".join(segment.text for segment in segments), info.language, waveform.duration_s, tuple(segments)
            )
            for segments, waveform in zip(shares, waveforms, strict=True)
        ]


def _keep_last(encode: Callable[[NDArray[np.float32]], Any]) -> Callable[[NDArray[np.float32]], Any]:
    """``encode``, which is not done again for the window that this thread had just before.

    It is most of the work of a short recording: 1.3 s of processor time with whisper base.
    """
    last = threading.local()

    def encode_new(features: NDArray[np.float32]) -> Any:
        kept = getattr(last, "kept", None)
        if kept is None or not np.array_equal(kept[0], features):
            last.kept = kept = (features, encode(features))
        return kept[1]

    return encode_new


def _sum_logprobs(model: Any, encoded: Any, start: Sequence[int], text: Sequence[int]) -> float:
    (found,) = model.align(encoded, start, [text], _N_FRAMES)
    return float(np.log(np.maximum(found.text_token_probs, 1e-12)).sum())


def _needs_another_hearing(segments: Sequence[Segment], duration_s: float) -> bool:
    if not segments or segments[-1].end_s < duration_s - _UNHEARD_S:
        return True
    return any(
        segment.compression_ratio > _MAX_COMPRESSION
        or segment.avg_logprob < _MIN_LOGPROB
        or segment.no_speech_prob > _MAX_NO_SPEECH
        for segment in segments
    )


def _shift(segment: Segment, by_s: float) -> Segment:
    words = tuple(
        dataclasses.replace(word, start_s=word.start_s + by_s, end_s=word.end_s + by_s) for word in segment.words
    )
    return dataclasses.replace(segment, start_s=segment.start_s + by_s, end_s=segment.end_s + by_s, words=words)


def _choose_device(wanted: str) -> tuple[str, int]:
    """CTranslate2's name of a device, and its number. ``auto`` is the first GPU where a server has not chosen one."""
    if not re.fullmatch(r"cpu|auto|cuda:\d+", wanted):
        raise InvalidRequest(f"a device is cpu, auto or cuda:0, cuda:1, ..., not {wanted!r}", param="device")
    import ctranslate2  # noqa: PLC0415 - heavy

    n_gpus = ctranslate2.get_cuda_device_count()
    if wanted == "cpu" or (wanted == "auto" and not n_gpus):
        return "cpu", 0
    index = 0 if wanted == "auto" else int(wanted.removeprefix("cuda:"))
    if index >= n_gpus:
        raise LoadFailed(f"device is {wanted}, but CTranslate2 sees {n_gpus} GPUs here")
    return "cuda", index


def _convert(segment: Any) -> Segment:
    words = tuple(
        Word(word.word.strip(), float(word.start), float(word.end), float(word.probability))
        for word in segment.words or ()
    )
    return Segment(
        text=segment.text.strip(),
        start_s=float(segment.start),
        end_s=float(segment.end),
        avg_logprob=float(segment.avg_logprob),
        no_speech_prob=float(segment.no_speech_prob),
        compression_ratio=float(segment.compression_ratio),
        temperature=float(segment.temperature or 0.0),
        words=words,
    )
