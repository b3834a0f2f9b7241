"""Text models in GGUF files through llama.cpp: any size and quantisation, on a CPU or a GPU, with JSON by grammar."""

from __future__ import annotations

import os
import threading
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
_ALL_LAYERS = -1
# One core is left alone: llama.cpp's threads spin while they wait for each other. With two on two busy cores a model of
# 270 million parameters wrote 1.4 tokens a second, with one 13.
_OPTIONS = ("chat_template", "device", "kv_bytes_per_token", "n_batch", "n_ctx", "n_gpu_layers", "threads")


class LlamaCpp:
    """One GGUF model and its context."""

    tasks: ClassVar[frozenset[Task]] = frozenset({Task.COMPLETE})
    requires: ClassVar[tuple[str, ...]] = ("llama_cpp",)

    def __init__(self, engine: Any, formatter: Any, *, n_ctx: int) -> None:
        self.lanes = 1  # a context holds one conversation
        self._engine = engine
        self._format = formatter
        self._n_ctx = min(n_ctx, _find_trained_context(engine))  # the library rounds up what it was told
        self._running = threading.Lock()

    @classmethod
    def load(cls, weights: Path | None, options: Mapping[str, Any]) -> Self:
        """See :class:`catwalk.tasks.Backend`.

        Options: ``n_ctx``, tokens of a conversation and its answer (4096, or what the model was made for where
        that is less); ``threads`` (every core but one); ``device``,
        ``cpu``, ``cuda:N`` or ``auto`` (``cpu``); ``n_gpu_layers``, layers on the GPU (all, unless ``device`` is
        ``cpu``); ``n_batch``, tokens of a prompt that are read at once (512); ``chat_template``, Jinja, for a file that
        carries none; ``kv_bytes_per_token``, for the first guess at what the context takes (131072).
        """
        if unknown := sorted(set(options) - set(_OPTIONS)):
            raise InvalidRequest(f"llama_cpp knows the options {', '.join(_OPTIONS)}, not {', '.join(unknown)}")
        where = _choose_place(options)
        n_ctx = read_number(options, "n_ctx", N_CTX, lowest=64, highest=_MAX_CTX)
        n_batch = read_number(options, "n_batch", 512, lowest=32, highest=8192)
        threads = read_number(options, "threads", max(1, (os.cpu_count() or 1) - 1), lowest=1, highest=1024)
        template = options.get("chat_template")
        if template is not None and not isinstance(template, str):
            raise InvalidRequest(f"option chat_template is a Jinja template as a text, not {type(template).__name__}")
        path = find_gguf(weights)
        import llama_cpp  # noqa: PLC0415 - heavy

        if where["n_gpu_layers"] and not llama_cpp.llama_supports_gpu_offload():
            if options.get("device") != "auto":
                raise LoadFailed("llama_cpp was built without GPU support; say device = 'cpu', or build it anew")
            where = {"n_gpu_layers": 0}
        try:
            engine = llama_cpp.Llama(
                str(path),
                n_ctx=n_ctx,
                n_batch=n_batch,
                n_ubatch=n_batch,
                n_threads=threads,
                n_threads_batch=threads,
                verbose=False,
                **where,
            )
        except (ValueError, OSError, RuntimeError) as error:
            raise LoadFailed(f"llama_cpp did not load {path.name}: {error}") from error
        return cls(engine, _build_formatter(engine, path, template), n_ctx=n_ctx)

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
        """See :class:`catwalk.tasks.Completer`.

        What a conversation has in common with the one before is not read again, unless a seed asks for the same answer
        every time: sums in another order may tip the choice of a token.
        """
        refuse_images(messages, "llama_cpp")
        prompt = self._tokenize(messages)
        room = count_room(len(prompt), self._n_ctx, options.max_tokens)
        with self._running:
            yield from self._generate(prompt, room, options)

    def _tokenize(self, messages: tuple[Message, ...]) -> list[int]:
        import jinja2  # noqa: PLC0415 - comes with llama_cpp

        turns = [{"role": message.role, "content": message.text} for message in messages]
        try:
            shown = self._format(messages=turns)
        except (ValueError, TypeError, jinja2.TemplateError) as error:
            raise InvalidRequest(
                f"the model's chat template refuses the messages: {error}", param="messages"
            ) from error
        tokens: list[int] = self._engine.tokenize(
            shown.prompt.encode("utf-8", "replace"), add_bos=not shown.added_special, special=True
        )
        return tokens

    def _generate(self, prompt: list[int], room: int, options: CompleteOptions) -> Iterator[str | Completion]:
        engine = self._engine
        grammar = _build_grammar(options)
        if options.seed is not None:
            engine.set_seed(options.seed % 2**32)
            engine.reset()
        else:
            engine.set_seed(int.from_bytes(os.urandom(4)))
        text = TokenText(lambda tokens: engine.detokenize(tokens).decode("utf-8", "replace"))
        stops = StopFilter(options.stop)
        n_tokens, finished = 0, room == 0
        reason = "length"
        try:
            tokens = engine.generate(
                prompt, top_k=0, top_p=options.top_p, min_p=0.0, temp=options.temperature, grammar=grammar
            )
            while not finished:
                token = next(tokens)
                if self._ends(token):
                    reason, finished = "stop", True
                    continue
                n_tokens += 1
                if piece := stops.feed(text.feed(token)):
                    yield piece
                if stops.stopped:
                    reason, finished = "stop", True
                finished = finished or n_tokens == room
        except (RuntimeError, ValueError, StopIteration) as error:
            engine.reset()
            raise BackendFailed(f"llama_cpp failed: {error}") from error
        if rest := stops.feed(text.close()) + stops.close():
            yield rest
        yield Completion(stops.text, reason, len(prompt), n_tokens)

    def _ends(self, token: int) -> bool:
        import llama_cpp  # noqa: PLC0415 - heavy

        vocabulary = llama_cpp.llama_model_get_vocab(self._engine.model)
        return bool(llama_cpp.llama_vocab_is_eog(vocabulary, token))


