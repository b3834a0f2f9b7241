"""From bytes to a tree of elements that is safe to walk: decoded, cleaned of control characters, not too deep."""

from __future__ import annotations

import codecs
import re

from lxml import etree
from lxml.etree import _Element as Element

MAX_DEPTH = 120  # levels below the root; walking takes up to four Python frames a level and the interpreter allows 1000

_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
# What browsers take these labels for (https://encoding.spec.whatwg.org/#names-and-labels).
_SUPERSETS = {
    "iso8859-1": "cp1252",
    "ascii": "cp1252",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "big5": "big5hkscs",
    "iso8859-9": "cp1254",
    "tis-620": "cp874",
}
_DECLARED = re.compile(
    rb"""<(?:meta[^>]{0,200}?charset|\?xml[^>]{0,100}?encoding)\s*=\s*["']?\s*([\w.:-]+)""", re.IGNORECASE
)
_CONTROLS = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f\ufffe\uffff]")
_VOID_UNKNOWN = ("source", "track", "wbr", "embed", "keygen", "command")  # libxml2 takes these for open elements
_IN_HEAD = {"title", "meta", "link", "script", "style", "base", "noscript", "template", "object", "bgsound"}
_MIN_GUESSED = 16  # bytes that are not ASCII; from fewer an encoding cannot be guessed
_MAX_TAGS = 500
_IMPLIED_END = {
    *("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"),
    *("p", "li", "dt", "dd", "option", "tr", "td", "th", "thead", "tbody", "tfoot", "colgroup", "html", "head", "body"),
}
_REFERENCE = re.compile(r"&#([xX][0-9a-fA-F]{1,8}(?![0-9a-fA-F])|[0-9]{1,9}(?![0-9]));?")
_INLINE_OR_PLAIN = {
    *("a", "abbr", "b", "bdi", "bdo", "big", "center", "div", "em", "font", "i", "ins", "label", "main", "article"),
    *("nobr", "s", "section", "small", "span", "strike", "strong", "u"),
}


def decode(content: bytes, charset: str | None) -> str:
    """Text of ``content``, by its byte order mark, else ``charset``, else what it declares, else what it looks like.

    Never fails: bytes that do not fit a UTF-8 text, as where pages of two encodings were pasted together, are taken for
    Windows-1252.
    """
    for bom, encoding in _BOMS:
        if content.startswith(bom):
            return content[len(bom) :].decode(encoding, errors="replace")
    declared = _DECLARED.search(content[:4096])
    for label in (charset, declared[1].decode("ascii", errors="replace") if declared else None):
        encoding = _look_up(label) or ""
        if encoding and not encoding.startswith(("utf-16", "utf-32")):  # a page that says so in ASCII bytes is mistaken
            try:
                return content.decode(encoding)
            except UnicodeDecodeError:
                continue
    return _decode_undeclared(content)


def _look_up(label: str | None) -> str | None:
    try:
        name = codecs.lookup(label or "").name
    except LookupError:
        return None
    return _SUPERSETS.get(name, name)


def _decode_undeclared(content: bytes) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        text = content.decode("utf-8", errors="replace")
    n_wrong = text.count("\ufffd")
    n_right = sum(1 for character in text if character > "\x7f") - n_wrong
    if n_right > n_wrong:
        return _mend(content)
    if n_wrong < _MIN_GUESSED:
        return content.decode("cp1252", errors="replace")
    from charset_normalizer import from_bytes  # noqa: PLC0415  # heavy, and seldom needed

    guess = from_bytes(content[:65536]).best()
    if guess and guess.encoding not in {"utf_8", "ascii"}:
        return content.decode(guess.encoding, errors="replace")
    return content.decode("cp1252", errors="replace")


def _mend(content: bytes) -> str:
    pieces = []
    start = 0
    while start < len(content):
        try:
            pieces.append(content[start:].decode("utf-8") if start else content.decode("utf-8"))
            break
        except UnicodeDecodeError as error:
            pieces.append(content[start : start + error.start].decode("utf-8"))
            pieces.append(content[start + error.start : start + error.end].decode("cp1252", errors="replace"))
            start += error.end
        if len(pieces) > 2000:  # each piece copies the rest of the page: stay linear on a hostile one
            pieces.append(content[start:].decode("utf-8", errors="replace"))
            break
    return "".join(pieces)


def drop_controls(text: str) -> str:
    """Text without the characters that a tree cannot hold, also where they are written as references."""
    return _REFERENCE.sub(_drop_reference, _CONTROLS.sub("", text))


