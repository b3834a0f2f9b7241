"""The library's database: SQLite in a file of the data folder, or PostgreSQL by its address."""

from __future__ import annotations

import contextlib
import importlib.util
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sql
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.orm import Session

from catwalk.disk import describe_lack, lacks_room
from catwalk.errors import AlreadyInLibrary, DiskFull, LibraryTooNew, LibraryUnavailable, SettingsInvalid
from catwalk.library.blobs import Blobs

FILE_NAME = "library.sqlite"

_BUSY_TIMEOUT_S = 30
"""How long a writer waits for another one."""

_PRAGMAS = ("journal_mode = WAL", "synchronous = NORMAL", "foreign_keys = ON", "cache_size = -32768")
_MIGRATION_LOCK = 0x63617477616C6B  # "catwalk"; PostgreSQL's advisory locks are numbers


def utc_now() -> datetime:
    """Now."""
    return datetime.now(UTC)


class Library:
    """An open library: its database and its blobs.

    Use one from any number of threads; a session belongs to one thread at a time.
    """

    def __init__(self, engine: sql.Engine, home: Path, clock: Callable[[], datetime]) -> None:
        self.engine = engine
        self.home = home
        self.clock = clock
        self.blobs = Blobs(home / "blobs")

    @property
    def is_sqlite(self) -> bool:
        """Whether the database is a file."""
        return self.engine.dialect.name == "sqlite"

    @contextlib.contextmanager
    def read(self) -> Iterator[Session]:
        """One transaction that sees the library as it is at its first query, whatever others write.

        Raises:
            LibraryUnavailable: the database cannot be reached.
        """
        # A driver on PostgreSQL sees a new state with every statement unless told otherwise.
        options: dict[str, Any] = {} if self.is_sqlite else {"isolation_level": "REPEATABLE READ"}
        with self._session(options) as session:
            yield session

    @contextlib.contextmanager
    def write(self) -> Iterator[Session]:
        """One transaction: all of what is done in it comes to be, or nothing.

        Rows that it yields can be read after it.

        Raises:
            LibraryUnavailable: the database cannot be reached, or another writer does not come to an end.
            DiskFull: there is no room for it.
            AlreadyInLibrary: another process added the same at the same time.
        """
        with self._session({"writes": True}) as session:
            yield session
            session.commit()

    @contextlib.contextmanager
    def _session(self, options: dict[str, Any]) -> Iterator[Session]:
        try:
            with (
                self.engine.connect().execution_options(**options) as connection,
                Session(connection, expire_on_commit=False, autoflush=True) as session,
            ):
                session.info["now"] = self.clock()
                yield session
        except sql.exc.IntegrityError as error:
            if not _is_duplicate(error):
                raise
            raise AlreadyInLibrary(f"another writer was quicker: {error.orig}") from error
        except (sql.exc.OperationalError, sql.exc.InterfaceError) as error:
            raise self._explain(error) from error

    def _explain(self, error: sql.exc.DBAPIError) -> LibraryUnavailable | DiskFull:
        if lacks_room(error, _folder_of(self.engine.url)):
            return describe_lack(_folder_of(self.engine.url) or self.home)
        return LibraryUnavailable(f"the library's database does not answer: {error.orig}")

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()


def _is_duplicate(error: sql.exc.IntegrityError) -> bool:
    return getattr(error.orig, "sqlstate", None) == "23505" or "UNIQUE" in str(error.orig)


class LibraryOnDemand:
    """The one library of a process, which is opened when it is first wanted."""

    def __init__(self, home: Path, database: str | None) -> None:
        """Takes what :func:`open_library` takes."""
        self._home, self._database = home, database
        self._lock = threading.Lock()
        self._opened: Library | None = None

    def __call__(self) -> Library:
        """The library; from any thread.

        Raises:
            CatwalkError: it cannot be opened, see :func:`open_library`; the next call tries again.
        """
        with self._lock:
            if self._opened is None:
                self._opened = open_library(self._home, self._database)
            return self._opened

    def close(self) -> None:
        """Close it where it was opened."""
        with self._lock:
            if self._opened is not None:
                self._opened.close()
                self._opened = None


def now_of(session: Session) -> datetime:
    """When the transaction began: the time that all its rows carry."""
    moment: datetime = session.info["now"]
    return moment


