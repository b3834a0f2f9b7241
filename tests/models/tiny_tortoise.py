"""Tortoise's four networks with random weights, a few dozen numbers wide, made and run in its own environment."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from catwalk.serving import environments
from tiny import ENVIRONMENTS_HOME, Tiny

N_CODES = 40
"""Codes until the autoregressive network stops, at 46 ms each."""

_MAKE = r"""
import json, sys
from pathlib import Path

from catwalk.backends import torchaudio_stand_in

torchaudio_stand_in.install()
import torch
from catwalk.backends.tortoise_library import KINDS, SIZES_FILE, read_sizes

folder, n_codes = Path(sys.argv[1]), int(sys.argv[2])
sizes = {
    "autoregressive": {"layers": 2, "model_dim": 64, "heads": 2},
    "diffusion_decoder": {"model_channels": 64, "in_latent_channels": 64, "num_layers": 2, "num_heads": 2},
    "clvp2": {"dim_text": 64, "dim_speech": 64, "dim_latent": 64, "text_enc_depth": 2, "text_heads": 2,
              "speech_enc_depth": 2, "speech_heads": 2},
    "vocoder": {"noise_dim": 8, "channel_size": 8},
}
(folder / SIZES_FILE).write_text(json.dumps(sizes))
torch.manual_seed(11)
networks = {name: KINDS[name](**each) for name, each in read_sizes(folder).items()}
speaker = networks["autoregressive"]
with torch.no_grad():
    stop = torch.randn(64)
    stop = 4 * (stop - stop.mean()) / stop.norm()
    speaker.mel_head.weight[speaker.stop_mel_token] = stop
    speaker.mel_pos_embedding.emb.weight[:n_codes] = -30 * stop  # the place alone decides when it stops
    speaker.mel_pos_embedding.emb.weight[n_codes:] = 30 * stop
for name, network in networks.items():
    state = network.state_dict()
    torch.save({"model_g": state} if name == "vocoder" else state, folder / f"{name}.pth")
"""


def build(folder: Path) -> Tiny:
    """Speaks noise, for the time of :data:`N_CODES` codes a sentence."""
    environment = environments.find("tortoise", ENVIRONMENTS_HOME)
    assert environment is not None, f"`catwalk install tortoise` was not run with CATWALK_HOME={ENVIRONMENTS_HOME}"
    command: list[str | Path] = [environment.python, "-W", "ignore", "-c", _MAKE, folder, str(N_CODES)]
    subprocess.run(command, env=environment.variables(os.environ), check=True, timeout=600)
    return Tiny(weights=folder, options={"preset": "ultra_fast", "candidates": 2})
