"""Following a feed: what a poll asks, what it finds, and when it asks again."""

from __future__ import annotations

import asyncio
import time
import zoneinfo
from dataclasses import replace
from datetime import UTC, datetime, tzinfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catwalk.errors import InvalidRequest
from catwalk.podcast.follow import FeedState, Poll, Rhythm, Standing, decide, load_state, poll, save_state
from catwalk.reader.fetch import Reply
from sites.blog_server import Answer, BlogServer, Site, redirect, serve_blog
from sites.crawling import HandClock, make_web
from sites.writing import Written, write_posts, write_rss

POSTS = write_posts(12, ("Ann Lee",), seed=9)
NOON = datetime(2024, 5, 21, 12, tzinfo=UTC).timestamp()
HOUR = 3600.0


def item(post: Written, text: str | None = None) -> str:
    return (
        f"<item><title>{post.title}</title><link>https://example.com/{post.slug}</link><guid>{post.slug}</guid>"
        f"<content:encoded><![CDATA[{text or post.html}]]></content:encoded></item>"
    )


def feed(posts: list[Written], **changed: str) -> Answer:
    items = [item(post, changed.get(post.slug.replace("-", "_"))) for post in posts]
    return Answer(write_rss("Tea", "https://example.com/", items), "application/rss+xml")


def blog(**answers: Answer) -> Site:
    return Site("tea", {"/feed": feed(POSTS[2:12]), **{f"/{name}": answer for name, answer in answers.items()}}, [])


def ask(server: BlogServer, state: FeedState | None = None, rhythm: Rhythm = Rhythm(), now: float = NOON) -> Poll:  # noqa: B008  # frozen
    web = make_web(HandClock(now))
    return asyncio.run(poll(state or FeedState(f"{server.root}/feed"), web, now, rhythm, chance=0.5))


def test_a_quiet_poll_is_one_conditional_request_answered_304() -> None:
    with serve_blog(blog()) as server:
        state = ask(server).state
        server.hits.clear()

        quiet = ask(server, load_state(save_state(state)))

    assert [(hit.path, hit.status, hit.conditional) for hit in server.hits] == [("/feed", 304, True)]
    assert (quiet.new, quiet.changed, quiet.error) == ((), (), "")
    assert quiet.state.next_at == NOON + 6 * HOUR


def test_the_first_poll_finds_nothing_new_and_the_next_what_was_added() -> None:
    with serve_blog(blog()) as server:
        first = ask(server)
        server.site.answers["/feed"] = feed(POSTS[:10])

        second = ask(server, first.state)

    assert first.new == ()
    assert [entry.title for entry in second.new] == [POSTS[1].title, POSTS[0].title]


def test_an_edited_post_is_changed_and_a_post_that_left_the_feed_is_not_new_when_it_comes_back() -> None:
    with serve_blog(blog()) as server:
        state = ask(server).state
        server.site.answers["/feed"] = feed(POSTS[:8], **{POSTS[4].slug.replace("-", "_"): "<p>Put otherwise.</p>"})
        edited = ask(server, state)
        server.site.answers["/feed"] = feed(POSTS[2:12], **{POSTS[4].slug.replace("-", "_"): "<p>Put otherwise.</p>"})

        back = ask(server, edited.state)

    assert [entry.title for entry in edited.changed] == [POSTS[4].title]
    assert (back.new, back.changed) == ((), ())


def test_a_feed_that_is_gone_is_not_asked_again() -> None:
    with serve_blog(blog(feed=Answer(status=410))) as server:
        gone = ask(server)
        server.hits.clear()

        again = ask(server, gone.state)

    assert gone.state.standing is Standing.GONE
    assert gone.state.next_at is None
    assert server.hits == []
    assert again.state == gone.state


def test_a_missing_feed_is_asked_less_and_less_often_and_then_called_missing() -> None:
    with serve_blog(blog(feed=Answer(status=404))) as server:
        polls = [ask(server)]
        for _ in range(5):
            polls.append(ask(server, polls[-1].state))

    waits = [(each.state.next_at or 0) - NOON for each in polls]
    assert [each.state.standing for each in polls[3:5]] == [Standing.FAILING, Standing.MISSING]
    assert waits == sorted(waits)
    assert waits[0] < HOUR < waits[-1]
    assert "answers 404" in polls[-1].error


def test_a_feed_that_comes_back_is_followed_again_with_what_was_seen() -> None:
    with serve_blog(blog()) as server:
        state = ask(server).state
        server.faults["/feed"] = [Answer(status=500)]
        failed = ask(server, state)

        back = ask(server, failed.state)

    assert failed.state.standing is Standing.FAILING
    assert back.state.standing is Standing.FOLLOWED
    assert back.new == ()


def test_retry_after_is_obeyed() -> None:
    with serve_blog(blog(feed=Answer(status=503, headers={"Retry-After": "86400"}))) as server:
        busy = ask(server, rhythm=Rhythm(jitter=0))

    assert busy.state.next_at == NOON + 86400


def test_a_feed_that_moved_for_good_is_asked_at_its_new_address_and_one_that_moved_for_now_is_not() -> None:
    with serve_blog(blog(old=redirect("/feed"), now=redirect("/feed", 302))) as server:
        moved = ask(server, FeedState(f"{server.root}/old")).state
        lent = ask(server, FeedState(f"{server.root}/now")).state

    assert moved.url == f"{server.root}/feed"
    assert lent.url == f"{server.root}/now"
    assert moved.is_primed


