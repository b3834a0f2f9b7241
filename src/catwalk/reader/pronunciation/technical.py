"""What programmers write: versions, hashes, hexadecimal, complexity, flags, keys, identifiers, operators, serial numbers."""

from __future__ import annotations

import re

from catwalk.reader.pronunciation.addresses import say_file, say_port_number
from catwalk.reader.pronunciation.numbers import MAX_WORDS_DIGITS, cardinal, decimal, digits, pairs
from catwalk.reader.pronunciation.passage import DIGITS, Rule
from catwalk.reader.pronunciation.words import find_term, say_name, say_word, spell

HASH_CHARS = 7
"""So many characters of a long hash are read, as many as git shows."""

OPERATORS = {
    "===": "triple equals", "!==": "not triple equals", "<=>": "spaceship", "==": "equals equals", "!=": "not equal to",
    "/=": "not equal to", "<=": "less than or equal to", ">=": "greater than or equal to", "=>": "arrow", "->": "arrow",
    "<-": "left arrow", "-->": "arrow", "==>": "arrow", "<->": "left right arrow", "~>": "squiggly arrow",
    "&&": "and and", "||": "or or", "+=": "plus equals", "-=": "minus equals", "*=": "times equals",
    "%=": "mod equals", "|=": "or equals", "&=": "and equals", "^=": "caret equals", "**=": "star star equals",
    "//=": "slash slash equals", "??=": "question question equals", ":=": "colon equals", "::": "double colon",
    "++": "plus plus", "--": "minus minus", "<<": "left shift", ">>": "right shift", ">>>": "unsigned right shift",
    ">>=": "bind", "<<=": "left shift equals", "**": "star star", "//": "slash slash", "|>": "pipe", "<|": "left pipe",
    "<$>": "f map", "<*>": "ap", "$!": "dollar bang", "??": "question question", "?.": "question dot", "?:": "elvis",
    "...": "dot dot dot", "..": "dot dot", "=~": "equals tilde", "!~": "not tilde", "<>": "diamond", "@@": "at at",
    "/*": "slash star", "*/": "star slash", "#!": "shebang", "$(": "dollar paren", "${": "dollar brace",
    "#'": "sharp quote", "#(": "sharp paren", ",@": "comma at", "()": "parens", "[]": "brackets", "{}": "braces",
    "+": "plus", "-": "minus", "*": "star", "/": "slash", "%": "percent", "=": "equals", "<": "less than",
    ">": "greater than", "!": "bang", "&": "and", "|": "pipe", "^": "caret", "~": "tilde", "@": "at",
    "#": "hash", "$": "dollar", "?": "question mark", ":": "colon", ";": "semicolon", ".": "dot", ",": "comma",
    "\\": "backslash", "_": "underscore", "`": "back-tick", "'": "quote", '"': "double quote", "(": "open paren",
    ")": "close paren", "[": "open bracket", "]": "close bracket", "{": "open brace", "}": "close brace",
    "```": "triple back-tick", "''": "empty string", '""': "empty string", "</>": "fragment", "/>": "slash greater than",
    "</": "less than slash", "->>": "thread last", "#_": "hash underscore", "#{": "hash brace", "!!": "bang bang",
    "---": "triple dash", "&&=": "and and equals", "||=": "or or equals", ">=>": "fish", "=<<": "reverse bind",
    ":-": "colon dash", "@{": "at brace", "!=>": "not arrow", "&*": "ampersand star", "%>%": "pipe", "\\n": "backslash N",
    "\\t": "backslash T", "\\r\\n": "backslash R backslash N", "\\0": "backslash zero",
}  # fmt: skip
"""How an operator or sign is called when it is spoken of."""

