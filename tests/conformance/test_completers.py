"""What every backend that goes on with conversations must do."""

from __future__ import annotations

from typing import Any

import pytest

from catwalk.errors import ContextTooLong, InvalidRequest
from catwalk.tasks import CompleteOptions, Completion, Message, Task
from tiny import FAR, performing

completers = performing(Task.COMPLETE)
local_completers = performing(Task.COMPLETE, without=(FAR, "replicate"))  # another machine counts

ASKED = (Message("system", "Be brief."), Message("user", "What is a kettle for, and who wants tea with it?"))


def go_on(backend: Any, *, messages: tuple[Message, ...] = ASKED, **options: Any) -> tuple[list[str], Completion]:
    *pieces, whole = backend.complete(messages, options=CompleteOptions(**{"max_tokens": 40, "seed": 3} | options))
    assert isinstance(whole, Completion)
    return pieces, whole


@completers
def test_a_completion_ends_with_the_whole_of_it(backend: Any) -> None:
    pieces, whole = go_on(backend)

    assert pieces
    assert whole.text == "".join(pieces)
    assert whole.finish_reason in {"stop", "length"}


@completers
def test_tokens_are_counted(backend: Any) -> None:
    _, whole = go_on(backend)

    assert whole.prompt_tokens is not None
    assert whole.completion_tokens is not None
    assert whole.prompt_tokens >= 10
    assert 0 < whole.completion_tokens <= 40


@completers
def test_a_limit_cuts_the_answer_and_says_so(backend: Any) -> None:
    _, whole = go_on(backend, max_tokens=2)

    assert (whole.completion_tokens, whole.finish_reason) == (2, "length")


@completers
@pytest.mark.parametrize("temperature", [0.0, 1.5])
def test_the_same_seed_gives_the_same_answer(backend: Any, temperature: float) -> None:
    first, again = (go_on(backend, temperature=temperature, seed=11)[1] for _ in range(2))

    assert first == again


@completers
def test_no_part_of_a_stop_text_is_shown(backend: Any) -> None:
    _, whole = go_on(backend, temperature=0.0)
    stop = whole.text[4:7]

    pieces, cut = go_on(backend, temperature=0.0, stop=("never so", stop))

    assert cut.text == "".join(pieces) == whole.text[: whole.text.find(stop)]
    assert cut.finish_reason == "stop"


@local_completers
def test_a_conversation_that_fills_the_context_is_refused(backend: Any) -> None:
    with pytest.raises(ContextTooLong, match="tokens"):
        go_on(backend, messages=(Message("user", "tea " * 5000),))


@completers
def test_closing_early_leaves_the_model_fit_for_the_next_call(backend: Any) -> None:
    first = backend.complete(ASKED, options=CompleteOptions(max_tokens=40))
    next(first)
    first.close()

    assert go_on(backend)[1].text


@local_completers
def test_a_model_that_cannot_see_refuses_images(backend: Any) -> None:
    with pytest.raises(InvalidRequest, match="cannot see images"):
        go_on(backend, messages=(Message("user", "What is it?", (b"\x89PNG",)),))
