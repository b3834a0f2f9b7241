"""Which language a piece of code is written in: what the page says, else what the code looks like."""

from __future__ import annotations

import json
import re

SPOKEN_NAMES: dict[str, str] = {
    "assembly": "assembly",
    "c": "C",
    "clojure": "Clojure",
    "common-lisp": "Common Lisp",
    "cpp": "C++",
    "csharp": "C#",
    "css": "CSS",
    "dart": "Dart",
    "diff": "diff",
    "dockerfile": "Dockerfile",
    "elisp": "Emacs Lisp",
    "elixir": "Elixir",
    "elm": "Elm",
    "erlang": "Erlang",
    "forth": "Forth",
    "fsharp": "F#",
    "go": "Go",
    "graphql": "GraphQL",
    "haskell": "Haskell",
    "html": "HTML",
    "ini": "configuration",
    "java": "Java",
    "javascript": "JavaScript",
    "json": "JSON",
    "julia": "Julia",
    "kotlin": "Kotlin",
    "latex": "LaTeX",
    "lisp": "Lisp",
    "lua": "Lua",
    "makefile": "Makefile",
    "markdown": "Markdown",
    "matlab": "MATLAB",
    "nginx": "nginx",
    "nix": "Nix",
    "ocaml": "OCaml",
    "perl": "Perl",
    "php": "PHP",
    "powershell": "PowerShell",
    "prolog": "Prolog",
    "python": "Python",
    "r": "R",
    "racket": "Racket",
    "ruby": "Ruby",
    "rust": "Rust",
    "scala": "Scala",
    "scheme": "Scheme",
    "shell": "shell",
    "smalltalk": "Smalltalk",
    "sql": "SQL",
    "swift": "Swift",
    "terraform": "Terraform",
    "toml": "TOML",
    "typescript": "TypeScript",
    "vim": "Vim script",
    "xml": "XML",
    "yaml": "YAML",
    "zig": "Zig",
}
"""What a language is called, by the name that the rest of the reader uses for it."""

_ALIASES: dict[str, str] = {
    "asm": "assembly",
    "bash": "shell",
    "bat": "shell",
    "c#": "csharp",
    "c++": "cpp",
    "cc": "cpp",
    "cl": "common-lisp",
    "clj": "clojure",
    "cljs": "clojure",
    "clojurescript": "clojure",
    "commonlisp": "common-lisp",
    "conf": "ini",
    "console": "shell",
    "cs": "csharp",
    "docker": "dockerfile",
    "edn": "clojure",
    "el": "elisp",
    "emacs-lisp": "elisp",
    "erl": "erlang",
    "ex": "elixir",
    "exs": "elixir",
    "fish": "shell",
    "golang": "go",
    "h": "c",
    "hcl": "terraform",
    "hs": "haskell",
    "htm": "html",
    "ipython": "python",
    "js": "javascript",
    "json5": "json",
    "jsonc": "json",
    "jsx": "javascript",
    "kt": "kotlin",
    "make": "makefile",
    "md": "markdown",
    "mjs": "javascript",
    "ml": "ocaml",
    "mysql": "sql",
    "node": "javascript",
    "objc": "c",
    "objectivec": "c",
    "patch": "diff",
    "pl": "perl",
    "plpgsql": "sql",
    "postgres": "sql",
    "postgresql": "sql",
    "ps1": "powershell",
    "py": "python",
    "pycon": "python",
    "python3": "python",
    "rb": "ruby",
    "rkt": "racket",
    "rs": "rust",
    "scm": "scheme",
    "sh": "shell",
    "shell-session": "shell",
    "shellscript": "shell",
    "sqlite": "sql",
    "svg": "xml",
    "tex": "latex",
    "tf": "terraform",
    "ts": "typescript",
    "tsx": "typescript",
    "vb": "csharp",
    "viml": "vim",
    "vue": "html",
    "yml": "yaml",
    "zsh": "shell",
}

_PROMPTS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("python", re.compile(r"^(?:>>> |In \[\d+\]: )", re.MULTILINE)),
    ("common-lisp", re.compile(r"^(?:[A-Z][A-Z0-9._-]*> ?|\* \()", re.MULTILINE)),
    ("clojure", re.compile(r"^[a-z][\w.-]*=> ", re.MULTILINE)),
    ("scheme", re.compile(r"^(?:\d+ \]=> |#;\d+> |scheme@\([\w-]+\)> )", re.MULTILINE)),
    ("elisp", re.compile(r"^ELISP> ", re.MULTILINE)),
    ("ruby", re.compile(r"^irb(?:\([^)]*\))?(?::\d+)*[>*] |^pry\([^)]*\)> ", re.MULTILINE)),
    ("elixir", re.compile(r"^iex(?:\(\d+\))?> ", re.MULTILINE)),
    ("haskell", re.compile(r"^(?:ghci|Prelude[\w. ]*|\*?[A-Z]\w*)> ", re.MULTILINE)),
    ("erlang", re.compile(r"^\d+> .*\.\s*$", re.MULTILINE)),
    ("sql", re.compile(r"^(?:sqlite|mysql|\w+=[#>])>? ", re.MULTILINE)),
    ("shell", re.compile(r"^(?:\[?[\w.-]+@[\w.-]+[:\s][^$#\n]{0,60}[$#]|[$%]|PS [A-Z]:[^>\n]*>) ?\S", re.MULTILINE)),
    ("racket", re.compile(r"^> \(", re.MULTILINE)),
    ("javascript", re.compile(r"^> (?:const |let |var |function |[\w.$]+(?:\(| = )|\d)", re.MULTILINE)),
)
"""Prompts of interactive sessions, the most telling first."""

