from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import feedparser
import pytest
from PIL import Image

from catwalk.errors import AlreadyInLibrary, InvalidRequest
from catwalk.library.adoption import adopt_script
from catwalk.library.articles import Fetched, keep_article, keep_script
from catwalk.library.database import Library, LibraryOnDemand
from catwalk.library.episodes import change_episode, delete_episode
from catwalk.library.lines import Recorded, add_take, list_lines
from catwalk.library.offered import keep_notes
from catwalk.library.shows import change_show, mix
from catwalk.library.tables import Article, ArticleVersion, EpisodeState, Show, ShowKind
from catwalk.podcast.artwork import check_artwork
from catwalk.podcast.feed import make_guid, write_feed
from catwalk.podcast.publications import LibraryPublications, make_slug, open_show, retitle_show
from catwalk.podcast.show import find_places
from libraries import Clock, read_post
from podcast.library_shows import add_blog, add_post, read_out

BASE = "https://box.example"


@pytest.fixture
def published(library: Library) -> LibraryPublications:
    return LibraryPublications(lambda: library)


def read_back(published: LibraryPublications, slug: str, base_url: str = BASE) -> Any:
    """The first page of a feed, as feedparser understands it."""
    show = published.find_show(slug)
    assert show is not None
    episodes = published.list_episodes(slug, start=0, n_most=300)
    return feedparser.parse(write_feed(show, episodes, find_places(base_url, show)))


def add_episodes(library: Library, show: Show, n_episodes: int) -> None:
    for number in range(1, n_episodes + 1):
        read_out(library, add_post(library, show, number))


# --- how a show comes to be


def test_a_show_is_private_and_somebody_elses_unless_it_is_said(
    published: LibraryPublications, library: Library
) -> None:
    show = published.find_show(add_blog(library).slug)

    assert show is not None
    assert show.key is not None
    assert len(base64.urlsafe_b64decode(show.key)) * 8 >= 128
    assert show.is_own is False


def test_a_retitled_show_has_a_new_picture_where_it_was_drawn(library: Library, tmp_path: Path) -> None:
    file = tmp_path / "own.png"
    Image.new("RGB", (1400, 1400), "red").save(file)
    drawn = open_show(library, kind=ShowKind.LIST, title="Tea")
    own = open_show(library, kind=ShowKind.LIST, title="Pots", picture=file.read_bytes())

    again = retitle_show(library, drawn.slug, "Kettles")
    kept = retitle_show(library, own.slug, "Cups")

    assert (again.title, kept.title) == ("Kettles", "Cups")
    assert again.cover not in {None, drawn.cover}
    assert again.podcast_guid == drawn.podcast_guid
    assert kept.cover == own.cover
    with pytest.raises(InvalidRequest, match="needs a title"):
        retitle_show(library, own.slug, " ")


def test_every_private_show_has_a_key_of_its_own(library: Library) -> None:
    assert add_blog(library).key != add_blog(library).key


def test_a_public_show_of_ones_own_says_whose_posts_it_holds(published: LibraryPublications, library: Library) -> None:
    found = read_back(published, add_blog(library, public=True, is_own=True).slug)

    assert found.feed.description == "Posts of Ada Pott, read aloud by a synthetic voice."
    assert "itunes_block" not in found.feed or not found.feed.itunes_block


def test_what_a_feed_tells_of_its_show_can_be_chosen(published: LibraryPublications, library: Library) -> None:
    chosen = {"voice": "heart", "description": "Pots.", "category": ["Arts", "Design"], "owner_email": "a@b.example"}

    found = read_back(published, add_blog(library, is_own=True, choices=chosen).slug)

    assert found.feed.description == "Pots."
    assert [tag.term for tag in found.feed.tags] == ["Arts", "Design"]


def test_a_show_that_directories_would_refuse_is_not_made(published: LibraryPublications, library: Library) -> None:
    with pytest.raises(InvalidRequest, match="category"):
        add_blog(library, choices={"category": ["Pots"]})

    assert published.list_shows() == []


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("On teapots", "on-teapots"),
        ("  Ada's Pots & Pans! ", "adas-pots-pans"),
        ("Crème brûlée", "creme-brulee"),
        ("Чайник", ""),
        ("x" * 80, "x" * 60),
        ("a word " * 12, "a-word-" * 8 + "a"),
    ],
)
def test_a_slug_is_the_title_in_plain_letters(title: str, slug: str) -> None:
    assert make_slug(title) == slug


