"""Names in prose as programmers write them: identifiers, flags, keys, tags, mentions and the operators between them."""

from __future__ import annotations

import re

from catwalk.reader.pronunciation.addresses import say_file
from catwalk.reader.pronunciation.numbers import integer
from catwalk.reader.pronunciation.operators import name_operator, say_operator_between
from catwalk.reader.pronunciation.passage import DIGITS, INNER_DOT, MARK, Rule
from catwalk.reader.pronunciation.words import find_term, say_name, sounds_like_word, spell

_KEYS = r"Ctrl|CTRL|ctrl|Control|Cmd|Command|Alt|ALT|Option|Opt|Shift|Meta|Super|Win|Fn|C|M"
_KEY_NAMES = {
    "ctrl": "control",
    "cmd": "command",
    "opt": "option",
    "win": "windows",
    "esc": "escape",
    "del": "delete",
    "fn": "function",
}


def _say_flag(m: re.Match[str]) -> str:
    dashes = "dash dash" if m["dash"] in {"--", "–"} else "dash"
    name = m["name"]
    said = name.upper() if len(name) == 1 else " ".join(filter(None, (_say_flag_word(p) for p in name.split("-"))))
    value = f" equals {say_name(m['value'])}" if m["value"] else ""
    return f"{dashes} {said}{value}"


def _say_flag_word(text: str) -> str:
    return say_name(text) if len(text) > 2 or find_term(text) else spell(text)


def _say_keys(m: re.Match[str]) -> str:
    keys = [key for key in re.split(r"[+-]", m.group()) if key]
    if set(keys[:-1]) <= {"C", "M"} and not keys[-1].islower():
        return " ".join(map(_say_key, keys))
    return " ".join([_EMACS_KEYS.get(key) or _say_key(key) for key in keys[:-1]] + [_say_key(keys[-1])])


_TYPES = "int|str|float|bool|bytes|list|dict|None|Any|string|number|boolean|null|undefined|void|never"
_EMACS_KEYS = {"C": "control", "M": "meta"}


def _say_key(key: str) -> str:
    lower = key.lower()
    return _KEY_NAMES.get(lower) or (say_name(key) if len(key) > 1 or key.isdecimal() else key.upper())


def _say_generic(m: re.Match[str]) -> str:
    """The types in brackets behind a type: "map of string, list of int"."""
    if not m["inner"].strip("()"):
        return " of unit"
    plain = re.sub(r"[>\])(*?&:;{}]", "", m["inner"].replace("|", " or "))
    spaced = re.sub(r"[<\[]", " of ", plain)
    inner = [" ".join(say_name(part) or part for part in item.split()) for item in spaced.split(",")]
    return f" of {', '.join(inner)}"


def _say_tag(m: re.Match[str]) -> str:
    """A tag or a bracketed name: "div"."""
    text = m["name"]
    return say_file(text) if "." in text else say_name(text)


_OPEN_TAG = (
    r"<(?P<name>[A-Za-z][\w-]*)"
    r"(?P<attributes>(?:\s[\w:@-]{1,30}(?:=(?:\"[^\"<>]{0,80}\"|'[^'<>]{0,80}'|\{[^{}<>]{0,80}\}|[\w.-]+))?)+)\s?/?>"
)
_ATTRIBUTE = re.compile(r"(?P<name>[\w:@-]+)(?:=(?P<value>\"[^\"]*\"|'[^']*'|\{[^{}]*\}|[\w.-]+))?")
_ENTITIES = {"lt": "less than", "gt": "greater than", "amp": "ampersand", "quot": "quote", "apos": "apostrophe",
             "nbsp": "non-breaking space", "mdash": "em dash", "ndash": "en dash", "hellip": "ellipsis",
             "copy": "copyright"}  # fmt: skip


def _say_open_tag(m: re.Match[str]) -> str:
    """A tag with attributes: "image source equals A dot P N G"."""
    said = [say_name(m["name"])]
    for attribute in _ATTRIBUTE.finditer(m["attributes"]):
        said.append(say_name(attribute["name"]))
        if value := (attribute["value"] or "").strip("\"'{}"):
            said.append(f"equals {' '.join(map(say_file, value.split()))}")
    return " ".join(said)


def _say_entity(m: re.Match[str]) -> str | None:
    return _ENTITIES.get(m["name"])


def _say_identifier(m: re.Match[str]) -> str | None:
    """snake_case, dotted names and calls as words."""
    text = m.group()
    term = find_term(text)
    if term is not None:
        return term
    if text.endswith("()"):
        text = text[:-2]
    if text.isupper():
        return " ".join(_say_constant(part) for part in text.split("_") if part)
    parts = [say_name(part) for part in re.split(r"\.|->|#", text.replace("::", "_"))]
    return " dot ".join(filter(None, parts)) or None


