"""The voice library: voices made from clips, on disk, and who is speaking in them now.

    home/voices/NAME/voice.json             what the voice is
                    /clips/01.flac          trimmed and levelled, what backends are given
                    /originals/01.wav       as it came
                    /latents/BACKEND-KEY    what a backend made of the clips

A voice is made under a hidden name and renamed, so a folder that has its name is whole. A voice that is removed while
somebody speaks in it is not there for anybody else from that moment on, and leaves the disk with its last speaker.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
import secrets
import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from catwalk.audio.decoder import decode
from catwalk.audio.waveform import Waveform
from catwalk.errors import VoiceExists, VoiceNameInvalid, VoiceNotFound
from catwalk.serving.clips import CLIP_RATE_HZ, PreparedClip

MAX_NAME_CHARS = 40

_NAME = re.compile(rf"[a-z0-9][a-z0-9_-]{{0,{MAX_NAME_CHARS - 1}}}")
_SUFFIX = re.compile(r"\.[a-z0-9]{1,5}")
_CARD, _REMOVED_CARD = "voice.json", "removed.json"
_HIDDEN = (".making-", ".leaving-")
_STALE_S = 3600.0
"""What is older and half made or half gone was left behind by a process that was killed."""


@dataclass(frozen=True, slots=True)
class Clip:
    """One recording of a voice, as the library keeps it."""

    file: str
    """Under ``clips/``."""

    original: str
    """Under ``originals/``."""

    name: str
    """Its file name when it was handed in."""

    duration_s: float
    """After trimming."""

    sha256: str
    """Of the file under ``clips/``."""


@dataclass(frozen=True, slots=True)
class Voice:
    """A voice of the library."""

    name: str
    created_s: float
    """Unix time; also when somebody said that the speaker agrees."""

    clips: tuple[Clip, ...]
    notes: tuple[str, ...] = ()
    """What could not be checked when it was made, or was put up with."""

    blends: Mapping[str, str] = field(default_factory=dict)
    """By backend that cannot clone: the blend of its own voices that comes nearest."""

    @property
    def content_hash(self) -> str:
        """Of all clips, in order."""
        return hashlib.sha256("".join(clip.sha256 for clip in self.clips).encode()).hexdigest()


def check_name(name: str) -> str:
    """The name, if a voice may have it.

    Raises:
        VoiceNameInvalid: it may not.
    """
    if not _NAME.fullmatch(name):
        given = f"{name[:60]!r}, which has {len(name)} characters" if len(name) > MAX_NAME_CHARS else repr(name)
        raise VoiceNameInvalid(
            f"a voice's name has 1 to {MAX_NAME_CHARS} of a-z, 0-9, - and _ and begins with a letter or digit,"
            f" not {given}",
            param="name",
        )
    return name


class VoiceLibrary:
    """Every voice under one folder. The disk is what counts: several processes may add and remove."""

    def __init__(self, folder: Path, forget: Callable[[str], None] = lambda _: None) -> None:
        """Nothing is read or made yet.

        Args:
            folder: ``home/voices``.
            forget: Told the name of a voice once it has left.
        """
        self.folder = folder
        self.forget = forget
        self._n_users: Counter[str] = Counter()
        self._leaving: set[str] = set()
        """Voices that were removed while in use, until their last speaker has finished."""

    def __contains__(self, name: object) -> bool:
        """Whether there is a voice of that name."""
        return isinstance(name, str) and bool(_NAME.fullmatch(name)) and self._is_there(name)

    def _is_there(self, name: str) -> bool:
        return (self.folder / name / _CARD).is_file()

    def names(self) -> list[str]:
        """Every voice's name, sorted."""
        try:
            found = [path.name for path in self.folder.iterdir() if path.name in self]
        except FileNotFoundError:
            return []
        return sorted(found)

    def voices(self) -> list[Voice]:
        """Every voice, by name."""
        return [self.find(name) for name in self.names()]

    def find(self, name: str) -> Voice:
        """One voice.

        Raises:
            VoiceNotFound: there is none of that name.
        """
        if name not in self:
            have = ", ".join(self.names()) or "no voice yet"
            raise VoiceNotFound(f"the library has no voice {name[:60]!r}; it has: {have}", param="name")
        return _parse(json.loads((self.folder / name / _CARD).read_text()))

    def add(self, name: str, clips: Sequence[PreparedClip], notes: Sequence[str] = ()) -> Voice:
        """Keep a voice. Blocks on the disk; of several processes that add one name, one succeeds.

        Raises:
            VoiceNameInvalid: no voice may be called so.
            VoiceExists: there is one, or one that was removed is still being spoken in.
        """
        self.check_free(check_name(name))
        self.folder.mkdir(parents=True, exist_ok=True)
        self._sweep()
        making = self.folder / f"{_HIDDEN[0]}{secrets.token_hex(8)}"
        try:
            kept = tuple(_write_clip(making, number, clip) for number, clip in enumerate(clips, 1))
            voice = Voice(name, time.time(), kept, tuple(notes))
            (making / "latents").mkdir()
            (making / _CARD).write_text(_show(voice))
            making.rename(self.folder / name)
        except OSError as error:
            if (self.folder / name).exists():  # a folder with something in it is never renamed over
                raise self._taken(name) from error
            raise
        finally:
            shutil.rmtree(making, ignore_errors=True)
        return voice

    def check_free(self, name: str) -> None:
        """Make sure that a voice may be added under that name.

        Raises:
            VoiceExists: there is one, or one that was removed is still being spoken in.
        """
        if (self.folder / name).exists():
            raise self._taken(name)

    def _taken(self, name: str) -> VoiceExists:
        if not self._is_there(name):
            return VoiceExists(f"voice {name!r} was removed, but is being spoken in still; wait a moment", param="name")
        return VoiceExists(f"there is a voice {name!r} already; remove it first, or choose another name", param="name")

    def set_blend(self, name: str, backend: str, blend: str) -> Voice:
        """Say which blend of a backend's own voices stands for a voice.

        Raises:
            VoiceNotFound: there is none of that name.
        """
        voice = self.find(name)
        changed = replace(voice, blends={**voice.blends, backend: blend})
        write_whole(self.folder / name / _CARD, _show(changed).encode())
        return changed

    def remove(self, name: str) -> None:
        """Take a voice out of the library, its clips and latents with it.

        Requests that speak in it finish; nobody else finds it from now on.

        Raises:
            VoiceNotFound: there is none of that name.
        """
        self.find(name)
        if self._n_users[name]:
            (self.folder / name / _CARD).rename(self.folder / name / _REMOVED_CARD)
            self._leaving.add(name)
        else:
            self._delete(name)

    def _delete(self, name: str) -> None:
        leaving = self.folder / f"{_HIDDEN[1]}{secrets.token_hex(8)}"
        try:
            (self.folder / name).rename(leaving)
        except FileNotFoundError:  # another process was faster
            return
        finally:
            self._leaving.discard(name)
            self.forget(name)
        shutil.rmtree(leaving, ignore_errors=True)

    @contextlib.contextmanager
    def use(self, name: str) -> Iterator[Voice]:
        """One voice, whose files stay where they are meanwhile.

        Raises:
            VoiceNotFound: there is none of that name.
        """
        voice = self.find(name)
        self._n_users[name] += 1
        try:
            yield voice
        finally:
            self._n_users[name] -= 1
            if not self._n_users[name]:
                del self._n_users[name]
                if name in self._leaving:
                    self._delete(name)

    def read_clips(self, voice: Voice) -> tuple[Waveform, ...]:
        """A voice's clips as backends are given them. Blocks."""
        return tuple(decode(self.clip_path(voice, clip), rate_hz=CLIP_RATE_HZ) for clip in voice.clips)

    def clip_path(self, voice: Voice, clip: Clip) -> Path:
        """Where a clip lies."""
        return self.folder / voice.name / "clips" / clip.file

    def latents_path(self, voice: Voice, key: str) -> Path:
        """Where latents lie, or would lie, that were made under ``key``."""
        return self.folder / voice.name / "latents" / key

    def _sweep(self) -> None:
        """Remove what processes that were killed left half made or half gone."""
        for path in self.folder.iterdir():
            is_half = path.name.startswith(_HIDDEN) or (path / _REMOVED_CARD).exists()
            if is_half and path.name not in self._leaving and time.time() - path.stat().st_mtime > _STALE_S:
                shutil.rmtree(path, ignore_errors=True)


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that it is either whole or not there, whenever the process ends; its folder must exist."""
    making = path.with_name(f".making-{secrets.token_hex(8)}")
    try:
        making.write_bytes(content)
        making.replace(path)
    finally:
        making.unlink(missing_ok=True)


def _write_clip(folder: Path, number: int, clip: PreparedClip) -> Clip:
    suffix = Path(clip.name).suffix.lower()
    original = f"{number:02}{suffix if _SUFFIX.fullmatch(suffix) else '.bin'}"
    file = f"{number:02}.flac"
    for name, content in ((f"originals/{original}", clip.original), (f"clips/{file}", clip.flac)):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return Clip(file, original, clip.name[:200], round(clip.waveform.duration_s, 3), clip.sha256)


def _show(voice: Voice) -> str:
    return json.dumps(asdict(voice), indent=1, ensure_ascii=False) + "\n"


def _parse(fields: dict[str, Any]) -> Voice:
    clips = tuple(Clip(**clip) for clip in fields["clips"])
    return Voice(fields["name"], fields["created_s"], clips, tuple(fields["notes"]), fields["blends"])
