"""Lexicon files: two formats, and errors that name the file and the entry."""

from __future__ import annotations

from pathlib import Path

import pytest

from catwalk.errors import SettingsInvalid
from catwalk.reader.pronounce import Entry, Lexicon, pronounce, respell_for_voice
from catwalk.reader.pronunciation.parts import Part
from catwalk.tasks import drop_sounds


def test_a_toml_file_holds_words_and_entries(tmp_path: Path) -> None:
    file = tmp_path / "lexicon.toml"
    file.write_text(
        '[words]\nlein = "line"\n\n[[entry]]\nwritten = "CL"\nspoken = "common lisp"\ncase = true\n', encoding="utf-8"
    )

    lexicon = Lexicon.load(file)

    assert lexicon.entries == (Entry("CL", "common lisp", case=True), Entry("lein", "line"))


def test_a_tab_separated_file_holds_an_entry_a_line(tmp_path: Path) -> None:
    file = tmp_path / "lexicon.tsv"
    file.write_text("# names\nCL\tcommon lisp\tcase\n\nx(\\d)\tex \\1\tpattern\n", encoding="utf-8")

    lexicon = Lexicon.load(file)

    assert lexicon.entries == (Entry("CL", "common lisp", case=True), Entry("x(\\d)", "ex \\1", pattern=True))


def test_an_entry_may_hold_for_one_part_of_speech(tmp_path: Path) -> None:
    file = tmp_path / "lexicon.tsv"
    file.write_text("live\tlyve\tadjective\nlead\tledd\tnoun\n", encoding="utf-8")

    lexicon = Lexicon.load(file)

    assert lexicon.entries == (Entry("live", "lyve", part=Part.ADJECTIVE), Entry("lead", "ledd", part=Part.NOUN))
    assert pronounce("They live for a live show.", lexicon=lexicon) == "They live for a lyve show."
    assert pronounce("You lead with the lead.", lexicon=lexicon) == "You lead with the ledd."


def test_a_toml_entry_names_its_part_of_speech(tmp_path: Path) -> None:
    file = tmp_path / "lexicon.toml"
    file.write_text('[[entry]]\nwritten = "live"\nspoken = "lyve"\npart = "adjective"\n', encoding="utf-8")

    lexicon = Lexicon.load(file)

    assert lexicon.entries == (Entry("live", "lyve", part=Part.ADJECTIVE),)


def test_case_matters_only_where_the_entry_says_so() -> None:
    lexicon = Lexicon((Entry("CL", "common lisp", case=True), Entry("sly", "sligh")))

    spoken = pronounce("CL cl Sly", lexicon=lexicon)

    assert spoken == "common lisp C L sligh"


def test_an_entry_matches_whole_words_only() -> None:
    lexicon = Lexicon((Entry("cat", "feline"),))

    spoken = pronounce("cat catalog", lexicon=lexicon)

    assert spoken == "feline catalog"


@pytest.mark.parametrize(
    ("name", "content", "named"),
    [
        ("a.toml", "[words", "a.toml"),
        ("a.toml", "[word]\nx = 'y'\n", "'word'"),
        ("a.toml", "[words]\nx = 3\n", "'x' = 3"),
        ("a.toml", "[[entry]]\nwritten = '('\nspoken = 'x'\npattern = true\n", "'('"),
        ("a.toml", "[[entry]]\nwritten = 'x*'\nspoken = 'x'\npattern = true\n", "'x*'"),
        ("a.tsv", "lonely\n", "line 1"),
        ("a.tsv", "x\ty\tregex\n", "line 1"),
        ("a.tsv", "\ty\n", "''"),
        ("a.toml", "[[entry]]\nwritten = 'x'\nspoken = 'y'\npart = 'article'\n", "'article'"),
    ],
)
def test_a_malformed_file_is_refused_with_its_name_and_entry(
    tmp_path: Path, name: str, content: str, named: str
) -> None:
    file = tmp_path / name
    file.write_text(content, encoding="utf-8")

    with pytest.raises(SettingsInvalid) as refused:
        Lexicon.load(file)

    assert str(file) in refused.value.message
    assert named in refused.value.message


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsInvalid, match=r"none\.toml"):
        Lexicon.load(tmp_path / "none.toml")


def test_an_entry_with_sounds_is_handed_to_the_voice_with_them(tmp_path: Path) -> None:
    file = tmp_path / "lexicon.toml"
    file.write_text(
        '[[entry]]\nwritten = "Siobhan"\nspoken = "Shivawn"\nipa = "ʃɪvˈɔːn"\n[[entry]]\nwritten = "Nguyen"\nipa = "wɪn"\n',
        encoding="utf-8",
    )

    lexicon = Lexicon.load(file)

    assert pronounce("Siobhan (Nguyen) left.", lexicon=lexicon) == "[Shivawn](/ʃɪvˈɔːn/), [Nguyen](/wɪn/), left."


@pytest.mark.parametrize(
    ("ipa", "owner"), [("ʃɪvˈɔːn", "ʃɪvˈɔːnz"), ("bˈɛk", "bˈɛks"), ("lʊˈiːz", "lʊˈiːzɪz"), ("mˈɑːʃ", "mˈɑːʃɪz")]
)
def test_the_owner_of_something_is_said_with_the_sound_that_fits(ipa: str, owner: str) -> None:
    lexicon = Lexicon((Entry("Name", "Name", ipa=ipa),))

    assert pronounce("Name's hat", lexicon=lexicon) == f"[Name's](/{owner}/) hat"


def test_sounds_survive_what_is_done_for_a_voice_and_change_nothing_for_the_check() -> None:
    spoken = "[Shivawn](/ʃɪvˈɔːn/) uses redis."

    assert respell_for_voice(spoken) == "[Shivawn](/ʃɪvˈɔːn/) uses reddis."
    assert pronounce(drop_sounds(spoken)) == "Shivawn uses redis."


def test_a_tab_separated_entry_may_name_its_sounds(tmp_path: Path) -> None:
    file = tmp_path / "lexicon.tsv"
    file.write_text("Nguyen\tWin\tcase\t/wɪn/\n", encoding="utf-8")

    assert Lexicon.load(file).entries == (Entry("Nguyen", "Win", case=True, ipa="wɪn"),)


@pytest.mark.parametrize("ipa", ["", "a/b", "two)words(", " wɪn"])
def test_sounds_that_are_none_are_refused(tmp_path: Path, ipa: str) -> None:
    file = tmp_path / "lexicon.toml"
    file.write_text(f'[[entry]]\nwritten = "Nguyen"\nipa = "{ipa}"\n', encoding="utf-8")

    with pytest.raises(SettingsInvalid, match=r"Nguyen.*sounds"):
        Lexicon.load(file)


def test_of_several_files_the_first_stands_above_the_others(tmp_path: Path) -> None:
    show, user = tmp_path / "show.toml", tmp_path / "user.toml"
    show.write_text('[words]\nlem = "lemm"\n', encoding="utf-8")
    user.write_text('[words]\nlem = "leem"\nsly = "sligh"\n', encoding="utf-8")

    lexicon = Lexicon.stack([show, user])

    assert pronounce("lem sly", lexicon=lexicon) == "lemm sligh"
