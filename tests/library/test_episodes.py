from __future__ import annotations

from datetime import timedelta

import pytest

from catwalk.errors import AlreadyInLibrary, InvalidRequest, NotInLibrary
from catwalk.library.articles import find_article
from catwalk.library.database import Library
from catwalk.library.editing import Change, edit_lines
from catwalk.library.episodes import (
    Counts,
    Finished,
    add_episode,
    add_render,
    change_episode,
    count_lines,
    find_episode,
    find_offered,
    is_up_to_date,
    list_episodes,
    list_put_off,
    list_renders,
)
from catwalk.library.lines import Recorded, add_take, list_lines
from catwalk.library.tables import EpisodeState
from libraries import Clock, read_post


def test_episodes_are_found_by_show_state_and_title_with_the_newest_post_first(library: Library, clock: Clock) -> None:
    ids = []
    for number, title in enumerate(["Über Tee", "100% tea", "Cats"]):
        episode = read_post(library, "One.", url=f"https://blog.test/{number}")
        with library.write() as session:
            published = clock.now - timedelta(days=number)
            change_episode(session, episode.id, title=title, published=published)
        ids.append(episode.id)
    other = read_post(library, "One.", url="https://other.test/", show="other")
    with library.write() as session:
        change_episode(session, other.id, published=clock.now + timedelta(days=1), state=EpisodeState.FAILED)

    def found(**wanted: object) -> list[int]:
        with library.read() as session:
            return [episode.id for episode in list_episodes(session, **wanted).items]  # type: ignore[arg-type]  # as given

    assert found() == [other.id, *ids]
    assert found(show_id=1) == ids
    assert found(state=EpisodeState.FAILED) == [other.id]
    assert found(title="über") == [ids[0]]
    assert found(title="0% T") == [ids[1]]
    assert found(title="%") == [ids[1]]


def test_pages_of_episodes_leave_none_out_where_many_have_the_same_date(library: Library) -> None:
    ids = [read_post(library, "One.", url=f"https://blog.test/{number}").id for number in range(5)]

    seen, after = [], None
    for _ in range(3):
        with library.read() as session:
            page = list_episodes(session, after=after, limit=2)
        seen += [episode.id for episode in page.items]
        after = page.next

    assert seen == ids[::-1]
    assert after is None


@pytest.mark.parametrize("after", ["x", "WzFd", "WyJ4IiwgMV0", "bnVsbA", "é"])
def test_a_cursor_of_no_listing_is_refused(library: Library, after: str) -> None:
    with library.read() as session, pytest.raises(InvalidRequest, match="after"):
        list_episodes(session, after=after)


@pytest.mark.parametrize("limit", [0, 1001])
def test_a_page_has_1_to_500_items(library: Library, limit: int) -> None:
    with library.read() as session, pytest.raises(InvalidRequest, match="limit"):
        list_episodes(session, limit=limit)


def test_a_show_has_an_article_once_and_the_guid_never_changes(library: Library) -> None:
    episode = read_post(library, "One.")
    with library.write() as session:
        article = find_article(session, "https://blog.test/post")
        assert article is not None

        with pytest.raises(AlreadyInLibrary):
            add_episode(session, episode.show_id, article)
        with pytest.raises(InvalidRequest, match="guid"):
            change_episode(session, episode.id, guid="other")
        with pytest.raises(NotInLibrary):
            find_episode(session, 99)


def test_every_finished_file_is_kept_and_the_last_one_offered(library: Library) -> None:
    episode = read_post(library, "One.", "Two.")
    with library.write() as session:
        first, second = list_lines(session, episode.id).items
        take = add_take(session, Recorded(first.version.id, "1.flac", 1.0, {"accepted": False}))
        counts = count_lines(session, [episode.id, 99])
        made_of = [(first.line.id, first.version.id, take.id), (second.line.id, second.version.id, None)]
        for name in ("old.mp3", "new.mp3"):
            add_render(session, episode.id, Finished(name, None, None, None, 2.0, 1000, -16.0, made_of))

    with library.write() as session:
        found = find_episode(session, episode.id)
        assert counts == {episode.id: Counts(2, 1, 1)}
        assert [render.audio for render in list_renders(session, episode.id).items] == ["new.mp3", "old.mp3"]
        assert find_offered(session, [found])[episode.id].audio == "new.mp3"
        assert (found.state, found.guid) == (EpisodeState.READY, episode.guid)
        assert is_up_to_date(session, found)

        edit_lines(session, episode.id, {first.line.id: Change(spoken="Won.")}, revision=1)
        assert not is_up_to_date(session, found)


def test_what_could_not_be_read_is_put_off_for_an_hour_and_given_up_after_days(library: Library, clock: Clock) -> None:
    waits = {"rested": timedelta(hours=1), "until": timedelta(days=3)}
    episode = read_post(library, "Tea.")
    with library.write() as session:
        change_episode(session, episode.id, state=EpisodeState.WAITING, problem="the host did not answer")
        soon = list_put_off(session, **waits)
    clock.advance(hours=1)
    with library.read() as session:
        later = list_put_off(session, **waits)
    clock.advance(days=3)
    with library.read() as session:
        much_later = list_put_off(session, **waits)

    assert (soon, later, much_later) == ([], [episode.id], [])
