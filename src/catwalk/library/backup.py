"""A whole library in one file, and back: the same file for both databases, so that it also moves from one to the other.

The file is a tar archive: ``library.json`` (what wrote it, and how many rows there are), one ``tables/NAME.jsonl`` a
table (the first line names the columns, each further one is a row), and the files of the data folder that belong to the
library: blobs, kept takes, kept descriptions.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import tarfile
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import IO, Any

import sqlalchemy as sql
from sqlalchemy.orm import Session

from catwalk import __version__
from catwalk.disk import describe_lack, lacks_room
from catwalk.errors import AlreadyInLibrary, BackupRefused
from catwalk.library.collection import list_cached, list_named
from catwalk.library.database import Library, newest_revision
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
    """Fill a library from a backup, whichever database that came from.

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
            counts = _read_manifest(archive)
            n_files = _extract(archive, library.home)
            with library.write() as session:
                n_rows = _fill(session, archive, counts)
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


def _read_manifest(archive: tarfile.TarFile) -> dict[str, int]:
    manifest = json.load(_open(archive, _MANIFEST))
    if manifest["kind"] != _KIND:
        raise ValueError(f"it is a {manifest['kind']!r}")
    if manifest["revision"] != newest_revision():
        raise BackupRefused(
            f"catwalk {manifest['catwalk']} wrote this backup with tables at {manifest['revision']!r}; this one knows "
            f"{newest_revision()!r}: restore it with that catwalk, then upgrade"
        )
    return {name: int(manifest["rows"][name]) for name in _TABLES}


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


def _fill(session: Session, archive: tarfile.TarFile, counts: dict[str, int]) -> int:
    for table in reversed(_TABLES.values()):
        session.execute(sql.delete(table))
    for name, table in _TABLES.items():
        n_rows = 0
        for rows in _read_rows(_open(archive, f"tables/{name}.jsonl"), table):
            session.execute(sql.insert(table), rows)
            n_rows += len(rows)
        if n_rows != counts[name]:
            raise ValueError(f"{n_rows} rows of {name} instead of {counts[name]}")
        if session.get_bind().dialect.name == "postgresql" and "id" in table.columns and n_rows:
            newest = sql.select(sql.func.max(table.c.id)).scalar_subquery()
            session.execute(sql.select(sql.func.setval(sql.func.pg_get_serial_sequence(name, "id"), newest)))
    return sum(counts.values())


def _read_rows(file: IO[bytes], table: sql.Table) -> Iterator[list[dict[str, Any]]]:
    names = json.loads(file.readline())
    moments = {name for name in names if table.columns[name].type.python_type is datetime}
    batch: list[dict[str, Any]] = []
    for line in file:
        row = dict(zip(names, json.loads(line), strict=True))
        for name in moments:
            row[name] = row[name] and datetime.fromisoformat(row[name])
        batch.append(row)
        if len(batch) == _BATCH:
            yield batch
            batch = []
    if batch:
        yield batch
