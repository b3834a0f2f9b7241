"""Throw coverage-guided rubbish at what reads strangers' pages: extraction, and pronunciation.

    pip install atheris
    python -m benchmarks.fuzz article -max_total_time=300
    python -m benchmarks.fuzz pronounce -max_total_time=300 out/corpus

What follows the target's name is libFuzzer's: a folder for the corpus, ``-max_total_time``, ``-max_len``, a crash to
repeat. Allowed are an article or a :class:`~catwalk.errors.SourceError`, within 10 s; whatever else is raised is found.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable

import atheris

with atheris.instrument_imports(include=["catwalk"]):
    from catwalk.errors import SourceError
    from catwalk.reader.article import extract
    from catwalk.reader.fetch import Source
    from catwalk.reader.pronounce import explain, pronounce, respell_for_voice
    from catwalk.reader.script import write_script

MEDIA_TYPES = ("text/html", "text/markdown", "text/plain")
NEVER_SPOKEN = frozenset("0123456789²³¹$€£%°×±^=+*&|@#_`<>[]{}~\\→\n\t")
"""Signs and digits for which a voice must be given words."""

_TIMEOUT_S = 10


def fuzz_article(data: bytes) -> None:
    """A page of any kind becomes a script in which every block is accounted for, or a clear error."""
    media_type = MEDIA_TYPES[data[0] % len(MEDIA_TYPES)] if data else MEDIA_TYPES[0]
    with contextlib.suppress(SourceError):
        article = extract(Source("https://example.com/post", data[1:], media_type))
        script = write_script(article)
        assert [entry.block for entry in script.ledger] == [block.id for block in article.blocks]


def fuzz_pronounce(data: bytes) -> None:
    """Any line becomes words."""
    text = data.decode("utf-8", "ignore")
    spoken = pronounce(text)
    assert NEVER_SPOKEN.isdisjoint(spoken), spoken
    explain(text)
    respell_for_voice(spoken)


TARGETS: dict[str, Callable[[bytes], None]] = {"article": fuzz_article, "pronounce": fuzz_pronounce}


def main() -> None:
    """Fuzz the target that is named first."""
    if len(sys.argv) < 2 or sys.argv[1] not in TARGETS:
        sys.exit(f"name a target: {' or '.join(TARGETS)}")
    atheris.Setup([sys.argv[0], f"-timeout={_TIMEOUT_S}", *sys.argv[2:]], TARGETS[sys.argv[1]])
    atheris.Fuzz()


if __name__ == "__main__":
    main()
