"""Footnotes of the usual engines, joined to their references."""

from __future__ import annotations

import pytest

from catwalk.reader.article import BlockKind
from extraction.reading import PROSE, blocks_inside, read

FOOTNOTE = BlockKind.FOOTNOTE

ENGINES = {
    "python-markdown": (
        '<p>Tides<sup id="fnref:1"><a class="footnote-ref" href="#fn:1">1</a></sup> turn.</p>'
        '<div class="footnote"><hr><ol><li id="fn:1"><p>Twice a day.&#160;<a class="footnote-backref" href="#fnref:1" title="Jump back">&#8617;</a></p></li></ol></div>'
    ),
    "kramdown": (
        '<p>Tides<sup id="fnref:1" role="doc-noteref"><a href="#fn:1" class="footnote" rel="footnote">1</a></sup> turn.</p>'
        '<div class="footnotes" role="doc-endnotes"><ol><li id="fn:1" role="doc-endnote"><p>Twice a day. <a href="#fnref:1" class="reversefootnote" role="doc-backlink">↩</a></p></li></ol></div>'
    ),
    "goldmark": (
        '<p>Tides<sup id="fnref:1"><a href="#fn:1" class="footnote-ref" role="doc-noteref">1</a></sup> turn.</p>'
        '<section class="footnotes" role="doc-endnotes"><hr><ol><li id="fn:1"><p>Twice a day.&#160;<a href="#fnref:1" class="footnote-backref" role="doc-backlink">&#x21a9;&#xfe0e;</a></p></li></ol></section>'
    ),
    "github": (
        '<p>Tides<sup><a href="#user-content-fn-1" id="user-content-fnref-1" data-footnote-ref aria-describedby="footnote-label">1</a></sup> turn.</p>'
        '<section data-footnotes class="footnotes"><h2 id="footnote-label" class="sr-only">Footnotes</h2><ol><li id="user-content-fn-1"><p>Twice a day. <a href="#user-content-fnref-1" data-footnote-backref aria-label="Back to reference 1">↩</a></p></li></ol></section>'
    ),
    "pandoc": (
        '<p>Tides<a href="#fn1" class="footnote-ref" id="fnref1" role="doc-noteref"><sup>1</sup></a> turn.</p>'
        '<section id="footnotes" class="footnotes footnotes-end-of-document" role="doc-endnotes"><hr><ol><li id="fn1"><p>Twice a day.<a href="#fnref1" class="footnote-back" role="doc-backlink">↩︎</a></p></li></ol></section>'
    ),
    "markdown-it": (
        '<p>Tides<sup class="footnote-ref"><a href="#fn1" id="fnref1">[1]</a></sup> turn.</p>'
        '<hr class="footnotes-sep"><section class="footnotes"><ol class="footnotes-list"><li id="fn1" class="footnote-item"><p>Twice a day. <a href="#fnref1" class="footnote-backref">↩︎</a></p></li></ol></section>'
    ),
    "wordpress": (
        '<p>Tides<sup data-fn="a1b2" class="fn"><a href="#a1b2" id="a1b2-link">1</a></sup> turn.</p>'
        '<ol class="wp-block-footnotes"><li id="a1b2">Twice a day. <a href="#a1b2-link" aria-label="Jump to footnote reference 1">↩︎</a></li></ol>'
    ),
    "wordpress easy footnotes": (
        '<p>Tides<span id="easy-footnote-1-7" class="easy-footnote-margin-adjust"></span><span class="easy-footnote"><a href="#easy-footnote-bottom-1-7" title="Twice a day."><sup>1</sup></a></span> turn.</p>'
        '<ol class="easy-footnotes-wrapper"><li class="easy-footnote-single"><span id="easy-footnote-bottom-1-7" class="easy-footnote-margin-adjust"></span>Twice a day.<a class="easy-footnote-to-top" href="#easy-footnote-1-7"></a></li></ol>'
    ),
    "wordpress modern footnotes": (
        '<p>Tides<sup class="modern-footnotes-footnote" data-mfn="1"><a href="javascript:void(0)" role="button">1</a></sup>'
        '<span class="modern-footnotes-footnote__note" data-mfn="1">Twice a day.</span> turn.</p>'
    ),
    "substack": (
        '<p>Tides<a class="footnote-anchor" data-component-name="FootnoteAnchorToDOM" id="footnote-anchor-1-99" href="https://blog.example.org/posts/ferry#footnote-1-99" target="_self">1</a> turn.</p>'
        '<div class="footnote" data-component-name="FootnoteToDOM"><a id="footnote-1-99" href="#footnote-anchor-1-99" class="footnote-number" contenteditable="false" target="_self">1</a>'
        '<div class="footnote-content"><p>Twice a day.</p></div></div>'
    ),
    "lesswrong": (
        '<p>Tides<span class="footnote-reference" data-footnote-id="x9" id="fnrefx9"><sup><a href="#fnx9">[1]</a></sup></span> turn.</p>'
        '<ol class="footnote-section footnotes" role="doc-endnotes"><li class="footnote-item" data-footnote-id="x9" id="fnx9"><span class="footnote-back-link"><sup><strong><a href="#fnrefx9">^</a></strong></sup></span>'
        '<div class="footnote-content"><p>Twice a day.</p></div></li></ol>'
    ),
    "wikipedia": (
        '<p>Tides<sup id="cite_ref-1" class="reference"><a href="#cite_note-1"><span class="cite-bracket">[</span>1<span class="cite-bracket">]</span></a></sup> turn.</p>'
        '<ol class="references"><li id="cite_note-1"><span class="mw-cite-backlink"><b><a href="#cite_ref-1">^</a></b></span> <span class="reference-text">Twice a day.</span></li></ol>'
    ),
    "sphinx": (
        '<p>Tides<a class="footnote-reference brackets" href="#id2" id="id1" role="doc-noteref"><span class="fn-bracket">[</span>1<span class="fn-bracket">]</span></a> turn.</p>'
        '<aside class="footnote-list brackets"><aside class="footnote brackets" id="id2" role="doc-footnote"><span class="label"><span class="fn-bracket">[</span><a role="doc-backlink" href="#id1">1</a><span class="fn-bracket">]</span></span><p>Twice a day.</p></aside></aside>'
    ),
    "docutils": (
        '<p>Tides<a class="footnote-reference brackets" href="#id2" id="id1">1</a> turn.</p>'
        '<dl class="footnote brackets"><dt class="label" id="id2"><span class="brackets"><a class="fn-backref" href="#id1">1</a></span></dt><dd><p>Twice a day.</p></dd></dl>'
    ),
    "org mode": (
        '<p>Tides<sup><a id="fnr.1" class="footref" href="#fn.1" role="doc-backlink">1</a></sup> turn.</p>'
        '<div id="footnotes"><h2 class="footnotes">Footnotes: </h2><div id="text-footnotes"><div class="footdef"><sup><a id="fn.1" class="footnum" href="#fnr.1">1</a></sup> <div class="footpara"><p class="footpara">Twice a day.</p></div></div></div></div>'
    ),
    "by hand, a paragraph each": (
        '<p>Tides<a name="back1"></a><a href="#note1">[1]</a> turn.</p><hr><p><a name="note1">[1]</a> Twice a day. <a href="#back1">Back</a></p>'
    ),
    "word processor": (
        '<p>Tides<a style="mso-footnote-id:ftn1" href="#_ftn1" name="_ftnref1"><span class="MsoFootnoteReference">[1]</span></a> turn.</p>'
        '<div><br><hr><div id="ftn1"><p class="MsoFootnoteText"><a href="#_ftnref1" name="_ftn1">[1]</a> Twice a day.</p></div></div>'
    ),
    "littlefoot": (
        '<p>Tides<span class="littlefoot"><button class="littlefoot__button" id="lf-fnref:1" data-footnote-button data-footnote-id="1" data-footnote-number="1"><svg><circle/></svg></button>'
        '<aside class="littlefoot__popover"><div class="littlefoot__wrapper"><div class="littlefoot__content"><p>Twice a day.</p></div></div></aside></span>'
        '<sup id="fnref:1" class="littlefoot--print"><a href="#fn:1" rel="footnote">1</a></sup> turn.</p>'
        '<div class="footnotes littlefoot--print"><hr><ol><li id="fn:1" class="footnote-processed littlefoot--print"><p>Twice a day.&#160;<a href="#fnref:1" title="return to article">↩</a></p></li></ol></div>'
    ),
    "bigfoot": (
        '<p>Tides<span class="bigfoot-footnote__container"><button class="bigfoot-footnote__button" data-footnote-number="1" data-footnote-identifier="1" '
        'data-bigfoot-footnote="&lt;p&gt;Twice a day.&lt;/p&gt;"></button></span> turn.</p>'
    ),
    "side note": (
        '<p>Tides<label for="sn-1" class="margin-toggle sidenote-number"></label><input type="checkbox" id="sn-1" class="margin-toggle"><span class="sidenote">Twice a day.</span> turn.</p>'
    ),
}


