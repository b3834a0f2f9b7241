"""Markdown to HTML, with what its front matter says."""

from __future__ import annotations

import re
import tomllib
from datetime import date, datetime
from typing import Any

import yaml
from markdown_it import MarkdownIt
from mdit_py_plugins.deflist import deflist_plugin
from mdit_py_plugins.dollarmath import dollarmath_plugin
from mdit_py_plugins.footnote import footnote_plugin

from catwalk.reader.extraction.dates import parse_date
from catwalk.reader.extraction.inline import fold
from catwalk.reader.extraction.metadata import Metadata

_FRONT = re.compile(
    r"""\A\s*(?:
      ---[ \t]*\n (?P<yaml>.*?) \n(?:---|\.\.\.)[ \t]*(?:\n|\Z)
      | \+\+\+[ \t]*\n (?P<toml>.*?) \n\+\+\+[ \t]*(?:\n|\Z)
    )""",
    re.DOTALL | re.VERBOSE,
)


def render_markdown(text: str) -> tuple[str, Metadata]:
    """HTML of a Markdown text, and what its front matter (YAML or TOML) says; broken front matter is left out."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").lstrip("\ufeff")
    front = _FRONT.match(text)
    metadata = Metadata()
    if front:
        metadata = _read_front(front)
        text = text[front.end() :]
    markdown = MarkdownIt("commonmark", {"html": True, "typographer": False}).enable(["table", "strikethrough"])
    markdown.use(footnote_plugin).use(deflist_plugin).use(
        dollarmath_plugin, allow_space=False, allow_digits=False, double_inline=True
    )
    return markdown.render(text), metadata


def _read_front(front: re.Match[str]) -> Metadata:
    try:
        data = tomllib.loads(front["toml"]) if front["toml"] is not None else yaml.safe_load(front["yaml"])
    except (yaml.YAMLError, tomllib.TOMLDecodeError, ValueError, RecursionError):
        return Metadata()
    if not isinstance(data, dict):
        return Metadata()
    fields = {str(key).lower(): value for key, value in data.items()}
    return Metadata(
        title=_text(fields.get("title")) or "",
        author=_text(fields.get("author") or fields.get("authors") or fields.get("by")),
        published=_date(
            fields.get("date") or fields.get("published") or fields.get("pubdate") or fields.get("publishdate")
        ),
        language=_text(fields.get("lang") or fields.get("language")),
        site=_text(fields.get("site") or fields.get("blog")),
        url=_text(fields.get("canonical") or fields.get("canonical_url") or fields.get("url")),
        image=_text(fields.get("image") or fields.get("cover")),
    )


def _text(value: Any) -> str | None:
    if isinstance(value, list):
        return ", ".join(text for item in value if (text := _text(item))) or None
    if isinstance(value, dict):
        return _text(value.get("name") or value.get("url"))
    return fold(str(value)) or None if isinstance(value, str | int | float) else None


def _date(value: Any) -> str | None:
    if isinstance(value, datetime | date):
        return value.isoformat()
    return parse_date(str(value)) if value is not None else None
