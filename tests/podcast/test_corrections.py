from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catwalk.errors import InvalidRequest, NotInLibrary
from catwalk.library.database import Library, open_library
from catwalk.podcast.corrections import Corrections, add_word, remove_word
from catwalk.podcast.job import Urgency
from catwalk.podcast.lexicons import find_lexicon, list_words
from catwalk.reader.pronounce import Lexicon
from libraries import read_post

WORDS = st.text(st.characters(blacklist_categories=["Cs", "Cc", "Co"]), min_size=1, max_size=30).filter(str.strip)


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    opened = open_library(tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def asked() -> list[int]:
    return []


@pytest.fixture
def corrections(library: Library, asked: list[int]) -> Corrections:
    def ask(episode_id: int, urgency: Urgency) -> str:
        assert urgency is Urgency.NEW
        asked.append(episode_id)
        return f"job of {episode_id}"

    return Corrections(lambda: library, ask)


def test_a_correction_reaches_every_episode_with_the_word(
    corrections: Corrections, library: Library, asked: list[int]
) -> None:
    first = read_post(library, "GOEWS is a game.", "Nothing here.", url="https://blog.test/1")
    second = read_post(library, "He plays goews.", "And GOEWS again.", url="https://blog.test/2")
    read_post(library, "No such word.", url="https://blog.test/3")

    found = corrections.correct("GOEWS", "goes")

    assert asked == [first.id, second.id]
    assert [line.text for line in found.lines] == ["GOEWS is a game.", "He plays goews.", "And GOEWS again."]
    assert found.jobs == {first.id: f"job of {first.id}", second.id: f"job of {second.id}"}
    assert found.jobs == {first.id: f"job of {first.id}", second.id: f"job of {second.id}"}
    assert [entry.spoken for entry in Lexicon.load(found.lexicon).entries] == ["goes"]


def test_a_correction_of_one_show_reaches_no_other(
    corrections: Corrections, library: Library, asked: list[int], tmp_path: Path
) -> None:
    here = read_post(library, "GOEWS is a game.", url="https://blog.test/1")
    read_post(library, "GOEWS is a game.", url="https://other.test/1", show="other")

    found = corrections.correct("GOEWS", "goes", show="blog")

    assert asked == [here.id]
    assert found.lexicon == find_lexicon(tmp_path, "blog") != find_lexicon(tmp_path, None)


def test_a_show_that_is_not_there_changes_nothing(corrections: Corrections, tmp_path: Path) -> None:
    with pytest.raises(NotInLibrary, match="no show 'none'"):
        corrections.correct("a", "b", show="none")

    assert not list(tmp_path.rglob("*.toml"))


def test_a_word_takes_the_place_of_its_earlier_entry_and_the_rest_stays(tmp_path: Path) -> None:
    path = tmp_path / "lexicon.toml"
    path.write_text('# mine\n[words]\n"tea" = "chai"\ncup = "mug"  # big\n\n[[entry]]\nwritten = "x"\nspoken = "ex"\n')

    for word, spoken in (("tea", "tay"), ("cup", "cub"), ("x", "eggs")):
        add_word(path, word, spoken)

    said = {entry.written: entry.spoken for entry in Lexicon.load(path).entries}
    assert said == {"tea": "tay", "cup": "cub", "x": "eggs"}
    assert path.read_text().startswith("# mine\n[words]\n")


def test_sounds_between_slashes_are_sounds_and_can_be_taken_back(tmp_path: Path) -> None:
    path = tmp_path / "lexicon.toml"

    add_word(path, "GOEWS", "/ɡoʊz/")
    add_word(path, "GOEWS", "/ɡuːz/")

    assert list_words(path) == [{"written": "GOEWS", "spoken": "/ɡuːz/"}]
    remove_word(path, "GOEWS")
    assert list_words(path) == []
    with pytest.raises(NotInLibrary, match="no entry 'GOEWS'"):
        remove_word(path, "GOEWS")


def test_a_forgotten_word_is_spoken_again_where_it_stands(
    corrections: Corrections, library: Library, asked: list[int]
) -> None:
    episode = read_post(library, "GOEWS is a game.")
    corrections.correct("GOEWS", "goes")

    found = corrections.forget("GOEWS")

    assert asked == [episode.id, episode.id]
    assert not Lexicon.load(found.lexicon).entries


def test_a_file_that_would_not_be_read_any_more_stays_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "lexicon.toml"
    path.write_text('[words]\ntea = "chai"\n')

    with pytest.raises(InvalidRequest, match="cannot hold 'tea'"):
        add_word(path, "tea", "/t)e/")

    assert path.read_text() == '[words]\ntea = "chai"\n'
    assert [each.name for each in tmp_path.iterdir()] == ["lexicon.toml"]


@given(word=WORDS, spoken=WORDS)
def test_any_word_goes_in_and_is_read_back(tmp_path_factory: pytest.TempPathFactory, word: str, spoken: str) -> None:
    path = tmp_path_factory.mktemp("lexicon") / "lexicon.toml"

    try:
        add_word(path, word, spoken)
    except InvalidRequest:
        assert not path.exists()
    else:
        assert word.strip() in {entry.written.strip() for entry in Lexicon.load(path).entries}
