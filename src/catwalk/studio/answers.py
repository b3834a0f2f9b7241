"""What the routes of readings answer: lines, takes and edits as JSON, with an example of each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from fastapi import Path
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session

from catwalk.library.desk import Edited
from catwalk.library.editing import can_redo, can_undo
from catwalk.library.lines import LineRow, count_takes, get_lines, list_order
from catwalk.library.tables import LineVersion, Take

MAX_ID = 2**63 - 1
"""What databases take for a number of a row."""

Id = Annotated[int, Path(ge=1, le=MAX_ID)]
BodyId = Annotated[int, Field(ge=1, le=MAX_ID)]
LineState = Literal["spoken", "waiting", "flagged", "pause"]

TAKE: dict[str, Any] = {
    "object": "take",
    "id": 77,
    "line": 41,
    "audio": "/v1/takes/77/audio",
    "duration_s": 3.2,
    "origin": "voice",
    "model": "hibari",
    "voice": "heart",
    "accepted": True,
    "heard": "On teapots.",
    "reasons": [],
    "words": [["On", 0.05, 0.2], ["teapots", 0.2, 0.9]],
    "made_at": "2026-01-01T00:00:00+00:00",
    "spoken": "On teapots.",
    "is_chosen": True,
}
LINE: dict[str, Any] = {
    "object": "line",
    "id": 41,
    "kind": "heading",
    "block": "b7",
    "chapter": "On teapots",
    "text": "On teapots",
    "spoken": "On teapots.",
    "pause_s": 0.4,
    "voice": None,
    "state": "spoken",
    "is_corrected": False,
    "take": TAKE,
    "n_takes": 3,
}
EDITED: dict[str, Any] = {
    "revision": 13,
    "lines": [LINE],
    "removed": [],
    "order": None,
    "can_undo": True,
    "can_redo": False,
}


class TakeObject(BaseModel):
    """A recording of a line."""

    model_config = ConfigDict(json_schema_extra={"example": TAKE})

    object: Literal["take"] = "take"
    id: int
    line: int | None
    audio: str
    """Address of its sound, as FLAC."""

    duration_s: float
    origin: Literal["voice", "microphone", "upload"]
    model: str | None
    voice: str | None
    accepted: bool
    """Whether nothing is wrong with it."""

    heard: str
    reasons: list[str]
    """What is wrong with it, in plain words."""

    words: list[tuple[str, float, float]]
    """Each word of the line's text as it was then, with the seconds at which it begins and ends."""

    made_at: str
    spoken: str
    """What it was to say."""

    is_chosen: bool


class LineObject(BaseModel):
    """One utterance of an episode, or a pause."""

    model_config = ConfigDict(json_schema_extra={"example": LINE})

    object: Literal["line"] = "line"
    id: int
    kind: str
    block: str | None
    """The block of the post that it comes from."""

    chapter: str | None
    """Title of the chapter that begins with it."""

    text: str
    spoken: str
    """Empty for a pause."""

    pause_s: float
    """Silence after it."""

    voice: str | None
    """Another voice than the show's."""

    state: LineState
    is_corrected: bool
    """Whether a person worded or added it."""

    take: TakeObject | None
    """The one that was chosen."""

    n_takes: int


class LineList(BaseModel):
    """A page of an episode's lines."""

    object: Literal["list"] = "list"
    revision: int
    can_undo: bool
    can_redo: bool
    data: list[LineObject]
    next: str | None


class TakeList(BaseModel):
    """A line's takes, the newest first."""

    object: Literal["list"] = "list"
    data: list[TakeObject]


class EditedObject(BaseModel):
    """What an edit changed."""

    model_config = ConfigDict(json_schema_extra={"example": EDITED})

    revision: int
    """Of the episode, from now on."""

    lines: list[LineObject]
    """Those that are new or changed."""

    removed: list[int]
    """Those that are deleted now."""

    order: list[int] | None
    """All lines of the episode in reading order; null where the order is as it was."""

    can_undo: bool
    can_redo: bool


def example(content: Any, status: int = 200) -> dict[int | str, dict[str, Any]]:
    """An answer, as the description of the API shows it."""
    return {status: {"content": {"application/json": {"example": content}}}}


def to_take(take: Take, version: LineVersion, *, is_chosen: bool) -> TakeObject:
    """A take as JSON."""
    return TakeObject(
        id=take.id,
        line=take.line_id,
        audio=f"/v1/takes/{take.id}/audio",
        duration_s=round(take.duration_s, 3),
        origin=take.origin.value,
        model=take.model,
        voice=take.voice,
        accepted=take.accepted,
        heard=str(take.verdict.get("heard", "")),
        reasons=[str(reason) for reason in take.verdict.get("reasons", ())],
        words=[(str(word[0]), word[1], word[2]) for word in take.words],
        made_at=take.made_at.isoformat(),
        spoken=version.spoken,
        is_chosen=is_chosen,
    )


def to_line(row: LineRow, n_takes: int) -> LineObject:
    """A line as JSON."""
    line, said = row.line, row.version
    return LineObject(
        id=line.id,
        kind=said.kind,
        block=line.block,
        chapter=said.chapter,
        text=said.text,
        spoken=said.spoken,
        pause_s=round(said.pause_s, 3),
        voice=said.voice,
        state=_find_state(row),
        is_corrected=row.is_corrected,
        take=to_take(row.take, said, is_chosen=True) if row.take else None,
        n_takes=n_takes,
    )


def _find_state(row: LineRow) -> LineState:
    if not row.version.spoken:
        return "pause"
    if row.take is None:
        return "waiting"
    return "spoken" if row.take.accepted else "flagged"


def to_lines(session: Session, rows: Sequence[LineRow]) -> list[LineObject]:
    """Lines as JSON."""
    n_takes = count_takes(session, [row.line.id for row in rows])
    return [to_line(row, n_takes.get(row.line.id, 0)) for row in rows]


def to_edited(session: Session, edited: Edited, *, reorders: bool = False) -> EditedObject:
    """What became of an edit.

    Args:
        session: The one that it was done in.
        edited: What it did.
        reorders: Whether lines may have come, gone or moved.
    """
    rows = get_lines(session, edited.lines)
    here = {row.line.id for row in rows}
    return EditedObject(
        revision=edited.revision,
        lines=to_lines(session, rows),
        removed=[line_id for line_id in edited.lines if line_id not in here],
        order=list_order(session, edited.episode_id) if reorders else None,
        can_undo=can_undo(session, edited.episode_id),
        can_redo=can_redo(session, edited.episode_id),
    )
