"""From a post to the finished files, with a real voice and a real listener."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from mutagen.id3 import ID3

from catwalk.client import Client
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
