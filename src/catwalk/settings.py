"""Everything that a person may set, read once: ``catwalk.toml`` and ``CATWALK_*`` environment variables.

The environment goes before the file: ``CATWALK_READER__VOICE=af_bella`` is ``voice`` under ``[reader]``. The file is
``$CATWALK_CONFIG``, else ``catwalk.toml`` in the working folder, else in the data folder.
"""

from __future__ import annotations

import os
import re
import tomllib
import zoneinfo
from pathlib import Path
from typing import Any, Literal

import platformdirs
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from catwalk.errors import InvalidRequest, SettingsInvalid
from catwalk.reader.policy import CodeReading, FootnoteReading, ImageReading, Reading
from catwalk.serving.durations import parse_duration_s

FILE_NAME = "catwalk.toml"
LEXICON_NAME = "lexicon.toml"


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

    max_wait_s: float = Field(60.0, gt=0)
    """How long requests for a model that is not in memory wait before busy models must make room for it."""

    quantum_s: float = Field(30.0, gt=0)
    """How long a model that was just loaded may serve its backlog before it must make room in turn."""

    max_local_wait_s: float | None = Field(None, gt=0)
    """A request that would likely wait longer than this goes to its model's fallback; never when left out."""

    stall_s: float = Field(120.0, ge=0)
    """A worker that shows no sign of life for so long in the middle of its work is ended; 0 lets it be."""


class FetchSettings(_Section):
    """``[fetch]``: whose blog lies in a private network."""

    allow_private: tuple[str, ...] = ()
    """Networks such as ``192.168.1.0/24`` that may be read although they are not public."""

    max_bytes: int = Field(20 * 1024 * 1024, gt=0)
    """Largest page."""

    timeout_s: float = Field(30.0, gt=0)
    """Longest wait for a whole page, in seconds."""


class CrawlSettings(_Section):
    """``[crawl]``: how other people's sites are read for archives and followed blogs."""

    pause_s: float = Field(1.0, ge=0)
    """Seconds between two requests to one host. Less than 1 holds for this machine's own addresses only."""

    max_pages: int = Field(5000, gt=0)
    """Pages that one crawl asks for."""

    max_depth: int = Field(3, ge=1)
    """Links that a crawl follows away from where it began; further pages of one list are not counted."""

    max_bytes: int = Field(1024 * 1024 * 1024, gt=0)
    """Of all that one crawl is answered, and of what is kept of answers on disk."""

    contact: str | None = None
    """An address at which site owners can reach you; it is told to every site with the program's name."""


class JobSettings(_Section):
    """``[jobs]``: work that goes on by itself, at night too."""

    readings: int = Field(1, ge=1, le=64)
    """Episodes that are read at once, over all processes on one database."""

    keep_free: int | str = "256MB"
    """Room that stays free on the disk of the data folder, such as ``"1GB"``; jobs wait while there is less."""

    follow_every_h: float = Field(6.0, gt=0, le=366 * 24)
    """Hours between two looks at a followed blog; each comes up to a tenth earlier or later."""

    quiet_from: int | None = Field(None, ge=0, le=23)
    """Hour of the day from which no blog is looked at, until ``quiet_until``; may run over midnight."""

    quiet_until: int | None = Field(None, ge=0, le=23)
    """Hour of the day from which blogs are looked at again."""

    timezone: str | None = None
    """Whose hours these are, such as ``Europe/Vienna``; this machine's when left out."""

    @field_validator("timezone")
    @classmethod
    def _know_zone(cls, name: str | None) -> str | None:
        try:
            return name and zoneinfo.ZoneInfo(name).key
        except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError("a time zone is a name of the IANA's list, such as Europe/Vienna") from error


class ScriptSettings(_Section):
    """``[reader.script]``: what becomes of each kind of block of a post."""

    opening: bool = True
    """Whether title, author and date are spoken first."""

    headings: Reading = "read"
    """``read`` or ``skip``."""

    chapter_level: int = Field(3, ge=1, le=6)
    """Headings of this level and above it (1 is the top) start a chapter; where a post has only lower ones, its highest
    do."""

    lists: Reading = "read"
    """``read`` or ``skip``."""

    numbers: bool = True
    """Whether the numbers of an ordered list are spoken."""

    quotes: Reading = "read"
    """``read`` or ``skip``."""

    long_quote_words: int = Field(40, ge=0)
    """A quote of more words is closed with "End of quote."."""

    link_notes: bool = True
    """Whether "(link in post)" follows a link whose text says nothing without it, such as "here"."""

    long_url_chars: int = Field(40, ge=0)
    """A bare address of more characters is spoken as a link to its host."""

    code: CodeReading = "describe"
    """Code blocks: ``describe`` them in a sentence, ``read`` or ``skip`` them."""

    short_code_chars: int = Field(60, ge=0)
    """A single line of code, mostly words and of no more characters, is read out all the same."""

    code_model: str | None = None
    """A text model that is asked what longer code does; by its parts alone when left out."""

    summary_model: str | None = None
    """A text model that says at the start what the post is about; nobody does when left out."""

    images: ImageReading = "describe"
    """``describe`` or ``skip``."""

    image_model: str = "blip"
    """The model that says what a picture shows of which the author says nothing, where the catalog has it; empty for
    none."""

    ocr_model: str = "ocr"
    """The model that reads the words in such a picture, where the catalog has it; empty for none."""

    tables: Reading = "read"
    """``read`` or ``skip``."""

    large_table_cells: int = Field(60, ge=0)
    """A table of more cells is summarised: its size and its columns."""

    footnotes: FootnoteReading = "place"
    """``place``: short ones after the sentence that refers to them, long ones at the end of the section; ``section``
    and ``end``: all of them there; ``skip``."""

    long_footnote_words: int = Field(60, ge=0)
    """A footnote of more words waits for the end of the section."""

    math: Reading = "read"
    """``read`` or ``skip``."""

    embeds: Reading = "read"
    """``read`` or ``skip``."""


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

    quote_voice: str | None = None
    """Another voice of the same model, for block quotes; the reading's own when left out."""

    cover: Literal["post", "drawn", "none"] = "post"
    """The episode's picture: ``post`` (the post's own, a drawn one where it has none), ``drawn`` or ``none``."""

    understudy: str = "auto"
    """Another model, which speaks those lines that the voice never gets right, in its default voice. ``auto`` takes one
    whose voice is as good as the same, where it is installed, as Kokoro for hibari; ``""`` takes none."""

    encoder: str | None = "resemblyzer"
    """Model that tells speakers apart, so that a take that sounds like somebody else is spoken again; nobody is asked
    where the catalog has none of that name."""

    lexicon: tuple[Path, ...] = ()
    """Lexicon files, the first above the others, and all of them above ``lexicon.toml`` in the data folder."""

    script: ScriptSettings = ScriptSettings()

    @model_validator(mode="before")
    @classmethod
    def _name_what_moved(cls, data: Any) -> Any:
        if isinstance(data, dict) and "code" in data:
            raise ValueError("code stands under [reader.script] now")
        return data


