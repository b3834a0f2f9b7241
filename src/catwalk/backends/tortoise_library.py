"""tortoise-tts itself, built from a folder of weights; imported inside the worker alone, after the stand-in."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from tortoise.api import TextToSpeech
from tortoise.models.autoregressive import UnifiedVoice
from tortoise.models.clvp import CLVP
from tortoise.models.diffusion_decoder import DiffusionTts
from tortoise.models.vocoder import UnivNetGenerator
from tortoise.utils.tokenizer import VoiceBpeTokenizer

from catwalk.errors import Cancelled
from catwalk.tasks import CALLER_HAS_LEFT

PUBLISHED_SIZES: dict[str, dict[str, Any]] = {
    "autoregressive": {
        "max_mel_tokens": 604,
        "max_text_tokens": 402,
        "max_conditioning_inputs": 2,
        "layers": 30,
        "model_dim": 1024,
        "heads": 16,
        "number_text_tokens": 255,
        "start_text_token": 255,
        "checkpointing": False,
        "train_solo_embeddings": False,
    },
    "diffusion_decoder": {
        "model_channels": 1024,
        "num_layers": 10,
        "in_channels": 100,
        "out_channels": 200,
        "in_latent_channels": 1024,
        "in_tokens": 8193,
        "dropout": 0,
        "use_fp16": False,
        "num_heads": 16,
        "layer_drop": 0,
        "unconditioned_percentage": 0,
    },
    "clvp2": {
        "dim_text": 768,
        "dim_speech": 768,
        "dim_latent": 768,
        "num_text_tokens": 256,
        "text_enc_depth": 20,
        "text_seq_len": 350,
        "text_heads": 12,
        "num_speech_tokens": 8192,
        "speech_enc_depth": 20,
        "speech_heads": 12,
        "speech_seq_len": 430,
        "use_xformers": True,
    },
    "vocoder": {},
}
"""Of the weights that the library's author published (``TextToSpeech.__init__``), by the file that holds them."""

KINDS = {"autoregressive": UnifiedVoice, "diffusion_decoder": DiffusionTts, "clvp2": CLVP, "vocoder": UnivNetGenerator}
SIZES_FILE = "sizes.json"


def read_sizes(folder: Path) -> dict[str, dict[str, Any]]:
    """Arguments of every network: the published ones, changed by ``sizes.json`` where the folder has one."""
    path = folder / SIZES_FILE
    changes = json.loads(path.read_text()) if path.is_file() else {}
    return {name: {**sizes, **changes.get(name, {})} for name, sizes in PUBLISHED_SIZES.items()}


class Library(TextToSpeech):  # type: ignore[misc]  # the library has no types
    """The library's pipeline on networks that were read from a folder and stay on one device.

    Its own constructor knows one size only, looks for weights on a hub, and moves every network to the device and back
    for every sentence.
    """

    def __init__(self, folder: Path, *, device: str, half: bool, batch: int) -> None:
        self.device = torch.device(device)
        self.half = half
        self.autoregressive_batch_size = batch
        self.enable_redaction = False
        self.tokenizer = VoiceBpeTokenizer(vocab_file=None, use_basic_cleaners=False)
        self.cvvp = None
        networks = {name: _read(folder, name, sizes) for name, sizes in read_sizes(folder).items()}
        self.autoregressive = networks["autoregressive"]
        self.diffusion = networks["diffusion_decoder"]
        self.clvp = networks["clvp2"]
        self.vocoder = networks["vocoder"]
        self.autoregressive.post_init_gpt2_config(use_deepspeed=False, kv_cache=True, half=half)
        self.vocoder.eval(inference=True)
        self.autoregressive.inference_model.register_forward_pre_hook(_break_off)  # once a token of every candidate
        self.diffusion.register_forward_pre_hook(_break_off)  # once a step
        for network in networks.values():
            network.to(self.device)

    @contextmanager
    def temporary_cuda(self, model: Any) -> Iterator[Any]:
        """Every network stays where it is; only computing latents has moved it away."""
        yield model.to(self.device)


def _read(folder: Path, name: str, sizes: dict[str, Any]) -> Any:
    network = KINDS[name](**sizes)
    network.eval()  # the vocoder's own returns nothing
    state = torch.load(folder / f"{name}.pth", map_location="cpu", weights_only=True)
    # The published autoregressive weights hold buffers that today's transformers computes.
    network.load_state_dict(state["model_g"] if name == "vocoder" else state, strict=name != "autoregressive")
    return network


def _break_off(*_: Any) -> None:
    if CALLER_HAS_LEFT.get()():
        raise Cancelled("the caller left while tortoise was speaking")
