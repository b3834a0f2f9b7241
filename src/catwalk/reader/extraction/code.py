"""Code blocks: the exact text, and the language as the page names it."""

from __future__ import annotations

import re

from lxml.etree import _Element as Element

from catwalk.reader.article import Block, BlockKind
from catwalk.reader.extraction.clutter import name_of
from catwalk.reader.extraction.inline import text_of

_NUMBERING = re.compile(
    r"(?<![a-z])(?:line-?(?:no|nos|nu|num|number|numbers)(?:-rows|-wrapper)?|lnt|ln|gutter|rouge-gutter|hljs-ln-(?:n|numbers)|crayon-nums"
    r"|blob-num|js-line-number|gl|linenodiv|copy[a-z]*|clipboard[a-z]*|btn|toolbar|code-?(?:copy|lang|language|header|title|buttons?)"
    r"|remark-code-title|headerlink|react-line-number|lang-label|sr-only)(?![a-z])"
)
_NUMBERED_TABLE_TAGS = {"table", "tbody", "tr", "td"}
_LANGUAGE_CLASS = re.compile(
    r"(?:^|\s)(?:lang(?:uage)?-|brush:\s*|highlight-(?:source-|text-)?|sourceCode\s+|src-|crayon-lang-|hljs-?\s+|prettyprint\s+lang-"
    r"|highlight\s+|chroma\s+|syntax-|code-)([A-Za-z0-9+#._-]+)"
)
_NO_LANGUAGE = {
    *("", "text", "plain", "plaintext", "none", "nohighlight", "no-highlight", "default", "auto", "txt"),
    *("notranslate", "highlighter-rouge", "highlight", "hljs", "code", "block", "source", "wrapper", "container"),
    *("toolbar", "undefined", "line-numbers", "linenos", "wrap", "nowrap", "snippet", "box", "example", "chroma"),
    *("sourcecode", "console-output", "rouge", "content", "inner", "pre", "body", "area", "frame", "group"),
    *("unknown", "raw", "view", "editor"),
}
_LINE_TAGS = {"div", "li", "tr", "p", "ol", "ul", "table", "tbody", "code-line", "section"}
_MARKUP = re.compile(
    r"(?<![a-z])(?:highlight|syntaxhighlighter|crayon|codehilite|source-?code|rouge|chroma|shiki|prism|hljs|code-?block)"
)
_SYMBOLS = set("{}[]<>=;_$|\\^~`#@*+&%/()")
_VERSE = re.compile(r"(?<![a-z])(?:verse|poem|poetry|stanza|lyrics)(?![a-z])")


def is_code_container(element: Element) -> bool:
    """Whether a ``div``, ``table`` or ``figure`` is a highlighter's frame around one piece of code."""
    if element.tag not in {"div", "table", "figure", "section", "span", "code-block"} or not _MARKUP.search(
        name_of(element)
    ):
        return False
    if element.tag == "figure" and element.find(".//img") is not None:
        return False
    inner = [
        found for found in element.iter("pre", "code", "td") if found.tag != "td" or "code" in found.get("class", "")
    ]
    lines = element.xpath(".//*[contains(@class, 'line')]") if not inner else ()
    if not inner and not lines:
        return False
    n_code = sum(len(text_of(found).strip()) for found in inner if not _has_ancestor(found, inner, element))
    n_all = len(text_of(element).strip())
    holds_prose = next(element.iter("p", "h1", "h2", "h3", "blockquote"), None) is not None
    return bool(lines) or (n_code * 2 > n_all - 200 and not holds_prose)


def _has_ancestor(element: Element, among: list[Element], top: Element) -> bool:
    parent = element.getparent()
    while parent is not None and parent is not top:
        if parent in among:
            return True
        parent = parent.getparent()
    return False


def read_code(element: Element) -> Block | None:
    """The code that ``element`` holds, without line numbers and buttons; None where there is none."""
    text = code_text(element)
    if not text.strip():
        return None
    return Block(id="", kind=BlockKind.CODE, text=text, language=find_language(element), caption=_find_caption(element))


def code_text(element: Element) -> str:
    """Text of code with its white space as it is, lines parted by line feeds."""
    pieces: list[str] = []
    _collect(_innermost(element), pieces)
    text = "".join(pieces).replace("\r\n", "\n").replace("\r", "\n").replace("\u00a0", " ").replace("\u200b", "")
    text = text.removeprefix("\n").rstrip()
    blank = re.match(r"(?:[^\S\n]*\n)+", text)
    return text[blank.end() :] if blank else text


def _innermost(element: Element) -> Element:
    """The cell that holds the code of a table whose first column holds line numbers, else ``element``."""
    cells = [cell for cell in element.iter("td") if not _NUMBERING.search(name_of(cell))]
    holding = [cell for cell in cells if cell.find(".//pre") is not None]
    if len(holding) > 1:  # the first holds numbers only
        holding = [cell for cell in holding if re.sub(r"[\d\s]", "", text_of(cell))] or holding
    return holding[-1] if len(holding) == 1 or (holding and len(cells) == 2) else element


def _collect(element: Element, pieces: list[str]) -> None:
    _add(element.text, pieces, element)
    for child in element:
        if child.tag == "br":
            pieces.append("\n")
        elif child.tag not in {"button", "style", "script", "svg", "textarea", "figcaption"} and not _is_numbering(
            child
        ):
            is_line = child.tag in _LINE_TAGS
            if is_line and pieces and not pieces[-1].endswith("\n"):
                pieces.append("\n")
            start = len(pieces)
            _collect(child, pieces)
            if (
                is_line
                and (child.tag != "tr" or "".join(pieces[start:]).strip())
                and not "".join(pieces[start:]).endswith("\n")
            ):
                pieces.append("\n")
        _add(child.tail, pieces, element)


