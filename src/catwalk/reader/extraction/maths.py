"""Formulas as LaTeX, from what MathML, KaTeX, MathJax, Wikipedia and WordPress leave in a page."""

from __future__ import annotations

import re

from lxml.etree import _Element as Element

from catwalk.reader.extraction.clutter import name_of
from catwalk.reader.extraction.inline import shown_text, text_of

_LATEX_IMAGE = re.compile(
    r"latex\.codecogs\.com|/latex\.php\?|/cgi-bin/mathtex|chart\.(?:googleapis|apis\.google)\.com/chart\?cht=tx|/mimetex"
)
_DISPLAY = re.compile(
    r"(?<![a-z])(?:katex-display|mathjax-display|math-?display|display-?math|mwe-math-fallback-image-display|math-block)(?![a-z])"
)
_NAMED = """
∑ sum ∏ prod ∫ int ∂ partial ∞ infty ≤ leq ≥ geq ≠ neq ≈ approx ∈ in ∉ notin ⊂ subset ∪ cup ∩ cap → to ⇒ Rightarrow
× times · cdot ⋅ cdot ± pm ∀ forall ∃ exists ∇ nabla … dots ⋯ cdots α alpha β beta γ gamma δ delta ε epsilon ζ zeta
η eta θ theta λ lambda μ mu π pi ρ rho σ sigma τ tau φ phi χ chi ψ psi ω omega Γ Gamma Δ Delta Θ Theta Λ Lambda Π Pi
Σ Sigma Φ Phi Ψ Psi Ω Omega
"""
_SYMBOLS = {
    **{sign: f"\\{name} " for sign, name in re.findall(r"(\S) (\w+)", _NAMED)},
    "−": "-",
    "′": "'",
    "\u2061": "",
    "\u2062": "",
    "\u2063": ",",
    "\u00a0": " ",
}


def read_math(element: Element) -> tuple[str, bool] | None:
    """LaTeX of a formula and whether it stands on a line of its own; None where ``element`` is no formula."""
    tag, name = element.tag, name_of(element)
    if _is_rendered_from_script(element):
        return None
    if tag == "math":
        return _with_display(_from_mathml(element), element.get("display") == "block")
    if tag == "script":
        kind = element.get("type", "").replace(" ", "")
        if not kind.startswith("math/"):
            return None
        text = text_of(element).strip()
        text = re.sub(r"^\s*(?:%\s*)?<!\[CDATA\[|(?:%\s*)?\]\]>\s*$", "", text).strip()
        return _with_display(text, "mode=display" in kind)
    if tag in {"mjx-container", "mjx-assistive-mml"} or (
        tag == "span" and re.search(r"(?<![a-z])(?:katex|mwe-math-element)(?![a-z-])", name)
    ):
        inner = element.find(".//math")
        if inner is None:
            return None
        display = inner.get("display") == "block" or element.get("display") == "true" or bool(_DISPLAY.search(name))
        return _with_display(_from_mathml(inner), display)
    if tag == "span" and "mjx-chtml" in name and element.find(".//math") is None:
        return _read_label(element, "mjxc-display" in name)
    if _DISPLAY.search(name) and element.find(".//math") is not None:
        return _with_display(_from_mathml(next(element.iter("math"))), True)
    if tag == "img":
        return _read_image(element, name)
    if tag in {"span", "div", "tex-math"} and not element.findall(".//p"):
        return _read_text(element, name)
    return None


def _read_text(element: Element, name: str) -> tuple[str, bool] | None:
    """LaTeX of an element that holds it as text; its class must say so."""
    if not re.search(r"(?<![a-z])(?:math|tex|latex)(?![a-z])", name):
        return None
    is_block, text = element.tag == "div", text_of(element).strip()
    stripped = strip_delimiters(text)
    if stripped is not None:
        return _with_display(stripped[0], stripped[1] or is_block or "display" in name)
    says_so = re.search(r"(?<![a-z])math (?:inline|display|block)|(?<![a-z])(?:inline|display)-?math", name)
    if text and says_so and len(element) == 0:
        return _with_display(text, is_block or "inline" not in name)
    return None


def is_math_leftover(element: Element) -> bool:
    """Whether an element only shows a formula whose source stands elsewhere."""
    if _is_rendered_from_script(element):
        return True
    name = element.get("class", "")
    return bool(
        re.search(r"MathJax_(?:Preview|SVG|CHTML|Display)|\bMathJax\b|katex-html|\bmjx-chtml\b|MJX_Assistive", name)
    ) and (element.tag in {"span", "div", "nobr"} and element.find(".//math") is None)


