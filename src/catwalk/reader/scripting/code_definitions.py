"""What code defines, found by how definitions begin in each family of languages."""

from __future__ import annotations

import re
from collections.abc import Iterator

from catwalk.reader.scripting.code_language import clip_code

_LISP_NOUNS = {
    "defun": "function",
    "defmacro": "macro",
    "defmethod": "method",
    "defgeneric": "generic function",
    "defclass": "class",
    "defstruct": "structure",
    "defvar": "variable",
    "defparameter": "parameter",
    "defconstant": "constant",
    "defpackage": "package",
    "defsystem": "system",
    "deftype": "type",
    "define-condition": "condition",
    "defsetf": "setter",
    "defcustom": "option",
    "defsubst": "function",
    "defn": "function",
    "defn-": "function",
    "def": "value",
    "defmulti": "multimethod",
    "defprotocol": "protocol",
    "defrecord": "record",
    "defonce": "value",
    "ns": "namespace",
    "deftest": "test",
    "define-syntax": "macro",
    "define-syntax-rule": "macro",
    "define-record-type": "record",
    "struct": "structure",
    "define-struct": "structure",
    "define-macro": "macro",
}
_LISP = re.compile(
    r"^\s*\((?:[\w.-]+:)?([a-z][a-z-]*)\s+\(?(?:\^\S+\s+)*([^\s()\[\]\"';`,{}]+)", re.MULTILINE | re.IGNORECASE
)
_SCHEME = re.compile(r"^\s*\(define(?:/\w+)?\s+(\()?\(*([^\s()\[\]]+)(\s*\(\s*(?:lambda|λ)\b)?", re.MULTILINE)

_Patterns = tuple[tuple[str, re.Pattern[str]], ...]


def _compile(*pairs: tuple[str, str]) -> _Patterns:
    return tuple((noun, re.compile(pattern, re.MULTILINE)) for noun, pattern in pairs)


