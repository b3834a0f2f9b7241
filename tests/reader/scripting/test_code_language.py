from __future__ import annotations

import pytest

from catwalk.reader.scripting.code_language import guess_language, name_language, session_input, session_language


@pytest.mark.parametrize(
    ("named", "language"),
    [("py", "python"), ("Common-Lisp", "common-lisp"), ("clj", "clojure"), ("sh", "shell"), ("lisp", "lisp")],
)
def test_what_the_page_names_is_trusted(named: str, language: str) -> None:
    assert name_language("SELECT 1 FROM t", named) == language


@pytest.mark.parametrize("named", [None, "", "text", "plaintext", "nohighlight"])
def test_a_name_that_says_nothing_lets_the_code_speak(named: str | None) -> None:
    assert name_language("def f(x):\n    return x\n", named) == "python"


def test_a_language_that_nobody_knows_is_not_taken_for_another() -> None:
    assert name_language("def f(x):\n    return x\n", "frobscript") is None


@pytest.mark.parametrize(
    ("code", "language"),
    [
        ("(defun den (fox)\n  (car fox))", "common-lisp"),
        ("(define (den fox)\n  (car fox))", "scheme"),
        ("(defn den [fox]\n  (first fox))", "clojure"),
        ("-module(den).\n-export([f/1]).", "erlang"),
        ("den :: Fox -> Int\nden f = 1", "haskell"),
        ("#include <fox.h>\nint main(void) { return 0; }", "c"),
        ("fn main() {\n    let mut fox = 1;\n}", "rust"),
        ("package main\n\nfunc main() {\n}", "go"),
        ("function den(fox) {\n  return fox;\n}", "javascript"),
        ("const den = (fox) => { return fox }", "javascript"),
        ("<!DOCTYPE html>\n<html></html>", "html"),
        ('<?xml version="1.0"?>\n<fox/>', "xml"),
        ('{"fox": [1, 2]}', "json"),
        ("name: fox\nage: 3\ndens:\n  - a\n  - b\n", "yaml"),
        ("diff --git a/den b/den\n@@ -1 +1 @@\n-a\n+b", "diff"),
        ("SELECT name FROM foxes WHERE age > 3;", "sql"),
        ("#!/bin/bash\necho fox", "shell"),
        ("sudo apt-get install fox", "shell"),
        (".fox {\n  color: red;\n}", "css"),
        ("FROM debian:12\nRUN apt-get install fox", "dockerfile"),
        ("[den]\nfox = 1\n", "ini"),
        ("den: fox.c\n\tcc fox.c", "makefile"),
        ("class Fox < Animal\n  def sleep\n  end\nend", "ruby"),
        ("public class Fox {\n}", "java"),
    ],
)
def test_code_gives_its_language_away(code: str, language: str) -> None:
    assert guess_language(code) == language


@pytest.mark.parametrize("code", ["Foxes sleep by day", "data: one\ndata: two", "+----+\n| ab |\n+----+", ""])
def test_what_is_no_code_has_no_language(code: str) -> None:
    assert guess_language(code) is None


@pytest.mark.parametrize(
    ("code", "language"),
    [
        (">>> 1 + 1\n2", "python"),
        ("In [1]: fox\n", "python"),
        ("CL-USER> (fox)\n1", "common-lisp"),
        ("user=> (fox)\n1", "clojure"),
        ("$ ls\nfox", "shell"),
        ("ada@den:~/fox$ ls", "shell"),
        ("irb(main):001:0> fox", "ruby"),
        ("iex(1)> fox", "elixir"),
        ("ghci> fox", "haskell"),
        ("sqlite> select 1;", "sql"),
        ("> fox(1)\n2", "javascript"),
    ],
)
def test_a_prompt_gives_a_session_away(code: str, language: str) -> None:
    assert session_language(code) == language


def test_code_without_prompts_is_no_session() -> None:
    assert session_language("x = 1\nprint(x)") is None
    assert session_language("> Foxes sleep,\nthey say") is None


def test_what_was_typed_in_a_session_is_told_from_what_was_answered() -> None:
    assert session_input(">>> fox(1)\n2\n>>> den\n") == "fox(1)\nden"
