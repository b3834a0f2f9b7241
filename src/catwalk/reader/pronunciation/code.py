"""Inline code as words: "foo bar" for ``foo_bar()``, signs by name only where they carry the meaning."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from catwalk.reader.pronunciation.addresses import is_extension, say_file, say_link, say_octet, say_port_number
from catwalk.reader.pronunciation.code_signs import say_sign
from catwalk.reader.pronunciation.numbers import decimal, digits, pairs
from catwalk.reader.pronunciation.operators import name_operator
from catwalk.reader.pronunciation.regexes import is_regex, say_regex
from catwalk.reader.pronunciation.tables import read_words
from catwalk.reader.pronunciation.technical import say_version
from catwalk.reader.pronunciation.words import find_term, say_name, sounds_like_word, spell

_TOKEN = re.compile(
    r"(?P<link>[a-z]+://[^\s\"'`<>]+)|(?P<muffs>\*[\w-]+\*)|(?P<file>[\w*-]*\.[A-Za-z][A-Za-z0-9]{0,8}(?![\w(.]))"
    r"|(?P<flag>(?<![\w)\]])--?[A-Za-z][\w-]*)|(?P<prefix>\b[bfru]{1,2}(?=[\"']))"
    r"|(?P<number>\d{1,3}(?:_\d{3})+|\d+(?:\.\d+)+|\d+(?![\w]))|(?P<name>[^\W\d]\w*'(?:s|t|re|ll|ve|d|m)\b|[^\W\d]\w*(?:-(?:[^\W\d]\w*|\d+[A-Za-z]\w*))*(?:[?!](?!=))?|\w+)"
    r"|(?P<sign>\?\?|\?\.|//=|\*\*=|---?(?!\w)|===|!==|<=>|->>|>>=|\*\*|==|!=|<=|>=|=>|->|<-|&&|\|\||\+=|-=|\*=|:=|::"
    r"|\+\+|<<|>>|\|>|\.\.\.?|//|,@|#'|\S)|\s+"
)
_FILE = re.compile(
    r"(?:~|\.{1,2})?/?(?:[\w.@+-]+/)*[\w@+-]*\.?[\w@+-]*\.[A-Za-z][A-Za-z0-9]{0,4}|(?:~|\.{1,2})?(?:/[\w.@+-]+)+/?"
)
_CODE_TERMS = {"du": "D U", "su": "S U", "eq": "E Q", "df": "D F", "nth": "nth"}
"""Commands and functions that in prose are words."""

_MODE = re.compile(r"(?<=\bchmod )(?P<mode>[0-7]{3,4})\b")
_PORT = re.compile(r"(?:(?<!\S)|(?<=[a-z])):(?P<port>\d{2,5})(?![\w.:])")
_SIGNAL = re.compile(r"(?<=\s)-(?=\d)")


LONGEST_COMMAND_CHARS = 200

_GIT = re.compile(
    r"git (?:add|bisect|branch|checkout|cherry-pick|clone|commit|config|diff|fetch|grep|init|log|merge|mv|pull|push|"
    r"rebase|reflog|remote|reset|restore|revert|rm|show|stash|status|submodule|switch|tag|worktree)\b"
)
_PLAIN_WORDS = re.compile(r"(?:\b[a-z]{2,}\b,? ){4}")

_ARGUMENT = re.compile(
    r"\s--?[A-Za-z]|^(?:awk|sed|grep|echo|jq|psql|curl) .*['\"]|^chmod [\d+]|\s-\d|\s\|\s|\s\.{0,2}/|"
    r"\s\.{1,2}(?:\s|$)|[>&]\S|\w=\S|^cd |\$[A-Z]"
)


def is_command(text: str) -> bool:
    """Whether a whole line is a shell command rather than a sentence: a program's name, then a flag, pipe or path."""
    if text.partition(" ")[0] not in read_words("commands.txt") or len(text) > LONGEST_COMMAND_CHARS:
        return False
    if _GIT.match(text) and not _PLAIN_WORDS.search(text):
        return True
    return text.endswith((" ..", " .", "/...")) or (text[-1:] not in ".!?:" and bool(_ARGUMENT.search(text)))


@lru_cache(maxsize=4096)
def say_code(code: str) -> str:
    """The words for a piece of code of a line or less.

    Args:
        code: Source text without its back-ticks.
    """
    code = unicodedata.normalize("NFKC", code).strip()
    term = find_term(code) or name_operator(code)
    if term is not None:
        return term
    if _FILE.fullmatch(code) and not code.endswith("()"):
        return _say_path(code)
    if is_regex(code):
        return say_regex(code)
    if not any(map(str.isalnum, code)):
        return " ".join(filter(None, (name_operator(sign) for sign in code)))
    code = _PORT.sub(lambda m: f" port {say_port_number(m['port'])} ", _MODE.sub(lambda m: digits(m["mode"]), code))
    if is_command(code):
        code = _SIGNAL.sub("dash ", code)
    said = [_say_token(m, alone=len(m.group()) == len(code)) for m in _TOKEN.finditer(code)]
    return re.sub(r"\s+,", ",", " ".join(filter(None, said)))


def _say_path(code: str) -> str:
    return " slash ".join(say_file(part) for part in code.rstrip("/").split("/")).strip()


def _say_token(m: re.Match[str], *, alone: bool) -> str:
    text = m.group().strip()
    match m.lastgroup:
        case "link":
            return say_link(text)
        case "file":
            return _say_dotted(text)
        case "muffs":
            return _say_identifier(text.strip("*"))
        case "flag":
            dashes = len(text) - len(text.lstrip("-"))
            name = text[dashes:]
            bundle = dashes == 1 and len(name) < 4 and find_term(name) is None
            spoken = spell(name) if bundle else say_name(name)
            return f"{' '.join(['dash'] * dashes)} {spoken}"
        case "prefix":
            return " ".join(text.upper())
        case "number":
            text = text.replace("_", "")
            if len(text) == 4 and text.isdecimal() and not text.endswith("00"):
                return pairs(text)
            if text.count(".") == 3:
                return " dot ".join(map(say_octet, text.split(".")))
            return decimal(text) if text.count(".") < 2 else say_version(text)
        case "name":
            return _say_identifier(text)
        case "sign":
            return say_sign(m, alone=alone)
    return ""


def _say_dotted(text: str) -> str:
    """``*.py`` as a file, ``np.dot`` as names."""
    if is_extension(text.rpartition(".")[2]):
        return say_file(text.replace("*", "star "))
    return " dot ".join(_say_identifier(part) if part else "" for part in text.split(".")).strip()


def _say_identifier(text: str) -> str:
    term = find_term(text) or _CODE_TERMS.get(text)
    if term is not None:
        return term
    if text.isalpha() and text.isupper() and len(text) > 2 and sounds_like_word(text.lower()):
        return text.lower()
    stem = text.rstrip("?!")
    if stem != text and find_term(stem) is None:
        tail = {"?": "", "!": " bang"}[text[-1]]
        return _say_identifier(stem) + tail
    if text.startswith("__") and text.endswith("__") and len(text) > 4:
        return f"dunder {say_name(text.strip('_'))}"
    return text.upper() if len(text) == 1 and text.isalpha() else say_name(text) or "underscore"
