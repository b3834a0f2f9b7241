"""What ``POST /v1/chat/completions`` takes: OpenAI's conversations, read into turns and options."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from catwalk.api.terms import KEEP_ALIVE, PRIORITY
from catwalk.errors import InvalidRequest
from catwalk.picture import inspect_picture, read_data_uri
from catwalk.tasks import CompleteOptions, Message

FetchPicture = Callable[[str], Awaitable[bytes]]
"""Brings the picture at an http or https address, under the rules for addresses that a request names."""

MAX_IMAGES = 16
"""In one request."""

_MAX_STOPS = 4  # as in OpenAI's API
_ROLES = ("system", "developer", "user", "assistant")


class ImageAddress(BaseModel):
    """Where a picture is."""

    url: str = Field(description="A data URI with base64, or an http or https address that is public")


class Part(BaseModel):
    """A piece of a turn: text, or a picture."""

    type: str
    text: str | None = None
    image_url: ImageAddress | None = None


class Turn(BaseModel):
    """One turn of a conversation."""

    role: str = Field(description=f"One of {', '.join(_ROLES)}")
    content: str | list[Part] | None = None


class StreamOptions(BaseModel):
    """What a stream has beside the text."""

    include_usage: bool = False


class JsonSchema(BaseModel):
    """What an answer must look like."""

    name: str | None = None
    schema_: dict[str, Any] | None = Field(None, alias="schema")


class ResponseFormat(BaseModel):
    """Text, or JSON."""

    type: Literal["text", "json_object", "json_schema"]
    json_schema: JsonSchema | None = None


class ChatRequest(BaseModel):
    """What ``POST /v1/chat/completions`` takes; fields that it does not know are passed over."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "model": "fake",
                "messages": [{"role": "user", "content": "What is a kettle for?"}],
                "max_tokens": 100,
                "temperature": 0.0,
            }
        }
    )

    model: str = Field(description="Name or alias of a model that can complete, or caption where there is an image")
    messages: list[Turn] = Field(min_length=1, description="The conversation so far, oldest turn first")
    stream: bool | None = Field(None, description="Whether the answer comes piece by piece, as server-sent events")
    stream_options: StreamOptions | None = None
    max_tokens: int | None = Field(None, ge=1, description="Most tokens of the answer; the model's context bounds it")
    max_completion_tokens: int | None = Field(None, ge=1, description="The same, by its newer name, which goes first")
    temperature: float | None = Field(
        None, ge=0.0, le=2.0, description="0 always takes the likeliest token; 1 if unsaid"
    )
    top_p: float | None = Field(None, gt=0.0, le=1.0)
    stop: str | list[str] | None = Field(None, description=f"Up to {_MAX_STOPS} texts that end the answer")
    seed: int | None = Field(None, ge=-(2**63), lt=2**63, description="The same seed gives the same answer")
    n: int | None = Field(None, description="1: one answer a request")
    response_format: ResponseFormat | None = Field(None, description="Text or JSON; only some models can promise JSON")
    tools: list[Any] | None = Field(None, description="Refused: no model here calls tools")
    functions: list[Any] | None = Field(None, description="Refused likewise")
    logprobs: bool | None = Field(None, description="Refused when true")
    modalities: list[str] | None = Field(None, description="Text alone")
    presence_penalty: float | None = Field(None, description="Accepted for compatibility; no model here follows it")
    frequency_penalty: float | None = Field(None, description="Likewise")
    priority: Literal["interactive", "batch"] = Field("interactive", description=PRIORITY)
    keep_alive: float | str | None = Field(None, description=KEEP_ALIVE)

    def check(self) -> None:
        """Refuse what no model here can do.

        Raises:
            InvalidRequest: more than one answer, tools, log probabilities, or an answer that is not text.
        """
        if self.n not in {None, 1}:
            raise InvalidRequest(f"n is 1: one answer a request, not {self.n}", param="n")
        for name, value in (("tools", self.tools), ("functions", self.functions), ("logprobs", self.logprobs)):
            if value:
                raise InvalidRequest(f"{name} cannot be had: no model here has them", param=name)
        if set(self.modalities or ()) - {"text"}:
            raise InvalidRequest(f"modalities can be ['text'], not {self.modalities!r}", param="modalities")

    @property
    def options(self) -> CompleteOptions:
        """How to go on.

        Raises:
            InvalidRequest: too many stop texts, or a JSON schema without a schema.
        """
        stops = [self.stop] if isinstance(self.stop, str) else self.stop or []
        if len(stops) > _MAX_STOPS or not all(stops):
            raise InvalidRequest(f"stop is one text or up to {_MAX_STOPS}, none of them empty", param="stop")
        wanted = self.response_format
        schema = wanted.json_schema.schema_ if wanted and wanted.json_schema else None
        if wanted and wanted.type == "json_schema" and schema is None:
            raise InvalidRequest("response_format json_schema needs json_schema.schema", param="response_format")
        return CompleteOptions(
            max_tokens=self.max_completion_tokens or self.max_tokens,
            temperature=1.0 if self.temperature is None else self.temperature,
            top_p=1.0 if self.top_p is None else self.top_p,
            stop=tuple(stops),
            seed=self.seed,
            json=wanted is not None and wanted.type != "text",
            json_schema=json.dumps(schema) if wanted and wanted.type == "json_schema" else None,
        )


