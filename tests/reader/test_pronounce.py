"""The words of a line: every class of the tables, what holds for any text, and the reasons given."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catwalk.reader.pronounce import Change, Entry, Lexicon, explain, pronounce

TABLES = Path(__file__).parents[1] / "data" / "pronunciation"

SIGNS = "0123456789.,:;/-–—()[]{}<>$€£%°²½×±~^=+*&|!?@#_`'\" aAbIVXxé中→😀"
line = st.text(max_size=80) | st.text(alphabet=SIGNS, max_size=60)


def read_table(name: str) -> list[tuple[str, str]]:
    rows = (TABLES / name).read_text("utf-8").splitlines()
    return [(written, spoken) for _, written, spoken in (row.split("\t") for row in rows if not row.startswith("# "))]


ORDINARY = read_table("ordinary.tsv")
TECHNICAL = read_table("technical.tsv")


def test_every_pair_of_the_ordinary_classes_is_spoken_as_the_table_says() -> None:
    spoken = [(written, pronounce(written)) for written, _ in ORDINARY]

    assert spoken == ORDINARY


def test_every_technical_term_is_spoken_as_the_table_says() -> None:
    spoken = [(written, pronounce(written)) for written, _ in TECHNICAL]

    assert spoken == TECHNICAL


def test_the_tables_hold_a_thousand_ordinary_pairs_and_a_thousand_terms() -> None:
    assert len(ORDINARY) >= 1000
    assert len(TECHNICAL) >= 1000


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("Python3 on x86 and amd64.", "Python three on X eighty-six and A M D sixty-four."),
        ("We use `foo_bar()` in `main.py`.", "We use foo bar in main dot P Y."),
        ("Merge sort is O(n log n), not O(n²).", "Merge sort is oh of N log N, not oh of N squared."),
        ("Is it true (or not)?", "Is it true, or not?"),
        ("One — or two – parts", "One, or two, parts"),
        ("She said: “Yes!”", 'She said: "Yes!"'),
        ("It works.[^3] Really.", "It works. Really."),
        ("THIS IS NOT IMPORTANT", "this is not important"),
        ("Read README.md, then run ./configure.", "Read read me dot M D, then run dot slash configure."),
        ("A *very* **bold** claim", "A very bold claim"),
        ("the part I like", "the part I like"),
        ("See https://www.example.com/about for more.", "See example dot com slash about for more."),
        ("https://a.example.com/x?y=1&z=2 is long", "a dot example dot com is long"),
        ("Costs rose from $5M to $7.5M.", "Costs rose from five million dollars to seven point five million dollars."),
        ("A 70B model with 7B active", "A seventy B model with seven B active"),
        ("He led the LED team", "He led the L E D team"),
        ("PDFs, IDs and the CEO's APIs", "P D F's, I D's and the C E O's A P I's"),
        ("either/or, he/she", "either or, he or she"),
        ("function(s) of file(s)", "functions of files"),
        ("I met Dr Smith on Elm Dr.", "I met doctor Smith on Elm Drive."),
        ("Meet at 5pm,not 6pm!no", "Meet at five PM, not six PM! no"),
        ("You may 3 times a day.", "You may three times a day."),
        ("Llama 3.1 405B is big", "Llama three point one, four hundred and five B is big"),
        ("It went brrr, then grrrr.", "It went brr, then grr."),
        ("Lire : les deux", "Lire: les deux"),
        ("friends/fans read/write he/she", "friends slash fans read write he or she"),
        ("", ""),
        ("   ", ""),
    ],
)
def test_a_sentence_of_several_classes_is_spoken_as_a_person_would_read_it(written: str, spoken: str) -> None:
    assert pronounce(written) == spoken


def test_plain_prose_comes_back_as_it_is() -> None:
    prose = 'It was late, and nobody answered; "why not?" she asked.'

    assert pronounce(prose) == prose


def test_what_is_spoken_already_is_not_changed_again() -> None:
    spoken = [words for written, words in ORDINARY + TECHNICAL if "://" not in written and "CET" not in written]

    assert [pronounce(words) for words in spoken] == spoken


@given(line)
@settings(deadline=None)
def test_any_text_is_spoken_without_digits_and_markup(text: str) -> None:
    spoken = pronounce(text)

    assert not set(spoken) & set("0123456789²³¹$€£%°×±^=+*&|@#_`<>[]{}~\\→\n\t")


@given(st.lists(st.sampled_from([written for written, _ in ORDINARY + TECHNICAL]), min_size=1, max_size=6))
@settings(deadline=None, max_examples=50)
def test_pairs_of_the_tables_in_one_line_leave_no_digit(parts: list[str]) -> None:
    spoken = pronounce(" and ".join(parts))

    assert not set(spoken) & set("0123456789")


@given(line)
@settings(deadline=None, max_examples=50)
def test_every_explained_span_stands_in_the_text_in_order(text: str) -> None:
    changes = explain("x " + text)

    assert all(change.written for change in changes)


@pytest.mark.parametrize(
    "text",
    [
        "a" * 20_000,
        "1" * 20_000,
        "1," * 10_000,
        "." * 20_000,
        "1.5." * 5_000,
        "a-" * 10_000,
        "ab12_" * 4_000,
        "(" * 20_000,
        "http://" * 3_000,
        "1 000 " * 3_000,
        "2^" * 9_000 + "9",
        "x1y2" * 5_000 + "_",
    ],
    ids=lambda text: f"{text[:6]}…",
)
def test_no_text_takes_long(text: str) -> None:
    started = time.process_time()

    pronounce(text)

    assert time.process_time() - started < 3.0


def test_an_explanation_names_each_span_its_words_and_its_class() -> None:
    changes = explain("On 2024-02-16 it cost $3.50 (5% off).")

    assert changes == [
        Change("2024-02-16", "February sixteenth, twenty twenty-four", "date"),
        Change("$3.50", "three dollars fifty cents", "money"),
        Change("5%", "five percent", "percent"),
    ]


def test_plain_prose_needs_no_explanation() -> None:
    assert explain("Nothing to see here.") == []


def test_a_lexicon_stands_above_the_built_in_words() -> None:
    lexicon = Lexicon((Entry("SQL", "S Q L"), Entry(r"v(\d+)\b", r"release \1", pattern=True)))

    spoken = pronounce("SQL v2", lexicon=lexicon)

    assert spoken == "S Q L release 2"


def test_a_lexicon_has_its_say_in_code_where_a_word_stands_by_itself() -> None:
    lexicon = Lexicon((Entry("nginx", "engine x"),))

    assert pronounce("Run `nginx` now.", lexicon=lexicon) == "Run engine x now."
    assert pronounce("Type `apt install nginx` first.", lexicon=lexicon) == "Type apt install engine x first."
    assert pronounce("nginx -t", lexicon=lexicon) == "engine x dash T"
    assert pronounce("Use `mod-nginx`.", lexicon=lexicon) == pronounce("Use `mod-nginx`.")


def test_of_two_lexicons_the_upper_one_wins() -> None:
    show = Lexicon((Entry("Inaimathi", "ee-nye-mah-thee"),))
    user = Lexicon((Entry("Inaimathi", "in-eye-mathy"), Entry("lem", "lemm")))

    spoken = pronounce("Inaimathi wrote lem", lexicon=show.over(user))

    assert spoken == "ee-nye-mah-thee wrote lemm"
