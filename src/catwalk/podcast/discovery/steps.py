"""What an answer changes in a crawl: one function for each thing that can be asked for."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from catwalk.errors import NoArticle, UnsupportedSource
from catwalk.podcast.discovery.crawl import Crawl, CrawlLimits, Purpose, Request
from catwalk.podcast.discovery.feeds import Entry, Feed, count_words, is_feed, parse_feed
from catwalk.podcast.discovery.interfaces import SUBSTACK_PATH, WORDPRESS_QUERY, next_address, read_json, read_posts
from catwalk.podcast.discovery.moments import read_url_day
from catwalk.podcast.discovery.pages import Page, read_page
from catwalk.podcast.discovery.posts import Candidate, Found
from catwalk.podcast.discovery.shapes import Kind, judge_address
from catwalk.podcast.discovery.sitemaps import holds_posts, parse_sitemap
from catwalk.podcast.discovery.verdicts import judge_page
from catwalk.podcast.urls import fold_url, host_of, is_loopback, path_of
from catwalk.podcast.web import Fetched
from catwalk.reader.article import Article, extract
from catwalk.reader.fetch import HTML, Source


def push_sitemap(crawl: Crawl, url: str, limits: CrawlLimits, depth: int = 0) -> None:
    """Sitemaps may lie outside the blog's folder, and on a copy on this machine on its host in name only."""
    placed = crawl.scope.whole().place(url)
    if placed is None and is_local(crawl):
        placed = f"{crawl.scope.origin}{path_of(url)}"
    if crawl.n_sitemaps < limits.max_sitemaps:
        crawl.n_sitemaps += 1
        crawl.push(placed or url, Purpose.SITEMAP, depth)


def is_local(crawl: Crawl) -> bool:
    return is_loopback(crawl.scope.hosts[0].partition(":")[0])


def push_interfaces(crawl: Crawl, page: Page) -> None:
    if crawl.narrow:
        return
    wordpress = next((each for each in page.interfaces if "/wp/v2/posts" in each), None)
    root = f"{crawl.scope.origin}{crawl.scope.prefix}"
    if wordpress or "wordpress" in page.generator:
        base = crawl.scope.whole().place(wordpress or "")
        crawl.push(f"{base or f'{root}wp-json/wp/v2/posts'}{WORDPRESS_QUERY}", Purpose.INTERFACE)
    if "substack" in page.generator:
        crawl.push(f"{crawl.scope.origin}{SUBSTACK_PATH}", Purpose.INTERFACE)
    if "blogger" in page.generator:
        crawl.push(f"{root}feeds/posts/default?max-results=150", Purpose.FEED)


def take_feed(crawl: Crawl, request: Request, fetched: Fetched, limits: CrawlLimits) -> None:
    """A feed, or what was taken for one."""
    feed = parse_feed(fetched.content, fetched.url) if fetched.ok else None
    if feed is None:
        return
    if crawl.feed_url is None and not re.search(r"[?&/](?:paged?|start-index)", request.url):
        crawl.feed_url = fetched.url
        crawl.title = feed.title or crawl.title
    _learn_hosts(crawl, feed.entries)
    _learn_folders(crawl, feed.entries)
    n_new = sum(_take_entry(crawl, entry, Found.FEED, limits) for entry in feed.entries)
    crawl.count_news(request.url, n_new)
    if n_new and request.depth < limits.max_feeds:
        for address in (*feed.more, *_guess_next_feed(fetched.url, feed)):
            whole = crawl.scope.whole().place(address)
            if whole or not is_local(crawl):
                crawl.push(whole or address, Purpose.FEED, request.depth + 1)


def _guess_next_feed(url: str, feed: Feed) -> list[str]:
    """Further pages of feeds whose makers have them without saying so."""
    if "wordpress" in feed.generator:
        match = re.search(r"[?&]paged=(\d+)", url)
        return [f"{url.partition('?')[0]}?paged={int(match[1]) + 1 if match else 2}"]
    if "ghost" in feed.generator:
        match = re.search(r"/rss/(\d+)/?$", url)
        base = url[: match.start()] if match else url.rstrip("/").removesuffix("/rss")
        return [f"{base}/rss/{int(match[1]) + 1 if match else 2}/"]
    return []