def _say_constant(part: str) -> str:
    """One part of ``MAX_INT``: in capitals because the whole is, so a word wherever it can be one."""
    if part.isalpha() and len(part) > 2 and find_term(part) is None and sounds_like_word(part.lower()):
        return part.lower()
    return say_name(part)


def _say_dunder(m: re.Match[str]) -> str:
    return f"dunder {say_name(m['name'])}"


def _say_editor_command(m: re.Match[str]) -> str:
    """``:wq``, or a keyword such as ``:name``."""
    name = m["name"]
    return f"colon {spell(name) if len(name) < 3 else say_name(name)}{' bang' if m['bang'] else ''}"


def _say_pointer(m: re.Match[str]) -> str:
    """``char *``: "char star"."""
    return f"{' '.join(say_name(word) for word in m['type'].split())}{' star' * len(m['stars'])} "


def _say_union(m: re.Match[str]) -> str:
    """``int | None``: "int or none"."""
    return f"{say_name(m['first']) if m['first'] else ''} or "


def _say_byte_range(m: re.Match[str]) -> str:
    return f" equals {integer(m['low'])} to {integer(m['high'])}"


def _say_star_call(m: re.Match[str]) -> str:
    return f"{_say_constant(m['name']) if m['name'].isupper() else say_name(m['name'])} star"


def _say_operator(m: re.Match[str]) -> str | None:
    """An operator by its name where it stands alone, by its meaning between two operands."""
    sign = m.group().strip()
    before, after = m.string[: m.start()].rstrip(), m.string[m.end() :].lstrip()
    between = before and after and before[-1] not in "(,:;\"'" and after[0] not in ").,:;\"'"
    name = (say_operator_between(sign) if between else None) or name_operator(sign)
    return f" {name} " if name else None


def _say_mention(m: re.Match[str]) -> str:
    return f"at {say_name(m['name'])}"


def _say_hashtag(m: re.Match[str]) -> str:
    name = say_name(m["name"])
    return f"hash {name} hash" if m["close"] else f"hashtag {name}"


def _say_sharp(m: re.Match[str]) -> str:
    return f"{m['name']} {'plus plus' if m['sign'] == '++' else 'sharp'}"


MARKUP_RULES = (
    Rule(
        "generic",
        r"(?<=\w)<(?P<inner>\(\)|(?:[A-Za-z0-9_ ,'&?*:;|{}\[\]]|<[A-Za-z0-9_ ,'&?]{1,30}>){1,50})>(?![\w=])",
        _say_generic,
        "<",
    ),
    Rule("tag", r"(?<=\w)<(?P<name>[A-Za-z][\w.:-]*)\s?/>", lambda m: f" {say_name(m['name'])} ", "<"),
    Rule("tag", _OPEN_TAG, _say_open_tag, "<", "="),
    Rule("operator", r"(?<!\S)\?(?=[a-z_]\w*=)", lambda m: "question mark ", "?", "="),
    Rule("entity", r"&(?P<name>[a-z]{2,8});", _say_entity, "&", ";"),
    Rule("shebang", r"(?<!\S)#!\s?(?=/)", lambda m: "shebang ", "#"),
    Rule("colons", r"(?<=\w):::(?=\w)", lambda m: " colon colon colon ", ":"),
    Rule("tag", r"(?<![\w<])</?(?P<name>[A-Za-z][\w.:-]*)\s?/?>", _say_tag, "<"),
    Rule(
        "preprocessor",
        r"(?<!\w)#(?P<name>include|define|ifdef|ifndef|endif|pragma|undef|elif)\b",
        lambda m: f"hash {say_name(m['name'])}",
        "#",
    ),
)
"""Tags and directives; they come before addresses, which they may hold."""

