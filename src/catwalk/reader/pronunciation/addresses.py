"""Addresses of the net and of files: URLs, e-mail, hosts and ports, paths and file names."""

from __future__ import annotations

import re

from catwalk.reader.pronunciation.numbers import cardinal, digits, pairs
from catwalk.reader.pronunciation.passage import Rule
from catwalk.reader.pronunciation.words import find_term, say_word, spell

LONGEST_URL_CHARS = 60
"""A longer address is cut to its host: nobody writes it down by ear."""

_DOMAINS = frozenset("com org net edu gov mil info biz name dev app blog wiki news shop site online cloud page tech media "
                     "games social email zone test example invalid local localhost internal club live video chat arpa "
                     "xyz onion sh io ai co uk us de fr es it nl be ch at se no dk fi pl cz ru jp cn kr in au nz ca br "
                     "mx ar za ie eu me tv fm gg ly to im ws cc lol fyi vc so ac is il tr ua gr pt hu ro li sm id sg hk "
                     "tw th vn space gallery studio design tools systems network run garden ink pub rocks world".split())  # fmt: skip
_SPOKEN_DOMAINS = frozenset("com org net gov mil biz".split())
_EXTENSIONS = frozenset("md py js ts jsx tsx mjs cjs json jsonl yml yaml toml ini cfg conf env lock txt rst tex pdf doc docx "
                        "xls xlsx csv tsv ppt pptx odt html htm xhtml css scss sass less xml svg png jpg jpeg gif webp bmp ico "
                        "tiff psd mp3 mp4 m4a m4b wav ogg opus flac avi mov mkv webm vtt srt zip tar gz tgz bz2 xz zst rar 7z "
                        "exe dll so dylib deb rpm dmg iso apk jar war class java kt kts scala clj cljs cljc edn lisp cl el asd "
                        "scm rkt hs lhs ml mli erl ex exs rb rs go c h cc cpp cxx hpp hh cs fs vb swift php pl pm r jl lua nim "
                        "zig dart sh bash zsh fish ps1 bat cmd sql db sqlite sqlite3 ipynb log bak tmp diff patch vim make mk "
                        "cmake gradle proto graphql vue svelte astro ejs hbs tf hcl nix service plist gguf onnx pt pth "
                        "safetensors bin dat img parquet npz npy pkl whl map wasm pem key crt cer pub example sample local "
                        "epub mobi rss atom ics eml".split())  # fmt: skip
_SPOKEN_EXTENSIONS = {
    "json": "jason", "yaml": "yammel", "toml": "tommel", "txt": "text", "lock": "lock", "env": "env", "ini": "I N I",
    "conf": "conf", "log": "log", "zip": "zip", "tar": "tar", "exe": "E X E", "so": "S O", "go": "go", "sh": "S H",
    "ex": "E X", "el": "E L", "cl": "C L", "cs": "C S", "cc": "C C", "class": "class", "java": "java",
    "ps1": "P S one", "7z": "seven Z", "bz2": "B Z two", "mp3": "M P three", "mp4": "M P four",
    "rs": "R S", "ml": "M L", "pl": "P L", "r": "R", "c": "C", "h": "H", "ai": "A I", "sql": "S Q L", "js": "J S",
    "less": "less", "sass": "sass", "key": "key", "make": "make", "map": "map", "doc": "doc", "bin": "bin",
    "img": "image", "tmp": "temp", "cmd": "C M D", "db": "D B", "ts": "T S", "iso": "I S O", "cfg": "C F G",
    "py": "P Y", "wav": "wave", "jpg": "jay-peg", "jpeg": "jay-peg", "gif": "gif", "dat": "dat", "pub": "pub",
    "ipynb": "I P Y N B", "asd": "A S D", "edn": "E D N", "mov": "M O V", "avi": "A V I", "iml": "I M L", "ics": "I C S",
    "exs": "E X S", "odt": "O D T", "ico": "I C O", "apk": "A P K", "bat": "bat", "csv": "C S V", "xls": "X L S",
    "cpp": "C P P", "webm": "web M", "webp": "web P", "rb": "R B", "md": "M D", "sqlite3": "sequel light three",
}  # fmt: skip
_SIGNS = {
    ".": "dot", "/": "slash", "-": "dash", "_": "underscore", ":": "colon", "@": "at", "?": "question mark",
    "=": "equals", "&": "and", "#": "hash", "~": "tilde", "%": "percent", "+": "plus", "\\": "backslash", "*": "star",
    ",": "comma", ";": "semicolon", "!": "exclamation mark", "$": "dollar", "(": "", ")": "", "[": "", "]": "",
}  # fmt: skip

