"""A static blog whose pages are files: no feed, no sitemap, dates and authors on the posts alone, and a calendar trap."""

from __future__ import annotations

import re

from sites.blog_server import Answer, Site, Truth, redirect
from sites.writing import Written, write_posts

AUTHORS = ("Priya Nair", "Lucas Meyer")
N_POSTS = 45
_PER_PAGE = 8


def make_paginated() -> Site:
    posts = write_posts(N_POSTS, AUTHORS, seed=3)
    answers: dict[str, Answer] = {}
    n_pages = -(-len(posts) // _PER_PAGE)
    for number in range(1, n_pages + 1):
        shown = posts[(number - 1) * _PER_PAGE : number * _PER_PAGE]
        rows = "".join(f'<li><a href="../posts/{post.slug}.html">{post.title}</a></li>' for post in shown)
        older = f'<a href="page{number + 1}.html">older &rarr;</a>' if number < n_pages else ""
        numbers = "".join(f'<a href="page{each}.html">{each}</a> ' for each in range(1, n_pages + 1))
        answers[f"/blog/page{number}.html"] = _page(
            "Old posts", f"<ul>{rows}</ul><p>{older}</p><p class='pages'>{numbers}</p>"
        )
    rows = "".join(f'<li><a href="posts/{post.slug}.html">{post.title}</a></li>' for post in posts[:5])
    home = _page(
        "Field notes",
        f"<h1>Field notes</h1><ul>{rows}<li><a href='posts/{posts[0].slug}.html?utm_medium=home'>{posts[0].title}</a></li></ul>"
        '<p><a href="blog/page1.html">older posts</a> <a href="calendar/2024/05/">calendar</a> <a href="about.html">about</a> '
        '<a href="drafts/half-done.html">a draft</a> <a href="posts/renamed.html">renamed</a> '
        f'<a href="//127.0.0.1:{{port}}/">x</a> <a href="mailto:me@example.com">mail</a> <a href="notes.pdf">pdf</a></p>',
    )
    answers.update({"/": home, "/index.html": home})
    for post in posts:
        _add_post(answers, post)
    answers["/about.html"] = _page("About", "<h1>About</h1>" + "<p>We walk in the fields and write about them.</p>" * 9)
    answers["/drafts/half-done.html"] = _page(
        "Half done", "<h1>Half done</h1><p>Published on 3 May 2024</p>" + posts[0].html
    )
    answers["/posts/renamed.html"] = redirect(f"/posts/{posts[12].slug}.html")
    answers["/notes.pdf"] = Answer(b"%PDF-1.4", "application/pdf")
    hidden = posts[10].slug
    answers["/robots.txt"] = Answer(
        f"User-agent: catwalk\nDisallow: /posts/{hidden}.html\n\nUser-agent: *\nDisallow:\n", "text/plain"
    )
    truth = [
        Truth(f"/posts/{post.slug}.html", post.title, post.day, post.author) for post in posts if post.slug != hidden
    ]
    return Site("paginated", answers, truth, (f"/posts/{hidden}.html",), otherwise=_calendar)


def _page(title: str, body: str) -> Answer:
    return Answer(f"<html><head><title>{title} | Field notes</title></head><body>{body}</body></html>")


def _add_post(answers: dict[str, Answer], post: Written) -> None:
    body = (
        f"<h1>{post.title}</h1><p class='meta'>Published on {post.moment.day} {post.moment:%B %Y} by {post.author}</p>"
        f"{post.html}<p><a href='{post.slug}.print.html'>print</a> <a href='../index.html'>home</a></p>"
    )
    answers[f"/posts/{post.slug}.html"] = _page(post.title, body)
    answers[f"/posts/{post.slug}.html?utm_medium=home"] = answers[f"/posts/{post.slug}.html"]
    answers[f"/posts/{post.slug}.print.html"] = answers[f"/posts/{post.slug}.html"]


def _calendar(path: str) -> Answer | None:
    match = re.fullmatch(r"/calendar/(\d{4})/(\d{2})/", path)
    if match is None:
        return None
    year, month = (int(match[1]), int(match[2]) + 1) if match[2] != "12" else (int(match[1]) + 1, 1)
    return _page("Calendar", f"<p>Nothing.</p><a rel='next' href='/calendar/{year}/{month:02}/'>next month &raquo;</a>")