IDENTIFIER_RULES = (
    Rule(
        "keys",
        rf"(?<![\w+-])(?:(?:{_KEYS})[+-]){{1,3}}(?:[A-Za-z0-9]|F\d\d?|Tab|Enter|Return|Esc|Del|Delete|Space|Up|Down|Left|Right|Backspace)(?![\w+-])",
        _say_keys,
        "+-",
    ),
    Rule("sharp", r"(?<![\w])(?P<name>[A-Z])(?P<sign>\+\+|#)(?![\w+])", _say_sharp, "+#"),
    Rule("sharp", r"(?<![\w])(?P<name>[A-G])(?P<sign>#)(?=\d(?!\w))", lambda m: f"{m['name']} sharp ", "#"),
    Rule("flag", r"(?<![\w-])(?P<dash>--)(?P<name>[a-z][\w-]*)(?:=(?P<value>[\w.,/-]*\w))?", _say_flag, "-"),
    Rule(
        "flag",
        r"(?<![\w)\]=(-])(?<![\d=±+*/] )(?P<dash>-)(?P<name>[A-Za-z]|[a-z]{2})(?P<value>(?!x)x)?(?![\w'-])",
        _say_flag,
        "-",
    ),
    Rule(
        "editor",
        r"(?<![\w:)])(?<!\S):(?P<name>wq?a?|qa?|x|e|[a-z]{2,12})(?P<bang>!)?(?![\w:!])",
        _say_editor_command,
        ":",
    ),
    Rule("identifier", r"(?<![\w/.-])(?P<name>[A-Za-z_]\w*)\(\*\)", _say_star_call, "(", "*"),
    Rule("dunder", r"(?<!\w)__(?P<name>[a-z]\w*?)__(?:\(\))?(?!\w)", _say_dunder, "_"),
    Rule("identifier", r"(?<![\w/.-])[A-Za-z_$]\w*(?:(?:\.|::|#)[A-Za-z_]\w*)+\(\)", _say_identifier, "("),
    Rule("identifier", r"(?<![\w/.-])[A-Za-z]\w*(?:::[A-Za-z_]\w*)+", _say_identifier, ":"),
    Rule("identifier", r"(?<![\w/.-])[a-zA-Z]\w+(?:\.[a-z_]\w*)+(?:\.[A-Z]\w+)?(?![\w/])", _say_identifier, INNER_DOT),
    Rule("identifier", r"(?<![\w/.-])[A-Za-z_]\w*\(\)", _say_identifier, "("),
    Rule(
        "identifier",
        r"(?<![^\W_])_*[A-Za-z0-9]+(?:_+[A-Za-z0-9]+)+_*(?![^\W_])|(?<!\w)_+[A-Za-z]\w*",
        _say_identifier,
        "_",
    ),
    Rule(
        "pointer",
        r"\b(?P<type>char|int|void|float|double|long|struct \w+|const \w+)\s?(?P<stars>\*{1,2})\s?(?=\w)",
        _say_pointer,
        "*",
    ),
    Rule("star", r"(?<!\S)\*/\*(?!\S)", lambda m: "star slash star", "*"),
    Rule("range", r"(?<=\bbytes)=(?P<low>\d+)-(?P<high>\d+)", _say_byte_range, "="),
    Rule("star", r"(?<=[A-Za-z]:\s)\*$|(?<=\bSELECT )\*|(?<=\bselect )\*(?= from\b)", lambda m: "star", "*"),
    Rule("operator", r"(?<=[\w)\]])\?\.(?=[A-Za-z_])", lambda m: " question dot ", "?"),
    Rule("operator", r"(?<=[A-Z])~(?=\d)", lambda m: " tilde ", "~", DIGITS),
    Rule("operator", rf"(?<=\w) \| (?=(?:{_TYPES})\b)|(?<!\S)(?P<first>{_TYPES}) \| (?=\w)", _say_union, "|"),
    Rule("operator", rf"(?<=[\w{MARK[1:-1]}])&(?=$|,|\s[a-z]\w*[,)])", lambda m: " ampersand ", "&"),
    Rule("operator", r"(?<=[\w)\]] )\?\?(?= [\w(])", lambda m: name_operator("??"), "?"),
    Rule("operator", r"(?<!\S)!(?=[a-z_]\w)", lambda m: "not ", "!"),
    Rule(
        "operator",
        r"(?<!\S)(?P<sign>[^\w\s]{1,4})(?=\s(?:operators?|sign|symbol)\b)",
        lambda m: name_operator(m["sign"]),
        "oy",
    ),
    Rule("mention", r"(?<![\w.@])@(?P<name>[A-Za-z_][\w-]*)", _say_mention, "@"),
    Rule("hashtag", r"(?<![\w&#])#(?P<name>\d{0,4}[A-Za-z_]\w*)(?P<close>#)?", _say_hashtag, "#"),
    Rule(
        "operator",
        r"(?<=[\w)\]\"' ])\s?(?:===|!==|==|!=|<=>|<=|>=|=>|-->|->|<->|<-|&&|\|\||\+=|-=|\*=|:=|\|>|<<|>>)"
        rf"\s?(?=[\w(\[\"' .,]|{MARK}|$)|(?<![^\s(,\[])(?:>=|<=|==|!=|~=|~>)(?=\s?(?:\d|{MARK}))|"
        r"^(?:===|!==|==|!=|<=>|<=|>=|=>|==>|-->|->>|->|<->|<-|&&|\|\||\+=|-=|\*=|/=|%=|:=|::|\|>|<<|>>|\+\+|--|\*\*|//|\?\?|\?\.|<>|=~)(?=\s|$)",
        _say_operator,
        "=<>&|+-*/:?",
    ),
)
