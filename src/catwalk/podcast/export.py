"""A show as files that can be hosted anywhere: feed, page of players, and media, in a folder or a bucket.

Media come first and the feed last, so that whoever reads the target meanwhile finds the old show or the new one, whole.
Nothing is written that is there already, so an export that broke off goes on where it stopped.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Protocol

from catwalk.errors import ExportFailed, InvalidRequest
from catwalk.library.blobs import write_atomically
from catwalk.podcast.feed import PAGE_EPISODES, count_pages, write_feed
from catwalk.podcast.page import write_page
from catwalk.podcast.show import MEDIA_TYPES, FeedEpisode, FeedShow, Media, Places
from catwalk.reader.working_folder import open_working_folder

MEDIA_FOLDER = "media/"
FEED, PAGE = "feed.xml", "index.html"
_TYPES = {**MEDIA_TYPES, ".xml": "application/rss+xml; charset=utf-8", ".html": "text/html; charset=utf-8"}

Progress = Callable[[int, int], None]
"""Told how many files are done, and of how many."""


class Target(Protocol):
    """Where an export goes: names with slashes, each with content that appears whole or not at all."""

    def list_names(self) -> dict[str, int]:
        """Every file that is there, with its bytes."""

    def read(self, name: str) -> bytes:
        """Content of a file that is there."""

    def put(self, name: str, content: bytes | Path, media_type: str) -> None:
        """Write a file, or put another in its place."""

    def remove(self, name: str) -> None:
        """Take a file away."""


@dataclass(frozen=True, slots=True)
class Exported:
    """What an export did."""

    written: tuple[str, ...]
    """Files that are new or changed, in the order in which they were written."""

    removed: tuple[str, ...]
    kept: int
    """Files that were there already, and were right."""


def export(
    show: FeedShow,
    episodes: Sequence[FeedEpisode],
    find_media: Callable[[str], Path],
    target: Target,
    *,
    base_url: str | None = None,
    prune: bool = False,
    page_episodes: int = PAGE_EPISODES,
    progress: Progress = lambda _done, _total: None,
) -> Exported:
    """Bring a target up to date with a show.

    Args:
        show: The show.
        episodes: All of them, the newest first.
        find_media: Where the content of a name lies.
        target: Where it goes.
        base_url: Where the target will be found; None for relative addresses, which many podcast apps do not follow.
        prune: Remove media that no episode has any more, and pages that the feed no longer has.
        page_episodes: Episodes on a page of the feed.
        progress: Told of every file.

    Raises:
        InvalidRequest: directories would refuse the show, or two shows would share the target.
        ExportFailed: something cannot be read or written.
    """
    places = _find_places(base_url)
    documents = list(_write_documents(show, episodes, places, page_episodes))
    there = target.list_names()
    _refuse_other_show(show, target, there)
    media = {MEDIA_FOLDER + each.name: each for each in _list_media(show, episodes)}
    n_files, written = len(media) + len(documents), []
    for number, (name, each) in enumerate(media.items()):
        progress(number, n_files)
        if there.get(name) != each.n_bytes:
            target.put(name, find_media(each.name), each.media_type)
            written.append(name)
    for number, (name, content) in enumerate(documents, start=len(media)):
        progress(number, n_files)
        if there.get(name) != len(content) or target.read(name) != content:
            target.put(name, content, _TYPES[PurePosixPath(name).suffix])
            written.append(name)
    progress(n_files, n_files)
    stale = sorted(name for name in there if _is_ours(name) and name not in media and name not in dict(documents))
    for name in stale if prune else ():
        target.remove(name)
    return Exported(tuple(written), tuple(stale if prune else ()), n_files - len(written))


def _find_places(base_url: str | None) -> Places:
    base = f"{base_url.rstrip('/')}/" if base_url else ""
    return Places(f"{base}{FEED}", f"{base}{MEDIA_FOLDER}", f"{base}feed-{{}}.xml")


def _write_documents(
    show: FeedShow, episodes: Sequence[FeedEpisode], places: Places, page_episodes: int
) -> Iterator[tuple[str, bytes]]:
    """Pages before what links to them, the feed's first page last."""
    yield PAGE, write_page(show, episodes, MEDIA_FOLDER, FEED)
    n_pages = count_pages(len(episodes), page_episodes)
    for page in range(n_pages, 0, -1):
        these = episodes[(page - 1) * page_episodes : page * page_episodes]
        name = FEED if page == 1 else f"feed-{page}.xml"
        yield name, write_feed(show, these, places, page=page, n_pages=n_pages)


def _list_media(show: FeedShow, episodes: Sequence[FeedEpisode]) -> Iterator[Media]:
    yield show.image
    for episode in episodes:
        for media in (episode.audio, episode.transcript, episode.chapters, episode.image):
            if media is not None:
                yield media


def _refuse_other_show(show: FeedShow, target: Target, there: dict[str, int]) -> None:
    if FEED in there and show.guid.encode() not in target.read(FEED):
        raise InvalidRequest(f"there is the feed of another show already, beside which {show.slug!r} cannot lie")


def _is_ours(name: str) -> bool:
    path = PurePosixPath(name)
    is_page = path.stem.startswith("feed-") and path.stem[5:].isdigit() and path.suffix == ".xml"
    is_media = name.startswith(MEDIA_FOLDER) and len(path.stem) == 64 and path.suffix in MEDIA_TYPES
    return is_media or (is_page and "/" not in name)


@dataclass(frozen=True, slots=True)
class FolderTarget:
    """A folder, made where there is none. What else lies in it is left alone."""

    folder: Path

    def list_names(self) -> dict[str, int]:
        """Every file that is there, with its bytes."""
        try:
            names = {path.relative_to(self.folder): path for path in self.folder.rglob("*") if path.is_file()}
            # Hidden ones are drafts of an export that was killed.
            return {name.as_posix(): path.stat().st_size for name, path in names.items() if "/." not in f"/{name}"}
        except OSError as error:
            raise _fail(self.folder, error) from error

    def read(self, name: str) -> bytes:
        """Content of a file that is there."""
        try:
            return (self.folder / name).read_bytes()
        except OSError as error:
            raise _fail(self.folder / name, error) from error

    def put(self, name: str, content: bytes | Path, media_type: str) -> None:  # noqa: ARG002 RUF100  # a disk keeps no types
        """Write a file, or put another in its place."""
        path = self.folder / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            if isinstance(content, bytes):
                write_atomically(path, content)
                return
            with open_working_folder(path) as folder:
                draft = folder / path.name
                shutil.copyfile(content, draft)
                draft.replace(path)
        except OSError as error:
            raise _fail(path, error) from error

    def remove(self, name: str) -> None:
        """Take a file away."""
        try:
            (self.folder / name).unlink(missing_ok=True)
        except OSError as error:
            raise _fail(self.folder / name, error) from error


def _fail(path: Path, error: OSError) -> ExportFailed:
    return ExportFailed(f"cannot export to {path}: {error.strerror or error}")
