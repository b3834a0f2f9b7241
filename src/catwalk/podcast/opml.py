"""Lists of subscriptions (OPML 2.0), as podcast apps import and export them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from lxml import etree

from catwalk.errors import InvalidRequest
from catwalk.podcast.feed import drop_forbidden

MAX_BYTES = 10 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Subscription:
    """A feed in a list."""

    url: str
    title: str = ""
    site: str | None = None
    """Page of the show."""


def write_opml(subscriptions: Iterable[Subscription], title: str = "catwalk") -> bytes:
    """The list as a file; the same input gives the same bytes."""
    opml = etree.Element("opml", {"version": "2.0"})
    etree.SubElement(etree.SubElement(opml, "head"), "title").text = drop_forbidden(title)
    body = etree.SubElement(opml, "body")
    for each in subscriptions:
        facts = {"type": "rss", "text": each.title or each.url, "title": each.title, "xmlUrl": each.url}
        facts.update({"htmlUrl": each.site} if each.site else {})
        etree.SubElement(body, "outline", {name: drop_forbidden(value) for name, value in facts.items()})
    etree.indent(opml, "  ")
    return etree.tostring(opml, xml_declaration=True, encoding="UTF-8") + b"\n"


def read_opml(content: bytes) -> list[Subscription]:
    """The feeds in a list, folders and all, each once, in order.

    Raises:
        InvalidRequest: it is no OPML, or has more than 10 MiB.
    """
    if len(content) > MAX_BYTES:
        raise InvalidRequest(f"the list has {len(content):,} bytes; at most {MAX_BYTES:,} are taken", param="file")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True)
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise InvalidRequest(f"the list is no OPML: {error.msg}", param="file") from error
    if etree.QName(root).localname != "opml":
        raise InvalidRequest(f"the list is no OPML: it begins with <{etree.QName(root).localname}>", param="file")
    found: dict[str, Subscription] = {}
    for outline in root.iter("outline"):
        # Attributes are written in every case that their authors liked.
        facts = {str(name).lower(): str(value).strip() for name, value in outline.attrib.items()}
        url = facts.get("xmlurl", "")
        if url.startswith(("http://", "https://")):
            title = facts.get("title") or facts.get("text") or ""
            found.setdefault(url, Subscription(url, title, facts.get("htmlurl") or None))
    return list(found.values())
