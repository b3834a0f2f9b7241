from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catwalk.backends.generation import StopFilter, TokenText, count_room, expect_cache_bytes, read_device
from catwalk.errors import ContextTooLong, InvalidRequest


def pass_on(text: str, stops: list[str], cuts: list[int]) -> tuple[list[str], StopFilter]:
    filtering = StopFilter(stops)
    edges = sorted({0, len(text), *(cut % (len(text) + 1) for cut in cuts)})
    shown = [filtering.feed(text[start:end]) for start, end in itertools.pairwise(edges)]
    return [*shown, filtering.close()], filtering


@given(
    st.text("ab\n", max_size=30),
    st.lists(st.text("ab\n", min_size=1, max_size=4), max_size=4),
    st.lists(st.integers(0, 30)),
)
def test_what_is_shown_ends_before_the_first_stop_text_however_it_was_cut(
    text: str, stops: list[str], cuts: list[int]
) -> None:
    shown, filtering = pass_on(text, stops, cuts)

    found = [at for stop in stops if (at := text.find(stop)) >= 0]
    whole = "".join(shown)
    assert filtering.text == whole
    assert filtering.stopped == bool(found)
    if not found:
        assert whole == text
    assert not any(stop in whole for stop in stops)
    assert text.startswith(whole)


def test_nothing_is_held_back_that_cannot_become_a_stop_text() -> None:
    filtering = StopFilter(["END"])

    assert [filtering.feed(piece) for piece in ("tea E", "N", "ough", "EN", "D tea")] == ["tea ", "", "ENough", "", ""]
    assert filtering.stopped


@given(st.text(max_size=40))
def test_characters_come_whole_from_tokens_of_a_byte(text: str) -> None:
    reading = TokenText(lambda tokens: bytes(tokens).decode("utf-8", "replace"))

    pieces = [reading.feed(byte) for byte in text.encode("utf-8", "surrogatepass") if "\ufffd" not in text]

    if "\ufffd" not in text:
        assert "".join(pieces) + reading.close() == text
        assert "\ufffd" not in "".join(pieces)


def test_a_token_keeps_the_space_that_it_has_after_another() -> None:
    words = {1: "\u2581two", 2: "\u2581cups", 3: "s"}
    reading = TokenText(lambda tokens: "".join(words[token] for token in tokens).replace("\u2581", " ").lstrip(" "))

    assert [reading.feed(token) for token in (1, 2, 3)] == ["two", " cups", "s"]


@pytest.mark.parametrize(("max_tokens", "room"), [(None, 6), (3, 3), (9, 6)])
def test_an_answer_has_the_room_that_the_conversation_leaves(max_tokens: int | None, room: int) -> None:
    assert count_room(4, 10, max_tokens) == room


@pytest.mark.parametrize("n_prompt", [10, 11])
def test_a_conversation_that_leaves_no_room_is_refused(n_prompt: int) -> None:
    with pytest.raises(ContextTooLong, match=f"{n_prompt} tokens; the model looks at 10"):
        count_room(n_prompt, 10, None)


@pytest.mark.parametrize("device", ["gpu", "cuda", "cuda:x", "CPU", ""])
def test_a_device_of_another_name_is_refused(device: str) -> None:
    with pytest.raises(InvalidRequest, match="device"):
        read_device({"device": device})


def test_a_cache_is_expected_to_grow_with_the_context() -> None:
    assert expect_cache_bytes({"n_ctx": 100, "kv_bytes_per_token": 10}, 4096) == 1000
    assert expect_cache_bytes({}, 4096) == 4096 * 131_072
    assert expect_cache_bytes({"n_ctx": "long"}, 4096) == 0
