"""Footnotes: which links refer to one, where its text stands, and under which label the two are joined."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import unquote

from lxml.etree import _Element as Element

from catwalk.reader.extraction.clutter import name_of
from catwalk.reader.extraction.inline import fold, shown_text, text_of
from catwalk.reader.extraction.parsing import parse_fragment, remove

_MAX_NOTE_CHARS = 6000
_HINT = re.compile(
    r"(?<![a-z])(?:fn|fnref|foot-?notes?|note-?ref|end-?notes?|side-?notes?|note|notes|ref|refs|reference|references|cite|citation|littlefoot|bigfoot"
    r"|user-content-fn|ftn|ftnref|sdfootnote\d*(?:sym|anc)|sdendnote\d*(?:sym|anc)|mfn|doc-noteref|yui)(?![a-z])"
)
_LABEL = re.compile(r"\d{1,3}[a-z]?|[a-z]{1,2}|[ivxlc]{1,6}|[*†‡§¶‖]{1,4}|note ?\d{1,3}|fn ?\d{1,3}", re.IGNORECASE)
_BACK = re.compile(
    r"^\W*(?:↩|↑|⤴|⏎|↵|⬆|\^|⇑|🔙|back|return|jump (?:up|back).*|go back|back to (?:text|content|top|reference).*)?\W*$",
    re.IGNORECASE,
)
_BACK_CLASS = re.compile(
    r"(?<![a-z])(?:foot-?note-?(?:back-?ref|back-?link|return)|back-?ref|back-?link|reversefootnote|data-footnote-backref|cite-backlink|mw-cite-backlink|footnote-back-link)(?![a-z])"
)
_INLINE_NOTE = re.compile(
    r"(?<![a-z])(?:side-?note|margin-?note|modern-footnotes-footnote--?note|inline-?footnote(?:-content)?|footnote-(?:content|text)-inline)(?![a-z])"
)
_TOOLTIP = re.compile(
    r"(?<![a-z])(?:footnote-(?:tooltip|popup|popover|hover)[a-z]*|(?:little|big)foot(?:-footnote)?--?(?:popover|content|wrapper|tooltip)|ref-?tooltip)(?![a-z])"
)
_BLOCKS = {"p", "li", "dd", "div", "aside", "section", "article", "td", "tr", "blockquote", "small", "figure", "footer"}
_HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6"}


@dataclass(slots=True)
class Footnotes:
    """The footnotes of a page."""

    references: dict[Element, str] = field(default_factory=dict)
    """Label by the element that refers."""

    notes: dict[Element, str] = field(default_factory=dict)
    """Label by the element that holds the note's text, in page order."""


def find_footnotes(body: Element, url: str | None) -> Footnotes:
    """Find the footnotes of a page, take back-links, repeated labels and pop-up copies out of the tree.

    A reference is a link to a later place in the same page whose text looks like a label, or whose markup says that it
    is one. Labels are those shown; a second note of the same label gets a suffix.
    """
    found = Footnotes()
    _restore_popups(body)
    targets = _targets(body)
    order = {element: place for place, element in enumerate(body.iter())}
    references: list[tuple[Element, Element]] = []
    for link in body.iter("a"):
        target = targets.get(_fragment(link, url))
        if target is not None and _is_reference(link, target, order):
            references.append((link, target))
    pointed = {target for _, target in references}
    labels: set[str] = set()
    anchors = {link for link, _ in references}
    for link, target in references:
        holder = _find_holder(target, pointed)
        if holder is None or _holds(holder, link):
            continue
        if holder not in found.notes:
            label = _unique(_read_label(link), labels)
            labels.add(label)
            found.notes[holder] = label
        found.references[_outer_mark(link)] = found.notes[holder]
    for holder, label in found.notes.items():
        _strip_marks(holder, label, url, targets, order, anchors)
    _find_inline_notes(body, found, labels)
    found.notes = dict(sorted(found.notes.items(), key=lambda item: order.get(item[0], 0)))
    return found


def _targets(body: Element) -> dict[str, Element]:
    targets: dict[str, Element] = {}
    for element in body.iter():
        for key in (element.get("id"), element.get("name") if element.tag == "a" else None):
            if key:
                targets.setdefault(key, element)
    return targets


