"""Running text: what is one paragraph, and what stands in it."""

from __future__ import annotations

import pytest

from catwalk.reader.article import BlockKind, Link
from extraction.reading import blocks_inside, only, read, read_inside

PARAGRAPH, HEADING, MATH = BlockKind.PARAGRAPH, BlockKind.HEADING, BlockKind.MATH


def texts(html: str) -> list[str]:
    return [block.text for block in blocks_inside(html)]


def test_white_space_is_folded_and_invisible_characters_go() -> None:
    html = "<p>One\n   two&nbsp;three\tfo\u00adur fi\u200bve.</p>"

    assert texts(html) == ["One two three four five."]


def test_inline_markup_does_not_part_words() -> None:
    html = "<p>Un<b>believ</b>able, <i>he</i><span> said</span>.</p>"

    assert texts(html) == ["Unbelievable, he said."]


def test_a_forced_break_is_kept_and_two_part_paragraphs() -> None:
    html = "<div>Roses are red,<br>violets are blue.<br><br>\n Sugar is sweet.<br/>\n</div>"

    assert texts(html) == ["Roses are red,\nviolets are blue.", "Sugar is sweet."]


def test_blocks_inside_inline_elements_stand_apart() -> None:
    html = "<span>Before <b>it <div>inside the box</div> after</b> it</span>"

    assert texts(html) == ["Before it", "inside the box", "after it"]


def test_inline_code_stands_in_back_ticks() -> None:
    html = "<p>Call <code>f(<em>x</em>)</code>, <tt>ls</tt> or <a href='/x'><code>g</code></a>; <code>a`b</code>.</p>"

    assert texts(html) == ["Call `f(x)`, `ls` or `g`; `` a`b ``."]


def test_links_are_kept_with_whole_addresses() -> None:
    (block,) = blocks_inside("<p>See <a href='/docs?x=1'>the <b>docs</b></a> and <a href='#top'>top</a>.</p>")

    assert block.text == "See the docs and top."
    assert block.links[0] == Link("the docs", "https://blog.example.org/docs?x=1")


def test_a_base_element_changes_what_addresses_mean() -> None:
    page = "<head><base href='https://cdn.example.net/a/'></head><article><p>" + "Words, and words. " * 30
    article = read(page + "<a href='b'>there</a></p></article>")

    assert article.blocks[0].links == (Link("there", "https://cdn.example.net/a/b"),)


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("10<sup>3</sup> m<sup>2</sup>", "10³ m²"),
        ("H<sub>2</sub>O and x<sub>n</sub>", "H₂O and xₙ"),
        ("the 1<sup>st</sup> of May", "the 1st of May"),
        ("x<sup>long text</sup>", "xlong text"),
    ],
)
def test_raised_and_lowered_digits_stay_so(html: str, text: str) -> None:
    assert texts(f"<p>{html}</p>") == [text]


def test_quotation_elements_get_their_marks() -> None:
    assert texts("<p>She said <q>no</q>.</p>") == ["She said “no”."]


def test_a_drop_cap_joins_its_word() -> None:
    html = "<p><span class='dropcap'>T</span>he sea.</p><div><div class='drop-cap'>A</div>nd the sky.</div>"

    assert texts(html) == ["The sea.", "And the sky."]


def test_a_drop_cap_that_is_a_picture_joins_its_word() -> None:
    assert texts("<p><img class='dropcap' src='t.png' alt='T'>he sea.</p>") == ["The sea."]


def test_emoji_pictures_are_characters() -> None:
    html = "<p>Yes <img class='wp-smiley' src='s.png' alt='🙂'> and <img src='x.png' alt='🎉'>!</p>"

    assert texts(html) == ["Yes 🙂 and 🎉!"]


def test_ruby_readings_are_left_out() -> None:
    assert texts("<p>A word in <ruby>漢<rp>(</rp><rt>かん</rt><rp>)</rp></ruby> script.</p>") == [
        "A word in 漢 script."
    ]


@pytest.mark.parametrize(
    "html",
    [
        "<p hidden>secret</p>",
        "<p style='display: none'>secret</p>",
        "<p style='color:red;visibility:hidden'>secret</p>",
        "<p aria-hidden='true'>secret</p>",
        "<span class='sr-only'>secret</span>",
        "<span class='screen-reader-text'>secret</span>",
        "<span class='visually-hidden'>secret</span>",
        "<script>var secret</script>",
        "<style>.secret{}</style>",
        "<noscript>secret</noscript>",
        "<template><p>secret</p></template>",
        "<dialog>secret</dialog>",
        "<button>secret</button>",
        "<select><option>secret</option></select>",
    ],
)
def test_what_is_not_shown_is_not_read(html: str) -> None:
    assert texts(f"<p>Seen.</p>{html}<p>Seen too.</p>") == ["Seen.", "Seen too."]


def test_headings_keep_their_levels_and_lose_their_anchors() -> None:
    html = "<h2>First <a class='anchor' href='#first'>#</a></h2><p>x.</p><h3><a href='/y'>Second</a><a href='#s'>¶</a></h3><p>y.</p>"

    blocks = blocks_inside(html, HEADING)

    assert [(block.text, block.level) for block in blocks] == [("First", 2), ("Second", 3)]


def test_the_heading_that_repeats_the_title_is_not_a_block() -> None:
    article = read_inside("")

    assert article.title == "The Ferry"
    assert [block.kind for block in article.blocks] == [PARAGRAPH] * 3


def test_a_heading_with_nothing_after_it_is_not_a_block() -> None:
    assert texts("<p>The end.</p><h2>Leave a mark</h2>") == ["The end."]


def test_blocks_are_numbered_in_reading_order() -> None:
    article = read_inside("<h2>More</h2><ul><li>a</li></ul><p>b</p>")

    assert [block.id for block in article.blocks] == ["b1", "b2", "b3", "b4", "b5", "b6"]


def test_details_are_read_with_their_summary_first() -> None:
    assert texts("<details><summary>Why so?</summary><p>Because.</p></details>") == ["Why so?", "Because."]


def test_a_note_box_beside_the_text_is_read() -> None:
    html = "<aside class='note'><p>Mind the gap between the boat and the quay.</p></aside>"

    assert texts(html) == ["Mind the gap between the boat and the quay."]


def test_a_pull_quote_is_not_read_twice() -> None:
    html = "<aside class='pullquote'>the island stood where the map had promised it</aside><p>Later.</p>"

    assert texts(html) == ["Later."]


def test_a_pull_quote_of_new_words_is_read() -> None:
    quote = only("<div class='pull-quote'>No one has said this before.</div>", BlockKind.QUOTE)

    assert quote.text == "No one has said this before."


def test_right_to_left_text_is_read_as_written() -> None:
    text = "ذهب الولد إلى المدرسة، ثم عاد إلى البيت قبل الغروب، وجلس مع أخته يقرأ كتابا قديما. " * 6
    article = read(f"<html lang='ar' dir='rtl'><body><article><p>{text}</p></article></body></html>")

    assert article.language == "ar"
    assert article.blocks[0].text == text.strip()