_JAVASCRIPT = _compile(
    ("class", r"^\s*(?:export\s+(?:default\s+)?)?(?:abstract\s+)?class\s+(\w+)"),
    ("function", r"^\s*(?:export\s+(?:default\s+)?)?(?:async\s+)?function\s*\*?\s*([\w$]+)\s*[(<]"),
    (
        "function",
        (
            r"^\s*(?:export\s+)?(?:const|let|var)\s+([\w$]+)\s*(?::[^=\n]+)?=\s*(?:async\s*)?"
            r"(?:function\b|\([^()\n]*\)\s*(?::[^=\n]+)?=>|[\w$]+\s*=>)"
        ),
    ),
    ("function", r"^\s*([\w$]+(?:\.[\w$]+)+)\s*=\s*(?:async\s*)?function\b"),
    ("interface", r"^\s*(?:export\s+)?interface\s+(\w+)"),
    ("type", r"^\s*(?:export\s+)?type\s+(\w+)(?:<[^>\n]*>)?\s*="),
    ("enum", r"^\s*(?:export\s+)?(?:const\s+)?enum\s+(\w+)"),
)
_C = _compile(
    ("structure", r"^\s*(?:typedef\s+)?struct\s+(\w+)\s*\{"),
    ("class", r"^\s*(?:template\s*<[^>\n]*>\s*)?class\s+(\w+)[^;\n]*\{?\s*$"),
    (
        "function",
        (
            r"^(?!\s*(?:else|return|if|for|while"
            r"|switch)\b)[A-Za-z_][\w *&:<>,]*?[ *&]~?(\w+(?:::~?\w+)*)\s*\([^;{}()]*\)\s*(?:const\s*)?\{"
        ),
    ),
    ("macro", r"^\s*#\s*define\s+(\w+)\("),
    ("constant", r"^\s*#\s*define\s+(\w+)(?![\w(])\s+\S"),
)
_JVM = _compile(
    (
        "class",
        (
            r"^\s*(?:(?:public|private|protected|static|final|abstract|sealed|open|data|case|partial"
            r"|internal)\s+)*class\s+(\w+)"
        ),
    ),
    ("interface", r"^\s*(?:(?:public|private|protected|internal|sealed)\s+)*(?:interface|trait|protocol)\s+(\w+)"),
    ("object", r"^\s*(?:case\s+)?object\s+(\w+)"),
    ("structure", r"^\s*(?:public\s+)?(?:struct|record)\s+(\w+)"),
    ("enum", r"^\s*(?:public\s+)?enum\s+(?:class\s+)?(\w+)"),
    ("function", r"^(?:(?:public|private|override|suspend|inline|static)\s+)*(?:fun|func|def)\s+(\w+)"),
)
_JAVA_METHOD = _compile(
    (
        "method",
        r"^\s*(?:(?:public|private|protected|static|final|async|override|virtual)\s+)+[\w<>\[\],.?]+\s+(\w+)\s*\(",
    ),
)
_PATTERNS: dict[str, _Patterns] = {
    "javascript": _JAVASCRIPT,
    "typescript": _JAVASCRIPT,
    "c": _C,
    "cpp": _C,
    "java": _JVM + _JAVA_METHOD,
    "csharp": _JVM + _JAVA_METHOD,
    "kotlin": _JVM,
    "scala": _JVM,
    "swift": _JVM,
    "dart": _JVM,
    "python": _compile(("class", r"^class\s+(\w+)"), ("function", r"^(?:async\s+)?def\s+(\w+)")),
    "ruby": _compile(
        ("module", r"^\s*module\s+([\w:]+)"),
        ("class", r"^\s*class\s+([\w:]+)"),
        ("method", r"^\s*def\s+((?:self\.)?\w+[?!=]?)"),
    ),
    "php": _compile(
        ("class", r"^\s*(?:abstract\s+|final\s+)?class\s+(\w+)"), ("function", r"^\s*(?:\w+ ){0,3}function\s+(\w+)")
    ),
    "go": _compile(
        ("type", r"^type\s+(\w+)"), ("function", r"^func\s+(\w+)"), ("method", r"^func\s+\([^)\n]*\)\s+(\w+)")
    ),
    "rust": _compile(
        ("structure", r"^\s*(?:pub(?:\([^)]*\))?\s+)?struct\s+(\w+)"),
        ("enum", r"^\s*(?:pub(?:\([^)]*\))?\s+)?enum\s+(\w+)"),
        ("trait", r"^\s*(?:pub(?:\([^)]*\))?\s+)?trait\s+(\w+)"),
        ("function", r"^(?:pub(?:\([^)]*\))?\s+)?(?:async\s+|const\s+|unsafe\s+)*fn\s+(\w+)"),
        ("macro", r"^\s*macro_rules!\s+(\w+)"),
    ),
    "erlang": _compile(
        ("module", r"^-module\s*\(\s*(\w+)"),
        ("record", r"^-record\s*\(\s*(\w+)"),
        ("function", r"^([a-z]\w*)\s*\((?:[^()]|\([^()]*\))*\)\s*(?:when\b[^>\n]*)?->"),
    ),
    "elixir": _compile(
        ("module", r"^\s*defmodule\s+([\w.]+)"),
        ("function", r"^\s*defp?\s+(\w+[?!]?)"),
        ("macro", r"^\s*defmacrop?\s+(\w+)"),
    ),
    "haskell": _compile(
        ("module", r"^module\s+([\w.]+)"),
        ("type", r"^(?:data|newtype|type)\s+(\w+)"),
        ("class", r"^class\s+(?:[^=\n]*=>\s*)?(\w+)"),
        ("function", r"^(\w[\w']*)\s*::"),
        (
            "function",
            r"^(?!(?:data|type|newtype|class|instance|import|module)\b)([a-z][\w']*)(?: +[\w'_()\[\]:,]+){0,8} *=(?!=)",
        ),
    ),
    "elm": _compile(("type", r"^type\s+(?:alias\s+)?(\w+)"), ("function", r"^(\w+)\s*:")),
    "ocaml": _compile(
        ("type", r"^type\s+(?:'\w+\s+)?(\w+)"),
        ("module", r"^module\s+(\w+)"),
        ("function", r"^let\s+(?:rec\s+)?(\w+)\s+[^=\s]"),
    ),
    "fsharp": _compile(
        ("type", r"^type\s+(\w+)"), ("module", r"^module\s+([\w.]+)"), ("function", r"^let\s+(?:rec\s+)?(\w+)\s+[^=\s]")
    ),
    "lua": _compile(
        ("function", r"^\s*(?:local\s+)?function\s+([\w.:]+)"),
        ("function", r"^\s*(?:local\s+)?([\w.]+)\s*=\s*function\b"),
    ),
    "perl": _compile(("package", r"^package\s+([\w:]+)"), ("subroutine", r"^\s*sub\s+(\w+)")),
    "r": _compile(("function", r"^\s*([\w.]+)\s*(?:<-|=)\s*function\b")),
    "julia": _compile(
        ("structure", r"^\s*(?:mutable\s+)?struct\s+(\w+)"),
        ("function", r"^\s*function\s+(\w+!?)"),
        ("function", r"^(\w+!?)\([^)\n]*\)\s*=(?!=)"),
    ),
    "shell": _compile(
        ("function", r"^\s*(?:function\s+)?([A-Za-z_][\w-]*)\s*\(\)\s*\{?"), ("function", r"^\s*function\s+([\w-]+)")
    ),
    "powershell": _compile(("function", r"^\s*function\s+([\w-]+)")),
    "sql": _compile(
        ("table", r"(?i)\bcreate\s+(?:temp(?:orary)?\s+)?table\s+(?:if\s+not\s+exists\s+)?[\"`\[]?([\w.]+)"),
        ("view", r"(?i)\bcreate\s+(?:or\s+replace\s+)?(?:materialized\s+)?view\s+[\"`\[]?([\w.]+)"),
        ("index", r"(?i)\bcreate\s+(?:unique\s+)?index\s+(?:if\s+not\s+exists\s+)?[\"`\[]?([\w.]+)"),
        ("function", r"(?i)\bcreate\s+(?:or\s+replace\s+)?(?:function|procedure)\s+[\"`\[]?([\w.]+)"),
    ),
    "makefile": _compile(("target", r"^([A-Za-z][\w.-]*)\s*:(?!=)")),
    "terraform": _compile(("resource", r"^resource\s+\"\w+\"\s+\"(\w+)\"")),
    "graphql": _compile(("type", r"^(?:type|input|interface|enum)\s+(\w+)")),
    "nix": (),
    "yaml": (),
    "forth": _compile(("word", r"(?:^|\s):\s+(\S+)\s")),
    "prolog": _compile(("predicate", r"^([a-z]\w*)\([^)\n]*\)\s*(?::-|\.)")),
    "zig": _compile(("function", r"^\s*(?:pub\s+)?fn\s+(\w+)")),
    "vim": _compile(("function", r"^\s*fu(?:nction)?!?\s+([\w:#]+)")),
}


def find_definitions(code: str, language: str) -> Iterator[tuple[str, str]]:
    """What is defined, as pairs of noun and name, in the order of the table, then of the code.

    Args:
        code: Looked at up to a bound, so that a huge listing costs no time.
        language: A key of ``code_language.SPOKEN_NAMES``.
    """
    code = clip_code(code)
    if language in ("lisp", "common-lisp", "clojure", "elisp", "scheme", "racket"):
        yield from _lisp_definitions(code)
        return
    for noun, pattern in _PATTERNS.get(language, ()):
        for match in pattern.finditer(code):
            yield noun, match[1]


def _lisp_definitions(code: str) -> Iterator[tuple[str, str]]:
    found = [
        (match.start(), noun, match[2])
        for match in _LISP.finditer(code)
        if (noun := _LISP_NOUNS.get(match[1].lower())) is not None
    ]
    found.extend(
        (match.start(), "function" if match[1] or match[3] else "value", match[2]) for match in _SCHEME.finditer(code)
    )
    for _, noun, name in sorted(found):
        yield noun, name.removeprefix("#:").lstrip(":")