_BETWEEN = {
    "==": "equals", "===": "triple equals", "!=": "does not equal", "!==": "does not equal", "<=": "less than or equal to",
    ">=": "greater than or equal to", "=>": "arrow", "->": "to", "-->": "to", "==>": "to", "<-": "from", "<->": "to and from",
    "&&": "and", "||": "or", "+=": "plus equals", "-=": "minus equals", ":=": "is", "<<": "left shift", ">>": "right shift",
    "|>": "pipe", "++": "plus plus", "<=>": "compared with", "*=": "times equals", "**": "to the power of",
}  # fmt: skip
_KEYS = r"Ctrl|CTRL|ctrl|Control|Cmd|Command|Alt|ALT|Option|Opt|Shift|Meta|Super|Win|Fn|C|M"
_KEY_NAMES = {"ctrl": "control", "cmd": "command", "opt": "option", "win": "windows", "esc": "escape", "del": "delete", "fn": "function"}
_LABELLED = (
    r"RTX|GTX|RX|Radeon|GeForce|HTTP|RFC|IEEE|port|Port|status|error|Error|ISO|Boeing|Airbus|Route|Highway|Room|room|Flight|flight|"
    r"Xeon|Ryzen|Threadripper|EPYC|code|Intel|Motorola|Zilog|Apple|Commodore|Atari|Amiga|Quadro|Model|Form|form|Area|Studio"
)
_CVE = r"CVE-(?P<year>\d{4})-(?P<n>\d{4,})"
_GREEK_O = {"O": "oh of", "Θ": "theta of", "Ω": "omega of", "o": "little oh of"}
_MATH_WORD = re.compile(r"[A-Za-z]+|\d+(?:\.\d+)?|[²³]|\^|[^\s\w]|\S")
_ABBREVIATED = {"n": "N", "m": "M", "k": "K", "v": "V", "e": "E", "h": "H", "d": "D", "b": "B", "w": "W"}


def _say_version(m: re.Match[str]) -> str:
    prefix = "version " if m["v"] else ""
    return prefix + say_version(m["n"]) + _say_label(m["label"])


def say_version(text: str) -> str:
    """The numbers of a version, each as a number: "two point zero point one", "three point eleven"."""
    parts = ["X" if part in "xX*" else cardinal(int(part)) if part.isdecimal() else say_name(part) for part in text.split(".")]
    return " point ".join(parts)


def _say_label(text: str | None) -> str:
    """``-rc1``, ``b2``, ``-SNAPSHOT``: what hangs behind a version."""
    if not text:
        return ""
    labels = {"a": "alpha", "b": "beta", "rc": "R C", "post": "post", "dev": "dev", "p": "P"}
    said = [labels.get(p.lower()) or (cardinal(int(p)) if p.isdecimal() else say_word(p) or p)
            for p in re.findall(r"[A-Za-z]+|\d+", text)]  # fmt: skip
    return " " + " ".join(said)


def _say_named_version(m: re.Match[str]) -> str:
    """A name and a number with a point, where the point parts two whole numbers: "Python three point eleven"."""
    return f"{say_word(m['name']) or m['name']} {say_version(m['n'])}{_say_label(m['label'])}"


def _say_hash(m: re.Match[str]) -> str | None:
    text = m["hash"]
    if text.isdecimal() or text.isalpha() or (len(text) < 10 and sum(c.isdecimal() for c in text) < 2):
        return None
    prefix = f"{say_word(m['name']) or m['name']} " if m["name"] else ""
    return prefix + _spell_mixed(text[:HASH_CHARS])


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
    tokens = _MATH_WORD.findall(text)
    for i, token in enumerate(tokens):
        if token == "^":
            following = tokens[i + 1] if i + 1 < len(tokens) else ""
            said.append({"2": "squared", "3": "cubed"}.get(following, "to the"))
        elif i and tokens[i - 1] == "^" and token in {"2", "3"}:
            continue
        else:
            said.append(_say_math_token(token))
    return " ".join(filter(None, said))


def _say_math_token(token: str) -> str:
    signs = {"+": "plus", "*": "times", "·": "times", "-": "minus", "/": "over", "!": "factorial", "²": "squared",
             "³": "cubed", "|": "", ",": "", "=": "equals"}  # fmt: skip
    if token[0].isdecimal():
        return decimal(token)
    if token.isalpha():
        return token if token in {"log", "of", "root", "square", "min", "max"} else " ".join(token.upper()) if len(token) < 3 else token
    return signs.get(token, "")


def _say_flag(m: re.Match[str]) -> str:
    dashes = "dash dash" if m["dash"] in {"--", "–"} else "dash"
    name = m["name"]
    said = name.upper() if len(name) == 1 else " ".join(filter(None, (_say_flag_word(p) for p in name.split("-"))))
    value = f" equals {say_name(m['value'])}" if m["value"] else ""
    return f"{dashes} {said}{value}"


def _say_flag_word(text: str) -> str:
    return say_name(text) if len(text) > 2 or find_term(text) else spell(text)


def _say_keys(m: re.Match[str]) -> str:
    return " ".join(_say_key(key) for key in re.split(r"[+-]", m.group()) if key)


def _say_key(key: str) -> str:
    if key in {"C", "M"}:
        return {"C": "control", "M": "meta"}[key] if False else key
    lower = key.lower()
    return _KEY_NAMES.get(lower) or (say_name(key) if len(key) > 1 else key.upper())


