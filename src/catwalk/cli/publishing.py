"""``export`` and ``opml``: shows that leave the box."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from catwalk.cli.library import opened
from catwalk.cli.progress import count_progress

if TYPE_CHECKING:
    from catwalk.podcast.audiobook import Audiobook
    from catwalk.podcast.export import Exported, Target
    from catwalk.podcast.show import FeedEpisode, FeedShow, Publications

    Open = Callable[[], AbstractContextManager[Publications]]

BATCH_EPISODES = 500
"""How many are asked for at a time."""


def build_commands(open_publications: Open) -> list[click.Command]:
    """The commands; ``open_publications`` is called when one of them runs."""

    @click.command()
    @click.argument("show")
    @click.argument("target", required=False)
    @click.option("--base-url", metavar="URL", help="Where TARGET will be found; without it, addresses are relative.")
    @click.option("--prune", is_flag=True, help="Remove media and pages that the show no longer has.")
    @click.option("--m4b", type=click.Path(path_type=Path, dir_okay=False), help="All episodes in one audiobook.")
    @click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
    def export(
        show: str, target: str | None, base_url: str | None, prune: bool, m4b: Path | None, as_json: bool
    ) -> None:
        """Bring SHOW to TARGET, a folder or s3://BUCKET/PREFIX, to be hosted anywhere; or into an audiobook.

        What is there already is not written again. Keys of a bucket come from AWS_ACCESS_KEY_ID and the like.

        \b
        catwalk export teapots /srv/www/teapots --base-url https://pods.example/teapots
        catwalk export teapots s3://pods/teapots --base-url https://pods.example/teapots --prune
        catwalk export teapots --m4b teapots.m4b
        """
        if target is None and m4b is None:
            raise click.UsageError("name a folder or s3://BUCKET/PREFIX to export to, or a file with --m4b")
        with open_publications() as publications:
            done = export_show(publications, show, target, base_url=base_url, prune=prune) if target else None
            book = export_audiobook(publications, show, m4b) if m4b else None
        if as_json:
            print(json.dumps(_to_json(target, done, book), ensure_ascii=False))
            return
        if done:
            print(f"{target}: {len(done.written)} files written, {done.kept} kept, {len(done.removed)} removed")
        if book:
            hours, minutes = divmod(round(book.duration_s / 60), 60)
            print(f"{book.path}: {hours} h {minutes:02} min, {len(book.chapters)} chapters")

    @click.command()
    @click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="A file instead of stdout.")
    @click.option(
        "--base-url",
        metavar="URL",
        help="Where the server is found by the apps  [default: podcast.base_url]",
    )
    def opml(output: Path | None, base_url: str | None) -> None:
        """List every show's feed as OPML, for a podcast app to import.

        The addresses of private shows hold their keys: keep the list to yourself.

        \b
        catwalk opml --base-url http://box.local:8000 -o shows.opml
        """
        from catwalk.library.blobs import write_atomically
        from catwalk.settings import read_settings

        found_at = base_url or read_settings().podcast.base_url
        if found_at is None:
            raise click.UsageError("say where the apps find the server: --base-url, or base_url under [podcast]")
        with open_publications() as publications:
            content = list_subscriptions(publications, found_at)
        if output:
            write_atomically(output, content)
        else:
            sys.stdout.buffer.write(content)

    return [export, opml]


def export_show(
    publications: Publications, slug: str, target: str, *, base_url: str | None = None, prune: bool = False
) -> Exported:
    """Bring a show to a folder or bucket, with progress on stderr.

    Raises:
        NotPublished: there is no such show.
        InvalidRequest: no such target can be, or it holds another show.
        ExportFailed: something cannot be read or written.
    """
    from catwalk.podcast.export import export

    show = _find(publications, slug)
    with count_progress(show.title, "files") as progress:
        return export(
            show,
            list_all_episodes(publications, slug),
            lambda name: _find_file(publications, name),
            _open_target(target),
            base_url=base_url,
            prune=prune,
            progress=progress,
        )


def export_audiobook(publications: Publications, slug: str, out: Path) -> Audiobook:
    """Join a show's episodes, the oldest first, into one file, with progress on stderr.

    Raises:
        NotPublished: there is no such show.
        InvalidRequest: it has no episodes.
        AudioUnreadable: one of them cannot be decoded.
        ExportFailed: the file cannot be written.
    """
    from catwalk.podcast.audiobook import list_pieces, write_audiobook
    from catwalk.reader.tags import EpisodeMeta

    show = _find(publications, slug)
    episodes = list_all_episodes(publications, slug)
    meta = EpisodeMeta(
        show.title,
        author=show.author,
        site=show.title,
        published=max(f"{episode.published:%Y-%m-%d}" for episode in episodes) if episodes else None,
        url=show.link,
        language=show.language,
        description=show.description or None,
        cover=_find_file(publications, show.image.name).read_bytes(),
    )
    with count_progress(show.title, "episodes") as progress:
        pieces = list_pieces(episodes, lambda name: _find_file(publications, name))
        return write_audiobook(pieces, meta, out, progress=progress)


def list_subscriptions(publications: Publications, base_url: str) -> bytes:
    """Every show's feed on the server at ``base_url`` as OPML, private ones with their keys."""
    from catwalk.podcast.opml import Subscription, write_opml
    from catwalk.podcast.show import find_places

    shows = publications.list_shows()
    return write_opml(Subscription(find_places(base_url, show).feed, show.title, show.link) for show in shows)


def list_all_episodes(publications: Publications, slug: str) -> list[FeedEpisode]:
    """Every episode of a show, the newest first."""
    episodes: list[FeedEpisode] = []
    while batch := publications.list_episodes(slug, start=len(episodes), n_most=BATCH_EPISODES):
        episodes.extend(batch)
    return episodes


def _find(publications: Publications, slug: str) -> FeedShow:
    from catwalk.errors import NotPublished

    show = publications.find_show(slug)
    if show is None:
        known: Sequence[str] = [each.slug for each in publications.list_shows()]
        raise NotPublished(f"there is no show {slug!r}; there are {', '.join(known) or 'none'}")
    return show


def _find_file(publications: Publications, name: str) -> Path:
    from catwalk.errors import ExportFailed

    found = publications.find_media(name)
    if found is None:
        raise ExportFailed(f"the library has lost the file {name}; `catwalk doctor` tells more")
    return found.path


def _open_target(target: str) -> Target:
    from catwalk.errors import InvalidRequest
    from catwalk.podcast.bucket import BucketTarget
    from catwalk.podcast.export import FolderTarget

    if target.startswith("s3:"):
        return BucketTarget(target)
    if "://" in target:
        raise InvalidRequest(f"a show is exported to a folder or to s3://BUCKET/PREFIX, not to {target}")
    return FolderTarget(Path(target))


def _to_json(target: str | None, done: Exported | None, book: Audiobook | None) -> dict[str, object]:
    document: dict[str, object] = {}
    if done:
        document |= {"target": target, "written": done.written, "removed": done.removed, "kept": done.kept}
    if book:
        document |= {"m4b": str(book.path), "duration_s": book.duration_s, "chapters": len(book.chapters)}
    return document


@contextmanager
def _open_publications() -> Iterator[Publications]:
    from catwalk.podcast.publications import LibraryPublications

    with opened() as library:
        yield LibraryPublications(lambda: library)


COMMANDS = tuple(build_commands(_open_publications))
