"""Readings over HTTP: the lines of an episode beside its post, and every edit of them.

Edits name the revision that they were decided on; where somebody else was quicker, the answer is 409 with the revision
that the episode has now.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Body, Query
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session

from catwalk.errors import EditRefused, NoArticle
from catwalk.library.articles import find_web_address, get_version
from catwalk.library.desk import Edited
from catwalk.library.editing import (
    Change,
    can_redo,
    can_undo,
    delete_lines,
    edit_lines,
    insert_line,
    merge_lines,
    move_lines,
    redo,
    split_line,
    undo,
)
from catwalk.library.episodes import find_episode
from catwalk.library.lines import find_line, list_lines
from catwalk.library.tables import Article, Script, Show
from catwalk.podcast.production import Studio
from catwalk.reader.pronounce import Lexicon
from catwalk.reader.rewording import part_spoken, pause_after, say_text
from catwalk.studio.answers import EDITED, LINE, BodyId, EditedObject, Id, LineList, example, to_edited, to_lines

MAX_PAUSE_S = 60.0
MAX_CHARS = 4000
"""Of what a voice is given at once, and so of a line."""

SOURCE: dict[str, Any] = {
    "url": "https://example.com/teapots",
    "title": "On teapots",
    "author": "Ann",
    "published": "2026-01-01",
    "language": "en",
    "site": "Teapots",
    "blocks": [{"id": "b1", "kind": "heading", "text": "On teapots", "level": 1}],
}

Text = Annotated[str, Field(max_length=MAX_CHARS)]
Pause = Annotated[float, Field(ge=0.0, le=MAX_PAUSE_S)]
Revision = Annotated[int, Field(ge=0, le=2**31)]
LineIds = Annotated[list[BodyId], Field(min_length=1, max_length=5000)]


class _Edit(BaseModel):
    model_config = ConfigDict(extra="forbid")

    revision: Revision
    """Of the episode, as it was when this was decided."""


class Undoing(_Edit):
    """Undo, redo, or a merge with the next line."""


class LineChange(BaseModel):
    """What becomes of a line; what is left out stays."""

    model_config = ConfigDict(extra="forbid")

    text: Text | None = None
    """The reader pronounces it, with the show's lexicon, where nothing is said of how it is spoken."""

    spoken: Text | None = None
    pause_s: Pause | None = None
    voice: Annotated[str, Field(max_length=400)] | None = None
    """Empty for the show's own."""


class LineChanges(_Edit):
    """Changes of lines, by their ids."""

    changes: Annotated[dict[BodyId, LineChange], Field(min_length=1, max_length=5000)]


class NewLine(_Edit):
    """A line to be added, or a pause where it has no text."""

    after: BodyId | None = None
    """The line before it; the start of the episode when left out."""

    text: Text = ""
    spoken: Text | None = None
    pause_s: Pause | None = None
    voice: Annotated[str, Field(max_length=400)] | None = None


class LineSelection(_Edit):
    """Lines to be deleted."""

    lines: LineIds


class LineMove(LineSelection):
    """Lines to be put elsewhere, in this order."""

    after: BodyId | None = None
    """The line before them; the start of the episode when left out."""


class LineSplit(_Edit):
    """Where a line is parted."""

    at: Annotated[int, Field(ge=0, le=MAX_CHARS)]
    """How many characters (Unicode code points) of its text the first part has."""


@dataclass(frozen=True)
class Readings:
    """Carries out what is asked of the lines of episodes."""

    studio: Studio
    tell: Callable[[Edited], None]
    """Told of every edit."""

    def list(self, episode_id: int, *, flagged: bool, after: str | None, limit: int) -> LineList:
        """A page of lines."""
        with self.studio.library.read() as session:
            episode = find_episode(session, episode_id)
            page = list_lines(session, episode_id, flagged=flagged, after=after, limit=limit)
            return LineList(
                revision=episode.revision,
                can_undo=can_undo(session, episode_id),
                can_redo=can_redo(session, episode_id),
                data=to_lines(session, page.items),
                next=page.next,
            )

    def show_source(self, episode_id: int) -> dict[str, Any]:
        """The post as it was read, else as it was fetched last."""
        with self.studio.library.read() as session:
            episode = find_episode(session, episode_id)
            article = session.get_one(Article, episode.article_id)
            script = session.get(Script, episode.script_id) if episode.script_id else None
            version_id = script.article_version_id if script else article.version_id
            if version_id is None:
                raise NoArticle(f"{article.url} was never fetched")
            document = get_version(session, version_id).document
            return document | {"url": find_web_address(article.url) or document.get("url")}

    def change(self, episode_id: int, wanted: LineChanges) -> EditedObject:
        """Change what lines say, how they are spoken, and the silence after them."""
        lexicon = self._find_lexicon(episode_id)
        changes = {line_id: _to_change(change, lexicon) for line_id, change in wanted.changes.items()}
        return self._do(lambda session: edit_lines(session, episode_id, changes, revision=wanted.revision))

    def insert(self, episode_id: int, wanted: NewLine) -> EditedObject:
        """Add a line or a pause."""
        text = _clean(wanted.text)
        spoken = _clean(wanted.spoken) if wanted.spoken is not None else say_text(text, self._find_lexicon(episode_id))
        if text and not spoken:
            raise EditRefused(f"there is nothing to speak in {text[:80]!r}", param="text")
        pause_s = wanted.pause_s if wanted.pause_s is not None else pause_after(text) if spoken else 0.0
        return self._do(
            lambda session: insert_line(
                session,
                episode_id,
                after=wanted.after,
                text=text or spoken,
                spoken=spoken,
                pause_s=pause_s,
                voice=wanted.voice or None,
                revision=wanted.revision,
            ),
            reorders=True,
        )

    def split(self, line_id: int, wanted: LineSplit) -> EditedObject:
        """Part a line."""
        with self.studio.library.read() as session:
            row = find_line(session, line_id)
        said, at = row.version, wanted.at
        first, second = said.text[:at].strip(), said.text[at:].strip()
        spoken = part_spoken(said.spoken, first, second, self._find_lexicon(row.line.episode_id))
        return self._do(
            lambda session: split_line(
                session, line_id, at=at, spoken=spoken, pause_s=pause_after(first), revision=wanted.revision
            ),
            reorders=True,
        )

    def _do(self, edit: Callable[[Session], Edited], *, reorders: bool = False) -> EditedObject:
        with self.studio.library.write() as session:
            edited = edit(session)
            answer = to_edited(session, edited, reorders=reorders)
        self.tell(edited)
        return answer

    def reorder(self, edit: Callable[[Session], Edited]) -> EditedObject:
        """Carry out an edit after which lines may stand elsewhere."""
        return self._do(edit, reorders=True)

    def _find_lexicon(self, episode_id: int) -> Lexicon | None:
        with self.studio.library.read() as session:
            show = session.get_one(Show, find_episode(session, episode_id).show_id)
        return self.studio.choose(show).lexicon


