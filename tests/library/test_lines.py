from __future__ import annotations

import pytest

from catwalk.errors import InvalidRequest, NotInLibrary
from catwalk.library.database import Library
from catwalk.library.editing import Change, delete_lines, edit_lines
from catwalk.library.lines import Recorded, add_take, find_lines, list_lines, list_takes
from libraries import read_post


def test_flagged_lines_can_be_listed_alone(library: Library) -> None:
    episode = read_post(library, "One.", "Two.", "Three.")
    with library.write() as session:
        for row, good in zip(list_lines(session, episode.id).items, [True, False, True], strict=True):
            words = [("one", 0.0, 0.5)]
            add_take(session, Recorded(row.version.id, "a.flac", 1.0, {"accepted": good}, words=words))

        (flagged,) = list_lines(session, episode.id, flagged=True).items
        (take,) = list_takes(session, flagged.line.id).items

    assert flagged.version.text == "Two."
    assert flagged.take is take
    assert take.words == [["one", 0.0, 0.5]]


def test_a_take_of_no_version_is_refused(library: Library) -> None:
    with library.write() as session, pytest.raises(NotInLibrary, match="version 99"):
        add_take(session, Recorded(99, "a.flac", 1.0, {}))


TEXTS = (
    "The cat sat.",
    "A catwalk is no CAT-WALK.",
    "See example.com/feed or C++ code.",
    "It costs 1.5 → 2 x86_64 boxes.",
    "Naïve café people.",
    "A long day in New\nYork.",
)


@pytest.mark.parametrize(
    ("word", "lines"),
    [
        ("cat", [0, 1]),
        ("CAT", [0, 1]),
        ("catwalk", [1]),
        ("example", [2]),
        ("example.com", [2]),
        ("feed", [2]),
        ("c++", [2]),
        ("1.5", [3]),
        ("→", [3]),
        ("x86_64", [3]),
        ("x86", []),
        ("naïve", [4]),
        ("NAÏVE café", [4]),
        ("café people", [4]),
        ("new york", [5]),
        ("york new", []),
        ("dog", []),
        ("100%", []),
        ('a" OR "cat', []),
    ],
)
def test_a_word_is_found_whole_wherever_it_stands(library: Library, word: str, lines: list[int]) -> None:
    read_post(library, *TEXTS)

    with library.read() as session:
        found = find_lines(session, word)

    assert [TEXTS.index(line.text) for line in found] == lines


def test_a_word_is_found_in_what_lines_say_now_and_in_what_is_spoken(library: Library) -> None:
    episode = read_post(library, "The cat sat.", "A cat ran.", "A dog ran.", "Kubectl 1.")
    other = read_post(library, "My cat.", url="https://other.test/", show="other")
    with library.write() as session:
        first, second, third, _ = (row.line.id for row in list_lines(session, episode.id).items)
        edit_lines(session, episode.id, {first: Change("The dog sat.", "The dog sat.")}, revision=1)
        delete_lines(session, episode.id, [second], revision=2)

        cats, dogs = find_lines(session, "cat"), find_lines(session, "dog", show_id=episode.show_id)

        assert [line.episode_id for line in cats] == [other.id]
        assert [line.line_id for line in dogs] == [first, third]
        assert find_lines(session, "dog", show_id=other.show_id) == []
        assert [line.text for line in find_lines(session, "one")] == ["Kubectl 1."]


def test_lines_with_a_common_word_come_page_by_page(library: Library) -> None:
    read_post(library, *(f"Cat {number}." if number % 2 else f"Cats {number}." for number in range(1300)))

    with library.read() as session:
        first = find_lines(session, "cat", limit=400)
        rest = find_lines(session, "cat", after=first[-1].line_id, limit=400)

    assert len({line.line_id for line in (*first, *rest)}) == len(first) + len(rest) == 650


@pytest.mark.parametrize("word", ["", "  "])
def test_nothing_is_no_word(library: Library, word: str) -> None:
    with library.read() as session, pytest.raises(InvalidRequest):
        find_lines(session, word)
