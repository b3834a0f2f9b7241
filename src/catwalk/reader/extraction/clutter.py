"""What on a page is not the post: by element, role, class name, and whether it is shown at all."""

from __future__ import annotations

import re
from functools import lru_cache

from lxml.etree import _Element as Element

from catwalk.reader.extraction.parsing import remove

NEVER_READ = {
    *("script", "style", "link", "meta", "head", "title", "template", "noscript", "button", "select", "input"),
    *("option", "nav", "menu", "dialog", "datalist", "progress", "meter", "param", "source", "track", "area"),
    *("map", "canvas", "basefont", "frame", "frameset", "noframes", "applet", "textarea", "rp", "rt"),
}
_ROLES = {
    *("navigation", "complementary", "banner", "contentinfo", "search", "menu", "menubar", "toolbar", "tablist"),
    *("dialog", "alertdialog", "alert", "progressbar", "tooltip"),
}
# A word begins at a boundary and may go on ("comment", "comments", "commentlist"), save where it would be another word.
_CLUTTER = re.compile(
    r"""(?<![a-z])(?:
      ad(?:s|slot|box|unit|vert[a-z]*|sense|block|wrapper|container|banner|break)?(?![a-z])
      | agegate | addtoany | ai2html | author-?(?:about|bio|box|card|info|profile) | about-(?:the-)?author | banner
      | bio(?![a-z]) | bread-?crumbs? | byline-?(?:share|social) | carousel-(?:nav|control) | combx | comment(?!ary)
      | community | consent | cookie | cover-wrap | disqus | donat | dropdown | entry-?(?:utility|meta) | extra(?![a-z])
      | footer | foot(?![a-z]) | gdpr | global-?nav | hidden-(?:print|xs) | header | jp-relatedposts | legends
      | licen[sc]e(?![a-z]) | login | masthead | menu | mod-?(?:social|related) | more-?(?:from|stories|posts|articles)
      | nav(?![ae-z]) | navbar | navbox | navigation | newsletter | nocontent | noprint | outbrain | page-?nav | pager
      | pagination | (?:post|user|author)-?profile | paywall | popular | popup
      | post-?(?:nav|meta|tags|footer|share|author) | prev-?next | print-?only
      | promo | read-?more | read-?next | recirc | recommend | register | related | remark | replies | reply | respond
      | rss | share | sharing | sharedaddy | shoutbox | sidebar | side-?bar | sign-?up | site-?(?:header|footer|nav)
      | skip-?(?:link|to|nav) | skyscraper | social | sponsor | subscri | supplemental | syndicat | taboola
      | tag-?(?:list|cloud|links) | tags(?![a-z]) | teaser(?![a-z]) | toolbar | trackback | trending | webmention
      | widget | yom-remote
    )""",
    re.VERBOSE,
)
_SPARED = re.compile(
    r"(?<![a-z])(?:and(?![a-z])|article|body|column|content(?!info)|main|page(?![a-z]*(?:r|tion|nav))|post|shadow"
    r"|story|entry|text|prose|footnotes?|highlight|code|source)"
)
# Where words of both kinds meet, the last one says what the element is, or the first where it qualifies the rest:
# "post-nav" and "related-posts" are clutter, "nav-post" may be a post.
_CLUTTER_AT_EDGE = re.compile(
    r"^(?:also|comments?|latest|popular|recommend(?:ed|ations?)|related|trending)-|^(?:post|user|author)-?profile$"
    r"|-(?:ads?|breadcrumbs?|comments?|footer|meta|nav|navigation|newsletter|pagination|pager|promo|recirc|related|respond"
    r"|share|sharing|sidebar|social|sponsors?|subscribe|tag-?list|tags|widgets?)$"
)
_QUALIFIED = re.compile(
    r"(?:tag|category|has|no|with|without|is|hide|single|type|format|theme)-|.*-(?:with|has|no|without|and)-"
)
_TALK = re.compile(r"(?<![a-z])(?:comment(?!ary)|respond|disqus|repl(?:y|ies)|webmention|trackback|discussion)")
_NEGATIVE = re.compile(
    r"""(?<![a-z])(?:
      banner | com(?![a-z]) | combx | comment(?!ary) | contact | copyright | footer | gdpr | licen[sc]e(?![a-z])
      | masthead | media(?![a-z]) | meta(?![a-z]) | nav(?![ae-z]) | newsletter | outbrain | promo | related | scroll
      | share | shopping | shoutbox | sidebar | skyscraper | sponsor | subscri | tags(?![a-z]) | tool(?![a-z]) | widget
    )""",
    re.VERBOSE,
)
_POSITIVE = re.compile(
    r"(?<![a-z])(?:article|blog|body|content|entry|h-?entry|main|page(?![a-z])|pagination|post(?![a-z])"
    r"|posts?-?(?:body|content|text)|prose|story|text|markdown)"
)
_SCREEN_READER = re.compile(
    r"(?<![a-z])(?:sr-only|screen-reader-text|screen-reader-only|screenreader|visually-?hidden|visuallyhidden|assistive-text"
    r"|a11y-hidden|u-hidden|is-hidden|offscreen|element-invisible|hide-text|mw-editsection|js-only)(?![a-z])"
)
_UNSHOWN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")


