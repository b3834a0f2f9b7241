import json

from catwalk.reader.chapters import Chapter, find_chapters, to_json
from catwalk.reader.joining import Part


def heading(title: str) -> Part:
    return Part("l", None, chapter=title, chapter_url="https://example.org/#" + title.lower())


PROSE = Part("l", None, text="Prose.")


def test_a_chapter_lasts_until_the_next_and_the_last_one_to_the_end() -> None:
    chapters = find_chapters([(heading("One"), 0.2, 1), (PROSE, 1, 9), (heading("Two"), 10.5, 11)], "Post", 30)

    assert [(chapter.start_s, chapter.end_s, chapter.title) for chapter in chapters] == [
        (0, 10.5, "One"),
        (10.5, 30, "Two"),
    ]


def test_what_comes_before_the_first_chapter_has_the_episodes_title() -> None:
    chapters = find_chapters([(PROSE, 0.2, 9), (heading("Two"), 10.5, 11)], "Post", 30)

    assert [(chapter.start_s, chapter.title) for chapter in chapters] == [(0, "Post"), (10.5, "Two")]


def test_an_episode_without_headings_is_one_chapter() -> None:
    assert find_chapters([(PROSE, 0.2, 9)], "Post", 10) == (Chapter(0, 10, "Post"),)


def test_the_file_follows_version_1_2_of_the_format() -> None:
    chapters = [
        Chapter(0, 1.23456, "Öffnung"),
        Chapter(1.23456, 9, "Two", "https://example.org/", "https://e.org/i.png"),
    ]

    document = json.loads(to_json(chapters, title="Post", author="Ada"))

    assert document == {
        "version": "1.2.0",
        "title": "Post",
        "author": "Ada",
        "chapters": [
            {"startTime": 0, "title": "Öffnung"},
            {"startTime": 1.235, "title": "Two", "img": "https://e.org/i.png", "url": "https://example.org/"},
        ],
    }


def test_an_unknown_author_is_left_out() -> None:
    assert "author" not in json.loads(to_json([], title="Post", author=None))
