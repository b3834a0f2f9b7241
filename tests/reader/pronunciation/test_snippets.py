"""Lines of code without back-ticks."""

from __future__ import annotations

import pytest

from catwalk.reader.pronunciation.snippets import is_snippet


@pytest.mark.parametrize(
    "text",
    [
        "x**2",
        "arr[i][j]",
        "*args, **kwargs",
        "self.__dict__",
        "i--",
        "(define (sq x) (* x x))",
        "*/5 * * * *",
        'df.groupby("a").sum()',
        "int x = 5;",
        "func (s *Server) Run()",
        "for (i = 0; i < n; i++)",
        "SELECT a FROM t",
        "while true; do",
        "x ? y : z",
        "-std=c99",
    ],
)
def test_a_line_with_the_signs_of_code_is_code(text: str) -> None:
    assert is_snippet(text)


@pytest.mark.parametrize(
    "text",
    [
        "function(s) of file(s)",
        "the first item;",
        "(see below)",
        "SELECT THE BEST",
        "It is (almost) over (I think).",
        "He said: go!",
        "O(min(m, n))",
        "f(x) = 2x + 1",
        "~20 people",
        "Is it ? Yes : no",
        "",
    ],
)
def test_a_sentence_is_none(text: str) -> None:
    assert not is_snippet(text)
