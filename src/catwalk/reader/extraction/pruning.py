"""What inside the content is not the post: boxes of links, forms, calls to subscribe."""

from __future__ import annotations

import re

from lxml.etree import _Element as Element

from catwalk.reader.extraction.clutter import name_of, weigh
from catwalk.reader.extraction.inline import text_of
from catwalk.reader.extraction.measure import Measure, live_elements, take_in
from catwalk.reader.extraction.tables import is_data
from catwalk.reader.extraction.tags import HEADINGS

_BYLINE = re.compile(
    r"(?<![a-z])(?:by-?line|dateline|author-list|(?:post|entry|article)-?meta|read(?:ing)?-?time|kicker|eyebrow)(?![a-z])"
)
_MAX_BYLINE_CHARS = 150
_MIN_TEXT_CHARS = 100
_DOUBTFUL = {"div", "section", "ul", "ol", "table", "form", "fieldset", "header", "footer", "aside", "dl"}
_LISTS = {"ul", "ol", "dl"}
_MEDIA = (
    *("iframe", "video", "audio", "math", "svg", "picture", "script", "hr", "object", "embed", "table", "pre"),
    *(
        "mjx-container",
        "lite-youtube",
        "lite-vimeo",
        "amp-youtube",
        "amp-vimeo",
        "amp-iframe",
        "amp-video",
        "amp-audio",
    ),
)
_SHARE = re.compile(r"(?<![a-z])(?<!has-)(?:share|sharedaddy|sharing|social|follow-us)(?![a-z])")
_CALLOUT = re.compile(
    r"(?<![a-z])(?:admonition|alert|callout|caution|danger|epigraph|example|foot-?note|hint|important|info|margin-?note|note|notice|pull-?quote|quote"
    r"|side-?note|spoiler|tip|warning|hint-box)(?![a-z])"
)
_VIDEO = re.compile(
    r"youtu|vimeo|dailymotion|video|player|soundcloud|spotify|bandcamp|archive\.org|codepen|gist|twitch|ted\.com",
    re.IGNORECASE,
)


def prune(part: Element, skipped: set[Element], *, by_name: bool) -> Measure:
    """Add to ``skipped`` what in ``part`` is not the post; gives the measure of what is left."""
    measures: dict[Element, Measure] = {}
    elements = list(live_elements(part, skipped))
    opening = _find_opening(elements)
    for element in reversed(elements):
        measure = Measure()
        take_in(element, measure, measures)
        if element is not part and (
            _is_clutter(element, measure, by_name=by_name) or (element in opening and _is_byline(element, measure))
        ):
            skipped.add(element)
        else:
            measures[element] = measure
    return measures[part]


def _find_opening(elements: list[Element]) -> set[Element]:
    """The elements before the first paragraph of some length."""
    opening: set[Element] = set()
    for element in elements:
        if element.tag == "p" and len(text_of(element)) > _MIN_TEXT_CHARS:
            break
        opening.add(element)
    return opening


def _is_byline(element: Element, measure: Measure) -> bool:
    return measure.n_chars < _MAX_BYLINE_CHARS and bool(_BYLINE.search(name_of(element)))


def _is_clutter(element: Element, measure: Measure, *, by_name: bool) -> bool:
    tag = element.tag
    if tag != "figure" and _SHARE.search(name_of(element)) and measure.n_chars < 500:
        return True
    if tag == "td":
        return measure.link_density > 0.5 and not _is_in_frame(element)
    if tag in {"footer", "fieldset"}:
        return next(element.iterancestors("blockquote", "figure"), None) is None
    if tag == "aside":
        own = _CALLOUT.search(name_of(element)) or element.get("role") in {"note", "doc-footnote"}
        return not own and (bool(name_of(element)) or measure.link_density > 0.2 or measure.n_paragraphs == 0)
    if tag not in _DOUBTFUL or _is_in_frame(element):
        return False
    if tag == "table" and is_data(element):
        return False
    weight = weigh(element) if by_name else 0
    if measure.n_commas >= 10 and (weight >= 0 or measure.link_density < 0.1):
        return False
    if weight < 0:
        return True
    return _is_doubtful(element, measure, weight)


