"""Counts that tell text from clutter, taken of every element of a page in one pass."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml.etree import _Element as Element

from catwalk.reader.extraction.tags import BLOCKS, HEADINGS

_COMMAS = re.compile("[,\u060c\ufe50\ufe10\ufe11\u2e41\u2e34\u2e32\uff0c\u3001\u3002]")
_WIDE = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


class Measure:
    """What an element holds, all levels down, without what is skipped."""

    __slots__ = (
        *("heading_chars", "link_chars", "n_chars", "n_commas", "n_embeds", "n_images", "n_inputs", "n_items"),
        *("n_paragraphs", "own_chars", "own_commas"),
    )

    def __init__(self) -> None:
        self.n_chars = 0
        """Characters of text, white space folded; those of scripts without spaces count twice."""

        self.n_commas = 0
        self.link_chars = 0.0
        """Of the characters, those in links; links within the page count for less."""

        self.heading_chars = 0
        self.own_chars = 0
        """Of the characters, those not in a block inside."""

        self.own_commas = 0
        self.n_paragraphs = 0
        self.n_images = 0
        self.n_items = 0
        self.n_inputs = 0
        self.n_embeds = 0

    @property
    def link_density(self) -> float:
        """Share of the text that is in links, 0 to 1."""
        return min(self.link_chars / self.n_chars, 1.0) if self.n_chars else 0.0

    def add_text(self, text: str) -> None:
        """Take in a text of the element's own."""
        n_chars = len(" ".join(text.split()))
        if not n_chars:
            return
        if not text.isascii():
            n_chars += len(_WIDE.findall(text))
        n_commas = len(_COMMAS.findall(text))
        self.n_chars += n_chars
        self.own_chars += n_chars
        self.n_commas += n_commas
        self.own_commas += n_commas

    def add_child(self, child: Measure, *, is_block: bool) -> None:
        """Take in what a child holds."""
        self.n_chars += child.n_chars
        self.n_commas += child.n_commas
        self.link_chars += child.link_chars
        self.heading_chars += child.heading_chars
        self.n_paragraphs += child.n_paragraphs
        self.n_images += child.n_images
        self.n_items += child.n_items
        self.n_inputs += child.n_inputs
        self.n_embeds += child.n_embeds
        if not is_block:
            self.own_chars += child.own_chars
            self.own_commas += child.own_commas

    def close(self, element: Element) -> None:
        """Count the element itself, once all that it holds has been taken in."""
        tag = element.tag
        if tag == "a":
            inner = (element.get("href") or "").startswith("#")
            self.link_chars = self.n_chars * (0.3 if inner else 1.0)
        elif tag == "p":
            self.n_paragraphs += 1
        elif tag in {"img", "amp-img"}:
            self.n_images += 1
        elif tag == "li":
            self.n_items += 1
        elif tag in {"iframe", "object", "embed"}:
            self.n_embeds += 1
        elif tag == "input" and element.get("type", "").lower() not in {"hidden", "checkbox", "radio"}:
            self.n_inputs += 1
        elif tag in HEADINGS:
            self.heading_chars = self.n_chars


def live_elements(root: Element, skipped: set[Element]) -> Iterator[Element]:
    """``root`` and the elements under it in page order, without what is skipped."""
    stack = [root]
    while stack:
        element = stack.pop()
        if element not in skipped:
            yield element
            stack.extend(reversed(element))


def measure_all(root: Element, skipped: set[Element]) -> dict[Element, Measure]:
    """The measures of every element that is not skipped, in page order."""
    measures = {element: Measure() for element in live_elements(root, skipped)}
    for element in reversed(measures):
        measure = measures[element]
        take_in(element, measure, measures)
    return measures


def take_in(element: Element, measure: Measure, measures: dict[Element, Measure]) -> None:
    """Fill in an element's measure from its texts and from those children that have one."""
    if element.text:
        measure.add_text(element.text)
    for child in element:
        inner = measures.get(child)
        if inner is not None:
            measure.add_child(inner, is_block=child.tag in BLOCKS)
        if child.tail:
            measure.add_text(child.tail)
    measure.close(element)
