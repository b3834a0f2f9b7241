"""OpenAI's chat route, ``/v1/chat/completions``: text that goes on, and images that are described."""

from __future__ import annotations

import contextlib
import json
import secrets
import time
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from typing import Annotated, Any

from fastapi import APIRouter, Body, Request
from fastapi.responses import JSONResponse, Response

from catwalk.api.conversations import ChatRequest, FetchPicture, read_turns
from catwalk.api.streaming import LiveResponse, run_until_hangup, server_timing
from catwalk.api.terms import LeaseTerms, read_terms
from catwalk.errors import CatwalkError, InvalidRequest
from catwalk.serving.catalog import ModelSpec
from catwalk.serving.lease import Cost
from catwalk.serving.pool import Pool
from catwalk.tasks import CompleteOptions, Completion, Message, Task

_USUAL_TOKENS = 256
"""Length of an answer for the first guess at how long it takes, where the request sets no limit."""

_ANSWER: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The answer as a ``chat.completion``, or its pieces as server-sent events",
        "content": {
            "application/json": {
                "example": {
                    "id": "chatcmpl-1f",
                    "object": "chat.completion",
                    "created": 1700000000,
                    "model": "fake",
                    "choices": [
                        {
                            "index": 0,
                            "message": {"role": "assistant", "content": "For tea."},
                            "finish_reason": "stop",
                            "logprobs": None,
                        }
                    ],
                    "usage": {"prompt_tokens": 9, "completion_tokens": 3, "total_tokens": 12},
                }
            },
            "text/event-stream": {
                "example": 'data: {"object": "chat.completion.chunk", "choices": [{"index": 0, "delta": '
                '{"content": "For"}, "finish_reason": null}]}\n\ndata: [DONE]\n\n'
            },
        },
    }
}


@dataclass(frozen=True, slots=True)
class _Asked:
    """One request, understood."""

    spec: ModelSpec
    messages: tuple[Message, ...]
    options: CompleteOptions
    terms: LeaseTerms
    is_caption: bool
    """Whether a picture is described instead of a conversation continued."""

    cost: Cost = field(default_factory=Cost)
    id: str = field(default_factory=lambda: f"chatcmpl-{secrets.token_hex(12)}")
    created: int = field(default_factory=lambda: int(time.time()))


def build_router(pool: Pool, fetch_picture: FetchPicture) -> APIRouter:
    """OpenAI's chat route over ``pool``.

    Args:
        pool: The models.
        fetch_picture: Brings pictures that a request names by address.
    """
    router = APIRouter(prefix="/v1/chat", tags=["chat"])

    @router.post(
        "/completions",
        summary="Go on with a conversation, or describe an image",
        response_class=Response,
        responses=_ANSWER,
    )
    async def completions(wanted: Annotated[ChatRequest, Body()], request: Request) -> Response:
        asked = await _understand(pool, wanted, fetch_picture)
        if wanted.stream:
            with_usage = wanted.stream_options is not None and wanted.stream_options.include_usage
            events = _to_events(_answer(pool, asked), asked, with_usage=with_usage)
            return LiveResponse(events, "text/event-stream", lambda: server_timing(asked.cost))
        completion = await run_until_hangup(_answer_to_end(pool, asked), request.receive)
        return JSONResponse(_show(asked, completion), headers=server_timing(asked.cost))

    return router


async def _understand(pool: Pool, wanted: ChatRequest, fetch_picture: FetchPicture) -> _Asked:
    wanted.check()
    options = wanted.options
    terms = read_terms(wanted.priority, wanted.keep_alive)
    pool.catalog.find(wanted.model)  # before pictures are fetched for nothing
    messages = await read_turns(wanted.messages, fetch_picture)
    n_images = sum(len(message.images) for message in messages)
    spec = pool.catalog.find(wanted.model, Task.CAPTION if n_images else Task.COMPLETE)
    is_caption = n_images > 0 and not (spec.sees_images and Task.COMPLETE in spec.tasks)
    if is_caption and n_images > 1:
        raise InvalidRequest(
            f"model {spec.name!r} describes one image a request, not {n_images}; send one a request", param="messages"
        )
    if is_caption and options.json:
        raise InvalidRequest(f"model {spec.name!r} describes images in words, not as JSON", param="response_format")
    return _Asked(spec, messages, options, terms, is_caption)