def _is_in_frame(element: Element) -> bool:
    if next(element.iterancestors("pre", "code", "figure", "blockquote"), None) is not None:
        return True
    table = next(element.iterancestors("table"), None)
    return table is not None and is_data(table)


def _is_doubtful(element: Element, measure: Measure, weight: int) -> bool:
    lists = [element] if element.tag in _LISTS else list(element.iter("ul", "ol"))
    if len(lists) == 1 and _is_list_of_sources(lists[0]):
        return False
    is_list = element.tag in _LISTS or (measure.n_items > 0 and _list_share(element) > 0.9)
    density = measure.link_density
    n_embeds = sum(
        1
        for frame in element.iter("iframe", "object", "embed")
        if not _VIDEO.search(" ".join(str(value) for value in frame.values()))
    )
    headings = measure.heading_chars / measure.n_chars if measure.n_chars else 0.0
    in_figure = element.tag == "figure" or element.find(".//figure") is not None
    if measure.n_inputs > measure.n_paragraphs / 3 and measure.n_inputs:
        return True
    if not is_list:
        if measure.n_items - 100 > measure.n_paragraphs:
            return True
        if headings < 0.9 and measure.n_chars < 25 and (measure.n_images == 0 or measure.n_images > 2) and density > 0:
            return not in_figure
        if weight < 25 and density > 0.2:
            return True
    elif measure.n_images and measure.n_images == measure.n_items:
        return False
    if density > 0.5 and (weight >= 25 or is_list) and not (is_list and _is_amid_text(element)):
        return True
    if (n_embeds == 1 and measure.n_chars < 75) or n_embeds > 1:
        return True
    return measure.n_images == 0 and measure.n_chars == 0 and not _holds_media(element)


def _is_amid_text(element: Element) -> bool:
    """Whether a list is led in by a paragraph of the text and followed by more of it, as an author's own list is."""
    if element.tag not in _LISTS or element.get("class") or element.get("id"):
        return False
    before, after = element.getprevious(), element.getnext()
    parent = element.getparent()
    if before is None and parent is not None and parent.tag == "li" and len((parent.text or "").strip()) > 1:
        return True
    if any(_count_unlinked(item) >= _MIN_SAID_CHARS for item in element.iter("li")):
        return True
    if (
        before is None
        or before.tag not in {"p", *_LISTS}
        or (before.tag == "p" and next(before.iter("a"), None) is not None and len(before) == 1 and not before.text)
    ):
        return False
    led_in = text_of(before).rstrip().endswith(":")
    return led_in or (after is not None and after.tag in {"p", "blockquote", "pre", "figure", *HEADINGS})


_MIN_SAID_CHARS = 30
"""An item with so many characters outside its links says something of its own."""


def _count_unlinked(item: Element) -> int:
    nested = item.find("ul") if item.find("ul") is not None else item.find("ol")
    linked = sum(len(text_of(link).strip()) for link in item.iter("a"))
    return len(text_of(item).strip()) - linked if nested is None else 0


_SOURCES = re.compile(r"(?:see also|further reading|references|bibliography|sources|works cited)\W*", re.IGNORECASE)


def _is_list_of_sources(element: Element) -> bool:
    """Whether a list stands right under a heading that says that the author refers the reader to other places."""
    before = element.getprevious()
    if before is None and (parent := element.getparent()) is not None and parent.tag in {"div", "section"}:
        before = parent.getprevious()
    return before is not None and before.tag in HEADINGS and bool(_SOURCES.fullmatch(text_of(before).strip()))


def _list_share(element: Element) -> float:
    n_listed = sum(len(text_of(found)) for found in element.iter("ul", "ol"))
    n_all = len(text_of(element))
    return n_listed / n_all if n_all else 0.0


def _holds_media(element: Element) -> bool:
    return next(element.iter(*_MEDIA), None) is not None
