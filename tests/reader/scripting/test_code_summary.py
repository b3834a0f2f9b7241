from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catwalk.reader.scripting.code_summary import describe_code, is_readable


@pytest.mark.parametrize(
    ("code", "named", "sentence"),
    [
        (
            "class Fox:\n    def dig(self):\n        pass\n\ndef bark():\n    pass\n",
            "python",
            "5 lines of Python code, defining the class `Fox` and the function `bark`.",
        ),
        ("fox = load('den')\nfox.dig(1)", "py", "2 lines of Python code, calling `load` and `fox.dig`."),
        ("fox, den = 1, 2\nage = 3", "python", "2 lines of Python code, setting `age`."),
        ("import os\nfrom den import fox", "python", "2 lines of Python code, importing `os` and `den`."),
        ("def dig(:\n    pass", "python", "2 lines of Python code, defining the function `dig`."),
        (">>> 1 + 1\n2\n", None, "A Python session of 2 lines."),
        (">>> fox(1)\n2\n>>> dig()\n", "python", "A Python session of 3 lines, calling `fox` and `dig`."),
        (
            "$ gpg -d den | less\nfox\n$ sudo ls",
            "bash",
            "A terminal session of 3 lines, running `gpg`, `less` and `ls`.",
        ),
        ("CL-USER> (fox)\nNIL", "lisp", "A Lisp session of 2 lines, calling `fox`."),
        ("> fox(1) said so\nden", "markdown", "A Markdown source of 2 lines."),
        ("(dig fox)\n(bark)", "lisp", "2 lines of Lisp code, calling `dig` and `bark`."),
        ('{"a": 1, "b": 2}', "json", "A JSON document of one line with the keys `a` and `b`."),
        ("[1, 2, 3]", "json", "A JSON document of one line: a list of 3 items."),
        (
            "--- a/den.py\n+++ b/den.py\n@@ -1,2 +1,2 @@\n-fox\n+vixen\n+cub\n",
            "diff",
            "A diff of 6 lines to `den.py`: 2 lines added, 1 removed.",
        ),
        ("<html><head><title>Den</title></head></html>", "html", "An HTML page of one line with the title Den."),
        ("<p>Fox</p>\n<p>Den</p>", "html", "2 lines of HTML."),
        ("select a from foxes join dens on 1=1", "sql", "One line of SQL code, selecting from `foxes` and `dens`."),
        ("create table foxes (a int)", "sql", "One line of SQL code, creating the table `foxes`."),
        ("cd den && make test", "sh", "One line of shell code, running `cd` and `make`."),
        ("-----BEGIN PGP MESSAGE-----\nabc\n-----END PGP MESSAGE-----", None, "A PGP message of 3 lines."),
        ("fox\nfox", "frobscript", "2 lines of frobscript code."),
        ("Foxes sleep\nby day", None, "2 lines of preformatted text."),
        ("a = {}; b", None, "One line of code."),
    ],
)
def test_a_block_of_code_is_described_in_one_sentence(code: str, named: str | None, sentence: str) -> None:
    assert describe_code(code, named) == sentence


def test_of_many_names_a_few_are_told() -> None:
    code = "\n".join(f"def fox{count}(): pass" for count in range(9))

    sentence = describe_code(code, "python")

    assert sentence.endswith("the functions `fox0`, `fox1`, `fox2`, `fox3` and 5 more.")


def test_a_sentence_never_takes_more_than_a_line() -> None:
    code = "\n".join(f"class {'Fox' * 12}{count}: pass\ndef {'dig' * 12}{count}(): pass" for count in range(9))

    assert len(describe_code(code, "python")) <= 221


@pytest.mark.parametrize("code", ["pip install catwalk", "$ make test", "cd ~/den", "git push origin main"])
def test_one_short_line_of_words_is_readable(code: str) -> None:
    assert is_readable(code, 60)


@pytest.mark.parametrize("code", ["f(x)(y)[z]{0}", "a\nb", "word " * 20, "!!!", ""])
def test_symbols_several_lines_and_long_lines_are_not_readable(code: str) -> None:
    assert not is_readable(code, 60)


@given(
    st.text(min_size=1, max_size=200).filter(str.strip), st.none() | st.sampled_from(["python", "lisp", "sql", "diff"])
)
def test_any_code_is_described(code: str, named: str | None) -> None:
    sentence = describe_code(code, named)

    assert sentence.endswith(".")
    assert sentence.count("`") % 2 == 0
    assert "\n" not in sentence
