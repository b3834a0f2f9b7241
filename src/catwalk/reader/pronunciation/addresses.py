"""Addresses of the net and of files: URLs, e-mail, hosts and ports, paths and file names."""

from __future__ import annotations

import re
from functools import cache

from catwalk.reader.pronunciation.numbers import cardinal, digits, pairs
from catwalk.reader.pronunciation.passage import DIGITS, INNER_DOT, Rule
from catwalk.reader.pronunciation.tables import read_rows, read_words
from catwalk.reader.pronunciation.words import find_term, say_name, say_word, sounds_like_word, spell

LONGEST_URL_CHARS = 60
"""A longer address is cut to its host: nobody writes it down by ear."""

_SPOKEN_DOMAINS = frozenset(["com", "org", "net", "gov", "mil", "biz"])
_SIGNS = {
    ".": "dot", "/": "slash", "-": "dash", "_": "underscore", ":": "colon", "@": "at", "?": "question mark",
    "=": "equals", "&": "and", "#": "hash", "~": "tilde", "%": "percent", "+": "plus", "\\": "backslash", "*": "star",
    ",": "comma", ";": "semicolon", "!": "exclamation mark", "$": "dollar", "(": "", ")": "", "[": "", "]": "",
}  # fmt: skip

_PARTERS = {".": "dot", ":": "colon"}
_PIECE = re.compile(r"[A-Za-z]+|\d+|[^\W\d_]+|.", re.DOTALL)
_ROUND = re.compile(r"[1-9]0{2,3}")
_HOST = r"(?:[A-Za-z0-9](?:[\w-]*[A-Za-z0-9])?\.)+[A-Za-z]{2,}"
_TAIL = r"(?:[/?#](?:[^\s<>\"'`]*[^\s<>\"'`.,;:!?)\]}])?)?"
_TRAILING = ".,;:!?"


def say_address(text: str) -> str:
    """Every piece of an address: letters as words, digits one by one, signs by name."""
    said: list[str] = []
    for piece in _PIECE.findall(text):
        if piece.isascii() and piece.isdecimal():
            said.append(cardinal(int(piece)) if _ROUND.fullmatch(piece) else digits(piece))
        elif piece.isalpha():
            said.append(say_word(piece) or piece)
        else:
            said.append(_SIGNS.get(piece, ""))
    return " ".join(filter(None, said))


def _say_host(text: str) -> str:
    host, _, port = text.partition(":")
    name, dot, top = host.rpartition(".")
    spoken = f"{say_address(name)} dot {_say_domain(top)}" if dot else say_address(host)
    return f"{spoken} {_say_port(port)}" if port else spoken


def _say_domain(top: str) -> str:
    if not top.isalnum():
        return say_address(top)
    lower = top.lower()
    if lower in _SPOKEN_DOMAINS or (len(lower) > 2 and lower not in {"xyz", "edu"} and lower.isalpha()):
        return lower
    return spell(top) if lower != "edu" else "edu"


def _say_port(port: str) -> str:
    return f"port {say_port_number(port)}"


def say_port_number(port: str) -> str:
    """A port as people say it: "eighty eighty", "three thousand", "four forty-three"."""
    if not port.isdecimal():
        return say_address(port)
    if len(port) == 5 and not port.endswith("000"):
        return digits(port)
    return pairs(port) if len(port) in {3, 4} else cardinal(int(port)) if len(port) < 6 else digits(port)


def _say_url(m: re.Match[str]) -> str | None:
    """In full where the address is all there is; inside a sentence host and a short path."""
    scheme, host, tail = m["scheme"] or "", m["host"], m["tail"] or ""
    top = host.partition(":")[0].rpartition(".")[2].lower()
    if not scheme and not host.lower().startswith("www.") and top not in read_words("domains.txt"):
        return None
    if not scheme and not tail and _is_file_name(host, top):
        return None
    alone = m.string.strip() == m.group()
    if alone and len(m.group()) <= LONGEST_URL_CHARS:
        spoken_scheme = f"{scheme.partition(':')[0].upper()} colon slash slash " if scheme else ""
        www = "WWW dot " if host.lower().startswith("www.") else ""
        return spoken_scheme + www + _say_host(host[4:] if www else host) + _say_tail(tail)
    host = re.sub(r"^www\.", "", host, flags=re.IGNORECASE)
    return _say_host(host) + (_say_tail(tail.rstrip("/")) if _is_short(tail) else "")


