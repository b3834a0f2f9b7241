from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import numpy as np
import pytest
from click.testing import CliRunner, Result

from catwalk.audio.codec import AudioFormat, encode
from catwalk.audio.waveform import Waveform
from catwalk.cli import catwalk
from catwalk.cli.publishing import build_commands, list_all_episodes
from catwalk.errors import ExportFailed, InvalidRequest, NotPublished
from catwalk.library.database import open_library
from catwalk.podcast.artwork import draw_artwork
from catwalk.podcast.opml import read_opml
from catwalk.podcast.show import Publications
from podcast.library_shows import add_blog, add_post, read_out
from podcast.shows import Shelf, a_show, an_episode


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    folder = tmp_path / "blobs"
    folder.mkdir()
    shelf = Shelf(folder)
    image = shelf.add_file(draw_artwork("On teapots"), ".jpg")
    tones = [np.full(44_100, level, np.float32) for level in (0.1, 0.2)]
    sounds = [shelf.add_file(encode(Waveform(tone, 44_100), AudioFormat.MP3), ".mp3") for tone in tones]
    episodes = [an_episode(2 - at, audio=sound, transcript=None, chapters=None) for at, sound in enumerate(sounds)]
    shelf.add_show(a_show(image=image, key="cw-secret"), episodes)
    return shelf


def run(shelf: Shelf, *arguments: str) -> Result:
    @contextmanager
    def open_publications() -> Iterator[Publications]:
        yield shelf

    group = click.Group("catwalk", commands=build_commands(open_publications))
    return CliRunner().invoke(group, arguments)


def test_a_show_is_exported_to_a_folder_without_the_key_of_the_box(shelf: Shelf, tmp_path: Path) -> None:
    result = run(shelf, "export", "teapots", str(tmp_path / "out"), "--base-url", "https://pots.example", "--json")

    assert result.exit_code == 0, result.output
    document = json.loads(result.stdout)
    assert document["written"][-1] == "feed.xml"
    assert (document["kept"], document["removed"]) == (0, [])
    assert b"cw-secret" not in (tmp_path / "out" / "feed.xml").read_bytes()


def test_a_show_is_exported_to_an_audiobook(shelf: Shelf, tmp_path: Path) -> None:
    result = run(shelf, "export", "teapots", "--m4b", str(tmp_path / "pots.m4b"))

    assert result.stdout == f"{tmp_path / 'pots.m4b'}: 0 h 00 min, 2 chapters\n"
    assert "2 of 2 episodes" in result.stderr


def test_an_export_to_nowhere_is_wrong_usage(shelf: Shelf) -> None:
    assert run(shelf, "export", "teapots").exit_code == 2


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (("export", "kettles", "out"), NotPublished),
        (("export", "teapots", "ftp://pots.example/"), InvalidRequest),
        (("export", "teapots", "s3://"), InvalidRequest),
    ],
)
def test_what_cannot_be_exported_is_refused(shelf: Shelf, arguments: tuple[str, ...], error: type[Exception]) -> None:
    assert isinstance(run(shelf, *arguments).exception, error)


def test_a_file_that_the_library_has_lost_is_named(shelf: Shelf, tmp_path: Path) -> None:
    lost = shelf.files.popitem()[0]

    result = run(shelf, "export", "teapots", str(tmp_path / "out"))

    assert isinstance(result.exception, ExportFailed)
    assert lost in str(result.exception)


def test_the_list_of_shows_holds_private_ones_with_their_keys(shelf: Shelf, tmp_path: Path) -> None:
    written = run(shelf, "opml", "--base-url", "http://box.local:8000")
    run(shelf, "opml", "--base-url", "http://box.local:8000/", "-o", str(tmp_path / "shows.opml"))

    assert [each.url for each in read_opml(written.stdout_bytes)] == [
        "http://box.local:8000/feeds/cw-secret/teapots.xml"
    ]
    assert (tmp_path / "shows.opml").read_bytes() == written.stdout_bytes


def test_episodes_are_asked_for_in_batches(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    shelf.add_show(a_show(), [an_episode(number) for number in range(1001)])

    assert len(list_all_episodes(shelf, "teapots")) == 1001


def test_the_address_of_the_server_may_stand_in_the_settings(monkeypatch: pytest.MonkeyPatch, own_home: Path) -> None:
    library = open_library(own_home)
    show = add_blog(library)
    library.close()
    monkeypatch.setenv("CATWALK_PODCAST__BASE_URL", "https://pods.example")

    written = CliRunner().invoke(catwalk, ["opml"])

    assert [each.url for each in read_opml(written.stdout_bytes)] == [
        f"https://pods.example/feeds/{show.key}/on-teapots.xml"
    ]


def test_without_any_address_the_list_of_shows_is_wrong_usage(own_home: Path) -> None:
    result = CliRunner().invoke(catwalk, ["opml"])

    assert result.exit_code == 2
    assert "base_url under [podcast]" in result.stderr


def test_a_show_of_the_library_is_exported(own_home: Path, tmp_path: Path) -> None:
    library = open_library(own_home)
    show = add_blog(library)
    render = read_out(library, add_post(library, show))
    library.close()

    result = CliRunner().invoke(catwalk, ["export", "on-teapots", str(tmp_path / "out")])

    assert result.exit_code == 0, result.output
    assert (tmp_path / "out" / "media" / render.audio).is_file()
    assert (tmp_path / "out" / "feed.xml").is_file()
