"""A post's own title: the heading that the page's titles agree on, or a title without the name of the site."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from lxml.etree import _Element as Element

from catwalk.reader.extraction.inline import shown_text

SEPARATOR = re.compile(r"\s+(?:[|\-–—\\/>»«·•:]|::|@|\|\|)\s+|\s*[»«|]\s*|::|(?<=[\u3040-\u9fff])_(?=[\u3040-\u9fff])")
"""What stands between a title and the name of its site."""

_MAX_CHARS = 500
_MAX_HEADINGS = 20
_MIN_SHARED_CHARS = 4
_P_NAME = re.compile(r"(?<![a-z])p-name(?![a-z])")


def find_title(root: Element, stated: str | None, names: Iterable[str]) -> str:
    """The title of the post in a page; empty where the page has none.

    Args:
        root: The page.
        stated: The title that its metadata gives.
        names: Names of the site.
    """
    known = {squash(name) for name in names} - {""}
    main = _read_headings(root, "h1")
    headings = main + _read_headings(root, "h2")
    shown = page_title(root)
    marked = _find_marked(root)
    for candidate in filter(None, (stated, marked, shown)):
        found = _find_heading(candidate, headings, known, stated)
        if found:
            return found
    best = stated or marked or shown
    if stated and shown and not _overlaps(stated, shown) and len(main) == 1 and _overlaps(main[0], shown):
        best = main[0]
    return _cut_site(best, known) or (headings[0] if headings else "")


def page_title(root: Element) -> str:
    """What the page's ``title`` element says."""
    titles = (title for title in root.iter("title") if next(title.iterancestors("svg"), None) is None)
    element = next(titles, None)
    return "" if element is None else shown_text(element)[:_MAX_CHARS]


def squash(text: str) -> str:
    """The letters and digits of a text, for comparing."""
    return re.sub(r"[\W_]+", "", text).casefold()


def cut_start(text: str, start: str) -> str:
    """What of ``text`` follows ``start``; empty where it does not begin so."""
    return text[len(start) :] if start and text.casefold().startswith(start.casefold()) else ""


def _read_headings(root: Element, tag: str) -> list[str]:
    headings = []
    for heading in root.iter(tag):
        text = re.sub(r"\s*[#¶§🔗]+$", "", shown_text(heading))
        if 1 < len(text) <= _MAX_CHARS:
            headings.append(text)
        if len(headings) == _MAX_HEADINGS:
            break
    return headings


def _find_marked(root: Element) -> str:
    for element in root.iter("h1", "h2", "div", "span", "p"):
        if "headline" in element.get("itemprop", "").split() or _P_NAME.search(element.get("class", "")):
            return shown_text(element)[:_MAX_CHARS]
    return ""


def _find_heading(title: str, headings: Sequence[str], known: set[str], stated: str | None) -> str | None:
    for agrees in (_begins, _ends):
        for heading in headings:
            if agrees(title, heading) and (squash(heading) not in known or heading == stated):
                return heading
    return None


def _begins(title: str, heading: str) -> bool:
    """Whether a title is a heading, with or without the name of a site after it."""
    squashed = squash(heading)
    if squashed and squashed in {squash(title), squash(SEPARATOR.split(title)[0])}:
        return True
    rest = cut_start(title, heading)
    return bool(rest) and bool(SEPARATOR.match(rest) or re.fullmatch(r"\s*[\[(].*[\])]", rest))


def _ends(title: str, heading: str) -> bool:
    """Whether a title is a heading after the name of a site."""
    parts = SEPARATOR.split(title)
    return len(parts) == 2 and bool(squash(heading)) and squash(parts[1]) == squash(heading)


def _overlaps(one: str, other: str) -> bool:
    a, b = squash(one), squash(other)
    return min(len(a), len(b)) >= _MIN_SHARED_CHARS and (a in b or b in a)


def _cut_site(title: str, known: set[str]) -> str:
    """A title without the name of the site before or after it."""
    for _ in range(5):
        seams = list(SEPARATOR.finditer(title))
        if not seams:
            break
        first, last = seams[0], seams[-1]
        head, tail = title[: last.start()], title[last.end() :]
        if squash(title[: first.start()]) in known | {""}:
            title = title[first.end() :].strip()
        elif _is_site(tail, known) or _looks_like_site(last[0].strip(), head, tail):
            title = head.strip()
        else:
            break
    return title


def _is_site(part: str, known: set[str]) -> bool:
    squashed = squash(part)
    if not squashed or squashed in known:
        return True
    return any(
        len(name) > 4 and (name in squashed or squashed in name) and abs(len(name) - len(squashed)) <= 8
        for name in known
    )


def _looks_like_site(mark: str, head: str, tail: str) -> bool:
    """Whether what follows the last separator looks like a name and what stands before it like a title."""
    words = tail.split()
    if mark in {":", "/", ">", "\\"} or len(words) > 4 or len(tail) >= len(head):
        return False
    if mark in {"-", "–", "—"}:
        named = all(word[:1].isupper() or "." in word for word in words)
        return len(head.split()) >= 3 and len(words) <= 3 and named and not tail[:1].isdigit()
    return len(head.split()) >= 2 or bool(re.search("[\u3040-\u9fff]{4}", head))