def _is_file_name(host: str, top: str) -> bool:
    """Whether ``install.sh`` or ``notes.md`` is rather a file than a host."""
    return top in {"sh", "md", "rs", "so", "pl", "py", "cc", "ps", "pub", "local", "example"} and host.count(".") == 1


def _is_short(tail: str) -> bool:
    """Whether a path can be followed by ear: three words at most, no query, no numbers."""
    return len(tail) <= 40 and not re.search(r"[?#&=%]|\d{3}", tail) and tail.count("/") <= 3 and tail.count("-") <= 3


def say_link(text: str) -> str:
    """A URL without its scheme, host and path."""
    host, slash, path = re.sub(r"^\w+://(?:www\.)?", "", text).partition("/")
    return (
        _say_host(host) + (f" slash {_say_path(path)}" if path else "") if slash or "." in host else say_address(host)
    )


def _say_tail(tail: str) -> str:
    return " " + " ".join(_say_link_part(part) for part in re.split(r"(/)", tail) if part) if tail else ""


def _say_link_part(part: str) -> str:
    """One part of a path in a URL: its extension as one, its signs by name, since it may be written down."""
    stem, dot, extension = part.rpartition(".")
    if dot and is_extension(extension):
        return f"{say_address(stem)} dot {_say_extension(extension.lower())}"
    return say_address(part)


def _say_resource(m: re.Match[str]) -> str:
    """``s3://bucket/key``, ``postgres://user:password@host/name``: any other scheme."""
    head, _, tail = m["rest"].partition("/")
    return f"{say_name(m['scheme'])} colon slash slash {_say_authority(head)}{_say_tail('/' + tail) if tail else ''}"


def _say_authority(text: str) -> str:
    host, _, port = text.rpartition(":")
    return f"{say_address(host)} {_say_port(port)}" if host and port.isdecimal() else say_address(text)


def _say_local(m: re.Match[str]) -> str:
    """A URL of a file on the same machine."""
    return f"file colon slash slash{_say_tail(m['tail'])}"


def _say_email(m: re.Match[str]) -> str:
    user = say_address(m["user"]).replace(" and ", " ampersand ")
    return f"{user} at {_say_host(m['host'])}{_say_tail(m['tail'] or '')}"


def _say_ip(m: re.Match[str]) -> str | None:
    parts = m["ip"].split(".")
    if max(map(int, parts)) > 255 and min(map(len, parts[:2])) < 3:
        return None
    spoken = " dot ".join(say_octet(part) for part in parts)
    if m["bits"]:
        spoken += f" slash {cardinal(int(m['bits']))}"
    return spoken + (f" {_say_port(m['port'])}" if m["port"] else "")


def say_octet(text: str) -> str:
    """One number of an address: digit by digit from twenty on."""
    return cardinal(int(text)) if int(text) < 20 and len(text) < 3 else digits(text)


def _say_ip6(m: re.Match[str]) -> str | None:
    text = m.group()
    if text.count(":") < 3 and "::" not in text:
        return None
    said = [" ".join(digits(c) if c.isdecimal() else c.upper() for c in part) if part != ":" else "colon"
            for part in re.findall(r"[0-9a-fA-F]+|:", text.partition("/")[0])]  # fmt: skip
    bits = text.partition("/")[2]
    return " ".join(said) + (f" slash {cardinal(int(bits))}" if bits else "")


def _say_host_port(m: re.Match[str]) -> str:
    scheme = m["scheme"] or ""
    return f"{say_address(m['host'])} {_say_port(m['port'])}" + (
        _say_tail(m["tail"].rstrip("/")) if scheme or m["tail"] else ""
    )


def _say_path(text: str) -> str:
    """A path with its strokes; the last part may carry an extension."""
    head, slash, name = text.rpartition("/")
    spoken_head = f"{_say_folders(head)} slash" if slash else ""
    return f"{spoken_head} {say_file(name)}".strip()


def _say_folders(text: str) -> str:
    return " slash ".join(say_file(part) for part in text.split("/")).strip()


