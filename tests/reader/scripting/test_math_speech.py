from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catwalk.reader.scripting.math_speech import LONGEST_SPOKEN, speak_math


@pytest.mark.parametrize(
    ("formula", "spoken"),
    [
        ("x^2 + 1", "x squared plus 1"),
        ("$E = mc^2$", "E equals m c squared"),
        (r"\(x_i\)", "x sub i"),
        (r"\[ x^3 \]", "x cubed"),
        (r"$$ 2^{n} $$", "2 to the n"),
        (r"10^{10}", "10 to the 10th"),
        (r"\frac{a}{b}", "A over b"),
        (r"\frac{1}{2}", "one half"),
        (r"\frac{a + b}{c + d}", "A plus b, over c plus d,"[:-1]),
        (r"\sqrt{x}", "the square root of x"),
        (r"\sqrt[3]{x}", "the cube root of x"),
        (r"\sqrt[5]{x}", "the 5th root of x"),
        (r"\sum_{i=1}^{n} x_i", "the sum from i equals 1 to n of x sub i"),
        (r"\int_0^1 f(x)\,dx", "the integral from 0 to 1 of f of x d x"),
        (r"\lim_{x \to 0} f(x)", "the limit as x goes to 0 of f of x"),
        (r"O(n \log n)", "O of n log n"),
        (r"\log_2 n", "log base 2 n"),
        (r"P(A|B)", "P of A given B"),
        (r"|x|", "the absolute value of x"),
        (r"\alpha \leq \beta", "alpha is at most beta"),
        (r"\left( y+b \right)^2", "the quantity y plus b, squared"),
        (r"2(x+1)", "2 times the quantity x plus 1"),
        (r"M^{-1}", "M inverse"),
        (r"10^{-1}", "10 to the power of minus 1"),
        (r"X^T", "X transpose"),
        (r"\hat{y}", "y hat"),
        (r"\overset{^}{y}", "y hat"),
        (r"f'(x)", "f prime of x"),
        (r"90^\circ", "90 degrees"),
        (r"n!", "n factorial"),
        (r"\binom{n}{k}", "n choose k"),
        (r"x \in \mathbb{R}", "x in the reals"),
        (r"\text{loss} = -y", "loss equals minus y"),
        (r"\{1, 2\}", "the set of 1, 2"),
        (r"\begin{aligned} c &= d \\ e &= f \end{aligned}", "c equals d, e equals f"),
        ("x² + y₁", "x squared plus y sub 1"),
        ("√2 ≈ 1.41", "the square root of 2 is approximately 1.41"),
        ("∑_{i} x_i", "the sum over i of x sub i"),
        ("a := b", "A is defined as b"),
    ],
)
def test_a_formula_is_spoken_as_somebody_would_read_it_out(formula: str, spoken: str) -> None:
    assert speak_math(formula) == spoken


@pytest.mark.parametrize(
    "formula", ["", "{{{", "x^", "a]", r"\begin{pmatrix} a & b \end{pmatrix}", r"\unheardof{x}", "+ " * 400, "{" * 500]
)
def test_what_cannot_be_said_in_a_line_has_no_words(formula: str) -> None:
    assert speak_math(formula) is None


@given(st.text(alphabet="abxy012 ^_{}()[]|\\$+-=,.'&∑√²₁αmathfrcsqtlei", max_size=60))
def test_any_text_is_answered_with_words_of_bounded_length_or_with_none(formula: str) -> None:
    spoken = speak_math(formula)

    assert spoken is None or 0 < len(spoken) <= LONGEST_SPOKEN
