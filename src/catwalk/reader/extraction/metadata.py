"""What a page says of itself: title, author, date, language, site, picture."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from lxml.etree import _Element as Element

from catwalk.reader.extraction.clutter import name_of
from catwalk.reader.extraction.dates import find_date, parse_date
from catwalk.reader.extraction.inline import fold, is_web_url, resolve_url
from catwalk.reader.extraction.linked_data import Facts, read_linked_data

_SEPARATOR = re.compile(r"\s+(?:[|\-–—\\/>»«·•:]|::|@|\|\|)\s+|\s*[»«|]\s*|::")
_AUTHOR_METAS = ("author", "article:author", "dc.creator", "dc.creator.name", "dcterms.creator", "parsely-author", "sailthru.author", "byl", "citation_author", "twitter:data1:by", "og:article:author", "cxenseparse:author")
_DATE_METAS = (
    *("article:published_time", "og:article:published_time", "datepublished", "date", "dc.date", "dc.date.issued", "dcterms.created", "dcterms.date"),
    *("dcterms.issued", "parsely-pub-date", "sailthru.date", "pubdate", "publish-date", "publish_date", "publication_date", "citation_publication_date"),
    *("citation_date", "article.published", "date.published", "cxenseparse:recs:publishtime", "dc.date.created", "displaydate", "originalpublicationdate", "ptime", "pdate"),
)
_BYLINE = re.compile(r"(?<![a-z])(?:by-?line(?:-?name|-?author)?|p-author|author-?(?:name|link)?|dateline|post-?author|entry-?author|writer|article-?author)(?![a-z])")
_DATED = re.compile(r"(?<![a-z])(?:published|post(?:ed)?-?(?:date|on)?|entry-?date|date-?(?:published|line|time)?|dt-published|pub-?date|timestamp|article-?date|publish-?(?:ed|date)?-?(?:on|at|date)?|byline|meta|time)(?![a-z])")
_BY = re.compile(r"^\s*(?:(?:posted|written|published|words|story|text|article|report(?:ed|ing)?)\s+)?(?:by|von|par|por|di|door)[\s:]+(?=\S)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a page says of itself."""

    title: str = ""
    author: str | None = None
    published: str | None = None
    """ISO 8601."""

    language: str | None = None
    site: str | None = None
    url: str | None = None
    """Canonical address."""

    image: str | None = None


def read_metadata(root: Element, url: str | None) -> Metadata:
    """Read a page's metadata; call it before anything is taken out of the page."""
    metas = _metas(root)
    facts = read_linked_data(root)
    site = _first(metas, "og:site_name", "application-name", "al:ios:app_name") or facts.site
    picture = _first(metas, "og:image", "og:image:url", "og:image:secure_url", "twitter:image", "twitter:image:src") or facts.image
    base = base_url(root, url)
    title = _find_title(root, metas, facts, site, url)
    return Metadata(
        title=title,
        author=_find_author(root, metas, facts),
        published=_find_date(root, metas, facts, url),
        language=_find_language(root, metas, facts),
        site=_find_site(site, root, url, title),
        url=_find_canonical(root, metas, url),
        image=resolve_url(base, picture) if picture else None,
    )


def base_url(root: Element, url: str | None) -> str | None:
    """The address that relative ones in the page are seen from."""
    base = root.find(".//base")
    if base is not None and base.get("href"):
        return resolve_url(url, base.get("href", ""))
    if url is None or not is_web_url(url):
        return _find_canonical(root, _metas(root), None) or url
    return url


def _metas(root: Element) -> dict[str, list[str]]:
    metas: dict[str, list[str]] = {}
    for meta in root.iter("meta"):
        content = fold(meta.get("content", ""))
        if content:
            for name in f"{meta.get('property', '')} {meta.get('name', '')} {meta.get('itemprop', '')}".lower().split():
                metas.setdefault(name, []).append(content)
    return metas


