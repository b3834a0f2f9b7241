"""Addresses: which of them are the same post, and which belong to a blog."""

from __future__ import annotations

import ipaddress
import posixpath
import re
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl, quote, unquote, urlencode, urljoin, urlsplit, urlunsplit

_TRACKING = re.compile(
    r"(?:utm|mtm|pk|piwik|matomo|hsa|mc|oly|vero|trk|ga|_hs|__hs|at|wt|sc|ns)_\w+|_(?:ga|gl|hsenc|hsmi|openstat)"
    r"|(?:fb|g|gb|wb|dcl|msc|y|tw|li_fat_|ttc)(?:clid|cl?id|raid)|igshid|mkt_tok|spm|cmpid|ncid"
    r"|ref|ref_src|ref_url|referrer|share|shared|share_id|source|src|via|rss|feature|s_cid|triedredirect|token"
    r"|isfreemail|publication_id|showwelcomeonshare|sk|gi|gift|replytocom|showcomment|nocache|like_comment|r"
    r"|amp|outputtype|print|printable|printfriendly|mobile",
    re.IGNORECASE,
)
"""Names of query parameters that never tell two posts apart."""

_VARIANTS = {
    "output": {"amp", "1", "print"},
    "format": {"amp", "print"},
    "view": {"amp", "print", "classic", "magazine"},
    "page": {"1"},
    "paged": {"1"},
    "m": {"0", "1"},
    "s": {"r", "w", "rss", "20", "09"},
    "from": {"rss", "feed", "twitter", "facebook", "home"},
    "theme": {"light", "dark"},
}
"""Values with which a parameter only asks for another form of the same post."""

_INDEX = re.compile(r"/(?:index|default)\.(?:html?|php|xhtml|aspx?)$", re.IGNORECASE)
_VARIANT_END = re.compile(r"(?:/amp|/print|/\?amp|/page/\d{1,4}|/comment-page-\d{1,4}|/comments)/?$", re.IGNORECASE)
_AMP_FILE = re.compile(r"\.(?:amp|print)(\.html?)$", re.IGNORECASE)
_UNRESERVED = re.compile(r"%(2[DdEe]|3[0-9]|[46][1-9A-Fa-f]|5[0-9AaFf]|7[0-9AaEe])")


def clean_url(url: str, base: str | None = None) -> str | None:
    """The address as it is asked for and shown: absolute, without fragment and tracking parameters.

    None where it is not an http or https address.
    """
    try:
        parts = urlsplit(urljoin(base or "", re.sub(r"[\t\r\n]", "", url).strip()))
        port = parts.port
    except ValueError:
        return None
    host = (parts.hostname or "").rstrip(".").lower()
    if parts.scheme.lower() not in {"http", "https"} or not host:
        return None
    host = f"[{host}]" if ":" in host else host
    if port is not None and port != {"http": 80, "https": 443}[parts.scheme.lower()]:
        host = f"{host}:{port}"
    return urlunsplit((parts.scheme.lower(), host, _clean_path(parts.path), _clean_query(parts.query), ""))


def _clean_path(path: str) -> str:
    ends = path.endswith(("/", "/.", "/.."))
    path = _UNRESERVED.sub(lambda code: unquote(code[0]), path)
    path = re.sub(r"%[0-9a-fA-F]{2}", lambda code: code[0].upper(), quote(path, safe="/%:@!$&'()*+,;=~-._"))
    path = posixpath.normpath(re.sub(r"/{2,}", "/", path or "/"))
    return path if path == "/" or not ends else f"{path}/"


def _clean_query(query: str) -> str:
    kept = [
        (name, value)
        for name, value in parse_qsl(query, keep_blank_values=True)
        if not _TRACKING.fullmatch(name) and value.lower() not in _VARIANTS.get(name.lower(), ())
    ]
    return urlencode(sorted(kept))


def fold_url(url: str) -> str:
    """What all variants of one post's address have in common: a key, not an address that can be asked for.

    Folds scheme, ``www.``, names of this machine, default ports, index files, trailing slashes, order and tracking
    parameters of the query, AMP, print and page-2 variants. Folding a key again changes nothing. The text itself is
    the key where it is no web address.
    """
    cleaned = clean_url(url if re.match(r"[A-Za-z][A-Za-z0-9+.-]*://", url) else f"http://{url}")
    if cleaned is None:
        return url
    parts = urlsplit(cleaned)
    path = parts.path
    while True:
        shorter = _INDEX.sub("/", _VARIANT_END.sub("/", _AMP_FILE.sub(r"\1", path)))
        shorter = re.sub(r"^/amp(?=/.)", "", shorter, flags=re.IGNORECASE).rstrip("/")
        if shorter == path:
            break
        path = shorter
    key = f"{fold_host(parts.netloc)}{path}"
    return f"{key}?{parts.query}" if parts.query else key


def fold_host(netloc: str) -> str:
    """A host, with its port where that is not the usual one, without ``www.``; all names of this machine are one."""
    host, port = netloc.lower(), ""
    if match := re.fullmatch(r"(.*?)(:\d+)", host):
        host, port = match[1], match[2]
    port = "" if port in {":80", ":443"} else port
    if is_loopback(host):
        return f"127.0.0.1{port}"
    while host.startswith("www.") and "." in host[4:]:
        host = host[4:]
    return f"{host}{port}"


def is_loopback(host: str) -> bool:
    """Whether a host, without its port, is this machine by its very name."""
    host = host.strip("[]").lower()
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def host_of(url: str) -> str:
    """The folded host of an address."""
    return fold_host(urlsplit(url).netloc.rpartition("@")[2])


def path_of(url: str) -> str:
    """The path of an address, at least ``/``."""
    return urlsplit(url).path or "/"


@dataclass(frozen=True, slots=True)
class Scope:
    """Which addresses belong to a blog."""

    hosts: tuple[str, ...]
    """Folded; the first is the one that is asked."""

    prefix: str = "/"
    """Paths below it belong to the blog; ends in a slash."""

    mirrors: tuple[str, ...] = ()
    """Hosts that the blog calls itself though it is asked elsewhere, such as a copy on this machine."""

    extra: tuple[str, ...] = ()
    """First folders of paths outside the prefix under which the blog's own feed has its posts."""

    origin: str = ""
    """Scheme and host that are asked."""

    def place(self, url: str, base: str | None = None) -> str | None:
        """The address as it is to be asked, or None where it lies outside."""
        cleaned = clean_url(url, base)
        if cleaned is None:
            return None
        host = host_of(cleaned)
        parts = urlsplit(cleaned)
        if host in self.mirrors or host == self.hosts[0]:
            cleaned = urlunsplit(("", "", parts.path, parts.query, ""))
            cleaned = f"{self.origin}{cleaned}"
        elif host not in self.hosts:
            return None
        below = f"{parts.path.rstrip('/')}/".startswith(self.prefix)
        return cleaned if below or any(parts.path.startswith(folder) for folder in self.extra) else None

    def whole(self) -> Scope:
        """All of the hosts, whatever the folder."""
        return replace(self, prefix="/", extra=())

    def widen(self, *, host: str | None = None, mirror: str | None = None, folder: str | None = None) -> Scope:
        """The scope with one more host, mirror or folder."""
        hosts = self.hosts if host is None or host in self.hosts else (*self.hosts, host)
        mirrors = self.mirrors if mirror is None or mirror in self.mirrors else (*self.mirrors, mirror)
        extra = self.extra if folder is None or folder in self.extra else (*self.extra, folder)
        return replace(self, hosts=hosts, mirrors=mirrors, extra=extra)