def _say_labelled(m: re.Match[str]) -> str | None:
    """A number that a label makes a name: "R T X forty ninety", "port eighty eighty", "Boeing seven forty-seven"."""
    name, number = m["name"], m["n"]
    said = say_word(name) or name
    tail = f" {say_name(m['tail'])}" if m["tail"] else ""
    if name.lower() == "port":
        return f"{said} {say_port_number(number)}{tail}"
    return f"{said} {pairs(number)}{tail}"


def _say_cve(m: re.Match[str]) -> str:
    return f"C V E {pairs(m['year'])} {digits(m['n'])}"


def _say_tag(m: re.Match[str]) -> str:
    """A tag or a bracketed name: "div"."""
    text = m["name"]
    return say_file(text) if "." in text else say_name(text)


def _say_resolution(m: re.Match[str]) -> str:
    rate = f" {cardinal(int(m['rate']))}" if m["rate"] else ""
    return f"{pairs(m['n'])} {m['scan'].upper()}{rate}"


def _say_identifier(m: re.Match[str]) -> str | None:
    """snake_case, dotted names and calls as words."""
    text = m.group()
    term = find_term(text)
    if term is not None:
        return term
    if text.endswith("()"):
        text = text[:-2]
    parts = [say_name(part) for part in re.split(r"\.|::|->|#", text)]
    return " dot ".join(filter(None, parts)) or None


def _say_dunder(m: re.Match[str]) -> str:
    return f"dunder {say_name(m['name'])}"


def _say_operator(m: re.Match[str]) -> str | None:
    """An operator by its name where it stands alone, by its meaning between two operands."""
    sign = m.group().strip()
    before, after = m.string[: m.start()].rstrip(), m.string[m.end() :].lstrip()
    between = before and after and before[-1] not in "(,:;\"'" and after[0] not in ").,:;\"'"
    if between and sign in _BETWEEN:
        return f" {_BETWEEN[sign]} "
    return f" {OPERATORS[sign]} " if sign in OPERATORS else None


def _say_mention(m: re.Match[str]) -> str:
    return f"at {say_name(m['name'])}"


def _say_hashtag(m: re.Match[str]) -> str:
    return f"hashtag {say_name(m['name'])}"


def _say_sharp(m: re.Match[str]) -> str:
    return f"{m['name']} {'plus plus' if m['sign'] == '++' else 'sharp'}"


def _say_serial(m: re.Match[str]) -> str | None:
    """Letters and digits in one: each run by itself."""
    text = m.group()
    term = find_term(text)
    if term is not None:
        return term
    said: list[str] = []
    for run in re.findall(r"[^\W\d_]+|\d+", text):
        said.append(_say_run(run) if run.isascii() and run.isdecimal() else _say_letters(run, text))
    return " ".join(said)


def _say_letters(run: str, text: str) -> str:
    if len(run) == 1:
        return run if not run.islower() or text[0] == run else run.upper()
    return say_word(run) or (run if not run.isupper() else spell(run))


def _say_run(run: str) -> str:
    """Digits in a serial number: as a plain number up to four, one by one beyond or from a leading zero."""
    if len(run) == 4 and (run[:2] in {"19", "20"} or run.endswith("00")):
        return pairs(run)
    if len(run) > 4 or (run[0] == "0" and len(run) > 1) or len(run) > MAX_WORDS_DIGITS:
        return digits(run)
    return cardinal(int(run), plain=True)


def _say_phone(m: re.Match[str]) -> str | None:
    """Groups of digits one by one, with a pause between groups; 800 and its like as numbers."""
    groups = re.findall(r"\d+", m.group())
    if len(m.group()) == 10 and not m.group().isdecimal():
        pass
    said = [f"{cardinal(int(g[0]))} hundred" if re.fullmatch(r"[2-9]00", g) else digits(g) for g in groups]
    extension = ""
    if m["ext"]:
        extension = f" extension {digits(m['ext'])}"
        said.pop()
    return ("plus " if m.group()[0] == "+" else "") + ", ".join(said) + extension


def _say_groups(m: re.Match[str]) -> str:
    return ", ".join(digits(group) for group in re.findall(r"\d+", m.group()))


_VERSION_LABEL = r"(?P<label>[-.]?(?:rc|alpha|beta|a|b|dev|post|pre|snapshot|SNAPSHOT|RC|M|p|final|nightly|lts|LTS)[-.]?\d*)?"

