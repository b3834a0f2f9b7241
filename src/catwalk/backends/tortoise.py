"""Tortoise through tortoise-tts: slow and natural speech in voices made from a few clips."""

from __future__ import annotations

import functools
import pickle
import random
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np

from catwalk.audio.resample import resample
from catwalk.audio.tempo import change_tempo
from catwalk.audio.waveform import Waveform
from catwalk.backends import torchaudio_stand_in
from catwalk.backends.devices import choose_device
from catwalk.errors import BackendFailed, InvalidRequest, LoadFailed, UnknownVoice
from catwalk.tasks import Task, VoiceInfo, VoiceRef, drop_sounds

RATE_HZ = 24_000
CLIP_RATE_HZ = 22_050
PRESETS = ("ultra_fast", "fast", "standard", "high_quality")
FILES = ("autoregressive.pth", "clvp2.pth", "diffusion_decoder.pth", "vocoder.pth")
_OPTIONS = {"batch", "candidates", "device", "half", "preset", "seed", "threads"}
_DEFAULT_VOICE = "train_dotrice"
_ACTORS = frozenset({"deniro", "emma", "freeman", "halle", "jlaw"})
"""Voices that the package made from films and interviews of actors, whom nobody asked."""

_MAX_PIECE_CHARS = 300
"""The networks were trained on utterances of up to 27 s; the library's own splitter cuts here."""


@dataclass(frozen=True, slots=True)
class Latents:
    """What the networks made of a voice's clips."""

    autoregressive: Any
    """Tensor of shape (1, model_dim)."""

    diffusion: Any
    """Tensor of shape (1, 2 * model_channels)."""

    path: Path | None
    """The file that they were read from; None for a voice of the package."""

    @property
    def n_bytes(self) -> int:
        """Memory that they take."""
        return int(self.autoregressive.nbytes + self.diffusion.nbytes)


