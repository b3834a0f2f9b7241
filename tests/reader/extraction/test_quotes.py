"""Block quotes and who is quoted."""

from __future__ import annotations

import pytest

from catwalk.reader.article import BlockKind
from extraction.reading import blocks_inside, only

QUOTE = BlockKind.QUOTE


def test_paragraphs_of_a_quote_are_lines_of_one_block() -> None:
    quote = only("<blockquote><p>First.</p><p>Second.</p></blockquote>", QUOTE)

    assert (quote.text, quote.caption) == ("First.\nSecond.", None)


@pytest.mark.parametrize(
    "html",
    [
        "<blockquote><p>All is flux.</p><footer>— <cite>Heraclitus</cite></footer></blockquote>",
        "<blockquote><p>All is flux.</p><cite>Heraclitus</cite></blockquote>",
        "<blockquote><p>All is flux.</p><p><cite>Heraclitus</cite></p></blockquote>",
        "<blockquote><p>All is flux.</p><p>— Heraclitus</p></blockquote>",
        "<blockquote><p>All is flux.</p><p>-- Heraclitus</p></blockquote>",
        "<blockquote><p>All is flux.</p><p class='attribution'>Heraclitus</p></blockquote>",
        "<figure><blockquote><p>All is flux.</p></blockquote><figcaption>—Heraclitus</figcaption></figure>",
        "<blockquote>All is flux.<br>— Heraclitus</blockquote>",
    ],
)
def test_who_is_quoted_is_the_caption(html: str) -> None:
    quote = only(html, QUOTE)

    assert (quote.text, quote.caption) == ("All is flux.", "Heraclitus")


def test_a_work_named_in_the_sentence_is_no_attribution() -> None:
    quote = only("<blockquote><p>I read <cite>Moby Dick</cite>.</p></blockquote>", QUOTE)

    assert (quote.text, quote.caption) == ("I read Moby Dick.", None)


def test_lists_and_headings_in_a_quote_are_quoted() -> None:
    quote = only("<blockquote><h2>Rules</h2><ol><li>Be kind.</li><li>Be brief.</li></ol></blockquote>", QUOTE)

    assert quote.text == "Rules\n1. Be kind.\n2. Be brief."


def test_a_quote_in_a_quote_is_part_of_it() -> None:
    quote = only("<blockquote><p>He wrote:</p><blockquote><p>No.</p></blockquote><p>Yes.</p></blockquote>", QUOTE)

    assert quote.text == "He wrote:\nNo.\nYes."


def test_code_in_a_quote_parts_it() -> None:
    blocks = blocks_inside("<blockquote><p>Run:</p><pre><code>make</code></pre><p>and rest.</p></blockquote>")

    assert [(block.kind.value, block.text) for block in blocks] == [
        ("quote", "Run:"),
        ("code", "make"),
        ("quote", "and rest."),
    ]


def test_a_page_indented_by_a_quote_is_no_quote() -> None:
    inner = "".join(
        f"<h2>Part {n}</h2><p>{'Words follow words, and more words follow those. ' * 40}</p>" for n in range(3)
    )

    blocks = blocks_inside(f"<blockquote>{inner}</blockquote>")

    assert {block.kind.value for block in blocks} == {"heading", "paragraph"}