def say_file(name: str) -> str:
    """A file name: "read me dot M D", "main dot P Y", "dot bash R C"."""
    if not name:
        return ""
    term = find_term(name)
    if term is not None:
        return term
    if name == "~":
        return "tilde"
    if name in {".", ".."}:
        return " ".join(["dot"] * len(name))
    stem, dot, extension = name.rpartition(".")
    if dot and extension.lower() in _extensions():
        return f"{say_file(stem)} dot {_say_extension(extension.lower())}".strip()
    return " ".join(filter(None, (_PARTERS.get(part) or say_name(part) for part in re.split(r"([.:])", name))))


@cache
def _extensions() -> dict[str, str]:
    """Known file extensions with their words; empty where the extension is said by rule."""
    return {row[0]: row[1] if len(row) > 1 else "" for row in read_rows("extensions.tsv")}


def is_extension(text: str) -> bool:
    """Whether ``text`` is a file extension that the table knows."""
    return text.lower() in _extensions()


def _say_extension(extension: str) -> str:
    if spoken := _extensions().get(extension, ""):
        return spoken
    if len(extension) > 3 and sounds_like_word(extension):
        return extension
    return extension if len(extension) > 4 else spell(extension) if extension.isalpha() else say_address(extension)


def _say_file_match(m: re.Match[str]) -> str | None:
    name = m.group()
    stem, _, extension = name.rpartition(".")
    if extension.lower() not in _extensions():
        return None
    if len(extension) == 1 and (len(stem) < 2 or not extension.islower() or stem.isdecimal()):
        return None
    return _say_path(name)


def _say_library(m: re.Match[str]) -> str:
    """``libc.so.6``: "lib C dot S O dot six"."""
    stem, _, version = m.group().partition(".so.")
    return f"{say_name(stem)} dot S O dot {' dot '.join(map(digits, version.split('.')))}"


def _say_dotfile(m: re.Match[str]) -> str:
    return say_file(m.group())


def _say_extension_alone(m: re.Match[str]) -> str | None:
    extension = m["ext"].lower()
    star = "star " if m.group()[0] == "*" else ""
    return f"{star}dot {_say_extension(extension)}" if extension in _extensions() else None


def _say_path_match(m: re.Match[str]) -> str | None:
    text, mark, query = m.group().partition("?")
    term = find_term(text)
    spoken = term if term is not None else _say_path(text.rstrip("/") or text)
    return f"{spoken} question mark {say_address(query)}" if mark else spoken


def _say_windows_path(m: re.Match[str]) -> str:
    parts = [part for part in m.group().split("\\")[1:] if part]
    return f"{m['drive'].upper()} colon backslash " + " backslash ".join(say_file(part) for part in parts)


