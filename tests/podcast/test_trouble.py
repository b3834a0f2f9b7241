"""Hosts that misbehave: what a crawl does about them."""

from __future__ import annotations

import asyncio
import gzip
import itertools
from dataclasses import replace
from pathlib import Path

import pytest

from catwalk.errors import FetchFailed, HostResting, InvalidRequest, NoPosts, RobotsRefused
from catwalk.podcast.discovery.crawl import Crawl, CrawlLimits, Selection, load_crawl, save_crawl
from catwalk.podcast.web import guard
from sites.blog_server import ROOT, Answer, Site, redirect, serve_blog
from sites.crawling import LOCAL, HandClock, crawl_site, make_web, score
from sites.feed_only import make_feed_only
from sites.paginated import make_paginated
from sites.substack import make_substack
from sites.wordpress import make_wordpress
from sites.writing import write_index, write_posts, write_urls

POST = Answer(
    "<html><head><title>Tea</title></head><body><h1>Tea</h1><p>3 May 2024</p>"
    "<p>Water, leaves and a quarter of an hour of patience make what this post is about.</p>" * 1 + "</body></html>"
)


def small(**answers: Answer) -> Site:
    home = Answer('<html><body><h1>Tea</h1><ul><li><a href="/2024/05/03/tea">Tea</a></li></ul></body></html>')
    return Site("small", {"/": home, "/2024/05/03/tea": POST, **{f"/{k}": v for k, v in answers.items()}}, [])


def test_no_host_is_asked_more_than_once_a_second() -> None:
    clock = HandClock()

    with serve_blog(make_wordpress(), clock.now) as server:
        crawl_site(server, web=make_web(clock))

    times = [hit.at for hit in server.hits]
    assert min(later - earlier for earlier, later in itertools.pairwise(times)) >= 1.0
    assert {hit.agent for hit in server.hits} == {"catwalk/test"}
    assert len(set(server.paths)) == len(server.paths)


def test_a_crawl_delay_is_kept() -> None:
    clock = HandClock()

    with serve_blog(make_feed_only(), clock.now) as server:
        crawl_site(server, web=make_web(clock))

    times = [hit.at for hit in server.hits][1:]
    assert min(later - earlier for earlier, later in itertools.pairwise(times)) >= 2.0


def test_the_second_crawl_of_a_blog_asks_only_what_has_changed(tmp_path: Path) -> None:
    with serve_blog(make_paginated()) as server:
        first = crawl_site(server, web=make_web(HandClock(), cache=tmp_path))
        server.hits.clear()

        second = crawl_site(server, web=make_web(HandClock(), cache=tmp_path))

    assert second.posts == first.posts
    assert {hit.status for hit in server.hits if hit.conditional} == {304}
    assert [hit for hit in server.hits if hit.status == 200] == []


class _Killed(BaseException):
    pass


@pytest.mark.parametrize("n_before", [1, 30])
def test_a_crawl_that_is_killed_goes_on_without_asking_again(n_before: int) -> None:
    kept: list[str] = []

    def advance(crawl: Crawl) -> None:
        kept.append(save_crawl(crawl))
        if len(kept) == n_before:
            raise _Killed

    with serve_blog(make_wordpress()) as server:
        with pytest.raises(_Killed):
            crawl_site(server, advance=advance)

        found = crawl_site(server, crawl=load_crawl(kept[-1]))

    assert score(found.posts, server.site.truth, server.root).faults == {}
    assert len(set(server.paths)) == len(server.paths)


def test_retry_after_is_waited_for_and_the_address_asked_again() -> None:
    clock = HandClock()

    with serve_blog(make_substack(), clock.now) as server:
        server.faults["/sitemap.xml"] = [Answer(status=429, headers={"Retry-After": "120"})]
        server.faults["/feed"] = [Answer(status=503), Answer(status=503)]
        found = crawl_site(server, web=make_web(clock))

    assert score(found.posts, server.site.truth, server.root).faults == {}
    feeds = [hit.at for hit in server.hits if hit.path == "/feed"]
    assert feeds[1] - feeds[0] >= 2.0
    assert feeds[2] - feeds[1] >= 4.0


def test_a_host_that_wants_hours_of_rest_ends_the_crawl_which_can_be_taken_up() -> None:
    kept: list[str] = []

    with serve_blog(make_substack(interface=False)) as server:
        server.faults["/sitemap.xml"] = [Answer(status=429, headers={"Retry-After": "7200"})]
        crawls: list[Crawl] = []
        with pytest.raises(HostResting) as raised:
            crawl_site(server, advance=crawls.append)
        kept.append(save_crawl(crawls[-1]))

        found = crawl_site(server, crawl=load_crawl(kept[0]))

    assert raised.value.retry_after_s == 7200
    assert score(found.posts, server.site.truth, server.root).faults == {}