_LOOKS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("diff", re.compile(r"^(?:diff --git |@@ -\d+|--- \S+.*\n\+\+\+ \S+)", re.MULTILINE)),
    (
        "html",
        re.compile(
            r"\A\s*(?:<!DOCTYPE html|<html|<(?:div|p|span|ul|ol|table|script|body|head|form|a|img|h[1-6])\b)", re.I
        ),
    ),
    ("xml", re.compile(r"\A\s*<(?:\?xml|[a-zA-Z][\w:-]*(?:\s[^<>]*)?/?>)")),
    ("shell", re.compile(r"\A#!.*\b(?:ba|z|da|k|fi)?sh\b")),
    (
        "python",
        re.compile(
            r"\A#!.*python|^\s*(?:def \w+\(.*\).*:|class \w+.*:|from [\w.]+ import |import \w+$|elif .*:)", re.M
        ),
    ),
    (
        "clojure",
        re.compile(r"^\s*\((?:ns|defn-?|defmulti|defprotocol|defrecord|deftype|def) |\(fn \[|\(let \[", re.MULTILINE),
    ),
    ("racket", re.compile(r"^#lang \w+", re.MULTILINE)),
    (
        "common-lisp",
        re.compile(
            r"\(\s*(?:defun|defmacro|defmethod|defgeneric|defclass|defstruct|defvar|defparameter|defpackage"
            r"|in-package|ql:quickload|asdf:\S+)\s|#'\S",
            re.IGNORECASE,
        ),
    ),
    ("scheme", re.compile(r"^\s*\((?:define|define-syntax|let\*?|lambda|letrec)[\s(]", re.MULTILINE)),
    (
        "erlang",
        re.compile(
            r"^-(?:module|export|behaviou?r|include|record)\s*\(|^[a-z]\w*\(.*\)\s*(?:when .*)?->", re.MULTILINE
        ),
    ),
    (
        "haskell",
        re.compile(
            r"^\s*(?:\w+|\(\W+\))\s*::\s|^module [A-Z][\w.]* (?:\(|where)|^import (?:qualified )?[A-Z]"
            r"|^instance ",
            re.M,
        ),
    ),
    ("rust", re.compile(r"\bfn \w+.*\{|\blet mut \w+|^\s*(?:use \w+::|impl\b|pub (?:struct|enum|fn))", re.MULTILINE)),
    ("go", re.compile(r"^package \w+$|^func (?:\(.*?\) )?\w+\(|\w+ := ", re.MULTILINE)),
    ("php", re.compile(r"<\?php|^\s*\$\w+\s*=.*;$", re.MULTILINE)),
    (
        "c",
        re.compile(
            r"^\s*#\s*(?:include\s*[<\"]|define\s+\w)|^\s*(?:static |unsigned |const )*(?:int|void|char|float"
            r"|double|uint\d+_t)"
            r"\s+\*?\w+\s*[(;=\[]",
            re.MULTILINE,
        ),
    ),
    ("java", re.compile(r"\bpublic (?:static |final |abstract )*(?:class|interface|void|enum)\b|System\.out\.print")),
    (
        "typescript",
        re.compile(
            r"^\s*(?:export )?(?:interface|type) \w+(?:<.*>)? (?:=|\{)|: (?:string|number|boolean)\b[;,)=]", re.M
        ),
    ),
    (
        "javascript",
        re.compile(
            r"\bfunction\b\s*\w*\s*\(|^\s*(?:const|let"
            r"|var) [\w{\[]|=>\s*[{(]|\$\(|console\.log|document\.|\brequire\(",
            re.M,
        ),
    ),
    (
        "ruby",
        re.compile(
            r"^\s*(?:def \w+[?!]?(?:\(.*\))?\s*$|require '|class [A-Z]\w*(?: < \w+)?\s*$)|\bdo \|\w+", re.MULTILINE
        ),
    ),
    (
        "sql",
        re.compile(
            r"^\s*(?:select\b[\s\S]+\bfrom\b|create (?:table|index|view|or)\b|insert into\b|update \w+ set\b"
            r"|delete from\b"
            r"|alter table\b|drop table\b)",
            re.IGNORECASE | re.MULTILINE,
        ),
    ),
    (
        "css",
        re.compile(r"^\s*(?:@media|@import|[.#]?[\w-]+(?:[ >,.:#\w-]*))\s*\{\s*(?:[\w-]+\s*:[^;{}]+;)", re.MULTILINE),
    ),
    (
        "dockerfile",
        re.compile(
            r"^FROM \S+(?: AS \w+)?\s*$[\s\S]*^(?:RUN|COPY|CMD|WORKDIR"
            r"|ENTRYPOINT) ",
            re.MULTILINE,
        ),
    ),
    ("makefile", re.compile(r"^[\w./-]+:(?: [\w./ -]*)?\n\t", re.MULTILINE)),
    ("ini", re.compile(r"\A\s*(?:[#;].*\n\s*)*\[[\w. -]+\]\s*\n(?:\s*[\w.-]+\s*=)", re.MULTILINE)),
    (
        "shell",
        re.compile(
            r"^\s*(?:sudo |apt(?:-get)? |pip3? install|npm |yarn |git (?:clone|add|commit|push|checkout|pull) |cd "
            r"|export \w+="
            r"|curl |wget |docker |brew |mkdir |echo |chmod |make(?:$| \w))",
            re.MULTILINE,
        ),
    ),
    ("lisp", re.compile(r"\A\s*(?:;.*\n\s*)*[`']?\([\w*+/<=>!?:.-]+[\s()]")),
)
"""What gives a language away, the most telling first."""

