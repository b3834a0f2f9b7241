from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from lxml import html

from catwalk.podcast.notes import clean_html, fit_html_text, shorten, shorten_bytes, write_notes
from catwalk.reader.article import Article, Block, BlockKind, Link


def an_article(*blocks: Block, **changes: object) -> Article:
    facts: dict[str, object] = {
        "url": "https://teapots.example/7",
        "title": "How to pour",
        "author": "Ada Pott",
        "published": "2024-01-08",
        "language": "en",
        "site": "On teapots",
        "blocks": blocks,
    }
    return Article(**(facts | changes))  # type: ignore[arg-type]  # whatever the test wants


def paragraph(text: str, *links: Link) -> Block:
    return Block("b1", BlockKind.PARAGRAPH, text, links=links)


def hrefs(markup: str) -> list[str]:
    return [str(link.get("href")) for link in html.fromstring(f"<div>{markup}</div>").iter("a")]


def test_notes_begin_with_the_opening_and_lead_to_the_post_and_its_author() -> None:
    notes = write_notes(an_article(paragraph("Warm the pot[^1] with `kettle -w`. Then wait.")))

    assert notes.html == (
        "<p>Warm the pot with <code>kettle -w</code>. Then wait.</p>"
        '<p>Read from <a href="https://teapots.example/7" rel="noopener noreferrer">How to pour</a> by Ada Pott.</p>'
    )
    assert notes.text == (
        "Warm the pot with kettle -w. Then wait.\n\nRead from How to pour by Ada Pott: https://teapots.example/7"
    )


def test_every_link_stands_once_in_the_order_of_reading() -> None:
    first, second = Link("b", "https://b.example/"), Link("a", "https://a.example/#x")

    notes = write_notes(an_article(paragraph("x", first, second), paragraph("y", Link("again", first.url))))

    assert hrefs(notes.html) == ["https://teapots.example/7", "https://b.example/", "https://a.example/#x"]


def test_links_within_the_post_and_to_anything_but_web_pages_are_left_out() -> None:
    links = (
        Link("1", "https://teapots.example/7#fn1"),
        Link("2", "javascript:alert(1)"),
        Link("3", "mailto:a@b.example"),
    )

    notes = write_notes(an_article(paragraph("x", *links, Link("4", "https://[broken/"))))

    assert hrefs(notes.html) == ["https://teapots.example/7"]


def test_pictures_are_named_with_their_sources() -> None:
    image = Block("b2", BlockKind.IMAGE, "", src="https://teapots.example/pot.png", alt="A brown pot")

    notes = write_notes(an_article(paragraph("x"), image, image))

    assert notes.html.endswith(
        '<h3>Pictures</h3><ul><li><a href="https://teapots.example/pot.png" rel="noopener noreferrer">'
        "A brown pot</a></li></ul>"
    )


def test_a_long_post_opens_with_whole_sentences() -> None:
    opening = "This is a sentence of nine words, more or less. " * 30

    notes = write_notes(an_article(paragraph(opening)))

    shown = notes.text.split("\n\n")[0]
    assert shown.endswith("less.")
    assert 300 < len(shown) <= 400


@given(st.text(max_size=200), st.text(max_size=200), st.text(max_size=100))
def test_no_text_of_a_post_becomes_markup(text: str, title: str, shown: str) -> None:
    hostile = f"<img src=x onerror=alert(1)>{text}<script>x()</script>"

    notes = write_notes(an_article(paragraph(hostile, Link(f"<b>{shown}", "https://a.example/")), title=f"<i>{title}"))

    tree = html.fromstring(f"<div>{notes.html}</div>")
    assert {element.tag for element in tree.iter()} <= {"div", "p", "a", "h3", "ul", "li", "code"}
    assert len(notes.text.encode(errors="replace")) <= 4000


def test_markup_from_elsewhere_is_cleaned() -> None:
    markup = (
        '<h2 style="x">A</h2><iframe src="//x"></iframe><style>p{}</style><a href="data:text/html,x">b</a><img src=x>'
    )

    assert clean_html(markup) == '<h2>A</h2><a rel="noopener noreferrer">b</a>'


def test_cleaning_what_is_clean_changes_nothing() -> None:
    notes = write_notes(an_article(paragraph("a & b < c", Link("l", "https://a.example/?a=1&b=2"))))

    assert clean_html(notes.html) == notes.html


@given(st.text(max_size=400), st.integers(20, 300))
def test_a_shortened_text_fits(text: str, n_most: int) -> None:
    assert len(shorten(text, n_most)) <= n_most
    assert len(shorten_bytes(text, n_most).encode(errors="replace")) <= n_most
    assert len(fit_html_text(text, n_most).encode(errors="replace")) <= n_most


def test_a_text_is_cut_between_words_where_it_has_any() -> None:
    assert shorten("one two three four", 14) == "one two three…"
    assert shorten("x" * 30, 10) == "x" * 9 + "…"
    assert shorten_bytes("one two three four", 14) == "one two…"