def test_a_host_that_is_down_for_good_ends_the_crawl_early() -> None:
    site = make_paginated()
    site.otherwise = lambda path: Answer(status=500) if path.startswith("/posts") else None
    for path in [each for each in site.answers if each.startswith("/posts")]:
        del site.answers[path]

    with serve_blog(site) as server:
        with pytest.raises(NoPosts):
            crawl_site(server)

    assert len({path for path in server.paths if path.startswith("/posts")}) == 5


def test_a_page_that_hangs_is_left_out_and_the_rest_is_found() -> None:
    with serve_blog(small(about=POST)) as server:
        server.site.answers["/sitemap.xml"] = Answer(hangs=True)
        found = crawl_site(server, web=make_web(HandClock(), limits=replace(LOCAL, timeout_s=0.2)))

    assert [post.title for post in found.posts] == ["Tea"]


def test_a_post_that_is_gone_is_left_out_with_the_reason() -> None:
    with serve_blog(make_paginated()) as server:
        gone = server.site.truth[6].path
        server.site.answers[gone] = Answer(status=404)
        found = crawl_site(server)

    assert score(found.posts, server.site.truth, server.root).missing == [f"127.0.0.1:{server.port}{gone}"]
    assert [each.reason for each in found.left_out if each.url.endswith(gone)] == ["its page answers 404"]


def test_broken_xml_in_feed_and_sitemap_does_not_hide_the_posts() -> None:
    with serve_blog(make_substack(interface=False)) as server:
        for path in ("/feed", "/sitemap.xml"):
            whole = server.site.answers[path]
            server.site.answers[path] = Answer(
                str(whole.body)[:-120].replace("</title>", " & more</title>", 1), whole.kind
            )
        found = crawl_site(server)

    assert len(score(found.posts, server.site.truth, server.root).missing) <= 1


def test_a_sitemap_bomb_is_read_up_to_its_bound() -> None:
    head = write_urls([("/2024/05/03/tea", "2024-05-03")]).encode().removesuffix(b"</urlset>")
    bomb = gzip.compress(head + b" " * 200_000_000 + b"</urlset>", compresslevel=1)
    laughs = (
        '<!DOCTYPE x [<!ENTITY a "ha">'
        + "".join(f'<!ENTITY {chr(98 + n)} "{("&" + chr(97 + n) + ";") * 10}">' for n in range(9))
        + "]><urlset><url><loc>/&j;</loc></url><url><loc>/2024/05/03/tea</loc></url></urlset>"
    )
    robots = Answer(f"User-agent: *\nSitemap: {ROOT}/bomb.xml.gz\nSitemap: {ROOT}/laughs.xml\n", "text/plain")
    site = small(
        **{"robots.txt": robots, "bomb.xml.gz": Answer(bomb, "application/gzip"), "laughs.xml": Answer(laughs)}
    )

    with serve_blog(site) as server:
        found = crawl_site(server)

    assert [post.title for post in found.posts] == ["Tea"]


def test_an_index_that_lists_itself_and_thousands_more_ends() -> None:
    urls = [f"{ROOT}/sitemap.xml"] + [f"{ROOT}/s{n}.xml" for n in range(3000)]
    site = small(**{"sitemap.xml": Answer(write_index(urls), "application/xml")})

    with serve_blog(site) as server:
        found = crawl_site(server, limits=CrawlLimits(max_sitemaps=20))

    assert [post.title for post in found.posts] == ["Tea"]
    assert len([path for path in server.paths if path.startswith("/s")]) <= 22


@pytest.mark.parametrize("target", ["http://10.0.0.1/", "http://169.254.169.254/latest/meta-data", "http://[fd00::1]/"])
def test_a_redirect_to_a_private_address_is_refused(target: str) -> None:
    home = Answer(
        '<html><body><ul><li><a href="/2024/05/03/tea">Tea</a><li><a href="/2024/05/04/in">In</a></ul></body></html>'
    )
    site = small(**{"": home, "2024/05/04/in": redirect(target)})

    with serve_blog(site) as server:
        found = crawl_site(server)

    assert [post.title for post in found.posts] == ["Tea"]
    assert [each.reason for each in found.left_out] == ["its page could not be had: fetch_refused"]


def test_a_crawl_from_the_internet_never_reaches_this_machine() -> None:
    assert guard(LOCAL, "https://example.com/").allow_loopback is False
    assert guard(LOCAL, "http://localhost:8900/").allow_loopback is True
    assert guard(LOCAL, "http://[::1]:8900/").allow_loopback is True


