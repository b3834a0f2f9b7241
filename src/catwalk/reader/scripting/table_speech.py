"""Tables by ear: row by row with the headers, or their size and columns where that would take too long."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from catwalk.reader.article import Block, Link
from catwalk.reader.scripting.markup import links_within
from catwalk.reader.scripting.prose import speak_framing, speak_text
from catwalk.reader.scripting.utterance import Manner, Rendition, Utterance

_MAX_COLUMNS_NAMED = 6
_FINAL = re.compile(r"[.;:,\s]+$")


def render_table(manner: Manner, block: Block) -> Rendition:
    """Say what becomes of a table."""
    policy = manner.policy
    if policy.tables == "skip":
        return Rendition((), "the policy leaves tables out")
    header = block.rows[0] if block.has_header and block.rows else ()
    body = block.rows[1:] if block.has_header else block.rows
    names = [cell for cell in header if cell.strip()]
    heading = block.caption or ""
    if len(names) == 1 and any(len(row) > 1 for row in body):  # one cell across the whole width heads the table
        heading, header = "\n".join(filter(None, (heading, names[0]))), ()
    n_cells = sum(1 for row in block.rows for cell in row if cell.strip())
    caption = speak_text(manner, heading, lead="Table:", end_s=policy.pauses.sentence_s)
    if n_cells > policy.large_table_cells:
        summary = speak_framing(manner, _summarise(header, body), pause_s=policy.pauses.block_s)
        reason = f"{n_cells} cells; a table of more than {policy.large_table_cells} is summarised"
        return Rendition((*caption, summary), reason)
    utterances = caption + _read_rows(manner, block, header, body, lead="" if caption else "Table:")
    if not utterances:
        return Rendition((), "has no words that can be spoken")
    utterances[-1] = replace(utterances[-1], pause_s=policy.pauses.block_s)
    return Rendition(tuple(utterances))


def _read_rows(
    manner: Manner, block: Block, header: tuple[str, ...], body: tuple[tuple[str, ...], ...], *, lead: str
) -> list[Utterance]:
    utterances: list[Utterance] = []
    left: Sequence[Link] = block.links
    is_layout = len(block.rows) == 1 and len(block.rows[0]) == 1  # a box around text, not a table
    for row in body or (header,):
        text = _name_cells(header if body else (), row)
        links, left = links_within(text, left)
        row_lead = lead if not utterances and not is_layout else ""
        utterances += speak_text(manner, text, links=links, lead=row_lead, end_s=manner.policy.pauses.list_item_s)
    return utterances


def _name_cells(header: tuple[str, ...], row: tuple[str, ...]) -> str:
    cells = [(header[at].strip() if at < len(header) else "", cell.strip()) for at, cell in enumerate(row)]
    named = [f"{_FINAL.sub('', name)}: {cell}" if name else cell for name, cell in cells if cell]
    if len(named) < 2:
        return "".join(named)
    return "; ".join(_FINAL.sub("", cell) for cell in named) + "."


def _summarise(header: tuple[str, ...], body: tuple[tuple[str, ...], ...]) -> str:
    n_columns = max((len(row) for row in (header, *body)), default=0)
    size = f"A table of {len(body)} {'row' if len(body) == 1 else 'rows'} and {n_columns} columns"
    names = [name.strip() for name in header if name.strip()]
    if not names:
        return f"{size}."
    shown = ", ".join(names[:_MAX_COLUMNS_NAMED])
    more = f" and {len(names) - _MAX_COLUMNS_NAMED} more" if len(names) > _MAX_COLUMNS_NAMED else ""
    return f"{size}: {shown}{more}."
