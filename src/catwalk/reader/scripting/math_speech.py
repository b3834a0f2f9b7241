"""Formulas in words: LaTeX, or the plain characters of a formula, as somebody would read them out.

Covers what posts are written with: fractions, powers, indices, roots, Greek letters, sums, integrals, limits,
relations, sets, functions and text. What else there is (matrices, diagrams, long derivations) has no spoken form of a
bearable length, and the answer is None.
"""

from __future__ import annotations

import re

from catwalk.reader.scripting.math_symbols import (
    ACCENTS,
    BLACKBOARD,
    CHARACTER_COMMANDS,
    CHARACTERS,
    COMMANDS,
    FUNCTIONS,
    LIMITS,
    OPERATORS,
    OVERSETS,
    SUBSCRIPTS,
    SUPERSCRIPTS,
)

LONGEST_SPOKEN = 220
"""Characters; what takes longer to say is not understood by ear."""

_TOKEN = re.compile(r"\\[A-Za-z]+\*?|:=|\\.|\d+(?:[.,]\d+)*|[A-Za-z]+|\S", re.DOTALL)
_WRAPPER = re.compile(r"^\s*(?:\\\[(.*)\\\]|\\\((.*)\\\)|\$\$(.*)\$\$|\$(.*)\$)\s*$", re.DOTALL)
_ENVIRONMENT = re.compile(r"\\(?:begin|end)\{(?:equation|align|aligned|gather|gathered|split|displaymath|math)\*?\}")
_SIZES = frozenset(
    ("left", "right", "big", "Big", "bigg", "Bigg", "bigl", "bigr", "Bigl", "Bigr", "middle", "nolimits", "quad",
     "textstyle", "scriptstyle", "limits", "displaystyle", "qquad", ",", ";", ":", "!", "nonumber", "notag", " ", "\n")
)  # fmt: skip
_PLAIN_ARGUMENT = frozenset(
    (
        "mathrm",
        "mathbf",
        "mathit",
        "mathsf",
        "mathcal",
        "mathfrak",
        "mathscr",
        "boldsymbol",
        "bm",
        "operatorname",
        "pmb",
    )
)
_TEXT_ARGUMENT = frozenset(("text", "textrm", "textbf", "textit", "mbox", "texttt", "textsf"))
_WITH_DROPPED_ARGUMENT = frozenset(("label", "tag"))
_HALVES = {
    ("1", "2"): "one half",
    ("1", "3"): "one third",
    ("2", "3"): "two thirds",
    ("1", "4"): "one quarter",
    ("3", "4"): "three quarters",
}
_FUNCTION_LETTERS = frozenset(
    ("f", "g", "h", "p", "F", "G", "H", "O", "P", "Q", "T", "E", "\\phi", "\\varphi", "\\psi", "\\Phi", "\\Psi",
     "\\Theta", "\\Omega", "\\zeta", "\\Gamma")
)  # fmt: skip
_POWERS = {"2": "squared", "3": "cubed"}
_MARKS = {
    "prime": "prime",
    "dagger": "dagger",
    "transpose": "transpose",
    "T": "transpose",
    "star": "star",
    "times": "star",
    "degrees": "degrees",
    "composed with": "degrees",
    "plus": "plus",
    "minus": "minus",
}
"""Superscripts that are no exponents."""

_MAX_DEPTH = 24


class _NoWordsError(Exception):
    """The formula has something in it that is not said in a line."""


def speak_math(source: str) -> str | None:
    r"""Read a formula out.

    Args:
        source: LaTeX with or without its delimiters, or plain characters such as ``x² + 1``.

    Returns:
        Words, with numbers in digits, for example ``x squared plus 1`` for ``x^2 + 1``; None where there is no short
        spoken form.
    """
    wrapped = _WRAPPER.match(source)
    body = next((group for group in wrapped.groups() if group is not None), source) if wrapped else source
    body = _ENVIRONMENT.sub(" ", body).replace("&", " ")
    rows = [row for row in re.split(r"\\\\(?:\[[^\]]*\])?", body) if row.strip()]
    try:
        spoken = ", ".join(_Parser(row).read() for row in rows)
    except _NoWordsError:
        return None
    spoken = re.sub(r"\s+([,.?])", r"\1", re.sub(r"\s+", " ", spoken)).strip(" ,")
    if not any(character.isalnum() for character in spoken) or len(spoken) > LONGEST_SPOKEN:
        return None
    return spoken


