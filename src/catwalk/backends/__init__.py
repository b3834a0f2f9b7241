"""Backends: one file a family. This table is the list of them.

A third party adds one with an entry point in the group ``catwalk.backends``: name = "module:Class".
"""

from __future__ import annotations

import importlib
from importlib.metadata import entry_points

from catwalk.errors import BackendNotInstalled, SettingsInvalid
from catwalk.tasks import Backend

TABLE = {
    "blip": "catwalk.backends.blip:Blip",
    "diffusers": "catwalk.backends.diffusers:Diffusers",
    "fake": "catwalk.backends.fake:Fake",
    "faster_whisper": "catwalk.backends.faster_whisper:FasterWhisper",
    "hibari": "catwalk.backends.hibari:HibariBackend",
    "llama_cpp": "catwalk.backends.llama_cpp:LlamaCpp",
    "replicate": "catwalk.backends.replicate:Replicate",
    "transformers_text": "catwalk.backends.transformers_text:TransformersText",
    "kokoro": "catwalk.backends.kokoro:KokoroBackend",
    "ocr": "catwalk.backends.ocr:Ocr",
    "openai_api": "catwalk.backends.openai_api:OpenaiApi",
    "resemblyzer": "catwalk.backends.resemblyzer:ResemblyzerBackend",
    "tortoise": "catwalk.backends.tortoise:Tortoise",
    "whisper": "catwalk.backends.whisper:Whisper",
}


def find_factory(name: str) -> str:
    """``module:Class`` of a backend, built in or from an installed package.

    Raises:
        SettingsInvalid: there is no backend of that name.
    """
    others = {point.name: point.value for point in entry_points(group="catwalk.backends")}
    table = others | TABLE
    if name not in table:
        raise SettingsInvalid(f"there is no backend {name!r}; there are: {', '.join(sorted(table))}")
    return table[name]


def import_backend(factory: str) -> type[Backend]:
    """The class itself; importing it is cheap, because backends import their libraries in ``load``.

    Raises:
        BackendNotInstalled: an entry point names what is not there.
    """
    module, _, name = factory.partition(":")
    try:
        found: type[Backend] = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError) as error:
        raise BackendNotInstalled(f"the backend {factory} cannot be imported: {error}") from error
    return found
