"""Libraries to test on: every test that asks for one runs on SQLite and on PostgreSQL."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sql

from benchmarks.postgresql import find_binaries, running_postgresql
from catwalk.library.adoption import ScriptLine, adopt_script
from catwalk.library.articles import Fetched, keep_article
from catwalk.library.database import FILE_NAME, Library, open_library
from catwalk.library.episodes import add_episode
from catwalk.library.lines import list_lines
from catwalk.library.shows import add_show
from catwalk.library.tables import Base, Episode, ShowKind


@dataclass
class Clock:
    """A clock that a test moves by hand."""

    now: datetime = datetime(2026, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **step: float) -> None:
        self.now += timedelta(**step)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """The address of a PostgreSQL of this run's own."""
    if find_binaries() is None:
        reason = "PostgreSQL is not installed (Debian's package postgresql)"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    with running_postgresql() as url:
        yield url


@pytest.fixture
def postgresql_url(postgresql_server: str) -> str:
    """The address of an empty database."""
    address = postgresql_server.replace("postgresql://", "postgresql+psycopg://")
    engine = sql.create_engine(address, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sql.text("DROP DATABASE IF EXISTS fresh WITH (FORCE)"))
        connection.execute(sql.text("CREATE DATABASE fresh"))
    engine.dispose()
    return postgresql_server.replace("/postgres?", "/fresh?")


@pytest.fixture(scope="session")
def sqlite_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty library in a file, to be copied."""
    home = tmp_path_factory.mktemp("empty")
    open_library(home).close()
    return home / FILE_NAME


@pytest.fixture
def empty_postgresql(postgresql_server: str) -> str:
    """The address of an empty library."""
    opened = open_library(Path("/nonexistent"), postgresql_server)
    with opened.engine.begin() as connection:
        tables = ", ".join(table.name for table in Base.metadata.sorted_tables)
        connection.execute(sql.text(f"TRUNCATE {tables} RESTART IDENTITY CASCADE"))
    opened.close()
    return postgresql_server


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> str | None:
    """What the setting says: nothing, or an address."""
    if request.param == "sqlite":
        return None
    url: str = request.getfixturevalue("postgresql_url")
    return url


@pytest.fixture(params=["sqlite", "postgresql"])
def library(request: pytest.FixtureRequest, tmp_path: Path, clock: Clock) -> Iterator[Library]:
    """An empty library."""
    home = tmp_path / "library"
    home.mkdir()
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_file"), home / FILE_NAME)
        opened = open_library(home, clock=clock)
    else:
        opened = open_library(home, request.getfixturevalue("empty_postgresql"), clock=clock)
    yield opened
    opened.close()


def script(*texts: str) -> list[ScriptLine]:
    """A script that says these texts; in what is spoken, "1" is "one"."""
    return [ScriptLine("prose", text, text.replace("1", "one"), 0.3, block=f"b{n}") for n, text in enumerate(texts)]


def read_post(library: Library, *texts: str, url: str = "https://blog.test/post", show: str = "blog") -> Episode:
    """An episode of the show with these lines, at revision 1."""
    with library.write() as session:
        found = session.scalar(sql.text("SELECT id FROM show WHERE slug = :slug").bindparams(slug=show))
        show_id = found or add_show(session, slug=show, kind=ShowKind.BLOG, title=show.title()).id
        article, _, _ = keep_article(session, Fetched(url, "A post", "Ann", None, {"lines": list(texts)}))
        episode = add_episode(session, show_id, article)
        adopt_script(session, episode.id, None, script(*texts), revision=0)
    return episode


def texts_of(library: Library, episode: Episode) -> list[str]:
    """What the episode says, line by line."""
    with library.read() as session:
        return [row.version.text for row in list_lines(session, episode.id, limit=500).items]
