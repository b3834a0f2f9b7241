"""From a post to the finished files, with a real voice and a real listener."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path

import pytest
from mutagen.id3 import ID3

from catwalk.client import Client
from catwalk.errors import LanguageNotSpoken, ServerUnreachable
from catwalk.library.takes import Takes
from catwalk.reader.cover import CoverChoice
from catwalk.reader.fetch import FetchLimits
from catwalk.reader.narrator import Voicing
from catwalk.reader.reading import Choices, Reading, prepare, produce
from conftest import RunningServer

pytestmark = pytest.mark.anyio

POST = "# On teapots\n\nA teapot holds 2 litres of tea, and it drips.\n"


async def read(running: RunningServer, folder: Path, cover: CoverChoice = "post") -> Reading:
    source = folder / "post.md"
    source.write_text(POST)
    choices = Choices(Voicing(model="hibari", voice="heart"), cover=cover)
    draft = await prepare(str(source), limits=FetchLimits(), choices=choices)
    async with Client(running.url) as client:
        return await produce(
            draft, client, Takes(folder), folder / "e.mp3", choices=choices, advance=lambda *counts: None
        )


def list_made(folder: Path) -> list[Path]:
    """What is there of the episode, whole or in the making."""
    return [*folder.glob(".*"), *folder.glob("e.*")]


def forget_words(home: Path) -> None:
    """As if the takes had been kept before their words were."""
    for path in home.glob("takes/*/*.json"):
        record = json.loads(path.read_text())
        del record["words"]
        path.write_text(json.dumps(record))


async def test_an_episode_has_a_cover_and_a_time_for_each_word(running: RunningServer, tmp_path: Path) -> None:
    reading = await read(running, tmp_path)

    (cover,) = ID3(reading.audio).getall("APIC")
    (sentence,) = re.findall(r".*holds.*", reading.transcript.read_text())
    assert cover.mime == "image/jpeg"
    assert re.sub(r"<00:00:\d\d\.\d{3}>", "", sentence) == "A teapot holds 2 litres of tea, and it drips."
    assert len(re.findall("<", sentence)) == 9


async def test_takes_that_were_kept_without_words_get_the_same_times(running: RunningServer, tmp_path: Path) -> None:
    before = (await read(running, tmp_path, "none")).transcript.read_text()
    forget_words(tmp_path)

    reading = await read(running, tmp_path, "none")

    assert reading.n_reused == reading.n_lines
    assert ID3(reading.audio).getall("APIC") == []
    assert [re.sub(r"\.\d{3}", "", line) for line in reading.transcript.read_text().splitlines()] == [
        re.sub(r"\.\d{3}", "", line) for line in before.splitlines()
    ]


@pytest.mark.parametrize(
    ("stated", "text"),
    [
        ("ja", "これは十分に長い文章です。"),
        ("de", "Das ist ein Satz, der nicht auf Englisch ist und der auch so bleibt."),
    ],
)
async def test_a_post_in_another_language_is_refused_before_a_word_is_spoken(
    tmp_path: Path, stated: str, text: str
) -> None:
    source = tmp_path / "post.html"
    source.write_text(f"<html lang={stated}><article><h1>{text}</h1><p>{text}</p></article>", encoding="utf-8")
    choices = Choices(Voicing(model="hibari"))
    draft = await prepare(str(source), limits=FetchLimits(), choices=choices)

    async with Client("http://127.0.0.1:9") as nobody:
        with pytest.raises(LanguageNotSpoken, match=f"'{stated}'.*--any-language"):
            await produce(draft, nobody, Takes(tmp_path), tmp_path / "e.mp3", choices=choices, advance=lambda *_: None)


async def test_an_english_post_whose_template_says_otherwise_is_read(tmp_path: Path) -> None:
    source = tmp_path / "post.html"
    source.write_text(
        "<html lang=de><article><h1>Tea</h1><p>This is the text that was not meant for anybody but you.</p></article>"
    )
    choices = Choices(Voicing(model="hibari"))
    draft = await prepare(str(source), limits=FetchLimits(), choices=choices)

    async with Client("http://127.0.0.1:9") as nobody:
        with pytest.raises(ServerUnreachable):
            await produce(draft, nobody, Takes(tmp_path), tmp_path / "e.mp3", choices=choices, advance=lambda *_: None)

    assert list_made(tmp_path) == []


async def test_a_reading_that_is_given_up_leaves_no_thread_waiting(running: RunningServer, tmp_path: Path) -> None:
    source = tmp_path / "post.md"
    source.write_text(POST + "\n".join(f"And number {number} is heard.\n" for number in range(400)))
    choices = Choices(Voicing(model="hibari", voice="heart"), cover="none")
    draft = await prepare(str(source), limits=FetchLimits(), choices=choices)
    begun = asyncio.Event()

    async with Client(running.url) as client:
        reading = asyncio.create_task(
            produce(draft, client, Takes(tmp_path), tmp_path / "e.mp3", choices=choices, advance=lambda *_: begun.set())
        )
        await begun.wait()
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading

    await asyncio.get_running_loop().shutdown_default_executor()
    assert list_made(tmp_path) == []