class Tortoise:
    """The library's four networks on one device. It draws from the process's random numbers: one call at a time."""

    tasks: ClassVar[frozenset[Task]] = frozenset({Task.SYNTHESIZE})
    requires: ClassVar[tuple[str, ...]] = ("tortoise", "transformers", "torch", "librosa")

    def __init__(self, library: Any, *, preset: str, candidates: int | None, seed: int) -> None:
        self.lanes = 1
        self.n_extractions = 0
        """How often clips were turned into latents."""

        self._library = library
        self._preset = preset
        self._candidates = candidates
        self._seed = seed
        self._latents: dict[str, Latents] = {}

    @classmethod
    def load(cls, weights: Path | None, options: Mapping[str, Any]) -> Self:
        """See :class:`catwalk.tasks.Backend`.

        Options: ``preset`` (``fast``), ``candidates``, readings of which CLVP chooses the best (the preset's: 16, 96,
        256 or 256), ``batch``, candidates at once (1 on a CPU, up to 16 by the memory of a GPU), ``seed`` (0),
        ``device`` (``cpu``), ``half`` (no; a GPU only), ``threads`` of PyTorch (the cores). ``weights`` is a folder
        with ``autoregressive.pth``, ``clvp2.pth``, ``diffusion_decoder.pth`` and ``vocoder.pth``, itself or in
        ``.models``.
        """
        preset, candidates = _check_options(options)
        folder = _find_folder(weights)
        torchaudio_stand_in.install()
        import torch  # noqa: PLC0415 - heavy
        from tortoise.api import pick_best_batch_size_for_gpu  # noqa: PLC0415 - heavy

        from catwalk.backends.tortoise_library import Library  # noqa: PLC0415 - heavy

        device, half = choose_device(str(options.get("device", "cpu"))), bool(options.get("half", False))
        if half and device == "cpu":
            raise InvalidRequest("half needs a GPU: device is cpu")
        if "threads" in options:
            torch.set_num_threads(int(options["threads"]))
        batch = int(options.get("batch", 1 if device == "cpu" else pick_best_batch_size_for_gpu()))
        if candidates is not None:
            batch = min(batch, candidates)
            candidates -= candidates % batch  # the library counts in whole batches
        try:
            library = Library(folder, device=device, half=half, batch=batch)
        except (OSError, ValueError, RuntimeError, KeyError, TypeError, pickle.UnpicklingError) as error:
            raise LoadFailed(f"tortoise did not load from {folder}: {error}") from error
        return cls(library, preset=preset, candidates=candidates, seed=int(options.get("seed", 0)))

    def warm_up(self) -> None:
        """See :class:`catwalk.tasks.Backend`: a voice's latents, which need every encoder; a sentence takes minutes."""
        self._find_latents(VoiceRef(_DEFAULT_VOICE))
        self.drop_latents(_DEFAULT_VOICE)

    def voices(self) -> list[VoiceInfo]:
        """See :class:`catwalk.tasks.Backend`."""
        names = sorted(_packaged_voices(), key=lambda name: (name != _DEFAULT_VOICE, name))
        return [VoiceInfo(name, "en", "from the clips of its package") for name in names]

    def latents(self) -> dict[str, int]:
        """See :class:`catwalk.tasks.LatentsHolding`."""
        return {name: latents.n_bytes for name, latents in self._latents.copy().items()}

    def drop_latents(self, voice: str) -> None:
        """See :class:`catwalk.tasks.LatentsHolding`."""
        self._latents.pop(voice, None)

    def compute_latents(self, clips: tuple[Waveform, ...]) -> bytes:
        """See :class:`catwalk.tasks.Cloning`: safetensors with ``autoregressive`` and ``diffusion``.

        Of a clip, the first networks take 6 s from a place drawn by the seed, the second its first 4.3 s.
        """
        from safetensors.torch import save  # noqa: PLC0415 - heavy

        latents = self._extract(clips, None)
        return bytes(save({"autoregressive": latents.autoregressive, "diffusion": latents.diffusion}))

    def synthesize(self, text: str, *, voice: VoiceRef, speed: float = 1.0) -> Iterator[Waveform]:
        """See :class:`catwalk.tasks.Synthesizer`. A call that is withdrawn ends at the next token or diffusion step.

        The model knows no speed: its speech is stretched or shortened at the same pitch.
        """
        latents = self._find_latents(voice)
        for sentence in _split_sentences(drop_sounds(text)):
            pieces = [self._speak(piece, latents) for piece in _split_piece(sentence)]
            yield change_tempo(Waveform.join(pieces), speed)

    def _speak(self, text: str, latents: Latents) -> Waveform:
        changes = {} if self._candidates is None else {"num_autoregressive_samples": self._candidates}
        try:
            samples = self._library.tts_with_preset(
                text,
                preset=self._preset,
                conditioning_latents=(latents.autoregressive, latents.diffusion),
                use_deterministic_seed=self._seed,
                verbose=False,
                **changes,
            )
        except (ValueError, RuntimeError, IndexError, AssertionError) as error:
            raise BackendFailed(f"tortoise failed on {text[:80]!r}: {error}") from error
        row = samples.squeeze().float().cpu().numpy()
        return Waveform(np.ascontiguousarray(np.atleast_1d(row), np.float32), RATE_HZ)

    def _find_latents(self, voice: VoiceRef) -> Latents:
        held = self._latents.get(voice.name)
        if held is not None and held.path == voice.latents:
            return held
        if voice.latents is not None:
            found = _read_latents(voice.latents)
        else:
            packaged = _packaged_voices()
            if voice.name not in packaged:
                raise UnknownVoice(
                    f"tortoise has no voice {voice.name!r}; it has: {', '.join(packaged)}", param="voice"
                )
            found = self._extract(tuple(_read_clip(path) for path in packaged[voice.name]), None)
        self._latents[voice.name] = found
        return found

    def _extract(self, clips: tuple[Waveform, ...], path: Path | None) -> Latents:
        import torch  # noqa: PLC0415 - heavy

        self.n_extractions += 1
        rows = [torch.from_numpy(resample(clip, CLIP_RATE_HZ).samples.copy())[None] for clip in clips]
        random.seed(self._seed)  # of a long clip, the library takes a stretch at random
        try:
            autoregressive, diffusion = self._library.get_conditioning_latents(rows)
        except (ValueError, RuntimeError, IndexError, AssertionError) as error:
            raise BackendFailed(f"tortoise failed on {len(clips)} clips: {error}") from error
        return Latents(autoregressive.detach().cpu().contiguous(), diffusion.detach().cpu().contiguous(), path)


