from __future__ import annotations

import re
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catwalk.reader.article import Article, Block, BlockKind, Link, ListItem
from catwalk.reader.descriptions import Description
from catwalk.reader.policy import Pauses, ScriptPolicy
from catwalk.reader.script import Fate, Line, LineKind, Script, write_script


def make_article(
    *blocks: Block, title: str = "On Foxes", author: str | None = None, published: str | None = None
) -> Article:
    return Article(
        url="https://blog.example/foxes",
        title=title,
        author=author,
        published=published,
        language="en",
        site="Foxes",
        blocks=blocks,
    )


def block(kind: BlockKind, text: str = "", *, id: str = "b1", **fields: object) -> Block:  # noqa: A002  # as in Block
    return Block(id=id, kind=kind, text=text, **fields)  # type: ignore[arg-type]  # fields are the block's own


def paragraph(text: str, *, id: str = "b1", links: tuple[Link, ...] = ()) -> Block:  # noqa: A002  # as in Block
    return Block(id=id, kind=BlockKind.PARAGRAPH, text=text, links=links)


def heading(text: str, level: int, *, id: str = "b1") -> Block:  # noqa: A002  # as in Block
    return Block(id=id, kind=BlockKind.HEADING, text=text, level=level)


def footnote(text: str, note: str | None, *, id: str = "b9") -> Block:  # noqa: A002  # as in Block
    return Block(id=id, kind=BlockKind.FOOTNOTE, text=text, note=note)


def lines_of(script: Script, block_id: str) -> list[Line]:
    return [line for line in script.lines if line.block == block_id]


def fates(script: Script) -> dict[str, Fate]:
    return {entry.block: entry.fate for entry in script.ledger}


def test_title_author_and_date_open_the_reading() -> None:
    article = make_article(author="Ada Byron", published="2024-02-16T08:00:00+01:00", title="What do foxes want?")

    opening = write_script(article).lines

    assert [line.text for line in opening] == ["What do foxes want?", "By Ada Byron, February 16, 2024"]
    assert [line.kind for line in opening] == [LineKind.TITLE, LineKind.TITLE]
    assert opening[0].chapter == "What do foxes want?"
    assert opening[0].block is None


def test_a_date_that_is_no_date_is_not_spoken() -> None:
    article = make_article(author="Ada Byron", published="2024-13-45")

    opening = write_script(article).lines

    assert opening[1].text == "By Ada Byron"


def test_without_an_opening_the_post_begins_with_its_first_block() -> None:
    article = make_article(heading("On Foxes", 1))

    script = write_script(article, ScriptPolicy(opening=False))

    assert [line.block for line in script.lines] == ["b1"]


def test_a_headline_that_repeats_the_title_is_not_spoken_twice() -> None:
    article = make_article(heading("On  foxes", 1), paragraph("They sleep.", id="b2"))

    script = write_script(article)

    assert fates(script) == {"b1": Fate.SKIPPED, "b2": Fate.SPOKEN}


def test_a_sentence_is_a_line_and_the_last_of_a_paragraph_is_followed_by_a_longer_silence() -> None:
    article = make_article(paragraph("Foxes sleep. Do they dream? Yes."))

    lines = lines_of(write_script(article), "b1")

    assert [line.text for line in lines] == ["Foxes sleep.", "Do they dream?", "Yes."]
    pauses = Pauses()
    assert [line.pause_s for line in lines] == [pauses.sentence_s, pauses.question_s, pauses.paragraph_s]


def test_an_endless_sentence_is_parted_and_loses_no_word() -> None:
    words = [f"word{count}" for count in range(200)]
    article = make_article(paragraph(" ".join(words) + "."))

    lines = lines_of(write_script(article), "b1")

    assert len(lines) > 4
    assert all(len(line.spoken) <= 300 for line in lines)
    assert " ".join(line.text for line in lines) == " ".join(words) + "."
    assert [line.pause_s for line in lines[:-1]] == [Pauses().clause_s] * (len(lines) - 1)


def test_back_ticks_and_footnote_marks_are_no_part_of_the_text() -> None:
    article = make_article(paragraph("Run `fox --sleep`[^1] now."), footnote("Gently.", "1"))

    lines = lines_of(write_script(article), "b1")

    assert lines[0].text == "Run fox --sleep now."


def test_headings_have_silence_around_them_by_level_and_become_chapters() -> None:
    article = make_article(
        paragraph("Before."),
        heading("Dens", 2, id="b2"),
        paragraph("Between.", id="b3"),
        heading("Aside", 5, id="b4"),
        paragraph("After.", id="b5"),
    )

    script = write_script(article)

    pauses = Pauses()
    by_block = {line.block: line for line in script.lines}
    assert by_block["b1"].pause_s == pauses.before_heading_s[1]
    assert by_block["b2"].pause_s == pauses.after_heading_s[1]
    assert by_block["b3"].pause_s == pauses.before_heading_s[4]
    assert [line.chapter for line in script.lines if line.chapter] == ["On Foxes", "Dens"]