def _add(text: str | None, pieces: list[str], within: Element) -> None:
    if text and (within.tag not in {"table", "tbody", "tr", "ol", "ul"} or text.strip()):
        pieces.append(text)


def _is_numbering(element: Element) -> bool:
    if "user-select:none" in element.get("style", "").replace(" ", "") or element.get("aria-hidden") == "true":
        return True
    return bool(_NUMBERING.search(name_of(element)))


def find_language(element: Element) -> str | None:
    """The language that the element, what it holds or what frames it names, in lower case."""
    inside = [found for found in element.iter("pre", "code", "td") if found is not element][:6]
    around: list[Element] = []
    parent = element.getparent()
    while parent is not None and len(around) < 3 and parent.tag in {"div", "figure", "pre", "section", "span"}:
        around.append(parent)
        parent = parent.getparent()
    for candidate in [element, *inside, *around]:
        language = _read_language(candidate)
        if language:
            return language
    return None


def _read_language(element: Element) -> str | None:
    for key in (
        "data-lang",
        "data-language",
        "data-code-language",
        "data-enlighter-language",
        "data-canonical-lang",
        "syntax",
    ):
        value = element.get(key, "").strip().lower()
        if value and value not in _NO_LANGUAGE:
            return value
    names = element.get("class", "")
    for match in _LANGUAGE_CLASS.finditer(names):
        value = re.sub(r"^(?:(?:highlight|source|text|lang|language)-)+|;$", "", match[1].lower())
        if value not in _NO_LANGUAGE and not re.match(r"(?:line|theme|block|with|has|is|no|copy|tool)-", value):
            return _simplify(value)
    tokens = names.split()
    if element.tag in {"pre", "code"} and len(tokens) == 1 and tokens[0].lower() in _KNOWN:
        return tokens[0].lower()
    if len(tokens) == 2 and tokens[0] in {"src", "hljs", "highlight", "sourceCode", "codehilite", "chroma"}:
        value = tokens[1].lower()
        return value if value in _KNOWN else None
    return None


def _simplify(value: str) -> str:
    return {"python3": "python", "ipython3": "python", "text-html-basic": "html", "html-basic": "html"}.get(
        value, value
    )


_KNOWN = {
    *("ada", "asm", "assembly", "awk", "bash", "basic", "c", "c++", "c#", "cc", "clj", "clojure", "cmake", "cobol"),
    *("coffeescript", "common-lisp", "commonlisp", "console", "cpp", "crystal", "cs", "csharp", "css", "csv", "d"),
    *("dart", "diff", "docker", "dockerfile", "elixir", "elisp", "elm", "emacs-lisp", "erlang", "f#", "fortran"),
    *("fsharp", "gherkin", "glsl", "go", "golang", "graphql", "groovy", "haskell", "hcl", "hs", "html", "http"),
    *("idris", "ini", "java", "javascript", "js", "json", "jsx", "julia", "kotlin", "latex", "less", "lisp", "lua"),
    *("make", "makefile", "markdown", "matlab", "md", "mermaid", "nginx", "nim", "nix", "objc", "objective-c"),
    *("ocaml", "pascal", "perl", "php", "powershell", "prolog", "protobuf", "ps1", "py", "python", "r", "racket"),
    *("rb", "ruby", "rs", "rust", "sass", "scala", "scheme", "scss", "sed", "sh", "shell", "smalltalk", "sql"),
    *("svelte", "swift", "tcl", "terraform", "tex", "toml", "ts", "tsx", "typescript", "v", "vb", "verilog"),
    *("vhdl", "vim", "vue", "wasm", "xml", "yaml", "yml", "zig", "zsh"),
}


def _find_caption(element: Element) -> str | None:
    for frame in (element, element.getparent()):
        if frame is None or frame.tag not in {"figure", "div", "pre"}:
            continue
        for child in frame.iter("figcaption", "div", "span"):
            named = re.search(
                r"(?<![a-z])(?:file-?name|code-?title|remark-code-title|code-?caption)(?![a-z])", name_of(child)
            )
            if child.tag == "figcaption" or (named and child is not frame):
                caption = " ".join(text_of(child).split())
                return caption or None
    return element.get("data-title") or element.get("data-filename")


def is_prose(element: Element) -> bool:
    """Whether a ``pre`` holds a poem or a letter rather than code."""
    if _VERSE.search(name_of(element)):
        return True
    if element.find(".//code") is not None or element.find(".//samp") is not None or find_language(element):
        return False
    if _MARKUP.search(name_of(element)) or element.xpath("boolean(.//span[@class])"):
        return False
    text = code_text(element)
    lines = [line for line in text.split("\n") if line.strip()]
    words = text.split()
    if len(words) < 12 or len(lines) < 2 or len(words) < 3 * len(lines):
        return False
    if sum(character in _SYMBOLS for character in text) > len(text) * 0.015 or re.search(r"\S {3,}\S|\t\S+\t", text):
        return False
    plain = sum(
        bool(re.fullmatch(r"[\"'“‘(—-]?[^\W\d_]+(?:['’-][^\W\d_]+)*[.,;:!?…)\"'”’—-]*", word)) for word in words
    )
    marked = sum(line.rstrip()[-1] in '.,;:!?…"”’—' or line.lstrip()[0].isupper() for line in lines)
    return plain > 0.85 * len(words) and marked >= 0.5 * len(lines)
