"""What an element holds is counted once and without what is skipped."""

from __future__ import annotations

from catwalk.reader.extraction.measure import live_elements, measure_all
from catwalk.reader.extraction.parsing import parse_fragment


def test_counts_add_up_through_all_levels() -> None:
    root = parse_fragment("ab<p>cd, <a href='/x'>ef</a></p><ul><li>g</li><li><img></li></ul><h2>hi</h2>")

    measure = measure_all(root, set())[root]

    assert (measure.n_chars, measure.n_commas, measure.link_chars, measure.heading_chars) == (10, 1, 2.0, 2)
    assert (measure.n_paragraphs, measure.n_items, measure.n_images) == (1, 2, 1)
    assert measure.own_chars == 2


def test_links_within_the_page_count_for_less() -> None:
    root = parse_fragment("<a href='#x'>0123456789</a>")

    assert measure_all(root, set())[root].link_density == 0.3


def test_what_is_skipped_does_not_count() -> None:
    root = parse_fragment("<p>ab</p><p>cd<b>ef</b></p>")
    second = root[1]

    measures = measure_all(root, {second})

    assert measures[root].n_chars == 2
    assert list(live_elements(root, {second})) == [root, root[0]]


def test_scripts_without_spaces_count_twice() -> None:
    root = parse_fragment("<p>渡船</p>")

    assert measure_all(root, set())[root].n_chars == 4
