"""Tables: those that hold data become rows of cells, those that only lay out a page do not."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from lxml.etree import _Element as Element

from catwalk.reader.article import Block, BlockKind, Link
from catwalk.reader.extraction.inline import fold, shown_text

CellReader = Callable[[Element], tuple[str, tuple[Link, ...]]]

_MAX_SPAN = 100
_MAX_CELL_CHARS = 1200
_MAX_PLAIN_CHARS = 400
_BLOCKS = ("p", "div", "ul", "ol", "blockquote", "h1", "h2", "h3", "h4", "pre", "section", "article", "figure")


def rows_of(table: Element) -> Iterator[Element]:
    """Rows of a table, without those of tables inside it."""
    for child in table:
        if child.tag == "tr":
            yield child
        elif child.tag in {"thead", "tbody", "tfoot"}:
            yield from (row for row in child if row.tag == "tr")


def cells_of(row: Element) -> list[Element]:
    """Cells of a row."""
    return [cell for cell in row if cell.tag in {"td", "th"}]


def is_data(table: Element) -> bool:
    """Whether a table holds data, judged by its markup and by what its cells hold."""
    if table.get("role", "").lower() in {"presentation", "none"} or table.get("datatable") == "0":
        return False
    rows = [cells_of(row) for row in rows_of(table)]
    rows = [row for row in rows if row]
    n_columns = max((len(row) for row in rows), default=0)
    if n_columns < 2 or table.find(".//table") is not None:
        return False
    cells = [cell for row in rows for cell in row]
    lengths = [len(shown_text(cell)) for cell in cells]
    marked = (
        table.find("caption") is not None or any(cell.tag == "th" for cell in cells) or table.find("thead") is not None
    )
    if max(lengths) > _MAX_CELL_CHARS * (2 if marked else 1):
        return False
    if marked or table.get("summary"):
        return True
    if any(length > _MAX_PLAIN_CHARS and _is_laid_out(cell) for cell, length in zip(cells, lengths, strict=True)):
        return False
    n_structured = sum(1 for cell in cells if sum(1 for _ in cell.iter(*_BLOCKS)) > 2)
    if n_structured * 2 > len(cells) or (len(rows) < 2 and table.get("border") in {None, "0"}):
        return False
    return sum(
        1 for cell, length in zip(cells, lengths, strict=True) if length or cell.find(".//img") is not None
    ) * 4 >= len(cells)


def _is_laid_out(cell: Element) -> bool:
    """Whether a cell holds a text of several parts rather than a value."""
    return cell.find(".//h1") is not None or cell.find(".//h2") is not None or len(cell.findall(".//p")) > 2


def read_table(table: Element, read_cell: CellReader) -> Block | None:
    """A table of data; None where all cells are empty.

    A cell over several columns stands in the first of them; one over several rows is repeated in each of them, but only
    once in the text.
    """
    rows: list[tuple[str, ...]] = []
    lines: list[str] = []
    links: list[Link] = []
    hanging: dict[int, tuple[int, str]] = {}
    elements = [row for row in rows_of(table) if cells_of(row)]
    for element in elements:
        row: list[str] = []
        shown: list[str] = []
        for cell in cells_of(element):
            _repeat(hanging, row)
            text, found = read_cell(cell)
            text = fold(text)
            links.extend(found)
            n_rows = _read_span(cell, "rowspan")
            if n_rows > 1:
                hanging[len(row)] = (n_rows - 1, text)
            row.append(text)
            shown.append(text)
            row.extend([""] * (_read_span(cell, "colspan") - 1))
        _repeat(hanging, row)
        if any(row):
            rows.append(tuple(row))
            lines.append("\n".join(text for text in shown if text))
    if not rows:
        return None
    width = max(len(row) for row in rows)
    caption = table.find("caption")
    return Block(
        id="",
        kind=BlockKind.TABLE,
        text="\n".join(line for line in lines if line),
        caption=None if caption is None else fold(read_cell(caption)[0]) or None,
        rows=tuple(row + ("",) * (width - len(row)) for row in rows),
        has_header=_has_header(elements[0]),
        links=tuple(links),
    )


def _repeat(hanging: dict[int, tuple[int, str]], row: list[str]) -> None:
    while len(row) in hanging:
        n_left, text = hanging.pop(len(row))
        if n_left > 1:
            hanging[len(row)] = (n_left - 1, text)
        row.append(text)


def _read_span(cell: Element, key: str) -> int:
    value = (cell.get(key) or "").strip()
    return min(max(int(value), 1), _MAX_SPAN) if value.isascii() and value.isdigit() else 1


def _has_header(row: Element) -> bool:
    parent = row.getparent()
    cells = cells_of(row)
    n_headers = sum(cell.tag == "th" for cell in cells)
    if parent is not None and parent.tag == "thead":
        return True
    if n_headers == len(cells):
        return True
    bold = [
        cell
        for cell in cells
        if len(cell) == 1 and cell[0].tag in {"b", "strong"} and not fold((cell.text or "") + (cell[0].tail or ""))
    ]
    return len(cells) > 1 and len(bold) == len(cells)