def _learn_hosts(crawl: Crawl, entries: Sequence[Entry]) -> None:
    """A host on which most entries lie is the blog's own, or on this machine the one that this is a copy of."""
    hosts = Counter(host_of(entry.url) for entry in entries)
    known = {*crawl.scope.hosts, *crawl.scope.mirrors}
    for host, n_entries in hosts.most_common(1):
        if host not in known and 2 * n_entries > len(entries):
            local = is_local(crawl)
            crawl.scope = crawl.scope.widen(mirror=host) if local else crawl.scope.widen(host=host)


def _learn_folders(crawl: Crawl, entries: Sequence[Entry]) -> None:
    """A feed none of whose posts lies in the blog's folder says where they lie."""
    if crawl.scope.prefix == "/" or crawl.narrow or any(crawl.scope.place(entry.url) for entry in entries):
        return
    for entry in entries:
        path = path_of(entry.url)
        crawl.scope = crawl.scope.widen(folder=path if path.count("/") < 2 else "/".join(path.split("/")[:2]) + "/")


def _take_entry(crawl: Crawl, entry: Entry, where: Found, limits: CrawlLimits) -> bool:
    """Whether the entry is of a post that was not known."""
    url = crawl.scope.place(entry.url) or (crawl.scope.place(entry.guid) if "://" in entry.guid else None)
    if url is None or _is_foreign(crawl, url) or re.search(r"/drafts?/|\.(?:pdf|mp3|jpe?g|png|zip)$", path_of(url)):
        return False
    is_new = crawl.key(url) not in crawl.candidates
    candidate = crawl.meet(url, where, limits)
    if candidate is None:
        return False
    candidate.title = candidate.title or entry.title
    candidate.published = candidate.published or entry.published
    candidate.hinted = candidate.hinted or entry.updated
    candidate.author = candidate.author or entry.author
    candidate.n_words = candidate.n_words or entry.n_words
    if entry.author:
        crawl.authors.add(entry.author)
    return is_new


def _is_foreign(crawl: Crawl, url: str) -> bool:
    return any(path_of(url).startswith(folder) for folder in crawl.elsewhere)


def take_interface(crawl: Crawl, request: Request, fetched: Fetched, limits: CrawlLimits) -> None:
    """A list of posts as JSON, or a piece of a page."""
    if not fetched.ok:
        return
    document = read_json(fetched.content)
    if document is None:
        if fetched.content_type == HTML:
            take_listing(crawl, request, fetched, limits)
        return
    entries = read_posts(document, fetched.url)
    where = Found.INTERFACE if any(entry.published for entry in entries) else Found.LISTING
    n_new = sum(_take_entry(crawl, entry, where, limits) for entry in entries)
    crawl.n_listed += bool(n_new)
    crawl.count_news(request.url, n_new)
    known = "/wp/v2/posts" in request.url or "/api/v1/archive" in request.url
    n_all = fetched.headers.get("x-wp-totalpages", "")
    page = re.search(r"[?&]page=(\d+)", request.url)
    further = next_address(request.url, document, len(entries)) if not crawl.is_spent(request.url) else None
    if further and not (n_all.isdigit() and int(page[1] if page else 1) >= int(n_all)):
        crawl.push(further, Purpose.INTERFACE, request.depth)
    elif known and crawl.candidates:
        crawl.complete = True


def take_sitemap(crawl: Crawl, request: Request, fetched: Fetched, limits: CrawlLimits) -> None:
    """A sitemap, or an index of them."""
    sitemap = parse_sitemap(fetched.content, fetched.url) if fetched.ok else None
    if sitemap is None or not sitemap.places:
        return
    crawl.guesses = [each for each in crawl.guesses if each.purpose is not Purpose.SITEMAP]
    if sitemap.is_index:
        if request.depth >= limits.max_depth:
            return
        wanted = [place.url for place in sitemap.places if holds_posts(place.url) is not False]
        for address in sorted(wanted, key=lambda each: holds_posts(each) is None):
            push_sitemap(crawl, address, limits, request.depth + 1)
        return
    if is_local(crawl):
        _learn_hosts(crawl, [Entry(place.url, "") for place in sitemap.places])
    where = Found.POST_SITEMAP if holds_posts(fetched.url) else Found.SITEMAP
    for place in sitemap.places:
        url = crawl.scope.place(place.url)
        if url is None or _is_foreign(crawl, url) or _is_translation(crawl, url, place.alternates):
            continue
        if judge_address(url, crawl.scope) in {Kind.POST, Kind.OPEN}:
            is_new = crawl.key(url) not in crawl.candidates
            candidate = crawl.meet(url, where, limits)
            if candidate is not None:
                candidate.modified = candidate.modified or place.modified
                candidate.hinted = candidate.hinted or read_url_day(path_of(url))
                crawl.n_listed += is_new


