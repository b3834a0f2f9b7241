from __future__ import annotations

import html.parser
import shutil
from dataclasses import replace
from pathlib import Path

import feedparser
import pytest

from catwalk.errors import ExportFailed, InvalidRequest
from catwalk.podcast.export import Exported, FolderTarget, export
from catwalk.podcast.feed import make_guid
from podcast.shows import Shelf, a_show, an_episode


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    folder = tmp_path / "blobs"
    folder.mkdir()
    shelf = Shelf(folder)
    show = a_show(image=shelf.add_file(b"cover", ".jpg"))
    episodes = [
        an_episode(
            number,
            audio=shelf.add_file(f"sound {number}".encode(), ".mp3"),
            transcript=shelf.add_file(f"words {number}".encode(), ".vtt"),
            chapters=None,
        )
        for number in (3, 2, 1)
    ]
    shelf.add_show(show, episodes)
    return shelf


def run(shelf: Shelf, folder: Path, *, base_url: str | None = None, prune: bool = False) -> Exported:
    show, episodes = shelf.shows["teapots"], shelf.episodes["teapots"]

    def find(name: str) -> Path:
        return shelf.files[name].path

    target = FolderTarget(folder)
    return export(show, episodes, find, target, base_url=base_url, prune=prune, page_episodes=2)


def files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