@pytest.mark.parametrize("engine", ENGINES)
def test_a_footnote_is_joined_to_its_reference(engine: str) -> None:
    blocks = blocks_inside(ENGINES[engine])

    assert "Tides[^1] turn." in [block.text for block in blocks]
    assert [(block.note, block.text) for block in blocks if block.kind is FOOTNOTE] == [("1", "Twice a day.")]
    assert len([block for block in blocks if "Twice" in block.text]) == 1


def test_several_notes_keep_their_order_and_their_paragraphs() -> None:
    html = (
        '<p>A<sup><a href="#fn1">1</a></sup> and B<sup><a href="#fn2">2</a></sup>, and A again<sup><a href="#fn1">1</a></sup>.</p>'
        '<ol><li id="fn1"><p>First.</p><p>More.</p></li><li id="fn2"><p>Second, see <a href="/x">there</a>.</p></li></ol>'
    )

    blocks = blocks_inside(html)

    assert [block.text for block in blocks] == [
        "A[^1] and B[^2], and A again[^1].",
        "First.\nMore.",
        "Second, see there.",
    ]
    assert blocks[2].links[0].url == "https://blog.example.org/x"


def test_several_notes_in_one_paragraph_are_parted() -> None:
    html = (
        '<p>A<a href="#n1">[1]</a> and B<a href="#n2">[2]</a>.</p>'
        '<p><a name="n1"></a>[1] First note.<br><a name="n2"></a>[2] Second note.</p>'
    )

    notes = blocks_inside(html, FOOTNOTE)

    assert [(note.note, note.text) for note in notes] == [("1", "First note."), ("2", "Second note.")]


