"""Server-sent events, cut anywhere, are read as the standard says."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catwalk.backends.remote.sse import MAX_EVENT_CHARS, Event, EventReader


def read(data: bytes) -> list[Event]:
    reader = EventReader()
    events = reader.feed(data)
    rest = reader.close()
    return events + ([rest] if rest else [])


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_end_in_any_of_three_ways(end: str) -> None:
    data = f"data: one{end}{end}data: two{end}{end}".encode()

    assert read(data) == [Event("one"), Event("two")]


def test_comments_and_other_fields_are_passed_over() -> None:
    data = b": keep-alive\n\nid: 7\nretry: 10\ndata: one\nnonsense\n\n:\n\n"

    assert read(data) == [Event("one")]


def test_data_over_several_lines_is_joined() -> None:
    assert read(b'data: {"a":\ndata:  1}\n\n') == [Event('{"a":\n 1}')]


def test_only_one_space_after_the_colon_goes() -> None:
    assert read(b"data:none\n\ndata:  two\n\ndata\n\n") == [Event("none"), Event(" two"), Event("")]


def test_an_event_may_have_a_name() -> None:
    assert read(b"event: error\ndata: {}\n\ndata: {}\n\n") == [Event("{}", "error"), Event("{}")]


def test_an_error_field_stands_for_an_error_event() -> None:
    assert read(b'error: {"code":400}\n\n') == [Event('{"code":400}', "error")]


def test_line_separators_inside_a_text_do_not_end_a_line() -> None:
    assert read("data: one\u2028two\x85three\n\n".encode()) == [Event("one\u2028two\x85three")]


def test_an_event_without_its_empty_line_comes_when_the_stream_ends() -> None:
    reader = EventReader()

    before = reader.feed(b"data: one\n\ndata: [DONE]")

    assert before == [Event("one")]
    assert reader.close() == Event("[DONE]")
    assert reader.close() is None


def test_an_event_without_end_is_refused() -> None:
    reader = EventReader()

    with pytest.raises(ValueError, match="longer than"):
        reader.feed(b"data: " + b"x" * MAX_EVENT_CHARS)


TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r"), max_size=20)


@given(
    st.lists(TEXTS, min_size=1, max_size=5), st.lists(st.integers(1, 9), max_size=30), st.sampled_from(["\n", "\r\n"])
)
def test_where_the_bytes_are_cut_makes_no_difference(texts: list[str], sizes: list[int], end: str) -> None:
    lines = [text.replace("\n", f"{end}data: ") for text in texts]
    data = "".join(f": hm{end}data: {line}{end}{end}" for line in lines).encode()
    reader = EventReader()
    events = []

    for size in sizes:
        events += reader.feed(data[:size])
        data = data[size:]
    events += reader.feed(data)

    assert [event.data for event in events] == texts


@given(st.binary(max_size=200))
def test_any_bytes_are_read_without_an_error(data: bytes) -> None:
    assert all(isinstance(event.data, str) for event in read(data))
