"""The language of a text that does not say it."""

from __future__ import annotations

import pytest

from catwalk.reader.extraction.language import guess_language


@pytest.mark.parametrize(
    ("text", "stated", "language"),
    [
        ("The ferry is in the harbour and it was late.", None, "en"),
        ("La nave è nel porto e non parte per il mare.", None, "it"),
        ("El barco está en el puerto y no sale por la mañana.", None, "es"),
        ("O barco não está no porto e a gaivota não dorme.", None, "pt"),
        ("フェリーは港を出ました。", "en", "ja"),
        ("페리가 항구를 떠났다", None, "ko"),
        ("Паром вышел", "bg", "bg"),
        ("سفينة في البحر", "fa", "fa"),
        ("xyzzy", None, "en"),
        ("xyzzy", "de-AT", "de-AT"),
        ("", None, "en"),
    ],
)
def test_letters_and_common_words_tell_the_language(text: str, stated: str | None, language: str) -> None:
    assert guess_language(text, stated) == language
