"""Lists: items with their depth and number; what is no text in an item stands between two parts of the list."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass, field, replace

from lxml.etree import _Element as Element

from catwalk.reader.article import Block, BlockKind, Link, ListItem
from catwalk.reader.extraction.inline import fold
from catwalk.reader.extraction.tags import HEADINGS

BlockReader = Callable[[Element], list[Block]]


@dataclass(slots=True)
class _Items:
    """The part of a list that is being put together, and the blocks before it."""

    blocks: list[Block] = field(default_factory=list)
    items: list[ListItem] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)

    def add(self, inner: list[Block], depth: int, number: int | None) -> None:
        """Take in what one item holds."""
        is_begun = False
        for block in inner:
            if block.kind is BlockKind.LIST:
                if not is_begun and number is not None:
                    self.items.append(ListItem("", depth, number))
                is_begun = True
                self.items.extend(replace(item, depth=item.depth + depth + 1) for item in block.items)
                self.links.extend(block.links)
            elif block.kind in {BlockKind.PARAGRAPH, BlockKind.HEADING}:
                text = fold(block.text)
                last = self.items[-1] if self.items and is_begun and not self.blocks_follow(depth) else None
                if last is not None:
                    self.items[-1] = replace(last, text=f"{last.text} {text}")
                elif is_begun:
                    self.flush()
                    self.blocks.append(block)
                else:
                    self.items.append(ListItem(text, depth, number))
                is_begun = True
                self.links.extend(block.links)
            else:
                if not is_begun and number is not None and block.kind is not BlockKind.FOOTNOTE:
                    self.items.append(ListItem("", depth, number))
                is_begun = True
                self.flush()
                self.blocks.append(block)

    def blocks_follow(self, depth: int) -> bool:
        """Whether the last item is not the one in hand, so that more text cannot join it."""
        return self.items[-1].depth != depth

    def flush(self) -> None:
        """End the part of the list in hand."""
        items = tuple(item for item in self.items if item.text)
        if items:
            text = "\n".join(item.text for item in items)
            self.blocks.append(Block(id="", kind=BlockKind.LIST, text=text, items=items, links=tuple(self.links)))
        self.items = []
        self.links = []


def join_items(
    element: Element, read: BlockReader, notes: Container[Element], skipped: Container[Element]
) -> list[Block]:
    """The blocks of an ordered or unordered list."""
    parts = _Items()
    for item, number in _numbered(element, skipped):
        if item in notes:
            parts.flush()
            holder = item.makeelement("div", {})
            parts.blocks.extend(_read_in_place(item, holder, read))
        elif item.tag != "li":
            inner = _read_in_place(item, item.makeelement("div", {}), read)
            lifted = [
                replace(block, items=tuple(replace(entry, depth=entry.depth) for entry in block.items))
                for block in inner
            ]
            parts.add(lifted, 0, None)
        elif _is_card(item):
            parts.flush()
            parts.blocks.extend(read(item))
        else:
            parts.add(read(item), 0, number)
    parts.flush()
    return parts.blocks


def _read_in_place(item: Element, holder: Element, read: BlockReader) -> list[Block]:
    """What ``item`` itself is, rather than what it holds."""
    parent = item.getparent()
    if parent is None:
        return []
    place, tail = parent.index(item), item.tail
    item.tail = None
    holder.append(item)
    blocks = read(holder)
    parent.insert(place, item)
    item.tail = tail
    return blocks


def _is_card(item: Element) -> bool:
    """Whether an item is a small article of its own, with a heading over its text."""
    return (
        any(child.tag in HEADINGS for child in item.iterdescendants()) and next(item.iter("p", "img"), None) is not None
    )


def _numbered(element: Element, skipped: Container[Element]) -> Iterator[tuple[Element, int | None]]:
    """The children of a list, items with the number that is shown before them."""
    children = [child for child in element if child not in skipped]
    if element.tag != "ol":
        yield from ((child, None) for child in children)
        return
    n_items = sum(child.tag == "li" for child in children)
    step = -1 if element.get("reversed") is not None else 1
    number = _read_number(element.get("start"), n_items if step < 0 else 1)
    for child in children:
        if child.tag == "li":
            number = _read_number(child.get("value"), number)
            yield child, number
            number += step
        else:
            yield child, None


def _read_number(value: str | None, otherwise: int) -> int:
    try:
        number = int(value or "")
    except ValueError:
        return otherwise
    return number if abs(number) < 10**9 else otherwise


def join_definitions(
    element: Element, read: BlockReader, notes: Container[Element], skipped: Container[Element]
) -> list[Block]:
    """The blocks of a definition list: terms at depth 0, what is said of them at depth 1."""
    parts = _Items()
    for child in _definitions(element):
        if child in skipped:
            continue
        if child in notes:
            parts.flush()
            parts.blocks.extend(_read_in_place(child, child.makeelement("div", {}), read))
        else:
            parts.add(read(child), 0 if child.tag == "dt" else 1, None)
    parts.flush()
    return parts.blocks


def _definitions(element: Element) -> Iterator[Element]:
    for child in element:
        if child.tag == "div":
            yield from (inner for inner in child if inner.tag in {"dt", "dd"})
        elif child.tag in {"dt", "dd"}:
            yield child
