"""From a post to an episode of the library, with a real voice and a real listener."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from catwalk.client import Client
from catwalk.errors import FetchFailed, LanguageNotSpoken, NoArticle
from catwalk.library.articles import note_article
from catwalk.library.database import Library, open_library
from catwalk.library.editing import Change, edit_lines
from catwalk.library.episodes import add_episode, find_episode, list_renders
from catwalk.library.lines import list_lines, list_takes
from catwalk.library.shows import add_show
from catwalk.library.tables import Episode, EpisodeState, Render, ShowKind
from catwalk.podcast.production import Studio, make_episode, read_post, to_moment
from catwalk.podcast.web import Fetched
from catwalk.reader.fetch import FetchLimits
from catwalk.reader.narrator import Voicing
from catwalk.reader.policy import ScriptPolicy
from catwalk.reader.pronounce import Lexicon
from catwalk.reader.reading import Choices
from conftest import RunningServer

pytestmark = pytest.mark.anyio

URL = "https://blog.test/teapots"
PAGE = """<html lang="en"><head><title>On teapots</title></head><body><article><h1>On teapots</h1>
<p>The first teapot stands on the shelf.</p><p>{second}</p><p>The last one was never found.</p></article></body></html>"""


@dataclass
class Blog:
    """A blog of one page, and how often it was asked for."""

    second: str = "The second one drips."
    page: str = PAGE
    status: int = 200
    asked: list[str] = field(default_factory=list)

    async def get(self, url: str) -> Fetched:
        self.asked.append(url)
        content = self.page.replace("{second}", self.second).encode()
        return Fetched(url, self.status, {"content-type": "text/html; charset=utf-8"}, content)


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    opened = open_library(tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def blog() -> Blog:
    return Blog()


@dataclass
class Desk:
    """What a test makes episodes with; ``choices`` may be changed between two of them."""

    studio: Studio
    episode_id: int
    choices: Choices

    async def make(self, *, anew: bool = False) -> bool:
        return await make_episode(self.studio, self.episode_id, lambda *report: None, anew=anew)

    def episode(self) -> Episode:
        with self.studio.library.read() as session:
            return find_episode(session, self.episode_id)

    def texts(self) -> list[str]:
        with self.studio.library.read() as session:
            return [row.version.text for row in list_lines(session, self.episode_id).items if row.take]

    def takes(self) -> dict[str, int]:
        """The take that each line has chosen, by its text."""
        with self.studio.library.read() as session:
            rows = list_lines(session, self.episode_id).items
            return {row.version.text: row.take.id for row in rows if row.take}

    def renders(self) -> list[Render]:
        with self.studio.library.read() as session:
            return list(list_renders(session, self.episode_id).items)


@pytest.fixture
async def desk(running: RunningServer, library: Library, blog: Blog) -> AsyncIterator[Desk]:
    with library.write() as session:
        show = add_show(session, slug="teapots", kind=ShowKind.BLOG, title="Teapots")
        episode = add_episode(session, show.id, note_article(session, URL, title="heard of"))
    policy = ScriptPolicy(opening=False)
    voicing = Voicing(model="hibari", voice="heart", max_retries=0)
    async with Client(running.url) as client:
        web: Any = blog  # it only asks
        studio = Studio(lambda: library, client, lambda _: web, lambda _: made.choices, FetchLimits())
        made = Desk(studio, episode.id, Choices(voicing, policy, cover="none"))
        yield made


async def test_a_post_becomes_an_episode(desk: Desk, library: Library) -> None:
    made = await desk.make()

    episode, [render] = desk.episode(), desk.renders()
    assert made
    assert (episode.title, episode.state, episode.render_id) == ("On teapots", EpisodeState.READY, render.id)
    assert "The second one drips." in desk.texts()
    assert library.blobs.is_sound(render.audio)
    assert library.blobs.path(render.audio).stat().st_size == render.n_bytes
    assert read_post(library, episode)[0].title == "On teapots"


async def test_what_is_up_to_date_is_not_made_again(desk: Desk, blog: Blog) -> None:
    await desk.make()
    takes = desk.takes()

    assert not await desk.make()
    assert not await desk.make(anew=True)
    assert desk.takes() == takes
    assert len(desk.renders()) == 1
    assert len(blog.asked) == 2  # the post is not asked for again unless it was to be


async def test_of_an_edited_post_only_the_changed_lines_are_spoken_again(desk: Desk, blog: Blog) -> None:
    await desk.make()
    guid, before = desk.episode().guid, desk.takes()
    blog.second = "The second one does not drip any more."

    assert await desk.make(anew=True)

    after = desk.takes()
    assert set(after) - set(before) == {"The second one does not drip any more."}
    assert {text: take for text, take in after.items() if text in before}.items() <= before.items()
    assert desk.episode().guid == guid
    assert len({render.audio for render in desk.renders()}) == 2


async def test_a_corrected_episode_is_the_one_that_is_made_with_nothing_kept(desk: Desk, library: Library) -> None:
    def change(**fields: Any) -> None:
        with library.write() as session:
            (line,) = (row.line for row in list_lines(session, desk.episode_id).items if "second" in row.version.text)
            edit_lines(session, desk.episode_id, {line.id: Change(**fields)}, revision=desk.episode().revision)

    await desk.make()
    before = {path.name for path in (library.home / "mastered").glob("*/*")}
    change(text="The second one leaks.", spoken="The second one leaks.", pause_s=0.4)
    await desk.make()
    corrected = desk.renders()[0].audio
    after = {path.name for path in (library.home / "mastered").glob("*/*")}

    shutil.rmtree(library.home / "mastered")
    for pause_s in (0.9, 0.4):
        change(pause_s=pause_s)
        await desk.make()

    assert len(after - before) < len(before)
    assert desk.renders()[0].audio == corrected != desk.renders()[1].audio


async def test_a_persons_words_outlive_an_edit_of_the_post(desk: Desk, blog: Blog, library: Library) -> None:
    await desk.make()
    with library.write() as session:
        rows = list_lines(session, desk.episode_id).items
        line = next(row.line for row in rows if row.version.text.startswith("The last"))
        edit_lines(
            session,
            desk.episode_id,
            {line.id: Change(spoken="The last one was found.")},
            revision=desk.episode().revision,
        )
    blog.second = "The second one is gone."

    await desk.make(anew=True)

    with library.read() as session:
        spoken = [row.version.spoken for row in list_lines(session, desk.episode_id).items]
        n_takes = len(list_takes(session, line.id).items)
    assert "The last one was found." in spoken
    assert n_takes == 2


async def test_a_changed_lexicon_speaks_the_lines_with_the_word_and_no_others(desk: Desk, tmp_path: Path) -> None:
    await desk.make()
    before = desk.takes()
    path = tmp_path / "lexicon.toml"
    path.write_text('[words]\ndrips = "leaks"\n')
    desk.choices = Choices(desk.choices.voicing, desk.choices.policy, cover="none", lexicon=Lexicon.load(path))

    assert await desk.make()

    after = desk.takes()
    assert [text for text in after if after[text] != before[text]] == ["The second one drips."]


async def test_what_was_broken_off_goes_on_without_speaking_twice(desk: Desk, library: Library) -> None:
    class Stopped(BaseException):
        """As if the process ended here."""

    def stop(stage: str, *_: int) -> None:
        if stage == "mastering":
            raise Stopped

    with pytest.raises(Stopped):
        await make_episode(desk.studio, desk.episode_id, stop)
    takes = desk.takes()

    assert takes
    assert desk.episode().state is EpisodeState.READING
    assert await desk.make()
    assert desk.takes() == takes


@pytest.mark.parametrize(
    ("blog", "error"),
    [
        (Blog(status=404), FetchFailed),
        (Blog(page="<html><body></body></html>"), NoArticle),
        (
            Blog(page=f'<html lang="ja"><article><h1>これ</h1><p>{"これは十分に長い文章です。" * 5}</p></article>'),
            LanguageNotSpoken,
        ),
    ],
    ids=["gone", "empty", "another language"],
)
async def test_a_post_that_cannot_be_read_is_a_clear_error(desk: Desk, error: type[Exception]) -> None:
    with pytest.raises(error):
        await desk.make()

    assert desk.renders() == []


@pytest.mark.parametrize(
    ("text", "moment"),
    [("2024-02-16", "2024-02-16T00:00:00+00:00"), ("2024-02-16T10:00:00+01:00", "2024-02-16T10:00:00+01:00")],
)
def test_a_day_is_a_moment_in_utc(text: str, moment: str) -> None:
    found = to_moment(text)

    assert found is not None
    assert found.isoformat() == moment


@pytest.mark.parametrize("text", [None, "", "last week"])
def test_what_is_no_date_is_no_moment(text: str | None) -> None:
    assert to_moment(text) is None