async def _answer(pool: Pool, asked: _Asked) -> AsyncGenerator[str | Completion, None]:
    if asked.is_caption:
        yield (whole := await _caption(pool, asked)).text
        yield whole
        return
    size = float(asked.options.max_tokens or _USUAL_TOKENS)
    async with pool.lease(asked.spec.name, Task.COMPLETE, asked.cost, size=size, **asked.terms) as lease:
        parts = lease.stream("complete", messages=asked.messages, options=asked.options)
        async with contextlib.aclosing(parts):
            async for part in parts:
                yield part


async def _caption(pool: Pool, asked: _Asked) -> Completion:
    """The caption of the one picture; what users said beside it is the prompt."""
    (image,) = (image for message in asked.messages for image in message.images)
    said = "\n".join(message.text for message in asked.messages if message.role == "user" and message.text.strip())
    async with pool.lease(asked.spec.name, Task.CAPTION, asked.cost, size=1.0, **asked.terms) as lease:
        text = str(await lease.call("caption", image=image, prompt=said or None))
    return Completion(text, "stop")


async def _answer_to_end(pool: Pool, asked: _Asked) -> Completion:
    parts = [part async for part in _answer(pool, asked)]
    whole = parts[-1]
    assert isinstance(whole, Completion)  # noqa: S101 - the contract of Completer
    return whole


def _show(asked: _Asked, completion: Completion) -> dict[str, Any]:
    message = {"role": "assistant", "content": completion.text, "refusal": None}
    choice = {"index": 0, "message": message, "finish_reason": completion.finish_reason, "logprobs": None}
    body = {
        "id": asked.id,
        "object": "chat.completion",
        "created": asked.created,
        "model": asked.spec.name,
        "choices": [choice],
    }
    usage = _show_usage(completion)
    return body | ({"usage": usage} if usage else {})


def _show_usage(completion: Completion) -> dict[str, int] | None:
    """Tokens as OpenAI counts them; None where nobody counted."""
    n_prompt, n_answer = completion.prompt_tokens, completion.completion_tokens
    if n_prompt is None or n_answer is None:
        return None
    return {"prompt_tokens": n_prompt, "completion_tokens": n_answer, "total_tokens": n_prompt + n_answer}


async def _to_events(
    parts: AsyncGenerator[str | Completion, None], asked: _Asked, *, with_usage: bool
) -> AsyncGenerator[bytes, None]:
    begun = False
    async with contextlib.aclosing(parts):
        try:
            async for part in parts:
                if not begun:  # not before the first part: until then the status still tells of a failure
                    begun = True
                    yield _chunk(asked, {"role": "assistant", "content": ""}, with_usage=with_usage)
                if isinstance(part, str):
                    yield _chunk(asked, {"content": part}, with_usage=with_usage)
                    continue
                yield _chunk(asked, {}, part.finish_reason, with_usage=with_usage)
                if with_usage:
                    yield _event(_frame(asked) | {"choices": [], "usage": _show_usage(part)})
        except CatwalkError as error:
            if begun:
                yield _event(error.to_body())
            raise
    yield b"data: [DONE]\n\n"


def _chunk(asked: _Asked, delta: dict[str, Any], finish_reason: str | None = None, *, with_usage: bool) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": finish_reason, "logprobs": None}
    return _event(_frame(asked) | {"choices": [choice]} | ({"usage": None} if with_usage else {}))


def _frame(asked: _Asked) -> dict[str, Any]:
    return {"id": asked.id, "object": "chat.completion.chunk", "created": asked.created, "model": asked.spec.name}


def _event(body: dict[str, Any]) -> bytes:
    return f"data: {json.dumps(body, ensure_ascii=False)}\n\n".encode("utf-8", "replace")
