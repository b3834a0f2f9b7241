from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sql

from catwalk.errors import AlreadyInLibrary, InvalidRequest, NotInLibrary
from catwalk.library.articles import Fetched, keep_article
from catwalk.library.database import Library
from catwalk.library.episodes import list_episodes
from catwalk.library.lines import Recorded, add_take, list_lines
from catwalk.library.shows import (
    add_show,
    change_show,
    delete_show,
    find_show,
    has_moved,
    is_slug_free,
    list_due_shows,
    list_members,
    list_shows,
    mix,
)
from catwalk.library.tables import Origin, ShowKind, Take
from libraries import Clock, read_post


def test_shows_are_listed_by_slug_page_by_page(library: Library) -> None:
    with library.write() as session:
        for slug in ("tea", "cats", "bread"):
            add_show(session, slug=slug, kind=ShowKind.BLOG, title=slug.title())

        first = list_shows(session, limit=2)
        second = list_shows(session, after=first.next, limit=2)

    assert [show.slug for show in (*first.items, *second.items)] == ["bread", "cats", "tea"]
    assert second.next is None


def test_a_slug_is_taken_once(library: Library) -> None:
    with library.write() as session:
        add_show(session, slug="tea", kind=ShowKind.BLOG, title="Tea")
        add_show(session, slug="cats", kind=ShowKind.BLOG, title="Cats")

        with pytest.raises(AlreadyInLibrary, match="'tea'"):
            add_show(session, slug="tea", kind=ShowKind.LIST, title="Tea")
        with pytest.raises(AlreadyInLibrary, match="'tea'"):
            change_show(session, "cats", slug="tea")
        with pytest.raises(NotInLibrary, match="'milk'"):
            find_show(session, "milk")


def test_a_show_is_found_by_every_slug_that_it_has_had_and_no_other_may_take_one(library: Library) -> None:
    with library.write() as session:
        add_show(session, slug="a", kind=ShowKind.LIST, title="A")
        show = change_show(session, "a", slug="b")
        change_show(session, "a", slug="c")
        with pytest.raises(AlreadyInLibrary):
            add_show(session, slug="a", kind=ShowKind.LIST, title="Another")

        assert [find_show(session, slug).id for slug in "abc"] == [show.id] * 3
        assert find_show(session, "a").slug == "c"
        assert has_moved(session, show.id)


def test_a_show_may_take_a_slug_back_and_leaves_all_of_them_when_it_is_deleted(library: Library) -> None:
    with library.write() as session:
        add_show(session, slug="a", kind=ShowKind.LIST, title="A")
        change_show(session, "a", slug="b")
        back = change_show(session, "b", slug="a").slug
        delete_show(session, "a")

    with library.write() as session:
        assert back == "a"
        assert is_slug_free(session, "a")
        assert is_slug_free(session, "b")


def test_a_podcasts_guid_is_set_once(library: Library) -> None:
    with library.write() as session:
        add_show(session, slug="tea", kind=ShowKind.BLOG, title="Tea")
        change_show(session, "tea", podcast_guid="abc", choices={"voice": "puck"})

        with pytest.raises(InvalidRequest, match="podcast_guid"):
            change_show(session, "tea", podcast_guid="def")

    with library.read() as session:
        show = find_show(session, "tea")
    assert (show.podcast_guid, show.choices) == ("abc", {"voice": "puck"})


def test_shows_that_are_due_come_with_the_longest_overdue_first_and_paused_ones_never(
    library: Library, clock: Clock
) -> None:
    with library.write() as session:
        for slug, hours, paused in (("a", -1, False), ("b", -2, False), ("c", -3, True), ("d", 1, False)):
            due = clock.now + timedelta(hours=hours)
            add_show(session, slug=slug, kind=ShowKind.BLOG, title=slug, next_poll_at=due, paused=paused)
    clock.advance(minutes=1)

    with library.write() as session:
        assert [show.slug for show in list_due_shows(session)] == ["b", "a"]


def test_a_mix_has_the_episodes_of_its_shows(library: Library) -> None:
    for slug in ("tea", "cats", "bread"):
        read_post(library, "One.", url=f"https://{slug}.test/", show=slug)
    with library.write() as session:
        mixed = add_show(session, slug="all", kind=ShowKind.MIX, title="All")
        mix(session, "all", ["tea", "bread"])

        assert [show.slug for show in list_members(session, mixed.id)] == ["bread", "tea"]
        assert len(list_episodes(session, show_id=mixed.id).items) == 2
        with pytest.raises(InvalidRequest, match="'all' is a mix"):
            mix(session, "all", ["all"])
        with pytest.raises(InvalidRequest, match="not a mix"):
            mix(session, "tea", ["bread"])


def test_a_deleted_show_leaves_its_articles_and_a_persons_recordings(library: Library) -> None:
    episode = read_post(library, "One.", "Two.")
    with library.write() as session:
        mine, other = list_lines(session, episode.id).items
        kept = add_take(session, Recorded(mine.version.id, "me.flac", 1.0, {"accepted": True}, Origin.MICROPHONE))
        add_take(session, Recorded(other.version.id, "it.flac", 1.0, {"accepted": True}))

    with library.write() as session:
        delete_show(session, "blog")

    with library.write() as session:
        (left,) = session.scalars(sql.select(Take)).all()
        assert (left.id, left.line_id, left.audio) == (kept.id, None, "me.flac")
        assert list_episodes(session).items == ()
        _, _, is_new = keep_article(
            session, Fetched("https://blog.test/post", "A post", None, None, {"lines": ["One.", "Two."]})
        )
        assert not is_new
