"""What an address alone says: a listing of posts, something that is no post, or perhaps a post."""

from __future__ import annotations

import re
from enum import StrEnum
from urllib.parse import parse_qsl, urlsplit

from catwalk.podcast.urls import Scope


class Kind(StrEnum):
    """What an address looks like."""

    LISTING = "listing"
    """It lists posts: the front page, an archive, a further page, a year."""

    TOPIC = "topic"
    """It lists some posts: of a tag, a category, an author."""

    OTHER = "other"
    """It is neither a post nor a list of posts."""

    POST = "post"
    """There is a day or a month in it, so it is most likely a post."""

    OPEN = "open"
    """It may be anything."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_LISTINGS = _words(
    """
    archive archives all all-posts blog blogs posts post articles article writing writings essays notes journal
    weblog news stories entries index contents toc blogroll-archive history older diary log logbook archiv beitraege
    articulos billets latest recent feed-archive p page pages-archive texts thoughts ramblings musings chronological
    by-date sitemap site-map
    """
)
_TOPICS = _words(
    """
    tag tags tagged category categories cat topic topics label labels series author authors by section sections s
    schlagwort kategorie etiqueta etiquetas categoria mots-cles c subject subjects keyword keywords collections
    contributors people writers theme themes t
    """
)
_OTHERS = _words(
    """
    about about-me about-us bio contact contact-us login log-in signin sign-in signup sign-up register account
    wp-login wp-admin wp-content wp-includes wp-json xmlrpc.php admin administrator cart checkout shop store
    product products pricing plans privacy privacy-policy terms terms-of-service tos imprint impressum datenschutz
    legal cookies cookie-policy disclaimer search suche feed feeds rss atom comments comment attachment attachments
    media image images img assets static css js fonts files uploads download downloads draft drafts preview previews
    subscribe unsubscribe newsletter newsletters donate support sponsor sponsors faq help press jobs careers team
    events event calendar portfolio projects project resume cv now uses colophon blogroll links bookmarks gallery
    galleries photos talks speaking consulting services service hire work-with-me books cdn-cgi api embed share
    print thank-you thanks 404 404.html 500 offline guestbook webmentions webring membership members my-account user
    users profile profiles profil forum forums community docs documentation advertise affiliate license licence
    copying changelog home recommendations leaderboard notes-api tools meta stats statistics publish action ueber
    über über-mich a-propos acerca sobre kontakt
    """
)
_FILES = re.compile(
    r"\.(?:jpe?g|png|gif|webp|avif|svg|ico|bmp|tiff?|pdf|zip|gz|tgz|bz2|xz|7z|rar|exe|dmg|iso|mp3|m4a|ogg|opus|wav|flac|mp4|m4v"
    r"|webm|mov|avi|css|js|mjs|map|json|xml|rss|atom|rdf|txt|csv|tsv|docx?|xlsx?|pptx?|odt|epub|mobi|woff2?|ttf|eot|ics|vcf"
    r"|torrent|wasm|asc|sig|patch|diff|swf|bib|ps|webmanifest|opml|yml|yaml|toml)$",
    re.IGNORECASE,
)
_PAGING = {
    "page",
    "paged",
    "p",
    "start",
    "offset",
    "before",
    "after",
    "cursor",
    "updated-max",
    "pg",
    "skip",
    "from",
    "until",
}
_PAGE_PATH = re.compile(
    r"/(?:page|p|seite|pagina|blog-page)[/-]?\d+$|/page\d+(?:\.html?)?$|/index[-_]?\d+\.html?$", re.IGNORECASE
)
_YEAR = r"(?:19|20)\d{2}"
_DATE_PATH = re.compile(rf"/{_YEAR}(?:/\d{{1,2}}){{0,2}}(?:/index\.html?|\.html?)?$|/{_YEAR}-\d{{2}}(?:\.html?)?$")
_DATED_POST = re.compile(
    rf"/{_YEAR}/(?:\d{{1,2}}/){{0,2}}[^/]*[^/\d][^/]*(?:\.\w+)?$|/{_YEAR}-\d{{1,2}}-\d{{1,2}}[-_][^/]+$"
)


def judge_address(url: str, scope: Scope) -> Kind:
    """What ``url`` looks like, seen from the blog that it belongs to."""
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    path = re.sub(r"/index\.(?:html?|php)$", "/", parts.path)
    if {"preview", "preview_id", "attachment_id", "s", "q", "add-to-cart", "feed", "action", "do"} & query.keys():
        return Kind.OTHER
    if _FILES.search(path):
        return Kind.OTHER
    if {"cat", "tag", "author", "label", "category"} & query.keys():
        return Kind.TOPIC
    below = path[len(scope.prefix) :] if path.startswith(scope.prefix) else path
    segments = [re.sub(r"\.(?:html?|php|aspx?)$", "", each.lower()) for each in below.split("/") if each]
    if not segments:
        paged = not query or (_PAGING & query.keys() and "p" not in query)
        return Kind.LISTING if paged else Kind.OPEN
    return _judge_path(path.rstrip("/"), segments, query)


def _judge_path(path: str, segments: list[str], query: dict[str, str]) -> Kind:
    first, last = segments[0], segments[-1]
    if _PAGE_PATH.search(path):
        rest = [each for each in segments[:-1] if not each.isdigit()]
        return Kind.TOPIC if rest and rest[0] in _TOPICS else Kind.LISTING
    if any(
        each in {"drafts", "draft", "preview", "attachment", "wp-json", "wp-admin", "wp-content"} for each in segments
    ):
        return Kind.OTHER
    if "search" in segments[:2]:
        return Kind.TOPIC if "label" in segments else Kind.LISTING if "updated-max" in query else Kind.OTHER
    if any(each in _TOPICS for each in segments[:-1]) or last in _TOPICS:
        return Kind.TOPIC
    if _DATE_PATH.search(path):
        return Kind.LISTING
    if last in {"feed", "rss", "atom", "comments", "print", "embed", "edit", "login", "share"}:
        return Kind.OTHER
    if first in _OTHERS or (last in _OTHERS and len(segments) <= 2):
        return Kind.OTHER
    if last in _LISTINGS or (len(segments) == 1 and first.startswith("archive")):
        return Kind.LISTING
    return Kind.POST if _DATED_POST.search(path) else Kind.OPEN


def shape_of(url: str) -> str:
    """The pattern that posts of one blog share: its folders, with numbers and the post's own name left out."""
    parts = urlsplit(url)
    *folders, last = parts.path.strip("/").split("/")
    kept = ["Y" if re.fullmatch(_YEAR, each) else "N" if each.isdigit() else each for each in folders]
    ending = re.search(r"\.\w{2,5}$", last)
    names = ",".join(sorted(dict(parse_qsl(parts.query))))
    return "/".join([*kept, f"*{ending[0] if ending else ''}"]) + (f"?{names}" if names else "")