def _check_options(options: Mapping[str, Any]) -> tuple[str, int | None]:
    unknown = set(options) - _OPTIONS
    if unknown:
        raise InvalidRequest(
            f"tortoise knows the options {', '.join(sorted(_OPTIONS))}, not {', '.join(sorted(unknown))}"
        )
    preset = str(options.get("preset", "fast"))
    if preset not in PRESETS:
        raise InvalidRequest(f"preset is one of {', '.join(PRESETS)}, not {preset!r}")
    candidates = None if "candidates" not in options else int(options["candidates"])
    if candidates is not None and candidates < 1:
        raise InvalidRequest(f"candidates is 1 or more, not {candidates}")
    return preset, candidates


def _find_folder(weights: Path | None) -> Path:
    if weights is None:
        raise LoadFailed(f"tortoise needs weights: a folder with {', '.join(FILES)}")
    for folder in (weights, weights / ".models"):
        if all((folder / name).is_file() for name in FILES):
            return folder
    raise LoadFailed(f"tortoise finds no {', '.join(FILES)} in {weights}")


@functools.cache
def _packaged_voices() -> dict[str, tuple[Path, ...]]:
    """Clips of every voice that the package brings, by name."""
    import tortoise  # noqa: PLC0415 - its parent package only, but it is not there without its environment

    folder = Path(tortoise.__file__).parent / "voices"
    found = {each.name: tuple(sorted(each.glob("*.wav")) or sorted(each.glob("*.mp3"))) for each in folder.iterdir()}
    return {name: clips for name, clips in sorted(found.items()) if clips and name not in _ACTORS}


def _read_clip(path: Path) -> Waveform:
    from tortoise.utils.audio import load_audio  # noqa: PLC0415 - heavy

    samples = load_audio(str(path), CLIP_RATE_HZ).squeeze().numpy()
    return Waveform(np.ascontiguousarray(samples, np.float32), CLIP_RATE_HZ)


def _read_latents(path: Path) -> Latents:
    from safetensors import SafetensorError  # noqa: PLC0415 - heavy
    from safetensors.torch import load_file  # noqa: PLC0415 - heavy

    try:
        tensors = load_file(path)
        return Latents(tensors["autoregressive"], tensors["diffusion"], path)
    except (OSError, KeyError, SafetensorError) as error:
        raise BackendFailed(f"tortoise cannot read the latents in {path}: {error}") from error


_SENTENCE_END = re.compile(r"(?<=[.!?…])[\"”’)\]]*\s+(?=\S)")


def _split_sentences(text: str) -> list[str]:
    return [sentence for sentence in _SENTENCE_END.split(text.strip()) if sentence.strip()]


def _split_piece(sentence: str) -> list[str]:
    """A sentence as it is, or cut between words where it is too long for the networks."""
    pieces = [""]
    for word in sentence.split():
        while len(word) > _MAX_PIECE_CHARS:
            pieces.append(word[:_MAX_PIECE_CHARS])
            word = word[_MAX_PIECE_CHARS:]  # noqa: PLW2901 - what is left of it
        if len(pieces[-1]) + len(word) >= _MAX_PIECE_CHARS:
            pieces.append(word)
        else:
            pieces[-1] = f"{pieces[-1]} {word}".strip()
    return [piece for piece in pieces if piece]
