"""What programmers write with numbers in it: versions, hashes, hexadecimal, complexity, resolutions."""

from __future__ import annotations

import re

from catwalk.reader.pronunciation.greek import name_greek
from catwalk.reader.pronunciation.numbers import cardinal, decimal, digits, integer, pairs
from catwalk.reader.pronunciation.passage import CAPITALS, DIGITS, INNER_DOT, Rule
from catwalk.reader.pronunciation.words import say_name, say_word

HASH_CHARS = 7
"""So many characters of a long hash are read, as many as git shows."""
_CVE = r"CVE-(?P<year>\d{4})-(?P<n>\d{4,})"
_GREEK_O = {"O": "oh of", "Θ": "theta of", "Ω": "omega of", "o": "little oh of"}
_MATH_WORD = re.compile(r"[A-Za-z]+|\d+(?:\.\d+)?|[²³]|\^|[^\s\w]|\S")
_VERSION_LABEL = (
    r"(?P<label>[-.]?(?:rc|alpha|beta|a|b|dev|post|pre|snapshot|SNAPSHOT|RC|M|p|final|nightly|lts|LTS)[-.]?\d*|"
    r"-\d+-[a-z]+\b|\+[A-Za-z][\w.]*\w)?"
)


def _say_version(m: re.Match[str]) -> str:
    if m["v"] and m["n"].isdecimal() and len(m["label"] or "") < 2 and m.group()[1].isdecimal():
        return f"V {integer(m['n'])}{_say_label(m['label'])}"
    prefix = "version " if m["v"] else ""
    return prefix + say_version(m["n"]) + _say_label(m["label"])


def say_version(text: str) -> str:
    """The numbers of a version, each as a number: "two point zero point one", "three point eleven"."""
    parts = [
        "X" if part in "xX*" else integer(part) if part.isdecimal() else say_name(part) for part in text.split(".")
    ]
    return " point ".join(parts)


def _say_label(text: str | None) -> str:
    """``-rc1``, ``b2``, ``-SNAPSHOT``: what hangs behind a version."""
    if not text:
        return ""
    labels = {"a": "alpha", "b": "beta", "rc": "R C", "post": "post", "dev": "dev", "p": "P"}
    if text[0] == "+":
        return f" plus {say_name(text[1:])}"
    if len(text.strip("-.")) == 1:
        return f" {text.strip('-.').upper()}"
    said = [labels.get(p.lower()) or (cardinal(int(p)) if p.isdecimal() else say_word(p) or p)
            for p in re.findall(r"[A-Za-z]+|\d+", text)]  # fmt: skip
    return " " + " ".join(said)


def _say_named_version(m: re.Match[str]) -> str:
    """A name and a number with a point, where the point parts two whole numbers: "Python three point eleven"."""
    version = say_version(m["n"])
    if m["name"] == "Ubuntu":
        version = re.sub(r" point (?:zero )?(?=\w+$)", " oh " if ".0" in m["n"] else " ", version, count=1)
    return f"{say_word(m['name']) or m['name']} {version}{_say_label(m['label'])}"


def _say_hash(m: re.Match[str]) -> str | None:
    text = m["hash"]
    if text.isdecimal() or text.isalpha() or (len(text) < 10 and sum(c.isdecimal() for c in text) < 2):
        return None
    prefix = f"{say_word(m['name']) or m['name']} " if m["name"] else ""
    return prefix + _spell_mixed(text if len(text) <= HASH_CHARS + 1 else text[:HASH_CHARS])


def _spell_mixed(text: str) -> str:
    return " ".join(digits(c) if c.isdecimal() else c.upper() for c in text if c.isalnum())


def _say_uuid(m: re.Match[str]) -> str:
    return f"U U I D {_spell_mixed(m.group()[:4])}"


def _say_hex(m: re.Match[str]) -> str:
    return f"zero X {_spell_hex(m['n'])}"


def _spell_hex(text: str) -> str:
    if text.lower() in {"deadbeef", "cafebabe"}:
        return f"{text[:4].lower()} {text[4:].lower()}"
    return _spell_mixed(text)


def _say_binary(m: re.Match[str]) -> str:
    return f"zero {m['base'].upper()} {digits(m['n'])}"


def _say_color(m: re.Match[str]) -> str | None:
    text = m["n"]
    return None if text.isdecimal() and len(text) < 6 else f"hash {_spell_mixed(text)}"


