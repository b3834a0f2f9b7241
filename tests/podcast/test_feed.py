from __future__ import annotations

import html
import io
import unicodedata
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import feedparser
import podcastparser
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from catwalk.errors import InvalidRequest
from catwalk.podcast.feed import MAX_DESCRIPTION_BYTES, count_pages, make_guid, write_feed
from catwalk.podcast.show import FeedEpisode, FeedShow, Media, Person, find_places
from podcast.shows import BASE, a_show, an_episode, media

SCHEMA = etree.RelaxNG(etree.parse(Path(__file__).parents[1] / "data" / "podcast-feed.rng"))
SPACES = {
    "atom": "http://www.w3.org/2005/Atom",
    "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
    "podcast": "https://podcastindex.org/namespace/1.0",
}


def is_mistaken(text: str) -> bool:
    """Whether feedparser takes the text for UTF-8 that was read as Latin-1, and mends it."""
    try:
        return text.encode("latin-1").decode() != text
    except UnicodeError:
        return False


TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=200).filter(lambda text: not is_mistaken(text))


def written(show: FeedShow, episodes: Sequence[FeedEpisode] = (), **page: int) -> bytes:
    content = write_feed(show, episodes, find_places(BASE, show), **page)
    SCHEMA.assertValid(etree.fromstring(content))
    return content


def look(content: bytes, path: str) -> list[Any]:
    found = etree.fromstring(content).xpath(path, namespaces=SPACES)
    assert isinstance(found, list)
    return found


def by_feedparser(content: bytes) -> Any:
    parsed = feedparser.parse(io.BytesIO(content), sanitize_html=False, resolve_relative_uris=False)
    assert not parsed.bozo
    return parsed


def by_podcastparser(content: bytes) -> Any:
    # It knows the podcast namespace by its other name alone, which the namespace's documentation calls identical.
    other = b"https://github.com/Podcastindex-org/podcast-namespace/blob/main/docs/1.0.md"
    content = content.replace(SPACES["podcast"].encode(), other)
    return podcastparser.parse(f"{BASE}/feed.xml", io.BytesIO(content))


def visible(text: str) -> str:
    """What is left of a text that XML can carry, white space folded."""
    kept = "".join(c for c in text if c in "\t\n\r" or (unicodedata.category(c) != "Cc" and c not in "\ufffe\uffff"))
    return " ".join(kept.split())


def test_a_show_is_read_back_with_every_field_by_feedparser() -> None:
    show = a_show(owner_email="ada@teapots.example", category=("Leisure", "Crafts"), explicit=True, language="pt-BR")

    feed = by_feedparser(written(show)).feed

    assert (feed.title, feed.link, feed.description) == ("On teapots", "https://teapots.example/", "Posts about pots.")
    assert (feed.language, feed.author, feed.summary) == ("pt-br", "Ada Pott", "Posts about pots.")
    assert by_podcastparser(written(show))["explicit"] is True  # feedparser knows only the older yes and no
    assert [tag.term for tag in feed.tags] == ["Leisure", "Crafts"]
    assert feed.image.href == f"{BASE}/media/public/{show.image.name}"
    assert feed.podcast_guid == show.guid
    assert feed.podcast_medium == "podcast"
    assert feed.updated_parsed[:6] == (2026, 3, 1, 12, 0, 0)


def test_an_episode_is_read_back_with_every_field_by_feedparser() -> None:
    image = media("picture", ".png")
    episode = an_episode(7, image=image, author="Grace", explicit=True)

    entry = by_feedparser(written(a_show(), [episode])).entries[0]

    assert (entry.id, entry.title, entry.link) == ("episode-7", "Pot 7", "https://teapots.example/7")
    assert entry.guidislink is False
    assert (entry.summary, entry.content[0].value) == ("How pot 7 was made.", "<p>How pot 7 was made.</p>")
    assert (entry.author, entry.itunes_duration) == ("Grace", "67")
    assert entry.published_parsed[:6] == (2024, 1, 8, 0, 0, 0)
    enclosure = entry.enclosures[0]
    assert (enclosure.href, enclosure.length) == (f"{BASE}/media/public/{episode.audio.name}", "1007")
    assert enclosure.type == "audio/mpeg"
    assert entry.image.href == f"{BASE}/media/public/{image.name}"


