"""Whisper weights in OpenAI's checkpoint format, random but for what they always hear."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from tiny import Tiny

HEARD = " Tea is ready."
_END_S = 1.0


def build(folder: Path) -> Tiny:
    """Two layers of 64, else the dimensions of a real multilingual whisper; writes :data:`HEARD` whatever it hears."""
    import torch
    from whisper.model import ModelDimensions, Whisper
    from whisper.tokenizer import get_tokenizer

    dims = ModelDimensions(
        n_mels=80,
        n_audio_ctx=1500,
        n_audio_state=64,
        n_audio_head=2,
        n_audio_layer=2,
        n_vocab=51_865,
        n_text_ctx=448,
        n_text_state=64,
        n_text_head=2,
        n_text_layer=2,
    )
    torch.manual_seed(5)
    model = Whisper(dims)
    tokenizer = get_tokenizer(multilingual=True, language="en", task="transcribe")
    first, last = tokenizer.timestamp_begin, tokenizer.timestamp_begin + round(_END_S / 0.02)
    said = [tokenizer.to_language_token("en"), tokenizer.transcribe, first, *tokenizer.encode(HEARD), last]
    with torch.no_grad():
        embedding = torch.randn(dims.n_vocab, dims.n_text_state)
        embedding -= embedding.mean(dim=1, keepdim=True)  # a layer norm takes the mean away, which would be lost
        model.decoder.token_embedding.weight.copy_(0.3 * embedding)
        model.decoder.positional_embedding.copy_(30.0 * embedding[tokenizer.eot])
        for position, token in enumerate(said):  # what stands at a position outweighs all that was heard and written
            model.decoder.positional_embedding[position] = 30.0 * embedding[token]
    torch.save({"dims": dataclasses.asdict(dims), "model_state_dict": model.state_dict()}, folder / "random.pt")
    return Tiny(weights=folder)
