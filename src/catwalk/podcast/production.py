"""From a post to an episode of the library: fetched, scripted, spoken, checked, mastered.

Every step looks at how the library stands and does what is missing, so an episode can be broken off anywhere and made
again: what is there is not done twice, and the same library gives the same bytes.
"""

from __future__ import annotations

import asyncio
import dataclasses
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import mutagen.flac
from sqlalchemy.orm import Session

from catwalk import __version__
from catwalk.client import Client
from catwalk.errors import NoArticle
from catwalk.library.adoption import ScriptLine, adopt_script
from catwalk.library.articles import Fetched, find_web_address, get_version, keep_article, keep_script
from catwalk.library.cache import Cache
from catwalk.library.database import Library
from catwalk.library.descriptions import KeptDescriptions
from catwalk.library.episodes import Finished, add_render, change_episode, find_episode, is_up_to_date
from catwalk.library.lines import LineRow, Recorded, add_take, list_lines
from catwalk.library.tables import Article as KeptArticle
from catwalk.library.tables import Episode, EpisodeState, Render, Show
from catwalk.library.takes import StoredTake, Takes, TimedWord
from catwalk.podcast.notes import to_json
from catwalk.podcast.web import Web
from catwalk.reader.article import Article, extract
from catwalk.reader.document import post_to_json, script_to_json
from catwalk.reader.extraction.parsing import decode
from catwalk.reader.fetch import FetchLimits, Reply, Source, to_source
from catwalk.reader.joining import Part
from catwalk.reader.master import Mastered, master
from catwalk.reader.narrator import Voicing, narrate
from catwalk.reader.reading import Choices, Draft, check_language, describe_episode, enrich, find_post_cover
from catwalk.reader.script import Line, LineKind, Script, write_script

SUFFIXES = {"text/html": ".html", "text/markdown": ".md", "text/plain": ".txt"}
"""Of the blobs that hold pages, by content type; all of them are UTF-8."""

KEPT_BYTES = 1 << 30
"""Of what was mastered, kept for the next correction: some 13 hours of sound."""

Report = Callable[[str, int, int], None]
"""Called with what goes on (``fetching``, ``scripting``, ``speaking``, ``mastering``), how much is done and of what."""


@dataclass(frozen=True)
class Studio:
    """What episodes are made with."""

    open_library: Callable[[], Library]
    client: Client
    open_web: Callable[[str], Web]
    """What asks, politely, for the post at an address."""

    choose: Callable[[Show], Choices]
    """How the posts of a show are read."""

    limits: FetchLimits
    """How far to go for pictures."""

    @property
    def library(self) -> Library:
        """Where it is kept; opened when it is first asked for."""
        return self.open_library()

    def takes(self) -> Takes:
        """The takes of the data folder."""
        return Takes(self.library.home)


async def make_episode(studio: Studio, episode_id: int, report: Report, *, anew: bool = False) -> bool:
    """Bring an episode up to date: fetch what was never fetched, speak what has no take, master what has changed.

    Args:
        studio: What it is made with.
        episode_id: Which.
        report: Told what goes on.
        anew: Whether the post is fetched again although a version of it is there.

    Returns:
        Whether there is a new file.

    Raises:
        NotInLibrary: there is no such episode.
        CatwalkError: the post cannot be had or read, or the models cannot go on; what was finished is kept.
    """
    if not await asyncio.to_thread(_change_state, studio.library, episode_id, EpisodeState.READING):
        return False
    report("fetching", 0, 0)
    await bring_post(studio, episode_id, anew=anew)
    report("scripting", 0, 0)
    article = await write_lines(studio, episode_id)
    await speak_lines(studio, episode_id, report)
    report("mastering", 0, 0)
    return await render(studio, episode_id, article)


def _change_state(library: Library, episode_id: int, state: EpisodeState, problem: str | None = None) -> bool:
    """Say how far an episode is, and whether it is to be read at all: one that was withdrawn stays so."""
    with library.write() as session:
        if find_episode(session, episode_id).state is EpisodeState.WITHDRAWN:
            return False
        change_episode(session, episode_id, state=state, problem=problem)
    return True


# --- the post


async def bring_post(studio: Studio, episode_id: int, *, anew: bool = False) -> None:
    """Have a version of the post in the library; the newest there is with ``anew``."""
    with studio.library.read() as session:
        kept = session.get_one(KeptArticle, find_episode(session, episode_id).article_id)
    is_there = kept.version_id is not None
    if is_there and (not anew or find_web_address(kept.url) is None):  # what was handed in is nowhere to be asked for
        return
    web = studio.open_web(kept.url)
    answer = await web.get(kept.url)
    source = to_source(Reply(answer.url, answer.status, answer.headers, answer.content))
    article = await asyncio.to_thread(extract, source)
    known = (kept.author, kept.published)
    fetched = await asyncio.to_thread(keep_page, studio.library, kept.url, article, source, *known)
    await asyncio.to_thread(_keep_post, studio.library, fetched)


