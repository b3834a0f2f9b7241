"""Which words that stand in pictures a model reads, beside what a person read in them.

    python -m benchmarks.ocr FOLDER EXPECTED.json [--model ocr]

EXPECTED.json has, by path within FOLDER, all that is written in a picture, in any order: ``{"a.png": "Tea at five"}``.
A word is a run of letters, digits and underscores, whatever their case; each counts as often as it stands there. Words
that were read and do not stand there are the extra ones.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.measurement import describe_machine, own_home, print_table, running_server, write_result
from catwalk.client import Client
from catwalk.picture import inspect_picture

_WORD = re.compile(r"\w+")


def count_words(text: str) -> Counter[str]:
    """Every word, and how often it stands there."""
    return Counter(word.casefold() for word in _WORD.findall(text))


def compare_words(expected: str, read: str) -> dict[str, Any]:
    """How many of the expected words were read, which were not, and how many were read beside them."""
    wanted, got = count_words(expected), count_words(read)
    n_words, missed, extra = wanted.total(), wanted - got, got - wanted
    n_read = n_words - missed.total()
    return {
        "words": n_words,
        "read": n_read,
        "share": round(n_read / n_words, 3) if n_words else 1.0,
        "extra": extra.total(),
        "missed": " ".join(sorted(missed.elements())),
        "instead": " ".join(sorted(extra.elements())),
    }


async def _read_all(url: str, folder: Path, expected: Mapping[str, str], model: str) -> list[dict[str, Any]]:
    rows = []
    async with Client(url) as client:
        for path, text in expected.items():
            picture = (folder / path).read_bytes()
            started_s = time.monotonic()
            read = await client.caption(picture, model=model)
            took_s = time.monotonic() - started_s
            facts = inspect_picture(picture)
            pixels = f"{facts.width} x {facts.height}"
            rows.append({"picture": path, "pixels": pixels, **compare_words(text, read), "took_s": round(took_s, 1)})
    return rows


def main() -> None:
    """Read, compare, print and write down."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ocr")
    parser.add_argument("folder", type=Path)
    parser.add_argument("expected", type=Path)
    parser.add_argument("--model", default="ocr")
    wanted = parser.parse_args()
    expected = json.loads(wanted.expected.read_text("utf-8"))
    machine = describe_machine()
    with own_home() as home, running_server(home, preload=(wanted.model,)) as url:
        rows = asyncio.run(_read_all(url, wanted.folder, expected, wanted.model))
    for row in rows:
        print(f"{row['picture']}: missed {row.pop('missed') or 'nothing'} | instead {row.pop('instead') or 'nothing'}")
    n_words, n_read = (sum(row[column] for row in rows) for column in ("words", "read"))
    whole = {"words": n_words, "read": n_read, "share": round(n_read / n_words, 3)}
    n_extra = sum(row["extra"] for row in rows)
    print_table([*rows, {"picture": "all", "pixels": "", **whole, "extra": n_extra, "took_s": ""}])
    for row in rows:
        del row["picture"]  # whose they are need not be in the result
    write_result("ocr", {"machine": machine, "model": wanted.model, **whole, "extra": n_extra, "pictures": rows})


if __name__ == "__main__":
    main()