async def read_turns(turns: list[Turn], fetch_picture: FetchPicture) -> tuple[Message, ...]:
    """Turns as models take them, pictures and all.

    Raises:
        InvalidRequest: a role or a part is of a kind that no model here takes, or nothing is said at all; or its leaf
            for a picture that cannot be taken.
        SourceError: a picture's address may not be fetched, or cannot be.
    """
    n_images = sum(
        part.type == "image_url" for turn in turns if isinstance(turn.content, list) for part in turn.content
    )
    if n_images > MAX_IMAGES:
        raise InvalidRequest(f"messages have {n_images} images; at most {MAX_IMAGES} are taken", param="messages")
    messages = tuple([await _read_turn(number, turn, fetch_picture) for number, turn in enumerate(turns)])
    if not any(message.text.strip() or message.images for message in messages):
        raise InvalidRequest("messages are empty; there is nothing to answer", param="messages")
    return messages


async def _read_turn(number: int, turn: Turn, fetch_picture: FetchPicture) -> Message:
    where = f"messages.{number}"
    if turn.role not in _ROLES:
        raise InvalidRequest(f"{where}.role is one of {', '.join(_ROLES)}, not {turn.role!r}", param=f"{where}.role")
    role = "system" if turn.role == "developer" else turn.role  # its newer name
    if not isinstance(turn.content, list):
        return Message(role, turn.content or "")
    texts: list[str] = []
    images: list[bytes] = []
    for count, part in enumerate(turn.content):
        here = f"{where}.content.{count}"
        if part.type == "text" and part.text is not None:
            texts.append(part.text)
        elif part.type == "image_url" and part.image_url is not None:
            images.append(await _bring_picture(part.image_url.url, here, fetch_picture))
        else:
            raise InvalidRequest(
                f"{here} is a part of type text with text, or image_url with image_url.url, not {part.type!r}",
                param=here,
            )
    return Message(role, "\n".join(texts), tuple(images))


async def _bring_picture(url: str, where: str, fetch_picture: FetchPicture) -> bytes:
    scheme = url[:8].lower()
    if scheme.startswith("data:"):
        content = await asyncio.to_thread(read_data_uri, url)
    elif scheme.startswith(("http://", "https://")):
        content = await fetch_picture(url)
    else:
        raise InvalidRequest(
            f"{where}: an image is a data URI or an http or https address, not {url[:40]!r}", param=where
        )
    await asyncio.to_thread(inspect_picture, content)
    return content
