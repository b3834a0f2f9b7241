"""A block of code in one sentence: its language, its length, and what it defines, runs or changes.

Python is parsed; in other languages definitions are found by how they begin.
"""

from __future__ import annotations

import ast
import json
import re
import warnings
from collections.abc import Callable, Iterable, Iterator

from catwalk.reader.scripting.code_definitions import find_definitions
from catwalk.reader.scripting.code_language import (
    SPOKEN_NAMES,
    UNNAMED,
    clip_code,
    name_language,
    session_input,
    session_language,
)

_MAX_NAMES = 4
_MAX_CALLS = 3
_MAX_NAME_CHARS = 40
_MAX_CHARS = 220
_MOST_PARSED = 200_000
"""Characters; parsing takes a second a megabyte."""

_SHELL_WORD = re.compile(r"(?:sudo\s+|time\s+|\w+=\S+\s+)*([A-Za-z][\w./+-]*)(?![\w./+-]*=)")
_SHELL_PROMPT = re.compile(r"^(?:\[?[\w.-]+@[\w.-]+[:\s][^$#\n]{0,60}[$#]\]?|[$%#]|PS [A-Z]:[^>\n]*>) ?(?=\S)")
_SHELL_GRAMMAR = frozenset(
    ("if", "then", "else", "elif", "fi", "for", "while", "do", "done", "case", "esac", "in", "function", "return",
     "exit", "set", "local")
)  # fmt: skip
_ARMOR = re.compile(r"\A\s*-----BEGIN ([A-Z0-9 ]+)-----")
_LISP_CALL = re.compile(r"^[`']?\(([^\s()\"';`,]+)", re.MULTILINE)
_CALL = re.compile(
    r"^\s*(?:await\s+|return\s+|\w+\s*=\s*)?((?:[A-Za-z_$][\w$]*(?:\.|::|:|->))*[A-Za-z_$][\w$]*)\(", re.MULTILINE
)
_LISPS = frozenset(("lisp", "common-lisp", "scheme", "racket", "clojure", "elisp"))
_NO_CALLS = frozenset(
    ("if", "for", "while", "switch", "catch", "function", "return", "elif", "sizeof", "def", "fn", "func", "class",
     "and", "or", "not", "when", "let", "let*", "letrec", "lambda", "progn", "begin", "do", "cond", "case", "unless",
     "loop", "dolist", "dotimes", "quote", "setf", "setq", "set!", "->", "->>", "declare", "eval-when")
)  # fmt: skip
_DOCUMENTS = {
    "css": "a CSS style sheet",
    "diff": "a diff",
    "dockerfile": "a Dockerfile",
    "html": "an HTML page",
    "ini": "a configuration file",
    "json": "a JSON document",
    "latex": "a LaTeX source",
    "makefile": "a Makefile",
    "markdown": "a Markdown source",
    "nginx": "an nginx configuration",
    "terraform": "a Terraform configuration",
    "toml": "a TOML document",
    "xml": "an XML document",
    "yaml": "a YAML document",
}
"""What is a document rather than so many lines of code."""

_SPEAKABLE_SHARE = 0.8


def is_readable(code: str, longest: int) -> bool:
    """Whether code is one short line that is mostly words."""
    lines = [line for line in code.splitlines() if line.strip()]
    if len(lines) != 1 or len(lines[0].strip()) > longest:
        return False
    line = lines[0].strip()
    n_plain = sum(character.isalnum() or character in " .-_/" for character in line)
    return n_plain >= _SPEAKABLE_SHARE * len(line) and any(character.isalpha() for character in line)


def describe_code(code: str, named: str | None) -> str:
    """One sentence on a block of code, names in back-ticks.

    Args:
        code: The code, not empty.
        named: What the page calls its language.
    """
    n_lines = sum(1 for line in code.splitlines() if line.strip())
    length = "one line" if n_lines == 1 else f"{n_lines} lines"
    if armor := _ARMOR.match(code[:200]):
        return f"{_article(armor[1])} {_armor_name(armor[1])} of {length}."
    language = name_language(code, named)
    session = session_language(code)
    if session and not _speaks(session, language):
        session = None
    kind = _session_kind(session, language, length) if session else _kind(code, language, named, length)
    kind = kind[:1].upper() + kind[1:]
    sentence = f"{kind}{_session_detail(code, session) if session else _detail(code, language)}."
    return sentence if len(sentence) <= _MAX_CHARS else f"{kind}."


