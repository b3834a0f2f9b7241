"""How an episode stands between its lines and its feed, over HTTP: what changed since it was published, its notes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict
from sqlalchemy.orm import Session

from catwalk.library.articles import get_version
from catwalk.library.episodes import find_episode, list_standing
from catwalk.library.tables import Episode, Render, Script, Show
from catwalk.podcast.newsroom import Newsroom
from catwalk.studio.answers import Id, example
from catwalk.studio.episode_answers import RENDER, RenderObject, to_render

_CHANGES: dict[str, Any] = {"worded": 2, "respoken": 1, "added": 0, "removed": 0, "is_reordered": False}
_PUBLICATION: dict[str, Any] = {
    "object": "publication",
    "offered": RENDER,
    "changes": _CHANGES,
    "notes": "Every pot has a lid.\n\nRead from On teapots by Ann: https://example.com/teapots",
}


class Changes(BaseModel):
    """What became of lines since a file was made of them."""

    worded: int
    """Lines that say something else, or pause otherwise."""

    respoken: int
    """Lines that say the same in another take."""

    added: int
    removed: int
    is_reordered: bool
    """Whether lines that were there before stand in another order."""


class PublicationObject(BaseModel):
    """How an episode stands between its lines and its feed."""

    model_config = ConfigDict(json_schema_extra={"example": _PUBLICATION})

    object: Literal["publication"] = "publication"
    offered: RenderObject | None
    """The file that the feed has, or would have again; null before the first."""

    changes: Changes | None
    """Of the lines since that file was made; null before the first."""

    notes: str | None
    """Show notes without markup; null until a feed has asked for them."""


def compare(before: Sequence[Sequence[int | None]], now: Sequence[Sequence[int | None]]) -> Changes:
    """Tell what became of lines, each given as ``[line, version, take]`` in reading order."""
    was = {line: (version, take) for line, version, take in before}
    stands = {line: (version, take) for line, version, take in now}
    both = [line for line in stands if line in was]
    return Changes(
        worded=sum(stands[line][0] != was[line][0] for line in both),
        respoken=sum(stands[line][0] == was[line][0] and stands[line][1] != was[line][1] for line in both),
        added=len(stands) - len(both),
        removed=len(was) - len(both),
        is_reordered=both != [line for line in was if line in stands],
    )


def build_router(newsroom: Newsroom) -> APIRouter:
    """The route to an episode's publication."""
    router = APIRouter(prefix="/v1", tags=["library"])

    @router.get(
        "/episodes/{episode_id}/publication",
        summary="What changed since an episode was published, and what its feed says of it",
        responses=example(_PUBLICATION),
    )
    def get_publication(episode_id: Id) -> PublicationObject:
        with newsroom.library.read() as session:
            episode = find_episode(session, episode_id)
            show = session.get_one(Show, episode.show_id)
            render = session.get_one(Render, episode.render_id) if episode.render_id else None
            return PublicationObject(
                offered=to_render(render, show, is_offered=True) if render else None,
                changes=compare(render.made_of, list_standing(session, episode_id)) if render else None,
                notes=_find_notes(session, episode),
            )

    return router


def _find_notes(session: Session, episode: Episode) -> str | None:
    script = session.get(Script, episode.script_id) if episode.script_id else None
    notes = get_version(session, script.article_version_id).notes if script else None
    return str(notes["text"]) if notes else None