def test_a_show_and_its_episodes_are_read_back_with_every_field_by_podcastparser() -> None:
    show = a_show(owner_email="ada@teapots.example")
    episode = an_episode(3)

    parsed = by_podcastparser(written(show, [episode]))

    assert (parsed["title"], parsed["description"]) == ("On teapots", "Posts about pots.")
    assert (parsed["link"], parsed["language"]) == ("https://teapots.example/", "en")
    assert (parsed["itunes_author"], parsed["explicit"], parsed["type"]) == ("Ada Pott", False, "episodic")
    assert parsed["itunes_categories"] == [["Technology"]]
    assert parsed["itunes_owner"] == {"name": "Ada Pott", "email": "ada@teapots.example"}
    assert parsed["cover_url"] == f"{BASE}/media/public/{show.image.name}"
    found = parsed["episodes"][0]
    assert (found["guid"], found["title"], found["link"]) == ("episode-3", "Pot 3", "https://teapots.example/3")
    assert (found["total_time"], found["published"]) == (63, int(episode.published.timestamp()))
    assert (found["description"], found["description_html"]) == ("How pot 3 was made.", "<p>How pot 3 was made.</p>")
    assert found["chapters_json_url"] == f"{BASE}/media/public/{episode.chapters.name}"  # type: ignore[union-attr]
    assert found["transcript_url"] == f"{BASE}/media/public/{episode.transcript.name}"  # type: ignore[union-attr]
    enclosure = {"url": f"{BASE}/media/public/{episode.audio.name}", "file_size": 1003, "mime_type": "audio/mpeg"}
    assert found["enclosures"] == [enclosure]


@settings(max_examples=60)
@given(title=TEXT, author=TEXT, summary=TEXT)
def test_whatever_an_episode_says_survives_the_way_through_both_parsers(title: str, author: str, summary: str) -> None:
    title = visible(f"T {title} t")
    episode = an_episode(title=title, author=f"A{author}", summary=f"s {visible(summary)} s", notes="")

    content = write_feed(a_show(), [episode], find_places(BASE, a_show()))

    entry = by_feedparser(content).entries[0]
    assert visible(entry.title) == title
    assert visible(entry.author) == visible(f"A{author}")
    assert visible(html.unescape(entry.summary)) == visible(episode.summary)
    assert visible(by_podcastparser(content)["episodes"][0]["title"]) == visible(title)


@settings(max_examples=60)
@given(title=st.text(max_size=600), summary=st.text(max_size=300), notes=st.text(max_size=300))
def test_a_feed_is_valid_whatever_its_texts_hold(title: str, summary: str, notes: str) -> None:
    episode = an_episode(title=f"T{title}", summary=f"S{summary}", notes=notes, author=f"A{title}")

    written(a_show(title=f"T{title}", description=f"D{summary}", author=f"A{title}", is_own=False), [episode])


def test_control_characters_are_dropped() -> None:
    content = written(a_show(), [an_episode(summary="a\x00b\x1fc\x9fd\ufffee\ud800f\tg")])

    assert look(content, "//item/description/text()") == ["abcdef\tg"]


def test_markup_in_a_summary_is_shown_and_not_obeyed() -> None:
    episode = an_episode(summary="<img src=x onerror=alert(1)> & more")

    entry = by_feedparser(written(a_show(), [episode])).entries[0]

    assert entry.summary == "&lt;img src=x onerror=alert(1)&gt; &amp; more"


def test_notes_pass_on_only_safe_markup() -> None:
    notes = '<p onclick="x()">A<script>alert(1)</script> <a href="javascript:x()">b</a></p>'

    entry = by_feedparser(written(a_show(), [an_episode(notes=notes)])).entries[0]

    assert entry.content[0].value == '<p>A <a rel="noopener noreferrer">b</a></p>'


def test_the_same_show_gives_the_same_bytes() -> None:
    episodes = [an_episode(number) for number in range(5)]

    assert written(a_show(), episodes) == written(a_show(), episodes)


def test_all_namespaces_are_declared_at_the_root_and_nowhere_else() -> None:
    content = written(a_show(), [an_episode()]).decode()

    assert content.count("xmlns:") == 4
    assert all(f'xmlns:{name}="' in content.split("<channel>")[0] for name in ("atom", "content", "itunes", "podcast"))


def test_the_guid_of_a_show_is_that_of_the_namespaces_own_examples() -> None:
    assert make_guid("https://podnews.net/rss") == "9b024349-ccf0-5f69-a609-6b82873eab3c"
    assert make_guid("http://mp3s.nashownotes.com/pc20rss.xml/") == "917393e3-1b1e-5cef-ace4-edaa54e1f810"


def test_a_new_render_has_a_new_enclosure_and_the_old_guid() -> None:
    before, after = an_episode(), an_episode(title="Retitled", audio=media("better", ".mp3"))

    old, new = (look(written(a_show(), [each]), "//item")[0] for each in (before, after))

    assert old.findtext("guid") == new.findtext("guid") == "episode-1"
    assert old.find("enclosure").get("url") != new.find("enclosure").get("url")
    assert new.find("enclosure").get("url").endswith(".mp3")


def test_guids_stay_when_the_host_moves() -> None:
    show = a_show(moved_to="https://new.example/feeds/teapots.xml")

    moved = write_feed(show, [an_episode()], find_places("https://new.example", show))

    assert look(moved, "//podcast:guid/text()") == [make_guid(f"{BASE}/feeds/teapots.xml")]
    assert look(moved, "//item/guid/text()") == ["episode-1"]
    assert look(moved, "//itunes:new-feed-url/text()") == ["https://new.example/feeds/teapots.xml"]