def test_where_all_headings_are_low_the_highest_of_them_are_chapters() -> None:
    article = make_article(heading("Dens", 4), heading("Small dens", 5, id="b2"))

    script = write_script(article)

    assert [line.chapter for line in script.lines if line.chapter] == ["On Foxes", "Dens"]


def test_a_short_footnote_is_read_after_the_sentence_that_refers_to_it() -> None:
    article = make_article(paragraph("Foxes sleep.[^1] They also eat."), footnote("Mostly by day.", "1"))

    script = write_script(article)

    assert [line.text for line in script.lines[1:]] == ["Foxes sleep.", "Mostly by day.", "They also eat."]
    assert script.lines[2].kind is LineKind.FOOTNOTE
    assert script.lines[2].spoken.startswith("Footnote: ")


def test_a_long_footnote_waits_for_the_end_of_its_section() -> None:
    article = make_article(
        paragraph("Foxes sleep[^1]. They also eat."),
        heading("Food", 2, id="b2"),
        footnote("A long story. " * 40, "1"),
    )

    script = write_script(article)

    order = list(dict.fromkeys(line.block for line in script.lines if line.block))
    assert order == ["b1", "b9", "b2"]


@pytest.mark.parametrize(("where", "order"), [("section", ["b1", "b9", "b2"]), ("end", ["b1", "b2", "b9"])])
def test_the_policy_says_where_footnotes_are_read(where: str, order: list[str]) -> None:
    article = make_article(paragraph("Foxes sleep[^1]. Well."), heading("Food", 2, id="b2"), footnote("By day.", "1"))

    script = write_script(article, ScriptPolicy(footnotes=where))  # type: ignore[arg-type]  # parametrised

    assert list(dict.fromkeys(line.block for line in script.lines if line.block)) == order


def test_a_footnote_that_nothing_refers_to_is_read_at_the_end() -> None:
    article = make_article(footnote("Stray.", "7", id="b1"), paragraph("Foxes sleep.", id="b2"))

    script = write_script(article)

    assert [line.block for line in script.lines[1:]] == ["b2", "b1"]


def test_footnotes_that_refer_to_each_other_are_read_once_each() -> None:
    article = make_article(
        paragraph("Foxes[^1]."), footnote("See the other[^2].", "1", id="b2"), footnote("And back[^1].", "2", id="b3")
    )

    script = write_script(article)

    assert [line.block for line in script.lines[1:]] == ["b1", "b2", "b3"]


def test_no_footnote_stands_between_the_beginning_and_the_end_of_a_quote() -> None:
    article = make_article(
        block(BlockKind.QUOTE, "Foxes sleep.[^1] " + "They do. " * 30), footnote("By day.", "1", id="b2")
    )

    script = write_script(article)

    assert script.lines[-1].block == "b2"
    assert script.lines[-2].spoken.endswith("End of quote.")


def test_a_row_of_asterisks_is_a_pause() -> None:
    article = make_article(paragraph("* * *"))

    script = write_script(article)

    assert [(line.kind, line.spoken, line.text) for line in script.lines[1:]] == [(LineKind.PAUSE, "", "")]
    assert script.ledger[0].fate is Fate.SKIPPED
    assert script.ledger[0].reason is not None


def test_a_paragraph_without_a_word_is_skipped_with_a_reason() -> None:
    article = make_article(paragraph("(…)"))

    script = write_script(article)

    assert lines_of(script, "b1") == []
    assert script.ledger[0].fate is Fate.SKIPPED
    assert script.ledger[0].reason == "has no words that can be spoken"


def test_what_a_model_says_of_an_image_is_spoken_and_counts_as_summarised() -> None:
    article = make_article(block(BlockKind.IMAGE, src="https://blog.example/fox.png", alt="fox.png"))

    script = write_script(article, descriptions={"b1": Description("A fox asleep on a roof.", "blip")})

    assert lines_of(script, "b1")[0].text == "A fox asleep on a roof."
    assert script.ledger[0].fate is Fate.SUMMARISED
    assert script.ledger[0].reason == "described by blip"


@pytest.mark.parametrize(
    ("kind", "policy"),
    [
        (BlockKind.HEADING, ScriptPolicy(headings="skip")),
        (BlockKind.LIST, ScriptPolicy(lists="skip")),
        (BlockKind.QUOTE, ScriptPolicy(quotes="skip")),
        (BlockKind.CODE, ScriptPolicy(code="skip")),
        (BlockKind.IMAGE, ScriptPolicy(images="skip")),
        (BlockKind.TABLE, ScriptPolicy(tables="skip")),
        (BlockKind.FOOTNOTE, ScriptPolicy(footnotes="skip")),
        (BlockKind.MATH, ScriptPolicy(math="skip")),
        (BlockKind.EMBED, ScriptPolicy(embeds="skip")),
    ],
)
def test_what_the_policy_leaves_out_is_in_the_ledger_with_the_policy_as_the_reason(
    kind: BlockKind, policy: ScriptPolicy
) -> None:
    article = make_article(block(kind, "Foxes sleep.", alt="A fox.", rows=(("Foxes",),)))

    script = write_script(article, policy)

    assert lines_of(script, "b1") == []
    assert script.ledger[0].fate is Fate.SKIPPED
    assert "policy" in (script.ledger[0].reason or "")