def _first(metas: dict[str, list[str]], *names: str) -> str | None:
    return next((metas[name][0] for name in names if name in metas), None)


def _find_title(root: Element, metas: dict[str, list[str]], facts: Facts, site: str | None, url: str | None) -> str:
    headings = [fold("".join(heading.itertext())) for tag in ("h1", "h2") for heading in list(root.iter(tag))[:20]]
    headings = [heading for heading in headings if heading]
    n_main = sum(1 for _ in root.iter("h1"))
    element = next((title for title in root.iter("title") if next(title.iterancestors("svg"), None) is None), None)
    shown = fold("".join(element.itertext())) if element is not None else ""
    stated = facts.title or _first(metas, "og:title", "dc.title", "dcterms.title", "citation_title", "parsely-title", "twitter:title", "title")
    marked = [fold("".join(found.itertext())) for found in root.iter("h1", "h2", "div", "span", "p") if "headline" in found.get("itemprop", "").split() or re.search(r"(?<![a-z])p-name(?![a-z])", found.get("class", ""))][:1]
    for candidate in filter(None, (stated, *marked, shown)):
        for heading in headings:
            if len(heading) >= 4 and _same(candidate, heading):
                return heading
    best = stated or (marked[0] if marked else "") or shown
    if stated and shown and not _overlaps(stated, shown) and n_main == 1 and headings and _overlaps(headings[0], shown):
        best = headings[0]
    cut = _cut_site(best, {name for name in (site, _host_name(url)) if name}, headings)
    if cut:
        return cut
    return headings[0] if headings else ""


def _squash(text: str) -> str:
    return re.sub(r"[\W_]+", "", text).casefold()


def _same(title: str, heading: str) -> bool:
    """Whether a title is a heading, with or without the name of a site beside it."""
    if _squash(title) == _squash(heading):
        return True
    parts = [_squash(part) for part in _SEPARATOR.split(title)]
    rest = _rest(title, heading)
    return _squash(heading) in parts or bool(rest and (_SEPARATOR.match(rest) or re.fullmatch(r"\s*[\[(].*[\])]", rest)))


def _rest(title: str, heading: str) -> str:
    return title[len(heading) :] if title.casefold().startswith(heading.casefold()) else ""


def _overlaps(one: str, other: str) -> bool:
    a, b = _squash(one), _squash(other)
    return min(len(a), len(b)) > 3 and (a in b or b in a)


def _cut_site(title: str, names: set[str], headings: list[str]) -> str:
    """A title without the name of the site before or after it."""
    known = {_squash(name) for name in names} | {""}
    while True:
        seams = list(_SEPARATOR.finditer(title))
        if not seams:
            return title
        first, last = seams[0], seams[-1]
        head, tail = title[: last.start()], title[last.end() :]
        if _squash(title[: first.start()]) in known:
            title = title[first.end() :].strip()
        elif _is_site(tail, known) or _is_site_like(title, last, head, tail):
            title = head.strip()
        else:
            return title


def _is_site(part: str, known: set[str]) -> bool:
    squashed = _squash(part)
    return squashed in known or any(len(name) > 4 and squashed and (name in squashed or squashed in name) and abs(len(name) - len(squashed)) <= 8 for name in known)


def _is_site_like(title: str, seam: re.Match[str], head: str, tail: str) -> bool:
    """Whether what follows the last separator looks like a name and what stands before it like a title."""
    mark = seam[0].strip()
    if mark in {":", "/", ">", "\\"} or len(tail.split()) > 4 or len(tail) >= len(head):
        return False
    if mark in {"-", "–", "—"}:
        return len(head.split()) >= 3 and len(tail.split()) <= 3 and all(word[:1].isupper() or "." in word for word in tail.split()) and not tail[:1].isdigit()
    return len(head.split()) >= 2 or bool(re.search("[\u3040-\u9fff]{4}", head))