class Sources(html.parser.HTMLParser):
    """What a page names: addresses of players and links, by tag."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, str]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [(tag, value) for name, value in attrs if name in {"src", "href"} and value is not None]


def test_a_folder_holds_feed_pages_media_and_a_page_of_players(shelf: Shelf, tmp_path: Path) -> None:
    done = run(shelf, tmp_path / "out", base_url="https://pots.example/show/")

    found = files(tmp_path / "out")
    assert set(found) == {"feed.xml", "feed-2.xml", "index.html", *(f"media/{name}" for name in shelf.files)}
    assert done.written[-3:] == ("index.html", "feed-2.xml", "feed.xml")
    feed = feedparser.parse(found["feed.xml"])
    assert [entry.id for entry in feed.entries] == ["episode-3", "episode-2"]
    assert feed.entries[0].enclosures[0].href.startswith("https://pots.example/show/media/")
    assert {link.rel: link.href for link in feed.feed.links}["next"] == "https://pots.example/show/feed-2.xml"


def test_the_page_plays_from_a_disk(shelf: Shelf, tmp_path: Path) -> None:
    run(shelf, tmp_path / "out", base_url="https://pots.example/")

    page = (tmp_path / "out" / "index.html").read_text()
    players = [source for tag, source in Sources(page).found if tag == "audio"]
    assert players == [f"media/{episode.audio.name}" for episode in shelf.episodes["teapots"]]
    assert all((tmp_path / "out" / player).is_file() for player in players)
    assert "<script" not in page


def test_without_an_address_everything_is_relative(shelf: Shelf, tmp_path: Path) -> None:
    run(shelf, tmp_path / "out")

    feed = (tmp_path / "out" / "feed.xml").read_text()
    assert f'url="media/{shelf.episodes["teapots"][0].audio.name}"' in feed
    assert 'href="feed-2.xml"' in feed


def test_a_second_export_writes_nothing(shelf: Shelf, tmp_path: Path) -> None:
    run(shelf, tmp_path / "out")
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "out").rglob("*")}

    again = run(shelf, tmp_path / "out")

    assert (again.written, again.kept) == ((), 10)
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "out").rglob("*")} == before


def test_a_new_render_replaces_the_old_one_which_goes_when_pruned(shelf: Shelf, tmp_path: Path) -> None:
    run(shelf, tmp_path / "out")
    (tmp_path / "out" / "mine.txt").write_text("not catwalk's")
    old = shelf.episodes["teapots"][0]
    shelf.episodes["teapots"][0] = replace(old, audio=shelf.add_file(b"better", ".mp3"))

    kept = run(shelf, tmp_path / "out")
    there = (tmp_path / "out" / "media" / old.audio.name).exists()
    pruned = run(shelf, tmp_path / "out", prune=True)

    assert kept.written[-2:] == ("index.html", "feed.xml")
    assert there
    assert pruned.removed == (f"media/{old.audio.name}",)
    assert "mine.txt" in files(tmp_path / "out")


def test_pages_that_the_feed_no_longer_has_are_pruned(shelf: Shelf, tmp_path: Path) -> None:
    run(shelf, tmp_path / "out")
    del shelf.episodes["teapots"][1:]

    pruned = run(shelf, tmp_path / "out", prune=True)

    assert "feed-2.xml" in pruned.removed
    assert "feed-2.xml" not in files(tmp_path / "out")


def test_an_export_that_breaks_off_leaves_the_old_feed_and_goes_on_later(shelf: Shelf, tmp_path: Path) -> None:
    run(shelf, tmp_path / "out")
    before = files(tmp_path / "out")
    newest = an_episode(4, audio=shelf.add_file(b"sound 4", ".mp3"), transcript=None, chapters=None)
    oldest = an_episode(5, audio=shelf.add_file(b"sound 5", ".mp3"), transcript=None, chapters=None)
    shelf.episodes["teapots"] = [oldest, newest, *shelf.episodes["teapots"]]
    lost = shelf.files[newest.audio.name].path
    lost.rename(lost.with_suffix(".away"))

    with pytest.raises(ExportFailed):
        run(shelf, tmp_path / "out")

    after = files(tmp_path / "out")
    assert after == before | {f"media/{oldest.audio.name}": b"sound 5"}
    lost.with_suffix(".away").rename(lost)
    assert f"media/{newest.audio.name}" in run(shelf, tmp_path / "out").written


def test_a_draft_of_a_killed_export_is_swept(shelf: Shelf, tmp_path: Path) -> None:
    name = shelf.episodes["teapots"][0].audio.name
    draft = tmp_path / "out" / "media" / f".{name[:-4]}-abcdefgh.making"
    draft.mkdir(parents=True)
    (draft / name).write_bytes(b"hal")

    run(shelf, tmp_path / "out")

    assert not draft.exists()


def test_two_shows_do_not_share_a_folder(shelf: Shelf, tmp_path: Path) -> None:
    run(shelf, tmp_path / "out")
    before = files(tmp_path / "out")
    shelf.shows["teapots"] = a_show(
        guid=make_guid("https://other.example/feed.xml"), image=shelf.shows["teapots"].image
    )

    with pytest.raises(InvalidRequest, match="another show"):
        run(shelf, tmp_path / "out")

    assert files(tmp_path / "out") == before


def test_a_file_of_the_wrong_size_is_written_anew(shelf: Shelf, tmp_path: Path) -> None:
    run(shelf, tmp_path / "out")
    broken = tmp_path / "out" / "media" / shelf.episodes["teapots"][0].audio.name
    broken.write_bytes(b"s")

    assert run(shelf, tmp_path / "out").written == (f"media/{broken.name}",)
    assert broken.read_bytes() == b"sound 3"


def test_a_folder_that_cannot_be_written_is_named(shelf: Shelf, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file in the way")

    with pytest.raises(ExportFailed, match="out"):
        run(shelf, tmp_path / "out")


def test_no_text_of_a_post_becomes_markup_of_the_page(shelf: Shelf, tmp_path: Path) -> None:
    hostile = '"><script>alert(1)</script><img src=x onerror=alert(1)>'
    episode = shelf.episodes["teapots"][0]
    fields = {"title": hostile, "author": hostile, "notes": hostile, "link": f"javascript:{hostile}"}
    shelf.episodes["teapots"] = [replace(episode, **fields)]  # type: ignore[arg-type]  # all of them text
    shelf.shows["teapots"] = replace(
        shelf.shows["teapots"],
        title=hostile,
        description=hostile,
        link=hostile,
        author=hostile,
    )

    run(shelf, tmp_path / "out")

    page = (tmp_path / "out" / "index.html").read_text()
    sources = Sources(page).found
    assert {tag for tag, _ in sources} == {"link", "img", "a", "audio"}
    assert not [source for _, source in sources if source.startswith("javascript:")]
    assert "<script" not in page
    assert page.count("<img") == 1


def test_the_target_is_made_where_there_is_none(shelf: Shelf, tmp_path: Path) -> None:
    shutil.rmtree(tmp_path / "deep", ignore_errors=True)

    run(shelf, tmp_path / "deep" / "er")

    assert (tmp_path / "deep" / "er" / "feed.xml").is_file()
