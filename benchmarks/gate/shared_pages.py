"""Extraction from pages that are not ours: folders of pages with what is expected of them, and one whole blog.

Both are looked for beside the repository and measured where they are there; nothing of them is kept here.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeAlias, cast

import lxml.html

from benchmarks.gate.coverage import Runs, count_in_order, split_words
from benchmarks.gate.tally import Tally
from catwalk.errors import NoArticle
from catwalk.reader.article import Article, BlockKind, extract
from catwalk.reader.fetch import HTML, Source

SHARED = Path(__file__).parents[3] / "shared"
_ADDRESS = "http://fakehost/test/page.html"
_ENOUGH = 0.9
_HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6"}
_BLOCKS = _HEADINGS | {
    *("p", "div", "ul", "ol", "table", "blockquote", "pre", "figure", "section", "article", "dl", "aside", "header"),
    "footer",
}
_TALK = re.compile("comment|respond")
_NAV_WORDS = ("licensed", "archive", "atom feed", "reprint")

Element: TypeAlias = Any  # the stubs of lxml know neither what xpath finds nor what is HTML


def measure_pages(folder: Path) -> Tally:
    """Compare each page with its ``expected.html``; comments, which are not read out, do not count."""
    tally = Tally()
    for page in sorted(path.parent for path in folder.glob("*/expected.html")):
        root = lxml.html.document_fromstring((page / "expected.html").read_text("utf-8") or "<p></p>")
        try:
            article = extract(Source(_ADDRESS, (page / "source.html").read_bytes(), HTML, None))
        except NoArticle:
            article = Article(None, page.name, None, None, "en", None, ())
        _compare(article, root, tally, page.name)
    return tally


def _compare(article: Article, root: Element, tally: Tally, page: str) -> None:
    runs = {kind: Runs([block.text for block in article.blocks if block.kind is kind], 4) for kind in BlockKind}
    texts = [text for block in article.blocks for text in (block.text, block.caption, block.alt) if text]
    anywhere = Runs([article.title, *texts], 4)
    shown = {_picture(block.src) for block in article.blocks if block.kind is BlockKind.IMAGE}
    codes = {_squash(block.text) for block in article.blocks if block.kind is BlockKind.CODE}
    wanted = _list_units(root)
    for name in wanted["image"]:
        tally.add("image", bool(shown & set(name.split())), remark=f"{page}: {name}")
    for text in wanted["code"]:
        tally.add("code", _squash(text) in codes, remark=f"{page}: {text[:100]}")
    for kind, among in (
        ("paragraph", anywhere),
        ("list", anywhere),
        ("quote", runs[BlockKind.QUOTE]),
        ("heading", runs[BlockKind.HEADING]),
        ("table", runs[BlockKind.TABLE]),
    ):
        for text in wanted[kind]:
            if words := split_words(text):
                tally.add(kind, among.cover(words) >= _ENOUGH, remark=f"{page}: {text.strip()[:100]}")
    theirs = Runs([" ".join(cast("Iterator[str]", root.itertext()))], 3)
    for text in (text for block in article.blocks for text in (block.text, block.caption) if text):
        words = split_words(text)
        n_own = round(len(words) * theirs.cover(words))
        tally.add("own", n_own, len(words), remark="" if n_own else f"{page}: {text[:100]}")


def _list_units(root: Element) -> dict[str, list[str]]:
    """What is expected, by kind; a picture as the names of the files that may show it."""
    units: dict[str, list[str]] = defaultdict(list)
    for element in root.iter():
        if not isinstance(element.tag, str) or _is_talk(element):
            continue
        kind, text = _read_unit(element)
        if kind:
            units[kind].append(text)
    return units


def _is_talk(element: Element) -> bool:
    return any(_TALK.search(each.get("id", "")) for each in (element, *element.iterancestors()))


def _read_unit(element: Element) -> tuple[str, str]:
    tag, within = element.tag, {ancestor.tag for ancestor in element.iterancestors()}
    is_leaf = not any(child.tag in _BLOCKS for child in element.iterdescendants() if isinstance(child.tag, str))
    text = element.text_content()
    if tag in _HEADINGS:
        return "heading", text
    if tag in {"td", "th"} and _is_data(element):
        return "table", text
    if tag == "li":
        return "list", (text if element.find(".//ul") is None and element.find(".//ol") is None else element.text or "")
    if tag == "pre":
        return "code", text
    if tag == "img":
        sources = [
            element.get("src", ""),
            *(part.split()[0] for part in element.get("srcset", "").split(",") if part.split()),
        ]
        return "image", " ".join(map(_picture, sources))
    if tag == "blockquote" and element.find(".//p") is None and element.find(".//table") is None:
        return "quote", text
    if is_leaf and tag in {"p", "div"} and not within & {"pre", "table", "li"}:
        return ("quote" if "blockquote" in within else "paragraph"), text
    return "", ""


def _is_data(cell: Element) -> bool:
    table = next(cell.iterancestors("table"), None)
    if table is None or table.find(".//table") is not None:
        return False
    widths = [len(row) for row in table.iter("tr")]
    return len(widths) > 1 and max(widths) > 1


def _picture(url: str | None) -> str:
    return re.sub(r"[?#].*$", "", url or "").rstrip("/").rsplit("/", 1)[-1].lower().replace(" ", "_")


def _squash(text: str) -> str:
    return " ".join(text.split())


def measure_site(folder: Path) -> Tally:
    """The words of every post's content on a blog with one known frame, in order; headings and code apart."""
    tally = Tally()
    for path in sorted(folder.glob("posts/*/index.html")):
        article = extract(Source(f"http://localhost/posts/{path.parent.name}/", path.read_bytes(), HTML, None))
        root: Element = lxml.html.document_fromstring(path.read_text("utf-8"))
        (content,) = root.xpath("//div[@class='content']/div")
        for element in content.xpath(
            "h1|span[@class='posted']|.//div[@class='post-nav']|.//pre|.//div[@class='codehilite']"
            "|.//a[@class='footnote-backref']"
        ):
            if element.getparent() is not None:
                element.drop_tree()
        wanted = split_words(" ".join(content.itertext()))
        found = split_words(
            " ".join(
                f"{block.text} {block.caption or ''}" for block in article.blocks if block.kind is not BlockKind.CODE
            )
        )
        n_found = count_in_order(wanted, found)
        tally.add("words", n_found, len(wanted))
        tally.add("own", n_found, len(found))
        foreign = [word for word in _NAV_WORDS if word in " ".join(found) and word not in " ".join(wanted)]
        tally.add("frame", not foreign, remark=f"{path.parent.name}: {foreign}")
    return tally
