from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sql
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from catwalk.errors import LibraryTooNew, LibraryUnavailable, SettingsInvalid
from catwalk.library.database import Library, find_revision, newest_revision, open_library
from catwalk.library.shows import add_show, list_shows
from catwalk.library.tables import Base, ShowKind


@pytest.fixture
def fresh(database: str | None, tmp_path: Path) -> Iterator[Library]:
    """A library in a database that was empty."""
    library = open_library(tmp_path / "fresh", database)
    yield library
    library.close()


def test_tables_and_migrations_agree(fresh: Library) -> None:
    def is_told_by_tables(_object: Any, name: str | None, *_: Any) -> bool:
        return not (name or "").startswith("line_search")  # each database has its own kind of index of words

    with fresh.engine.connect() as connection:
        options = {"include_object": is_told_by_tables, "compare_server_default": True}
        differences = compare_metadata(MigrationContext.configure(connection, opts=options), Base.metadata)

    assert differences == []


def test_a_library_is_found_again_as_it_was_left(fresh: Library, database: str | None) -> None:
    with fresh.write() as session:
        add_show(session, slug="tea", kind=ShowKind.LIST, title="Tea")
    fresh.close()

    again = open_library(fresh.home, database)

    with again.read() as session:
        assert [show.title for show in list_shows(session).items] == ["Tea"]
    again.close()


def test_a_library_of_a_newer_program_is_refused_by_name(fresh: Library, database: str | None) -> None:
    with fresh.engine.begin() as connection:
        connection.execute(sql.text("UPDATE alembic_version SET version_num = '9999'"))

    with pytest.raises(LibraryTooNew, match=r"'9999'.*upgrade catwalk"):
        open_library(fresh.home, database)


def test_a_transaction_that_fails_leaves_nothing(library: Library) -> None:
    def add_and_fail() -> None:
        with library.write() as session:
            add_show(session, slug="tea", kind=ShowKind.LIST, title="Tea")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        add_and_fail()

    with library.read() as session:
        assert list_shows(session).items == ()


def test_a_reader_sees_the_library_as_it_was_when_it_began(library: Library) -> None:
    with library.read() as reader:
        before = list_shows(reader).items
        with library.write() as session:
            add_show(session, slug="tea", kind=ShowKind.LIST, title="Tea")

        assert list_shows(reader).items == before == ()


def test_a_writer_that_reads_first_waits_for_another_one_instead_of_failing(library: Library) -> None:
    has_read, failures = threading.Event(), list[Exception]()

    def read_and_write() -> None:
        try:
            with library.write() as session:
                list_shows(session)
                has_read.set()
                add_show(session, slug="cats", kind=ShowKind.LIST, title="Cats")
        except LibraryUnavailable as error:
            failures.append(error)

    other = threading.Thread(target=read_and_write)
    with library.write() as session:
        add_show(session, slug="tea", kind=ShowKind.LIST, title="Tea")
        other.start()
        has_read.wait(0.2)
    other.join()

    assert failures == []
    with library.read() as session:
        assert [show.slug for show in list_shows(session).items] == ["cats", "tea"]


_OPEN = "import sys; from pathlib import Path; from catwalk.library.database import open_library; \
open_library(Path(sys.argv[1]), sys.argv[2] or None).close()"


def test_processes_that_open_a_new_library_at_once_all_succeed(database: str | None, tmp_path: Path) -> None:
    calls = [sys.executable, "-c", _OPEN, str(tmp_path / "new"), database or ""]

    processes = [subprocess.Popen(calls, stderr=subprocess.PIPE) for _ in range(3)]
    outcomes = [(process.communicate()[1].decode(), process.returncode) for process in processes]

    assert outcomes == [("", 0)] * 3
    library = open_library(tmp_path / "new", database)
    with library.engine.connect() as connection:
        assert find_revision(connection) == newest_revision()
    library.close()


@pytest.mark.parametrize("address", ["mysql://host/name", "http://blog.test", "://", "sqlite://", "sqlite:///:memory:"])
def test_an_address_of_no_database_is_refused(tmp_path: Path, address: str) -> None:
    with pytest.raises(SettingsInvalid, match=r"library\.database"):
        open_library(tmp_path, address)


def test_a_database_that_does_not_answer_is_named_without_its_password(tmp_path: Path) -> None:
    with pytest.raises(LibraryUnavailable, match=r"postgresql.*nowhere") as caught:
        open_library(tmp_path, f"postgresql://ann:secret@/nowhere?host={tmp_path}")

    assert "secret" not in caught.value.message


def test_a_file_that_is_no_database_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("buy tea " * 200)

    with pytest.raises(LibraryUnavailable, match="not a database"):
        open_library(tmp_path, str(path))

    assert path.read_text() == "buy tea " * 200