def _drop_reference(reference: re.Match[str]) -> str:
    digits = reference[1].lower()
    number = int(digits[1:], 16) if digits.startswith("x") else int(digits)
    is_character = number < 0x110000 and not 0xD800 <= number < 0xE000 and not _CONTROLS.match(chr(number))
    return reference[0] if is_character else ""


def parse_html(text: str) -> Element:
    """The ``html`` element of a page, however broken; comments are gone and nothing lies deeper than `MAX_DEPTH`."""
    text = drop_controls(text)
    parser = etree.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=True)
    root = _parse(text, parser)
    if any(entry.type == etree.ErrorTypes.ERR_RESOURCE_LIMIT for entry in parser.error_log):
        # libxml2 stops reading a page at 2,048 levels, whatever huge_tree says.
        root = _parse(_drop_deep_tags(text), parser)
    _end_head(root)
    for element in list(root.iter(*_VOID_UNKNOWN)):
        _empty(element)
    _flatten(root)
    return root


def _parse(text: str, parser: etree.HTMLParser) -> Element:
    try:
        root = etree.fromstring(text.encode("utf-8", errors="replace"), parser=parser)
    except etree.XMLSyntaxError:  # nothing but white space
        root = None
    return etree.fromstring("<html><body/></html>") if root is None else root


def _end_head(root: Element) -> None:
    """Begin the body where the text begins: libxml2 leaves ``article`` and the like in a head that nobody closed."""
    head = root.find("head")
    first = next((child for child in head if child.tag not in _IN_HEAD), None) if head is not None else None
    if head is None or first is None:
        return
    body = root.find("body")
    if body is None:
        body = etree.SubElement(root, "body")
    moving = [first, *first.itersiblings()]
    text = body.text
    body.text = None
    for place, element in enumerate(moving):
        body.insert(place, element)
    moving[-1].tail = (moving[-1].tail or "") + (text or "") or None


def _empty(element: Element) -> None:
    """Move what stands in an element that can hold nothing behind it."""
    text, tail = element.text or "", element.tail or ""
    children = list(element)
    element.text = None
    element.tail = text if children else text + tail
    for child in reversed(children):
        element.addnext(child)
    if children:
        children[-1].tail = (children[-1].tail or "") + tail


def _drop_deep_tags(text: str) -> str:
    depth = 0

    def judge(tag: re.Match[str]) -> str:
        nonlocal depth
        if tag[2].lower() in _IMPLIED_END:
            return tag[0]
        depth = max(depth - 1, 0) if tag[1] else depth + 1
        return "" if depth + bool(tag[1]) > _MAX_TAGS else tag[0]

    return re.sub(r"<(/?)([A-Za-z][A-Za-z0-9-]*)(?:[^>]*)>", judge, text)


def parse_fragment(text: str) -> Element:
    """A ``div`` that holds a piece of HTML."""
    root = parse_html(f"<div>{text}</div>")
    found = root.find(".//div")
    return root if found is None else found


def _flatten(root: Element) -> None:
    """Take out wrappers below `MAX_DEPTH`: first those without meaning, then, deeper still, all."""
    depths: dict[Element, int] = {root: 0}
    deep = []
    for element in root.iter():
        parent = element.getparent()
        depth = 0 if parent is None else depths[parent] + 1
        generic = element.tag in _INLINE_OR_PLAIN
        if depth > MAX_DEPTH or (depth > MAX_DEPTH // 2 and generic):
            deep.append(element)
            depth -= 1
        depths[element] = depth
    for element in reversed(deep):
        dissolve(element)


def dissolve(element: Element) -> None:
    """Put an element's text and children in its place; the tree must have a parent for it."""
    parent = element.getparent()
    if parent is None:
        return
    place = parent.index(element)
    tail = element.tail or ""
    children = list(element)
    _append_text(parent, place, element.text)
    element.tail = None
    parent.remove(element)
    parent[place:place] = children
    _append_text(parent, place + len(children), tail)


def remove(element: Element) -> None:
    """Take an element out and leave the text after it."""
    parent = element.getparent()
    if parent is None:
        return
    place = parent.index(element)
    tail = element.tail
    element.tail = None
    parent.remove(element)
    _append_text(parent, place, tail)


def _append_text(parent: Element, place: int, text: str | None) -> None:
    if not text:
        return
    if place == 0:
        parent.text = (parent.text or "") + text
    else:
        before = parent[place - 1]
        before.tail = (before.tail or "") + text