def _fragment(link: Element, url: str | None) -> str:
    address, _, fragment = (link.get("href") or "").strip().partition("#")
    if not fragment or (address and (url is None or address.rstrip("/") != url.partition("#")[0].rstrip("/"))):
        return ""
    return unquote(fragment)


def _is_reference(link: Element, target: Element, order: dict[Element, int]) -> bool:
    if order[target] <= order[link] or target.tag in _HEADINGS:
        return False
    marked = f"{name_of(link)} {link.get('rel', '')} {link.get('role', '')}".lower()
    text = shown_text(link)
    if _BACK_CLASS.search(name_of(link)) or len(text) > 12:
        return False
    core = text.strip("[](){}^.:, ")
    if not _LABEL.fullmatch(core):
        return bool(re.search(r"doc-noteref|footnote-?ref", marked)) and not core
    href = (link.get("href") or "").rpartition("#")[2].lower().replace("_", "-")
    raised = link.find("sup") is not None or next(link.iterancestors("sup"), None) is not None
    symbol = not core[0].isalnum()
    return (
        raised
        or symbol
        or core != text
        or bool(_HINT.search(marked) or _HINT.search(href))
        or _points_back(target, link)
    )


def _points_back(target: Element, link: Element) -> bool:
    own = {element.get("id") or element.get("name") for element in (link, link.getparent()) if element is not None}
    return any((back.get("href") or "#").removeprefix("#") in own - {None} for back in target.iter("a"))


def _find_holder(target: Element, pointed: set[Element]) -> Element | None:
    """The element that holds the note's whole text, given the place that the reference points to."""
    holder: Element | None = target
    while holder is not None and (holder.tag not in _BLOCKS or _is_bare_label(holder)):
        if holder.tag == "dt" and holder.getnext() is not None:
            return holder.getnext()
        following = holder.getnext()
        if (
            holder.tag in {"p", "div"}
            and following is not None
            and following.tag in _BLOCKS
            and following not in pointed
        ):
            return following
        if holder.tag in {"html", "body", "main", *_HEADINGS}:
            return None
        holder = holder.getparent()
    if holder is None:
        return None
    if holder.tag == "td" and holder.getparent() is not None:
        holder = holder.getparent()
    if holder is None or len(text_of(holder)) > _MAX_NOTE_CHARS:
        return None
    if holder is not target and sum(element in pointed for element in holder.iter()) > 1:
        return _cut_out(holder, target, pointed)
    return holder


def _is_bare_label(element: Element) -> bool:
    return element.tag not in {"li", "tr"} and len(shown_text(element).strip("[]().:^↩︎ ")) <= 3


def _cut_out(block: Element, target: Element, pointed: set[Element]) -> Element | None:
    """Part of a block that holds several notes, from ``target`` to the next one, moved into an element of its own."""
    start = target
    while start.getparent() is not block:
        parent = start.getparent()
        if parent is None:
            return None
        start = parent
    part = block.makeelement("div", {})
    start.addprevious(part)
    moving: Element | None = start
    while moving is not None and (moving is start or not any(element in pointed for element in moving.iter())):
        following = moving.getnext()
        part.append(moving)
        moving = following
    return part


def _holds(holder: Element, link: Element) -> bool:
    return any(ancestor is holder for ancestor in link.iterancestors())


def _read_label(link: Element) -> str:
    text = shown_text(link).strip("[](){}^.:, ")
    return re.sub(r"^(?:note|fn) ?(?=\d)", "", text, flags=re.IGNORECASE)


def _unique(label: str, taken: set[str]) -> str:
    if not label:
        label = str(next(number for number in range(1, 10000) if str(number) not in taken))
    number = 2
    unique = label
    while unique in taken:
        unique = f"{label}-{number}"
        number += 1
    return unique


def _outer_mark(link: Element) -> Element:
    """The ``sup`` around a reference where it holds nothing else, so that both are replaced together."""
    mark = link
    parent = link.getparent()
    while parent is not None and parent.tag in {"sup", "span", "small"} and len(parent) == 1:
        if fold((parent.text or "") + (mark.tail or "")).strip("[]()"):
            break
        mark, parent = parent, parent.getparent()
    return mark


