"""Images: where the real picture is, what its author says of it, and which ones are not part of the text."""

from __future__ import annotations

import re

from lxml.etree import _Element as Element

from catwalk.reader.article import Block, BlockKind
from catwalk.reader.extraction.clutter import name_of
from catwalk.reader.extraction.inline import fold, resolve_url, shown_text
from catwalk.reader.extraction.parsing import remove

_LAZY_SOURCES = (
    *(
        "data-src",
        "data-original",
        "data-lazy-src",
        "data-lazy",
        "data-orig-file",
        "data-actualsrc",
        "data-hi-res-src",
        "data-url",
    ),
    *(
        "data-original-src",
        "data-img-src",
        "data-image",
        "data-full-src",
        "data-src-medium",
        "data-echo",
        "data-pin-media",
        "file",
    ),
)
_SOURCE_SETS = ("srcset", "data-srcset", "data-lazy-srcset", "data-src-srcset")
_PLACEHOLDER = re.compile(
    r"^(?:data:|about:|javascript:|#|$)|(?:^|[/_-])(?:blank|spacer|placeholder|transparent|pixel|1x1|grey|gray|loading|lazy|lazyload|trans)"
    r"[^/]*\.(?:gif|png|svg|jpe?g|webp)(?:$|\?)",
    re.IGNORECASE,
)
_PICTURE_FILE = re.compile(r"\.(?:jpe?g|png|gif|webp|avif|svg|bmp|tiff?)(?:$|[?#&])", re.IGNORECASE)
_SPEAKING = {
    "alt",
    "title",
    "class",
    "id",
    "src",
    "href",
    "data-link-name",
}  # attributes whose address is not a stand-in
_SMALL = re.compile(
    r"(?<![a-z])(?:avatar|gravatar|icon|icons|logo|emoji|smiley|badge|author-(?:image|photo|pic)|profile-(?:image|pic|photo)|spacer|tracking"
    r"|pixel|share|social|rating|sprite)(?![a-z])"
)
_EMOJI = re.compile(
    "^(?:[\u2190-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001faff\ufe0f\u200d\u20e3]+|:[a-z0-9_+-]+:|[:;=8][-o^']?[()DPp|/\\\\*O]+)$"
)


def find_source(image: Element) -> str | None:
    """Address of the picture itself, not of what stands in for it until a script has run; as written in the page."""
    plain = (image.get("src") or "").strip()
    lazy = next(
        (value for key in _LAZY_SOURCES if (value := (image.get(key) or "").strip()) and not _is_placeholder(value)),
        None,
    )
    if plain and not _is_placeholder(plain):
        return lazy if lazy and "lazy" in name_of(image) and _PICTURE_FILE.search(lazy) else plain
    sets = [image.get(key) for key in _SOURCE_SETS]
    picture = image.getparent()
    if picture is not None and picture.tag == "picture":
        sets += [source.get(key) for source in picture.iter("source") for key in _SOURCE_SETS]
    return (
        lazy
        or next((found for value in sets if value and (found := pick_from_set(value))), None)
        or _find_hidden(image)
    )


def _is_placeholder(url: str) -> bool:
    return bool(_PLACEHOLDER.search(url))


def _find_hidden(image: Element) -> str | None:
    for key in image.keys():  # noqa: SIM118  # an element's own iteration gives its children
        value = image.get(str(key), "")
        if key not in _SPEAKING and _PICTURE_FILE.search(value) and not re.search(r"[\s{\"]", value):
            return value
    return None


def pick_from_set(srcset: str) -> str | None:
    """The largest picture of a ``srcset`` that is at most 1600 pixels wide or twice the size, else its smallest."""
    candidates: list[tuple[float, str]] = []
    for match in re.finditer(r"(\S*[^,\s])(?:\s+([\d.]+)([wxh]))?\s*(?:,|$)", srcset):
        if not _is_placeholder(match[1]):
            size = float(match[2]) if match[2] and match[2].count(".") <= 1 and match[2] != "." else 1.0
            candidates.append((size * (800 if match[3] == "x" else 1), match[1]))
    fitting = [candidate for candidate in candidates if candidate[0] <= 1600]
    if fitting:
        return max(fitting, key=lambda candidate: candidate[0])[1]
    return min(candidates)[1] if candidates else None