class _Parser:
    """Recursive descent over the tokens of one row."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._tokens = [(match.group(), match.start()) for match in _TOKEN.finditer(source)]
        self._at = 0
        self._depth = 0

    def read(self) -> str:
        words = self._sequence(end=None)
        if self._at < len(self._tokens):
            raise _NoWordsError
        return words

    def _peek(self) -> str | None:
        return self._tokens[self._at][0] if self._at < len(self._tokens) else None

    def _next(self) -> str:
        symbol = self._peek()
        if symbol is None:
            raise _NoWordsError
        self._at += 1
        return symbol

    def _sequence(self, end: str | None) -> str:
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise _NoWordsError
        words: list[str] = []
        while (symbol := self._peek()) is not None and symbol != end:
            after = self._tokens[self._at - 1][0] if self._at and words else ""
            word = self._scripted(words)
            multiplies = word.startswith("the quantity") and (after.isalnum() or after in (")", "}"))
            words.append(f"times {word}" if multiplies else word)
        if end is not None:
            if self._peek() != end:
                raise _NoWordsError
            self._at += 1
        self._depth -= 1
        return " ".join(word for word in words if word)

    def _scripted(self, before: list[str]) -> str:
        symbol = self._peek()
        if symbol in ("^", "_"):  # a script with nothing before it belongs to the last thing said
            return self._scripts("")
        operator = (symbol or "").removeprefix("\\") if symbol else ""
        operator = CHARACTER_COMMANDS.get(symbol or "", operator)
        if operator in OPERATORS and symbol != operator:
            self._at += 1
            return self._bounded(OPERATORS[operator])
        if operator in LIMITS:
            self._at += 1
            return self._limited(LIMITS[operator])
        if symbol == "-" and not any(before):
            self._at += 1
            return "minus"
        words = self._scripts(self._atom())
        if self._peek() == "(" and symbol is not None and _names_function(symbol):
            self._at += 1
            return f"{words} of {self._sequence(end=')')}"
        return words

    def _scripts(self, base: str) -> str:
        words = [base]
        while (symbol := self._peek()) is not None:
            if symbol == "_":
                self._at += 1
                words.append(f"{'base' if base == 'log' else 'sub'} {self._argument()}")
            elif symbol == "^":
                self._at += 1
                words.append(self._power(base))
            elif symbol in SUPERSCRIPTS:
                words.append(_power(self._run(SUPERSCRIPTS)))
            elif symbol in SUBSCRIPTS:
                words.append(f"sub {self._run(SUBSCRIPTS)}")
            elif symbol in ("'", "′"):
                self._at += 1
                words.append("prime")
            else:
                break
        return " ".join(word for word in words if word)

    def _power(self, base: str) -> str:
        exponent = self._argument()
        if exponent == "minus 1" and not base[-1:].isdigit():
            return "inverse"
        power = _power(exponent)
        ends = self._peek() in (None, ")", "}", "]", ",", ".")
        return power if ends or " " not in exponent else f"{power},"

    def _run(self, table: dict[str, str]) -> str:
        characters = ""
        while (symbol := self._peek()) is not None and symbol in table:
            characters += table[symbol]
            self._at += 1
        return _Parser(characters).read()

    def _bounded(self, name: str) -> str:
        lower, upper = self._bounds()
        words = name
        if lower and upper:
            words += f" from {lower} to {upper}"
        elif lower:
            words += f" over {lower}"
        return words + " of"

    def _limited(self, name: str) -> str:
        lower, _ = self._bounds()
        if not lower:
            return name + " of"
        return f"{name} as {lower.replace(' to ', ' goes to ')} of" if " to " in lower else f"{name} over {lower} of"

    def _bounds(self) -> tuple[str, str]:
        lower = upper = ""
        while (symbol := self._peek()) in ("_", "^", "\\limits"):
            self._at += 1
            if symbol == "_":
                lower = self._argument()
            elif symbol == "^":
                upper = self._argument()
        return lower, upper

    def _argument(self) -> str:
        symbol = self._next()
        if symbol == "{":
            return self._sequence(end="}")
        self._at -= 1
        if re.fullmatch(r"[A-Za-z]{2,}", symbol):  # TeX takes one letter: x^ab is x to the a, times b
            start = self._tokens[self._at][1]
            self._tokens[self._at : self._at + 1] = [(letter, start + i) for i, letter in enumerate(symbol)]
        return self._atom()

    def _atom(self) -> str:
        symbol = self._next()
        if symbol == "{":
            return self._sequence(end="}")
        if symbol.startswith("\\"):
            return self._command(symbol[1:].rstrip("*"))
        if symbol in CHARACTER_COMMANDS:
            return self._command(CHARACTER_COMMANDS[symbol])
        if symbol[0].isdigit():
            return symbol
        if symbol.isascii() and symbol.isalpha():
            return _letters(symbol)
        if symbol in "([":
            return self._bracketed(")" if symbol == "(" else "]")
        if symbol == "|" and self._closes_ahead():
            return f"the absolute value of {self._sequence(end='|')}"
        if symbol in CHARACTERS:
            return CHARACTERS[symbol]
        if symbol in SUPERSCRIPTS or symbol in SUBSCRIPTS:
            self._at -= 1
            return self._scripts("")
        if symbol.isalpha():
            return symbol
        raise _NoWordsError

    def _closes_ahead(self) -> bool:
        """Whether a bar stands further on, inside the same brackets."""
        depth = 0
        for symbol, _ in self._tokens[self._at :]:
            if symbol == "|" and depth == 0:
                return True
            depth += (symbol in "([{") - (symbol in ")]}")
            if depth < 0:
                return False
        return False

    def _bracketed(self, end: str) -> str:
        inner = self._sequence(end=end)
        if " " not in inner or "," in inner:
            return inner
        return f"the quantity {inner}{',' if self._peek() == '^' else ''}"

    def _command(self, name: str) -> str:
        if name in _WITH_DROPPED_ARGUMENT:
            self._raw_argument()
            return ""
        if name in _SIZES:
            if name in ("left", "right") and self._peek() == ".":
                self._at += 1
            return ""
        if name in _TEXT_ARGUMENT:
            return self._raw_argument()
        if name in _PLAIN_ARGUMENT:
            return self._plain_argument()
        if name in ACCENTS:
            return f"{self._argument()} {ACCENTS[name]}"
        if (words := FUNCTIONS.get(name, COMMANDS.get(name))) is not None:
            return words
        return self._construct(name)

    def _construct(self, name: str) -> str:
        if name in ("frac", "dfrac", "tfrac", "cfrac"):
            return _fraction(self._argument(), self._argument())
        if name in ("binom", "dbinom"):
            return f"{self._argument()} choose {self._argument()}"
        if name == "sqrt":
            return self._root()
        if name == "mathbb":
            letter = self._raw_argument().strip()
            return BLACKBOARD.get(letter, letter)
        if name in ("overset", "underset", "stackrel"):
            mark = self._raw_argument().strip()
            return f"{self._argument()} {OVERSETS.get(mark, mark if mark.isalpha() else '')}"
        if name == "pmod":
            return f"modulo {self._argument()}"
        raise _NoWordsError

    def _root(self) -> str:
        degree = ""
        if self._peek() == "[":
            self._at += 1
            degree = self._sequence(end="]")
        body = self._argument()
        if not degree or degree == "2":
            return f"the square root of {body}"
        return f"the {'cube' if degree == '3' else _ordinal(degree)} root of {body}"

    def _plain_argument(self) -> str:
        raw = self._raw_argument().strip()
        if re.fullmatch(r"[A-Za-z]{2,}", raw):
            return FUNCTIONS.get(raw, raw)
        return _Parser(raw).read()

    def _raw_argument(self) -> str:
        """The source between the braces that follow."""
        if self._next() != "{":
            return self._tokens[self._at - 1][0]
        start, depth = self._tokens[self._at - 1][1] + 1, 1
        while depth:
            symbol = self._next()
            depth += {"{": 1, "}": -1}.get(symbol, 0)
        return self._source[start : self._tokens[self._at - 1][1]]


def _names_function(symbol: str) -> bool:
    return symbol.removeprefix("\\") in FUNCTIONS or symbol in _FUNCTION_LETTERS


def _letters(run: str) -> str:
    if run in FUNCTIONS:
        return FUNCTIONS[run]
    if len(run) > 3:
        return run
    # A lone "a" would be spoken as the article.
    return " ".join("A" if letter == "a" else letter for letter in run)


def _power(exponent: str) -> str:
    if exponent in _POWERS:
        return _POWERS[exponent]
    if exponent in _MARKS:
        return _MARKS[exponent]
    if re.fullmatch(r"\d+|[A-Za-z]", exponent):
        return f"to the {_ordinal(exponent) if exponent.isdigit() else exponent}"
    return f"to the power of {exponent}"


def _ordinal(number: str) -> str:
    if not number.isdigit():
        return f"{number}th"
    last, teens = number[-1], number[-2:] in ("11", "12", "13")
    return number + ("th" if teens else {"1": "st", "2": "nd", "3": "rd"}.get(last, "th"))


def _fraction(above: str, below: str) -> str:
    if (above, below) in _HALVES:
        return _HALVES[above, below]
    simple = len(above.split()) <= 2 and len(below.split()) <= 2
    return f"{above} over {below}" if simple else f"{above}, over {below},"
