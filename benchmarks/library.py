"""How fast a large library answers, on both databases, and whether memory stays flat while it is paged through.

10,000 articles with one episode each, 1,000,000 lines with a version each, half of them with a take. Every listing is
asked for at pages all over it; what is measured is the whole call, rows made into objects.

    python -m benchmarks.library [--articles 10000] [--lines 100] [--only sqlite|postgresql]
"""

from __future__ import annotations

import argparse
import contextlib
import random
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psutil
import sqlalchemy as sql
from sqlalchemy.orm import Session

from benchmarks.measurement import describe_machine, print_table, quantile, write_result
from benchmarks.postgresql import running_postgresql
from catwalk.library.adoption import ScriptLine, adopt_script
from catwalk.library.articles import list_article_versions, list_articles
from catwalk.library.backup import back_up, restore
from catwalk.library.database import Library, open_library
from catwalk.library.editing import Change, edit_lines, undo
from catwalk.library.episodes import count_lines, list_episodes, list_renders
from catwalk.library.lines import find_lines, list_line_versions, list_lines, list_lines_to_speak, list_takes
from catwalk.library.paging import Page
from catwalk.library.ranks import spread
from catwalk.library.shows import list_shows
from catwalk.library.tables import (
    Article,
    ArticleVersion,
    Episode,
    EpisodeState,
    Line,
    LineVersion,
    Origin,
    Render,
    Show,
    ShowKind,
    Take,
)

START = datetime(2026, 1, 1, tzinfo=UTC)
N_SHOWS = 200
N_CALLS = 200
N_RARE = 20
"""Lines that have the rare word."""

LIMIT_MS = 100.0
_STATES = [EpisodeState.READY] * 8 + [EpisodeState.WAITING, EpisodeState.FAILED]
_VERDICT = {
    "accepted": True,
    "wer": 0.0,
    "missing": [],
    "extra": [],
    "heard": "as it was said",
    "reasons": [],
    "score": 1,
}


def write_words(seed: int = 1) -> list[str]:
    """A vocabulary of 20,000 words that are nobody's."""
    choice = random.Random(seed)
    parts = ["ba", "ce", "di", "fo", "gu", "ha", "ki", "lo", "mu", "ne", "pi", "ra", "so", "tu", "ve", "zo"]
    return sorted({"".join(choice.choices(parts, k=choice.randint(2, 5))) for _ in range(40_000)})[:20_000]