def _clean(text: str) -> str:
    """A text as one line, without what neither shows nor sounds."""
    return " ".join("".join(c if c.isprintable() or c.isspace() else "" for c in text).split())


def _to_change(wanted: LineChange, lexicon: Lexicon | None) -> Change:
    text = None if wanted.text is None else _clean(wanted.text)
    spoken = None if wanted.spoken is None else _clean(wanted.spoken)
    if text is not None and spoken is None:
        spoken = say_text(text, lexicon)
    if spoken == "":
        raise EditRefused("a line that says nothing is to be deleted, not emptied", param="text")
    return Change(text=text, spoken=spoken, pause_s=wanted.pause_s, voice=wanted.voice)


def build_router(readings: Readings) -> APIRouter:
    """Routes to the lines of episodes."""
    router = APIRouter(prefix="/v1", tags=["readings"])
    _add_reading_routes(router, readings)
    _add_edit_routes(router, readings)
    _add_order_routes(router, readings)
    return router


def _add_reading_routes(router: APIRouter, readings: Readings) -> None:
    @router.get(
        "/episodes/{episode_id}/lines",
        summary="List the lines of an episode in reading order",
        responses=example(
            {"object": "list", "revision": 12, "can_undo": True, "can_redo": False, "data": [LINE], "next": None}
        ),
    )
    def get_lines(
        episode_id: Id,
        after: str | None = None,
        limit: Annotated[int, Query(ge=1, le=1000)] = 500,
        flagged: Annotated[bool, Query(description="Those alone whose take is not good")] = False,
    ) -> LineList:
        return readings.list(episode_id, flagged=flagged, after=after, limit=limit)

    @router.get(
        "/episodes/{episode_id}/source", summary="The post that an episode is read from", responses=example(SOURCE)
    )
    def get_source(episode_id: Id) -> dict[str, Any]:
        return readings.show_source(episode_id)


def _add_edit_routes(router: APIRouter, readings: Readings) -> None:
    @router.patch("/episodes/{episode_id}/lines", summary="Change lines as one edit", responses=example(EDITED))
    def patch_lines(episode_id: Id, wanted: Annotated[LineChanges, Body()]) -> EditedObject:
        return readings.change(episode_id, wanted)

    @router.post("/episodes/{episode_id}/lines", summary="Add a line or a pause", responses=example(EDITED))
    def post_line(episode_id: Id, wanted: Annotated[NewLine, Body()]) -> EditedObject:
        return readings.insert(episode_id, wanted)

    @router.post("/lines/{line_id}/split", summary="Part a line in two", responses=example(EDITED))
    def post_split(line_id: Id, wanted: Annotated[LineSplit, Body()]) -> EditedObject:
        return readings.split(line_id, wanted)

    @router.post("/lines/{line_id}/merge", summary="Join a line with the next one", responses=example(EDITED))
    def post_merge(line_id: Id, wanted: Annotated[Undoing, Body()]) -> EditedObject:
        return readings.reorder(lambda session: merge_lines(session, line_id, revision=wanted.revision))


def _add_order_routes(router: APIRouter, readings: Readings) -> None:
    @router.post(
        "/episodes/{episode_id}/lines/delete", summary="Leave lines out of the reading", responses=example(EDITED)
    )
    def post_deletion(episode_id: Id, wanted: Annotated[LineSelection, Body()]) -> EditedObject:
        return readings.reorder(
            lambda session: delete_lines(session, episode_id, wanted.lines, revision=wanted.revision)
        )

    @router.post("/episodes/{episode_id}/lines/move", summary="Put lines elsewhere", responses=example(EDITED))
    def post_move(episode_id: Id, wanted: Annotated[LineMove, Body()]) -> EditedObject:
        moved = list(dict.fromkeys(wanted.lines))
        return readings.reorder(
            lambda session: move_lines(session, episode_id, moved, after=wanted.after, revision=wanted.revision)
        )

    @router.post("/episodes/{episode_id}/undo", summary="Take the last edit back", responses=example(EDITED))
    def post_undo(episode_id: Id, wanted: Annotated[Undoing, Body()]) -> EditedObject:
        return readings.reorder(lambda session: undo(session, episode_id, revision=wanted.revision))

    @router.post("/episodes/{episode_id}/redo", summary="Do again what was taken back last", responses=example(EDITED))
    def post_redo(episode_id: Id, wanted: Annotated[Undoing, Body()]) -> EditedObject:
        return readings.reorder(lambda session: redo(session, episode_id, revision=wanted.revision))
