"""A Llama of random weights in a GGUF file, written by hand: two layers of 64, a token a byte."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import numpy as np

from tiny import Tiny

WIDTH, INNER, HEADS, LAYERS, N_CTX = 64, 128, 4, 2, 512
TEMPLATE = "{% for message in messages %}<{{ message.role }}>{{ message.content }}\n{% endfor %}<assistant>"
_ALIGNMENT = 32
_UINT32, _FLOAT32, _BOOL, _STRING, _ARRAY, _INT32 = 4, 6, 7, 8, 9, 5  # ggml/docs/gguf.md


def build(folder: Path) -> Tiny:
    """Random weights of Llama's architecture."""
    write_gguf(folder / "tiny.gguf", TEMPLATE)
    return Tiny(weights=folder, options={"n_ctx": N_CTX, "threads": 1, "kv_bytes_per_token": 4 * LAYERS * WIDTH})


def write_gguf(path: Path, template: str | None) -> None:
    """Write the file, as the GGUF specification, version 3, lays it out."""
    tokens = ["<unk>", "<s>", "</s>", *(f"<0x{byte:02X}>" for byte in range(256)), "\u2581"]
    kinds = [2, 3, 3, *([6] * 256), 1]  # unknown, control, byte, normal
    fields: list[tuple[str, int, Any]] = [
        ("general.architecture", _STRING, "llama"),
        ("general.name", _STRING, "tiny"),
        ("llama.context_length", _UINT32, N_CTX),
        ("llama.embedding_length", _UINT32, WIDTH),
        ("llama.block_count", _UINT32, LAYERS),
        ("llama.feed_forward_length", _UINT32, INNER),
        ("llama.attention.head_count", _UINT32, HEADS),
        ("llama.rope.dimension_count", _UINT32, WIDTH // HEADS),
        ("llama.attention.layer_norm_rms_epsilon", _FLOAT32, 1e-5),
        ("tokenizer.ggml.model", _STRING, "llama"),
        ("tokenizer.ggml.tokens", _ARRAY, (_STRING, tokens)),
        ("tokenizer.ggml.scores", _ARRAY, (_FLOAT32, [0.0] * len(tokens))),
        ("tokenizer.ggml.token_type", _ARRAY, (_INT32, kinds)),
        ("tokenizer.ggml.bos_token_id", _UINT32, 1),
        ("tokenizer.ggml.eos_token_id", _UINT32, 2),
        ("tokenizer.ggml.add_space_prefix", _BOOL, False),
    ]
    if template is not None:
        fields.append(("tokenizer.chat_template", _STRING, template))
    tensors = _draw_tensors(len(tokens))
    head = struct.pack("<4sIQQ", b"GGUF", 3, len(tensors), len(fields))
    head += b"".join(
        _pack(_STRING, name) + struct.pack("<I", kind) + _pack(kind, value) for name, kind, value in fields
    )
    offset = 0
    for name, tensor in tensors.items():
        shape = tensor.shape[::-1]  # the fastest dimension first
        head += _pack(_STRING, name) + struct.pack(f"<I{len(shape)}QIQ", len(shape), *shape, 0, offset)
        offset += _pad(tensor.nbytes)
    body = b"".join(tensor.tobytes().ljust(_pad(tensor.nbytes), b"\0") for tensor in tensors.values())
    path.write_bytes(head.ljust(_pad(len(head)), b"\0") + body)


def _draw_tensors(n_tokens: int) -> dict[str, np.ndarray[Any, np.dtype[np.float32]]]:
    dice = np.random.default_rng(0)
    shapes: dict[str, tuple[int, ...]] = {"token_embd.weight": (n_tokens, WIDTH), "output.weight": (n_tokens, WIDTH)}
    for layer in range(LAYERS):
        for name in ("attn_q", "attn_k", "attn_v", "attn_output"):
            shapes[f"blk.{layer}.{name}.weight"] = (WIDTH, WIDTH)
        shapes |= {f"blk.{layer}.{name}.weight": (INNER, WIDTH) for name in ("ffn_gate", "ffn_up")}
        shapes[f"blk.{layer}.ffn_down.weight"] = (WIDTH, INNER)
    norms = ["output_norm", *(f"blk.{layer}.{name}" for layer in range(LAYERS) for name in ("attn_norm", "ffn_norm"))]
    drawn = {name: dice.normal(0, 0.3, shape).astype(np.float32) for name, shape in shapes.items()}
    return drawn | {f"{name}.weight": np.ones(WIDTH, np.float32) for name in norms}


def _pack(kind: int, value: Any) -> bytes:
    if kind == _STRING:
        text = value.encode()
        return struct.pack("<Q", len(text)) + bytes(text)
    if kind == _ARRAY:
        inner, items = value
        return struct.pack("<IQ", inner, len(items)) + b"".join(_pack(inner, item) for item in items)
    return struct.pack({_UINT32: "<I", _INT32: "<i", _FLOAT32: "<f", _BOOL: "<?"}[kind], value)


def _pad(n_bytes: int) -> int:
    return -(-n_bytes // _ALIGNMENT) * _ALIGNMENT
