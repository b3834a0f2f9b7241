from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catwalk.reader.article import Link
from catwalk.reader.scripting.markup import is_vague, links_within, plain_text, read_stream, split_address

LABELS = frozenset({"1", "den"})


def text_of(written: str) -> str:
    return plain_text(written, LABELS)


def markup_of(written: str, *links: Link) -> str:
    stream = read_stream(written, links=links, labels=LABELS)
    return stream.markup(stream.characters)


def link(text: str) -> Link:
    return Link(text, "https://den.example/fox")


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("Foxes[^1] sleep.", "Foxes sleep."),
        ("Foxes sleep.[^1][^den]", "Foxes sleep."),
        ("Foxes [^1]. They", "Foxes. They"),
        ("Foxes[^1]sleep", "Foxes sleep"),
        ("Run `fox`.", "Run fox."),
        ("Match `[^1]` and [^a-z].", "Match [^1] and [^a-z]."),
        ("Lost[^7].", "Lost."),
        ("Quote `` `fox `` so.", "Quote fox so."),
    ],
)
def test_footnote_marks_and_back_ticks_are_not_text_but_code_and_brackets_are(written: str, text: str) -> None:
    assert text_of(written) == text


def test_a_note_is_known_by_the_characters_before_it() -> None:
    stream = read_stream("Foxes sleep.[^1] Yes[^den].", labels=LABELS)

    assert stream.notes == ((11, "1"), (14, "den"))


@pytest.mark.parametrize("words", ["here", "Here", "this", "this link", "click here", "there", "Link →"])
def test_a_link_that_says_nothing_by_itself_is_vague(words: str) -> None:
    assert is_vague(link(words))


@pytest.mark.parametrize("words", ["the den", "here is a long story", "", "https://den.example"])
def test_a_link_that_names_its_target_is_not_vague(words: str) -> None:
    assert not is_vague(link(words))


def test_a_vague_link_is_pointed_out_where_it_stands() -> None:
    assert (
        markup_of("See here, then there are foxes.", link("here")) == "See here (link in post), then there are foxes."
    )


def test_several_vague_links_are_pointed_out_once() -> None:
    said = markup_of("See here, here and here.", link("here"), link("here"), link("here"))

    assert said == "See here, here and here (links in post)."


def test_a_vague_word_inside_another_word_is_no_link() -> None:
    assert markup_of("Where? Here.", link("here")) == "Where? Here."


def test_what_points_links_out_is_not_text() -> None:
    stream = read_stream("See here.", links=[link("here")])

    assert stream.text(stream.characters) == "See here."


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("Go to https://den.example.", "Go to den.example."),
        ("Go to https://www.den.example/fox/", "Go to den.example/fox"),
        ("Go to https://den.example/a/b/c/d?e=f#g now", "Go to den.example (link in post) now"),
        ("(https://den.example/a_(b))", "(den.example/a_(b))"),
        ("Go to http://[ now", "Go to a link in the post now"),
    ],
)
def test_a_bare_address_is_said_by_its_host_where_it_is_long(written: str, said: str) -> None:
    assert markup_of(written) == said
    assert text_of(written) == written


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (r"As \(x^2\) grows", "As x squared grows"),
        ("As $x_i$ grows", "As x sub i grows"),
        ("It costs $5 or $6.", "It costs $5 or $6."),
        ("Set $HOME and $PATH", "Set $HOME and $PATH"),
        (r"As \(\unheard\) grows", "As a formula grows"),
    ],
)
def test_an_inline_formula_is_said_and_money_is_left_alone(written: str, said: str) -> None:
    assert markup_of(written) == said
    assert text_of(written) == written


def test_an_endless_token_is_said_by_its_length() -> None:
    assert markup_of("Key " + "x" * 80) == "Key a string of 80 characters"


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("`sleep`ing foxes", "sleeping foxes"),
        ("two `fox`s", "two foxs"),
        ("two `red-fox`es", "two `red-foxes`"),
        ("a row of `9`s", "a row of nines"),
        ("a `fox` sleeps", "a `fox` sleeps"),
        ("cut `fox", "cut `fox`"),
    ],
)
def test_code_and_the_ending_it_gets_are_one_word(written: str, said: str) -> None:
    assert markup_of(written) == said


def test_links_are_dealt_out_in_order() -> None:
    links = [link("one"), link("two"), link("three")]

    within, left = links_within("one and two", links)

    assert [each.text for each in within] == ["one", "two"]
    assert [each.text for each in left] == ["three"]


@pytest.mark.parametrize(
    ("url", "parts"),
    [
        ("https://ada:x@www.Den.example:8080/fox?a=b", ("den.example", "/fox")),
        ("http://[", ("", "")),
        ("", ("", "")),
    ],
)
def test_an_address_is_taken_apart_or_empty(url: str, parts: tuple[str, str]) -> None:
    assert split_address(url) == parts


@given(st.text(alphabet=st.sampled_from(list("ab 1`$\\()[^]./:hwts-\ue000\ue100—🦊\n")), max_size=120))
def test_no_visible_character_of_the_source_is_lost_but_ticks_and_marks(written: str) -> None:
    kept = text_of(written)

    gone = {"`", "[", "^", "]", "1", "\ue000", "\ue100"}
    assert [each for each in "".join(kept.split()) if each not in gone] == [
        each for each in "".join(written.split()) if each not in gone
    ]