def _speaks(session: str, language: str | None) -> bool:
    """Whether prompts that look like a session's may stand in code of that language."""
    return language in (session, None) or {language, session} <= _LISPS


def _session_kind(session: str, language: str | None, length: str) -> str:
    if session == "shell":
        return f"a terminal session of {length}"
    name = SPOKEN_NAMES[language or session]
    return f"{_article(name)} {name} session of {length}"


def _session_detail(code: str, session: str) -> str:
    if session == "shell":
        return _verb("running", _shell_commands(code, prompted=True))
    typed = session_input(code)
    if session == "python" and (parts := _python_parts(typed)):
        return parts
    return _calls(typed, session)


def _kind(code: str, language: str | None, named: str | None, length: str) -> str:
    if language == "html" and not re.search(r"<(?:!doctype|html)\b", clip_code(code), re.IGNORECASE):
        return f"{length} of HTML"
    if language in _DOCUMENTS:
        return f"{_DOCUMENTS[language]} of {length}"
    if language:
        return f"{length} of {SPOKEN_NAMES[language]} code"
    if named and re.fullmatch(r"[a-z][a-z0-9+#-]{1,20}", named) and named not in UNNAMED:
        return f"{length} of {named} code"
    return f"{length} of code" if re.search(r"[{}();=<>]", code) else f"{length} of preformatted text"


def _detail(code: str, language: str | None) -> str:
    if language is None:
        return ""
    if special := _SPECIAL.get(language):
        return special(code)
    if language == "python" and (parts := _python_parts(code)):
        return parts
    if groups := list(find_definitions(code, language)):
        return f", defining {_name_groups(groups)}"
    if language == "shell":
        return _verb("running", _shell_commands(code, prompted=False))
    return "" if language in _DOCUMENTS else _calls(code, language)


def _calls(code: str, language: str) -> str:
    pattern = _LISP_CALL if language in _LISPS else _CALL
    names = _distinct(name for name in pattern.findall(clip_code(code)) if name.lower() not in _NO_CALLS)
    return _verb("calling", names[:_MAX_CALLS])


def _python_parts(code: str) -> str:
    """What Python code defines; where it defines nothing, what it calls, sets or imports."""
    if len(code) > _MOST_PARSED:
        return ""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SyntaxWarning)  # strange escapes are the post's affair
            tree = ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ""
    groups: list[tuple[str, str]] = []
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            groups.append(("function", node.name))
        elif isinstance(node, ast.ClassDef):
            groups.append(("class", node.name))
    if groups:
        return f", defining {_name_groups(groups)}"
    calls = _distinct(ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call))
    return (
        _verb("calling", calls[:_MAX_CALLS])
        or _verb("setting", _assignments(tree))
        or _verb("importing", _imports(tree))
    )


def _assignments(tree: ast.Module) -> Iterator[str]:
    for node in tree.body:
        if isinstance(node, ast.Assign):
            yield from (name.id for name in node.targets if isinstance(name, ast.Name))


def _imports(tree: ast.Module) -> Iterator[str]:
    for node in tree.body:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or "."


def _json_detail(code: str) -> str:
    try:
        document = json.loads(code)
    except (ValueError, RecursionError):
        return ""
    if isinstance(document, dict) and document:
        return f" with {_name_groups(('key', key) for key in document)}"
    if isinstance(document, list):
        return f": a list of {len(document)} {'item' if len(document) == 1 else 'items'}"
    return ""