def family_of(url: str) -> str:
    """The pattern that pages of one listing share: all numbers and the values of the query left out."""
    parts = urlsplit(url)
    names = ",".join(sorted(dict(parse_qsl(parts.query, keep_blank_values=True))))
    return f"{parts.netloc}{re.sub(r'[0-9]+', 'N', parts.path)}?{names}"


def find_prefix(path: str) -> str:
    """The folder of the blog whose page, feed or archive lies at ``path``: ``/blog/`` for ``/blog/page/2``."""
    segments = [each for each in path.split("/") if each]
    if segments and re.search(r"\.\w{2,5}$", segments[-1]) and not path.endswith("/"):
        segments.pop()
    keep: list[str] = []
    for each in segments:
        name = each.lower()
        ends = name in {"archive", "archives", "feed", "feeds", "rss", "atom", "page", "sitemap", "all"} | _TOPICS
        if ends or re.fullmatch(r"\d+", name):
            break
        keep.append(each)
    return f"/{'/'.join(keep)}/" if keep else "/"


def is_narrow(url: str) -> bool:
    """Whether an address names some of a blog's posts only: those of a tag, a category, an author or a year."""
    path = re.sub(r"/(?:feed|rss|atom)(?:\.xml)?/?$", "", urlsplit(url).path)
    segments = [each.lower() for each in path.split("/") if each]
    return any(each in _TOPICS for each in segments[:-1]) or bool(_DATE_PATH.search(path.rstrip("/")))
