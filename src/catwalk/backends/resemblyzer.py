"""Resemblyzer's voice encoder (GE2E, Wan et al. 2018): what is particular to a voice, as 256 numbers.

Of the package only its weights are used. Importing it would import webrtcvad, which needs an old setuptools, and
librosa; the network is one LSTM, its spectrogram is some lines of numpy, and silence is found by level.
"""

from __future__ import annotations

import os
import pickle
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from catwalk.audio.acoustics import FRAME_S, find_audible, find_near, levels_db
from catwalk.audio.resample import resample
from catwalk.audio.waveform import Waveform
from catwalk.errors import BackendFailed, InvalidRequest, LoadFailed
from catwalk.tasks import Task, VoiceInfo

_OPTIONS = {"device", "lanes", "threads"}
_WEIGHTS_FILE = "pretrained.pt"

RATE_HZ = 16_000
_N_FFT = 400  # 25 ms
_HOP = 160  # 10 ms
_N_MELS = 40
_HIDDEN = 256
_LAYERS = 3
_WINDOW_FRAMES = 160  # 1.6 s, the length that the network was trained on
_STEP_FRAMES = 77  # 1.3 windows a second, as in the package
_MIN_COVERAGE = 0.75
"""Share of the last window that must be there for it to count."""

_LEVEL_DB = -30.0
"""Every recording is brought to this level, relative to full scale. The package raises quieter ones only; but bands are
not taken as logarithms, so that its vectors tell how loud somebody was recorded as well as who it is."""

_PAUSE_FRAMES = 18
"""Longest pause that stays, in frames of ``FRAME_S``."""

_MIN_SOUND_S = 0.2
_BATCH_WINDOWS = 64