def _is_rendered_from_script(element: Element) -> bool:
    """Whether an element is MathJax's drawing of the formula in the script right after it."""
    following = element.getnext()
    return (
        following is not None
        and following.tag == "script"
        and following.get("type", "").startswith("math/")
        and "MathJax" in element.get("class", "")
    )


def _read_label(element: Element, display: bool) -> tuple[str, bool] | None:
    """LaTeX that MathJax 2 left as the label of its drawing."""
    labels = (found.get("aria-label", "") for found in element.iter("span"))
    return _with_display(next(filter(None, labels), ""), display)


def strip_delimiters(text: str) -> tuple[str, bool] | None:
    """What stands between the delimiters when ``text`` is one formula, and whether they are those of a display."""
    if not text.lstrip().startswith(("$$", "\\[", "\\(", "\\begin")):
        return None
    for pattern, display in (
        (r"\$\$([^$]+)\$\$", True),
        (r"\\\[(.+)\\\]", True),
        (r"\\\((.+)\\\)", False),
        (r"(\\begin\{(equation|align|gather|multline|eqnarray)\*?\}.+\\end\{\2\*?\})", True),
    ):
        match = re.fullmatch(rf"\s*{pattern}\s*[.,]?\s*", text, re.DOTALL)
        if match:
            return match[1].strip(), display
    return None


def _with_display(latex: str, display: bool) -> tuple[str, bool] | None:
    latex = latex.strip()
    stripped = strip_delimiters(latex)
    if stripped:
        latex, display = stripped[0], display or stripped[1]
    match = re.fullmatch(r"\{\\(display|text)style\s*(.*)\}", latex, re.DOTALL)
    return ((match[2].strip() if match else latex), display) if latex else None


def _read_image(image: Element, name: str) -> tuple[str, bool] | None:
    source = image.get("src", "")
    alt = image.get("alt", "").strip()
    if alt and (
        _LATEX_IMAGE.search(source) or re.search(r"(?<![a-z])(?:latex|tex|mwe-math-fallback-image-\w+)(?![a-z])", name)
    ):
        return _with_display(alt, bool(_DISPLAY.search(name)))
    return None


def _from_mathml(math: Element) -> str:
    for annotation in math.iter("annotation"):
        if "tex" in annotation.get("encoding", "").lower():
            return text_of(annotation)
    if math.get("alttext"):
        return math.get("alttext", "")
    return re.sub(r"\s+", " ", _convert(math)).strip()


def _convert(node: Element) -> str:
    tag = node.tag.rpartition(":")[2] if isinstance(node.tag, str) else ""
    if tag in {"annotation", "annotation-xml", "mphantom"}:
        return ""
    if tag in {"mi", "mn", "mo", "mtext", "ms"}:
        text = shown_text(node)
        if tag == "mtext":
            return rf"\text{{{text}}}"
        return "".join(_SYMBOLS.get(character, character) for character in text)
    if tag == "mspace":
        return " "
    parts = [_convert(child) for child in node]
    n_parts, scheme = _SCHEMES.get(tag, (0, ""))
    if scheme and len(parts) == n_parts:
        return scheme.format(*(part.strip() for part in parts))
    if tag == "msqrt":
        return rf"\sqrt{{{''.join(parts)}}}"
    if tag == "mtr":
        return " & ".join(parts)
    if tag == "mtable":
        return r"\begin{matrix}" + r" \\ ".join(parts) + r"\end{matrix}"
    if tag == "mfenced":
        return f"{node.get('open', '(')}{', '.join(parts)}{node.get('close', ')')}"
    return "".join(parts)


_SCHEMES = {
    "mfrac": (2, r"\frac{{{0}}}{{{1}}}"),
    "msup": (2, "{0}^{{{1}}}"),
    "msub": (2, "{0}_{{{1}}}"),
    "msubsup": (3, "{0}_{{{1}}}^{{{2}}}"),
    "munderover": (3, "{0}_{{{1}}}^{{{2}}}"),
    "munder": (2, "{0}_{{{1}}}"),
    "mover": (2, r"\overset{{{1}}}{{{0}}}"),
    "mroot": (2, r"\sqrt[{1}]{{{0}}}"),
}