class LibrarySettings(_Section):
    """``[library]``: where shows, episodes and corrections are kept."""

    database: str | None = None
    """A path, from the data folder on, or an address such as ``postgresql://user@host/name``; ``library.sqlite`` when
    left out."""


class PodcastSettings(_Section):
    """``[podcast]``: how podcast apps find this server."""

    base_url: str | None = Field(None, pattern=r"^https?://[^\s?#]+$")
    """What addresses in feeds begin with, such as ``https://pods.example``: needed behind a proxy; the host that each
    request names when left out."""


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

    voice_aliases: dict[str, str] | None = None
    """Other names for its voices, such as those that callers of another model use: ``{ af_heart = "nova" }``."""

    keep_alive: float | str | None = None
    """How long it stays in memory without work: seconds, ``"10m"``, 0 (go at once) or -1 (stay)."""

    preload: bool = False
    """Load it when the server starts."""

    pin: bool = False
    """Never evict it."""

    memory: int | str | None = None
    """What it takes, such as ``"6GiB"``, until it was measured; guessed from its weights when left out."""

    fallback: str | None = None
    """Another model that takes over what cannot be served here, or not in time."""

    accept_terms: bool = False
    """Whether you accept the terms of use that its packaged weights come under."""

    tasks: tuple[str, ...] | None = None
    """What it is used for, where its backend could do more: a remote server's model, for one."""


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

    memory: dict[str, int | str] = {}
    """``[memory]``: what all models together may take, by device: ``ram = "12GiB"``, ``"cuda:0" = "20GiB"``. A device
    that is left out gives four fifths of what is free when the server starts."""

    server: ServerSettings = ServerSettings()
    fetch: FetchSettings = FetchSettings()
    crawl: CrawlSettings = CrawlSettings()
    jobs: JobSettings = JobSettings()
    reader: ReaderSettings = ReaderSettings()
    library: LibrarySettings = LibrarySettings()
    podcast: PodcastSettings = PodcastSettings()
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


def list_lexicons(settings: Settings) -> list[Path]:
    """The lexicon files that hold for all that is read, the highest first; the one in the data folder comes last."""
    own = settings.home / LEXICON_NAME
    return [*(path.expanduser() for path in settings.reader.lexicon), *([own] if own.is_file() else [])]


_SIZE_UNITS = {"KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "kB": 10**3, "MB": 10**6, "GB": 10**9}


def parse_size_bytes(value: int | str, *, setting: str) -> int:
    """Bytes from a number or from text such as ``12GiB`` or ``500MB``.

    Raises:
        SettingsInvalid: it is neither; the message names the setting.
    """
    text = str(value).strip()
    unit = next((unit for unit in _SIZE_UNITS if text.endswith(unit)), "")
    try:
        n_bytes = int(float(text.removesuffix(unit)) * _SIZE_UNITS.get(unit, 1))
    except (ValueError, OverflowError):
        n_bytes = 0
    if n_bytes <= 0:
        raise SettingsInvalid(
            f"{setting}: an amount of memory is a number of bytes or such as 12GiB, 500MB, not {value!r}"
        )
    return n_bytes


def parse_budget(memory: dict[str, int | str]) -> dict[str, int]:
    """Bytes by device from ``[memory]``.

    Raises:
        SettingsInvalid: a device is neither ``ram`` nor ``cuda:N``, or an amount cannot be read.
    """
    for device in memory:
        if not re.fullmatch(r"ram|cuda:[0-9]+", device):
            raise SettingsInvalid(f"memory.{device}: a device is ram, cuda:0, cuda:1, ..., not {device!r}")
    return {device: parse_size_bytes(amount, setting=f"memory.{device}") for device, amount in memory.items()}


def parse_keep_alive_s(value: float | str, *, setting: str) -> float:
    """Seconds from what the settings say.

    Raises:
        SettingsInvalid: it is no duration; the message names the setting.
    """
    try:
        return parse_duration_s(value, param=setting)
    except InvalidRequest as error:
        raise SettingsInvalid(error.message) from error