ADDRESS_RULES = (
    Rule(
        "url",
        rf"(?<![\w@])(?P<scheme>(?:https?|ftp|ssh|git|wss?|file|s3|gs)://)(?P<host>{_HOST}(?::\d+)?)(?P<tail>{_TAIL})",
        _say_url,
        ":",
        "/",
    ),
    Rule("url", r"(?<!\w)file://(?P<tail>/[^\s<>\"'`]*[^\s<>\"'`.,;:!?)\]}])", _say_local, ":", "/"),
    Rule(
        "url",
        r"(?<!\w)(?P<scheme>(?!https?:)[a-z][a-z0-9+-]{1,14})://(?P<rest>[\w.@:+-]+(?:[/?#][^\s<>\"'`]*)?)(?<![.,;:!?)\]}])",
        _say_resource,
        ":",
        "/",
    ),
    Rule(
        "url",
        r"(?<!\S)(?P<scheme>[a-z][a-z0-9]{1,7})://(?!\S)",
        lambda m: f"{say_name(m['scheme'])} colon slash slash",
        ":",
        "/",
    ),
    Rule("port", r"(?<!\S):(?P<port>\d{2,5})(?!\w)", lambda m: _say_port(m["port"]), ":", DIGITS),
    Rule(
        "e-mail",
        r"(?<![\w.+&-])(?:mailto:)?(?P<user>[\w.+-][\w.+&-]*+(?<=\w)|\w)@(?P<host>(?:[A-Za-z0-9][\w-]*\.)+[A-Za-z]+)"
        r"(?P<tail>/[\w/-]*\w)?",
        _say_email,
        "@",
    ),
    Rule(
        "ip",
        r"(?<![\w.])(?:https?://)?(?P<ip>\d{1,3}(?:\.\d{1,3}){3})(?:/(?P<bits>\d\d?)\b)?(?::(?P<port>\d{2,5}))?(?![\w]|\.\d)",
        _say_ip,
        INNER_DOT,
        DIGITS,
    ),
    Rule(
        "ip",
        r"(?<![\w:.])(?:(?=[0-9a-fA-F:]*\d)(?:[0-9a-fA-F]{1,4}:)+:(?=/\d|\s|$)|(?:[0-9a-fA-F]{1,4}:){2,7}(?::?[0-9a-fA-F]{1,4}|:)|::[0-9a-fA-F]{1,4}(?![\w:])|(?:[0-9a-fA-F]{1,4}:)*:(?:[0-9a-fA-F]{1,4}(?::[0-9a-fA-F]{1,4})*))(?:/\d+)?(?![\w:])",
        _say_ip6,
        ":",
        DIGITS,
    ),
    Rule(
        "host",
        rf"(?<![\w./@-])(?P<scheme>\w+://)?(?P<host>localhost|[a-z][\w-]{{2,}}):(?P<port>\d{{2,5}})(?!-)(?P<tail>{_TAIL})(?![\w:])",
        _say_host_port,
        ":",
        DIGITS,
    ),
    Rule(
        "url", rf"(?<![\w@./~-])(?P<scheme>)(?P<host>{_HOST}(?::\d+)?)(?P<tail>{_TAIL})(?![\w@])", _say_url, INNER_DOT
    ),
    Rule(
        "path",
        r"(?<![\w$])\$\{?(?P<name>[A-Za-z_]\w*)\}?(?P<tail>(?:/[\w.@+-]+)+)(?<!\.)",
        lambda m: f"dollar {say_name(m['name'].lower())} {_say_path(m['tail'])}",
        "$",
        "/",
    ),
    Rule(
        "path",
        r"(?<![\w\\])\\\\(?P<parts>[\w.-]+(?:\\[\w.$-]+)+)",
        lambda m: "backslash backslash " + " backslash ".join(map(say_file, m["parts"].split("\\"))),
        "\\",
    ),
    Rule(
        "path",
        r"(?<![\w\\])(?P<drive>[A-Za-z]):\\(?:Program Files(?: \(x86\))?|[^\s\"'<>|,;])*",
        _say_windows_path,
        "\\",
    ),
    Rule(
        "path",
        r"(?<![\w/.~<)\]}])(?:~|\.{1,2})?/(?:[\w.@+:{}-]+/)*[\w.@+:{-]*[\w}](?:\?[\w-]+=[\w=&%.-]*\w|/(?=[\s.,;:!?)\"']|$))?|(?<![\w/.~])(?:~|\.{1,2})/(?!\w)",
        _say_path_match,
        "/",
    ),
    Rule("path", r"(?<![\w./~-])\.[a-z][\w-]*(?:/[\w.-]*\w)+/?", _say_path_match, "/", INNER_DOT),
    Rule(
        "path",
        r"(?<![\w/.~-])(?:[\w.-]+/)+[\w-]+(?:\.[\w-]+)*\.[A-Za-z][A-Za-z0-9]{0,4}(?![\w/])",
        _say_path_match,
        "/",
    ),
    Rule("file", r"(?<![\w./\\-])[\w-]+(?:\.[\w-]+)*\.(?:[A-Za-z]\w*|7z)(?![\w/(]|\.\w)", _say_file_match, INNER_DOT),
    Rule("file", r"(?<![\w./\\-])[\w-]+\.so(?:\.\d+)+(?![\w.]\w)", _say_library, INNER_DOT, DIGITS),
    Rule("file", r"(?<![\w./\\-])\.(?:[a-z][\w-]{2,}|[A-Z]+_\w+)(?:\.[a-z]+)*(?![\w/(])", _say_dotfile, INNER_DOT),
    Rule("file", r"(?<![\w./\\?-])\*?\.(?P<ext>[A-Za-z0-9]{1,6})(?![\w/(.])", _say_extension_alone, INNER_DOT),
)
