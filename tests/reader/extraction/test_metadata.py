"""Title, author, date, language, site and picture of a page."""

from __future__ import annotations

import json

import pytest

from catwalk.reader.article import Article
from extraction.reading import PROSE, read


def page(head: str = "", body: str = "<h1>The Ferry</h1>", *, attributes: str = "") -> Article:
    return read(f"<html {attributes}><head>{head}</head><body><article>{body}{PROSE}</article></body></html>")


def linked(**data: object) -> str:
    return f'<script type="application/ld+json">{json.dumps({"@context": "https://schema.org", **data})}</script>'


@pytest.mark.parametrize(
    ("head", "body", "title"),
    [
        ("<title>The Ferry - Example Blog</title>", "<h1>The Ferry</h1>", "The Ferry"),
        ("<title>The Ferry | Example Blog</title>", "", "The Ferry"),
        (
            "<title>Example Blog: The Ferry</title><meta property='og:site_name' content='Example Blog'>",
            "",
            "Example Blog: The Ferry",
        ),
        (
            "<title>Example Blog » The Ferry</title><meta property='og:site_name' content='Example Blog'>",
            "",
            "The Ferry",
        ),
        ("<title>Day 4 - The Ferry - Example Blog</title>", "<h1>Day 4 - The Ferry</h1>", "Day 4 - The Ferry"),
        ("<title>Ferry — Harbour</title>", "<h1>Ferry — Harbour</h1>", "Ferry — Harbour"),
        ("<title>The Ferry [Example]</title>", "<h1>The Ferry</h1>", "The Ferry"),
        ("<meta property='og:title' content='The Ferry'><title>x</title>", "<h1>Example Blog</h1>", "The Ferry"),
        (
            "<title>Example Blog</title><meta property='og:title' content='The Ferry – Example Blog'>",
            "<h1>The Ferry</h1>",
            "The Ferry",
        ),
        (linked(**{"@type": "BlogPosting", "headline": "The Ferry &amp; the Gulls"}), "", "The Ferry & the Gulls"),
        ("<title>The Ferry: a story of the sea</title>", "", "The Ferry: a story of the sea"),
        ("<title>Version 0.17 - in sight | Example</title>", "", "Version 0.17 - in sight"),
        ("", "<h1>The Ferry</h1>", "The Ferry"),
        ("", "", "The ferry left the harbour before sunrise, and the gulls, which had slept on…"),
        ("<title></title>", "<h1 itemprop='headline'>The Ferry</h1>", "The Ferry"),
    ],
)
def test_the_title_is_the_posts_own(head: str, body: str, title: str) -> None:
    assert page(head, body).title == title


@pytest.mark.parametrize(
    ("head", "body", "author"),
    [
        (linked(**{"@type": "Article", "author": {"@type": "Person", "name": "Ann Lee"}}), "", "Ann Lee"),
        (linked(**{"@type": "Article", "author": [{"name": "Ann Lee"}, {"name": "Bo Ek"}]}), "", "Ann Lee, Bo Ek"),
        (
            linked(
                **{
                    "@graph": [
                        {"@type": "Article", "author": {"@id": "#a"}},
                        {"@type": "Person", "@id": "#a", "name": "Ann Lee"},
                    ]
                }
            ),
            "",
            "Ann Lee",
        ),
        ("<meta name='author' content='Ann Lee'>", "", "Ann Lee"),
        (
            "<meta property='article:author' content='https://facebook.com/ann'><meta name='author' content='By Ann Lee'>",
            "",
            "Ann Lee",
        ),
        ("", "<p>By <a rel='author' href='/ann'>Ann Lee</a></p>", "Ann Lee"),
        ("", "<p class='byline'>By Ann Lee on May 3, 2020</p>", "Ann Lee"),
        (
            "",
            "<div itemprop='author' itemscope><span itemprop='name'>Ann Lee</span><span>Editor</span></div>",
            "Ann Lee",
        ),
        ("", "<span class='p-author h-card'>Ann Lee</span>", "Ann Lee"),
        ("", "<p>Posted by Ann Lee</p>", "Ann Lee"),
        ("", "<div class='comment'><span class='author'>Bo Ek</span></div>", None),
        ("<meta name='author' content='admin'>", "", None),
        ("", "", None),
    ],
)
def test_the_author_is_a_name(head: str, body: str, author: str | None) -> None:
    assert page(head, "<h1>The Ferry</h1>" + body).author == author


@pytest.mark.parametrize(
    ("head", "body", "published"),
    [
        (linked(**{"@type": "Article", "datePublished": "2020-05-03T10:00:00+02:00"}), "", "2020-05-03T10:00:00+02:00"),
        ("<meta property='article:published_time' content='2020-05-03T08:00:00Z'>", "", "2020-05-03T08:00:00+00:00"),
        ("<meta name='date' content='2020-05-03'>", "", "2020-05-03"),
        ("", "<time datetime='2020-05-03'>May 3</time>", "2020-05-03"),
        ("", "<time>3 May 2020</time>", "2020-05-03"),
        ("", "<span class='posted'>Sun May 3, 2020</span>", "2020-05-03"),
        ("", "<p>May 3rd, 2020</p>", "2020-05-03"),
        ("", "<p class='meta'>03.05.2020</p>", "2020-05-03"),
        ("", "<abbr class='dt-published' title='x'>2020-05-03</abbr>", "2020-05-03"),
        ("<meta name='date' content='not a date'>", "", None),
        ("<meta name='date' content='2020-13-45'>", "", None),
    ],
)
def test_the_date_is_iso(head: str, body: str, published: str | None) -> None:
    assert page(head, "<h1>The Ferry</h1>" + body).published == published