class ResemblyzerBackend:
    """One LSTM of three layers."""

    tasks: ClassVar[frozenset[Task]] = frozenset({Task.EMBED_SPEAKER})
    requires: ClassVar[tuple[str, ...]] = ("torch", "resemblyzer")

    def __init__(self, network: Any, device: str, lanes: int) -> None:
        self.lanes = lanes
        self._network = network
        self._device = device
        self._filters = mel_filters()

    @classmethod
    def load(cls, weights: Path | None, options: Mapping[str, Any]) -> Self:
        """See :class:`catwalk.tasks.Backend`.

        Options: ``device`` (``cpu``, ``cuda:N`` or ``auto``; cpu unless told), ``threads``, of torch (the number of
        cores, at most 4), ``lanes``, calls at once (1). ``weights`` holds the package's ``pretrained.pt``.
        """
        unknown = set(options) - _OPTIONS
        if unknown:
            raise InvalidRequest(
                f"resemblyzer knows the options {', '.join(sorted(_OPTIONS))}, not {', '.join(sorted(unknown))}"
            )
        path = weights / _WEIGHTS_FILE if weights is not None and weights.is_dir() else weights
        if path is None or not path.is_file():
            raise LoadFailed(f"resemblyzer needs weights: a folder with {_WEIGHTS_FILE}, not {weights}")
        import torch  # noqa: PLC0415 - heavy

        torch.set_num_threads(int(options.get("threads", min(4, os.cpu_count() or 1))))
        device = str(options.get("device", "cpu"))
        if device == "auto":
            device = "cuda:0" if torch.cuda.is_available() else "cpu"
        try:
            state = torch.load(path, map_location="cpu", weights_only=True)["model_state"]
            network = torch.nn.ModuleDict(
                {
                    "lstm": torch.nn.LSTM(_N_MELS, _HIDDEN, _LAYERS, batch_first=True),
                    "linear": torch.nn.Linear(_HIDDEN, _HIDDEN),
                }
            )
            network.load_state_dict({name: state[name] for name in network.state_dict()})
            network = network.to(device).eval()
        except (
            OSError,
            RuntimeError,
            ValueError,
            KeyError,
            TypeError,
            EOFError,
            pickle.UnpicklingError,
            zipfile.BadZipFile,
        ) as error:
            raise LoadFailed(f"resemblyzer did not load from {path}: {error}") from error
        return cls(network, device, int(options.get("lanes", 1)))

    def warm_up(self) -> None:
        """See :class:`catwalk.tasks.Backend`."""
        times_s = np.arange(RATE_HZ) / RATE_HZ
        self.embed_speaker(Waveform(np.sin(900 * times_s).astype(np.float32), RATE_HZ))

    def voices(self) -> list[VoiceInfo]:
        """See :class:`catwalk.tasks.Backend`; it does not speak."""
        return []

    def embed_speaker(self, waveform: Waveform) -> tuple[float, ...]:
        """See :class:`catwalk.tasks.SpeakerEncoder`: 256 numbers from 0 up.

        The mean over windows of 1.6 s, as the package does it. Below about 3 s of speech it says little.

        Raises:
            InvalidRequest: there is less than 0.2 s of sound.
        """
        samples = _prepare(resample(waveform, RATE_HZ))
        if len(samples) < _MIN_SOUND_S * RATE_HZ:
            raise InvalidRequest(
                f"a voice cannot be told from {len(samples) / RATE_HZ:.2f} s of sound; {_MIN_SOUND_S} s are needed",
                param="file",
            )
        windows = _cut(self._spectrum(samples))
        try:
            embedded = np.concatenate(
                [self._run(windows[at : at + _BATCH_WINDOWS]) for at in range(0, len(windows), _BATCH_WINDOWS)]
            )
        except RuntimeError as error:
            raise BackendFailed(f"resemblyzer failed: {error}") from error
        mean = embedded.mean(axis=0, dtype=np.float64)
        return tuple(float(value) for value in mean / max(float(np.linalg.norm(mean)), 1e-9))

    def _run(self, windows: NDArray[np.float32]) -> NDArray[np.float32]:
        import torch  # noqa: PLC0415 - heavy, loaded already

        with torch.inference_mode():
            _, (hidden, _) = self._network["lstm"](torch.from_numpy(windows).to(self._device))
            raw: NDArray[np.float32] = torch.relu(self._network["linear"](hidden[-1])).cpu().numpy()
        return np.asarray(raw / (np.linalg.norm(raw, axis=1, keepdims=True) + 1e-9), np.float32)

    def _spectrum(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """Power by mel band, shape (n_frames, 40): not its logarithm, unlike most models."""
        padded = np.pad(samples, _N_FFT // 2)
        frames = np.lib.stride_tricks.sliding_window_view(padded, _N_FFT)[::_HOP]
        # A window of one more than its length, less the last: periodic, as in librosa.
        window = np.hanning(_N_FFT + 1)[:-1].astype(np.float32)
        transformed = np.fft.rfft(frames * window, axis=1)
        power = (transformed.real**2 + transformed.imag**2).astype(np.float32)
        return np.asarray(power @ self._filters.T, np.float32)


def _prepare(waveform: Waveform) -> NDArray[np.float32]:
    """Long pauses cut down to ``_PAUSE_FRAMES``, all at one level."""
    levels = levels_db(waveform)
    audible = find_audible(levels)
    near = find_near(audible, _PAUSE_FRAMES // 2)
    frame = round(RATE_HZ * FRAME_S)
    samples = waveform.samples[: len(levels) * frame][np.repeat(near & bool(audible.any()), frame)]
    level = 10.0 * np.log10(float(np.mean(samples.astype(np.float64) ** 2)) + 1e-12) if len(samples) else _LEVEL_DB
    return np.asarray(samples * np.float32(10 ** ((_LEVEL_DB - level) / 20)), np.float32)


def _cut(spectrum: NDArray[np.float32]) -> NDArray[np.float32]:
    """Windows of 1.6 s, shape (n_windows, 160, 40); the last is filled up with silence, or left out if it is short."""
    n_frames = len(spectrum)
    starts = list(range(0, max(1, n_frames - _WINDOW_FRAMES + _STEP_FRAMES + 1), _STEP_FRAMES))
    if len(starts) > 1 and n_frames - 1 - starts[-1] < _MIN_COVERAGE * _WINDOW_FRAMES:
        starts.pop()
    padded = np.pad(spectrum, ((0, max(0, starts[-1] + _WINDOW_FRAMES - n_frames)), (0, 0)))
    return np.stack([padded[start : start + _WINDOW_FRAMES] for start in starts])


def mel_filters() -> NDArray[np.float32]:
    """Triangles over the bins of a spectrum, shape (40, 201): Slaney's mel scale and areas, as librosa makes them."""
    hz = np.fft.rfftfreq(_N_FFT, 1.0 / RATE_HZ)
    corners = _to_hz(np.linspace(0.0, _to_mel(RATE_HZ / 2), _N_MELS + 2))
    widths = np.diff(corners)
    slopes = corners[:, np.newaxis] - hz
    rising, falling = -slopes[:-2] / widths[:-1, np.newaxis], slopes[2:] / widths[1:, np.newaxis]
    triangles = np.maximum(0.0, np.minimum(rising, falling))
    return np.asarray(triangles * (2.0 / (corners[2:] - corners[:-2]))[:, np.newaxis], np.float32)


_LINEAR_HZ = 200.0 / 3  # hertz a mel below 1000 Hz
_LOG_STEP = np.log(6.4) / 27  # above it


def _to_mel(hz: float) -> float:
    return hz / _LINEAR_HZ if hz < 1000 else 1000 / _LINEAR_HZ + float(np.log(hz / 1000)) / _LOG_STEP


def _to_hz(mels: NDArray[np.float64]) -> NDArray[np.float64]:
    bend = 1000 / _LINEAR_HZ
    return np.where(mels < bend, mels * _LINEAR_HZ, 1000 * np.exp(_LOG_STEP * (np.maximum(mels, bend) - bend)))
