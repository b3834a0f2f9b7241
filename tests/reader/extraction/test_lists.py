"""Lists with their depth and their numbers."""

from __future__ import annotations

from catwalk.reader.article import BlockKind, ListItem
from extraction.reading import blocks_inside, only, read_inside

LIST = BlockKind.LIST


def items(html: str) -> list[tuple[str, int, int | None]]:
    return [(item.text, item.depth, item.number) for item in only(html, LIST).items]


def test_an_unordered_list_has_no_numbers() -> None:
    assert items("<ul><li>one</li><li><p>two</p></li><li>   </li></ul>") == [("one", 0, None), ("two", 0, None)]


def test_the_text_of_a_list_is_its_items_on_lines() -> None:
    assert only("<ul><li>one</li><li>two</li></ul>", LIST).text == "one\ntwo"


def test_an_ordered_list_counts_from_one() -> None:
    assert items("<ol><li>one</li><li>two</li></ol>") == [("one", 0, 1), ("two", 0, 2)]


def test_start_and_value_set_the_count() -> None:
    html = "<ol start='5'><li>five</li><li value='10'>ten</li><li>eleven</li></ol>"

    assert [number for _, _, number in items(html)] == [5, 10, 11]


def test_a_reversed_list_counts_down() -> None:
    html = "<ol reversed><li>three</li><li>two</li><li>one</li></ol>"

    assert [number for _, _, number in items(html)] == [3, 2, 1]


def test_a_count_that_is_no_number_is_ignored() -> None:
    assert [number for _, _, number in items("<ol start='x'><li value='?'>one</li><li>two</li></ol>")] == [1, 2]


def test_nested_lists_follow_their_item_one_level_deeper() -> None:
    html = "<ul><li>a<ol><li>b</li><li>c<ul><li>d</li></ul></li></ol></li><li>e</li></ul>"

    assert items(html) == [("a", 0, None), ("b", 1, 1), ("c", 1, 2), ("d", 2, None), ("e", 0, None)]


def test_a_list_right_inside_a_list_is_nested_too() -> None:
    assert items("<ul><li>a</li><ul><li>b</li></ul><li>c</li></ul>") == [("a", 0, None), ("b", 1, None), ("c", 0, None)]


def test_paragraphs_of_one_item_are_one_item() -> None:
    assert items("<ul><li><p>One.</p><p>More of one.</p></li><li>two</li></ul>") == [
        ("One. More of one.", 0, None),
        ("two", 0, None),
    ]


def test_code_in_an_item_parts_the_list_and_the_count_goes_on() -> None:
    blocks = blocks_inside("<ol><li>Type this:<pre>ls -l</pre>and wait.</li><li>Done.</li></ol>")

    assert [(block.kind.value, block.text) for block in blocks] == [
        ("list", "Type this:"),
        ("code", "ls -l"),
        ("paragraph", "and wait."),
        ("list", "Done."),
    ]
    assert blocks[3].items == (ListItem("Done.", 0, 2),)


def test_a_picture_in_an_item_is_a_block() -> None:
    blocks = blocks_inside("<ul><li>A cat:<img src='cat.jpg' alt='A cat'></li><li>A dog</li></ul>")

    assert [block.kind.value for block in blocks] == ["list", "image", "list"]


def test_items_with_headings_are_parts_of_the_text() -> None:
    blocks = blocks_inside(
        "<ul><li><h3>First</h3><p>Text of the first.</p></li><li><h3>Second</h3><p>Text.</p></li></ul>"
    )

    assert [block.kind.value for block in blocks] == ["heading", "paragraph", "heading", "paragraph"]


def test_terms_stand_over_what_is_said_of_them() -> None:
    html = "<dl><dt>Port</dt><dd>Left.</dd><dd>Also a wine.</dd><div><dt>Starboard</dt><dd>Right.</dd></div></dl>"

    assert items(html) == [
        ("Port", 0, None),
        ("Left.", 1, None),
        ("Also a wine.", 1, None),
        ("Starboard", 0, None),
        ("Right.", 1, None),
    ]


def test_a_list_of_links_amid_the_text_is_read() -> None:
    html = "<p>We took these ferries:</p><ul><li><a href='/a'>Aurora</a></li><li><a href='/b'>Boreas</a></li></ul><p>All ran.</p>"

    assert [block.text for block in blocks_inside(html)] == ["We took these ferries:", "Aurora\nBoreas", "All ran."]


def test_links_of_items_are_kept() -> None:
    block = only("<ul><li><a href='/a'>Aurora</a> sails at noon</li></ul>", LIST)

    assert [link.url for link in block.links] == ["https://blog.example.org/a"]


def test_items_without_a_list_are_read() -> None:
    article = read_inside("<div><li>loose item of text</li></div>")

    assert "loose item of text" in article.blocks[-1].text