def _is_translation(crawl: Crawl, url: str, alternates: dict[str, str]) -> bool:
    """Whether a page is the copy in another language of one in the language of the start."""
    if crawl.language is None:
        return False
    own = [address for language, address in alternates.items() if language.partition("-")[0] == crawl.language]
    return bool(own) and fold_url(url) not in {crawl.key(crawl.scope.place(each) or each) for each in own}


def take_listing(crawl: Crawl, request: Request, fetched: Fetched, limits: CrawlLimits) -> None:
    """A page that lists posts."""
    if not fetched.ok:
        return
    if is_feed(fetched.content, fetched.content_type):
        take_feed(crawl, request, fetched, limits)
        return
    if crawl.scope.place(fetched.url) is None:
        return
    page = read_page(fetched.content, charset_of(fetched), fetched.url)
    crawl.language = crawl.language or (page.metadata.language or "").lower().partition("-")[0] or None
    if crawl.feed_url is None and not crawl.narrow:
        for feed in page.feeds[:1]:
            placed = crawl.scope.whole().place(feed)
            if placed:
                crawl.push(placed, Purpose.FEED)
    if request.purpose is Purpose.LISTING and request.depth == 0:
        push_interfaces(crawl, page)
    take_page(crawl, page, request.depth, limits, family=request.url)


def take_page(crawl: Crawl, page: Page, depth: int, limits: CrawlLimits, family: str | None = None) -> None:
    """The links of a page that lists posts."""
    n_new = 0
    for document in page.data:
        n_new += sum(_take_entry(crawl, entry, Found.LISTING, limits) for entry in read_posts(document, page.url))
    further = {url for each in page.further if (url := crawl.scope.place(each))}
    for link in page.links:
        url = crawl.scope.place(link.url)
        if url is None or _is_foreign(crawl, url) or (fold_url(url) == fold_url(page.url) and url not in further):
            continue
        kind = judge_address(url, crawl.scope)
        if kind in {Kind.POST, Kind.OPEN} and (link.in_main or kind is Kind.POST):
            n_new += _take_link(crawl, url, link.text, link.published, limits)
        elif kind in {Kind.LISTING, Kind.TOPIC} and url not in further:
            _push_listing(crawl, url, kind, depth, limits)
    crawl.n_listed += bool(n_new)
    crawl.count_news(family or page.url, n_new)
    for url in further:
        kind = judge_address(url, crawl.scope)
        may_follow = kind in {Kind.LISTING, Kind.TOPIC} and (not crawl.narrow or _is_same_listing(crawl, url))
        if may_follow and not crawl.is_spent(url):
            crawl.push(url, Purpose.LISTING if kind is Kind.LISTING or crawl.narrow else Purpose.TOPIC, depth)
    for each in page.interfaces if not crawl.narrow else ():
        if "/wp/v2/" not in each and (url := crawl.scope.place(each)) and not crawl.is_spent(url):
            crawl.push(url, Purpose.INTERFACE, depth)


def _push_listing(crawl: Crawl, url: str, kind: Kind, depth: int, limits: CrawlLimits) -> None:
    if depth >= limits.max_depth or crawl.is_spent(url):
        return
    if crawl.narrow:
        if _is_same_listing(crawl, url):
            crawl.push(url, Purpose.LISTING, depth + 1)
        return
    crawl.push(url, Purpose.LISTING if kind is Kind.LISTING else Purpose.TOPIC, depth + 1)


def _is_same_listing(crawl: Crawl, url: str) -> bool:
    start = re.sub(r"/(?:page|feed|rss)/?\d*/?$", "", path_of(crawl.start)).rstrip("/")
    return path_of(url).startswith(start)


def _take_link(crawl: Crawl, url: str, text: str, published: str | None, limits: CrawlLimits) -> bool:
    is_new = crawl.key(url) not in crawl.candidates
    candidate = crawl.meet(url, Found.LISTING, limits)
    if candidate is None:
        return False
    if len(text) > len(candidate.shown_title) and not re.match(
        r"read (?:more|on)|continue|comments?|\d+ comment|permalink", text, re.IGNORECASE
    ):
        candidate.shown_title = text
    candidate.hinted = candidate.hinted or published or read_url_day(path_of(url))
    return is_new


