"""Random weights of BLIP's and BLIP-2's architectures, two layers of 32, with a tokenizer of a few words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tiny import Tiny

WORDS = [
    "a",
    "photograph",
    "of",
    "the",
    "red",
    "blue",
    "cat",
    "dog",
    "on",
    "table",
    "question",
    ":",
    "answer",
    "what",
    "is",
    "this",
    "?",
    ".",
]
SIDE_PX = 32


def build(folder: Path) -> Tiny:
    """A tiny BLIP."""
    import torch
    from transformers import BlipConfig, BlipForConditionalGeneration, BlipImageProcessorPil

    torch.manual_seed(0)
    tokenizer = _make_tokenizer(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[DEC]"], cls="[CLS]", sep="[SEP]")
    ids = tokenizer.convert_tokens_to_ids
    config = BlipConfig(
        text_config={
            **_layers(),
            "vocab_size": len(tokenizer),
            "encoder_hidden_size": 32,
            "is_decoder": True,
            "max_position_embeddings": 128,
            "bos_token_id": ids("[DEC]"),
            "eos_token_id": ids("[SEP]"),
            "sep_token_id": ids("[SEP]"),
            "pad_token_id": ids("[PAD]"),
        },
        vision_config={**_layers(), "image_size": SIDE_PX, "patch_size": 8},
        projection_dim=32,
    )
    _stir(BlipForConditionalGeneration(config), ids("[SEP]")).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    BlipImageProcessorPil(size={"height": SIDE_PX, "width": SIDE_PX}).save_pretrained(folder)
    return Tiny(weights=folder, options={"max_new_tokens": 8, "device": "cpu"})


def build_second(folder: Path) -> Tiny:
    """A tiny BLIP-2 on a tiny OPT."""
    import torch
    from transformers import Blip2Config, Blip2ForConditionalGeneration, BlipImageProcessorPil, OPTConfig

    torch.manual_seed(0)
    tokenizer = _make_tokenizer(["<pad>", "</s>", "<unk>", "<image>"], cls="</s>", sep=None)
    ids = tokenizer.convert_tokens_to_ids
    text = OPTConfig(
        vocab_size=len(tokenizer),
        hidden_size=32,
        num_hidden_layers=2,
        ffn_dim=64,
        num_attention_heads=4,
        max_position_embeddings=128,
        word_embed_proj_dim=32,
        pad_token_id=ids("<pad>"),
        bos_token_id=ids("</s>"),
        eos_token_id=ids("</s>"),
    )
    config = Blip2Config(
        vision_config={**_layers(), "image_size": SIDE_PX, "patch_size": 8},
        qformer_config={**_layers(), "encoder_hidden_size": 32, "vocab_size": len(tokenizer)},
        text_config=text.to_dict(),
        num_query_tokens=4,
        image_text_hidden_size=16,
        image_token_index=ids("<image>"),
    )
    _stir(Blip2ForConditionalGeneration(config), ids("</s>")).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    BlipImageProcessorPil(size={"height": SIDE_PX, "width": SIDE_PX}).save_pretrained(folder)
    return Tiny(weights=folder, options={"max_new_tokens": 8, "device": "cpu"})


def _stir(model: Any, end: int) -> Any:
    """Weights so large that what comes out depends on what goes in, and an end that does not come at once."""
    import torch

    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if parameter.dim() > 1:
                parameter.normal_(0, 0.3)
            if "word_embeddings" in name or "embed_tokens" in name:
                parameter[end] = 0
            if name.endswith("cls.predictions.bias"):
                parameter[: end + 2] = -100  # special tokens are no words
    return model.eval()


def _layers() -> dict[str, Any]:
    return {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4}


def _make_tokenizer(special: list[str], *, cls: str, sep: str | None) -> Any:
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    unknown = next(token for token in special if "unk" in token.lower())
    pad = next(token for token in special if "pad" in token.lower())
    vocabulary = {word: index for index, word in enumerate([*special, *WORDS])}
    rules = Tokenizer(models.WordLevel(vocabulary, unk_token=unknown))
    rules.normalizer = normalizers.Lowercase()
    rules.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    around = f"{cls} $A {sep}" if sep else f"{cls} $A"
    named = [(token, vocabulary[token]) for token in (cls, sep) if token]
    rules.post_processor = processors.TemplateProcessing(single=around, special_tokens=named)
    return PreTrainedTokenizerFast(
        tokenizer_object=rules, unk_token=unknown, pad_token=pad, additional_special_tokens=[*special]
    )
