"""Where in a page the post stands: every part is scored by its text, and what is around the best part is left out.

The measure is the one that reader views have used since arc90's of 2009: long paragraphs with commas speak for the
elements around them, links and certain class names against.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from lxml.etree import _Element as Element

from catwalk.reader.extraction.clutter import NEVER_READ, is_clutter, is_talk, is_telling_script, name_of, weigh
from catwalk.reader.extraction.inline import text_of
from catwalk.reader.extraction.measure import Measure, live_elements, measure_all
from catwalk.reader.extraction.pruning import prune
from catwalk.reader.extraction.tags import BLOCKS

_ENOUGH_CHARS = 500
_MUCH_MORE = 4.0
_MIN_PARAGRAPH_CHARS = 25
_N_CANDIDATES = 5
_PARAGRAPHS = {"p", "pre", "td", "blockquote", "figcaption", "dd"}
_TAG_SCORES = {
    **dict.fromkeys(("div", "article", "main"), 5),
    **dict.fromkeys(("pre", "td", "blockquote"), 3),
    **dict.fromkeys(("address", "ol", "ul", "dl", "dd", "dt", "li", "form"), -3),
    **dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6", "th"), -5),
}
_NEVER_CLUTTER = {
    "html",
    "body",
    "article",
    "main",
    "a",
    "table",
    "tbody",
    "tr",
    "td",
    "pre",
    "code",
    "img",
    "figure",
    "math",
    "li",
    "p",
}
_PLAIN_CLUTTER = re.compile(
    r"(?<![a-z])(?:comment|respond|disqus|trackback|side-?bar|footer|nav(?![a-z])|navigation|menu|cookie|consent|related"
    r"|recommend|newsletter|share|sharing)"
)
_POST_NAMES = re.compile(r"(?<![a-z-])(?:h-?entry|blog-?post|post|post-\d+)(?![a-z-])")
_BODY_NAMES = re.compile(
    r"(?<![a-z])(?:(?:article|blog|chapter|e|entry|markdown|post|story)-+(?:body|content|text)|articlebody|entrycontent|postcontent|mw-parser-output)(?![a-z-])"
)


@dataclass(slots=True)
class Content:
    """The parts of a page that hold the post."""

    parts: list[Element]
    """In page order, none inside another."""

    skipped: set[Element] = field(default_factory=set)
    """Elements in the parts that are not the post."""

    n_chars: int = 0
    """Characters of text in the parts."""

    link_density: float = 0.0
    """Share of the text that is in links."""


@dataclass(frozen=True, slots=True)
class _Rules:
    by_name: bool
    """Whether all roles and class names count."""

    by_plain_name: bool
    """Whether those count that leave no doubt, such as comments."""

    pruned: bool
    """Whether doubtful parts of the content are left out."""


_STRICT_TO_LAX = (
    _Rules(True, True, True),
    _Rules(False, True, True),
    _Rules(False, False, True),
    _Rules(False, False, False),
)


def find_content(body: Element) -> Content:
    """Find the post in a page from which hidden elements have been taken out.

    Strict rules come first; laxer ones are tried when those leave next to nothing. A short text is enough where the
    page itself says that it is a post, or where laxer rules do not find much more.
    """
    whole = measure_all(body, set())
    best = Content([body])
    for rules in _STRICT_TO_LAX:
        found = _find_by(rules, body, whole)
        if found.n_chars > _MUCH_MORE * best.n_chars:
            best = found
        if best.n_chars >= _ENOUGH_CHARS or (best.n_chars >= _MIN_PARAGRAPH_CHARS and _is_called_post(best.parts)):
            break
    return best


def _is_called_post(parts: list[Element]) -> bool:
    for element in (parts[0], *parts[0].iterancestors()):
        if element.tag == "article" or _is_called_body(element) or _POST_NAMES.search(name_of(element)):
            return element.tag not in {"body", "html"} and not is_talk(element)
    return False


def _find_by(rules: _Rules, body: Element, whole: dict[Element, Measure]) -> Content:
    skipped = _skip_surroundings(rules, body, whole)
    measures = measure_all(body, skipped)
    scores = _score(rules, measures)
    top = _choose(scores, measures, body)
    parts = _join_siblings(top, scores, measures) if top is not body else [body]
    n_chars = 0
    link_chars = 0.0
    for part in parts:
        measure = prune(part, skipped, by_name=rules.by_name) if rules.pruned else measures[part]
        n_chars += measure.n_chars
        link_chars += measure.link_chars
    return Content(parts, skipped, n_chars, link_chars / n_chars if n_chars else 0.0)


def _skip_surroundings(rules: _Rules, body: Element, whole: dict[Element, Measure]) -> set[Element]:
    """Elements that by their tag, role or name surround a post."""
    skipped: set[Element] = set()
    page_text = whole[body].n_chars - whole[body].link_chars
    for element in live_elements(body, skipped):
        if element is body:
            continue
        measure = whole[element]
        if element.tag in NEVER_READ:
            if element.tag != "input" and not is_telling_script(element):  # inputs tell a form
                skipped.add(element)
        elif element.tag not in _NEVER_CLUTTER and _is_clutter_by(rules, element):
            is_most = measure.n_chars - measure.link_chars > 0.5 * page_text
            if (not is_most or is_talk(element)) and not _is_in_code_or_table(element):
                skipped.add(element)
    return skipped


def _is_clutter_by(rules: _Rules, element: Element) -> bool:
    if rules.by_name:
        return is_clutter(element)
    return rules.by_plain_name and bool(_PLAIN_CLUTTER.search(name_of(element))) and is_clutter(element)


def _is_in_code_or_table(element: Element) -> bool:
    return next(element.iterancestors("pre", "code", "figure"), None) is not None


def _score(rules: _Rules, measures: dict[Element, Measure]) -> dict[Element, float]:
    scores: dict[Element, float] = {}
    for element, measure in measures.items():
        tag = element.tag
        is_paragraph = tag in _PARAGRAPHS
        n_chars = measure.n_chars if is_paragraph else measure.own_chars
        if n_chars < _MIN_PARAGRAPH_CHARS or (not is_paragraph and tag not in BLOCKS):
            continue
        n_commas = measure.n_commas if is_paragraph else measure.own_commas
        points = 2 + n_commas + min(n_chars // 100, 3)
        holds_blocks = not is_paragraph and any(child.tag in BLOCKS for child in element)
        ancestor = element if holds_blocks else element.getparent()
        for level in range(5):
            if ancestor is None or ancestor.tag == "html":
                break
            if ancestor not in scores:
                scores[ancestor] = _TAG_SCORES.get(ancestor.tag, 0) + (weigh(ancestor) if rules.by_name else 0)
            scores[ancestor] += points / (1, 2, 6, 9, 12)[level]
            ancestor = ancestor.getparent()
    return {
        element: score * (1 - measures[element].link_density)
        for element, score in scores.items()
        if element in measures
    }


def _choose(scores: dict[Element, float], measures: dict[Element, Measure], body: Element) -> Element:
    """The element that holds the whole post."""
    ranked = sorted(scores, key=lambda element: scores[element], reverse=True)[:_N_CANDIDATES]
    if not ranked:
        return next((element for element in measures if _is_whole_post(element, measures[element])), body)
    top = _rise_to_shared(ranked, scores)
    top = _rise_by_score(top, scores)
    top = _rise_to_named(top, measures)
    parent = top.getparent()
    while parent is not None and parent.tag != "html" and len(parent) == 1 and top.tag != "article":
        top, parent = parent, parent.getparent()
    return top


def _is_whole_post(element: Element, measure: Measure) -> bool:
    return measure.n_chars > 0 and (element.tag in {"article", "main"} or _is_called_body(element))


def _rise_to_shared(ranked: list[Element], scores: dict[Element, float]) -> Element:
    """The lowest ancestor that at least three candidates almost as good as the best one share with it."""
    top = ranked[0]
    chains = [list(element.iterancestors()) for element in ranked[1:] if scores[element] >= 0.75 * scores[top]]
    if len(chains) >= 3:
        for ancestor in top.iterancestors():
            if ancestor.tag in {"body", "html"}:
                break
            if sum(ancestor in chain for chain in chains) >= 3:
                return ancestor
    return top


def _rise_by_score(top: Element, scores: dict[Element, float]) -> Element:
    """An ancestor that scores more, as where a post is parted into sections."""
    least = scores.get(top, 0.0) / 3
    last = scores.get(top, 0.0)
    parent = top.getparent()
    while parent is not None and parent.tag not in {"body", "html"}:
        score = scores.get(parent)
        if score is not None:
            if score < least:
                break
            if score > last:
                return parent
            last = score
        parent = parent.getparent()
    return top


def _rise_to_named(top: Element, measures: dict[Element, Measure]) -> Element:
    """The nearest ancestor that calls itself the post's text, unless most of it is something else."""
    if _is_called_body(top):
        return top
    for ancestor in top.iterancestors():
        if ancestor.tag in {"body", "html"}:
            break
        called = ancestor.tag == "article" or _is_called_body(ancestor)
        if called and ancestor in measures and measures[ancestor].n_chars < 2.5 * measures[top].n_chars:
            if ancestor.find(".//article") is None or ancestor.tag == "article":
                return ancestor
            break
    return top


