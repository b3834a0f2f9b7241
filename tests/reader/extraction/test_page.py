"""A whole source becomes an article with every field filled as far as the source tells."""

from __future__ import annotations

from catwalk.reader.article import Article
from extraction.reading import PROSE, read


def test_a_page_that_tells_all_is_believed() -> None:
    page = f"""
      <html lang="en-GB"><head><title>The Ferry | Example Blog</title>
      <link rel="canonical" href="https://blog.example.org/ferry"><meta name="author" content="Ann Lee">
      <meta property="og:site_name" content="Example Blog"><meta property="og:image" content="/cover.jpg">
      <meta property="article:published_time" content="2020-05-03T10:00:00+02:00"></head>
      <body><article><h1>The Ferry</h1>{PROSE}</article></body></html>
    """

    article = read(page)

    assert (article.url, article.title, article.author) == ("https://blog.example.org/ferry", "The Ferry", "Ann Lee")
    assert (article.published, article.language) == ("2020-05-03T10:00:00+02:00", "en-GB")
    assert (article.site, article.image) == ("Example Blog", "https://blog.example.org/cover.jpg")


def test_the_address_of_a_file_is_its_own() -> None:
    article = read(f"<article>{PROSE}</article>", url="file:///home/ann/ferry.html")

    assert article.url == "file:///home/ann/ferry.html"


def test_pictures_of_a_saved_page_are_where_the_page_came_from() -> None:
    page = (
        f"<link rel='canonical' href='https://blog.example.org/p/ferry'><article>{PROSE}<img src='cat.jpg'></article>"
    )

    article: Article = read(page, url="file:///home/ann/ferry.html")

    assert article.blocks[-1].src == "https://blog.example.org/p/cat.jpg"
