"""The two things that tortoise-tts takes from torchaudio, for machines where torchaudio does not load.

torchaudio's compiled part loads only beside the build of PyTorch that it was made with, CUDA's libraries included, and
there is none for PyTorch on a CPU in many places. tortoise-tts uses two functions of it, for which SciPy and librosa,
which it needs anyway, have the like. Imported by workers alone.
"""

from __future__ import annotations

import sys
from importlib.machinery import ModuleSpec
from math import gcd
from types import ModuleType
from typing import Any


def install() -> None:
    """Put a module named ``torchaudio`` in place that holds :func:`resample` and :func:`mel_spectrogram`.

    The real one is not even tried: what a voice's latents are must not depend on what else is installed.
    """
    package = ModuleType("torchaudio", "A stand-in: catwalk.backends.torchaudio_stand_in.")
    package.__spec__ = ModuleSpec("torchaudio", None)  # transformers asks whether it could be imported
    for name, content in (("functional", {"resample": resample}), ("transforms", {"MelSpectrogram": mel_spectrogram})):
        module = ModuleType(f"torchaudio.{name}")
        module.__dict__.update(content)
        setattr(package, name, module)
        sys.modules[module.__name__] = module
    sys.modules["torchaudio"] = package


def resample(waveform: Any, orig_freq: int, new_freq: int) -> Any:
    """``torchaudio.functional.resample``: the same sound at another rate, by a polyphase filter.

    Args:
        waveform: Tensor of shape (…, n_samples).
        orig_freq: Its samples per second.
        new_freq: Those wanted; the last axis comes out with ``ceil(n_samples * new_freq / orig_freq)``.
    """
    import torch  # noqa: PLC0415 - heavy
    from scipy.signal import resample_poly  # noqa: PLC0415 - heavy

    shared = gcd(orig_freq, new_freq)
    samples = resample_poly(waveform.detach().cpu().numpy(), new_freq // shared, orig_freq // shared, axis=-1)
    return torch.from_numpy(samples).to(waveform)


def mel_spectrogram(
    *,
    sample_rate: int,
    n_fft: int,
    win_length: int,
    hop_length: int,
    f_min: float,
    f_max: float,
    n_mels: int,
    power: float,
    normalized: bool,
    norm: str,
) -> Any:
    """``torchaudio.transforms.MelSpectrogram`` with a Hann window, reflected edges and HTK's mel scale, its defaults.

    Returns:
        A PyTorch module: waveforms of shape (n, n_samples) in, mel bands of shape (n, n_mels, n_frames) out.
    """
    import torch  # noqa: PLC0415 - heavy
    from librosa.filters import mel  # noqa: PLC0415 - heavy

    if normalized:
        raise NotImplementedError("tortoise-tts does not ask for a normalized spectrogram")

    class MelSpectrogram(torch.nn.Module):  # type: ignore[misc]  # PyTorch is not there where types are checked
        def __init__(self) -> None:
            super().__init__()
            bands = mel(sr=sample_rate, n_fft=n_fft, n_mels=n_mels, fmin=f_min, fmax=f_max, htk=True, norm=norm)
            self.register_buffer("bands", torch.from_numpy(bands))
            self.register_buffer("window", torch.hann_window(win_length))

        def forward(self, waveform: Any) -> Any:
            spectrum = torch.stft(
                waveform, n_fft, hop_length, win_length, self.window, pad_mode="reflect", return_complex=True
            )
            return self.bands @ spectrum.abs().pow(power)

    return MelSpectrogram()
