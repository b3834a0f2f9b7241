"""A newsletter in the manner of Substack: posts at /p/, a list that scripts load, an interface behind it."""

from __future__ import annotations

import json
import re

from sites.blog_server import ROOT, Answer, Site, Truth, redirect
from sites.writing import Written, write_posts, write_rss, write_urls

AUTHORS = ("Maya Okafor", "Jonas Berg")
N_POSTS = 44


def make_substack(*, interface: bool = True) -> Site:
    posts = write_posts(N_POSTS, AUTHORS, seed=2)
    answers: dict[str, Answer] = {}
    for post in posts:
        _add_post(answers, post)
    cards = "".join(
        f'<div class="post-preview"><a href="{ROOT}/p/{post.slug}?utm_source=archive">{post.title}</a>'
        f'<a href="{ROOT}/p/{post.slug}/comments">3 comments</a></div>'
        for post in posts[:12]
    )
    menu = '<nav><a href="/about">About</a><a href="/podcast">Podcast</a><a href="/s/extra">Extra</a><a href="/notes">Notes</a></nav>'
    for path in ("/", "/archive"):
        answers[path] = _page("The Slow Harbour", f"{menu}<div>{cards}</div><a href='/subscribe'>Subscribe</a>")
    answers["/about"] = _page("About The Slow Harbour", "<h1>About</h1>" + "<p>This letter comes on Mondays.</p>" * 9)
    answers["/s/extra"] = _page("Extra", cards)
    answers["/subscribe"] = _page("Subscribe", "<form></form>")
    answers["/recommendations"] = _page("Recommendations", "<p>Others</p>")
    items = [
        f"<item><title><![CDATA[{post.title}]]></title><link>{ROOT}/p/{post.slug}</link><guid>{ROOT}/p/{post.slug}</guid>"
        f"<dc:creator>{post.author}</dc:creator><pubDate>{post.mail_date}</pubDate>"
        f"<content:encoded><![CDATA[{post.html}]]></content:encoded></item>"
        for post in posts[:10]
    ]
    answers["/feed"] = Answer(
        write_rss("The Slow Harbour", ROOT, items, extra="<generator>Substack</generator>"), "application/xml"
    )
    places = [(f"{ROOT}/p/{post.slug}", post.day) for post in posts]
    places += [
        (f"{ROOT}/about", "2024-01-01"),
        (f"{ROOT}/archive", "2024-01-01"),
        (f"{ROOT}/recommendations", "2024-01-01"),
    ]
    answers["/sitemap.xml"] = Answer(write_urls(places), "application/xml")
    closed = "" if interface else "Disallow: /api/\n"
    answers["/robots.txt"] = Answer(
        f"User-agent: *\nDisallow: /action/\nDisallow: /publish\nDisallow: /p/{posts[8].slug}\n{closed}"
        f"Sitemap: {ROOT}/sitemap.xml\n",
        "text/plain",
    )
    answers["/p/an-older-name"] = redirect(f"/p/{posts[15].slug}", 302)
    truth = [
        Truth(f"/p/{post.slug}", post.title, post.day, post.author) for index, post in enumerate(posts) if index != 8
    ]
    forbidden = ("/action/", "/publish", f"/p/{posts[8].slug}", *(() if interface else ("/api/",)))

    def load(path: str) -> Answer | None:
        match = re.fullmatch(r"/api/v1/archive\?limit=(\d+)&offset=(\d+)&sort=new", path)
        if match is None or not interface:
            return None
        begin = int(match[2])
        rows = [_row(post) for post in posts[begin : begin + min(int(match[1]), 12)]]
        return Answer(json.dumps(rows), "application/json")

    name = "Substack" if interface else "Substack without its interface"
    return Site(name, answers, truth, forbidden, otherwise=load)


def _page(title: str, body: str, head: str = "") -> Answer:
    return Answer(
        f'<!doctype html><html lang="en"><head><title>{title}</title>{head}'
        f'<link rel="alternate" type="application/rss+xml" href="/feed" title="The Slow Harbour">'
        f'<link rel="preconnect" href="https://substackcdn.com"></head><body>{body}</body></html>'
    )


def _add_post(answers: dict[str, Answer], post: Written) -> None:
    facts = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": post.title,
        "datePublished": post.moment.isoformat(),
        "author": [{"@type": "Person", "name": post.author}],
    }
    head = (
        f'<link rel="canonical" href="{ROOT}/p/{post.slug}"><meta property="og:type" content="article">'
        f'<script type="application/ld+json">{json.dumps(facts)}</script>'
    )
    body = (
        f'<article><h1 class="post-title">{post.title}</h1><div class="available-content">{post.html}</div></article>'
        f'<div class="comments"><a href="/p/{post.slug}/comments">All comments</a></div>'
    )
    page = _page(post.title, body, head)
    for tail in ("", "?utm_source=archive", "?s=r", "?r=1ab2c", "?utm_campaign=post"):
        answers[f"/p/{post.slug}{tail}"] = page
    answers[f"/p/{post.slug}/comments"] = _page(f"Comments on {post.title}", "<p>Nice.</p>")


def _row(post: Written) -> dict[str, object]:
    return {
        "id": 1,
        "title": post.title,
        "slug": post.slug,
        "type": "newsletter",
        "post_date": post.moment.isoformat().replace("+00:00", ".000Z"),
        "canonical_url": f"{ROOT}/p/{post.slug}",
        "wordcount": len(post.html.split()),
        "publishedBylines": [{"name": post.author, "id": 3}],
    }
