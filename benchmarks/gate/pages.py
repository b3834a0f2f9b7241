"""Extraction from the pages that this project wrote: ``tests/data/pages``, one of each engine's style."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from benchmarks.gate.coverage import Runs, count_in_order, split_words
from benchmarks.gate.tally import Tally
from catwalk.reader.article import Article, Block, BlockKind, extract
from catwalk.reader.fetch import HTML, Source

PAGES = Path(__file__).parents[2] / "tests" / "data" / "pages"
_REFERENCE = re.compile(r"\[\^[^\]]+\]")
_ENOUGH = 0.9
"""Share of an expected block's words that must be found for the block to count."""


def measure() -> Tally:
    """Extract every page and compare it with what is expected of it."""
    tally = Tally()
    for path in sorted(PAGES.glob("*.html")):
        expected = json.loads(path.with_suffix(".json").read_text("utf-8"))
        article = extract(Source(expected["url"], path.read_bytes(), HTML, None))
        _compare(article, expected, tally, path.stem)
    return tally


def _compare(article: Article, expected: dict[str, Any], tally: Tally, page: str) -> None:
    for kind, text, *language in expected["blocks"]:
        found = _find(kind, text, article.blocks)
        tally.add("block" if kind in {"text", "caption"} else kind, found, remark=f"{page}: {text[:100]}")
        if language:
            spoken_of = [block.language for block in article.blocks if _same_code(block, text)]
            tally.add("metadata", spoken_of == language, remark=f"{page}: language {language} {spoken_of}")
    for name in ("title", "author", "published"):
        if name in expected:
            value = str(getattr(article, name))
            good = value[:10] == expected[name] if name == "published" else value == expected[name]
            tally.add("metadata", good, remark=f"{page}: {name} {value!r}, not {expected[name]!r}")
    wanted = [text for kind, text, *_ in expected["blocks"] if kind not in {"image", "embed", "caption"}]
    words, ours = split_words(" ".join(wanted)), split_words(" ".join(block.text for block in article.blocks))
    tally.add("words", count_in_order(words, ours), len(words))
    _look_for_foreign(article, expected, tally, page)


def _look_for_foreign(article: Article, expected: dict[str, Any], tally: Tally, page: str) -> None:
    texts = [text for _, text, *_ in expected["blocks"]]
    runs = Runs([" ".join(texts), *expected.get("optional", ()), expected["title"]], 3)
    for block in article.blocks:
        for text in (block.text, block.caption or ""):
            words = split_words(_REFERENCE.sub(" ", text))
            n_own = round(len(words) * runs.cover(words))
            tally.add("own", n_own, len(words))
            if n_own < len(words):
                tally.remarks.append(f"own: {page}: {block.kind}: {text[:160]!r}")


def _find(kind: str, text: str, blocks: tuple[Block, ...]) -> bool:
    match kind:
        case "image" | "embed":
            return any(block.kind == kind and _bare(block.src) == _bare(text) for block in blocks)
        case "code":
            return any(_same_code(block, text) for block in blocks)
        case "math":
            return any("".join(block.text.split()) == "".join(text.split()) for block in blocks if block.kind == kind)
        case "table":
            cells = [split_words(cell) for cell in text.split("|")]
            return any([split_words(cell) for cell in row] == cells for block in blocks for row in block.rows)
        case "caption":
            texts = [block.caption or "" for block in blocks]
        case "text":
            texts = [block.text for block in blocks]
        case _:
            texts = [block.text for block in blocks if block.kind is BlockKind(kind)]
    return Runs(texts, 4).cover(split_words(text)) >= _ENOUGH


def _same_code(block: Block, text: str) -> bool:
    return block.kind is BlockKind.CODE and block.text.rstrip() == text


def _bare(url: str | None) -> str:
    return (url or "").partition("?")[0].partition("#")[0]
