"""What is embedded in a post, in one sentence."""

from __future__ import annotations

from catwalk.reader.article import Block
from catwalk.reader.scripting.markup import split_address

_KINDS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "A video",
        (
            "youtube.com", "youtube-nocookie.com", "youtu.be", "vimeo.com", "dailymotion.com", "twitch.tv", "ted.com",
            "peertube", "loom.com", "wistia", "brightcove", "jwplayer", "streamable.com", "tiktok.com", "bilibili.com",
        ),
    ),
    (
        "A post",
        (
            "twitter.com", "x.com", "mastodon", "bsky.app", "threads.net", "facebook.com", "instagram.com",
            "reddit.com", "tumblr.com", "linkedin.com", "news.ycombinator.com",
        ),
    ),
    (
        "A recording",
        (
            "spotify.com", "soundcloud.com", "bandcamp.com", "anchor.fm", "podcasts.apple.com", "mixcloud.com",
            "libsyn.com", "megaphone.fm", "simplecast.com", "buzzsprout.com", "transistor.fm",
        ),
    ),
    ("A piece of code", ("gist.github.com", "gitlab.com", "pastebin.com", "github.com", "emgithub.com")),
    (
        "An interactive example",
        (
            "codepen.io", "jsfiddle.net", "codesandbox.io", "stackblitz.com", "observablehq.com", "replit.com",
            "glitch.com",
        ),
    ),
    ("A map", ("google.com/maps", "maps.google", "openstreetmap.org", "umap")),
    ("A deck of slides", ("slideshare.net", "speakerdeck.com", "docs.google.com/presentation", "slides.com")),
    ("A form", ("docs.google.com/forms", "typeform.com", "forms.gle")),
    ("A document", ("docs.google.com", "scribd.com", "issuu.com", "documentcloud.org")),
    ("A chart", ("datawrapper", "flourish.studio", "infogram.com", "plot.ly", "tableau")),
)  # fmt: skip
_MEDIA = {
    "A video": (".mp4", ".webm", ".ogv", ".mov", ".m3u8"),
    "A recording": (".mp3", ".m4a", ".ogg", ".oga", ".opus", ".wav", ".flac"),
    "A document": (".pdf",),
}
_MAX_TITLE_CHARS = 120


def describe_embed(block: Block) -> str:
    """One sentence: what sort of thing it is, where it comes from and what it is called."""
    host, path = split_address(block.src or "")
    kind = _kind(host, path)
    name = host.replace("youtube-nocookie.com", "youtube.com").removeprefix("player.").removeprefix("embed.")
    origin = f"{kind} from {name}" if host else kind
    title = " ".join((block.title or block.caption or "").split())
    if title and len(title) <= _MAX_TITLE_CHARS and host.split(".")[0] not in title.lower().split():
        return f"{origin} is embedded here: {title}"
    return f"{origin} is embedded here."


def _kind(host: str, path: str) -> str:
    place = host + path
    for kind, sites in _KINDS:
        if any(_stands_for(site, host, place) for site in sites):
            return kind
    for kind, endings in _MEDIA.items():
        if path.lower().endswith(endings):
            return kind
    return "Content" if host else "Something"


def _stands_for(site: str, host: str, place: str) -> bool:
    if "/" in site:
        return place.startswith(site) or f".{site}" in place
    if "." in site:
        return host == site or host.endswith(f".{site}")
    return site in host
