"""What would be heard twice is taken out, and nothing else."""

from __future__ import annotations

from catwalk.reader.article import Block, BlockKind
from catwalk.reader.extraction.finish import finish_blocks, first_words


def block(
    text: str, kind: BlockKind = BlockKind.PARAGRAPH, *, src: str | None = None, caption: str | None = None
) -> Block:
    return Block(id="", kind=kind, text=text, src=src, caption=caption)


def finish(*blocks: Block, title: str = "", author: str | None = None) -> list[str]:
    return [kept.text or kept.src or "" for kept in finish_blocks(blocks, title=title, author=author, pulled=())]


def test_a_phrase_of_the_page_is_not_read() -> None:
    assert finish(block("Advertisement"), block("The advertisement was late."), block("Continue reading")) == [
        "The advertisement was late."
    ]


def test_the_title_is_dropped_once_and_only_near_the_top() -> None:
    blocks = [
        block("The Ferry!", BlockKind.HEADING),
        block("It left."),
        *[block(f"n{n}") for n in range(9)],
        block("The ferry"),
    ]

    assert finish(*blocks, title="The Ferry")[0] == "It left."
    assert finish(*blocks, title="The Ferry")[-1] == "The ferry"


def test_a_byline_over_the_text_is_dropped_and_a_sentence_with_a_date_is_not() -> None:
    kept = finish(
        block("By Ann Lee · May 3, 2020 · 5 min read"),
        block("On May 3, 2020 the ferry sank."),
        block("Ann Lee"),
        author="Ann Lee",
    )

    assert kept == ["On May 3, 2020 the ferry sank."]


def test_a_line_with_a_date_after_the_text_began_is_kept() -> None:
    assert finish(block("word " * 40), block("May 3, 2020"))[1] == "May 3, 2020"


def test_one_picture_in_two_sizes_is_one_picture() -> None:
    blocks = finish_blocks(
        [
            block("", BlockKind.IMAGE, src="/a.jpg?w=1"),
            block("", BlockKind.IMAGE, src="/a.jpg?w=2", caption="A"),
            block("x"),
        ],
        title="",
        author=None,
        pulled=(),
    )

    assert [(kept.src, kept.caption) for kept in blocks] == [("/a.jpg?w=2", "A"), (None, None)]


def test_a_line_that_the_author_repeats_is_read_twice() -> None:
    refrain = "and no one asks it why, and no one asks it why, and no one asks it why"

    assert finish(block(refrain), block(refrain)) == [refrain, refrain]


def test_first_words_end_at_a_sentence_or_a_word() -> None:
    assert first_words([block(""), block("Short one. And more.")]) == "Short one."
    assert first_words([block("word " * 40)]).endswith("word…")
    assert first_words([]) == ""


def test_a_count_of_likes_is_not_read() -> None:
    assert finish(block("6 Likes"), block("1.2K claps"), block("She has six likes and no dislikes.")) == [
        "She has six likes and no dislikes."
    ]
