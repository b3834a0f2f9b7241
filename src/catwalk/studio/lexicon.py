"""Words that are said otherwise, over HTTP: listed, added, forgotten; and which lines they concern."""

from __future__ import annotations

from typing import Annotated, Any

import sqlalchemy as sql
from fastapi import APIRouter, Body, Query
from pydantic import BaseModel, ConfigDict, Field

from catwalk.library.episodes import find_episode
from catwalk.library.lines import FoundLine, find_lines
from catwalk.library.tables import Episode
from catwalk.podcast.corrections import Corrected, Corrections
from catwalk.podcast.lexicons import list_words
from catwalk.studio.answers import MAX_ID, Id, example
from catwalk.studio.job_answers import JOB_ID
from catwalk.studio.shows import Limit, Strict

_WORD: dict[str, Any] = {"written": "nginx", "spoken": "engine x"}
_LINE: dict[str, Any] = {"line": 41, "episode": 12, "text": "nginx is up", "spoken": "engine x is up."}
_CORRECTED: dict[str, Any] = {"show": None, "lines": [_LINE], "episodes": {"12": JOB_ID}}
_CONCERNED: dict[str, Any] = _LINE | {"title": "On teapots"}

Word = Annotated[str, Query(min_length=1, max_length=200, pattern=r"\S")]
After = Annotated[int, Query(ge=0, le=MAX_ID)]


class Correction(Strict):
    """A word, and how it is said from now on."""

    written: str = Field(min_length=1, max_length=200)
    spoken: str = Field(min_length=1, max_length=400)
    """A respelling, or IPA between slashes."""

    show: str | None = None
    """In this show alone."""


class WordObject(BaseModel):
    """An entry of a lexicon."""

    model_config = ConfigDict(extra="allow")

    written: str
    spoken: str
    """A respelling, or IPA between slashes."""


class WordList(BaseModel):
    """A lexicon, in the order in which its entries are tried."""

    object: str = "list"
    data: list[WordObject]


class CorrectedLine(BaseModel):
    """A line in which a word occurs."""

    line: int
    episode: int
    text: str
    spoken: str


class CorrectedObject(BaseModel):
    """Where a correction reaches."""

    show: str | None
    """Whose lexicon has changed; null for that of all shows."""

    lines: list[CorrectedLine]
    """That have the word; those among them that a person worded stay as they are."""

    episodes: dict[str, str]
    """The job of each episode that is made anew."""


class ConcernedLine(CorrectedLine):
    """A line in which a word occurs, and where that stands."""

    title: str


class ConcernedList(BaseModel):
    """Lines in which a word occurs."""

    object: str = "list"
    data: list[ConcernedLine]
    next: int | None
    """Pass it as ``after``; null on the last page."""


def build_router(corrections: Corrections) -> APIRouter:
    """Routes under ``/v1/lexicon``."""
    router = APIRouter(prefix="/v1", tags=["library"])

    @router.get(
        "/lexicon",
        summary="List the words that are said otherwise, everywhere or in one show",
        responses=example({"object": "list", "data": [_WORD]}),
    )
    def get_words(show: str | None = None) -> WordList:
        path, _ = corrections.find(show)
        return WordList(data=[WordObject(**word) for word in list_words(path)])

    @router.post(
        "/lexicon",
        summary="Have a word said otherwise, everywhere or in one show",
        status_code=202,
        responses=example(_CORRECTED, 202),
    )
    def post_word(wanted: Annotated[Correction, Body()]) -> CorrectedObject:
        return _to_corrected(corrections.correct(wanted.written, wanted.spoken, show=wanted.show), wanted.show)

    @router.delete(
        "/lexicon",
        summary="Forget how a word was to be said",
        status_code=202,
        responses=example(_CORRECTED, 202),
    )
    def delete_word(written: Word, show: str | None = None) -> CorrectedObject:
        return _to_corrected(corrections.forget(written, show=show), show)

    _add_search_routes(router, corrections)
    return router


def _add_search_routes(router: APIRouter, corrections: Corrections) -> None:
    answer = example({"object": "list", "data": [_CONCERNED], "next": None})

    def find(word: str, show_id: int | None, after: int, limit: int) -> ConcernedList:
        with corrections.open_library().read() as session:
            found = find_lines(session, word, show_id=show_id, after=after, limit=limit)
            episodes = {line.episode_id for line in found}
            named = sql.select(Episode.id, Episode.title).where(Episode.id.in_(episodes))
            titles = {row.id: row.title for row in session.execute(named)}
        data = [_show(line, titles[line.episode_id]) for line in found]
        return ConcernedList(data=data, next=found[-1].line_id if len(found) == limit else None)

    @router.get("/lexicon/concerned", summary="List the lines that a change of a word would touch", responses=answer)
    def get_concerned(word: Word, show: str | None = None, after: After = 0, limit: Limit = 200) -> ConcernedList:
        _, show_id = corrections.find(show)
        return find(word, show_id, after, limit)

    @router.get(
        "/episodes/{episode_id}/concerned",
        summary="List the lines of this and other episodes that a change of a word would touch, its own first",
        responses=answer,
    )
    def get_concerned_from(episode_id: Id, word: Word, after: After = 0, limit: Limit = 200) -> ConcernedList:
        with corrections.open_library().read() as session:
            find_episode(session, episode_id)
        found = find(word, None, after, limit)
        return found.model_copy(update={"data": sorted(found.data, key=lambda line: line.episode != episode_id)})


def _to_corrected(done: Corrected, show: str | None) -> CorrectedObject:
    lines = [
        CorrectedLine(line=line.line_id, episode=line.episode_id, text=line.text, spoken=line.spoken)
        for line in done.lines
    ]
    return CorrectedObject(show=show, lines=lines, episodes={str(key): job for key, job in done.jobs.items()})


def _show(line: FoundLine, title: str) -> ConcernedLine:
    return ConcernedLine(line=line.line_id, episode=line.episode_id, title=title, text=line.text, spoken=line.spoken)