def _say_code_point(m: re.Match[str]) -> str:
    return f"U plus {_spell_mixed(m['n'])}"


def _say_complexity(m: re.Match[str]) -> str:
    return f"{_GREEK_O[m['o']]} {say_term(m['of'])}"


def say_term(text: str) -> str:
    """A short formula: "N log N", "N squared", "two to the N", "V plus E"."""
    text = text.replace("(", " ").replace(")", " ").replace("sqrt", " square root of ").replace("√", " square root of ")
    said: list[str] = []
    pieces = _MATH_WORD.findall(text)
    for i, piece in enumerate(pieces):
        if piece == "^":
            following = pieces[i + 1] if i + 1 < len(pieces) else ""
            said.append({"2": "squared", "3": "cubed"}.get(following, "to the"))
        elif i and pieces[i - 1] == "^" and piece in {"2", "3"}:
            continue
        else:
            said.append(_say_math_piece(piece))
    return " ".join(filter(None, said))


def _say_math_piece(piece: str) -> str:
    signs = {"+": "plus", "*": "times", "·": "times", "-": "minus", "/": "over", "!": "factorial", "²": "squared",
             "³": "cubed", "|": "", ",": "", "=": "equals"}  # fmt: skip
    if piece[0].isdecimal():
        return decimal(piece)
    if name := name_greek(piece):
        return name
    if piece.isalpha():
        return (
            piece
            if piece in {"log", "of", "root", "square", "min", "max"}
            else " ".join(piece.upper())
            if len(piece) < 3
            else piece
        )
    return signs.get(piece, "")


def _say_cve(m: re.Match[str]) -> str:
    return f"C V E {pairs(m['year'])} {digits(m['n'])}"


def _say_resolution(m: re.Match[str]) -> str:
    rate = f" {cardinal(int(m['rate']))}" if m["rate"] else ""
    return f"{pairs(m['n'])} {m['scan'].upper()}{rate}"


def _say_form_factor(m: re.Match[str]) -> str:
    """``U.2``, ``E1.S``: "U dot two"."""
    first = m["a"][0] + (f" {cardinal(int(m['a'][1:]))}" if len(m["a"]) > 1 else "")
    return f"{first} dot {cardinal(int(m['b'])) if m['b'].isdecimal() else m['b']}"


def _say_substitution(m: re.Match[str]) -> str:
    """``:%s/foo/bar/g`` of sed and vim."""
    head = ("colon " if ":" in m["cmd"] else "") + ("percent " if "%" in m["cmd"] else "")
    parts = [f"{head}S", say_name(m["a"]), say_name(m["b"]), " ".join(m["flags"].upper())]
    return " slash ".join(filter(None, parts))