def test_redirect_loops_end() -> None:
    site = small(
        **{"": Answer('<ul><li><a href="/2024/05/03/tea">Tea</a><li><a href="/2024/01/01/loop">Loop</a></ul>')}
    )
    site.answers["/2024/01/01/loop"] = redirect("/2024/01/02/loop")
    site.answers["/2024/01/02/loop"] = redirect("/2024/01/01/loop")

    with serve_blog(site) as server:
        found = crawl_site(server)

    assert [post.title for post in found.posts] == ["Tea"]


def test_endless_pagination_ends_soon() -> None:
    def more(path: str) -> Answer | None:
        number = int(path.rpartition("=")[2]) if "/calendar?month=" in path else None
        link = f'<a rel="next" href="/calendar?month={(number or 0) + 1}">next</a>'
        return Answer(f"<html><body><p>Nothing</p>{link}</body></html>") if number is not None else None

    site = small()
    site.answers["/"] = Answer(
        str(site.answers["/"].body).replace("</ul>", "</ul><a rel=next href='/calendar?month=1'>next</a>")
    )
    site.otherwise = more

    with serve_blog(site) as server:
        crawl_site(server)

    assert len([path for path in server.paths if path.startswith("/calendar")]) <= 4


def test_the_limit_of_pages_holds_and_is_told() -> None:
    with serve_blog(make_paginated()) as server:
        found = crawl_site(server, limits=CrawlLimits(max_pages=30))

    assert len(set(server.paths) - {"/robots.txt", "/posts/renamed.html"}) == 30
    assert found.ended == "the limit of 30 pages is reached"
    assert 0 < len(found.posts) < 45


def test_only_pages_of_wanted_posts_are_asked_for_where_dates_are_known() -> None:
    with serve_blog(make_wordpress(rest=True)) as server:
        found = crawl_site(server, selection=Selection(since="2023-06-01", until="2023-12-31", match="lantern|map"))

    assert found.posts
    assert all("2023-06-01" <= (post.published or "")[:10] <= "2023-12-31" for post in found.posts)
    assert len(server.hits) < 8


def test_the_newest_posts_come_first_and_a_limit_takes_those() -> None:
    with serve_blog(make_substack(interface=False)) as server:
        found = crawl_site(server, selection=Selection(limit=3))

    newest = sorted(server.site.truth, key=lambda each: each.day, reverse=True)[:3]
    assert [post.title for post in found.posts] == [each.title for each in newest]
    assert len(server.hits) < 20


def test_a_site_that_does_not_want_robots_is_left_alone() -> None:
    site = small(**{"robots.txt": Answer("User-agent: *\nDisallow: /\n", "text/plain")})

    with serve_blog(site) as server:
        with pytest.raises(RobotsRefused):
            crawl_site(server)

    assert server.paths == ["/robots.txt"]


def test_an_address_that_is_not_there_and_one_without_posts_are_failures() -> None:
    with serve_blog(Site("empty", {"/": Answer("<html><body><p>Soon.</p></body></html>")}, [])) as server:
        with pytest.raises(NoPosts, match="no post was found"):
            crawl_site(server)
        with pytest.raises(FetchFailed, match="answered 404"):
            crawl_site(server, start="/nothing")


def test_a_saved_crawl_that_is_none_is_refused() -> None:
    with pytest.raises(InvalidRequest, match="cannot be taken up"):
        load_crawl('{"start": 3')


def test_posts_behind_a_tag_are_those_of_the_tag() -> None:
    with serve_blog(make_wordpress()) as server:
        found = crawl_site(server, start="/tag/water/")

    tagged = {post.title for post in write_posts(48, ("Ann Lee", "Tomás Ruiz", "Wei Zhang"), seed=1)[3:40:4]}
    assert {post.title for post in found.posts} <= tagged
    assert len(found.posts) >= len(tagged) - 1


@pytest.mark.parametrize("start", ["/feed/", "/sitemap_index.xml", "/page/2/", "/2023/11/"])
def test_any_address_of_a_blog_leads_to_its_posts(start: str) -> None:
    site = make_wordpress()
    november = [each for each in site.truth if each.path.startswith("/2023/11/")]
    rows = "".join(f'<h2><a href="{each.path}">{each.title}</a></h2>' for each in november)
    site.answers["/2023/11/"] = Answer(f"<html><body class='archive date'>{rows}</body></html>")
    truth = november if start == "/2023/11/" else site.truth

    with serve_blog(site) as server:
        found = crawl_site(server, start=start)

    assert score(found.posts, truth, server.root).faults == {}


def test_one_web_is_shared_by_many_crawls() -> None:
    clock = HandClock()
    web = make_web(clock)

    with serve_blog(make_substack(), clock.now) as server:
        crawl_site(server, web=web)
        asyncio.run(web.robots(server.root))

    assert server.paths.count("/robots.txt") == 1
