"""From elements to blocks: one walk in page order that gathers running text and sets the other kinds apart."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from lxml.etree import _Element as Element

from catwalk.reader.article import Block, BlockKind, Link
from catwalk.reader.extraction import code, embeds, images, maths, tables
from catwalk.reader.extraction.clutter import NEVER_READ, name_of
from catwalk.reader.extraction.figures import add_caption, find_captions, is_caption_name, is_image
from catwalk.reader.extraction.footnotes import Footnotes, clean_note
from catwalk.reader.extraction.inline import (
    Run,
    fold,
    is_web_url,
    lower_text,
    raise_text,
    resolve_url,
    shown_text,
    text_of,
)
from catwalk.reader.extraction.lists import join_definitions, join_items
from catwalk.reader.extraction.quotes import join_quote
from catwalk.reader.extraction.tags import BLOCKS, HEADINGS

_PULLED = re.compile(
    r"(?<![a-z])(?:pull-?quotes?|pq|pulled-?quote|blockquote-pull|tweetable|click-?to-?tweet)(?![a-z])"
)
_BUTTON = re.compile(r"(?<![A-Za-z])(?:button|btn|cta)(?![A-Za-z])")
_DROP_CAP = re.compile(r"(?<![a-z])drop-?caps?(?![a-z])")
_ANCHOR = re.compile(r"^[#¶§🔗⚓\uf0c1\s]*(?:permalink|edit|link)?[#¶§🔗⚓\uf0c1\s]*$", re.IGNORECASE)
_CODE_TAGS = {"code", "tt", "samp"}


@dataclass(slots=True)
class Page:
    """What the walk needs to know of the page."""

    base: str | None = None
    """Address that relative ones are seen from."""

    skipped: set[Element] = field(default_factory=set)
    footnotes: Footnotes = field(default_factory=Footnotes)
    referred: list[str] = field(default_factory=list)
    """Labels of the footnotes referred to so far."""

    pulled: set[str] = field(default_factory=set)
    """Texts set apart as pull quotes."""


def read_blocks(element: Element, page: Page) -> list[Block]:
    """What ``element`` holds as blocks, without ids."""
    flow = _Flow(page)
    flow.walk(element)
    flow.flush()
    return flow.blocks


def read_note(element: Element, label: str, page: Page) -> list[Block]:
    """A footnote as a block, followed by its images."""
    numbered = element.tag == "li"
    inner = read_blocks(element, page)
    text = clean_note("\n".join(block.text for block in inner if block.text), label, numbered=numbered)
    links = tuple(link for block in inner for link in block.links)
    shown = [block for block in inner if block.kind is BlockKind.IMAGE]
    return [Block(id="", kind=BlockKind.FOOTNOTE, text=text, note=label, links=links), *shown] if text else shown


class _Flow:
    """The walk through one container."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.blocks: list[Block] = []
        self.run = Run()
        self.waiting: list[Block] = []
        """Images met in the middle of a sentence; they follow its paragraph."""

    def walk(self, element: Element) -> None:
        self.run.add(element.text)
        for child in element:
            self.visit(child)
            self.run.add(child.tail)

    def visit(self, element: Element) -> None:
        page = self.page
        if element in page.skipped:
            return
        label = page.footnotes.references.get(element)
        if label is not None:
            self.run.add_literal(f"[^{label}]")
            page.referred.append(label)
            return
        label = page.footnotes.notes.get(element)
        if label is not None:
            self.visit_note(element, label)
            return
        if self.visit_math(element):
            return
        visit = _VISITS.get(element.tag)
        if visit is not None:
            visit(self, element)
        elif element.tag not in NEVER_READ:
            if element.tag in BLOCKS or _is_set_as_block(element):
                self.visit_block(element)
            else:
                self.walk(element)

    def visit_note(self, element: Element, label: str) -> None:
        if element.tag in BLOCKS - {"aside"} or self.run.is_blank():
            self.flush()
            self.blocks.extend(read_note(element, label, self.page))
        else:  # a side note in the middle of a sentence
            self.waiting.extend(read_note(element, label, self.page))

    def flush(self) -> None:
        """End the paragraph in hand."""
        if not self.run.is_blank():
            text = self.run.read()
            formula = maths.strip_delimiters(text)
            if formula is not None and formula[1]:
                self.blocks.append(Block(id="", kind=BlockKind.MATH, text=formula[0]))
            elif text:
                self.blocks.append(Block(id="", kind=BlockKind.PARAGRAPH, text=text, links=tuple(self.run.links)))
        self.run = Run()
        self.blocks.extend(self.waiting)
        self.waiting = []

    def emit(self, block: Block | None) -> None:
        """Set a block apart from the text around it."""
        if block is not None:
            self.flush()
            self.blocks.append(block)

    def visit_math(self, element: Element) -> bool:
        if element.tag not in _MATH_TAGS:
            return False
        formula = maths.read_math(element)
        if formula is None:
            return element.tag != "img" and maths.is_math_leftover(element)
        if formula[1]:
            self.emit(Block(id="", kind=BlockKind.MATH, text=formula[0]))
        else:
            self.run.add_literal(rf"\({formula[0]}\)")
        return True

    def visit_block(self, element: Element) -> None:
        name = name_of(element)
        if name:
            if _DROP_CAP.search(name) and len(shown_text(element)) <= 3:
                self.walk(element)
                return
            if self.take_caption(element, name):
                return
            if _PULLED.search(name):
                self.visit_quote(element)
                return
            if code.is_code_container(element):
                self.emit(code.read_code(element))
                return
        self.flush()
        if element.tag == "div":
            brought = embeds.read_embed(element, self.page.base) or images.read_stand_in(element, self.page.base)
            if brought is not None:
                self.blocks.append(brought)
                return
        if self.visit_lone_code(element):
            return
        self.walk(element)
        self.flush()

    def visit_lone_code(self, element: Element) -> bool:
        """Code of several lines that is the only thing in its block, as where ``pre`` was left out."""
        if len(element) != 1 or element[0].tag != "code" or fold((element.text or "") + (element[0].tail or "")):
            return False
        several = element[0].find(".//br") is not None or "\n" in text_of(element[0]).strip()
        if several:
            self.emit(code.read_code(element[0]))
        return several

    def take_caption(self, element: Element, name: str) -> bool:
        """Whether ``element`` is the caption of the picture, table or embed just before it."""
        if not is_caption_name(name) or element.find(".//img") is not None or self.waiting or not self.run.is_blank():
            return False
        last = self.blocks[-1] if self.blocks else None
        if last is None or last.kind not in {BlockKind.IMAGE, BlockKind.EMBED, BlockKind.TABLE} or last.caption:
            return False
        text, links = self.read_inline(element)
        self.blocks[-1] = replace(last, caption=fold(text) or None, links=last.links + links)
        return True

    def read_inline(self, element: Element) -> tuple[str, tuple[Link, ...]]:
        """All text of an element as one line."""
        inner = read_blocks(element, self.page)
        text = " ".join(block.text.replace("\n", " ") for block in inner if block.text)
        return text, tuple(link for block in inner for link in block.links)

    def visit_heading(self, element: Element) -> None:
        self.flush()
        for link in element.findall(".//a"):
            if _ANCHOR.match(shown_text(link)) and link.find(".//img") is None:
                self.page.skipped.add(link)
        inner = read_blocks(element, self.page)
        text = fold(" ".join(block.text for block in inner if block.text))
        links = tuple(link for block in inner for link in block.links)
        if text:
            self.blocks.append(Block(id="", kind=BlockKind.HEADING, text=text, level=int(element.tag[1]), links=links))
        self.blocks.extend(block for block in inner if block.kind is BlockKind.IMAGE)

    def visit_break(self, element: Element) -> None:
        if self.run.pieces and not fold(self.run.pieces[-1].replace("\x01", "")):
            ends = [piece for piece in self.run.pieces[-3:] if piece == "\x01"]
            if ends:
                self.flush()
                return
        if not self.run.is_blank():
            self.run.add_break()

    def visit_rule(self, element: Element) -> None:
        self.flush()

    def visit_list(self, element: Element) -> None:
        self.flush()
        self.blocks.extend(
            join_items(element, lambda item: read_blocks(item, self.page), self.page.footnotes.notes, self.page.skipped)
        )

    def visit_definitions(self, element: Element) -> None:
        self.flush()
        self.blocks.extend(
            join_definitions(
                element, lambda item: read_blocks(item, self.page), self.page.footnotes.notes, self.page.skipped
            )
        )

    def visit_quote(self, element: Element) -> None:
        self.flush()
        post = embeds.read_post(element, self.page.base)
        if post is not None:
            self.blocks.append(post)
            return
        quoted = join_quote(element, lambda part: read_blocks(part, self.page), self.page.skipped)
        if _PULLED.search(name_of(element)):
            self.page.pulled.update(block.text for block in quoted)
        self.blocks.extend(quoted)

    def visit_pre(self, element: Element) -> None:
        self.flush()
        if not code.is_prose(element):
            block = code.read_code(element)
            if block is not None:
                self.blocks.append(block)
            return
        for verse in re.split(r"\n\s*\n", code.code_text(element)):
            lines = [fold(line) for line in verse.split("\n")]
            wrapped = len(lines) > 2 and sum(len(line) > 55 for line in lines[:-1]) > 0.8 * (len(lines) - 1)
            text = (" " if wrapped else "\n").join(line for line in lines if line)
            if text:
                self.blocks.append(Block(id="", kind=BlockKind.PARAGRAPH, text=text))

    def visit_code(self, element: Element) -> None:
        inner = shown_text(element)
        if not inner:
            return
        if element.find(".//pre") is not None or (element.find(".//br") is not None and len(inner) > 80):
            self.emit(code.read_code(element))
            return
        start = len(self.run.pieces)
        self.walk(element)
        text = self.run.read(start)
        del self.run.pieces[start:]
        if text and any(_CODE_TAGS & {ancestor.tag} for ancestor in element.iterancestors("code", "tt", "samp")):
            self.run.add(text)
        elif text:
            self.run.add_literal(f"`{text}`" if "`" not in text else f"`` {text} ``")

    def visit_image(self, element: Element) -> None:
        emoji = images.emoji_text(element)
        if emoji is not None or _DROP_CAP.search(name_of(element)):
            self.run.add(emoji or element.get("alt"))
            return
        block = images.read_image(element, self.page.base)
        if block is None:
            return
        if self.run.is_blank():
            self.emit(block)
        else:
            self.waiting.append(block)

    def visit_drawing(self, element: Element) -> None:
        block = images.read_drawing(element)
        if block is not None:
            self.emit(block)

    def visit_figure(self, element: Element) -> None:
        self.flush()
        if code.is_code_container(element):
            self.emit(code.read_code(element))
            return
        captions = find_captions(element, self.page.skipped)
        read = [self.read_inline(caption) for caption in captions]
        shown = [block for caption in captions for block in read_blocks(caption, self.page) if is_image(block)]
        self.page.skipped.update(captions)
        inner = read_blocks(element, self.page)
        if all(block.kind is BlockKind.PARAGRAPH for block in inner):
            stand_in = images.find_stand_in(element, self.page.base)
            inner += [stand_in] if stand_in else []
        text = fold(" ".join(text for text, _ in read))
        links = tuple(link for _, found in read for link in found)
        self.blocks.extend(add_caption(inner + shown, text, links, element))

    def visit_table(self, element: Element) -> None:
        self.flush()
        if code.is_code_container(element):
            self.emit(code.read_code(element))
        elif tables.is_data(element):
            block = tables.read_table(element, self.read_inline)
            if block is not None:
                self.blocks.append(block)
            shown = [
                found
                for cell in element.iter("td", "th")
                for found in cell.iter("img")
                if images.emoji_text(found) is None
            ]
            self.blocks.extend(block for found in shown if (block := images.read_image(found, self.page.base)))
        else:
            self.walk(element)
            self.flush()

    def visit_embed(self, element: Element) -> None:
        block = embeds.read_embed(element, self.page.base)
        if block is not None:
            self.emit(block)
        elif element.tag == "object":
            self.walk(element)

    def visit_link(self, element: Element) -> None:
        if _BUTTON.search(element.get("class", "")) and _stands_alone(element):
            return
        if "headerlink" in element.get("class", "") and _ANCHOR.match(shown_text(element)):
            return
        run, start = self.run, len(self.run.pieces)
        self.walk(element)
        url = resolve_url(self.page.base, element.get("href") or "")
        if self.run is run and (is_web_url(url) or url.startswith("mailto:")):
            text = self.run.read(start)
            if text:
                self.run.links.append(Link(text=fold(text), url=url))

    def visit_shifted(self, element: Element) -> None:
        if len(element) or element.text is None:
            self.walk(element)
        else:
            text = fold(element.text)
            self.run.add(raise_text(text) if element.tag == "sup" else lower_text(text))

    def visit_inline_quote(self, element: Element) -> None:
        self.run.add("“")
        self.walk(element)
        self.run.add("”")

    def visit_ignored(self, element: Element) -> None:
        pass


