"""Text models through transformers: any causal language model whose folder has safetensors and a chat template."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar, Self

from catwalk.backends.generation import (
    StopFilter,
    TokenText,
    count_room,
    expect_cache_bytes,
    read_device,
    read_number,
    refuse_images,
)
from catwalk.errors import BackendFailed, InvalidRequest, LoadFailed
from catwalk.tasks import CompleteOptions, Completion, Message, Task, VoiceInfo

N_CTX = 4096
_MAX_CTX = 1_048_576
_OPTIONS = ("chat_template", "device", "dtype", "kv_bytes_per_token", "n_ctx", "threads")
_DTYPES = ("auto", "float32", "float16", "bfloat16")


class TransformersText:
    """One causal language model and its tokenizer."""

    tasks: ClassVar[frozenset[Task]] = frozenset({Task.COMPLETE})
    requires: ClassVar[tuple[str, ...]] = ("torch", "transformers")

    def __init__(self, model: Any, tokenizer: Any, *, n_ctx: int) -> None:
        self.lanes = 1  # one call fills the cores, and two would double what keys and values take
        self._model = model
        self._tokenizer = tokenizer
        self._n_ctx = n_ctx
        self._ends = _list_ends(model, tokenizer)

    @classmethod
    def load(cls, weights: Path | None, options: Mapping[str, Any]) -> Self:
        """See :class:`catwalk.tasks.Backend`. No code that stands in the folder is run.

        Options: ``n_ctx``, tokens of a conversation and its answer (4096, or what the model was made for where that is
        less); ``threads`` (every core); ``device``, ``cpu``, ``cuda:N`` or ``auto``, the GPU with most room (``cpu``);
        ``dtype``, ``float32``, ``float16``, ``bfloat16`` or ``auto``, as the weights are (``auto``); ``chat_template``,
        Jinja, for a folder that has none; ``kv_bytes_per_token``, for the first guess at the context's bytes (131072).
        """
        if unknown := sorted(set(options) - set(_OPTIONS)):
            raise InvalidRequest(f"transformers_text knows the options {', '.join(_OPTIONS)}, not {', '.join(unknown)}")
        device = read_device(options)
        n_ctx = read_number(options, "n_ctx", N_CTX, lowest=64, highest=_MAX_CTX)
        threads = read_number(options, "threads", os.cpu_count() or 1, lowest=1, highest=1024)
        dtype = options.get("dtype", "auto")
        if dtype not in _DTYPES:
            raise InvalidRequest(f"option dtype is one of {', '.join(_DTYPES)}, not {dtype!r}")
        if weights is None or not weights.is_dir():
            raise LoadFailed("transformers_text needs weights: a folder with config.json, safetensors and a tokenizer")
        import torch  # noqa: PLC0415 - heavy
        from safetensors import SafetensorError  # noqa: PLC0415 - comes with transformers
        from transformers import AutoModelForCausalLM, AutoTokenizer  # noqa: PLC0415 - heavy

        torch.set_num_threads(threads)
        try:
            tokenizer = AutoTokenizer.from_pretrained(weights, local_files_only=True, trust_remote_code=False)
            model = AutoModelForCausalLM.from_pretrained(
                weights, dtype=dtype, use_safetensors=True, local_files_only=True, trust_remote_code=False
            )
            model.eval().to(_choose_device(torch, device))
        except (OSError, ValueError, RuntimeError, KeyError, SafetensorError) as error:
            raise LoadFailed(f"transformers_text did not load from {weights}: {error}") from error
        if template := options.get("chat_template"):
            tokenizer.chat_template = str(template)
        if not tokenizer.chat_template:
            raise LoadFailed(
                f"{weights} has no chat template, as models do that were not trained to converse; "
                "the option chat_template brings one"
            )
        made_for = getattr(model.config, "max_position_embeddings", None) or n_ctx
        return cls(model, tokenizer, n_ctx=min(n_ctx, made_for))

    @classmethod
    def expect_bytes(cls, options: Mapping[str, Any]) -> int:
        """See :class:`catwalk.tasks.Foreseeing`: the keys and values of a full context."""
        return expect_cache_bytes(options, N_CTX)

    @classmethod
    def expect_latents_bytes(cls, options: Mapping[str, Any]) -> int:
        """See :class:`catwalk.tasks.Foreseeing`: it does not speak."""
        del options
        return 0

    def warm_up(self) -> None:
        """See :class:`catwalk.tasks.Backend`."""
        for _ in self.complete((Message("user", "Hm?"),), options=CompleteOptions(max_tokens=1, temperature=0.0)):
            pass

    def voices(self) -> list[VoiceInfo]:
        """See :class:`catwalk.tasks.Backend`: it does not speak."""
        return []

    def complete(self, messages: tuple[Message, ...], *, options: CompleteOptions) -> Iterator[str | Completion]:
        """See :class:`catwalk.tasks.Completer`. JSON is refused: nothing here holds a model to a grammar."""
        refuse_images(messages, "transformers_text")
        if options.json:
            raise InvalidRequest(
                "transformers_text cannot promise JSON; a model of the backend llama_cpp can", param="response_format"
            )
        prompt = self._tokenize(messages)
        room = count_room(len(prompt), self._n_ctx, options.max_tokens)
        text = TokenText(lambda tokens: str(self._tokenizer.decode(tokens, skip_special_tokens=True)))
        stops = StopFilter(options.stop)
        n_tokens, reason = 0, "length"
        for token in self._generate(prompt, room, options):
            if token in self._ends:
                reason = "stop"
                break
            n_tokens += 1
            if piece := stops.feed(text.feed(token)):
                yield piece
            if stops.stopped:
                reason = "stop"
                break
        if rest := stops.feed(text.close()) + stops.close():
            yield rest
        yield Completion(stops.text, reason, len(prompt), n_tokens)

    def _tokenize(self, messages: tuple[Message, ...]) -> list[int]:
        import jinja2  # noqa: PLC0415 - transformers renders templates with it

        turns = [{"role": message.role, "content": message.text} for message in messages]
        try:
            shown = self._tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=True)
        except (ValueError, TypeError, jinja2.TemplateError) as error:
            raise InvalidRequest(
                f"the model's chat template refuses the messages: {error}", param="messages"
            ) from error
        tokens: list[int] = self._tokenizer(shown, add_special_tokens=False)["input_ids"]
        return tokens

    def _generate(self, prompt: list[int], room: int, options: CompleteOptions) -> Iterator[int]:
        """Tokens, one at a time, at most ``room``; the caller knows which of them is the last."""
        import torch  # noqa: PLC0415 - heavy

        device = self._model.device
        dice = torch.Generator(device)
        dice.manual_seed(int.from_bytes(os.urandom(8)) >> 1 if options.seed is None else options.seed % 2**63)
        tokens, past = torch.tensor([prompt], device=device), None
        for _ in range(room):
            try:
                with torch.inference_mode():
                    answer = self._model(input_ids=tokens, past_key_values=past, use_cache=True, logits_to_keep=1)
                    token = _choose_token(answer.logits[0, -1].float(), options, dice)
            except (RuntimeError, IndexError, ValueError) as error:
                raise BackendFailed(f"transformers_text failed: {error}") from error
            yield token
            tokens, past = torch.tensor([[token]], device=device), answer.past_key_values


def _list_ends(model: Any, tokenizer: Any) -> frozenset[int]:
    """Tokens with which an answer ends."""
    named = getattr(model.generation_config, "eos_token_id", None)
    ends = named if isinstance(named, list) else [named]
    return frozenset(token for token in (*ends, tokenizer.eos_token_id) if token is not None)


def _choose_device(torch: Any, wanted: str) -> str:
    if wanted != "auto":
        return wanted
    n_gpus = torch.cuda.device_count() if torch.cuda.is_available() else 0
    rooms = [torch.cuda.mem_get_info(number)[0] for number in range(n_gpus)]
    return f"cuda:{rooms.index(max(rooms))}" if rooms else "cpu"


def _choose_token(logits: Any, options: CompleteOptions, dice: Any) -> int:
    """The next token: the likeliest, or one of those that have ``top_p`` together (Holtzman et al. 2019)."""
    import torch  # noqa: PLC0415 - heavy

    if options.temperature == 0:
        return int(logits.argmax())
    chances, order = torch.softmax(logits / options.temperature, -1).sort(descending=True)
    before = chances.cumsum(-1) - chances
    chances[before >= options.top_p] = 0.0  # the first stays: nothing is before it
    return int(order[torch.multinomial(chances, 1, generator=dice)])