def test_transcript_chapters_people_and_machine_voice_are_told_in_the_podcast_namespace() -> None:
    episode = an_episode(people=(Person("Grace", "guest", "cast", "https://grace.example/"),), language="pt-BR")

    content = written(a_show(), [episode])

    (transcript,) = look(content, "//item/podcast:transcript")
    assert transcript.attrib == {
        "url": f"{BASE}/media/public/{media('words 1', '.vtt').name}", "type": "text/vtt", "language": "pt-br",
        "rel": "captions",
    }  # fmt: skip
    (chapters,) = look(content, "//item/podcast:chapters")
    assert chapters.get("type") == "application/json+chapters"
    assert look(content, "//item/podcast:person/text()") == ["Grace"]
    assert look(content, "//channel/podcast:person/text()") == ["Ada Pott"]
    assert look(content, "//podcast:txt[@purpose='ai-content']/text()") == ["true", "true"]
    assert look(content, "//podcast:locked/text()") == ["yes"]


def test_somebody_elses_blog_is_credited_and_kept_out_of_directories() -> None:
    content = written(a_show(is_own=False, key="cw-secret"), [an_episode()])

    assert look(content, "//itunes:block/text()") == ["Yes"]
    assert look(content, "//podcast:block/text()") == ["yes"]
    (description,) = look(content, "//channel/description/text()")
    assert "Posts of Ada Pott, from https://teapots.example/" in description
    assert look(content, "//copyright/text()") == ["Texts: Ada Pott"]


def test_ones_own_public_show_is_not_kept_out_of_directories() -> None:
    assert look(written(a_show()), "//itunes:block") == []


def test_a_private_show_has_its_key_in_every_address() -> None:
    content = written(a_show(key="cw-secret"), [an_episode()]).decode()

    assert f'href="{BASE}/feeds/cw-secret/teapots.xml"' in content
    assert content.count(f"{BASE}/media/cw-secret/") == content.count(f"{BASE}/media/") == 5


def test_a_page_links_to_itself_its_neighbours_and_both_ends() -> None:
    def links(page: int) -> dict[str, str]:
        content = written(a_show(), [an_episode()], page=page, n_pages=3)
        return {link.get("rel"): link.get("href") for link in look(content, "//atom:link")}

    feed = f"{BASE}/feeds/teapots.xml"

    assert links(1) == {"self": feed, "first": feed, "last": f"{feed}?page=3", "next": f"{feed}?page=2"}
    assert links(2)["previous"] == feed
    assert links(2)["next"] == links(2)["last"] == f"{feed}?page=3"
    assert links(3)["self"] == f"{feed}?page=3"
    assert "next" not in links(3)


def test_every_episode_is_on_exactly_one_page() -> None:
    assert [count_pages(n, 10) for n in (0, 1, 10, 11, 100)] == [1, 1, 1, 2, 10]


def test_a_summary_that_must_be_escaped_still_fits() -> None:
    content = written(a_show(), [an_episode(summary="<&> " * 1000)])

    assert len(look(content, "//item/description/text()")[0].encode()) <= MAX_DESCRIPTION_BYTES


def test_long_texts_are_cut_to_what_apple_takes() -> None:
    show = a_show(title="é" * 300, description="pots und Töpfe " * 1000, is_own=False)
    episode = an_episode(summary="Töpfe " * 2000, title="word " * 100, people=(Person("n" * 300),))

    content = written(show, [episode])

    for path in ("//channel/itunes:summary/text()", "//channel/description/text()", "//item/description/text()"):
        (text,) = look(content, path)
        assert MAX_DESCRIPTION_BYTES - 20 <= len(text.encode()) <= MAX_DESCRIPTION_BYTES
    assert look(content, "//item/title/text()")[0].endswith("word…")


@pytest.mark.parametrize(
    "changes",
    [
        {"category": ("Pottery",)},
        {"category": ("Arts", "Pottery")},
        {"category": ()},
        {"language": "English"},
        {"medium": "teapot"},
        {"owner_email": "nobody"},
        {"title": "  "},
    ],
)
def test_what_directories_would_refuse_is_refused_by_name(changes: dict[str, object]) -> None:
    with pytest.raises(InvalidRequest) as caught:
        write_feed(a_show(**changes), [], find_places(BASE, a_show()))

    assert caught.value.param == next(iter(changes))


def test_dates_keep_their_zone_and_are_taken_for_utc_without_one() -> None:
    cest = datetime(2024, 7, 1, 9, tzinfo=timezone(timedelta(hours=2)))
    naive = datetime(2024, 7, 1, 9)  # noqa: DTZ001 RUF100  # that is the case

    content = written(a_show(), [an_episode(1, published=cest), an_episode(2, published=naive)])

    dates = ["Mon, 01 Jul 2024 09:00:00 +0200", "Mon, 01 Jul 2024 09:00:00 +0000"]
    assert look(content, "//pubDate/text()") == dates
    assert cest.astimezone(UTC).hour == 7


def test_other_kinds_of_audio_are_named_as_apple_names_them() -> None:
    episode = an_episode(audio=Media("a" * 64 + ".m4a", 10))

    assert look(written(a_show(), [episode]), "//enclosure/@type") == ["audio/x-m4a"]
