"""Plain text to blocks: paragraphs, lists, quotes and headings by the habits of people who write without markup."""

from __future__ import annotations

import re

from catwalk.reader.article import Block, BlockKind, ListItem
from catwalk.reader.extraction.inline import fold

_BULLET = re.compile(r"^(\s*)(?:[-*•·–]|(\d{1,3})[.)])\s+(?=\S)")
_RULE = re.compile(r"^\s*(?:[-=_*~#] ?){3,}\s*$")


def read_plaintext(text: str) -> list[Block]:
    """The blocks of a plain text, without ids."""
    blocks: list[Block] = []
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n\n").expandtabs(4).split("\n")
    for part in re.split(r"\n\s*\n", "\n".join(lines)):
        piece = [line for line in part.split("\n") if line.strip()]
        if piece:
            blocks.extend(_read_part(piece))
    return blocks


def _read_part(lines: list[str]) -> list[Block]:
    if len(lines) >= 2 and re.fullmatch(r"\s*(={3,}|-{3,})\s*", lines[1]) and len(lines[0].strip()) < 100:
        level = 1 if "=" in lines[1] else 2
        rest = _read_part(lines[2:]) if len(lines) > 2 else []
        return [Block(id="", kind=BlockKind.HEADING, text=fold(lines[0]), level=level), *rest]
    lines = [line for line in lines if not _RULE.match(line)]
    if not lines:
        return []
    if all(line.lstrip().startswith(">") for line in lines):
        inner = re.sub(r"(?m)^\s*>\s?", "", "\n".join(lines))
        text = "\n".join(block.text for block in read_plaintext(inner))
        return [Block(id="", kind=BlockKind.QUOTE, text=text)] if text else []
    first = next((place for place, line in enumerate(lines) if _BULLET.match(line)), None)
    if (
        first is not None
        and sum(bool(_BULLET.match(line)) for line in lines[first:]) >= (2 if first else 1)
        and _hangs(lines[first:])
    ):
        before = _read_part(lines[:first]) if first else []
        return [*before, _read_list(lines[first:])]
    text = ("\n" if _is_verse(lines) else " ").join(fold(line) for line in lines)
    return [Block(id="", kind=BlockKind.PARAGRAPH, text=text)] if text else []


def _hangs(lines: list[str]) -> bool:
    """Whether every line of a list begins an item or goes on with one."""
    return all(_BULLET.match(line) or line.startswith("  ") for line in lines) or bool(
        re.match(r"\s*[-*•]\s", lines[0])
    )


def _read_list(lines: list[str]) -> Block:
    items: list[ListItem] = []
    indents: list[int] = []
    for line in lines:
        match = _BULLET.match(line)
        if match is None:
            items[-1] = ListItem(f"{items[-1].text} {fold(line)}", items[-1].depth, items[-1].number)
            continue
        indent = len(match[1])
        while indents and indents[-1] > indent:
            indents.pop()
        if not indents or indents[-1] < indent:
            indents.append(indent)
        items.append(ListItem(fold(line[match.end() :]), len(indents) - 1, int(match[2]) if match[2] else None))
    return Block(id="", kind=BlockKind.LIST, text="\n".join(item.text for item in items), items=tuple(items))


def _is_verse(lines: list[str]) -> bool:
    """Whether lines end where their author ended them rather than at a margin."""
    if len(lines) < 3:
        return len(lines) == 2 and max(len(line) for line in lines) < 45
    longest = max(len(line.strip()) for line in lines)
    n_full = sum(len(line.strip()) > longest * 0.75 for line in lines[:-1])
    return longest < 65 and n_full < 0.7 * (len(lines) - 1)
