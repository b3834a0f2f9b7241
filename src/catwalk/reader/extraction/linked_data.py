"""What a page says of itself in JSON-LD."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from typing import Any

from lxml.etree import _Element as Element

from catwalk.reader.extraction.inline import fold, text_of

_ARTICLES = re.compile(
    r"Article|BlogPosting|Posting$|Report$|Review$|Chapter$|Question$|CreativeWork$|Recipe$|HowTo$|Story$"
)
_MAX_NODES = 2000


@dataclass(slots=True)
class Facts:
    """What JSON-LD says of a page."""

    title: str | None = None
    authors: tuple[str, ...] = ()
    published: str | None = None
    modified: str | None = None
    language: str | None = None
    site: str | None = None
    image: str | None = None


def read_linked_data(root: Element) -> Facts:
    """The facts of the first article that a page describes in JSON-LD; of the page itself where it describes none."""
    nodes: list[dict[str, Any]] = []
    for script in root.iter("script"):
        if "ld+json" in script.get("type", "").lower():
            nodes += _flatten(_parse(text_of(script)))
    by_id = {node["@id"]: node for node in nodes if isinstance(node.get("@id"), str) and len(node) > 1}
    articles = [node for node in nodes if any(_ARTICLES.search(kind) for kind in _kinds(node))]
    pages = [node for node in nodes if "WebPage" in _kinds(node)]
    facts = Facts()
    for node in sorted(articles, key=lambda node: "headline" not in node)[:1] + pages[:1]:
        _fill(facts, node, by_id, is_page=node in pages)
    sites = [node for node in nodes if "WebSite" in _kinds(node)]
    if facts.site is None and sites:
        facts.site = _text(sites[0].get("name"))
    return facts


def _parse(text: str) -> Any:
    text = re.sub(
        r"^\s*(?:<!--|//\s*<!\[CDATA\[|/\*\s*<!\[CDATA\[\s*\*/|<!\[CDATA\[)|(?:-->|//\s*\]\]>|/\*\s*\]\]>\s*\*/|\]\]>)\s*$",
        "",
        text,
    )
    try:
        return json.loads(text.strip().rstrip(";"), strict=False)
    except (ValueError, RecursionError):
        return None


def _flatten(data: Any) -> Iterator[dict[str, Any]]:
    waiting = [data]
    n_seen = 0
    while waiting and n_seen < _MAX_NODES:
        node = waiting.pop(0)
        n_seen += 1
        if isinstance(node, list):
            waiting = node + waiting
        elif isinstance(node, dict):
            yield node
            waiting = [
                node[key]
                for key in ("@graph", "mainEntity", "mainEntityOfPage", "itemListElement")
                if isinstance(node.get(key), list | dict)
            ] + waiting


def _kinds(node: dict[str, Any]) -> list[str]:
    kinds = node.get("@type", ())
    return (
        [kinds]
        if isinstance(kinds, str)
        else [kind for kind in kinds if isinstance(kind, str)]
        if isinstance(kinds, list)
        else []
    )


def _fill(facts: Facts, node: dict[str, Any], by_id: dict[str, dict[str, Any]], *, is_page: bool) -> None:
    if not is_page:
        facts.title = _text(node.get("headline")) or _text(node.get("name"))
        facts.authors = tuple(_names(node.get("author"), by_id)) or tuple(_names(node.get("creator"), by_id))
        facts.site = next(_names(node.get("publisher"), by_id), None)
        facts.image = _address(node.get("image"))
    facts.published = facts.published or _text(node.get("datePublished"))
    facts.modified = facts.modified or _text(node.get("dateModified"))
    facts.language = facts.language or _text(node.get("inLanguage"))


def _text(value: Any) -> str | None:
    if isinstance(value, list) and value:
        value = value[0]
    if isinstance(value, dict):
        value = value.get("@value") or value.get("name") or value.get("alternateName")
    if isinstance(value, int | float):
        value = str(value)
    return (fold(unescape(re.sub(r"<[^>]{1,200}>", "", value))) or None) if isinstance(value, str) else None


def _names(value: Any, by_id: dict[str, dict[str, Any]]) -> Iterator[str]:
    for item in value if isinstance(value, list) else [value]:
        node = (
            by_id.get(item["@id"], item)
            if isinstance(item, dict) and isinstance(item.get("@id"), str) and "name" not in item
            else item
        )
        names = node.get("name") if isinstance(node, dict) else node
        for name in names if isinstance(names, list) else [names]:
            text = _text(name)
            if text:
                yield text


def _address(value: Any) -> str | None:
    if isinstance(value, list) and value:
        value = value[0]
    if isinstance(value, dict):
        value = value.get("url") or value.get("contentUrl")
    return value if isinstance(value, str) else None
