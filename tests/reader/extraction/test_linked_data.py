"""Facts from JSON-LD."""

from __future__ import annotations

from catwalk.reader.extraction.linked_data import read_linked_data
from catwalk.reader.extraction.parsing import parse_html


def facts(*scripts: str) -> tuple[str | None, tuple[str, ...], str | None, str | None]:
    page = "".join(f"<script type='application/ld+json'>{script}</script>" for script in scripts)
    found = read_linked_data(parse_html(page))
    return found.title, found.authors, found.published, found.site


def test_the_article_is_found_among_other_things() -> None:
    graph = '{"@graph":[{"@type":"WebSite","name":"Example"},{"@type":["BlogPosting"],"headline":"A","author":"Ann"}]}'

    assert facts('{"@type":"BreadcrumbList"}', graph) == ("A", ("Ann",), None, "Example")


def test_the_page_tells_the_date_that_the_article_does_not() -> None:
    graph = '[{"@type":"WebPage","datePublished":"2020-05-03"},{"@type":"Article","headline":"A"}]'

    assert facts(graph)[2] == "2020-05-03"


def test_comments_and_line_breaks_around_and_in_the_data_are_forgiven() -> None:
    assert facts('//<![CDATA[\n{"@type":"Article","headline":"A\nB"}\n//]]>')[0] == "A B"


def test_a_page_without_facts_has_none() -> None:
    assert facts("nonsense", '{"@type":"Product","name":"x"}') == (None, (), None, None)