def read_image(image: Element, base: str | None) -> Block | None:
    """An image as a block; None for one that is only there for looks, for counting visits or beside a name."""
    source = find_source(image)
    if source is None or _is_trifle(image, source):
        return None
    alt = image.get("alt")
    if alt is None and _is_icon(image):
        alt = ""
    return Block(
        id="",
        kind=BlockKind.IMAGE,
        text="",
        src=resolve_url(base, source),
        alt=None if alt is None else fold(alt),
        title=fold(image.get("title", "")) or None,
    )


def read_drawing(drawing: Element) -> Block | None:
    """An inline SVG that its author described."""
    label = drawing.get("aria-label") or drawing.findtext("title") or drawing.findtext("desc") or ""
    width = _read_size(drawing, "width")
    if not fold(label) or (width is not None and width < 100) or _SMALL.search(name_of(drawing)):
        return None
    in_figure = next(drawing.iterancestors("figure"), None) is not None
    if drawing.get("role") != "img" and not in_figure:
        return None
    return Block(id="", kind=BlockKind.IMAGE, text="", alt=fold(label))


def read_stand_in(element: Element, base: str | None) -> Block | None:
    """The image that a script would put in an element's place, from the address that it keeps in an attribute."""
    source = next(
        (value for key in _LAZY_SOURCES[:-1] if (value := element.get(key)) and _PICTURE_FILE.search(value)), None
    )
    if source is None or shown_text(element):
        return None
    alt = element.get("data-alt") or element.get("aria-label")
    return Block(
        id="", kind=BlockKind.IMAGE, text="", src=resolve_url(base, source), alt=None if alt is None else fold(alt)
    )


def find_stand_in(figure: Element, base: str | None) -> Block | None:
    """The picture of a figure that has none yet, from whatever attribute in it holds a picture's address."""
    for element in figure.iter():
        source = _find_hidden(element)
        if source is not None:
            return Block(id="", kind=BlockKind.IMAGE, text="", src=resolve_url(base, source))
    return None


def emoji_text(image: Element) -> str | None:
    """The character that a small picture in running text stands for; None for any other picture."""
    alt = (image.get("alt") or "").strip()
    if alt and (_EMOJI.match(alt) or re.search(r"(?<![a-z])(?:emoji|smiley)(?![a-z])", name_of(image))):
        return alt
    return None


def _read_size(image: Element, key: str) -> float | None:
    match = re.match(r"\s*(\d+(?:\.\d+)?)(?:px)?\s*$", image.get(key) or "")
    if match is None:
        match = re.search(rf"(?<![\w-]){key}\s*:\s*(\d+(?:\.\d+)?)px", image.get("style") or "")
    return float(match[1]) if match else None


def _is_icon(image: Element) -> bool:
    width, height = _read_size(image, "width"), _read_size(image, "height")
    return (width or height or 1000.0) <= 48 and (height or 0.0) <= 48


def _is_trifle(image: Element, source: str) -> bool:
    width, height = _read_size(image, "width"), _read_size(image, "height")
    if (width is not None and width <= 2) or (height is not None and height <= 2):
        return True
    return bool(_SMALL.search(name_of(image))) and next(image.iterancestors("figure"), None) is None


def settle_noscript(body: Element) -> None:
    """Put the picture that a ``noscript`` holds in the place of its stand-in, and take every ``noscript`` out."""
    for noscript in list(body.iter("noscript")):
        inner = list(noscript.iter("img"))
        if len(inner) == 1:
            _place(inner[0], noscript)
        remove(noscript)


def _place(image: Element, noscript: Element) -> None:
    source = find_source(image)
    if source is None:
        return
    before = noscript.getprevious()
    nearby = [before] if before is not None else []
    parent = noscript.getparent()
    if parent is not None and len(parent) <= 4:
        nearby.append(parent)
    for place in nearby:
        for stand_in in place.iter("img"):
            if next(stand_in.iterancestors("noscript"), None) is not None:
                continue
            if find_source(stand_in) is None or _is_placeholder(stand_in.get("src") or ""):
                stand_in.set("src", source)
                for key in ("alt", "title"):
                    if image.get(key) and not stand_in.get(key):
                        stand_in.set(key, image.get(key, ""))
            return
    image.tail = None
    noscript.addprevious(image)
