"""Formulas as LaTeX, however the page shows them."""

from __future__ import annotations

import pytest

from catwalk.reader.article import BlockKind
from extraction.reading import blocks_inside, only

MATH = BlockKind.MATH
MATHML = "<math{}><semantics><mrow><mi>x</mi></mrow><annotation encoding='application/x-tex'>x^2</annotation></semantics></math>"


@pytest.mark.parametrize(
    "html",
    [
        MATHML.format(" display='block'"),
        f"<span class='katex-display'><span class='katex'><span class='katex-mathml'>{MATHML.format(chr(32))}</span>"
        "<span class='katex-html' aria-hidden='true'>x2</span></span></span>",
        "<script type='math/tex; mode=display'>x^2</script>",
        "<div class='MathJax_Display'>x2</div><script type='math/tex; mode=display'>x^2</script>",
        f"<mjx-container display='true'><mjx-math>x2</mjx-math><mjx-assistive-mml>{MATHML.format(chr(32))}</mjx-assistive-mml></mjx-container>",
        "<p>$$x^2$$</p>",
        r"<p>\[x^2\]</p>",
        r"<div class='math'>\[x^2\]</div>",
        "<div class='math display'>x^2</div>",
    ],
)
def test_a_formula_on_its_own_line_is_a_block(html: str) -> None:
    blocks = blocks_inside(f"<p>So:</p>{html}<p>Then.</p>")

    assert [(block.kind.value, block.text) for block in blocks] == [
        ("paragraph", "So:"),
        ("math", "x^2"),
        ("paragraph", "Then."),
    ]


@pytest.mark.parametrize(
    "html",
    [
        MATHML.format(""),
        f"<span class='katex'><span class='katex-mathml'>{MATHML.format('')}</span><span class='katex-html' aria-hidden='true'>x2</span></span>",
        "<span class='MathJax_Preview'>x2</span><span class='MathJax'>x2</span><script type='math/tex'>x^2</script>",
        f"<mjx-container><mjx-math>x2</mjx-math><mjx-assistive-mml>{MATHML.format('')}</mjx-assistive-mml></mjx-container>",
        f"<span class='mwe-math-element'><span style='display:none'>{MATHML.format('')}</span><img class='mwe-math-fallback-image-inline' alt='x^2' src='m.svg'></span>",
        "<img class='latex' src='https://s0.wp.com/latex.php?latex=x' alt='x^2'>",
        r"<span class='math inline'>\(x^2\)</span>",
        r"\(x^2\)",
        "<math alttext='x^2'><mi>x</mi></math>",
    ],
)
def test_a_formula_in_a_sentence_stays_in_it(html: str) -> None:
    blocks = blocks_inside(f"<p>Take {html} twice.</p>")

    assert [block.text for block in blocks] == [r"Take \(x^2\) twice."]


@pytest.mark.parametrize(
    ("mathml", "latex"),
    [
        ("<mfrac><mi>a</mi><mi>b</mi></mfrac>", r"\frac{a}{b}"),
        ("<msup><mi>x</mi><mn>2</mn></msup><mo>+</mo><mn>1</mn>", "x^{2}+1"),
        ("<msqrt><mi>n</mi></msqrt>", r"\sqrt{n}"),
        ("<munderover><mo>∑</mo><mi>i</mi><mi>n</mi></munderover>", r"\sum_{i}^{n}"),
        ("<msub><mi>α</mi><mn>0</mn></msub>", r"\alpha_{0}"),
        ("<mover><mi>x</mi><mo>¯</mo></mover>", r"\overset{¯}{x}"),
        ("<mroot><mi>x</mi><mn>3</mn></mroot>", r"\sqrt[3]{x}"),
        ("<mtext>if</mtext>", r"\text{if}"),
    ],
)
def test_mathml_without_a_source_is_converted(mathml: str, latex: str) -> None:
    assert only(f"<math display='block'>{mathml}</math>", MATH).text == latex


def test_dollars_are_money_where_nothing_says_otherwise() -> None:
    assert [block.text for block in blocks_inside("<p>It cost $5 and then $6.</p>")] == ["It cost $5 and then $6."]


def test_a_formula_that_mathjax_drew_beside_its_source_is_read_once() -> None:
    drawn = "<span class='MathJax' id='MathJax-1'><nobr aria-hidden='true'>r</nobr><span class='MJX_Assistive_MathML'><math><mi>r</mi></math></span></span>"

    (block,) = blocks_inside(f"<p>A ruler of length {drawn}<script type='math/tex'>r</script> is short.</p>")

    assert block.text == r"A ruler of length \(r\) is short."


def test_a_formula_that_mathjax_left_as_a_label_is_read() -> None:
    drawn = "<span class='mjx-chtml'><span class='mjx-math' aria-label='p = 0.7'><span aria-hidden='true'>p=0.7</span></span></span>"

    (block,) = blocks_inside(f"<p>With probability {drawn} it rains.</p>")

    assert block.text == r"With probability \(p = 0.7\) it rains."