def test_symbols_are_labels_too() -> None:
    html = '<p>Tides<a href="#star">*</a> turn<a href="#dagger">†</a>.</p><p id="star">* Twice a day.</p><p id="dagger">† Slowly.</p>'

    blocks = blocks_inside(html)

    assert blocks[0].text == "Tides[^*] turn[^†]."
    assert [(block.note, block.text) for block in blocks[1:]] == [("*", "Twice a day."), ("†", "Slowly.")]


def test_a_label_used_twice_is_told_apart() -> None:
    html = (
        '<p>A<sup><a href="#a1">1</a></sup></p><ol><li id="a1">Of the first part.</li></ol>'
        '<p>B<sup><a href="#b1">1</a></sup></p><ol><li id="b1">Of the second part.</li></ol>'
    )

    notes = blocks_inside(html, FOOTNOTE)

    assert [note.note for note in notes] == ["1", "1-2"]


def test_notes_that_stand_outside_the_text_are_found() -> None:
    page = (
        f"<body><div class='post-content'>{PROSE}<p>Tides<sup><a href='#fn1'>1</a></sup> turn.</p></div>"
        "<div class='sidebar'><ol><li id='fn1'>Twice a day.</li></ol></div></body>"
    )

    article = read(page)

    assert [(block.note, block.text) for block in article.blocks if block.kind is FOOTNOTE] == [("1", "Twice a day.")]


def test_a_note_with_code_and_a_list_keeps_their_text() -> None:
    html = '<p>A<sup><a href="#fn1">1</a></sup>.</p><ol><li id="fn1"><p>Try:</p><pre>ls</pre><ul><li>one</li></ul></li></ol>'

    (note,) = blocks_inside(html, FOOTNOTE)

    assert note.text == "Try:\nls\none"


@pytest.mark.parametrize(
    "html",
    [
        '<p>Go to <a href="#part2">part 2</a>.</p><h2 id="part2">Part 2</h2><p>x.</p>',
        '<p><a href="#two">2</a> is the next page.</p><div id="two"><p>The second.</p></div>',
        '<p>Python<sup><a href="#missing">1</a></sup> is a language.</p>',
        '<p>Python<sup><a href="http://[x]/#fn1">1</a></sup> is a language.</p><p id="fn1">Yes.</p>',
    ],
)
def test_other_links_in_the_page_are_no_references(html: str) -> None:
    assert blocks_inside(html, FOOTNOTE) == []


def test_digits_after_a_name_stay_with_it() -> None:
    blocks = blocks_inside("<p>Python3 on x86 [1] costs 5<sup>2</sup>.</p>")

    assert blocks[0].text == "Python3 on x86 [1] costs 5²."
