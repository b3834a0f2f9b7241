"""What the routes of shows answer, as JSON, with an example."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal, cast

from pydantic import BaseModel, ConfigDict, with_config
from sqlalchemy.orm import Session
from typing_extensions import TypedDict

from catwalk.library.episodes import count_episodes
from catwalk.library.shows import list_members
from catwalk.library.tables import Show, ShowKind

SHOW: dict[str, Any] = {
    "object": "show",
    "id": 3,
    "slug": "teapots",
    "kind": "blog",
    "title": "Teapots",
    "author": "Ann",
    "language": "en",
    "source": "https://example.com/blog/",
    "feed_source": "https://example.com/feed.xml",
    "feed": "/feeds/Zm9yLXlvdXItZWFycy1vbmx5/teapots.xml",
    "public": False,
    "followed": True,
    "next_poll_at": "2026-01-01T06:00:00+00:00",
    "trouble": None,
    "paused": False,
    "choices": {"voice": "heart"},
    "shows": [],
    "n_episodes": 12,
    "created_at": "2026-01-01T00:00:00+00:00",
}
"""An example for the description of the API."""


@with_config(ConfigDict(extra="allow"))
class ShowChoices(TypedDict, total=False):
    """What a show has of its own; the settings say the rest."""

    model: str
    voice: str
    speed: float
    policy: dict[str, Any]
    """What becomes of each kind of block, where it differs from ``[reader.script]`` in the settings."""

    description: str
    category: list[str]
    """Of Apple's list."""

    explicit: bool
    owner_email: str
    is_own: bool
    """Whether the texts are those of whoever publishes the feed."""


class ShowObject(BaseModel):
    """A podcast of the library."""

    model_config = ConfigDict(json_schema_extra={"example": SHOW})

    object: Literal["show"] = "show"
    id: int
    slug: str
    kind: Literal["blog", "list", "mix"]
    title: str
    author: str | None
    language: str
    source: str | None
    """Page that its posts are found from; null for a list or a mix."""

    feed_source: str | None
    """The blog's own feed."""

    feed: str
    """Address of the feed, with its key."""

    public: bool
    """Whether the feed has no key."""

    followed: bool
    next_poll_at: str | None
    """When its blog is looked at next."""

    trouble: str | None
    """What was wrong when it was looked at last."""

    paused: bool
    choices: ShowChoices

    shows: list[str]
    """Slugs of the shows whose episodes a mix has."""

    n_episodes: int
    created_at: str


class ShowList(BaseModel):
    """A page of shows."""

    object: Literal["list"] = "list"
    data: list[ShowObject]
    next: str | None


class ShowMade(ShowObject):
    """A new show."""

    jobs: list[str]
    """What has begun for it."""


class ShowChanged(ShowObject):
    """A show after a change."""

    concerned: int
    """Episodes that would sound otherwise if they were read again."""


def to_shows(session: Session, shows: Sequence[Show]) -> list[ShowObject]:
    """Shows as JSON."""
    members = {show.id: list_members(session, show.id) for show in shows if show.kind is ShowKind.MIX}
    ids = {show.id for show in shows} | {member.id for each in members.values() for member in each}
    counts = count_episodes(session, sorted(ids))
    return [
        _to_show(
            show,
            shows=[member.slug for member in members.get(show.id, ())],
            n_episodes=sum(counts.get(each.id, 0) for each in (show, *members.get(show.id, ()))),
        )
        for show in shows
    ]


def _to_show(show: Show, *, shows: list[str], n_episodes: int) -> ShowObject:
    return ShowObject(
        id=show.id,
        slug=show.slug,
        kind=show.kind.value,
        title=show.title,
        author=show.author,
        language=show.language,
        source=show.source_url,
        feed_source=show.feed_url,
        feed=f"/feeds/{f'{show.key}/' if show.key else ''}{show.slug}.xml",
        public=show.key is None,
        followed=show.follow_every_s is not None,
        next_poll_at=write_moment(show.next_poll_at),
        trouble=(show.following or {}).get("trouble") or None,
        paused=show.paused,
        choices=cast("ShowChoices", show.choices),
        shows=shows,
        n_episodes=n_episodes,
        created_at=show.created_at.isoformat(),
    )


def write_moment(moment: datetime | None) -> str | None:
    """A moment as ISO 8601, where there is one."""
    return moment.isoformat() if moment else None
