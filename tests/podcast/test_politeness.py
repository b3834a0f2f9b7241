"""Turns, pauses, robots.txt and Retry-After."""

from __future__ import annotations

import asyncio
import itertools
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catwalk.podcast.politeness import Turns, back_off_s, parse_retry_after, parse_robots, read_robots
from catwalk.podcast.web import Manners
from sites.crawling import HandClock

NOW = 1_700_000_000.0


@given(st.one_of(st.text(max_size=40), st.none()))
def test_any_retry_after_is_understood_or_left_alone(value: str | None) -> None:
    seconds = parse_retry_after(value, NOW)

    assert seconds is None or seconds >= 0


@given(st.integers(0, 10**8))
def test_retry_after_in_seconds_and_as_a_date_say_the_same(seconds: int) -> None:
    date = format_datetime(datetime.fromtimestamp(NOW, UTC) + timedelta(seconds=seconds), usegmt=True)

    assert parse_retry_after(str(seconds), NOW) == seconds
    assert parse_retry_after(date, NOW) == seconds


def test_a_retry_after_in_the_past_is_now() -> None:
    assert parse_retry_after("Wed, 21 Oct 2015 07:28:00 GMT", NOW) == 0.0


@given(st.binary(max_size=300))
def test_any_bytes_are_a_robots_txt(content: bytes) -> None:
    robots = parse_robots(content)

    assert robots.allow("https://example.com/robots.txt") in {True, False}
    assert robots.crawl_delay_s is None or 0 <= robots.crawl_delay_s <= 120


@given(st.lists(st.from_regex(r"/[a-z]{1,8}/", fullmatch=True), min_size=1, max_size=5, unique=True))
def test_what_is_disallowed_is_not_asked_for_and_all_else_may_be(folders: list[str]) -> None:
    robots = parse_robots(("User-agent: *\n" + "".join(f"Disallow: {each}\n" for each in folders)).encode())

    assert not any(robots.allow(f"https://example.com{each}post") for each in folders)
    assert robots.allow("https://example.com/0/post")


def test_rules_for_catwalk_go_before_rules_for_all() -> None:
    robots = parse_robots(
        b"User-agent: *\nDisallow: /\n\nUser-agent: catwalk\nDisallow: /x/\nCrawl-delay: 3\nSitemap: /s.xml"
    )

    assert robots.allow("https://example.com/post")
    assert not robots.allow("https://example.com/x/post")
    assert robots.crawl_delay_s == 3.0


@pytest.mark.parametrize(("status", "allowed"), [(404, True), (403, True), (500, False), (503, False)])
def test_no_robots_txt_allows_all_and_a_failing_server_nothing(status: int, allowed: bool) -> None:
    robots = parse_robots(read_robots(status, b"").encode())

    assert robots.allow("https://example.com/post") is allowed


def test_a_host_is_asked_once_a_second_by_all_crawls_together() -> None:
    clock = HandClock()
    turns = Turns(clock)
    asked: list[tuple[str, float]] = []

    async def crawl(host: str) -> None:
        for _ in range(5):
            async with turns.turn(host, 1.0):
                asked.append((host, clock.now()))

    async def crawl_all() -> None:
        await asyncio.gather(crawl("a"), crawl("a"), crawl("b"))

    asyncio.run(crawl_all())

    times = sorted(at for host, at in asked if host == "a")
    assert len(times) == 10
    assert min(later - earlier for earlier, later in itertools.pairwise(times)) >= 1.0


def test_a_turn_that_fails_is_given_back() -> None:
    clock = HandClock()
    turns = Turns(clock)

    async def fail_then_ask() -> float:
        with pytest.raises(ValueError, match="no"):
            async with turns.turn("a", 1.0):
                raise ValueError("no")
        async with turns.turn("a", 1.0):
            return clock.now()

    assert asyncio.run(fail_then_ask()) >= NOW + 1.0


def test_back_off_doubles_up_to_five_minutes() -> None:
    assert [back_off_s(n) for n in (1, 2, 3, 10, 5000)] == [2.0, 4.0, 8.0, 300.0, 300.0]


def test_a_pause_under_a_second_holds_on_this_machine_only() -> None:
    manners = Manners(pause_s=0.0)
    slow = parse_robots(b"User-agent: *\nCrawl-delay: 7")

    assert manners.pause_for("127.0.0.1:8900", slow) == 0.0
    assert manners.pause_for("example.com", None) == 1.0
    assert manners.pause_for("example.com", slow) == 7.0
    assert Manners(pause_s=1.0).pause_for("127.0.0.1:8900", slow) == 7.0
