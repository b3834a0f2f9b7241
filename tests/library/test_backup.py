from __future__ import annotations

import io
import json
import tarfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sql

from catwalk.errors import BackupRefused
from catwalk.library.backup import Backed, back_up, restore
from catwalk.library.database import Library, open_library
from catwalk.library.descriptions import KeptDescriptions
from catwalk.library.editing import Change, edit_lines, undo
from catwalk.library.episodes import list_episodes
from catwalk.library.inspection import check
from catwalk.library.lines import Recorded, add_take, find_lines, list_lines
from catwalk.library.shows import add_show, change_show
from catwalk.library.tables import Base, ShowKind
from catwalk.library.takes import TakeKey, Takes
from libraries import read_post, texts_of

KEY = TakeKey("Tea.", "hibari", "heart", 1.0)


def fill(library: Library) -> None:
    """Something in every corner."""
    episode = read_post(library, "One cat.", "Zwei Kätzchen → \u2028 'x'.")
    with library.write() as session:
        first, second = list_lines(session, episode.id).items
        audio = library.blobs.put(b"sound", ".flac")
        add_take(session, Recorded(first.version.id, audio, 1.25, {"accepted": True}, words=[("One", 0.0, 0.5)]))
        edit_lines(session, episode.id, {second.line.id: Change("Two cats.", "Two cats.")}, revision=1)
    Takes(library.home).keep(KEY, b"flac", {"accepted": True}, 1)
    KeptDescriptions(library.home).keep("gemma", "Hm?", "A cat.")


def rows_of(library: Library) -> dict[str, list[tuple[object, ...]]]:
    with library.read() as session:
        tables = Base.metadata.sorted_tables
        return {
            table.name: [tuple(row) for row in session.execute(sql.select(table).order_by(*table.primary_key))]
            for table in tables
        }


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Library]:
    """Another library, empty, in a file."""
    library = open_library(tmp_path / "other")
    yield library
    library.close()


def test_a_library_comes_back_as_it_was_from_either_database(library: Library, other: Library, tmp_path: Path) -> None:
    fill(library)
    before = rows_of(library)

    backed = back_up(library, tmp_path / "there.tar")
    restored = restore(other, tmp_path / "there.tar")
    back_up(other, tmp_path / "back.tar")
    restore(library, tmp_path / "back.tar", replace=True)

    assert rows_of(library) == rows_of(other) == before
    assert (backed.n_rows, backed.n_files) == (restored.n_rows, restored.n_files)
    assert backed.n_files == 4
    assert Takes(other.home).find(KEY) is not None
    assert KeptDescriptions(other.home).find("gemma", "Hm?") == "A cat."
    assert check(other, deep=True) == check(library, deep=True) == []


def test_life_goes_on_in_a_restored_library(library: Library, other: Library, tmp_path: Path) -> None:
    fill(other)
    back_up(other, tmp_path / "backup.tar")
    restore(library, tmp_path / "backup.tar")

    episode = read_post(library, "Three cats.", url="https://blog.test/new")
    with library.write() as session:
        undo(session, 1, revision=2)
        found = find_lines(session, "cat")

    assert texts_of(library, episode) == ["Three cats."]
    assert [line.text for line in found] == ["One cat."]


def test_a_library_that_is_there_is_replaced_only_when_that_is_said(library: Library, tmp_path: Path) -> None:
    fill(library)
    back_up(library, tmp_path / "backup.tar")
    read_post(library, "Later.", url="https://blog.test/later")

    with pytest.raises(BackupRefused, match="--replace"):
        restore(library, tmp_path / "backup.tar")
    restore(library, tmp_path / "backup.tar", replace=True)

    with library.read() as session:
        assert len(list_episodes(session).items) == 1


def test_a_backup_is_of_one_moment_while_others_write(library: Library, other: Library, tmp_path: Path) -> None:
    stop = threading.Event()

    def write() -> None:
        for number in range(200):
            if stop.is_set():
                return
            read_post(library, "One cat.", url=f"https://blog.test/{number}")

    read_post(library, "Two cats.", url="https://blog.test/first")
    writer = threading.Thread(target=write)
    writer.start()
    try:
        back_up(library, tmp_path / "backup.tar")
    finally:
        stop.set()
        writer.join()
    restore(other, tmp_path / "backup.tar")

    rows = rows_of(other)
    assert len(rows["article"]) == len(rows["episode"]) == len(rows["line"]) >= 1
    assert check(other, deep=True) == []