def _stands_alone(link: Element) -> bool:
    """Whether a link is all that its block holds."""
    block = link.getparent()
    return block is not None and shown_text(block) == shown_text(link)


def _is_set_as_block(element: Element) -> bool:
    style = element.get("style")
    return bool(style) and bool(re.search(r"display\s*:\s*(?:block|flex|grid|table)\b", style or ""))


_MATH_TAGS = {"math", "script", "mjx-container", "mjx-assistive-mml", "span", "div", "img", "tex-math", "nobr", "p"}

_Visit = Callable[[_Flow, Element], None]
_VISITS: dict[str, _Visit] = {
    **dict.fromkeys(HEADINGS, _Flow.visit_heading),
    **dict.fromkeys(("ul", "ol", "dir"), _Flow.visit_list),
    **dict.fromkeys(("pre", "listing", "xmp", "plaintext"), _Flow.visit_pre),
    **dict.fromkeys(_CODE_TAGS, _Flow.visit_code),
    **dict.fromkeys(("img", "amp-img"), _Flow.visit_image),
    **dict.fromkeys(
        ("iframe", "amp-iframe", "video", "audio", "amp-video", "amp-audio", "object", "embed", "script"),
        _Flow.visit_embed,
    ),
    **dict.fromkeys(("lite-youtube", "lite-vimeo", "amp-youtube", "amp-vimeo"), _Flow.visit_embed),
    **dict.fromkeys(("sup", "sub"), _Flow.visit_shifted),
    "a": _Flow.visit_link,
    "blockquote": _Flow.visit_quote,
    "br": _Flow.visit_break,
    "dl": _Flow.visit_definitions,
    "figure": _Flow.visit_figure,
    "hr": _Flow.visit_rule,
    "q": _Flow.visit_inline_quote,
    "svg": _Flow.visit_drawing,
    "table": _Flow.visit_table,
}