def keep_page(
    library: Library,
    url: str,
    article: Article,
    source: Source,
    author: str | None = None,
    published: datetime | None = None,
) -> Fetched:
    """Keep the page of a post; returns what is to be kept of the post itself.

    Args:
        library: Where.
        url: What the library knows the post by.
        article: The post.
        source: What it was found in.
        author: Who wrote it, where the page does not say.
        published: When, likewise.
    """
    text = decode(source.content, source.charset)
    told = dataclasses.replace(article, url=find_web_address(url) or article.url, author=article.author or author)
    return Fetched(
        url=url,
        title=article.title,
        author=told.author,
        published=to_moment(article.published) or published,
        document=post_to_json(article),
        source=library.blobs.put(text.encode(errors="surrogatepass"), SUFFIXES[source.content_type]),
        notes=to_json(told),
    )


def _keep_post(library: Library, fetched: Fetched) -> None:
    with library.write() as session:
        keep_article(session, fetched)


def to_moment(text: str | None) -> datetime | None:
    """A date of ISO 8601 as a moment; one without an offset is in UTC."""
    try:
        moment = datetime.fromisoformat(text) if text else None
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment is not None and moment.tzinfo is None else moment


def read_post(library: Library, episode: Episode) -> tuple[Article, int]:
    """The newest version of an episode's post, and its id.

    Raises:
        NoArticle: it was never fetched.
    """
    with library.read() as session:
        kept = session.get_one(KeptArticle, episode.article_id)
        version = get_version(session, kept.version_id) if kept.version_id is not None else None
    if version is None or version.source is None:
        raise NoArticle(f"{kept.url} was never fetched")
    path = library.blobs.path(version.source)
    content_type = next(kind for kind, suffix in SUFFIXES.items() if suffix == path.suffix)
    url = find_web_address(kept.url)
    article = extract(Source(url, path.read_bytes(), content_type, "utf-8"))
    author, published = article.author or kept.author, article.published
    if published is None and kept.published is not None:
        published = kept.published.isoformat()
    return dataclasses.replace(article, url=url or article.url, author=author, published=published), version.id


# --- lines


async def write_lines(studio: Studio, episode_id: int) -> Article:
    """Give an episode the lines of its post, under the policy and lexicon that hold now; corrections stay."""
    with studio.library.read() as session:
        episode = find_episode(session, episode_id)
        show = session.get_one(Show, episode.show_id)
    choices = await asyncio.to_thread(studio.choose, show)
    article, version_id = await asyncio.to_thread(read_post, studio.library, episode)
    if not choices.any_language:
        check_language(article)
    script = await asyncio.to_thread(write_script, article, choices.policy, lexicon=choices.lexicon)
    draft = Draft(article, script)
    draft = await enrich(
        draft, studio.client, KeptDescriptions(studio.library.home), choices=choices, limits=studio.limits
    )
    if all(line.kind is LineKind.PAUSE for line in draft.script.lines):
        raise NoArticle(f"there is nothing to read out in {article.url}")
    await asyncio.to_thread(_adopt, studio.library, episode, draft.script, version_id, choices)
    return article


def _adopt(library: Library, episode: Episode, script: Script, version_id: int, choices: Choices) -> None:
    document = script_to_json(script)
    policy = {"policy": dataclasses.asdict(choices.policy), "lines": document["lines"], "by": __version__}
    with library.write() as session:
        kept = keep_script(session, version_id, policy=policy, document=document)
        if find_episode(session, episode.id).script_id != kept.id:
            lines = [_to_script_line(line, choices) for line in script.lines]
            # Whatever a person has edited while the script was written is carried over with the rest.
            revision = find_episode(session, episode.id).revision
            adopt_script(session, episode.id, kept.id, lines, revision=revision)
            kept_article = session.get_one(KeptArticle, episode.article_id)
            change_episode(
                session, episode.id, title=kept_article.title, published=kept_article.published or episode.published
            )


def _to_script_line(line: Line, choices: Choices) -> ScriptLine:
    voice = choices.voicing.choose_voice(line)
    return ScriptLine(
        kind=line.kind.value,
        text=line.text,
        spoken=line.spoken,
        pause_s=line.pause_s,
        block=line.block,
        chapter=line.chapter,
        voice=voice if voice != choices.voicing.voice else None,
    )


def to_line(row: LineRow) -> Line:
    """A line of the library as the narrator takes it."""
    said = row.version
    kind = LineKind(said.kind)
    return Line(str(row.line.id), kind, row.line.block, said.text, said.spoken, said.pause_s, said.chapter)


# --- takes


