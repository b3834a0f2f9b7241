from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catwalk.reader.scripting.code_definitions import find_definitions
from catwalk.reader.scripting.code_language import SPOKEN_NAMES


@pytest.mark.parametrize(
    ("language", "code", "definitions"),
    [
        (
            "common-lisp",
            "(defpackage :a)\n(defun dig ())\n(defclass fox () ())\n(defmethod bark ((f fox)) f)\n(defmacro nap ())",
            [("package", "a"), ("function", "dig"), ("class", "fox"), ("method", "bark"), ("macro", "nap")],
        ),
        (
            "clojure",
            "(ns den.core)\n(def fox 1)\n(defn- dig [x] x)\n(defrecord Den [x])",
            [("namespace", "den.core"), ("value", "fox"), ("function", "dig"), ("record", "Den")],
        ),
        (
            "scheme",
            "(define (dig x) x)\n(define fox 1)\n(define bark (lambda (x) x))\n(define-syntax with-fox 1)",
            [("function", "dig"), ("value", "fox"), ("function", "bark"), ("macro", "with-fox")],
        ),
        (
            "javascript",
            "class Fox {}\nfunction dig() {}\nexport const bark = async (x) => x\nvar nap = function () {}\nlet n",
            [("class", "Fox"), ("function", "dig"), ("function", "bark"), ("function", "nap")],
        ),
        ("typescript", "interface Den { x: number }\ntype Fox = string", [("interface", "Den"), ("type", "Fox")]),
        (
            "c",
            "#define N 3\nstruct fox {\n};\nint dig(int x) {\n  if (x) { return 1; }\n}",
            [("structure", "fox"), ("function", "dig"), ("constant", "N")],
        ),
        ("erlang", "-module(den).\ndig(X) -> X;\ndig(Y) when Y > 1 -> Y.", [("module", "den"), ("function", "dig")]),
        ("haskell", "data Fox = Fox\ndig :: Int -> Int\ndig x = x", [("type", "Fox"), ("function", "dig")]),
        (
            "go",
            "type Fox struct {\n}\nfunc dig() {}\nfunc (f Fox) Bark() {}",
            [("type", "Fox"), ("function", "dig"), ("method", "Bark")],
        ),
        ("rust", "pub struct Fox;\npub async fn dig() {}", [("structure", "Fox"), ("function", "dig")]),
        ("ruby", "module Den\nclass Fox\n  def dig?\n  end", [("module", "Den"), ("class", "Fox"), ("method", "dig?")]),
        ("java", "public class Fox {\n  public void dig(int x) {\n", [("class", "Fox"), ("method", "dig")]),
        ("shell", "dig() {\n  echo\n}\nfunction bark {", [("function", "dig"), ("function", "bark")]),
        (
            "sql",
            "CREATE TABLE IF NOT EXISTS foxes (id int);\ncreate index by_age on foxes(age)",
            [("table", "foxes"), ("index", "by_age")],
        ),
        ("elixir", "defmodule Den.Fox do\n  def dig!(x), do: x", [("module", "Den.Fox"), ("function", "dig!")]),
        ("makefile", "build: fox.c\n\tcc\n", [("target", "build")]),
        ("json", '{"a": 1}', []),
    ],
)  # fmt: skip
def test_what_code_defines_is_found_in_each_family_of_languages(
    language: str, code: str, definitions: list[tuple[str, str]]
) -> None:
    found = list(dict.fromkeys(find_definitions(code, language)))

    assert found == definitions


@given(st.sampled_from(sorted(SPOKEN_NAMES)), st.text(alphabet="(){}[]<>:;=.,#*- \n\tabdefclassfunction", max_size=400))
def test_any_text_is_searched_in_any_language(language: str, code: str) -> None:
    for noun, name in find_definitions(code, language):
        assert noun
        assert name
