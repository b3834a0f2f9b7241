from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from catwalk.app.server import build
from catwalk.audio.waveform import Waveform
from catwalk.casting.compare import compare
from catwalk.casting.fit import FitChoices, count_word_errors, fit_voice
from catwalk.client import Client
from catwalk.errors import InvalidRequest, UnknownVoice
from catwalk.settings import read_settings
from sounds import babble, to_wav

words = st.lists(st.sampled_from(["tea", "cake", "is", "ready"]), max_size=6)
MODELS = {
    "ears": {"backend": "fake", "tasks": ["embed_speaker"]},
    "tones": {"backend": "fake", "tasks": ["synthesize"], "options": {"voices": ["a", "b", "c", "d"]}},
}


@pytest.fixture
async def client(tmp_path: Path) -> Iterator[Client]:  # type: ignore[misc]  # a fixture of anyio's
    server = build(read_settings(home=tmp_path / "home", models=MODELS))
    async with Client("http://catwalk", transport=httpx.ASGITransport(server.http)) as own:
        yield own
    await server.pool.close()


async def add(client: Client, folder: Path, name: str, *clips: Waveform) -> None:
    paths = [folder / f"{name}{number}.wav" for number in range(len(clips))]
    for path, clip in zip(paths, clips, strict=True):
        path.write_bytes(to_wav(clip))
    await client.add_voice(name, paths, consent=True)


@given(words, words)
def test_word_errors_are_none_for_the_same_words_and_never_more_than_there_are_words(
    said: list[str], heard: list[str]
) -> None:
    assert count_word_errors(" ".join(said), " ".join(said)) == 0
    assert (
        abs(len(said) - len(heard)) <= count_word_errors(" ".join(said), " ".join(heard)) <= max(len(said), len(heard))
    )


@pytest.mark.parametrize(
    ("said", "heard", "n_errors"),
    [
        ("It's ready.", "it is ready", 0),
        ("Twelve cups of tea", "12 cups of tea!", 0),
        ("the blue folder", "the blue holder please", 2),
        ("the blue folder", "", 3),
    ],
)
def test_words_are_compared_as_words(said: str, heard: str, n_errors: int) -> None:
    assert count_word_errors(said, heard) == n_errors


@pytest.mark.anyio
async def test_a_voice_without_clips_cannot_be_fitted(client: Client) -> None:
    with pytest.raises(UnknownVoice, match="nobody"):
        await fit_voice(client, "nobody", FitChoices("tones"), report=lambda *_: None)


@pytest.mark.anyio
async def test_a_model_with_too_few_voices_has_nothing_to_blend(client: Client, tmp_path: Path) -> None:
    await add(client, tmp_path, "mol", babble(6.0))

    with pytest.raises(InvalidRequest, match="at least 3"):
        await fit_voice(client, "mol", FitChoices("fake"), report=lambda *_: None)


@pytest.mark.anyio
async def test_voices_folders_and_recordings_can_be_compared(client: Client, tmp_path: Path) -> None:
    await add(client, tmp_path, "mol", babble(6.0), babble(6.0, seed=2))
    folder = tmp_path / "takes"
    folder.mkdir()
    (folder / "take.wav").write_bytes(to_wav(babble(5.0, seed=3)))
    (folder / "notes.txt").write_text("no recording")

    found = await compare(client, ["mol", str(folder), str(folder / "take.wav"), "tone", "mol@fake"], encoder="ears")

    assert [group.name for group in found.groups] == ["mol", "takes", "take", "tone", "mol@fake"]
    assert [len(group.vectors) for group in found.groups] == [2, 1, 1, 4, 4]
    assert found.likeness[1, 2] == pytest.approx(1.0)
    assert found.likeness[0, 1] > 0.9


@pytest.mark.anyio
async def test_what_is_no_voice_file_or_folder_is_refused(client: Client, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()

    with pytest.raises(InvalidRequest, match="nowhere"):
        await compare(client, ["nowhere", "tone"])
    with pytest.raises(InvalidRequest, match="holds no recordings"):
        await compare(client, [str(tmp_path / "empty"), "tone"])