async def speak_lines(studio: Studio, episode_id: int, report: Report) -> None:
    """Have a take of every line that has something to say."""
    with studio.library.read() as session:
        show = session.get_one(Show, find_episode(session, episode_id).show_id)
        rows = [row for row in _list_lines(session, episode_id) if row.version.spoken]
    voicing = (await asyncio.to_thread(studio.choose, show)).voicing
    by_voice: dict[str | None, dict[str, LineRow]] = {}
    for row in rows:
        by_voice.setdefault(row.version.voice, {})[str(row.line.id)] = row
    n_before = 0
    for voice, group in by_voice.items():
        own = dataclasses.replace(voicing, voice=voice or voicing.voice, quote_voice=None)
        advance = partial(_advance, report, n_before, len(rows))
        script = Script(tuple(to_line(row) for row in group.values()), ())
        keep = partial(_keep_take, studio, group, own)
        settled = {line_id for line_id, row in group.items() if row.take is not None}
        if len(settled) < len(group):
            await narrate(script, studio.client, studio.takes(), own, advance, keep, settled=settled)
        n_before += len(group)


def _advance(report: Report, n_before: int, n_total: int, n_done: int, _of: int, _flagged: int) -> None:
    report("speaking", n_before + n_done, n_total)


async def _keep_take(
    studio: Studio, group: Mapping[str, LineRow], voicing: Voicing, line: Line, take: StoredTake
) -> None:
    recorded = Recorded(
        version_id=group[line.id].version.id,
        audio=take.audio.name,
        duration_s=mutagen.flac.FLAC(take.audio).info.length,
        verdict=take.verdict,
        words=[(word.text, word.start_s, word.end_s) for word in take.words],
        model=voicing.model,
        voice=voicing.voice,
        speed=voicing.speed,
        backend=f"{take.understudy} for {voicing.model}, catwalk {__version__}"
        if take.understudy
        else f"catwalk {__version__}",
    )
    await asyncio.to_thread(_add_take, studio.library, recorded)


def _add_take(library: Library, recorded: Recorded) -> None:
    with library.write() as session:
        add_take(session, recorded)


def _list_lines(session: Session, episode_id: int) -> list[LineRow]:
    rows: list[LineRow] = []
    after: str | None = None
    while True:
        page = list_lines(session, episode_id, after=after, limit=500)
        rows += page.items
        after = page.next
        if after is None:
            return rows


# --- the file


async def render(studio: Studio, episode_id: int, article: Article) -> bool:
    """Master an episode whose file is not made of its lines as they stand; says whether it was."""
    with studio.library.read() as session:
        episode = find_episode(session, episode_id)
        show = session.get_one(Show, episode.show_id)
        fresh = is_up_to_date(session, episode)
        rows = _list_lines(session, episode_id)
        before = session.get(Render, episode.render_id) if episode.render_id else None
    if fresh:
        await asyncio.to_thread(_change_state, studio.library, episode_id, EpisodeState.READY)
        return False
    choices = await asyncio.to_thread(studio.choose, show)
    if before is not None:
        cover = studio.library.blobs.path(before.cover).read_bytes() if before.cover else None
    else:
        cover = await find_post_cover(article, choices.cover, studio.limits)
    await asyncio.to_thread(_master, studio.library, episode_id, article, rows, cover, choices.bitrate_bps)
    return True


def _master(
    library: Library,
    episode_id: int,
    article: Article,
    rows: Sequence[LineRow],
    cover: bytes | None,
    bitrate_bps: int,
) -> None:
    (library.home / "working").mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=library.home / "working") as folder:
        out = Path(folder) / "episode.mp3"
        meta = describe_episode(article, cover)
        kept = Cache(library.home / "mastered", KEPT_BYTES)
        mastered = master(_list_parts(library, rows, article.url), meta, out, bitrate_bps=bitrate_bps, kept=kept)
        finished = _keep_files(library, mastered, rows, cover)
    with library.write() as session:
        add_render(session, episode_id, finished)
    kept.trim()


def _list_parts(library: Library, rows: Sequence[LineRow], url: str | None) -> Iterator[Part]:
    for row in rows:
        yield Part(
            line=str(row.line.id),
            take=library.blobs.path(row.take.audio) if row.take else None,
            pause_s=row.version.pause_s,
            text=row.version.text,
            chapter=row.version.chapter,
            chapter_url=url if row.version.chapter else None,
            words=tuple(TimedWord(*word) for word in row.take.words) if row.take else (),
        )


def _keep_files(library: Library, mastered: Mastered, rows: Sequence[LineRow], cover: bytes | None) -> Finished:
    blobs = library.blobs
    is_png = cover is not None and cover.startswith(b"\x89PNG")
    return Finished(
        audio=blobs.put_file(mastered.audio),
        transcript=blobs.put_file(mastered.transcript),
        chapters=blobs.put_file(mastered.chapters_file, ".json"),
        cover=blobs.put(cover, ".png" if is_png else ".jpg") if cover else None,
        duration_s=mastered.duration_s,
        n_bytes=mastered.audio.stat().st_size,
        lufs=mastered.lufs,
        made_of=[(row.line.id, row.version.id, row.take.id if row.take else None) for row in rows],
    )
