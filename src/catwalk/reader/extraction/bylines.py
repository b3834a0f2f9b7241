"""Who wrote a post and when, from what the page shows beside its title."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from lxml.etree import _Element as Element

from catwalk.reader.extraction.clutter import name_of
from catwalk.reader.extraction.dates import find_date, parse_date
from catwalk.reader.extraction.inline import fold, shown_text, spaced_text

_MAX_SEARCHED = 6000  # elements of a page that are searched
_MAX_LINE_CHARS = 120
_AUTHOR_TAGS = (
    *("a", "span", "div", "p", "address", "li", "cite", "h2", "h3", "h4", "h5", "h6", "strong", "em"),
    *("small", "td", "b", "i", "abbr"),
)
_BYLINE = re.compile(
    r"(?<![a-z])(?:by-?line(?:-?name|-?author)?|p-author|author-?(?:name|link)?|dateline|post-?author|entry-?author"
    r"|writer|article-*author)(?![a-z])"
)
_AUTHOR_LINK = re.compile(r"author|/by/|/people/|/user")
_AUTHOR_PAGE = re.compile(r"/(?:authors?|by|contributors?)/[^/?#]+/?$")
_DATED = re.compile(
    r"(?<![a-z])(?:published|post(?:ed)?-?(?:date|on)?|entry-?date|date-?(?:published|line|time)?|dt-published"
    r"|pub-?date|timestamp|article-?date|publish-?(?:ed|date)?-?(?:on|at|date)?|byline|meta|time)(?![a-z])"
)
_BY = re.compile(
    r"^\s*(?:(?:posted|written|published|words|story|text|article|report(?:ed|ing)?)\s+)?"
    r"(?:by|von|par|por|di|door)[\s:]+(?=\S)",
    re.IGNORECASE,
)
_NAME = r"(?:[A-Z][\w.'’-]*|de|van|von|la|del|der)"
_BY_NAME = re.compile(
    rf"(?:(?:[Pp]osted|[Ww]ritten|[Pp]ublished) )?[Bb][Yy]:? ({_NAME}(?: {_NAME}){{1,3}})\s*(?:$|[|•·,–—-]|(?:on|in)\b)"
)
_CLOCK = re.compile(r"^[\s,]*(?:at |@ ?)?\d{1,2}[:.]\d{2}(?:\s*[ap]\.?m\b\.?)?", re.IGNORECASE)
_AFTER_NAME = re.compile(
    r"\s*(?:[|•·]|\bon\s*$|\bposted\b|\bpublished\b|\bupdated\b|(?<!\S)@\w+|\bin [A-Z]).*$", re.IGNORECASE
)
_CONTACT = re.compile(r"\s*\(?https?://\S+\)?|\s*<?\S+@\S+\.\S+|\s*\(\S+@\S+\)")
_NO_NAMES = {
    *("admin", "administrator", "author", "follow author", "staff", "guest", "editor", "by", "name", "unknown", "user"),
    *("null", "none", "root"),
}
_TALK = re.compile(r"(?<![a-z])(?:comment|respond|related|sidebar)")


def clean_author(text: str) -> str | None:
    """A name without what bylines put around it; None where nothing like a name is left."""
    text = _BY.sub("", fold(text))
    found = find_date(text)
    if found:
        text = text[: found[1]]
    text = _CONTACT.sub("", _AFTER_NAME.sub("", text)).strip(" ,;:-–—|·•/")
    if len(text) > 100 or len(text.split()) > 12 or re.search(r"https?:|www\.|[{}<>\d]{3}|@", text):
        return None
    return None if text.casefold() in _NO_NAMES | {""} else text


def find_shown_author(root: Element) -> str | None:
    """The author that the page shows: markup made for authors first, then class names, then "By Ann Lee"."""
    for search in (_find_marked, _find_named, _find_spelled, _find_linked):
        for element, text in search(root):
            name = clean_author(text)
            if name and not _is_in_talk(element):
                return name
    return None


def _candidates(root: Element) -> Iterator[Element]:
    return islice(root.iter(*_AUTHOR_TAGS), _MAX_SEARCHED)


def _find_marked(root: Element) -> Iterator[tuple[Element, str]]:
    for element in _candidates(root):
        if "author" in element.get("rel", "").split() or "author" in element.get("itemprop", "").split():
            named = (found for found in element.iterdescendants() if "name" in found.get("itemprop", "").split())
            yield element, spaced_text(next(named, element))


def _find_named(root: Element) -> Iterator[tuple[Element, str]]:
    for element in _candidates(root):
        if _BYLINE.search(name_of(element)):
            for link in element.iterdescendants("a"):
                if _AUTHOR_LINK.search(f"{name_of(link)} {link.get('href', '')} {link.get('rel', '')}"):
                    yield element, spaced_text(link)
                    break
            yield element, spaced_text(element)


def _find_spelled(root: Element) -> Iterator[tuple[Element, str]]:
    for element in _candidates(root):
        text = shown_text(element) if len(element) <= 3 else ""
        match = _BY_NAME.match(text) or _match_after_date(text) if 0 < len(text) < 80 else None
        if match and match[1][0].isupper():
            yield element, match[1]


def _find_linked(root: Element) -> Iterator[tuple[Element, str]]:
    for link in root.iter("a"):
        if _AUTHOR_PAGE.search(link.get("href", "")) and len(shown_text(link).split()) <= 4:
            yield link, spaced_text(link)


def _match_after_date(text: str) -> re.Match[str] | None:
    """Finds a name in such as "Published on 5 May 2022 by Ann Lee"."""
    found = find_date(text)
    rest = _CLOCK.sub("", text[found[2] :]) if found else ""
    return _BY_NAME.match(rest.lstrip(" ,|·•–—-"))


def find_shown_date(root: Element) -> str | None:
    """The date that the page shows: marked as such, in a ``time`` element, in a class for it, or beside the title."""
    return _find_marked_date(root) or _find_time(root) or _find_named_date(root) or _find_date_by_title(root)


def _find_marked_date(root: Element) -> str | None:
    for element in root.iter():
        marked = element.get("itemprop") == "datePublished" or element.get("pubdate") is not None
        if marked or "dt-published" in element.get("class", ""):
            found = parse_date(element.get("datetime") or element.get("content") or shown_text(element))
            if found:
                return found
    return None


def _find_time(root: Element) -> str | None:
    for time in root.iter("time"):
        found = parse_date(time.get("datetime") or "") or parse_date(shown_text(time))
        if found and not _is_in_talk(time):
            return found
    return None


def _find_named_date(root: Element) -> str | None:
    for element in _candidates(root):
        if len(element) <= 6 and _DATED.search(name_of(element)):
            text = spaced_text(element)
            found = parse_date(text) if len(text) < _MAX_LINE_CHARS else None
            if found and not _is_in_talk(element):
                return found
    return None


def _find_date_by_title(root: Element) -> str | None:
    heading = next(root.iter("h1"), None)
    for element in islice(heading.itersiblings(), 4) if heading is not None else ():
        text = spaced_text(element)
        found = find_date(text) if len(text) < _MAX_LINE_CHARS else None
        if found:
            return found[0]
    return None


def _is_in_talk(element: Element) -> bool:
    """Whether an element belongs to comments or to other posts rather than to this one."""
    around = (element, *element.iterancestors())
    return any(
        place.tag in {"nav", "footer"}
        or (place.tag not in {"html", "body", "article"} and _TALK.search(name_of(place)))
        for place in around
    )