def test_the_address_may_hold_the_date() -> None:
    article = read(f"<article><h1>The Ferry</h1>{PROSE}</article>", url="https://blog.example.org/2020/05/03/ferry")

    assert article.published == "2020-05-03"


def test_byline_and_date_are_not_read_again() -> None:
    article = page(
        "<meta name='author' content='Ann Lee'>",
        "<h1>The Ferry</h1><p>By Ann Lee</p><p>Posted on May 3, 2020 at 10:30</p>",
    )

    assert [block.text[:9] for block in article.blocks] == ["The ferry", "Nobody on", "By noon t"]


@pytest.mark.parametrize(
    ("attributes", "head", "language"),
    [
        ("lang='en-gb'", "", "en-GB"),
        ("lang='pt_BR'", "", "pt-BR"),
        ("lang='zh-Hant-TW'", "", "zh-Hant-TW"),
        ("", "<meta http-equiv='content-language' content='en-US'>", "en-US"),
        ("", "<meta property='og:locale' content='en_GB'>", "en-GB"),
        ("", "", "en"),
        ("lang=''", "", "en"),
    ],
)
def test_the_language_is_a_tag(attributes: str, head: str, language: str) -> None:
    assert page(head, attributes=attributes).language == language


@pytest.mark.parametrize(
    ("text", "language"),
    [
        (
            "Die Fähre verließ den Hafen vor Sonnenaufgang, und die Möwen folgten ihr hinaus auf das Meer, wie sie es immer tun. ",
            "de",
        ),
        (
            "Le bateau a quitté le port avant le lever du soleil, et les mouettes qui dormaient sur la jetée le suivent dans la brume. ",
            "fr",
        ),
        (
            "渡船在日出之前离开了港口，海鸥跟在后面飞向大海，没有人说话，只有老旧的发动机一遍又一遍地对着大海诉说。",
            "zh",
        ),
        ("Паром вышел из гавани до рассвета, и чайки, которые спали на волнорезе, полетели за ним в море. ", "ru"),
    ],
)
def test_an_unnamed_language_is_guessed(text: str, language: str) -> None:
    assert read(f"<article><p>{text * 8}</p></article>").language == language


def test_a_template_that_names_the_wrong_language_is_not_believed() -> None:
    text = "渡船在日出之前离开了港口，海鸥跟在后面飞向大海，没有人说话。"

    assert read(f"<html lang='en'><article><p>{text * 8}</p></article></html>").language == "zh"


@pytest.mark.parametrize(
    ("head", "site"),
    [
        ("<meta property='og:site_name' content='Example Blog'>", "Example Blog"),
        (linked(**{"@type": "WebSite", "name": "Example Blog"}), "Example Blog"),
        (
            linked(**{"@type": "Article", "publisher": {"@type": "Organization", "name": "Example Blog"}}),
            "Example Blog",
        ),
        ("<title>The Ferry - Example Blog</title>", "Example Blog"),
        ("", "blog.example.org"),
    ],
)
def test_the_site_has_a_name(head: str, site: str) -> None:
    assert page(head).site == site


@pytest.mark.parametrize(
    ("head", "url"),
    [
        ("<link rel='canonical' href='https://blog.example.org/ferry'>", "https://blog.example.org/ferry"),
        ("<link rel='canonical' href='/ferry'>", "https://blog.example.org/ferry"),
        ("<meta property='og:url' content='https://blog.example.org/ferry'>", "https://blog.example.org/ferry"),
        ("<link rel='canonical' href='https://blog.example.org/'>", "https://blog.example.org/posts/ferry"),
        ("<link rel='canonical' href='javascript:x'>", "https://blog.example.org/posts/ferry"),
        ("", "https://blog.example.org/posts/ferry"),
    ],
)
def test_the_address_is_the_canonical_one(head: str, url: str) -> None:
    assert page(head).url == url


@pytest.mark.parametrize(
    "head",
    [
        "<meta property='og:image' content='/cover.jpg'>",
        linked(**{"@type": "Article", "image": ["https://blog.example.org/cover.jpg"]}),
    ],
)
def test_the_picture_of_the_post_has_a_whole_address(head: str) -> None:
    assert page(head).image == "https://blog.example.org/cover.jpg"


@pytest.mark.parametrize(
    "data",
    [
        "{",
        "[]",
        "null",
        '"x"',
        "[[[]]]",
        '{"@type": 3, "author": [null, 5, {"name": {}}]}',
        '{"@graph": {"@graph": 1}}',
        "[" * 5000,
    ],
)
def test_broken_linked_data_is_passed_over(data: str) -> None:
    assert page(f'<script type="application/ld+json">{data}</script>').title == "The Ferry"