def _host_name(url: str | None) -> str | None:
    if not url or not is_web_url(url):
        return None
    host = (urlsplit(url).hostname or "").removeprefix("www.")
    return host.rpartition(".")[0].rpartition(".")[2] or host


def _find_site(site: str | None, root: Element, url: str | None, title: str) -> str | None:
    if site:
        return site
    feed = next((link.get("title", "") for link in root.iter("link") if "alternate" in link.get("rel", "") and re.search("rss|atom", link.get("type", ""))), "")
    shown = fold(root.findtext(".//title") or "")
    name = re.sub(r"\s*(?:[-–—|»:]\s*)?\b(?:rss|atom)?\s*(?:feed|rss|atom)(?:\s*\(.*\))?$", "", feed, flags=re.IGNORECASE).strip(" -–—|»:")
    if name and len(name) < 60 and _squash(name) in _squash(shown):
        return name
    rest = _rest(shown, title) if title else ""
    if _SEPARATOR.match(rest) and len(rest.split()) <= 6:
        return _SEPARATOR.sub("", rest, count=1).strip() or None
    if url and is_web_url(url):
        return (urlsplit(url).hostname or "").removeprefix("www.") or None
    return None


def _find_author(root: Element, metas: dict[str, list[str]], facts: Facts) -> str | None:
    for names in (facts.authors, *([_first(metas, name) or ""] for name in _AUTHOR_METAS)):
        cleaned = list(dict.fromkeys(name for text in names if (name := clean_author(text))))
        if cleaned:
            return ", ".join(cleaned)
    return next(_visible_authors(root), None)


def _visible_authors(root: Element) -> Iterator[str]:
    """Bylines, those with markup of their own first."""
    named = [element for element in root.iter("a", "span", "div", "p", "address", "li", "cite", "h2", "h3", "h4", "h5", "h6", "strong", "em") if not _is_in_talk(element)]
    for element in named:
        if "author" in element.get("rel", "").split() or "author" in element.get("itemprop", "").split():
            inner = next((found for found in element.iterdescendants() if "name" in found.get("itemprop", "").split()), element)
            if name := clean_author(fold(" ".join(inner.itertext()))):
                yield name
    for element in named:
        if _BYLINE.search(name_of(element)):
            inner = next((found for found in element.iterdescendants("a") if re.search(r"author|/by/|/people/|/user", f"{name_of(found)} {found.get('href', '')} {found.get('rel', '')}")), element)
            for text in (fold(" ".join(inner.itertext())), fold(" ".join(element.itertext()))):
                if name := clean_author(text):
                    yield name
    for element in named:
        text = fold("".join(element.itertext())) if len(element) <= 3 else ""
        match = re.match(r"(?:(?:posted|written|published) )?by:? ((?:[A-Z][\w.'’-]*|de|van|von|la|del|der)(?: (?:[A-Z][\w.'’-]*|de|van|von|la|del|der)){1,3})\s*(?:$|[|•·,–—-]|on\b)", text, re.IGNORECASE) if len(text) < 80 else None
        if match and (name := clean_author(match[1])) and name.split()[0][0].isupper():
            yield name


def _is_in_talk(element: Element) -> bool:
    return any(re.search(r"(?<![a-z])(?:comment|respond|related|sidebar)", name_of(around)) for around in (element, *element.iterancestors()))


def clean_author(text: str) -> str | None:
    """A name without what bylines put around it; None where nothing like a name is left."""
    text = _BY.sub("", fold(text))
    found = find_date(text)
    if found:
        text = text[: found[1]]
    text = re.sub(r"\s*(?:[|•·]|\bon\s*$|\bposted\b|\bpublished\b|\bupdated\b|@\w+|\bin [A-Z]).*$", "", text, flags=re.IGNORECASE)
    text = re.sub(r"\s*\(?https?://\S+\)?|\s*<\S+@\S+>|\s*\(\S+@\S+\)", "", text).strip(" ,;:-–—|·•/")
    if not text or len(text) > 100 or len(text.split()) > 12 or re.search(r"https?:|www\.|[{}<>\d]{3}|@", text):
        return None
    if text.casefold() in {"admin", "administrator", "author", "follow author", "staff", "guest", "editor", "by", "name", "unknown", "user", "null", "none", "root"}:
        return None
    return text


