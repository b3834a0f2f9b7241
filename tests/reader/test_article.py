"""From what was fetched to an article, whatever it looks like."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catwalk.errors import NoArticle, UnsupportedSource
from catwalk.reader.article import Article, BlockKind, extract
from catwalk.reader.fetch import Source

PARAGRAPH = "<p>The ferry left the harbour before sunrise, and the gulls, which had slept on the breakwater, followed it out.</p>"
LINKS = "".join(f"<li><a href='/{n}'>Another page of the site, number {n}</a></li>" for n in range(40))
TAGS = [
    "p",
    "div",
    "ul",
    "li",
    "ol",
    "a href='#x'",
    "a id='x'",
    "table",
    "tr",
    "td",
    "th",
    "pre",
    "code",
    "blockquote",
    "figure",
    "figcaption",
]
TAGS += [
    "img src='a.jpg'",
    "br",
    "h1",
    "h2",
    "sup",
    "aside class='pullquote'",
    "dl",
    "dt",
    "dd",
    "math",
    "mi",
    "noscript",
    "script",
    "q",
    "details",
]


def read(content: bytes | str, content_type: str = "text/html", url: str | None = "https://example.org/a") -> Article:
    return extract(Source(url, content if isinstance(content, bytes) else content.encode(), content_type, None))


def test_a_page_gives_its_post_without_its_frame() -> None:
    page = f"""
      <html><body><header class="site-header"><nav><ul>{LINKS}</ul></nav></header>
      <div class="layout"><div class="sidebar"><h3>About me</h3><p>I write, I sail, and I like gulls, ferries, and islands.</p></div>
      <div class="post"><h1>The Ferry</h1>{PARAGRAPH * 5}
      <div class="share">Share this on everything</div><div class="related"><h3>Related</h3><ul>{LINKS}</ul></div></div>
      <div id="comments"><h3>3 comments</h3>{"<div class='comment'><p>Great post, really, I liked it, thanks.</p></div>" * 30}</div></div>
      <footer><p>All text is licensed to be shared, copied, and changed, by anyone.</p></footer></body></html>
    """

    article = read(page)

    assert article.title == "The Ferry"
    assert [block.kind for block in article.blocks] == [BlockKind.PARAGRAPH] * 5


@pytest.mark.parametrize(
    "page",
    [
        "",
        "<html></html>",
        "\0\0\0",
        "<p>   </p>",
        f"<html><body><nav><ul>{LINKS}</ul></nav></body></html>",
        f"<html><body><div><ul>{LINKS}</ul></div></body></html>",
        "<script>let x = 'words and more words'</script>",
        "<body><a href='/'>home</a> <a href='/b'>next</a></body>",
    ],
)
def test_a_page_of_nothing_but_navigation_is_no_article(page: str) -> None:
    with pytest.raises(NoArticle):
        read(page)


def test_another_kind_of_source_is_refused() -> None:
    with pytest.raises(UnsupportedSource, match="application/pdf"):
        read("%PDF", "application/pdf")


def test_a_very_short_page_is_an_article() -> None:
    assert [block.text for block in read("<html><body>Hello there.</body></html>").blocks] == ["Hello there."]


@pytest.mark.parametrize(
    "page",
    [
        f"<html><body><div>{PARAGRAPH * 5}",
        f"<p><b><i>{PARAGRAPH * 5}</p></i></b></div></span>",
        f"<table><div>{PARAGRAPH * 5}</table>",
        f"<html><head><title>x<body>{PARAGRAPH * 5}" + "</title>" + PARAGRAPH * 5,
        f"<body><body><html><body>{PARAGRAPH * 5}</html>{PARAGRAPH}",
        "\0".join(PARAGRAPH * 5),
        "<div>" * 5000 + PARAGRAPH * 5 + "</div>" * 5000,
        "<form><table><tr><td>" + PARAGRAPH * 5 + "</td></tr></table></form>",
        "<div style='visibility:hidden'>x</div>" + PARAGRAPH * 5,
        f"<body class='no-sidebar has-comments hidden-nav'><div id='content-with-footer'>{PARAGRAPH * 5}</div></body>",
    ],
)
def test_a_broken_page_still_gives_its_text(page: str) -> None:
    article = read(page)

    assert sum("The ferry left the harbour" in block.text for block in article.blocks) >= 5


def test_a_large_page_is_read_in_time_that_grows_with_it() -> None:
    page = "<article>" + "".join(PARAGRAPH.replace("ferry", f"ferry {n}") for n in range(10_000)) + "</article>"
    begin = time.process_time()

    article = read(page)

    assert len(article.blocks) == 10_000
    assert time.process_time() - begin < 10


@pytest.mark.parametrize(
    "page",
    [
        "<b>" * 100_000 + "x",
        "<a href='#x'>1</a>" * 20_000 + "<p id='x'>note</p>",
        "<table>" + "<tr><td rowspan=9999 colspan=9999>x</td></tr>" * 500 + "</table>",
        "<p>" + "a," * 500_000,
        "<p>" + "- " * 200_000,
        "<pre>" + " \n" * 200_000 + "x</pre>",
        "<title>" + "a - " * 50_000 + "</title><p>x",
        "<ol>" + "<li>" * 20_000 + "</ol>",
        "<p>x" + "<sup><a href='#f'>1</a></sup>" * 5_000 + "<ol>" + "<li id='f'>n</li>" * 5_000,
        "<script type='application/ld+json'>" + '{"a":' * 20_000 + "</script><p>x",
        "<p class='" + "comment-" * 50_000 + "'>x",
        "<blockquote>" * 400 + "<p>x",
    ],
)
def test_a_hostile_page_takes_bounded_time(page: str) -> None:
    begin = time.process_time()

    with contextlib.suppress(NoArticle):
        read(page)

    assert time.process_time() - begin < 10


@settings(max_examples=150)
@given(
    st.lists(
        st.one_of(
            st.sampled_from(TAGS).map(lambda tag: f"<{tag}>"),
            st.sampled_from(TAGS).map(lambda tag: f"</{tag.split()[0]}>"),
            st.text(max_size=12),
        ),
        max_size=60,
    )
)
def test_any_tangle_of_tags_is_an_article_or_none(pieces: list[str]) -> None:
    try:
        article = read("".join(pieces))
    except NoArticle:
        return

    assert article.title
    assert [block.id for block in article.blocks] == [f"b{number}" for number in range(1, len(article.blocks) + 1)]
    assert all(block.text or block.kind in {BlockKind.IMAGE, BlockKind.EMBED} for block in article.blocks)


@settings(max_examples=100)
@given(st.binary(max_size=400), st.sampled_from(["text/html", "text/markdown", "text/plain"]))
def test_any_bytes_are_an_article_or_none(content: bytes, content_type: str) -> None:
    try:
        article = read(content, content_type, None)
    except NoArticle:
        return

    assert article.title


@settings(max_examples=100)
@given(
    st.lists(
        st.lists(st.text(alphabet="abcdefghij,.éß日", min_size=1, max_size=8), min_size=3, max_size=20),
        min_size=3,
        max_size=12,
    )
)
def test_no_word_of_a_post_is_lost(paragraphs: list[list[str]]) -> None:
    page = "<article>" + "".join(f"<p>{' '.join(words)}</p>" for words in paragraphs) + "</article>"

    article = read(page)

    assert " ".join(block.text for block in article.blocks) == " ".join(" ".join(words) for words in paragraphs)


def test_naming_the_shapes_does_not_load_the_parsers() -> None:
    code = "import sys; import catwalk.reader.article; print(sorted({'lxml', 'trafilatura', 'htmldate', 'markdown_it', 'yaml'} & set(sys.modules)))"

    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert result.stdout.strip() == "[]"
