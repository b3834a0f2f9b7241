from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import pytest

from catwalk.errors import CatwalkError, VoiceExists, VoiceNameInvalid, VoiceNotFound
from catwalk.serving.clips import PreparedClip
from catwalk.serving.voices import VoiceLibrary, check_name
from sounds import babble, to_wav


def clip(seed: int = 0) -> PreparedClip:
    waveform = babble(1.0, seed=seed)
    return PreparedClip("My Clip.WAV", waveform, to_wav(waveform), to_wav(waveform))


@pytest.fixture
def library(tmp_path: Path) -> VoiceLibrary:
    return VoiceLibrary(tmp_path / "voices")


def on_disk(library: VoiceLibrary) -> list[str]:
    return sorted(path.name for path in library.folder.iterdir())


@pytest.mark.parametrize("name", ["mol", "m", "2nd-voice_b", "a" * 40])
def test_plain_names_are_taken(name: str) -> None:
    assert check_name(name) == name


@pytest.mark.parametrize(
    "name", ["", "..", "../x", "a/b", "a" * 41, "Mol", "-x", ".hidden", "a b", "mol\0", "mol\n", "é", "af_heart+x"]
)
def test_other_names_are_refused_with_what_is_allowed(name: str) -> None:
    with pytest.raises(VoiceNameInvalid, match="1 to 40 of a-z"):
        check_name(name)


def test_a_voice_that_was_added_is_found_again_by_another_process(library: VoiceLibrary) -> None:
    added = library.add("mol", [clip(0), clip(1)], ["a note"])

    again = VoiceLibrary(library.folder)

    assert again.find("mol") == added
    assert again.names() == ["mol"]
    assert [each.original for each in added.clips] == ["01.wav", "02.wav"]
    assert len(again.read_clips(added)) == 2


def test_other_clips_give_another_content_hash(library: VoiceLibrary) -> None:
    one, two = library.add("one", [clip(0)]), library.add("two", [clip(1)])

    assert one.content_hash != two.content_hash


@pytest.mark.parametrize("name", ["../mol", "nobody", ""])
def test_a_voice_that_is_not_there_is_an_error_that_says_what_is(library: VoiceLibrary, name: str) -> None:
    library.add("mol", [clip()])

    with pytest.raises(VoiceNotFound, match="it has: mol"):
        library.find(name)


def test_of_two_adds_of_one_name_at_once_one_wins(library: VoiceLibrary) -> None:
    outcomes: list[str] = []
    ready = threading.Barrier(4)

    def add(seed: int) -> None:
        ready.wait()
        try:
            library.add("mol", [clip(seed)])
            outcomes.append("added")
        except CatwalkError as error:
            outcomes.append(error.code)

    threads = [threading.Thread(target=add, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["added", "voice_exists", "voice_exists", "voice_exists"]
    assert on_disk(library) == ["mol"]


def test_a_voice_that_is_removed_leaves_nothing(library: VoiceLibrary) -> None:
    library.add("mol", [clip()])

    library.remove("mol")

    assert "mol" not in library
    assert on_disk(library) == []


def test_a_voice_in_use_keeps_its_files_until_its_last_speaker_has_finished(library: VoiceLibrary) -> None:
    forgotten: list[str] = []
    library.forget = forgotten.append
    library.add("mol", [clip()])

    with library.use("mol"):
        with library.use("mol") as voice:
            library.remove("mol")

            assert "mol" not in library
            assert VoiceLibrary(library.folder).names() == []
        assert library.read_clips(voice)
        assert forgotten == []

    assert on_disk(library) == []
    assert forgotten == ["mol"]


def test_a_name_is_free_again_once_the_voice_has_left(library: VoiceLibrary) -> None:
    library.add("mol", [clip(0)])
    with library.use("mol"):
        library.remove("mol")
        with pytest.raises(VoiceExists, match="being spoken in still"):
            library.add("mol", [clip(1)])

    library.add("mol", [clip(1)])

    assert library.names() == ["mol"]


def test_a_blend_is_kept_beside_the_clips(library: VoiceLibrary) -> None:
    library.add("mol", [clip()])

    library.set_blend("mol", "kokoro", "am_onyx(2)+am_adam(1)")

    assert library.find("mol").blends == {"kokoro": "am_onyx(2)+am_adam(1)"}


def test_what_a_killed_process_left_is_swept_by_a_later_add(library: VoiceLibrary) -> None:
    library.add("half-gone", [clip()])
    (library.folder / "half-gone" / "voice.json").rename(library.folder / "half-gone" / "removed.json")
    (library.folder / ".making-0123").mkdir()
    (library.folder / ".making-fresh").mkdir()
    for name in ("half-gone", ".making-0123"):
        os.utime(library.folder / name, (time.time() - 7200,) * 2)

    library.add("mol", [clip()])

    assert on_disk(library) == [".making-fresh", "mol"]


def test_a_failed_write_leaves_nothing(library: VoiceLibrary) -> None:
    broken = PreparedClip("clip.wav", babble(1.0), None, b"")  # type: ignore[arg-type]  # what cannot be written

    with pytest.raises(TypeError):
        library.add("mol", [broken])

    assert on_disk(library) == []