def _strip_marks(
    holder: Element,
    label: str,
    url: str | None,
    targets: dict[str, Element],
    order: dict[Element, int],
    anchors: set[Element],
) -> None:
    for link in list(holder.iter("a")):
        if link in anchors:
            continue
        text = shown_text(link)
        target = targets.get(_fragment(link, url))
        inner = text.strip("[]().:^ ")
        backwards = (
            target is not None
            and order.get(target, 0) < order.get(link, 1 << 60)
            and (len(text) <= 3 or inner == label)
        )
        named = _BACK_CLASS.search(f"{name_of(link)} {link.get('rel', '')}".lower())
        spelled = link.get("href", "").startswith("#") and _BACK.match(text)
        if backwards or named or spelled or (inner == label and not link.get("href")):
            remove(link)
    for mark in list(holder.iter("span", "sup", "strong", "b", "dt", "th", "td", "div", "label")):
        text = shown_text(mark)
        if mark is not holder and (
            _BACK_CLASS.search(name_of(mark))
            or (text.strip("[]().:^↩︎ ") in {label, ""} and text and _is_first(mark, holder))
        ):
            remove(mark)


def _is_first(mark: Element, holder: Element) -> bool:
    """Whether nothing that can be seen stands before ``mark`` in ``holder``."""
    element = mark
    while element is not holder:
        if any(fold(text_of(before) + (before.tail or "")) for before in element.itersiblings(preceding=True)):
            return False
        parent = element.getparent()
        if parent is None or fold(parent.text or "").strip("[]()"):
            return False
        element = parent
    return True


def clean_note(text: str, label: str, *, numbered: bool) -> str:
    """Text of a note without what is left of its label; ``numbered`` where the label came from a list."""
    text = re.sub(r"^(?:\[\s*\]|\(\s*\)|[\].):,^]|↩︎?|\s)+", "", text)
    if not numbered:
        text = re.sub(rf"^[\[(^]*{re.escape(label.partition('-')[0])}(?:[\]).:^]+\s*|\s+)(?=\S)", "", text)
    return re.sub(r"[\s\u21a9\u2191\ufe0e\ufe0f]+$", "", text)


def _find_inline_notes(body: Element, found: Footnotes, labels: set[str]) -> None:
    """Notes whose text stands right where they are referred to, as side notes do."""
    taken = set(found.notes) | set(found.references)
    for note in list(body.iter("span", "small", "aside", "div")):
        if note in taken or not _INLINE_NOTE.search(name_of(note)) or not shown_text(note):
            continue
        if _TOOLTIP.search(name_of(note)) or any(ancestor in taken for ancestor in note.iterancestors()):
            continue
        if re.search(r"number|wrapper|toggle|ref(?![a-z])|container", name_of(note)) and note.tag != "aside":
            continue
        mark = _mark_before(note)
        shown = shown_text(mark).strip("[]() ") if mark is not None else ""
        label = _unique(shown if _LABEL.fullmatch(shown) else "", labels)
        labels.add(label)
        if mark is None:
            mark = body.makeelement("sup", {})
            note.addprevious(mark)
        found.references[mark] = label
        found.notes[note] = label
        taken |= {mark, note}


def _mark_before(note: Element) -> Element | None:
    before = note.getprevious()
    while before is not None and before.tag == "input" and not (before.tail or "").strip():
        before = before.getprevious()
    if before is None or (before.tail or "").strip():
        return None
    marked = re.search(r"(?<![a-z])(?:margin-toggle|side-?note|foot-?note|note)(?![a-z])", name_of(before))
    return before if before.tag in {"label", "sup"} or (marked and before.tag in {"span", "a", "button"}) else None


def _restore_popups(body: Element) -> None:
    """Undo what littlefoot and bigfoot do to a page, and drop pop-up copies of notes that stand elsewhere too."""
    for element in list(body.iter()):
        escaped = element.get("data-bigfoot-footnote") or element.get("data-footnote-content")
        if escaped and element.tag in {"button", "a", "sup", "span"}:
            note = parse_fragment(escaped)
            note.tag = "aside"
            note.set("class", "inline-footnote")
            mark = element.makeelement("sup", {})
            mark.text = element.get("data-footnote-number") or shown_text(element)
            element.addprevious(mark)
            mark.addnext(note)
            remove(element)
        elif _TOOLTIP.search(name_of(element)) and element.getparent() is not None:
            remove(element)
