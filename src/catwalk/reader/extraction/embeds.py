"""What a page brings in from elsewhere: videos, recordings, posts of social networks, gists, frames."""

from __future__ import annotations

import re

from lxml.etree import _Element as Element

from catwalk.reader.article import Block, BlockKind
from catwalk.reader.extraction.clutter import name_of
from catwalk.reader.extraction.inline import fold, resolve_url, spaced_text

_POST = re.compile(
    r"(?<![a-z])(?:twitter-tweet|twitter-video|instagram-media|tiktok-embed|reddit-(?:card|embed)[a-z-]*|fb-post|bluesky-embed|mastodon-embed"
    r"|imgur-embed-pub|threads-post|text-post-media|flourish-embed|strava-embed-placeholder)(?![a-z])"
)
_JUNK_FRAME = re.compile(
    r"doubleclick|googlesyndication|googletagmanager|/ads?[/.?]|adservice|facebook\.com/plugins/(?:like|share|follow|page)|platform\.twitter\.com/widgets"
    r"|disqus|recaptcha|accounts\.google|outbrain|taboola|amazon-adsystem|/subscribe|newsletter|mailchimp|substack\.com/embed|convertkit|about:blank"
    r"|apis\.google\.com|comments?[/.]|cookie|consent|paypal|stripe|ghbtns|buttons\.github",
    re.IGNORECASE,
)
_FRAME_SOURCES = ("src", "data-src", "data-lazy-src", "data-embed-src", "data-litespeed-src", "data-cookieblock-src")
_HOSTED = {
    "youtube": "https://www.youtube.com/watch?v={}",
    "vimeo": "https://vimeo.com/{}",
    "dailymotion": "https://www.dailymotion.com/video/{}",
}


def read_embed(element: Element, base: str | None) -> Block | None:
    """What an element brings in from elsewhere; None where it brings in nothing that a reader would miss."""
    tag = element.tag
    if tag in {"iframe", "amp-iframe"}:
        return _read_frame(element, base)
    if tag in {"video", "audio", "amp-video", "amp-audio"}:
        inner = element.find(".//source")
        source = element.get("src") or element.get("data-src") or (inner.get("src") if inner is not None else None)
        return _embed(source, base, element) if source else None
    if tag in {"object", "embed"}:
        source = element.get("data") or element.get("src")
        moving = source and (
            re.search(r"youtu|vimeo|video|player|\.(?:mp4|webm|mp3|ogg|pdf)(?:$|\?)", source)
            or "video" in element.get("type", "")
        )
        return _embed(source, base, element) if source and moving else None
    if tag == "script":
        source = element.get("src", "")
        return (
            _embed(source.removesuffix(".js"), base, element)
            if re.search(r"//gist\.github\.com/.+\.js", source)
            else None
        )
    return _read_placeholder(element, base)


def _embed(source: str, base: str | None, element: Element, text: str = "") -> Block:
    title = fold(element.get("title") or element.get("aria-label") or element.get("data-title") or "")
    return Block(id="", kind=BlockKind.EMBED, text=text, src=resolve_url(base, source), title=title or None)


def _read_frame(frame: Element, base: str | None) -> Block | None:
    source = next(
        (
            value
            for key in _FRAME_SOURCES
            if (value := (frame.get(key) or "").strip()) and not value.startswith(("about:", "data:", "javascript:"))
        ),
        "",
    )
    sizes = [frame.get(key, "") for key in ("width", "height")]
    if not source or _JUNK_FRAME.search(source) or any(size in {"0", "1", "0px", "1px"} for size in sizes):
        return None
    return _embed(source, base, frame)


def _read_placeholder(element: Element, base: str | None) -> Block | None:
    """A video that a script would put into the page."""
    name = f"{element.tag} {name_of(element)}"
    identity = (
        element.get("videoid")
        or element.get("data-videoid")
        or element.get("data-youtube-id")
        or element.get("data-video-id")
        or element.get("data-vimeo-id")
    )
    if not identity or not re.fullmatch(r"[\w-]{5,20}", identity):
        return None
    for host, pattern in _HOSTED.items():
        if host in name or element.get(f"data-{host}-id"):
            return _embed(pattern.format(identity), base, element)
    return None


def read_post(quote: Element, base: str | None) -> Block | None:
    """A post of a social network that stands in the page as a quote, with its text; None for any other quote."""
    if not _POST.search(name_of(quote)):
        return None
    links = [link.get("href", "") for link in quote.iter("a")]
    source = quote.get("cite") or quote.get("data-instgrm-permalink") or (links[-1] if links else None)
    text = spaced_text(quote)
    caption = None
    signed = re.search(r"\s[—–]\s+([^—–]+\(@\w+\)[^—–]*)$", text)
    if signed:
        text, caption = text[: signed.start()], signed[1].strip()
    return Block(
        id="", kind=BlockKind.EMBED, text=text, src=resolve_url(base, source) if source else None, caption=caption
    )
