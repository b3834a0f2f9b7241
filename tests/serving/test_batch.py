from __future__ import annotations

import asyncio
from typing import Any

import pytest

from catwalk.serving.batch import Batch

pytestmark = pytest.mark.anyio


class Sent:
    """Where a batch sends its messages."""

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []
        self.first: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def __call__(self, message: dict[str, Any]) -> None:
        self.messages.append(message)
        if not self.first.done():
            self.first.set_result(None)


def call_ids(message: dict[str, Any]) -> list[str]:
    return [call["id"] for call in message["calls"]]


async def test_the_calls_go_as_one_message_once_the_last_has_come() -> None:
    batch, sent = Batch(2), Sent()

    batch.join("1", "synthesize", {"text": "Tea."}, sent)
    before = list(sent.messages)
    batch.join("2", "synthesize", {"text": "Coffee."}, sent)

    assert before == []
    assert sent.messages == [
        {
            "op": "batch",
            "method": "synthesize",
            "calls": [{"id": "1", "args": {"text": "Tea."}}, {"id": "2", "args": {"text": "Coffee."}}],
        }
    ]
    assert not batch.is_open


async def test_the_others_do_not_wait_for_a_member_that_will_not_call() -> None:
    batch, sent = Batch(3), Sent()

    batch.join("1", "synthesize", {}, sent)
    batch.leave()
    batch.join("2", "synthesize", {}, sent)

    assert [call_ids(message) for message in sent.messages] == [["1", "2"]]


async def test_the_last_to_leave_sends_off_the_others() -> None:
    batch, sent = Batch(2), Sent()

    batch.join("1", "synthesize", {}, sent)
    batch.leave()

    assert [call_ids(message) for message in sent.messages] == [["1"]]


async def test_patience_with_members_that_do_not_come_ends() -> None:
    batch, sent = Batch(3), Sent()

    batch.join("1", "synthesize", {}, sent)
    batch.join("2", "synthesize", {}, sent)
    async with asyncio.timeout(20):
        await sent.first

    assert [call_ids(message) for message in sent.messages] == [["1", "2"]]
    assert not batch.is_open


async def test_a_member_that_leaves_after_the_message_went_changes_nothing() -> None:
    batch, sent = Batch(2), Sent()
    batch.join("1", "synthesize", {}, sent)
    async with asyncio.timeout(20):
        await sent.first

    batch.leave()

    assert len(sent.messages) == 1


async def test_calls_of_different_methods_go_as_messages_of_their_own() -> None:
    batch, sent = Batch(3), Sent()

    for call_id, method in (("1", "synthesize"), ("2", "transcribe"), ("3", "synthesize")):
        batch.join(call_id, method, {}, sent)

    assert [(message["method"], call_ids(message)) for message in sent.messages] == [
        ("synthesize", ["1", "3"]),
        ("transcribe", ["2"]),
    ]


async def test_a_batch_whose_members_all_leave_sends_nothing() -> None:
    batch = Batch(2)

    batch.leave()
    batch.leave()

    assert not batch.is_open