_PIECE = re.compile(r"[A-Za-z]+|\d+|[^\W\d_]+|.", re.DOTALL)
_HOST = r"(?:[A-Za-z0-9](?:[\w-]*[A-Za-z0-9])?\.)+[A-Za-z]{2,}"
_TAIL = r"(?:[/?#](?:[^\s<>\"'`]*[^\s<>\"'`.,;:!?)\]}])?)?"
_TRAILING = ".,;:!?"


def say_address(text: str) -> str:
    """Every piece of an address: letters as words, digits one by one, signs by name."""
    said: list[str] = []
    for piece in _PIECE.findall(text):
        if piece.isascii() and piece.isdecimal():
            said.append(digits(piece))
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
    lower = top.lower()
    if lower in _SPOKEN_DOMAINS or (len(lower) > 2 and lower not in {"xyz", "edu"} and lower.isalpha()):
        return lower
    return spell(top) if lower != "edu" else "edu"


def _say_port(port: str) -> str:
    return f"port {say_port_number(port)}"


def say_port_number(port: str) -> str:
    """A port as people say it: "eighty eighty", "three thousand", "four forty-three"."""
    if len(port) == 5 and not port.endswith("000"):
        return digits(port)
    return pairs(port) if len(port) in {3, 4} else cardinal(int(port)) if len(port) < 6 else digits(port)


def _say_url(m: re.Match[str]) -> str | None:
    """In full where the address is all there is; inside a sentence host and a short path."""
    scheme, host, tail = m["scheme"] or "", m["host"], m["tail"] or ""
    top = host.partition(":")[0].rpartition(".")[2].lower()
    if not scheme and not host.lower().startswith("www.") and top not in _DOMAINS:
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


def _say_tail(tail: str) -> str:
    return f" {_say_path(tail)}" if tail else ""


def _say_email(m: re.Match[str]) -> str:
    return f"{say_address(m['user'])} at {_say_host(m['host'])}"


def _say_ip(m: re.Match[str]) -> str | None:
    parts = m["ip"].split(".")
    if any(int(part) > 255 for part in parts):
        return None
    spoken = " dot ".join(digits(part) if len(part) == 3 else cardinal(int(part)) for part in parts)
    if m["bits"]:
        spoken += f" slash {cardinal(int(m['bits']))}"
    return spoken + (f" {_say_port(m['port'])}" if m["port"] else "")


def _say_ip6(m: re.Match[str]) -> str | None:
    text = m.group()
    if text.count(":") < 3 and "::" not in text:
        return None
    said = [" ".join(digits(c) if c.isdecimal() else c.upper() for c in part) if part != ":" else "colon"
            for part in re.findall(r"[0-9a-fA-F]+|:|/", text)]  # fmt: skip
    return " ".join(part or "slash" for part in said)


def _say_host_port(m: re.Match[str]) -> str:
    scheme = m["scheme"] or ""
    host = say_word(m["host"]) or m["host"]
    return f"{host} {_say_port(m['port'])}" + (_say_tail(m["tail"].rstrip("/")) if scheme or m["tail"] else "")


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
    if name in {".", ".."}:
        return " ".join(["dot"] * len(name))
    stem, dot, extension = name.rpartition(".")
    if dot and extension.lower() in _EXTENSIONS:
        return f"{say_file(stem)} dot {_say_extension(extension.lower())}".strip()
    return say_address(name)


def _say_extension(extension: str) -> str:
    if extension in _SPOKEN_EXTENSIONS:
        return _SPOKEN_EXTENSIONS[extension]
    return extension if len(extension) > 4 else spell(extension) if extension.isalpha() else say_address(extension)


