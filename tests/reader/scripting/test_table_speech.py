from __future__ import annotations

from catwalk.reader.article import Block, BlockKind
from catwalk.reader.policy import ScriptPolicy
from catwalk.reader.scripting.table_speech import render_table
from catwalk.reader.scripting.utterance import Manner, Rendition


def render(*rows: tuple[str, ...], has_header: bool = True, caption: str | None = None) -> Rendition:
    manner = Manner(ScriptPolicy(), lambda text: text.replace("`", ""), frozenset())
    block = Block(id="b1", kind=BlockKind.TABLE, text="", rows=rows, has_header=has_header, caption=caption)
    return render_table(manner, block)


def spoken(rendition: Rendition) -> list[str]:
    return [utterance.spoken for utterance in rendition.utterances]


def test_a_table_is_read_by_row_with_its_headers() -> None:
    rendition = render(("Name", "Age"), ("Ada", "3"), ("Bo", "4"))

    assert spoken(rendition) == ["Table: Name: Ada; Age: 3.", "Name: Bo; Age: 4."]
    assert rendition.reason is None


def test_empty_cells_and_short_rows_are_passed_over() -> None:
    assert spoken(render(("Name", "Age", "Den"), ("Ada", "", "north"), ("Bo",))) == [
        "Table: Name: Ada; Den: north.",
        "Name: Bo.",
    ]


def test_a_table_without_headers_is_read_cell_by_cell() -> None:
    assert spoken(render(("Ada", "3"), ("Bo", "4"), has_header=False)) == ["Table: Ada; 3.", "Bo; 4."]


def test_the_caption_comes_first() -> None:
    assert spoken(render(("Name",), ("Ada",), caption="Foxes we know"))[0] == "Table: Foxes we know."


def test_a_table_of_one_cell_is_a_box_and_is_read_as_prose() -> None:
    assert spoken(render(("Foxes sleep.",), has_header=False)) == ["Foxes sleep."]


def test_a_large_table_is_summarised_by_its_size_and_columns() -> None:
    rendition = render(("Name", "Age"), *[("Ada", str(age)) for age in range(40)])

    assert spoken(rendition) == ["A table of 40 rows and 2 columns: Name, Age."]
    assert rendition.reason == "82 cells; a table of more than 60 is summarised"


def test_a_table_without_a_word_is_skipped() -> None:
    rendition = render(("", " "), has_header=False)

    assert rendition.utterances == ()
    assert rendition.reason == "has no words that can be spoken"


def test_one_header_cell_across_the_whole_table_is_its_heading() -> None:
    assert spoken(render(("By age",), ("Ada", "3"), ("Bo", "4"))) == ["Table: By age.", "Ada; 3.", "Bo; 4."]