def test_slugs_are_unique_and_always_readable(library: Library) -> None:
    titles = ["On teapots", "On Teapots", "on teapots?", "Чайник", "茶壺"]

    slugs = [add_blog(library, title).slug for title in titles]
    nameless = open_show(library, kind=ShowKind.LIST, title="茶壺").slug

    assert slugs == ["on-teapots", "on-teapots-2", "on-teapots-3", "teapots-example", "teapots-example-2"]
    assert nameless == "show"


def test_a_slug_that_was_asked_for_is_taken_or_refused(library: Library) -> None:
    assert add_blog(library, slug="pots").slug == "pots"

    with pytest.raises(AlreadyInLibrary, match="pots"):
        add_blog(library, slug="pots")


def test_a_guid_is_made_from_the_address_that_the_feed_first_has(library: Library) -> None:
    known = add_blog(library, public=True, base_url=BASE)
    unknown = [add_blog(library, public=True).podcast_guid for _ in range(2)]

    assert known.podcast_guid == make_guid(f"{BASE}/feeds/on-teapots.xml")
    assert len({known.podcast_guid, *unknown}) == 3


def test_a_guid_never_changes(published: LibraryPublications, library: Library) -> None:
    show = add_blog(library, base_url=BASE)
    episode = add_post(library, show)
    read_out(library, episode)
    before = read_back(published, show.slug)

    read_out(library, episode, b"corrected")
    with library.write() as session:
        change_show(session, show.slug, title="On kettles", slug="kettles")
        change_episode(session, episode.id, title="Pot 1, corrected")
    after = read_back(published, "kettles", "https://elsewhere.example")

    assert (after.feed.title, after.entries[0].title) == ("On kettles", "Pot 1, corrected")
    assert after.feed.podcast_guid == before.feed.podcast_guid == show.podcast_guid
    assert after.entries[0].id == before.entries[0].id == episode.guid


def test_a_blogs_own_picture_is_the_shows_where_it_will_do(library: Library, tmp_path: Path) -> None:
    for name, side_px in (("good.png", 1500), ("small.png", 100)):
        Image.new("RGB", (side_px, side_px), (200, 30, 30)).save(tmp_path / name)

    own, drawn, none = (
        add_blog(library, picture=picture)
        for picture in ((tmp_path / "good.png").read_bytes(), (tmp_path / "small.png").read_bytes(), None)
    )

    for show in (own, drawn):
        check_artwork(library.blobs.path(show.cover or "").read_bytes())
    assert own.cover != drawn.cover == none.cover


# --- feeds


def test_an_episode_is_in_the_feed_with_all_that_is_known_of_it(
    published: LibraryPublications, library: Library
) -> None:
    show = add_blog(library)
    episode = add_post(library, show)
    render = read_out(library, episode)

    feed = read_back(published, show.slug)

    (entry,) = feed.entries
    media = f"{BASE}/media/{show.key}/"
    assert (feed.feed.title, feed.feed.link, feed.feed.language) == ("On teapots", "https://teapots.example/", "en")
    assert (feed.feed.author, feed.feed.image.href) == ("Ada Pott", f"{media}{show.cover}")
    assert (entry.title, entry.link, entry.id) == ("Pot 1", "https://teapots.example/1", episode.guid)
    assert (entry.author, entry.itunes_duration) == ("Ben Clay", "61")
    assert entry.published == "Mon, 01 Jan 2024 09:30:00 +0000"
    assert entry.enclosures == [{"href": f"{media}{render.audio}", "length": "500", "type": "audio/mpeg"}]
    assert (entry.podcast_transcript["url"], entry.podcast_transcript["type"]) == (
        f"{media}{render.transcript}",
        "text/vtt",
    )
    assert entry.podcast_chapters == {"url": f"{media}{render.chapters}", "type": "application/json+chapters"}
    assert entry.image.href == f"{media}{render.cover}"
    assert entry.summary.startswith("A teapot pours best when its spout is cut on a slant")
    assert 'href="https://kettles.example/spouts"' in entry.content[0].value
    assert entry.podcast_person["role"] == "author"


