"""Inline code and shell lines as words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catwalk.reader.pronunciation.code import is_command, say_code


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("foo_bar()", "foo bar"),
        ("x += 1", "X plus equals one"),
        ("(defun foo (x) (+ x 1))", "def un foo X plus X one"),
        ("git rebase -i HEAD~3", "git rebase dash I head tilde three"),
        ("*standard-output*", "standard output"),
        ("number->digits", "number to digits"),
        ("set!", "set bang"),
        ("empty?", "empty"),
        ("__init__", "dunder init"),
        ("np.dot(a, b)", "N P dot dot A, B"),
        ("*.py", "star dot P Y"),
        ("::", "double colon"),
        ("src/main.rs", "source slash main dot R S"),
        ("1.2.2", "one point two point two"),
        ("List<String>", "List String"),
        ("SELECT * FROM users", "select star from users"),
        ("", ""),
    ],
)
def test_code_is_read_as_words_with_the_signs_that_matter(code: str, words: str) -> None:
    assert say_code(code) == words


@pytest.mark.parametrize("text", ["ls -la", "cat foo | wc", "cd ..", "pip install -r requirements.txt"])
def test_a_program_with_flags_or_paths_is_a_command(text: str) -> None:
    assert is_command(text)


@pytest.mark.parametrize("text", ["git is a tool.", "make it so", "find the and/or sign.", "docker", "Go -fast- now"])
def test_a_sentence_that_starts_with_a_program_is_none(text: str) -> None:
    assert not is_command(text)


@given(st.text(max_size=60))
def test_any_code_is_read_without_digits(code: str) -> None:
    assert not set(say_code(code)) & set("0123456789")