def find_gguf(weights: Path | None) -> Path:
    """The file to load: ``weights`` itself, or the one in that folder, the first where it comes in parts.

    Raises:
        LoadFailed: there is none, or there are several and nothing tells which.
    """
    if weights is None:
        raise LoadFailed("llama_cpp needs weights: a GGUF file, or a folder with one")
    if weights.is_file():
        return weights
    found = sorted(path for path in weights.glob("*.gguf") if "-of-" not in path.name or "-00001-of-" in path.name)
    if len(found) != 1:
        names = ", ".join(path.name for path in found) or "none"
        raise LoadFailed(f"llama_cpp needs one GGUF file in {weights}; there is: {names}")
    return found[0]


def _find_trained_context(engine: Any) -> int:
    """Tokens that the model was made for; more would be read, but not understood."""
    said = engine.metadata.get(f"{engine.metadata.get('general.architecture')}.context_length", "")
    return int(said) if said.isdigit() else _MAX_CTX


def _choose_place(options: Mapping[str, Any]) -> dict[str, int]:
    device = read_device(options)
    layers = 0 if device == "cpu" else _ALL_LAYERS
    layers = read_number(options, "n_gpu_layers", layers, lowest=_ALL_LAYERS, highest=10_000)
    if device == "cpu" and layers:
        raise InvalidRequest("option n_gpu_layers goes with device = 'auto' or 'cuda:N', not with 'cpu'")
    if device.startswith("cuda:"):
        return {"n_gpu_layers": layers, "main_gpu": int(device.removeprefix("cuda:")), "split_mode": 0}
    return {"n_gpu_layers": layers}


def _build_formatter(engine: Any, path: Path, template: str | None) -> Any:
    import jinja2  # noqa: PLC0415 - comes with llama_cpp
    from llama_cpp.llama_chat_format import Jinja2ChatFormatter  # noqa: PLC0415 - heavy

    found = template or engine.metadata.get("tokenizer.chat_template")
    if not found:
        raise LoadFailed(
            f"{path.name} carries no chat template, as models do that were not trained to converse; "
            "the option chat_template brings one"
        )
    bos, eos = (
        engine.detokenize([token], special=True).decode(errors="replace") if token >= 0 else ""
        for token in (engine.token_bos(), engine.token_eos())
    )
    try:
        return Jinja2ChatFormatter(template=found, bos_token=bos, eos_token=eos)
    except jinja2.TemplateError as error:
        raise LoadFailed(f"the chat template of {path.name} is no Jinja: {error}") from error


def _build_grammar(options: CompleteOptions) -> Any:
    if not options.json:
        return None
    from llama_cpp.llama_grammar import JSON_GBNF, LlamaGrammar  # noqa: PLC0415 - heavy

    if options.json_schema is None:
        return LlamaGrammar.from_string(JSON_GBNF, verbose=False)
    try:
        return LlamaGrammar.from_json_schema(options.json_schema, verbose=False)
    except (ValueError, LookupError, TypeError, AttributeError, AssertionError, RecursionError) as error:
        raise InvalidRequest(
            f"llama_cpp can make nothing of the JSON schema: {error!r}", param="response_format"
        ) from error
