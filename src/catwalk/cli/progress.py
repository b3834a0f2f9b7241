"""Progress bars on stderr: what is done, of how much, and the time left."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from catwalk.reader.narrator import Advance

_PLAIN_EVERY = 20


@contextmanager
def show_progress(title: str) -> Iterator[Advance]:
    """Something to report to while lines are spoken and checked; on a pipe, a plain line now and then."""
    if not sys.stderr.isatty():
        yield _report_plainly
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description}", table_column=None),
        BarColumn(bar_width=30),
        MofNCompleteColumn(),
        TextColumn("{task.fields[flagged]} flagged"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=False) as progress:
        bar = progress.add_task(title[:40], total=None, flagged=0)

        def advance(done: int, total: int, flagged: int) -> None:
            progress.update(bar, completed=done, total=total, flagged=flagged)

        yield advance


def _report_plainly(done: int, total: int, flagged: int) -> None:
    if done == total or done % _PLAIN_EVERY == 0:
        print(f"{done} of {total} lines, {flagged} flagged", file=sys.stderr)


@contextmanager
def count_progress(title: str, unit: str) -> Iterator[Callable[[int, int], None]]:
    """Something to report to while things of a kind are done one by one; on a pipe, a plain line now and then."""
    if not sys.stderr.isatty():

        def say(done: int, total: int) -> None:
            if done == total or (done and done % _PLAIN_EVERY == 0):
                print(f"{done} of {total} {unit}", file=sys.stderr)

        yield say
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (TextColumn("{task.description}"), BarColumn(bar_width=30), MofNCompleteColumn(), TextColumn(unit))
    with Progress(*columns, TimeElapsedColumn(), TimeRemainingColumn(), console=Console(stderr=True)) as progress:
        bar = progress.add_task(title[:40], total=None)

        def advance(done: int, total: int) -> None:
            progress.update(bar, completed=done, total=total)

        yield advance
