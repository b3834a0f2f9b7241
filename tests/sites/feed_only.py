"""A blog that only its feed tells of: the last ten posts, and each post names the one before it."""

from __future__ import annotations

from sites.blog_server import ROOT, Answer, Site, Truth
from sites.writing import write_posts, write_rss

AUTHOR = "Sana Idris"
N_POSTS = 41


def make_feed_only() -> Site:
    posts = write_posts(N_POSTS, (AUTHOR,), seed=4)
    answers: dict[str, Answer] = {
        "/": Answer(
            "<html><head><title>sana</title></head><body><p>I write. There is a <a href='/rss.xml'>feed</a> of it.</p>"
            "<p><a href='/now'>now</a> <a href='/about'>about</a></p></body></html>"
        ),
        "/about": Answer(
            "<html><body><h1>About</h1>" + "<p>Somebody who writes things down.</p>" * 8 + "</body></html>"
        ),
        "/robots.txt": Answer(f"User-agent: *\nDisallow: /writing/{posts[3].slug}\nCrawl-delay: 2\n", "text/plain"),
    }
    for index, post in enumerate(posts):
        before = posts[index + 1].slug if index + 1 < len(posts) else None
        link = f"<a rel='prev' href='/writing/{before}'>&larr; before this</a>" if before else ""
        if index == 2:  # the one that is skipped here is named by nobody but the feed and the sitemap
            link = f"<a rel='prev' href='/writing/{posts[4].slug}?ref=prev'>&larr; before this</a>"
        answers[f"/writing/{post.slug}"] = Answer(
            f"<html><head><title>{post.title}</title></head><body><article class='h-entry'><h1>{post.title}</h1>"
            f"<time class='dt-published' datetime='{post.day}'>{post.moment:%d %b %Y}</time>{post.html}</article>"
            f"<p>{link}</p></body></html>"
        )
    items = [
        f"<item><title>{post.title}</title><link>{ROOT}/writing/{post.slug}/#utm_source=feed</link>"
        f"<pubDate>{post.mail_date}</pubDate><author>sana@example.com ({AUTHOR})</author>"
        f"<description>{post.paragraphs[0][:60]}…</description></item>"
        for post in posts[:10]
    ]
    answers["/rss.xml"] = Answer(write_rss("sana", ROOT, items), "text/xml")
    for post in posts:
        answers[f"/writing/{post.slug}/"] = answers[f"/writing/{post.slug}"]
    truth = [
        Truth(f"/writing/{post.slug}", post.title, post.day, AUTHOR) for index, post in enumerate(posts) if index != 3
    ]
    return Site("feed only", answers, truth, (f"/writing/{posts[3].slug}",))
