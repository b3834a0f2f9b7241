"""What the settings come to: how a post is read, and what may be fetched for it."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from catwalk.app.catalogs import build_catalog
from catwalk.errors import UnknownModel
from catwalk.reader.describing import DescribingModels
from catwalk.reader.fetch import FetchLimits
from catwalk.reader.narrator import Voicing
from catwalk.reader.picture_describing import PictureModels
from catwalk.reader.policy import ScriptPolicy
from catwalk.reader.pronounce import Lexicon
from catwalk.reader.reading import Choices
from catwalk.settings import Settings, list_lexicons


def fetch_limits(settings: Settings, *, for_person: bool) -> FetchLimits:
    """What may be fetched; a person at the command line may also read this machine's own pages."""
    return FetchLimits(
        max_bytes=settings.fetch.max_bytes,
        timeout_s=settings.fetch.timeout_s,
        allow_private=settings.fetch.allow_private,
        allow_loopback=for_person,
    )


def reading_choices(
    settings: Settings,
    *,
    model: str | None = None,
    voice: str | None = None,
    speed: float | None = None,
    lexicons: Sequence[Path] = (),
    any_language: bool = False,
    policy: Mapping[str, Any] | None = None,
) -> Choices:
    """How posts are read: what the settings say, changed by what was asked for now."""
    reader = settings.reader
    speaker = model or reader.model
    wanted = voice or (reader.voice if speaker == reader.model else None)
    voicing = Voicing(
        model=speaker,
        voice=wanted or _default_voice(settings, speaker),
        speed=reader.speed if speed is None else speed,
        listener=reader.listener,
        quote_voice=reader.quote_voice if speaker == reader.model else None,
        understudy=_find_understudy(settings, speaker, wanted),
        encoder=_find_encoder(settings),
    )
    script = reader.script.model_copy(update=dict(policy or {})).model_dump()
    models = DescribingModels(
        code=script.pop("code_model"),
        summary=script.pop("summary_model"),
        pictures=PictureModels(seeing=script.pop("image_model") or None, reading=script.pop("ocr_model") or None),
    )
    script_policy = ScriptPolicy(**script)
    return Choices(
        voicing,
        script_policy,
        models,
        bitrate_bps=reader.bitrate_kbps * 1000,
        cover=reader.cover,
        any_language=any_language,
        lexicon=Lexicon.stack([*lexicons, *list_lexicons(settings)]),
    )


def _find_encoder(settings: Settings) -> str | None:
    """The encoder that the settings name, where there is one; a server elsewhere may have more, but is not asked."""
    wanted = settings.reader.encoder
    try:
        return build_catalog(settings.models).find(wanted).name if wanted else None
    except UnknownModel:
        return None


def _find_understudy(settings: Settings, model: str, voice: str | None) -> str | None:
    """The model that the settings name, or one that is installed and has as good as the same voice."""
    if settings.reader.understudy != "auto":
        return settings.reader.understudy or None
    catalog = build_catalog(settings.models)
    try:
        spec = catalog.find(model)
        other = catalog.find(spec.understudy) if spec.understudy else None
    except UnknownModel:
        return None
    is_alike = voice in {None, spec.default_voice}
    is_there = other is not None and all(importlib.util.find_spec(name) for name in other.requires)
    return other.name if other and is_alike and is_there else None


def _default_voice(settings: Settings, model: str) -> str | None:
    """The voice that a request without one gets; None where only the server at ``settings.url`` knows the model."""
    try:
        return build_catalog(settings.models).find(model).default_voice
    except UnknownModel:
        return None
