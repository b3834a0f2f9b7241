"""Tables of data, and tables that only lay a page out."""

from __future__ import annotations

import pytest

from catwalk.reader.article import BlockKind
from extraction.reading import blocks_inside, only

TABLE = BlockKind.TABLE


def test_rows_of_cells_with_a_header() -> None:
    html = (
        "<table><caption>Ferries</caption><thead><tr><th>Name</th><th>Leaves</th></tr></thead>"
        "<tbody><tr><td><a href='/a'>Aurora</a></td><td><p>noon</p></td></tr><tr><td></td><td>six</td></tr></tbody></table>"
    )

    block = only(html, TABLE)

    assert block.rows == (("Name", "Leaves"), ("Aurora", "noon"), ("", "six"))
    assert block.has_header
    assert block.caption == "Ferries"
    assert block.text == "Name\nLeaves\nAurora\nnoon\nsix"
    assert [link.text for link in block.links] == ["Aurora"]


@pytest.mark.parametrize(
    ("html", "has_header"),
    [
        ("<table><tr><th>A</th><th>B</th></tr><tr><td>1</td><td>2</td></tr></table>", True),
        ("<table><tr><td><b>A</b></td><td><strong>B</strong></td></tr><tr><td>1</td><td>2</td></tr></table>", True),
        ("<table><tr><th>A</th><td>1</td></tr><tr><th>B</th><td>2</td></tr></table>", False),
        ("<table><tr><td>A</td><td>B</td></tr><tr><td>1</td><td>2</td></tr></table>", False),
    ],
)
def test_the_first_row_is_a_header_when_it_is_marked_as_one(html: str, *, has_header: bool) -> None:
    assert only(html, TABLE).has_header is has_header


def test_cells_over_rows_are_repeated_and_cells_over_columns_are_not() -> None:
    html = (
        "<table><tr><th>Day</th><th colspan='2'>Times</th></tr>"
        "<tr><td rowspan='2'>Monday</td><td>noon</td><td>six</td></tr><tr><td>one</td><td>seven</td></tr></table>"
    )

    block = only(html, TABLE)

    assert block.rows == (("Day", "Times", ""), ("Monday", "noon", "six"), ("Monday", "one", "seven"))
    assert block.text.split().count("Monday") == 1


@pytest.mark.parametrize("span", ["0", "-1", "x", "999999999"])
def test_a_span_that_makes_no_sense_is_bounded(span: str) -> None:
    html = (
        f"<table><tr><th colspan='{span}'>A</th><th rowspan='{span}'>B</th></tr><tr><td>1</td><td>2</td></tr></table>"
    )

    block = only(html, TABLE)

    assert len(block.rows[0]) <= 201


def test_short_rows_are_filled_up() -> None:
    html = "<table><tr><th>A</th><th>B</th></tr><tr><td>1</td></tr></table>"

    assert only(html, TABLE).rows == (("A", "B"), ("1", ""))


@pytest.mark.parametrize(
    "html",
    [
        "<table role='presentation'><tr><td><p>One text.</p></td><td><p>Two texts.</p></td></tr></table>",
        "<table><tr><td><p>One text.</p><p>Two texts.</p></td></tr></table>",
        "<table><tr><td><table><tr><td>One text.</td></tr></table></td><td>Two texts.</td></tr></table>",
    ],
)
def test_a_table_that_lays_out_a_page_is_no_table(html: str) -> None:
    blocks = blocks_inside(html)

    assert [(block.kind.value, block.text) for block in blocks] == [
        ("paragraph", "One text."),
        ("paragraph", "Two texts."),
    ]


def test_a_caption_of_the_figure_is_the_tables() -> None:
    html = "<figure><table><tr><th>A</th><th>B</th></tr><tr><td>1</td><td>2</td></tr></table><figcaption>Counts</figcaption></figure>"

    assert only(html, TABLE).caption == "Counts"


def test_inline_code_and_breaks_in_cells_are_one_line() -> None:
    html = "<table><tr><th>Flag</th><th>Does</th></tr><tr><td><code>-v</code></td><td>says<br>more</td></tr></table>"

    assert only(html, TABLE).rows[1] == ("`-v`", "says more")
