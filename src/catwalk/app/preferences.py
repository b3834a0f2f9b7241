"""What a person turns while the server runs: kept in the settings file, and in effect at once where it can be."""

from __future__ import annotations

import threading
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import tomlkit
from pydantic import BaseModel, ValidationError
from pydantic_settings import EnvSettingsSource
from tomlkit.exceptions import ParseError
from tomlkit.items import Table

from catwalk.disk import telling_lack
from catwalk.errors import SettingRefused, SettingsInvalid, UnknownModel
from catwalk.serving.catalog import Catalog
from catwalk.settings import FILE_NAME, Settings, find_file
from catwalk.studio.preferences import SettingsObject
from catwalk.tasks import Task

PLACES = {
    "model": ("reader", "model"),
    "voice": ("reader", "voice"),
    "speed": ("reader", "speed"),
    "follow_every_h": ("jobs", "follow_every_h"),
    "quiet_from": ("jobs", "quiet_from"),
    "quiet_until": ("jobs", "quiet_until"),
    "base_url": ("podcast", "base_url"),
}
"""Section and key of the settings file, by the name that the API has for it."""

AT_START = ("base_url",)
"""Those that are read when the server starts, and not again."""


class Preferences:
    """The settings of a running server, some of which a person turns."""

    def __init__(self, settings: Settings, catalog: Catalog) -> None:
        """Begin with what the server was started with; one of the catalog's models speaks."""
        self.now = settings
        """What holds for all that begins from now on."""

        self.after_change: Callable[[Settings, Settings], None] = lambda _before, _now: None
        """Told what held and what holds now."""

        self._at_start, self._catalog = settings, catalog
        self._lock = threading.Lock()

    def show(self) -> SettingsObject:
        """What is kept."""
        kept = {name: _find(self.now, name) for name in PLACES}
        late = [name for name in AT_START if kept[name] != _find(self._at_start, name)]
        return SettingsObject(**kept, needs_restart=late)

    def change(self, wanted: Mapping[str, Any]) -> SettingsObject:
        """Keep other values in the settings file, of which all else stays as it is.

        Args:
            wanted: By name; None is what holds where nothing is said.

        Raises:
            SettingRefused: a value is out of range, or the environment says another, which goes before the file.
            SettingsInvalid: the file cannot be read or written; nothing is changed then.
        """
        with self._lock:
            changes = dict(wanted)
            fixed = EnvSettingsSource(Settings)()
            if taken := [name for name in changes if PLACES[name][1] in fixed.get(PLACES[name][0], {})]:
                variable = "CATWALK_{}__{}".format(*PLACES[taken[0]]).upper()
                raise SettingRefused(f"{taken[0]} is set by {variable} in the environment", param=taken[0])
            if changes.get("model") is not None:
                changes["model"] = self._find_speaker(changes["model"])
            after = _change(self.now, changes)
            if after.reader.model != self.now.reader.model and "voice" not in wanted and "reader" not in fixed:
                changes["voice"] = None  # no other model has that one's voices
                after = _change(after, {"voice": None})
            if changes:
                file = (find_file() or self.now.home / FILE_NAME).resolve()
                _write(file, {PLACES[name]: value for name, value in changes.items()})
            before, self.now = self.now, after
        self.after_change(before, after)
        return self.show()

    def _find_speaker(self, name: str) -> str:
        able = [spec.name for spec in self._catalog if Task.SYNTHESIZE in spec.tasks and not spec.is_internal]
        try:
            spec = self._catalog.find(name)
        except UnknownModel:
            spec = None
        if spec is None or spec.name not in able:
            raise SettingRefused(f"model: one of {', '.join(able)} can speak, not {name!r}", param="model")
        return spec.name


def _find(settings: Settings, name: str) -> Any:
    section, key = PLACES[name]
    return getattr(getattr(settings, section), key)


def _change(settings: Settings, changes: Mapping[str, Any]) -> Settings:
    """The same settings with other values.

    Raises:
        SettingRefused: one of them is out of range.
    """
    for name, value in changes.items():
        section, key = PLACES[name]
        own: BaseModel = getattr(settings, section)
        fields = own.model_dump()
        fields[key] = type(own).model_fields[key].default if value is None else value
        try:
            changed = type(own).model_validate(fields)
        except ValidationError as error:
            said = error.errors()[0]["msg"]
            raise SettingRefused(f"{name}: {said}, not {value!r}", param=name) from error
        settings = settings.model_copy(update={section: changed})
    return settings


def _write(file: Path, values: Mapping[tuple[str, str], Any]) -> None:
    """Put values into a settings file, in its own order and with its comments; None takes one out.

    Raises:
        SettingsInvalid: it is not TOML, or cannot be written.
    """
    try:
        before = file.read_bytes().decode() if file.is_file() else ""
        document = tomlkit.parse(before)
        for (section, key), value in values.items():
            _put(document, section, key, value)
        after = tomlkit.dumps(document)
        _check(tomllib.loads(after), values)
    except (ParseError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsInvalid(f"{file} is not TOML, so nothing can be kept in it: {error}") from error
    making = file.with_name(f".making-{file.name}")
    with telling_lack(file.parent):
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            making.touch(mode=0o600)  # the file may hold a key, so nobody may see more of it than before
            making.write_bytes(after.encode())
            making.chmod(file.stat().st_mode & 0o777 if file.exists() else 0o600)
            making.replace(file)
        except PermissionError as error:
            raise SettingsInvalid(f"{file} cannot be written: {error.strerror}") from error
        finally:
            making.unlink(missing_ok=True)


def _put(document: tomlkit.TOMLDocument, section: str, key: str, value: Any) -> None:
    if value is None:
        if section in document:
            document[section].pop(key, None)
        return
    document.setdefault(section, tomlkit.table())
    table: Any = document[section]
    body = table.value.body if isinstance(table, Table) else ()
    others = [name for name, item in body if name is not None and not isinstance(item, Table)]
    if key in table or not others:
        table[key] = value
    else:  # a table may end with a comment on what follows it: there tomlkit itself would put the new key behind that
        table.value._insert_after(others[-1], key, tomlkit.item(value))


def _check(document: Mapping[str, Any], values: Mapping[tuple[str, str], Any]) -> None:
    for (section, key), value in values.items():
        if document.get(section, {}).get(key) != value:
            raise SettingsInvalid(f"{section}.{key} could not be put into the settings file: write it there yourself")