UNNAMED = frozenset(
    ("", "text", "txt", "plain", "plaintext", "none", "nohighlight", "no-highlight", "output", "code", "auto")
)
"""Names that say nothing about the language."""

_ANY_PROMPT = re.compile(
    r"(?:>>> |\.\.\. |In \[\d+\]: |[A-Z][A-Z0-9._-]*> ?|\* (?=\()|[a-z][\w.-]*=> |\d+ \]=> |#;\d+> |ELISP> |\d+> |> "
    r"|scheme@\([\w-]+\)> |irb(?:\([^)]*\))?(?::\d+)*[>*] |pry\([^)]*\)> |iex(?:\(\d+\))?> "
    r"|(?:ghci|Prelude[\w. ]*|\*?[A-Z]\w*)> |(?:sqlite|mysql|\w+=[#>])>? )"
)
_MAX_LINES = 400
_MAX_LINE_CHARS = 200
_YAML_KEY = re.compile(r"(?:- )*([\w./-]+):(?: .*)?")


def clip_code(code: str) -> str:
    """The part of code that is looked at: its first lines, without blank ones, none very long.

    The patterns of this package are fast on such text, whatever it is.
    """
    lines = (line[:_MAX_LINE_CHARS].rstrip() for line in code.splitlines() if line.strip())
    return "\n".join(line for line, _ in zip(lines, range(_MAX_LINES), strict=False))


def name_language(code: str, named: str | None) -> str | None:
    """A key of :data:`SPOKEN_NAMES`, or None.

    Args:
        code: The code itself.
        named: What the page calls the language; trusted where it is known.
    """
    name = (named or "").strip().lower()
    name = _ALIASES.get(name, name)
    if name in SPOKEN_NAMES:
        return name
    if name and name not in UNNAMED:
        return None
    return session_language(code) or guess_language(code)


def session_language(code: str) -> str | None:
    """The language of an interactive session, told by its prompts; None where there are none."""
    looked_at = clip_code(code)
    return next((language for language, prompt in _PROMPTS if prompt.search(looked_at)), None)


def session_input(code: str) -> str:
    """What was typed in a session: its lines that begin with a prompt, without the prompt."""
    typed: list[str] = []
    for line in clip_code(code).splitlines():
        prompt = _ANY_PROMPT.match(line)
        if prompt:
            typed.append(line[prompt.end() :])
    return "\n".join(typed)


def guess_language(code: str) -> str | None:
    """The language that code looks to be in; None where nothing tells."""
    looked_at = clip_code(code)
    if looked_at.lstrip()[:1] in ("{", "[") and _is_json(code):
        return "json"
    if _is_yaml(looked_at):
        return "yaml"
    return next((language for language, look in _LOOKS if look.search(looked_at)), None)


def _is_yaml(code: str) -> bool:
    """Whether code is rows of ``key: value``, nested by indentation; YAML never repeats a key, other formats do."""
    keys: list[str] = []
    for line in code.splitlines():
        if line.startswith((" ", "#", "- ")) or line == "---":
            continue
        key = _YAML_KEY.fullmatch(line)
        if key is None:
            return False
        keys.append(key[1])
    return len(keys) == len(set(keys)) and len(code.splitlines()) > 1 and bool(keys)


def _is_json(code: str) -> bool:
    try:
        json.loads(code)
    except (ValueError, RecursionError):
        return False
    return True
