"""A PostgreSQL server of one's own, from the distribution's packages: for measuring and for the tests."""

from __future__ import annotations

import contextlib
import getpass
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

# What is thrown away afterwards needs no care on disk.
_OPTIONS = ("listen_addresses=", "fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_wal_size=4GB")


def find_binaries() -> Path | None:
    """Where ``initdb`` and ``pg_ctl`` are, the newest of several; None where they are not installed."""
    places = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name), reverse=True)
    on_path = shutil.which("initdb")
    return next((place for place in (*places, *([Path(on_path).parent] if on_path else []))), None)


@contextlib.contextmanager
def running_postgresql(*options: str) -> Iterator[str]:
    """A server in a temporary folder, on a socket there; yields the address of its empty database.

    Args:
        options: Settings of the server, such as ``shared_buffers=256MB``.

    Raises:
        FileNotFoundError: PostgreSQL is not installed.
        subprocess.CalledProcessError: it does not start.
    """
    binaries = find_binaries()
    if binaries is None:
        raise FileNotFoundError("PostgreSQL's initdb is not here; Debian has it in the package postgresql")
    folder = Path(tempfile.mkdtemp(prefix="catwalk-pg-", dir="/tmp"))  # a socket's path must be short
    user = "postgres" if os.geteuid() == 0 else getpass.getuser()
    if os.geteuid() == 0:  # its programs refuse to run as root
        owner = pwd.getpwnam(user)
        os.chown(folder, owner.pw_uid, owner.pw_gid)
    data = folder / "data"
    settings = [f"unix_socket_directories={folder}", *_OPTIONS, *options]

    def run(program: str, *arguments: str) -> None:
        before = ["setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups"] if os.geteuid() == 0 else []
        with (folder / f"{program}.log").open("wb") as said:
            subprocess.run([*before, binaries / program, *arguments], check=True, cwd=folder, stdout=said, stderr=said)

    try:
        run("initdb", "-D", str(data), "-U", "catwalk", "--auth=trust", "--no-sync", "-E", "UTF8", "--locale=C.UTF-8")
        run(
            "pg_ctl",
            "-D",
            str(data),
            "-w",
            "-l",
            str(data / "log"),
            "-o",
            " ".join(f"-c {each}" for each in settings),
            "start",
        )
        try:
            yield f"postgresql://catwalk@/postgres?host={folder}"
        finally:
            run("pg_ctl", "-D", str(data), "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