def _diff_detail(code: str) -> str:
    files = re.findall(r"^\+\+\+ (?:b/)?([^\s]+)", code, re.MULTILINE)
    n_added = len(re.findall(r"^\+(?!\+\+ )", code, re.MULTILINE))
    n_removed = len(re.findall(r"^-(?!-- )", code, re.MULTILINE))
    to = f" to {_join(_distinct(files))}" if files else ""
    return f"{to}: {n_added} {'line' if n_added == 1 else 'lines'} added, {n_removed} removed"


def _html_detail(code: str) -> str:
    title = re.search(r"<title[^>]*>\s*([^<]{1,60}?)\s*</title>", clip_code(code), re.IGNORECASE)
    return f" with the title {title[1]}" if title else ""


def _sql_detail(code: str) -> str:
    if found := list(find_definitions(code, "sql")):
        return f", creating {_name_groups(found)}"
    verbs = (
        ("inserting into", r"\binsert\s+into\s+([\w.\"`\[\]]+)"),
        ("updating", r"\bupdate\s+([\w.\"`\[\]]+)\s+set\b"),
        ("deleting from", r"\bdelete\s+from\s+([\w.\"`\[\]]+)"),
        ("selecting from", r"\b(?:from|join)\s+([\w.\"`\[\]]+)"),
    )
    for verb, pattern in verbs:
        if names := re.findall(pattern, clip_code(code), re.IGNORECASE):
            return _verb(verb, (name.strip('"`[]') for name in names))
    return ""


def _shell_commands(code: str, *, prompted: bool) -> Iterator[str]:
    for line in clip_code(code).splitlines():
        prompt = _SHELL_PROMPT.match(line)
        if prompted and not prompt:
            continue
        rest = line[prompt.end() :] if prompt else line
        for command in re.split(r"\s*(?:\|\|?|&&|;)\s*", rest.strip()):
            word = _SHELL_WORD.match(command)
            if word and word[1] not in _SHELL_GRAMMAR:
                yield word[1].rpartition("/")[2]


def _verb(verb: str, names: Iterable[str]) -> str:
    distinct = _distinct(names)
    return f", {verb} {_join(distinct)}" if distinct else ""


def _name_groups(groups: Iterable[tuple[str, str]]) -> str:
    """The function `a`, the functions `b` and `c`: names gathered by what they name, at most a few of each."""
    by_noun: dict[str, list[str]] = {}
    for noun, name in groups:
        by_noun.setdefault(noun, []).append(name)
    parts = []
    for noun, names in by_noun.items():
        distinct = _distinct(names)
        if distinct:
            parts.append(f"the {noun if len(distinct) == 1 else _plural(noun)} {_join(distinct)}")
    return _and(parts)


def _distinct(names: Iterable[str]) -> list[str]:
    return [name for name in dict.fromkeys(names) if name and len(name) <= _MAX_NAME_CHARS and "`" not in name]


def _join(names: list[str]) -> str:
    shown = [f"`{name}`" for name in names[:_MAX_NAMES]]
    if len(names) == _MAX_NAMES + 1:
        shown.append(f"`{names[-1]}`")
    elif len(names) > _MAX_NAMES:
        shown.append(f"{len(names) - _MAX_NAMES} more")
    return _and(shown)


def _and(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}" if parts else ""


def _plural(noun: str) -> str:
    if noun.endswith(("s", "x")):
        return f"{noun}es"
    return f"{noun[:-1]}ies" if noun.endswith("ty") else f"{noun}s"


def _armor_name(armor: str) -> str:
    return " ".join(
        word if word in ("PGP", "RSA", "SSH", "EC", "DSA", "OPENSSH") else word.lower() for word in armor.split()
    )


def _article(name: str) -> str:
    # By sound: letters that are spelled out and begin with a vowel's sound take "an".
    if name.isupper() and len(name) <= 4:
        return "An" if name[0] in "AEFHILMNORSX" else "A"
    return "An" if name[:1].lower() in "aeio" else "A"


_SPECIAL: dict[str, Callable[[str], str]] = {
    "json": _json_detail,
    "diff": _diff_detail,
    "html": _html_detail,
    "sql": _sql_detail,
}