def test_sizes_are_those_of_the_files(published: LibraryPublications, library: Library) -> None:
    show = add_blog(library)
    read_out(library, add_post(library, show))

    (episode,) = published.list_episodes(show.slug, start=0, n_most=10)
    listed = published.find_show(show.slug)

    assert listed is not None
    for media in (listed.image, episode.audio, episode.transcript, episode.chapters, episode.image):
        assert media is not None
        assert media.n_bytes == library.blobs.path(media.name).stat().st_size


def test_only_episodes_with_a_file_that_are_not_withdrawn_are_published(
    published: LibraryPublications, library: Library
) -> None:
    show = add_blog(library)
    episodes = [add_post(library, show, number) for number in (1, 2, 3, 4)]
    for episode in episodes[:3]:
        read_out(library, episode)
    with library.write() as session:
        change_episode(session, episodes[0].id, state=EpisodeState.WITHDRAWN)
        change_episode(session, episodes[1].id, state=EpisodeState.READING)  # it is made anew

    found = published.list_episodes(show.slug, start=0, n_most=10)

    assert [episode.title for episode in found] == ["Pot 3", "Pot 2"]
    assert published.count_episodes(show.slug) == 2


def test_pages_of_a_feed_join_without_gap_or_overlap(published: LibraryPublications, library: Library) -> None:
    show = add_blog(library)
    add_episodes(library, show, 7)

    pages = [published.list_episodes(show.slug, start=start, n_most=3) for start in (0, 3, 6, 9)]

    assert [[each.title[4:] for each in page] for page in pages] == [["7", "6", "5"], ["4", "3", "2"], ["1"], []]


def test_a_mix_holds_the_episodes_of_its_members(published: LibraryPublications, library: Library) -> None:
    blogs = [add_blog(library), add_blog(library), add_blog(library)]
    for number, blog in enumerate(blogs, start=1):
        read_out(library, add_post(library, blog, number))
    mixed = open_show(library, kind=ShowKind.MIX, title="Both")
    with library.write() as session:
        mix(session, mixed.slug, [blogs[0].slug, blogs[1].slug])

    found = read_back(published, mixed.slug)

    assert [entry.title for entry in found.entries] == ["Pot 2", "Pot 1"]
    assert published.count_episodes(mixed.slug) == 2
    assert found.feed.link == f"{BASE}/feeds/{mixed.key}/both.xml"
    assert "Posts of several authors, read aloud" in found.feed.description


def test_shows_are_listed_by_title_and_unknown_ones_are_none(published: LibraryPublications, library: Library) -> None:
    for title in ("teapots", "Kettles", "saucers"):
        add_blog(library, title)

    assert [show.title for show in published.list_shows()] == ["Kettles", "saucers", "teapots"]
    assert published.find_show("cups") is None


def test_notes_are_written_once_for_a_version_of_a_post(published: LibraryPublications, library: Library) -> None:
    show = add_blog(library)
    read_out(library, add_post(library, show))
    first = published.list_episodes(show.slug, start=0, n_most=10)
    with library.read() as session:
        kept = session.query(ArticleVersion).one()
    library.blobs.path(kept.source or "").unlink()

    again = published.list_episodes(show.slug, start=0, n_most=10)

    assert again == first
    assert kept.notes is not None
    assert kept.notes["language"] == "en"


def test_a_post_whose_page_is_lost_is_published_with_the_way_to_it(
    published: LibraryPublications, library: Library
) -> None:
    show = add_blog(library)
    read_out(library, add_post(library, show))
    (page,) = library.blobs.folder.glob("*/*.html")
    content = page.read_bytes()
    page.unlink()

    (lost,) = published.list_episodes(show.slug, start=0, n_most=10)
    library.blobs.put(content, ".html")
    (found,) = published.list_episodes(show.slug, start=0, n_most=10)

    assert lost.summary == "Read from Pot 1 by Ben Clay: https://teapots.example/1"
    assert found.summary.startswith("A teapot pours best")


def test_notes_are_those_of_the_version_that_was_read(published: LibraryPublications, library: Library) -> None:
    show = add_blog(library)
    episode = add_post(library, show)
    with library.write() as session:
        first = session.get_one(Article, episode.article_id).version_id
        assert first is not None
        script = keep_script(session, first, policy={}, document={})
        adopt_script(session, episode.id, script.id, [], revision=0)
        keep_notes(session, {first: {"html": "", "text": "As it was.", "language": "en"}})
        notes = {"html": "", "text": "As it is now.", "language": "en"}
        keep_article(session, Fetched("https://teapots.example/1", "Pot 1", None, None, {"n": 2}, notes=notes))
    read_out(library, episode)

    (found,) = published.list_episodes(show.slug, start=0, n_most=10)

    assert found.summary == "As it was."