TECHNICAL_RULES = (
    Rule("tag", r"(?<![\w<])</?(?P<name>[A-Za-z][\w.:-]*)\s?/?>", _say_tag, "<"),
    Rule("resolution", r"(?<![\w.])(?P<n>\d{3,4})(?P<scan>[pi])(?P<rate>\d{2,3})?(?!\w)", _say_resolution, "pi"),
    Rule("preprocessor", r"(?<!\w)#(?P<name>include|define|ifdef|ifndef|endif|pragma|undef|elif)\b", lambda m: f"hash {m['name']}", "#"),
    Rule("cve", _CVE, _say_cve, "C"),
    Rule(
        "uuid",
        r"(?<![\w-])[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}(?![\w-])",
        _say_uuid,
        "-",
    ),
    Rule("hash", r"(?<![\w.#/-])(?:(?P<name>sha256|sha1|sha512|md5):)?(?P<hash>[0-9a-f]{7,128}|[0-9A-F]{32,128})(?![\w.-])", _say_hash, DIGITS),
    Rule("hex", r"(?<!\w)0[xX](?P<n>[0-9a-fA-F]+)(?!\w)", _say_hex, "xX"),
    Rule("hex", r"(?<!\w)0(?P<base>[bo])(?P<n>[0-7]+)(?!\w)", _say_binary, "bo"),
    Rule("hex", r"(?<![\w&])#(?P<n>[0-9a-fA-F]{8}|[0-9a-fA-F]{6}|[0-9a-fA-F]{3})(?!\w)", _say_color, "#"),
    Rule("hex", r"\bU\+(?P<n>[0-9A-Fa-f]{4,6})\b", _say_code_point, "+"),
    Rule("complexity", r"(?<!\w)(?P<o>[OΘΩo])\((?P<of>(?:[^()]|\([^()]*\)){1,40})\)", _say_complexity, "("),
    Rule("keys", rf"(?<![\w+-])(?:(?:{_KEYS})[+-]){{1,3}}(?:[A-Za-z0-9]|F\d\d?|Tab|Enter|Return|Esc|Del|Delete|Space|Up|Down|Left|Right|Backspace)(?![\w+-])", _say_keys, "+-"),
    Rule("sharp", r"(?<![\w])(?P<name>[A-Z])(?P<sign>\+\+|#)(?![\w+])", _say_sharp, "+#"),
    Rule(
        "version",
        rf"(?<![\w.-])(?P<name>[A-Za-z]{{2,}})-?(?P<n>\d+(?:\.\d+)+){_VERSION_LABEL}(?!\w|\.\d)",
        _say_named_version,
        ".",
    ),
    Rule("phone", r"(?<![\w.-])(?:\+?1[\s.-]?)?(?:\(\d{3}\)\s?|\d{3}[-.])\d{3}[-.]\d{4}(?:,?\s?(?:x|ext\.?|extension)\s?(?P<ext>\d{1,6}))?(?![\w-])", _say_phone, "-.)"),
    Rule("phone", r"(?<![\w.])\+\d{1,3}(?:[\s.-]?\(?\d{1,4}\)?){2,5}(?P<ext>(?!x)x)?(?![\w-]|\.\d)", _say_phone, "+"),
    Rule("phone", r"(?<![\w.-])[2-9]\d{2}-\d{4}(?P<ext>(?!x)x)?(?![\w-])", _say_phone, "-"),
    Rule(
        "version",
        rf"(?<![\w./-])(?:(?P<v>[vV])(?:\.?\s?)(?=\d))(?P<n>\d+(?:\.(?:\d+|x|\*))*){_VERSION_LABEL}(?![\w]|\.\d)",
        _say_version,
        "vV",
    ),
    Rule(
        "version",
        rf"(?<![\w.,/$€£-])(?P<v>)(?P<n>\d+(?:\.(?:\d+|[xX*])){{2,}}){_VERSION_LABEL}(?![\w]|\.\d)",
        _say_version,
        ".",
    ),
    Rule(
        "version",
        r"(?<![\w.,/$€£-])(?P<v>)(?P<n>\d+(?:\.\d+)+)(?P<label>-?(?:rc|alpha|beta|a|b|dev|RC)[-.]?\d+|-(?:SNAPSHOT|alpha|beta|dev|lts|LTS))(?![\w]|\.\d)",
        _say_version,
        ".",
    ),
    Rule("version", r"(?<![\w.])(?P<v>)(?P<n>\d+(?:\.\d+)*\.[xX])(?P<label>)(?!\w)", _say_version, "."),
    Rule(
        "version",
        rf"\b(?P<name>(?:[Pp]ython|[Vv]ersion|[Rr]elease|Ubuntu|Debian|Fedora|Node|Ruby|Rails|Django|PHP|Java|Go|Rust|Kotlin|Scala|Swift|Clojure|"
        rf"Elixir|Erlang|GHC|GCC|gcc|Clang|LLVM|CUDA|PyTorch|TensorFlow|Kubernetes|Docker|Postgres|PostgreSQL|MySQL|SQLite|Redis|Linux|kernel|macOS|"
        rf"iOS|Android|Windows|OpenGL|OpenSSL|TLS|USB|Bluetooth|HTTP|HTML|CSS|ES|Qt|GTK|Vim|Emacs|SBCL|Lua|Perl|React|Angular|Vue|Claude|GPT|Llama|"
        rf"Gemini|Qwen|Mistral|Gemma|Phi|Spring|Flask|NumPy|Firefox|Chrome|Safari|Blender|Unity|Unreal|HDMI|PCIe|C\+\+|Vite|npm|pip|WebKit|Ableton))"
        rf"[ /-](?P<n>\d+(?:\.\d+)+){_VERSION_LABEL}(?![\w]|\.\d|%)",
        _say_named_version,
        ".",
    ),
    Rule(
        "number name",
        rf"\b(?P<name>{_LABELLED})\s?(?P<n>\d{{3,5}})(?P<tail>[A-Z]{{1,3}}|Ti|\sTi)?(?![\w]|[.,/:-]\d|%|\s?(?:[kKMG]?[Bb]|m?s|percent)\b)",
        _say_labelled,
        DIGITS,
    ),
    Rule("serial", r"(?<![\w.-])\d{3}-\d{2}-\d{4}(?![\w-])", _say_groups, "-"),
    Rule("serial", r"(?<![\w.-])\d{4}(?:[ -]\d{4}){2,4}(?![\w-])", _say_groups, DIGITS),
    Rule("serial", r"(?<![\w.-])\d{1,5}(?:-\d{1,7}){3,5}(?![\w-])", _say_groups, "-"),
    Rule("flag", r"(?<![\w-])(?P<dash>--)(?P<name>[A-Za-z][\w-]*)(?:=(?P<value>[\w.,/-]*\w))?", _say_flag, "-"),
    Rule("flag", r"(?<![\w)\]-])(?<!\d )(?P<dash>-)(?P<name>[A-Za-z]|[a-z]{2,4})(?P<value>(?!x)x)?(?![\w'-])", _say_flag, "-"),
    Rule("dunder", r"(?<!\w)__(?P<name>[a-z]\w*?)__(?:\(\))?(?!\w)", _say_dunder, "_"),
    Rule("identifier", r"(?<![\w/.-])[A-Za-z_$]\w*(?:(?:\.|::|#)[A-Za-z_]\w*)+\(\)", _say_identifier, "("),
    Rule("identifier", r"(?<![\w/.-])[A-Za-z]\w*(?:::[A-Za-z_]\w*)+", _say_identifier, ":"),
    Rule("identifier", r"(?<![\w/.-])[a-zA-Z]\w+(?:\.[a-z_]\w+)+(?![\w/])", _say_identifier, "."),
    Rule("identifier", r"(?<![\w/.-])[A-Za-z_]\w*\(\)", _say_identifier, "("),
    Rule("identifier", r"(?<![^\W_])_*[A-Za-z0-9]+(?:_+[A-Za-z0-9]+)+_*(?![^\W_])|(?<!\w)_+[A-Za-z]\w*", _say_identifier, "_"),
    Rule("mention", r"(?<![\w.@])@(?P<name>[A-Za-z_][\w-]*)", _say_mention, "@"),
    Rule("hashtag", r"(?<![\w&#])#(?P<name>[A-Za-z_]\w*)", _say_hashtag, "#"),
    Rule(
        "operator",
        r"(?<=[\w)\]\"' ])\s?(?:===|!==|==|!=|<=>|<=|>=|=>|-->|->|<->|<-|&&|\|\||\+=|-=|\*=|:=|\|>|<<|>>)\s?(?=[\w(\[\"' .,]|$)|"
        r"^(?:===|!==|==|!=|<=>|<=|>=|=>|==>|-->|->>|->|<->|<-|&&|\|\||\+=|-=|\*=|/=|%=|:=|::|\|>|<<|>>|\+\+|--|\*\*|//|\?\?|\?\.|<>|=~)(?=\s|$)",
        _say_operator,
        "=<>&|+-*/:?",
    ),
)

SERIAL_RULES = (
    Rule("serial", r"(?<![\w])(?:[^\W\d_]+\d+|\d+[^\W\d_]+)(?:[^\W\d_]+|\d+)*(?!\w)", _say_serial, DIGITS),
)
