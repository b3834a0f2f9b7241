"""Markdown with front matter, footnotes and what else people put into it."""

from __future__ import annotations

import pytest

from catwalk.errors import NoArticle
from catwalk.reader.article import Article, BlockKind
from extraction.reading import read

MARKDOWN = "text/markdown"


def read_markdown(text: str) -> Article:
    return read(text, url=None, kind=MARKDOWN)


def test_front_matter_says_what_the_post_is() -> None:
    article = read_markdown(
        '---\ntitle: "The Ferry: a story"\nauthor: [Ann Lee, Bo Ek]\ndate: 2020-05-03\nlang: en-GB\ncanonical_url: https://blog.example.org/ferry\n---\n\nText.\n'
    )

    assert (article.title, article.author, article.published) == ("The Ferry: a story", "Ann Lee, Bo Ek", "2020-05-03")
    assert (article.language, article.url) == ("en-GB", "https://blog.example.org/ferry")
    assert [block.text for block in article.blocks] == ["Text."]


def test_toml_front_matter_is_understood() -> None:
    article = read_markdown('+++\ntitle = "The Ferry"\ndate = 2020-05-03T10:00:00Z\n+++\nText.\n')

    assert (article.title, article.published) == ("The Ferry", "2020-05-03T10:00:00+00:00")


@pytest.mark.parametrize(
    "front", ["---\n: : :\n\t-\n---\n", "---\n- a\n- b\n---\n", "---\ntitle: [\n---\n", "---\n---\n"]
)
def test_broken_front_matter_is_passed_over(front: str) -> None:
    article = read_markdown(front + "# The Ferry\n\nText.\n")

    assert article.title == "The Ferry"


def test_the_first_heading_is_the_title_and_no_block() -> None:
    article = read_markdown("# The Ferry\n\nText.\n\n## More\n\nText.\n")

    assert article.title == "The Ferry"
    assert [(block.kind.value, block.text) for block in article.blocks] == [
        ("paragraph", "Text."),
        ("heading", "More"),
        ("paragraph", "Text."),
    ]


def test_a_text_without_a_title_is_named_by_its_first_words() -> None:
    assert read_markdown("The ferry left at noon. It was late.\n").title == "The ferry left at noon."


def test_footnotes_are_joined() -> None:
    article = read_markdown("Tides[^t] turn.\n\n[^t]: Twice a day,\n    every day.\n")

    assert article.blocks[0].text == "Tides[^1] turn."
    assert (article.blocks[1].kind, article.blocks[1].note, article.blocks[1].text) == (
        BlockKind.FOOTNOTE,
        "1",
        "Twice a day, every day.",
    )


def test_every_kind_of_block_is_found() -> None:
    article = read_markdown(
        "Words `x`.\n\n3. three\n4. four\n   - deep\n\n> Quoted.\n\n```python\nx  = 1\n```\n\n"
        "![A cat](cat.jpg 'Tom')\n\n| A | B |\n|---|---|\n| 1 | 2 |\n\n$$\nx^2\n$$\n\nTerm\n: Meaning\n"
    )

    kinds = [block.kind.value for block in article.blocks]

    assert kinds == ["paragraph", "list", "quote", "code", "image", "table", "math", "list"]
    assert [item.number for item in article.blocks[1].items] == [3, 4, None]
    assert (article.blocks[3].text, article.blocks[3].language) == ("x  = 1", "python")
    assert (article.blocks[4].src, article.blocks[4].alt, article.blocks[4].title) == ("cat.jpg", "A cat", "Tom")
    assert article.blocks[5].rows == (("A", "B"), ("1", "2"))
    assert article.blocks[6].text == "x^2"


def test_dollars_are_money() -> None:
    assert read_markdown("It cost $5 and then $6, or $ 7 $.\n").blocks[0].text == "It cost $5 and then $6, or $ 7 $."


def test_html_in_markdown_is_read_and_its_scripts_are_not() -> None:
    article = read_markdown("<div>Inside <b>it</b>.</div>\n\n<script>secret()</script>\n\n<!-- secret -->\n\nAfter.\n")

    assert [block.text for block in article.blocks] == ["Inside it.", "After."]


def test_a_short_text_of_links_is_still_a_text() -> None:
    assert read_markdown("[here](https://example.org)\n").blocks[0].text == "here"


@pytest.mark.parametrize("text", ["---\ntitle: x\n---\n", "<!-- nothing -->", "[a]: https://example.org"])
def test_a_text_without_words_is_no_article(text: str) -> None:
    with pytest.raises(NoArticle):
        read_markdown(text)