def name_of(element: Element) -> str:
    """Class and id of an element, in lower case, camel case parted by hyphens and underscores read as hyphens."""
    names = f"{element.get('class', '')} {element.get('id', '')}"
    return _normalise_name(names) if len(names) > 1 else ""


@lru_cache(maxsize=8192)
def _normalise_name(names: str) -> str:
    return _CAMEL.sub("-", names[:400]).lower().replace("_", "-")


@lru_cache(maxsize=8192)
def _is_clutter_name(name: str) -> bool:
    if not _CLUTTER.search(name):
        return False
    if not _SPARED.search(name):
        return True
    return any(_CLUTTER_AT_EDGE.search(token) and not _QUALIFIED.match(token) for token in name.split())


@lru_cache(maxsize=8192)
def _weigh_name(name: str) -> int:
    return 25 * bool(_POSITIVE.search(name)) - 25 * bool(_NEGATIVE.search(name))


def is_clutter(element: Element) -> bool:
    """Whether an element's role or name says that it surrounds the post rather than being part of it."""
    if element.get("role", "").lower() in _ROLES:
        return True
    name = name_of(element)
    return bool(name) and _is_clutter_name(name)


def is_talk(element: Element) -> bool:
    """Whether an element holds what readers said to the post."""
    return any(_TALK.search(token) and not _QUALIFIED.match(token) for token in name_of(element).split())


def weigh(element: Element) -> int:
    """How much an element's class and id speak for it (positive) or against it: −50 to 50."""
    return sum(_weigh_name(_normalise_name(element.get(key, ""))) for key in ("class", "id") if element.get(key))


def is_telling_script(element: Element) -> bool:
    """Whether a script stands for something to be read: a formula, or code kept elsewhere."""
    if element.tag != "script":
        return False
    return element.get("type", "").strip().startswith("math/") or "//gist.github.com/" in element.get("src", "")


def is_hidden(element: Element) -> bool:
    """Whether a reader with a screen does not see an element."""
    if element.get("hidden") is not None and element.get("hidden") != "until-found":
        return True
    if element.get("aria-hidden", "").lower() == "true" and "fallback-image" not in element.get("class", ""):
        return True
    style = element.get("style")
    if style and _UNSHOWN.search(style):
        return True
    if element.tag == "dialog" and element.get("open") is None:
        return True
    name = element.get("class")
    return bool(name) and bool(_SCREEN_READER.search(_normalise_name(name)))


def remove_hidden(body: Element) -> None:
    """Take what is not shown out of a page."""
    doomed = [element for element in body.iterdescendants() if is_hidden(element)]
    for element in doomed:
        remove(element)