def test_a_transcript_that_is_lost_is_left_out(published: LibraryPublications, library: Library) -> None:
    show = add_blog(library)
    render = read_out(library, add_post(library, show))
    library.blobs.path(render.transcript or "").unlink()

    (episode,) = published.list_episodes(show.slug, start=0, n_most=10)

    assert (episode.transcript, episode.chapters is None) == (None, False)


def test_a_feed_knows_when_it_last_changed(published: LibraryPublications, library: Library, clock: Clock) -> None:
    show = add_blog(library)
    first, second = add_post(library, show, 1), add_post(library, show, 2)

    def has_changed(**step: Any) -> bool:
        found = published.find_show(show.slug)
        assert found is not None
        clock.advance(minutes=1)
        return found.updated == clock.now.replace(minute=clock.now.minute - 1)

    assert has_changed()
    read_out(library, first)
    assert has_changed()
    with library.write() as session:
        change_episode(session, second.id, state=EpisodeState.READING)  # nobody sees it yet
    assert not has_changed()
    with library.write() as session:
        change_show(session, show.slug, paused=True, following={"etag": "x"})
    assert not has_changed()
    with library.write() as session:
        change_show(session, show.slug, title="On kettles")
    assert has_changed()
    with library.write() as session:
        change_episode(session, first.id, state=EpisodeState.WITHDRAWN)
    assert has_changed()
    with library.write() as session:
        delete_episode(session, first.id)
    assert has_changed()


# --- media


def test_all_that_an_episode_has_offered_is_found_and_so_is_the_shows_cover(
    published: LibraryPublications, library: Library
) -> None:
    show = add_blog(library)
    episode = add_post(library, show)
    renders = [read_out(library, episode, b"first"), read_out(library, episode, b"corrected")]
    names = [name for each in renders for name in (each.audio, each.transcript, each.chapters, each.cover)]

    found = [published.find_media(name or "") for name in (*names, show.cover)]

    assert len(set(names)) == 8
    for name, file in zip((*names, show.cover), found, strict=True):
        assert file is not None
        assert (file.path, file.is_public, file.keys) == (library.blobs.path(name or ""), False, (show.key,))


def test_nothing_else_of_the_blobs_is_published(published: LibraryPublications, library: Library) -> None:
    show = add_blog(library)
    read_out(library, add_post(library, show))
    page = next(library.blobs.folder.glob("*/*.html")).name
    take = library.blobs.put(b"a take", ".mp3")
    spoken = read_post(library, "One.", show=show.slug)
    with library.write() as session:
        said = list_lines(session, spoken.id).items[0].version
        add_take(session, Recorded(said.id, take, 1.0, {"accepted": True}))
    unread = library.blobs.put(b"nobody names me", ".mp3")

    assert [published.find_media(name) for name in (page, take, unread, "0" * 64 + ".mp3")] == [None] * 4


def test_files_of_a_withdrawn_episode_are_no_longer_found(published: LibraryPublications, library: Library) -> None:
    show = add_blog(library)
    episode = add_post(library, show)
    render = read_out(library, episode)
    with library.write() as session:
        change_episode(session, episode.id, state=EpisodeState.WITHDRAWN)

    assert published.find_media(render.audio) is None


def test_a_file_opens_with_the_key_of_every_show_that_contains_it(
    published: LibraryPublications, library: Library
) -> None:
    blogs = [add_blog(library), add_blog(library)]
    for blog in blogs:
        render = read_out(library, add_post(library, blog))
    mixed = open_show(library, kind=ShowKind.MIX, title="All", public=True)
    alone = published.find_media(render.audio)
    with library.write() as session:
        mix(session, mixed.slug, [blogs[0].slug])

    together = published.find_media(render.audio)

    assert alone is not None
    assert together is not None
    assert (alone.is_public, together.is_public) == (False, True)
    assert set(together.keys) == {blog.key for blog in blogs}


# --- the library of a process


def test_a_library_is_opened_when_it_is_first_wanted_and_once(tmp_path: Path) -> None:
    library = LibraryOnDemand(tmp_path / "home", None)
    untouched = not (tmp_path / "home").exists()

    first, second = library(), library()
    library.close()

    assert untouched
    assert first is second
    assert library() is not first
    library.close()
