"""What a person turns, over HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Protocol

from fastapi import APIRouter, Body
from pydantic import BaseModel, ConfigDict, Field

from catwalk.studio.answers import example
from catwalk.studio.shows import Strict

SETTINGS: dict[str, Any] = {
    "model": "hibari",
    "voice": "heart",
    "speed": 1.0,
    "follow_every_h": 6.0,
    "quiet_from": 8,
    "quiet_until": 20,
    "base_url": None,
    "needs_restart": [],
}


class SettingsObject(BaseModel):
    """What a person turns, as it is kept."""

    model_config = ConfigDict(json_schema_extra={"example": SETTINGS})

    model: str
    """Speaks new readings."""

    voice: str | None
    """The model's own choice where it is null."""

    speed: float
    follow_every_h: float
    """Hours between two looks at a followed blog."""

    quiet_from: int | None
    """Hour of the day from which no blog is looked at, until ``quiet_until``; null for never."""

    quiet_until: int | None
    base_url: str | None
    """What addresses in feeds begin with; the host that each request names where it is null."""

    needs_restart: list[str]
    """Those that are kept, and hold from the next start of the server on."""


class SettingsChange(Strict):
    """What is to be kept; what is left out stays, and null goes back to what holds where nothing is said."""

    model: Annotated[str, Field(max_length=200)] | None = None
    """Another one speaks in its own choice of voice where no voice comes with it."""

    voice: Annotated[str, Field(min_length=1, max_length=400)] | None = None
    speed: float | None = None
    follow_every_h: float | None = None
    quiet_from: int | None = None
    quiet_until: int | None = None
    base_url: Annotated[str, Field(max_length=2000)] | None = None


class Keeper(Protocol):
    """Keeps what a person turns."""

    def show(self) -> SettingsObject:
        """As it is kept now."""
        ...

    def change(self, wanted: Mapping[str, Any]) -> SettingsObject:
        """Keep other values, by name; None is what holds where nothing is said."""
        ...


def build_router(keeper: Keeper) -> APIRouter:
    """``/v1/settings``."""
    router = APIRouter(prefix="/v1", tags=["settings"])

    @router.get("/settings", summary="What a person turns", responses=example(SETTINGS))
    def get_settings() -> SettingsObject:
        return keeper.show()

    @router.patch(
        "/settings",
        summary="Turn it: kept in the settings file, and in effect at once where it can be",
        responses=example(SETTINGS | {"base_url": "https://pods.example", "needs_restart": ["base_url"]}),
    )
    def patch_settings(wanted: Annotated[SettingsChange, Body()]) -> SettingsObject:
        return keeper.change(wanted.model_dump(exclude_unset=True))

    return router
