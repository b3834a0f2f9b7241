from __future__ import annotations

import json

from catwalk.reader.article import Article, Block, BlockKind, ListItem
from catwalk.reader.document import article_to_json
from catwalk.reader.script import Fate, LedgerEntry, Line, LineKind, Script


def make_article(*blocks: Block) -> Article:
    return Article(
        url=None, title="On Foxes", author=None, published="2024-02-16", language="en", site="Foxes", blocks=blocks
    )


def test_the_document_has_the_keys_of_the_outside_interface_and_is_plain_json() -> None:
    article = make_article(Block(id="b1", kind=BlockKind.PARAGRAPH, text="Foxes sleep."))
    line = Line(id="l1", kind=LineKind.PROSE, block="b1", text="Foxes sleep.", spoken="Foxes sleep.", pause_s=0.1 + 0.2)
    script = Script((line,), (LedgerEntry("b1", Fate.SPOKEN),))

    document = article_to_json(article, script)

    assert json.loads(json.dumps(document)) == {
        "url": None,
        "title": "On Foxes",
        "author": None,
        "published": "2024-02-16",
        "language": "en",
        "site": "Foxes",
        "blocks": [{"id": "b1", "kind": "paragraph", "text": "Foxes sleep."}],
        "lines": [
            {
                "id": "l1",
                "kind": "prose",
                "block": "b1",
                "text": "Foxes sleep.",
                "spoken": "Foxes sleep.",
                "pause_s": 0.3,
            }
        ],
        "ledger": [{"block": "b1", "fate": "spoken"}],
    }


def test_a_reason_stands_in_the_ledger_where_there_is_one() -> None:
    script = Script((), (LedgerEntry("b1", Fate.SKIPPED, "decorative"),))

    document = article_to_json(make_article(), script)

    assert document["ledger"] == [{"block": "b1", "fate": "skipped", "reason": "decorative"}]


def test_items_rows_and_labels_are_kept() -> None:
    article = make_article(
        Block(id="b1", kind=BlockKind.LIST, text="one", items=(ListItem("one", 1, 2),)),
        Block(id="b2", kind=BlockKind.TABLE, text="a", rows=(("a", "b"),)),
        Block(id="b3", kind=BlockKind.FOOTNOTE, text="n", note="1"),
        Block(id="b4", kind=BlockKind.HEADING, text="h", level=2),
    )

    blocks = article_to_json(article, Script((), ()))["blocks"]

    assert blocks[0]["items"] == [{"text": "one", "depth": 1, "number": 2}]
    assert blocks[1]["rows"] == [["a", "b"]]
    assert blocks[2]["note"] == "1"
    assert blocks[3]["level"] == 2


def test_an_empty_alternative_text_is_kept_because_it_means_decorative() -> None:
    article = make_article(Block(id="b1", kind=BlockKind.IMAGE, text="", src="a.png", alt="", caption=""))

    image = article_to_json(article, Script((), ()))["blocks"][0]

    assert image == {"id": "b1", "kind": "image", "text": "", "src": "a.png", "alt": ""}