TEXTS = st.one_of(
    st.text(max_size=60),
    st.lists(
        st.sampled_from(
            ["Foxes", "sleep.", "and", "`run fox`", "here", "[^1]", "[^x]", "3.14", "https://a.example/b?c=d", "$x^2$",
             "—", "U.S.", "\n", "“Why?”", "(yes)", "\\(y\\)", "``", "🦊", "…", "a" * 90]
        ),
        max_size=80,
    ).map(" ".join),
)  # fmt: skip
BLOCKS = st.builds(
    Block,
    id=st.just(""),
    kind=st.sampled_from(BlockKind),
    text=TEXTS,
    level=st.none() | st.integers(1, 6),
    language=st.none() | st.sampled_from(["python", "lisp", "sh", "nonesuch"]),
    src=st.none()
    | st.sampled_from(["https://a.example/b.png", "http://[", "data:image/gif;base64,R0lG"])
    | st.text(max_size=9),
    alt=st.none() | TEXTS,
    title=st.none() | TEXTS,
    caption=st.none() | TEXTS,
    items=st.lists(st.builds(ListItem, TEXTS, st.integers(0, 3), st.none() | st.integers(0, 12)), max_size=4).map(
        tuple
    ),
    rows=st.lists(st.lists(TEXTS, max_size=3).map(tuple), max_size=3).map(tuple),
    has_header=st.booleans(),
    note=st.none() | st.sampled_from(["1", "2", "x"]),
    links=st.lists(
        st.builds(Link, st.sampled_from(["here", "Foxes", ""]), st.just("https://a.example")), max_size=3
    ).map(tuple),
)
ARTICLES = st.lists(BLOCKS, max_size=7).map(
    lambda blocks: make_article(
        *(
            Block(**{**{name: getattr(each, name) for name in Block.__dataclass_fields__}, "id": f"b{count}"})
            for count, each in enumerate(blocks, start=1)
        )
    )
)


@settings(max_examples=150)
@given(ARTICLES)
def test_every_block_is_accounted_for_and_every_line_can_be_spoken(article: Article) -> None:
    script = write_script(article)

    ids = [each.id for each in article.blocks]
    assert [entry.block for entry in script.ledger] == ids
    assert [line.id for line in script.lines] == [f"l{count}" for count in range(1, len(script.lines) + 1)]
    speaking = {line.block for line in script.lines if line.kind is not LineKind.PAUSE}
    for entry in script.ledger:
        assert (entry.block in speaking) == (entry.fate is not Fate.SKIPPED)
        assert (entry.reason is None) == (entry.fate is Fate.SPOKEN)
    for line in script.lines:
        assert line.block is None or line.block in ids
        assert (line.spoken == "") == (line.kind is LineKind.PAUSE)
        assert len(line.spoken) <= 300
        assert line.pause_s > 0


WORDS = st.sampled_from(
    ["Foxes", "sleep", "by", "day", "`fox-1`", "roof,", "x86_64", "don't", "dens.", "Really?", "3.14", "e.g."]
)


@settings(max_examples=100)
@given(
    st.lists(WORDS, min_size=1, max_size=120),
    st.sampled_from([BlockKind.PARAGRAPH, BlockKind.QUOTE, BlockKind.FOOTNOTE]),
)
def test_the_words_of_prose_are_the_words_of_its_lines_in_order(words: list[str], kind: BlockKind) -> None:
    article = make_article(block(kind, " ".join(words)))

    script = write_script(article)

    said = " ".join(line.text for line in lines_of(script, "b1"))
    assert re.sub(r"\s+", "", said) == re.sub(r"\s+", "", "".join(words).replace("`", ""))


@given(st.dates(min_value=date(1900, 1, 1), max_value=date(2100, 1, 1)))
def test_every_date_is_named_with_month_day_and_year(day: date) -> None:
    article = make_article(published=day.isoformat())

    opening = write_script(article).lines

    assert opening[1].text.endswith(f" {day.day}, {day.year}")


def test_a_heading_of_footnotes_that_are_read_elsewhere_is_skipped() -> None:
    article = make_article(
        paragraph("Foxes sleep[^1]."), heading("Footnotes", 2, id="b2"), footnote("By day.", "1", id="b3")
    )

    script = write_script(article)

    assert fates(script)["b2"] is Fate.SKIPPED