def fill(library: Library, n_articles: int, n_lines: int) -> None:
    """A library of that size; rows are written in bulk, as a restored backup's are."""
    choice, words = random.Random(2), write_words()
    weights = [1 / rank for rank in range(1, len(words) + 1)]  # Zipf's law
    every = max(1, n_articles * n_lines // N_RARE)
    with library.write() as session:
        session.execute(sql.insert(Show), [_show(number) for number in range(1, N_SHOWS + 1)])
    for first in range(1, n_articles + 1, 500):
        ids = range(first, min(first + 500, n_articles + 1))
        with library.write() as session:
            session.execute(sql.insert(Article), [_article(number) for number in ids])
            session.execute(sql.insert(ArticleVersion), [_article_version(number) for number in ids])
            session.execute(sql.insert(Episode), [_episode(number) for number in ids])
            session.execute(sql.insert(Render), [_render(number) for number in ids])
            numbers = range((ids[0] - 1) * n_lines + 1, ids[-1] * n_lines + 1)
            ranks = spread(None, None, n_lines)
            session.execute(sql.insert(Line), [_line(number, n_lines, ranks) for number in numbers])
            drawn = iter(choice.choices(words, weights, k=14 * len(numbers)))
            texts = [
                " ".join(next(drawn) for _ in range(14)) + (" Kubectl." if n % every == 0 else ".") for n in numbers
            ]
            session.execute(
                sql.insert(LineVersion), [_version(number, text) for number, text in zip(numbers, texts, strict=True)]
            )
            session.execute(sql.insert(Take), [_take(number) for number in numbers if number % 2 == 0])
    if not library.is_sqlite:
        _catch_up(library)


def _catch_up(library: Library) -> None:
    """What a PostgreSQL that has lived for a while has done by itself: ids counted on, statistics, indexes tidied."""
    with library.write() as session:
        for table in (Show, Article, ArticleVersion, Episode, Render, Line, LineVersion, Take):
            sequence = sql.func.pg_get_serial_sequence(table.__tablename__, "id")
            session.execute(sql.select(sql.func.setval(sequence, sql.func.max(table.id))))
    with library.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(sql.text("VACUUM ANALYZE"))


def _show(number: int) -> dict[str, Any]:
    return {
        "id": number,
        "slug": f"show-{number:04}",
        "kind": ShowKind.BLOG,
        "title": f"Show {number}",
        "created_at": START,
        "changed_at": START,
    }


def _article(number: int) -> dict[str, Any]:
    moment = START + timedelta(hours=number)
    url = f"https://blog-{number % N_SHOWS}.test/posts/{number}"
    return {
        "id": number, "url": url, "title": f"Post {number}", "published": moment, "version_id": number,
        "created_at": moment,
    }  # fmt: skip


def _article_version(number: int) -> dict[str, Any]:
    document = {
        "title": f"Post {number}",
        "blocks": [{"id": f"b{block}", "text": "words " * 40} for block in range(20)],
    }
    return {"id": number, "article_id": number, "digest": f"{number:064}", "document": document, "fetched_at": START}


def _episode(number: int) -> dict[str, Any]:
    moment = START + timedelta(hours=number)
    return {
        "id": number, "show_id": number % N_SHOWS + 1, "article_id": number, "guid": f"guid-{number}",
        "title": f"Post {number} about {'Tea' if number % 100 == 0 else 'cats'}", "state": _STATES[number % 10],
        "published": moment, "render_id": number, "revision": 1, "created_at": moment, "changed_at": moment,
    }  # fmt: skip


def _render(number: int) -> dict[str, Any]:
    return {
        "id": number, "episode_id": number, "audio": f"{number:064}.mp3", "duration_s": 600.0, "n_bytes": 9_600_000,
        "made_of": [[line, line, line] for line in range(100)], "made_at": START,
    }  # fmt: skip


def _line(number: int, n_lines: int, ranks: list[str]) -> dict[str, Any]:
    place = (number - 1) % n_lines
    return {
        "id": number, "episode_id": (number - 1) // n_lines + 1, "rank": ranks[place], "version_id": number,
        "take_id": number if number % 2 == 0 else None, "scripted_id": number, "place": place,
        "block": f"b{place // 5}",
    }  # fmt: skip


def _version(number: int, text: str) -> dict[str, Any]:
    return {
        "id": number, "line_id": number, "kind": "prose", "text": text.capitalize(), "spoken": text.capitalize(),
        "pause_s": 0.3, "made_at": START,
    }  # fmt: skip


def _take(number: int) -> dict[str, Any]:
    return {
        "id": number, "line_id": number, "version_id": number, "audio": f"{number:064}.flac", "duration_s": 4.0,
        "words": [[f"word{n}", n * 0.3, n * 0.3 + 0.3] for n in range(14)], "verdict": _VERDICT,
        "accepted": number % 50 != 0, "origin": Origin.VOICE, "model": "hibari", "voice": "heart", "speed": 1.0,
        "made_at": START,
    }  # fmt: skip


Listing = Callable[[Session, str | None], Page[Any]]


def list_listings(choice: random.Random, n_articles: int, n_lines: int) -> dict[str, Callable[[], Listing]]:
    """Every listing; each call of the maker picks another show, episode or line."""

    def of(listing: Callable[..., Page[Any]], n: int) -> Callable[[], Listing]:
        def pick() -> Listing:
            one = choice.randint(1, n)
            return lambda session, after: listing(session, one, after=after)

        return pick

    def all_of(listing: Callable[..., Page[Any]], **wanted: Any) -> Callable[[], Listing]:
        return lambda: lambda session, after: listing(session, after=after, **wanted)

    n_all = n_articles * n_lines
    return {
        "shows": all_of(list_shows),
        "articles": all_of(list_articles),
        "versions of an article": of(list_article_versions, n_articles),
        "episodes": all_of(list_episodes),
        "episodes of a show": of(lambda session, one, after: list_episodes(session, show_id=one, after=after), N_SHOWS),
        "episodes in a state": all_of(list_episodes, state=EpisodeState.FAILED),
        "episodes by title": all_of(list_episodes, title="tea"),
        "episodes by a title that none has": all_of(list_episodes, title="milk"),
        "lines of an episode": of(list_lines, n_articles),
        "flagged lines of an episode": of(
            lambda session, one, after: list_lines(session, one, flagged=True, after=after), n_articles
        ),
        "lines to speak": of(list_lines_to_speak, n_articles),
        "versions of a line": of(list_line_versions, n_all),
        "takes of a line": of(list_takes, n_all),
        "files of an episode": of(list_renders, n_articles),
    }


def time_listing(library: Library, pick: Callable[[], Listing]) -> list[float]:
    """Milliseconds of calls at pages all over the listing."""
    took_ms, after, listing = [], None, pick()
    for _ in range(N_CALLS):
        started_s = time.perf_counter()
        with library.read() as session:
            page = listing(session, after)
        took_ms.append((time.perf_counter() - started_s) * 1000)
        after = page.next
        if after is None:
            listing = pick()
    return took_ms


def time_calls(call: Callable[[], object], n: int = N_CALLS) -> list[float]:
    """Milliseconds of so many calls."""
    took_ms = []
    for _ in range(n):
        started_s = time.perf_counter()
        call()
        took_ms.append((time.perf_counter() - started_s) * 1000)
    return took_ms


def time_searches(library: Library, words: list[str]) -> dict[str, list[float]]:
    """Milliseconds of searches for words that few, some and nearly all lines have."""

    def search(word: str, n: int, **where: Any) -> list[float]:
        def once() -> None:
            with library.read() as session:
                find_lines(session, word, **where)

        return time_calls(once, n)

    return {
        f"a word of {N_RARE} lines": search("kubectl", 50),
        "a word of some 100 lines": search(words[9_999], 50),
        "a word of nearly all lines": search(words[0], 50),
        f"a word of {N_RARE} lines, in a show": search("kubectl", 50, show_id=7),
        "a word of nearly all lines, in a show": search(words[0], 20, show_id=7),
        "a word that no line has": search("zyzzyva", 50),
        "a sign, without the index": search("→", 3),
    }


def time_writes(library: Library, n_articles: int) -> dict[str, list[float]]:
    """Milliseconds of what a person does, each in a transaction of its own."""
    choice = random.Random(4)

    def edit_and_undo() -> None:
        episode_id = choice.randint(1, n_articles)
        with library.write() as session:
            episode = session.get_one(Episode, episode_id)
            line = list_lines(session, episode_id, limit=1).items[0].line
            change = {line.id: Change("Another text.", "Another text.")}
            edited = edit_lines(session, episode_id, change, revision=episode.revision)
        with library.write() as session:
            undo(session, episode_id, revision=edited.revision)

    def adopt() -> None:
        episode_id = choice.randint(1, n_articles)
        with library.write() as session:
            revision = session.get_one(Episode, episode_id).revision
            rows = list_lines(session, episode_id, limit=500).items
            lines = [ScriptLine("prose", row.version.text, row.version.spoken, 0.3, row.line.block) for row in rows]
            lines[10:12] = [ScriptLine("prose", "A changed line.", "A changed line.", 0.3)]
            adopt_script(session, episode_id, None, lines, revision=revision)

    def count_some() -> None:
        with library.read() as session:
            count_lines(session, [choice.randint(1, n_articles) for _ in range(20)])

    return {
        "an edit and its undo": time_calls(edit_and_undo, 50),
        "a script of 100 lines, one changed": time_calls(adopt, 20),
        "counts of 20 episodes": time_calls(count_some, 50),
    }


def page_through(library: Library) -> dict[str, Any]:
    """Read every line of every episode, page by page; by how much the process grows from a tenth of the way on."""
    process, rss, n_rows = psutil.Process(), list[float](), 0
    started_s = time.perf_counter()
    after = None
    while True:
        with library.read() as session:
            page = list_episodes(session, after=after, limit=100)
        for episode in page.items:
            with library.read() as session:
                n_rows += len(list_lines(session, episode.id, limit=500).items)
        rss.append(process.memory_info().rss / 1e6)
        after = page.next
        if after is None:
            break
    return {
        "rows": n_rows,
        "seconds": round(time.perf_counter() - started_s, 1),
        "grown_mb": round(max(rss[len(rss) // 10 :]) - rss[len(rss) // 10], 1),
        "rss_mb": round(rss[-1], 1),
    }


def measure(library: Library, n_articles: int, n_lines: int) -> dict[str, Any]:
    """All of it, on one database."""
    started_s = time.perf_counter()
    fill(library, n_articles, n_lines)
    filled_s = time.perf_counter() - started_s
    choice = random.Random(3)
    listings = list_listings(choice, n_articles, n_lines)
    took = {name: time_listing(library, pick) for name, pick in listings.items()}
    searched = time_searches(library, write_words())
    paged = page_through(library)
    written = time_writes(library, n_articles)
    size_mb = round(_size_bytes(library) / 1e6)
    return {
        "listings": {name: _sum_up(values) for name, values in took.items()},
        "searches": {name: _sum_up(values) for name, values in searched.items()},
        "writes": {name: _sum_up(values) for name, values in written.items()},
        "paging": paged,
        "filled_s": round(filled_s, 1),
        "size_mb": size_mb,
        "backup": time_backup(library),
    }


def time_backup(library: Library) -> dict[str, Any]:
    """Seconds that all rows take into a file and back from it; there are no blobs."""
    file = library.home / "backup.tar"
    started_s = time.perf_counter()
    backed = back_up(library, file)
    backed_s = time.perf_counter() - started_s
    started_s = time.perf_counter()
    restore(library, file, replace=True)
    restored_s = time.perf_counter() - started_s
    return {
        "rows": backed.n_rows,
        "backup_s": round(backed_s, 1),
        "restore_s": round(restored_s, 1),
        "file_mb": round(file.stat().st_size / 1e6),
    }


def _side_by_side(results: dict[str, Any], kind: str, name: str) -> dict[str, float]:
    return {
        f"{database} {key}": value for database, result in results.items() for key, value in result[kind][name].items()
    }


def _sum_up(took_ms: list[float]) -> dict[str, float]:
    return {"p50_ms": round(quantile(took_ms, 0.5), 2), "p95_ms": round(quantile(took_ms, 0.95), 2)}


def _size_bytes(library: Library) -> int:
    if library.is_sqlite:
        return (library.home / "library.sqlite").stat().st_size
    with library.read() as session:
        return int(session.scalar(sql.text("SELECT pg_database_size(current_database())")) or 0)


@contextlib.contextmanager
def opened(database: str) -> Iterator[Library]:
    """An empty library on one of the two databases."""
    with contextlib.ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="catwalk-bench-")))
        url = stack.enter_context(running_postgresql("shared_buffers=128MB")) if database == "postgresql" else None
        library = open_library(home, url)
        stack.callback(library.close)
        yield library


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=10_000)
    parser.add_argument("--lines", type=int, default=100, help="of each article")
    parser.add_argument("--only", choices=["sqlite", "postgresql"])
    wanted = parser.parse_args()
    machine, results = describe_machine(), {}
    for database in [wanted.only] if wanted.only else ["sqlite", "postgresql"]:
        with opened(database) as library:
            results[database] = measure(library, wanted.articles, wanted.lines)
    for kind in ("listings", "searches", "writes"):
        names = list(next(iter(results.values()))[kind])
        print_table([{kind: name} | _side_by_side(results, kind, name) for name in names])
        print()
    print_table([{"database": database} | result["paging"] for database, result in results.items()])
    print()
    print_table([{"database": database} | result["backup"] for database, result in results.items()])
    slow = [
        f"{database}: {name}"
        for database, result in results.items()
        for name, took in result["listings"].items()
        if took["p95_ms"] > LIMIT_MS
    ]
    print(f"\nlistings above {LIMIT_MS:.0f} ms: {', '.join(slow) or 'none'}")
    size = {"articles": wanted.articles, "lines": wanted.articles * wanted.lines}
    write_result("library", {"machine": machine, **size, **results})


if __name__ == "__main__":
    main()
