"""A whole library in one file, and back: the same file for both databases, so that it also moves from one to the other.

The file is a tar archive: ``library.json`` (what wrote it, and how many rows there are), one ``tables/NAME.jsonl`` a
table (the first line names the columns, each further one is a row), and the files of the data folder that belong to the
library: blobs, kept takes, kept descriptions.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import itertools
import json
import re
import tarfile
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import IO, Any

import sqlalchemy as sql
from sqlalchemy.orm import Session

from catwalk import __version__
from catwalk.disk import describe_lack, lacks_room
from catwalk.errors import AlreadyInLibrary, BackupRefused
from catwalk.library.collection import list_cached, list_named
from catwalk.library.database import Library, list_revisions, migrate_to, newest_revision
from catwalk.library.tables import Base

_MANIFEST = "library.json"
_KIND = "catwalk library"
_BATCH = 2_000
_RECORDS = ("takes", "paces", "descriptions")
_MEMBER = re.compile(
    r"blobs/[0-9a-f]{2}/[0-9a-f]{64}(\.[a-z0-9]+)*|(takes|paces|descriptions)/[0-9a-f]{2}/[0-9a-f]{64}\.json"
)
_TABLES = {table.name: table for table in Base.metadata.sorted_tables}
"""In an order in which rows can be inserted."""

RowsOf = Callable[[sql.Table], Iterator[list[dict[str, Any]]]]
"""Gives the rows of a table, some at a time."""


@dataclass(frozen=True, slots=True)
class Backed:
    """What was put into a backup, or taken out of one."""

    n_rows: int
    n_files: int
    missing: tuple[str, ...] = ()
    """Blobs that the library names and does not have."""


def back_up(library: Library, target: Path) -> Backed:
    """Write the library into one file, as it is at one moment, while others go on reading and writing.

    The file appears under its name once it is complete.

    Raises:
        BackupRefused: the file cannot be written.
        DiskFull: there is no room for it.
    """
    try:
        with tempfile.TemporaryDirectory(prefix=".backup-", dir=_made(target.parent)) as folder:
            making = Path(folder) / "backup.tar"
            with tarfile.open(making, "w") as archive, library.read() as session:
                backed = _write(archive, library, session, Path(folder))
            making.replace(target)
    except OSError as error:
        if lacks_room(error):
            raise describe_lack(target.parent) from error
        raise BackupRefused(f"{target} cannot be written: {error}") from error
    return backed


def _write(archive: tarfile.TarFile, library: Library, session: Session, folder: Path) -> Backed:
    spools = {name: folder / f"{name}.jsonl" for name in _TABLES}
    counts = {name: _dump(session, table, spools[name]) for name, table in _TABLES.items()}
    manifest = {"kind": _KIND, "catwalk": __version__, "revision": newest_revision(), "rows": counts}
    content = json.dumps(manifest).encode()
    about = tarfile.TarInfo(_MANIFEST)
    about.size, about.mtime = len(content), int(library.clock().timestamp())
    archive.addfile(about, io.BytesIO(content))
    for name, spool in spools.items():
        archive.add(spool, f"tables/{name}.jsonl")
        spool.unlink()
    names = {*list_named(session), *list_cached(library.home)}
    missing = tuple(name for name in sorted(names) if not _add(archive, library.blobs.path(name), library.home))
    records = [path for kind in _RECORDS for path in sorted((library.home / kind).glob("*/*.json"))]
    n_records = sum(_add(archive, path, library.home) for path in records)
    return Backed(sum(counts.values()), len(names) - len(missing) + n_records, missing)


def _add(archive: tarfile.TarFile, path: Path, home: Path) -> bool:
    try:
        archive.add(path, str(path.relative_to(home)), recursive=False)
    except FileNotFoundError:
        return False
    return True


def _dump(session: Session, table: sql.Table, spool: Path) -> int:
    n_rows = 0
    with spool.open("w", encoding="utf-8") as file:
        file.write(json.dumps([column.name for column in table.columns]) + "\n")
        ordered = sql.select(table).order_by(*table.primary_key)
        for row in session.execute(ordered.execution_options(yield_per=_BATCH)):
            file.write(json.dumps(tuple(row), default=_to_json, ensure_ascii=True, separators=(",", ":")) + "\n")
            n_rows += 1
    return n_rows


def _to_json(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"no column holds a {type(value).__name__}")


def restore(library: Library, source: Path, *, replace: bool = False) -> Backed:
    """Fill a library from a backup, whichever database that came from; rows of older tables are brought up to date.

    Rows come to be all at once, and after all files; when anything fails, the library is what it was.

    Args:
        library: An open one; others may read it meanwhile, and see the new one after.
        source: What :func:`back_up` wrote.
        replace: Whether a library that has something in it is replaced.

    Raises:
        BackupRefused: the file is no backup or is damaged, a newer program wrote it, or something is in the library.
        DiskFull: there is no room for it.
    """
    if not replace and not _is_empty(library):
        raise BackupRefused("something is in the library already; say --replace to have it replaced")
    try:
        with tarfile.open(source, "r:") as archive:
            revision, counts = _read_manifest(archive)
            n_files = _extract(archive, library.home)
            with _taking_rows(archive, revision, counts, library.home) as rows_of, library.write() as session:
                n_rows = _fill(session, rows_of)
    except (
        tarfile.TarError,
        KeyError,
        ValueError,
        TypeError,
        EOFError,
        AlreadyInLibrary,
        sql.exc.IntegrityError,
    ) as error:
        raise BackupRefused(f"{source} is damaged, or no backup of a library: {error}") from error
    except OSError as error:
        if lacks_room(error):
            raise describe_lack(library.home) from error
        raise BackupRefused(f"{source} cannot be restored: {error}") from error
    return Backed(n_rows, n_files)


def _is_empty(library: Library) -> bool:
    with library.read() as session:
        return all(session.execute(sql.select(table).limit(1)).first() is None for table in _TABLES.values())


def _open(archive: tarfile.TarFile, name: str) -> IO[bytes]:
    file = archive.extractfile(name)
    if file is None:
        raise ValueError(f"{name} is no file")
    return file


def _read_manifest(archive: tarfile.TarFile) -> tuple[str, dict[str, int]]:
    """What revision the tables are at, and how many rows each has."""
    manifest = json.load(_open(archive, _MANIFEST))
    if manifest["kind"] != _KIND:
        raise ValueError(f"it is a {manifest['kind']!r}")
    revision = manifest["revision"]
    if revision not in list_revisions():
        raise BackupRefused(
            f"catwalk {manifest['catwalk']} wrote this backup with tables at {revision!r}; this one knows "
            f"{newest_revision()!r} at most: upgrade catwalk, then restore it"
        )
    return str(revision), {str(name): int(n_rows) for name, n_rows in manifest["rows"].items()}


def _extract(archive: tarfile.TarFile, home: Path) -> int:
    """Take the files out, each checked; damaged ones are healed in this way."""
    n_files = 0
    with tempfile.TemporaryDirectory(prefix=".restore-", dir=_made(home)) as folder:
        for member in archive:
            if member.name == _MANIFEST or member.name.startswith("tables/"):
                continue
            if not member.isreg() or not _MEMBER.fullmatch(member.name):
                raise ValueError(f"it holds {member.name!r}")
            name = PurePosixPath(member.name).name
            taken = Path(folder) / name
            with taken.open("wb") as file:
                for piece in iter(_reader(_open(archive, member.name)), b""):
                    file.write(piece)
            if member.name.startswith("blobs/"):
                _check(taken, name)
            taken.replace(_made((home / member.name).parent) / name)
            n_files += 1
    return n_files


def _check(path: Path, name: str) -> None:
    with path.open("rb") as file:
        if hashlib.file_digest(file, "sha256").hexdigest() != name.partition(".")[0]:
            raise ValueError(f"{name} is not what its name says")


def _reader(file: IO[bytes]) -> Any:
    return lambda: file.read(1 << 20)


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _fill(session: Session, rows_of: RowsOf) -> int:
    for table in reversed(_TABLES.values()):
        session.execute(sql.delete(table))
    n_rows = 0
    for name, table in _TABLES.items():
        n_before = n_rows
        for rows in rows_of(table):
            session.execute(sql.insert(table), rows)
            n_rows += len(rows)
        if session.get_bind().dialect.name == "postgresql" and "id" in table.columns and n_rows > n_before:
            newest = sql.select(sql.func.max(table.c.id)).scalar_subquery()
            session.execute(sql.select(sql.func.setval(sql.func.pg_get_serial_sequence(name, "id"), newest)))
    return n_rows


@contextlib.contextmanager
def _taking_rows(archive: tarfile.TarFile, revision: str, counts: Mapping[str, int], home: Path) -> Iterator[RowsOf]:
    """What reads the rows of a table, as the table is now; rows of older tables go through the migrations first."""
    if revision == newest_revision():
        yield lambda table: _read_rows(archive, table, counts[table.name])
        return
    with tempfile.TemporaryDirectory(prefix=".restore-", dir=home) as folder:
        engine = sql.create_engine(f"sqlite:///{Path(folder) / 'migrated.sqlite'}")
        try:
            with engine.begin() as connection:
                migrate_to(connection, revision)
                _fill_older(connection, archive, counts)
                migrate_to(connection, "head")
            with engine.connect() as connection:
                yield lambda table: _select_rows(connection, table)
        finally:
            engine.dispose()


def _fill_older(connection: sql.Connection, archive: tarfile.TarFile, counts: Mapping[str, int]) -> None:
    older = sql.MetaData()
    older.reflect(connection, only=list(counts))
    for table in older.sorted_tables:
        for rows in _read_rows(archive, table, counts[table.name]):
            connection.execute(sql.insert(table), rows)


def _select_rows(connection: sql.Connection, table: sql.Table) -> Iterator[list[dict[str, Any]]]:
    found = connection.execute(sql.select(table).execution_options(yield_per=_BATCH))
    for rows in found.mappings().partitions():
        yield [dict(row) for row in rows]


def _read_rows(archive: tarfile.TarFile, table: sql.Table, n_expected: int) -> Iterator[list[dict[str, Any]]]:
    file = _open(archive, f"tables/{table.name}.jsonl")
    names = json.loads(file.readline())
    moments = {name for name in names if table.columns[name].type.python_type is datetime}
    n_rows = 0
    while lines := list(itertools.islice(file, _BATCH)):
        batch = [dict(zip(names, json.loads(line), strict=True)) for line in lines]
        for row, name in itertools.product(batch, moments):
            # In UTC, because SQLite's own type of a reflected table drops the zone.
            row[name] = row[name] and datetime.fromisoformat(row[name]).astimezone(UTC)
        n_rows += len(batch)
        yield batch
    if n_rows != n_expected:
        raise ValueError(f"{n_rows} rows of {table.name} instead of {n_expected}")
