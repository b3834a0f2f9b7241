"""An article and its script as one JSON document, as ``catwalk script --json`` prints it."""

from __future__ import annotations

from typing import Any

from catwalk.reader.article import Article, Block
from catwalk.reader.script import LedgerEntry, Line, Script


def article_to_json(article: Article, script: Script) -> dict[str, Any]:
    """The document; what a block does not have is left out of it."""
    return post_to_json(article) | script_to_json(script)


def post_to_json(article: Article) -> dict[str, Any]:
    """The part that the source decides."""
    return {
        "url": article.url,
        "title": article.title,
        "author": article.author,
        "published": article.published,
        "language": article.language,
        "site": article.site,
        "blocks": [_block_to_json(block) for block in article.blocks],
    }


def script_to_json(script: Script) -> dict[str, Any]:
    """The part that policy, lexicon and models decide."""
    document: dict[str, Any] = {
        "lines": [_line_to_json(line) for line in script.lines],
        "ledger": [_entry_to_json(entry) for entry in script.ledger],
    }
    if script.summary:
        document["summary"] = {"text": script.summary.text, "model": script.summary.model}
    return document


def _block_to_json(block: Block) -> dict[str, Any]:
    document: dict[str, Any] = {"id": block.id, "kind": block.kind.value, "text": block.text}
    optional = {
        "level": block.level,
        "language": block.language,
        "src": block.src,
        "alt": block.alt,
        "caption": block.caption,
        "items": [{"text": item.text, "depth": item.depth, "number": item.number} for item in block.items],
        "rows": [list(row) for row in block.rows],
        "note": block.note,
    }
    # An empty alternative text is kept: it says that the image is decorative.
    document.update((name, value) for name, value in optional.items() if value or (name == "alt" and value == ""))
    return document


def _line_to_json(line: Line) -> dict[str, Any]:
    return {
        "id": line.id,
        "kind": line.kind.value,
        "block": line.block,
        "text": line.text,
        "spoken": line.spoken,
        "pause_s": round(line.pause_s, 3),
    }


def _entry_to_json(entry: LedgerEntry) -> dict[str, Any]:
    document: dict[str, Any] = {"block": entry.block, "fate": entry.fate.value}
    if entry.reason:
        document["reason"] = entry.reason
    return document