def open_library(home: Path, database: str | None = None, *, clock: Callable[[], datetime] = utc_now) -> Library:
    """Open a library, made or brought up to date where it has to be; several processes may at once.

    Args:
        home: The data folder, which holds the blobs whatever the database is.
        database: A path, or an address such as ``postgresql://user@host/name``; ``library.sqlite`` in the data folder
            when left out.
        clock: Tells the time, in UTC.

    Raises:
        SettingsInvalid: it is no such address, or the driver for it is not installed.
        LibraryUnavailable: the database cannot be reached or opened.
        LibraryTooNew: a newer catwalk has written it.
        DiskFull: there is no room to make it, or to bring it up to date.
    """
    url = _parse(home, database)
    if url.database and url.get_backend_name() == "sqlite":
        try:
            Path(url.database).parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise LibraryUnavailable(f"the folder of {url.database} cannot be made: {error}") from error
    engine = _make_engine(url)
    library = Library(engine, home, clock)
    try:
        _migrate(library)
    except sql.exc.DBAPIError as error:
        engine.dispose()
        if lacks_room(error, _folder_of(url)):
            raise describe_lack(_folder_of(url) or home) from error
        raise LibraryUnavailable(
            f"the library at {url.render_as_string(hide_password=True)} cannot be opened: {error.orig}"
        ) from error
    except LibraryTooNew:
        engine.dispose()
        raise
    return library


def _parse(home: Path, database: str | None) -> sql.URL:
    if database is None or "://" not in database:
        path = home / (Path(database).expanduser() if database else FILE_NAME)
        return sql.URL.create("sqlite+pysqlite", database=str(path))
    try:
        url = sql.make_url(database)
    except (sql.exc.ArgumentError, ValueError) as error:
        raise SettingsInvalid(f"library.database: no address of a database: {error}") from error
    name = url.drivername.partition("+")[0]
    if name == "sqlite" and url.database not in {None, "", ":memory:"}:
        return url.set(drivername="sqlite+pysqlite")
    if name not in {"postgresql", "postgres"}:
        raise SettingsInvalid(f"library.database: a path, sqlite:///PATH or postgresql://HOST/NAME, not {database}")
    if importlib.util.find_spec("psycopg") is None:
        raise SettingsInvalid("library.database: PostgreSQL needs its driver: pip install 'catwalk[postgres]'")
    return url.set(drivername="postgresql+psycopg")


def _folder_of(url: sql.URL) -> Path | None:
    """Where the file of the database lies; None for one that is elsewhere."""
    return Path(url.database).parent if url.database and url.get_backend_name() == "sqlite" else None


def _make_engine(url: sql.URL) -> sql.Engine:
    if url.get_backend_name() != "sqlite":
        return sql.create_engine(url, pool_pre_ping=True)
    engine = sql.create_engine(url, connect_args={"timeout": _BUSY_TIMEOUT_S, "check_same_thread": False})
    sql.event.listen(engine, "connect", _prepare_sqlite)
    sql.event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # sqlite3 would begin transactions by itself, late and of the wrong kind
    for pragma in _PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")
    # Its own folds ASCII alone, PostgreSQL's all letters.
    connection.create_function("lower", 1, lambda text: text and str(text).lower(), deterministic=True)


def _begin_sqlite(connection: sql.Connection) -> None:
    # A transaction that reads first and writes later fails at once when somebody else wrote in between, instead of
    # waiting for its turn.
    writes = connection.get_execution_options().get("writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def migration_config() -> Config:
    """Alembic's configuration; the connection goes in ``attributes``."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config


def find_revision(connection: sql.Connection) -> str | None:
    """Up to which migration the database has come; None for an empty one."""
    return MigrationContext.configure(connection).get_current_revision()


def newest_revision() -> str | None:
    """The migration that this program's tables have come to."""
    return ScriptDirectory.from_config(migration_config()).get_current_head()


def list_revisions() -> set[str]:
    """Every migration that this program knows."""
    return {script.revision for script in ScriptDirectory.from_config(migration_config()).walk_revisions()}


def migrate_to(connection: sql.Connection, revision: str) -> None:
    """Bring the tables up to a migration, or to ``head``, in the connection's own transaction."""
    config = migration_config()
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def _migrate(library: Library) -> None:
    newest = newest_revision()
    with library.engine.connect() as connection:
        found = find_revision(connection)
    if found == newest:
        return
    with library.engine.connect().execution_options(writes=True) as connection, connection.begin():
        if not library.is_sqlite:
            connection.execute(sql.select(sql.func.pg_advisory_xact_lock(_MIGRATION_LOCK)))
        found = find_revision(connection)  # somebody else may have been quicker
        if found is not None and found not in list_revisions():
            raise LibraryTooNew(
                f"the library was written by a newer catwalk (its tables are at {found!r}, this program knows "
                f"{newest!r} at most): upgrade catwalk, or point [library] database elsewhere"
            )
        migrate_to(connection, "head")