TECHNICAL_RULES = (
    Rule(
        "resolution", r"(?<![\w.])(?P<n>\d{3,4})(?P<scan>[pi])(?P<rate>\d{2,3})?(?!\w)", _say_resolution, DIGITS, "pi"
    ),
    Rule("cve", _CVE, _say_cve, "C", DIGITS),
    Rule(
        "uuid",
        r"(?<![\w-])[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}(?![\w-])",
        _say_uuid,
        "-",
        DIGITS,
    ),
    Rule(
        "hash",
        r"(?<![\w.#/-])(?:(?P<name>sha256|sha1|sha512|md5):)?(?P<hash>[0-9a-f]{7,128}|[0-9A-F]{32,128})(?![\w.-])",
        _say_hash,
        DIGITS,
    ),
    Rule("hex", r"(?<!\w)0[xX](?P<n>[0-9a-fA-F]+)(?!\w)", _say_hex, "xX", DIGITS),
    Rule("hex", r"(?<!\w)0(?P<base>[bo])(?P<n>[0-7]+)(?!\w)", _say_binary, "0"),
    Rule("hex", r"(?<![\w&])#(?P<n>[0-9a-fA-F]{8}|[0-9a-fA-F]{6}|[0-9a-fA-F]{3})(?!\w)", _say_color, "#"),
    Rule(
        "hex",
        r"(?<!\w)\\(?P<kind>[ux])\{?(?P<n>[0-9a-fA-F]{2,6})\}?(?!\w)",
        lambda m: f"backslash {m['kind'].upper()} {_spell_mixed(m['n'])}",
        "\\",
    ),
    Rule(
        "version",
        r"\b(?P<a>[A-Z]\d?)\.(?P<b>\d|(?<=\d\.)[A-Z])(?![\w.])",
        _say_form_factor,
        INNER_DOT,
        CAPITALS + DIGITS,
    ),
    Rule("number", r"(?<![\w.])(?P<n>\d+\.\d+)f\b", lambda m: f"{decimal(m['n'])} F", DIGITS, "f"),
    Rule("ratio", r"\b(?P<a>[1NM]):(?P<b>[NM])\b", lambda m: f"{m['a'].replace('1', 'one')} to {m['b']}", ":"),
    Rule(
        "substitution",
        r"(?<!\S)(?P<cmd>:?%?s)/(?P<a>[^/\s]{1,30})/(?P<b>[^/\s]{0,30})/(?P<flags>[a-z]{0,4})(?!\w)",
        _say_substitution,
        "/",
    ),
    Rule("hex", r"\bU\+(?P<n>[0-9A-Fa-f]{4,6})\b", _say_code_point, "+"),
    Rule("complexity", r"(?<!\w)(?P<o>[OΘΩo])\((?P<of>(?:[^()]|\([^()]*\)){1,40})\)", _say_complexity, "("),
    Rule(
        "version",
        rf"(?<![\w.-])(?P<name>[A-Za-z]{{2,}})-?(?P<n>\d+(?:\.\d+)+){_VERSION_LABEL}(?!\w|\.\d)",
        _say_named_version,
        INNER_DOT,
        DIGITS,
    ),
    Rule(
        "version",
        rf"(?<![\w./])(?:(?P<v>[vV])(?:\.?\s?)(?=\d))(?P<n>\d+(?:\.(?:\d+|x|\*))*){_VERSION_LABEL}(?![\w]|\.\d)",
        _say_version,
        "vV",
        DIGITS,
    ),
    Rule(
        "version",
        rf"(?<![\w.,/$€£-])(?P<v>)(?P<n>\d+(?:\.(?:\d+|[xX*])){{2,}}){_VERSION_LABEL}(?![\w]|\.\d)",
        _say_version,
        INNER_DOT,
        DIGITS,
    ),
    Rule(
        "version",
        r"(?<![\w.,/$€£-])(?P<v>)(?P<n>\d+(?:\.\d+)+)(?P<label>-?(?:rc|alpha|beta|a|b|dev|RC)[-.]?\d+|-(?:SNAPSHOT|alpha|beta|dev|lts|LTS))(?![\w]|\.\d)",
        _say_version,
        INNER_DOT,
        DIGITS,
    ),
    Rule("version", r"(?<=[=<>~^]=)(?P<v>)(?P<n>\d+(?:\.\d+)+)(?P<label>)(?![\w.])", _say_version, INNER_DOT, DIGITS),
    Rule("version", r"(?<![\w.])(?P<v>)(?P<n>\d+(?:\.\d+)*\.[xX])(?P<label>)(?!\w)", _say_version, INNER_DOT, DIGITS),
    Rule(
        "version",
        rf"\b(?P<name>(?:[Pp]ython|[Vv]ersion|[Rr]elease|Ubuntu|Debian|Fedora|Node|Ruby|Rails|Django|PHP|Java|Go|Rust|Kotlin|Scala|Swift|Clojure|"
        rf"Elixir|Erlang|GHC|GCC|gcc|Clang|LLVM|CUDA|PyTorch|TensorFlow|Kubernetes|Docker|Postgres|PostgreSQL|MySQL|SQLite|Redis|Linux|kernel|macOS|"
        rf"iOS|Android|Windows|OpenGL|OpenSSL|TLS|USB|Bluetooth|HTTP|HTML|CSS|ES|Qt|GTK|Vim|Emacs|SBCL|Lua|Perl|React|Angular|Vue|Claude|GPT|Llama|"
        rf"Gemini|Qwen|Mistral|Gemma|Phi|Spring|Flask|NumPy|Firefox|Chrome|Safari|Blender|Unity|Unreal|HDMI|PCIe|C\+\+|Vite|npm|pip|WebKit|Ableton))"
        rf"[ /-](?P<n>\d+(?:\.\d+)+){_VERSION_LABEL}(?![\w]|\.\d|%)",
        _say_named_version,
        INNER_DOT,
        DIGITS,
    ),
    Rule(
        "version",
        r"(?<=[A-Za-z])/(?P<n>\d+(?:\.\d+){1,3})(?![\w/]|\.\d)",
        lambda m: f" slash {say_version(m['n'])}",
        "/",
        INNER_DOT,
    ),
)
