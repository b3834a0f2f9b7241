"""Blogs of other makes: what each of them does that the written four do not."""

from __future__ import annotations

import json
import re
from dataclasses import replace

from sites.blog_server import ROOT, Answer, Site, Truth, serve_blog
from sites.crawling import crawl_site, score
from sites.writing import Written, write_posts, write_rss, write_urls

POSTS = write_posts(12, ("Ann Lee",), seed=31)
ABOUT = "<h1>About us</h1>" + "<p>This page is about the people who make this and what they do.</p>" * 8


def page(title: str, body: str, head: str = "", language: str = "en") -> Answer:
    return Answer(
        f"<!doctype html><html lang='{language}'><head><title>{title}</title>{head}</head><body>{body}</body></html>"
    )


def article(post: Written, head: str = "", language: str = "en") -> Answer:
    body = f"<h1>{post.title}</h1><span class='author'>Ann Lee</span><time datetime='{post.day}'></time>{post.html}"
    return page(post.title, f"<main>{body}</main>", head, language)


def truth(folder: str) -> list[Truth]:
    return [Truth(f"{folder}{post.slug}/", post.title, post.day, "Ann Lee") for post in POSTS]


def faults(site: Site) -> dict[str, list[str]]:
    with serve_blog(site) as server:
        found = crawl_site(server)
        return score(found.posts, site.truth, server.root).faults


def test_a_copy_on_this_machine_of_a_blog_that_names_another_host_is_read_here() -> None:
    away = "https://example.org"
    answers = {
        f"/posts/{post.slug}/": article(post, f"<link rel=canonical href='{away}/posts/{post.slug}/'>")
        for post in POSTS
    }
    items = [f"<item><title>{post.title}</title><link>{away}/posts/{post.slug}/</link></item>" for post in POSTS[:4]]
    places = [(f"{away}/posts/{post.slug}/", "") for post in POSTS] + [(f"{away}/old-name/", "")]
    answers["/"] = page(
        "Tea",
        "",
        f"<link rel=canonical href='{away}/'><link rel=alternate type='application/rss+xml' href='{away}/index.xml'>",
    )
    answers["/index.xml"] = Answer(write_rss("Tea", away, items), "application/xml")
    answers["/sitemap.xml"] = Answer(write_urls(places), "application/xml")
    target = f"{away}/posts/{POSTS[2].slug}/"
    answers["/old-name/"] = page(
        "x", "", f"<meta http-equiv='refresh' content='0; url={target}'><link rel=canonical href='{target}'>"
    )

    assert faults(Site("copy", answers, truth("/posts/"))) == {}


def test_a_blog_in_a_folder_of_a_larger_site_is_not_left() -> None:
    menu = "<nav><a href='/'>Home</a><a href='/pricing/'>Pricing</a></nav>"
    answers = {f"/blog/{post.slug}/": article(post) for post in POSTS}
    cards = "".join(f"<div><a href='/blog/{post.slug}/'><h3>{post.title}</h3></a></div>" for post in POSTS)
    answers["/blog/"] = page("Blog", f"{menu}{cards}<a href='/pricing/'>Try it</a>")
    answers["/pricing/"] = answers["/case-studies/acme/"] = page("Acme", f"{ABOUT}<time datetime='2024-01-01'></time>")
    places = [(f"{ROOT}{path}", "2024-01-01") for path in ("/pricing/", "/case-studies/acme/", "/blog/")]
    answers["/sitemap.xml"] = Answer(write_urls(places), "application/xml")

    assert faults(Site("company", answers, truth("/blog/"), start="/blog/")) == {}


def test_translations_of_a_post_are_not_further_posts() -> None:
    answers: dict[str, Answer] = {}
    for folder, language in (("", "en"), ("/de", "de")):
        for path in ["/", *(f"/posts/{post.slug}/" for post in POSTS)]:
            head = f"<link rel=alternate hreflang=en href='{ROOT}{path}'><link rel=alternate hreflang=de href='{ROOT}/de{path}'>"
            post = next((each for each in POSTS if each.slug in path), None)
            rows = "".join(f"<li><a href='{folder}/posts/{each.slug}/'>{each.title}</a></li>" for each in POSTS)
            answers[folder + path] = (
                article(post, head, language) if post else page("Tea", f"<ul>{rows}</ul>", head, language)
            )
    places = [(f"{ROOT}{folder}/posts/{post.slug}/", "") for post in POSTS for folder in ("", "/de")]
    answers["/sitemap.xml"] = Answer(write_urls(places), "application/xml")
    german = [replace(each, path=f"/de{each.path}") for each in truth("/posts/")]

    assert faults(Site("english", answers, truth("/posts/"))) == {}
    assert faults(Site("german", answers, german, start="/de/")) == {}


def test_posts_that_a_button_loads_are_found_by_what_it_asks() -> None:
    answers = {f"/blog/{post.slug}/": article(post) for post in POSTS}
    cards = "".join(f"<a href='/blog/{post.slug}/'>{post.title}</a>" for post in POSTS[:4])
    script = "<script>more.onclick = () => fetch(`/api/posts?page=${++page}`)</script>"
    answers["/"] = page("Tea", f"<div>{cards}</div><button id='more'>Load more</button>{script}")

    def load(path: str) -> Answer | None:
        match = re.fullmatch(r"/api/posts\?page=(\d+)", path)
        if match is None:
            return None
        number = int(match[1])
        rows = [{"title": post.title, "url": f"/blog/{post.slug}/"} for post in POSTS[(number - 1) * 4 : number * 4]]
        return Answer(json.dumps({"posts": rows, "nextPage": number + 1 if number < 3 else None}), "application/json")

    assert faults(Site("load more", answers, truth("/blog/"), otherwise=load)) == {}


def test_essays_without_any_date_are_told_from_pages_about_their_author() -> None:
    answers = {
        f"/{post.slug}.html": page(post.title, f"<a href='index.html'>home</a><h1>{post.title}</h1>{post.html}")
        for post in POSTS
    }
    rows = "".join(f"<tr><td><a href='{post.slug}.html'>{post.title}</a></td></tr>" for post in POSTS)
    answers["/"] = answers["/index.html"] = page("Ann", "<a href='articles.html'>Essays</a> <a href='bio.html'>Bio</a>")
    answers["/articles.html"] = page("Essays", f"<table>{rows}</table>")
    answers["/bio.html"] = page("Bio", ABOUT)
    essays = [Truth(f"/{post.slug}.html", post.title, "", None) for post in POSTS]

    assert faults(Site("essays", answers, essays)) == {}


def test_one_post_leads_to_all_of_its_blog() -> None:
    answers = {f"/notes/{post.slug}/": article(post) for post in POSTS}
    rows = "".join(f"<li><a href='/notes/{post.slug}/'>{post.title}</a></li>" for post in POSTS)
    answers["/notes/"] = page("Notes", f"<ul>{rows}</ul>")

    assert faults(Site("one", answers, truth("/notes/"), start=f"/notes/{POSTS[3].slug}/")) == {}