def test_a_redirect_loop_and_a_page_in_place_of_the_feed_are_failures() -> None:
    with serve_blog(blog(loop=redirect("/loop"), page=Answer("<html><body>Parked.</body></html>"))) as server:
        loop = ask(server, FeedState(f"{server.root}/loop"))
        page = ask(server, FeedState(f"{server.root}/page"))

    assert loop.state.standing is page.state.standing is Standing.FAILING
    assert "no feed" in page.error


def test_a_redirect_to_a_private_address_is_refused() -> None:
    with serve_blog(blog(inside=redirect("http://10.0.0.7/feed"))) as server:
        inside = ask(server, FeedState(f"{server.root}/inside"))

    assert "not a public address" in inside.error


@pytest.mark.parametrize(("hour", "expected"), [(10, 16.0), (17, 23.0), (18, 30.25), (22, 30.25)])
def test_nothing_is_asked_in_quiet_hours(hour: int, expected: float) -> None:
    midnight = NOON - 12 * HOUR
    rhythm = Rhythm(jitter=0, quiet_from=0, quiet_until=6)

    with serve_blog(blog()) as server:
        state = ask(server, rhythm=rhythm, now=midnight + hour * HOUR).state

    assert state.next_at == midnight + expected * HOUR


def after_quiet(asked: datetime, begin: int, end: int, zone: tzinfo | None, chance: float = 0.0) -> datetime:
    """When a feed is asked next that was asked at some time, and is an hour later."""
    rhythm = Rhythm(every_s=HOUR, jitter=0, quiet_from=begin, quiet_until=end, zone=zone)
    with serve_blog(blog()) as server:
        web = make_web(HandClock(NOON))
        found = asyncio.run(poll(FeedState(f"{server.root}/feed"), web, asked.timestamp(), rhythm, chance=chance))
    assert found.state.next_at is not None
    return datetime.fromtimestamp(found.state.next_at, zone or UTC)


VIENNA = zoneinfo.ZoneInfo("Europe/Vienna")


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (datetime(2026, 1, 10, 20, 30), datetime(2026, 1, 10, 21, 30)),
        (datetime(2026, 1, 10, 21, 30), datetime(2026, 1, 11, 6)),
        (datetime(2026, 1, 10, 23, 30), datetime(2026, 1, 11, 6)),
        (datetime(2026, 1, 11, 4, 59), datetime(2026, 1, 11, 6)),
        (datetime(2026, 1, 11, 5), datetime(2026, 1, 11, 6)),
        (datetime(2026, 3, 28, 22), datetime(2026, 3, 29, 6)),  # a night of seven hours
        (datetime(2026, 10, 24, 22), datetime(2026, 10, 25, 6)),  # and one of nine
    ],
)
def test_quiet_hours_are_those_of_their_time_zone_over_midnight_and_when_the_clocks_change(
    asked: datetime, expected: datetime
) -> None:
    assert after_quiet(asked.replace(tzinfo=VIENNA), 22, 6, VIENNA) == expected.replace(tzinfo=VIENNA)


def test_quiet_hours_that_end_in_the_hour_that_is_left_out_end_when_it_would_have_begun() -> None:
    asked = datetime(2026, 3, 29, 0, 30, tzinfo=VIENNA)

    assert after_quiet(asked, 0, 2, VIENNA) == datetime(2026, 3, 29, 3, tzinfo=VIENNA)


def test_without_a_zone_the_hours_are_this_machines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    try:
        found = after_quiet(datetime(2026, 7, 2, 2, tzinfo=UTC), 22, 6, None)  # 10 in the evening there
    finally:
        monkeypatch.undo()
        time.tzset()

    assert found == datetime(2026, 7, 2, 10, tzinfo=UTC)


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)), st.integers(0, 23), st.integers(0, 23), st.floats(0, 0.99)
)
def test_no_feed_is_ever_asked_in_quiet_hours_nor_a_day_too_late(
    asked: datetime, begin: int, end: int, chance: float
) -> None:
    rhythm = Rhythm(every_s=HOUR, jitter=0.1, quiet_from=begin, quiet_until=end, zone=VIENNA)
    now = asked.replace(tzinfo=VIENNA).timestamp()

    after = decide(FeedState("https://blog.test/feed"), Reply("", 304, {}, b""), now, rhythm, chance).state

    assert after.next_at is not None
    hour = datetime.fromtimestamp(after.next_at, VIENNA).hour
    assert not (begin <= hour < end if begin <= end else hour >= begin or hour < end)
    assert 0.9 * HOUR <= after.next_at - now <= 1.1 * HOUR + 24.5 * HOUR


def test_polls_are_spread_by_chance() -> None:
    with serve_blog(blog()) as server:
        web = make_web(HandClock(NOON))
        times = [
            asyncio.run(poll(FeedState(f"{server.root}/feed"), web, NOON, chance=chance)).state.next_at
            for chance in (0.0, 0.999)
        ]

    assert times[0] == NOON + 5.4 * HOUR
    assert times[1] == pytest.approx(NOON + 6.6 * HOUR, abs=60)


def test_broken_xml_gives_what_can_still_be_read() -> None:
    with serve_blog(blog()) as server:
        state = ask(server).state
        whole = feed(POSTS[:10])
        server.site.answers["/feed"] = replace(whole, body=str(whole.body)[:-400].replace("<title>", "<title>&nope; "))

        broken = ask(server, state)

    assert len(broken.new) == 2


def test_a_state_that_is_none_is_refused() -> None:
    with pytest.raises(InvalidRequest, match="cannot be read"):
        load_state("{}")
