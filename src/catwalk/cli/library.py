"""``backup`` and ``restore``."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from catwalk.library.database import Library

_N_SHOWN = 5


@contextlib.contextmanager
def opened() -> Iterator[Library]:
    """The library that the settings name, while a command runs."""
    from catwalk.library.database import open_library
    from catwalk.settings import read_settings

    settings = read_settings()
    library = open_library(settings.home, settings.library.database)
    try:
        yield library
    finally:
        library.close()


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def backup(file: Path) -> None:
    """Write the whole library into FILE, a tar archive; the server may run meanwhile.

    \b
    catwalk backup library.tar
    """
    from catwalk.library.backup import back_up

    with opened() as library:
        backed = back_up(library, file)
    print(f"{file}: {backed.n_rows} rows, {backed.n_files} files, {file.stat().st_size / 1e6:.1f} MB")
    for name in backed.missing[:_N_SHOWN]:
        print(f"{name} is named in the library, but is not there", file=sys.stderr)
    if backed.missing:
        print(f"{len(backed.missing)} files are missing in all; catwalk doctor says more", file=sys.stderr)


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--replace", is_flag=True, help="Replace the library that is there.")
def restore(file: Path, replace: bool) -> None:
    """Fill the library from FILE, whichever database it was backed up from.

    \b
    catwalk restore library.tar
    CATWALK_LIBRARY__DATABASE=postgresql:///catwalk catwalk restore library.tar
    """
    from catwalk.library import backup

    with opened() as library:
        backed = backup.restore(library, file, replace=replace)
    print(f"{backed.n_rows} rows, {backed.n_files} files")


COMMANDS = (backup, restore)