def test_blobs_that_are_gone_are_told(library: Library, tmp_path: Path) -> None:
    fill(library)
    name = library.blobs.put(b"sound", ".flac")
    library.blobs.path(name).unlink()

    assert back_up(library, tmp_path / "backup.tar").missing == (name,)


def rewrite(change: Callable[[str, bytes], bytes | None], path: Path) -> None:
    """The archive with each member's content changed, or left out for None."""
    with tarfile.open(path) as archive:
        members = {member.name: archive.extractfile(member).read() for member in archive}  # type: ignore[union-attr]  # files
    with tarfile.open(path, "w") as archive:
        for name, content in members.items():
            changed = change(name, content)
            if changed is not None:
                member = tarfile.TarInfo(name)
                member.size = len(changed)
                archive.addfile(member, io.BytesIO(changed))


def newer(name: str, content: bytes) -> bytes:
    return json.dumps({**json.loads(content), "revision": "9999"}).encode() if name == "library.json" else content


DAMAGES: dict[str, Callable[[str, bytes], bytes | None]] = {
    "a blob is another": lambda name, content: b"noise" if name.startswith("blobs/") else content,
    "a table is missing": lambda name, content: None if name == "tables/line.jsonl" else content,
    "a row is missing": lambda name, content: (
        content[: content.rindex(b"\n", 0, -1) + 1] if name == "tables/edit.jsonl" else content
    ),
    "a parent is missing": lambda name, content: content.splitlines()[0] if name == "tables/show.jsonl" else content,
    "a row is no row": lambda name, content: content + b"{]\n" if name == "tables/line.jsonl" else content,
    "no manifest": lambda name, content: None if name == "library.json" else content,
    "of a newer program": newer,
}


def of_the_first_tables(name: str, content: bytes) -> bytes | None:
    """A backup as the catwalk wrote it that had the first tables alone."""
    if name == "tables/former_slug.jsonl":
        return None
    if name != "library.json":
        return content
    manifest = json.loads(content)
    del manifest["rows"]["former_slug"]
    return json.dumps({**manifest, "revision": "0001"}).encode()


def test_a_backup_of_older_tables_is_brought_up_to_date(library: Library, other: Library, tmp_path: Path) -> None:
    fill(other)
    with other.write() as session:
        change_show(session, "blog", following={"seen": {"a": "b"}}, next_poll_at=other.clock(), paused=True)
    back_up(other, tmp_path / "backup.tar")
    rewrite(of_the_first_tables, tmp_path / "backup.tar")

    restored = restore(library, tmp_path / "backup.tar")

    assert rows_of(library) == rows_of(other)
    assert restored.n_rows == sum(map(len, rows_of(other).values()))
    assert texts_of(library, read_post(library, "Three.", url="https://blog.test/new")) == ["Three."]
    assert check(library, deep=True) == []
    assert list(library.home.glob(".restore-*")) == []


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_backup_is_refused_and_the_library_stays_as_it_was(
    library: Library, tmp_path: Path, damage: str
) -> None:
    fill(library)
    back_up(library, tmp_path / "backup.tar")
    rewrite(DAMAGES[damage], tmp_path / "backup.tar")
    with library.write() as session:
        add_show(session, slug="later", kind=ShowKind.LIST, title="Later")
    before = rows_of(library)

    with pytest.raises(BackupRefused):
        restore(library, tmp_path / "backup.tar", replace=True)

    assert rows_of(library) == before
    assert check(library, deep=True) == []


@pytest.mark.parametrize("name", ["../evil", "/evil", "blobs/../../evil", "takes/xx/evil.json", "keys"])
def test_an_archive_that_would_write_elsewhere_is_refused(other: Library, tmp_path: Path, name: str) -> None:
    back_up(other, tmp_path / "backup.tar")
    with tarfile.open(tmp_path / "backup.tar", "a") as archive:
        archive.addfile(tarfile.TarInfo(name))

    with pytest.raises(BackupRefused, match="it holds"):
        restore(other, tmp_path / "backup.tar")


def test_what_is_no_backup_is_refused(other: Library, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("buy tea")

    with pytest.raises(BackupRefused, match="no backup"):
        restore(other, tmp_path / "notes.txt")
    with pytest.raises(BackupRefused, match="cannot be restored"):
        restore(other, tmp_path / "nothing.tar")


def test_a_backup_that_cannot_be_written_leaves_nothing(other: Library, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")

    with pytest.raises(BackupRefused, match="cannot be written"):
        back_up(other, tmp_path / "file" / "backup.tar")

    assert back_up(other, tmp_path / "backup.tar") == Backed(0, 0)
    assert not list(tmp_path.glob(".backup-*"))