def _is_called_body(element: Element) -> bool:
    return element.get("itemprop") == "articleBody" or bool(_BODY_NAMES.search(name_of(element)))


def _join_siblings(top: Element, scores: dict[Element, float], measures: dict[Element, Measure]) -> list[Element]:
    """The chosen element with those beside it that read like more of the same post."""
    parent = top.getparent()
    if parent is None:
        return [top]
    least = max(10.0, scores.get(top, 0.0) * 0.2)
    parts = []
    siblings = list(parent)
    place = siblings.index(top)
    for sibling in siblings:
        measure = measures.get(sibling)
        if sibling is top:
            parts.append(sibling)
        elif measure is not None:
            same = sibling.get("class") and sibling.get("class") == top.get("class")
            bonus = scores.get(top, 0.0) * 0.2 if same else 0.0
            leads = sibling.tag == "figure" and measure.n_images > 0 and sibling in siblings[max(place - 2, 0) : place]
            scored = sibling in scores and scores[sibling] + bonus >= least
            if leads or scored or _is_loose_paragraph(sibling, measure):
                parts.append(sibling)
    return parts


def _is_loose_paragraph(element: Element, measure: Measure) -> bool:
    if element.tag != "p":
        return False
    if measure.n_chars > 80:
        return measure.link_density < 0.25
    return bool(measure.n_chars and not measure.link_chars and re.search(r"[.!?。][\"'”’)]?\s*$", text_of(element)))