def _say_file_match(m: re.Match[str]) -> str | None:
    name = m.group()
    stem, _, extension = name.rpartition(".")
    if extension.lower() not in _EXTENSIONS:
        return None
    if len(extension) == 1 and (len(stem) < 2 or not extension.islower() or stem.isdecimal()):
        return None
    return _say_path(name)


def _say_dotfile(m: re.Match[str]) -> str:
    return say_file(m.group())


def _say_extension_alone(m: re.Match[str]) -> str | None:
    extension = m["ext"].lower()
    return f"dot {_say_extension(extension)}" if extension in _EXTENSIONS else None


def _say_path_match(m: re.Match[str]) -> str | None:
    text = m.group()
    term = find_term(text)
    return term if term is not None else _say_path(text.rstrip("/") or text)


def _say_windows_path(m: re.Match[str]) -> str:
    parts = [part for part in m.group().split("\\")[1:] if part]
    return f"{m['drive'].upper()} colon backslash " + " backslash ".join(say_file(part) for part in parts)


ADDRESS_RULES = (
    Rule(
        "url",
        rf"(?<![\w@])(?P<scheme>(?:https?|ftp|ssh|git|wss?|file|s3|gs)://)(?P<host>{_HOST}(?::\d+)?)(?P<tail>{_TAIL})",
        _say_url,
        ":",
    ),
    Rule(
        "e-mail",
        rf"(?<![\w.+-])(?:mailto:)?(?P<user>[\w.+-]*\w)@(?P<host>(?:[A-Za-z0-9][\w-]*\.)+[A-Za-z]+)",
        _say_email,
        "@",
    ),
    Rule(
        "ip",
        r"(?<![\w.])(?:https?://)?(?P<ip>\d{1,3}(?:\.\d{1,3}){3})(?:/(?P<bits>\d\d?)\b)?(?::(?P<port>\d{2,5}))?(?![\w]|\.\d)",
        _say_ip,
        ".",
    ),
    Rule(
        "ip",
        r"(?<![\w:.])(?:(?:[0-9a-fA-F]{1,4}:){2,7}(?::?[0-9a-fA-F]{1,4}|:)|(?:[0-9a-fA-F]{1,4}:)*:(?:[0-9a-fA-F]{1,4}(?::[0-9a-fA-F]{1,4})*))(?:/\d+)?(?![\w:])",
        _say_ip6,
        ":",
    ),
    Rule(
        "host",
        rf"(?<![\w./@-])(?P<scheme>\w+://)?(?P<host>localhost|[a-z][\w-]{{2,}}):(?P<port>\d{{2,5}})(?P<tail>{_TAIL})(?![\w:])",
        _say_host_port,
        ":",
    ),
    Rule("url", rf"(?<![\w@./~-])(?P<scheme>)(?P<host>{_HOST}(?::\d+)?)(?P<tail>{_TAIL})(?![\w@])", _say_url, "."),
    Rule("path", r"(?<![\w\\])(?P<drive>[A-Za-z]):\\(?:Program Files(?: \(x86\))?|[^\s\"'<>|,;])*", _say_windows_path, "\\"),
    Rule(
        "path",
        r"(?<![\w/.~<)\]}])(?:~|\.{1,2})?/(?:[\w.@+-]+/)*[\w.@+-]*\w(?:/(?=[\s.,;:!?)\"']|$))?|(?<![\w/.~])(?:~|\.{1,2})/(?!\w)",
        _say_path_match,
        "/",
    ),
    Rule(
        "path",
        r"(?<![\w/.~-])(?:[\w.-]+/)+[\w-]+(?:\.[\w-]+)*\.[A-Za-z][A-Za-z0-9]{0,4}(?![\w/])",
        _say_path_match,
        "/",
    ),
    Rule("file", r"(?<![\w./\\-])[\w-]+(?:\.[\w-]+)*\.(?:[A-Za-z]\w*|7z)(?![\w/(]|\.\w)", _say_file_match, "."),
    Rule("file", r"(?<![\w./\\-])\.[a-z][\w-]{2,}(?:\.[a-z]+)*(?![\w/(])", _say_dotfile, "."),
    Rule("file", r"(?<![\w./\\-])\*?\.(?P<ext>[A-Za-z0-9]{1,6})(?![\w/(.])", _say_extension_alone, "."),
)