def _find_date(root: Element, metas: dict[str, list[str]], facts: Facts, url: str | None) -> str | None:
    for text in (facts.published, *(_first(metas, name) for name in _DATE_METAS)):
        if text and (found := parse_date(text)):
            return found
    for element in root.iter():
        if element.get("itemprop") == "datePublished" or element.get("pubdate") is not None or "dt-published" in element.get("class", ""):
            if found := parse_date(element.get("datetime") or element.get("content") or fold("".join(element.itertext()))):
                return found
    return _find_visible_date(root) or _find_url_date(url) or (parse_date(facts.modified) if facts.modified else None)


def _find_visible_date(root: Element) -> str | None:
    """The date beside the title: a ``time`` element first, then text in an element named for it, then any short line."""
    heading = next(root.iter("h1"), None)
    for time in root.iter("time"):
        if not _is_in_talk(time) and (found := parse_date(time.get("datetime") or fold("".join(time.itertext())))):
            return found
    for element in root.iter("span", "div", "p", "li", "small", "em", "td", "a", "strong", "b", "h2", "h3", "h4", "h5", "h6", "i"):
        if len(element) <= 6 and _DATED.search(name_of(element)) and not _is_in_talk(element):
            text = fold(" ".join(element.itertext()))
            if len(text) < 120 and (found := parse_date(text)):
                return found
    if heading is None:
        return None
    for place, element in enumerate(heading.itersiblings()):
        text = fold(" ".join(element.itertext()))
        found_there = find_date(text) if place < 4 and len(text) < 120 else None
        if found_there:
            return found_there[0]
    return None


def _find_url_date(url: str | None) -> str | None:
    match = re.search(r"/((?:19|20)\d{2})[/-](\d{1,2})[/-](\d{1,2})(?=[/-]|$)", url or "")
    return parse_date(f"{match[1]}-{int(match[2]):02}-{int(match[3]):02}") if match else None


def _find_language(root: Element, metas: dict[str, list[str]], facts: Facts) -> str | None:
    spoken = root.get("lang") or root.get("{http://www.w3.org/XML/1998/namespace}lang") or root.get("xml:lang")
    stated = next((meta.get("content") for meta in root.iter("meta") if meta.get("http-equiv", "").lower() == "content-language"), None)
    body = root.find("body")
    inner = body.get("lang") if body is not None else None
    for value in (spoken, inner, stated, _first(metas, "og:locale", "language", "dc.language"), facts.language):
        match = re.match(r"\s*([A-Za-z]{2,3})(?:[-_]([A-Za-z]{4}))?(?:[-_]([A-Za-z]{2}))?\b", value or "")
        if match:
            tag = [match[1].lower(), (match[2] or "").title(), (match[3] or "").upper()]
            return "-".join(part for part in tag if part)
    return None


def _find_canonical(root: Element, metas: dict[str, list[str]], url: str | None) -> str | None:
    """The address that the page gives as its own; a site that gives its front page for every post is not believed."""
    link = next((link.get("href", "") for link in root.iter("link") if "canonical" in link.get("rel", "").lower().split()), "")
    for stated in (link, _first(metas, "og:url")):
        if not stated:
            continue
        address = resolve_url(url if url and is_web_url(url) else None, stated)
        is_front = is_web_url(address) and urlsplit(address).path in {"", "/"} and not urlsplit(address).query
        if is_web_url(address) and not (is_front and urlsplit(url or "").path not in {"", "/"}):
            return address
    return url
