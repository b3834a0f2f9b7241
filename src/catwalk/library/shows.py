"""Shows: the podcasts of the library."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sql
from sqlalchemy.orm import Session

from catwalk.errors import AlreadyInLibrary, InvalidRequest, NotInLibrary
from catwalk.library.database import now_of
from catwalk.library.episodes import delete_episode
from catwalk.library.paging import Page, read_page
from catwalk.library.tables import Episode, FormerSlug, Membership, Show, ShowKind

_FIXED = frozenset({"id", "kind", "created_at", "changed_at"})
_UNSEEN = frozenset({"follow_every_s", "next_poll_at", "following", "paused", "feed_url"})
"""What listeners see nothing of."""


def add_show(session: Session, *, slug: str, kind: ShowKind, title: str, **fields: Any) -> Show:
    """Add a show; ``fields`` are columns of :class:`Show`.

    Raises:
        AlreadyInLibrary: there is a show of that slug.
    """
    _check_slug_is_free(session, slug)
    now = now_of(session)
    show = Show(slug=slug, kind=kind, title=title, created_at=now, changed_at=now, **fields)
    session.add(show)
    session.flush()
    return show


def find_show(session: Session, slug: str) -> Show:
    """The show that has that slug, or had it once.

    Raises:
        NotInLibrary: there is none.
    """
    show = session.scalar(sql.select(Show).where(Show.slug == slug))
    if show is None:
        former = sql.select(FormerSlug.show_id).where(FormerSlug.slug == slug)
        show = session.scalar(sql.select(Show).where(Show.id.in_(former)))
    if show is None:
        raise NotInLibrary(f"the library has no show {slug!r}")
    return show


def change_show(session: Session, slug: str, /, **fields: Any) -> Show:
    """Change columns of a show. By a slug that it gives up it is still found, and no other show may have that.

    Raises:
        NotInLibrary: there is none of that slug.
        AlreadyInLibrary: another has the new slug.
        InvalidRequest: a field never changes, the podcast's guid among them once it is set.
    """
    show = find_show(session, slug)
    fixed = _FIXED | ({"podcast_guid"} if show.podcast_guid else set())
    if wrong := sorted(fields.keys() & fixed):
        raise InvalidRequest(f"{', '.join(wrong)} of a show never changes", param=wrong[0])
    if fields.get("slug", show.slug) != show.slug:
        _give_up_slug(session, show, fields["slug"])
    if any(getattr(show, name) != value for name, value in fields.items() if name not in _UNSEEN):
        show.changed_at = now_of(session)
    for name, value in fields.items():
        setattr(show, name, value)
    session.flush()
    return show


def delete_show(session: Session, slug: str) -> None:
    """Delete a show with its episodes; articles stay, and so do a person's recordings.

    Raises:
        NotInLibrary: there is none of that slug.
    """
    show = find_show(session, slug)
    for episode_id in session.scalars(sql.select(Episode.id).where(Episode.show_id == show.id)).all():
        delete_episode(session, episode_id)
    session.delete(show)
    session.flush()


def list_shows(session: Session, *, after: str | None = None, limit: int = 100) -> Page[Show]:
    """Shows, by slug."""
    return read_page(session, sql.select(Show), [Show.slug], lambda row: row[0], after=after, limit=limit)


def list_all_shows(session: Session) -> Sequence[Show]:
    """Every show, by slug."""
    return session.scalars(sql.select(Show).order_by(Show.slug)).all()


def list_due_shows(session: Session, *, limit: int = 100) -> Sequence[Show]:
    """Shows that are to be looked at by now, the longest overdue first."""
    due = sql.select(Show).where(Show.next_poll_at <= now_of(session), Show.paused.is_(False))
    return session.scalars(due.order_by(Show.next_poll_at, Show.id).limit(limit)).all()


def hasten_polls(session: Session, latest: datetime) -> None:
    """Have no followed show wait for longer than until ``latest``, but those whose host has asked for it or failed."""
    for show in session.scalars(sql.select(Show).where(Show.next_poll_at > latest)).all():
        if not (show.following or {}).get("trouble"):
            show.next_poll_at = latest
    session.flush()


def mix(session: Session, slug: str, members: Sequence[str]) -> None:
    """Say which shows a mix draws from; what it drew from before is forgotten.

    Raises:
        NotInLibrary: one of them is not there.
        InvalidRequest: the show is no mix, or one of the others is.
    """
    show = find_show(session, slug)
    if show.kind is not ShowKind.MIX:
        raise InvalidRequest(f"{slug!r} is a {show.kind}, not a mix")
    chosen = [find_show(session, member) for member in dict.fromkeys(members)]
    if wrong := [member.slug for member in chosen if member.kind is ShowKind.MIX]:
        raise InvalidRequest(f"a mix draws from blogs and lists, and {wrong[0]!r} is a mix", param="members")
    session.execute(sql.delete(Membership).where(Membership.mix_id == show.id))
    session.add_all(Membership(mix_id=show.id, show_id=member.id) for member in chosen)
    show.changed_at = now_of(session)
    session.flush()


def list_members(session: Session, mix_id: int) -> Sequence[Show]:
    """The shows that a mix draws from, by slug."""
    members = sql.select(Show).join(Membership, Membership.show_id == Show.id).where(Membership.mix_id == mix_id)
    return session.scalars(members.order_by(Show.slug)).all()


def has_moved(session: Session, show_id: int) -> bool:
    """Whether the show had another slug before."""
    return session.scalar(sql.select(FormerSlug.slug).where(FormerSlug.show_id == show_id).limit(1)) is not None


def is_slug_free(session: Session, slug: str) -> bool:
    """Whether no show has that slug, or had it once."""
    taken = sql.union_all(
        sql.select(Show.id).where(Show.slug == slug), sql.select(FormerSlug.show_id).where(FormerSlug.slug == slug)
    )
    return session.scalar(taken) is None


def _give_up_slug(session: Session, show: Show, wanted: str) -> None:
    own = session.get(FormerSlug, wanted)
    if own is not None and own.show_id == show.id:
        session.delete(own)  # it takes back a name of its own
    else:
        _check_slug_is_free(session, wanted)
    session.add(FormerSlug(slug=show.slug, show_id=show.id))


def _check_slug_is_free(session: Session, slug: str) -> None:
    if not is_slug_free(session, slug):
        raise AlreadyInLibrary(f"the library has a show {slug!r} already", param="slug")
