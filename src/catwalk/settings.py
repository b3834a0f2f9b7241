"""Everything that a person may set, read once: ``catwalk.toml`` and ``CATWALK_*`` environment variables.

The environment goes before the file: ``CATWALK_READER__VOICE=af_bella`` is ``voice`` under ``[reader]``. The file is
``$CATWALK_CONFIG``, else ``catwalk.toml`` in the working folder, else in the data folder.
"""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Any, Literal

import platformdirs
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from catwalk.errors import SettingsInvalid

FILE_NAME = "catwalk.toml"


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ServerSettings(_Section):
    """``[server]``: who runs a server for others."""

    max_upload_bytes: int = Field(100 * 1024 * 1024, gt=0)
    """Largest upload."""

    max_audio_s: float = Field(3 * 3600.0, gt=0)
    """Longest recording that is transcribed, in seconds."""

    max_queue: int = Field(256, gt=0)
    """Requests of one model that may wait."""


class FetchSettings(_Section):
    """``[fetch]``: whose blog lies in a private network."""

    allow_private: tuple[str, ...] = ()
    """Networks such as ``192.168.1.0/24`` that may be read although they are not public."""

    max_bytes: int = Field(20 * 1024 * 1024, gt=0)
    """Largest page."""

    timeout_s: float = Field(30.0, gt=0)
    """Longest wait for a whole page, in seconds."""


class ReaderSettings(_Section):
    """``[reader]``: how posts are read to you."""

    model: str = "hibari"
    """The model that speaks."""

    voice: str | None = None
    """Its voice; the model's default voice when left out."""

    speed: float = Field(1.0, ge=0.5, le=2.0)
    """Rate relative to the voice's own."""

    listener: str = "faster_whisper"
    """The model that listens to every take."""

    bitrate_kbps: int = Field(128, ge=48, le=320)
    """Of MP3 and AAC."""

    code: Literal["describe", "read", "skip"] = "describe"
    """What becomes of code blocks: ``describe``, ``read`` or ``skip``."""


class WeightsSettings(_Section):
    """``weights`` of a model: a path on this machine, or a repository on a hub at a pinned revision."""

    path: Path | None = None
    hub: str | None = None
    revision: str | None = None
    """Commit hash of 40 hexadecimal digits; a name of a branch could move."""

    files: tuple[str, ...] = ()
    """Which files of the repository, as globs; all when left out."""


class ModelSettings(_Section):
    """``[models.NAME]``: a model of your own, or what you change of a built-in one."""

    backend: str | None = None
    """Name in the backend table; needed for a model that is not built in."""

    weights: WeightsSettings | None = None
    """Where the weights are; the packaged ones when left out."""

    options: dict[str, Any] = {}
    """Handed to the backend, see its page."""

    aliases: tuple[str, ...] | None = None
    """Other names that clients may use."""

    voice: str | None = None
    """Voice for requests that name none."""

    keep_alive: float | str | None = None
    """How long it stays in memory without work: seconds, ``"10m"``, 0 (go at once) or -1 (stay)."""

    preload: bool = False
    """Load it when the server starts."""

    pin: bool = False
    """Never evict it."""


class Settings(BaseSettings):
    """All settings; frozen."""

    model_config = SettingsConfigDict(
        frozen=True,
        extra="forbid",
        env_prefix="CATWALK_",
        env_nested_delimiter="__",
        nested_model_default_partial_update=True,
    )

    home: Path = Field(default_factory=lambda: Path(platformdirs.user_data_dir("catwalk", appauthor=False)))
    """Data folder: weights, voices, takes, logs."""

    url: str = "http://127.0.0.1:8000"
    """Server that commands use when it answers."""

    api_key: str | None = None
    """Key that commands send to that server."""

    config: Path | None = None
    """Settings file."""

    server: ServerSettings = ServerSettings()
    fetch: FetchSettings = FetchSettings()
    reader: ReaderSettings = ReaderSettings()
    models: dict[str, ModelSettings] = {}

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments go before the environment, and that before the file."""
        del dotenv_settings, file_secret_settings
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, find_file())


def find_file() -> Path | None:
    """The settings file, or None where there is none.

    Raises:
        SettingsInvalid: ``CATWALK_CONFIG`` names a file that does not exist.
    """
    named = os.environ.get("CATWALK_CONFIG")
    if named:
        if not Path(named).is_file():
            raise SettingsInvalid(f"CATWALK_CONFIG names {named}, but there is no such file")
        return Path(named)
    home = os.environ.get("CATWALK_HOME") or platformdirs.user_data_dir("catwalk", appauthor=False)
    candidates = (Path.cwd() / FILE_NAME, Path(home) / FILE_NAME)
    return next((path for path in candidates if path.is_file()), None)


def read_settings(**overrides: Any) -> Settings:
    """Read the settings.

    Raises:
        SettingsInvalid: the file cannot be parsed, or a value is unknown or out of range; the message names it.
    """
    try:
        return Settings(**overrides)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(step) for step in first["loc"])
        raise SettingsInvalid(f"setting {where}: {first['msg']}, not {first.get('input')!r}") from error
    except tomllib.TOMLDecodeError as error:
        raise SettingsInvalid(f"{find_file()} is not TOML: {error}") from error


_UNITS_S = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


def parse_duration_s(value: float | str) -> float:
    """Seconds from a number or from text such as ``90s``, ``10m``, ``1.5h``; anything negative is forever.

    Raises:
        SettingsInvalid: it is neither.
    """
    text = str(value).strip()
    unit = next((unit for unit in sorted(_UNITS_S, key=len, reverse=True) if text.endswith(unit)), "")
    try:
        seconds = float(text.removesuffix(unit)) * _UNITS_S.get(unit, 1.0)
    except ValueError:
        raise SettingsInvalid(f"a duration is a number of seconds or such as 90s, 10m, 1.5h, not {value!r}") from None
    return seconds if seconds >= 0 else float("inf")