def take_post(crawl: Crawl, candidate: Candidate, fetched: Fetched, limits: CrawlLimits, depth: int = 1) -> None:
    """The page of a candidate: is it a post, and what does it say of itself?"""
    if not fetched.ok and candidate.variants:
        candidate.url = candidate.variants.pop(0)
        return
    candidate.seen = True
    if not fetched.ok:
        candidate.refuse(f"its page answers {fetched.status}")
        return
    url = crawl.scope.place(fetched.url)
    kind = judge_address(url, crawl.scope) if url else Kind.OTHER
    if (
        url is None
        or (kind in {Kind.LISTING, Kind.TOPIC} and not candidate.is_certain)
        or url.rstrip("/") == crawl.scope.origin
    ):
        candidate.refuse("it leads elsewhere")
        return
    if fetched.content_type not in {HTML, "application/xhtml+xml", ""}:
        candidate.refuse(f"it is of type {fetched.content_type}")
        return
    page = read_page(fetched.content, charset_of(fetched), fetched.url)
    article = extract_article(fetched)
    n_words = sum(count_words(block.text) for block in article.blocks) if article else 0
    if _is_translation(crawl, url, page.alternates):
        candidate.refuse("it is a translation")
        return
    own = _find_own(crawl, page, article, url)
    verdict, reason = judge_page(page, article, n_words, kind)
    if verdict is False and fold_url(own) != fold_url(candidate.url):  # a page that only leads on to the post
        candidate.refuse(reason)
        crawl.meet(own, candidate.found[0], limits)
        return
    candidate = crawl.join(candidate, own)
    if verdict is False and candidate.is_certain and article is not None and _is_listed_firmly(candidate):
        verdict, reason = None, ""
    verdict = candidate.verdict if verdict is None else verdict
    candidate.verdict, candidate.reason = verdict, reason
    if verdict is False:
        if not candidate.is_certain and depth < limits.max_depth and len(page.links) > 2 and not crawl.narrow:
            take_page(crawl, page, depth + 1, limits)
        return
    if article is not None:
        _fill_from_page(candidate, article, n_words)
    _take_neighbours(crawl, page, limits)


def _is_listed_firmly(candidate: Candidate) -> bool:
    """A feed or an interface knows better than a page's template what a post is."""
    return bool({Found.FEED, Found.INTERFACE} & set(candidate.found))


def _fill_from_page(candidate: Candidate, article: Article, n_words: int) -> None:
    candidate.title = candidate.title or article.title
    candidate.n_words = n_words or candidate.n_words
    candidate.author = candidate.author or article.author
    if candidate.published is None and article.published:
        hinted = candidate.hinted
        same_day = hinted is not None and hinted[:10] == article.published[:10]
        candidate.published = (
            hinted if same_day and hinted and len(hinted) > len(article.published) else article.published
        )


def _find_own(crawl: Crawl, page: Page, article: Article | None, url: str) -> str:
    """The address that the page calls its own, where that can be believed."""
    stated = crawl.scope.place(article.url) if article and article.url else None
    stated = stated or (crawl.scope.place(page.metadata.url) if page.metadata.url else None)
    if stated is None or judge_address(stated, crawl.scope) not in {Kind.POST, Kind.OPEN}:
        return url
    other = crawl.candidates.get(crawl.key(stated))
    taken = other is not None and other.seen and article is not None and other.title not in {"", article.title}
    return url if taken and fold_url(stated) != fold_url(url) else stated


def _take_neighbours(crawl: Crawl, page: Page, limits: CrawlLimits) -> None:
    if crawl.narrow or crawl.complete:
        return
    for each in page.neighbours:
        url = crawl.scope.place(each)
        if url and not _is_foreign(crawl, url) and judge_address(url, crawl.scope) in {Kind.POST, Kind.OPEN}:
            crawl.meet(url, Found.NEIGHBOUR, limits)


def extract_article(fetched: Fetched) -> Article | None:
    """The article of a page; None where there is none."""
    try:
        return extract(Source(fetched.url, fetched.content, HTML, charset_of(fetched)))
    except (NoArticle, UnsupportedSource):
        return None


def charset_of(fetched: Fetched) -> str | None:
    match = re.search(r"charset=[\"']?([\w.:-]+)", fetched.headers.get("content-type", ""), re.IGNORECASE)
    return match[1] if match else None
