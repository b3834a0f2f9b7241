from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

from catwalk.library.blobs import Blobs, write_atomically
from catwalk.library.takes import TakeKey, Takes, TimedWord

KEY = TakeKey("Tea is ready.", "hibari", "heart", 1.0)
VERDICT = {"accepted": True}


def test_a_take_is_found_again_by_what_was_asked_for(tmp_path: Path) -> None:
    kept = Takes(tmp_path).keep(KEY, b"flac", VERDICT, 2)

    found = Takes(tmp_path).find(KEY)

    assert found == kept
    assert found is not None
    assert found.audio.read_bytes() == b"flac"


def test_the_words_of_a_take_are_kept_with_their_times(tmp_path: Path) -> None:
    words = (TimedWord("Tea", 0.25, 0.5), TimedWord("is", 0.5, 0.61834), TimedWord("ready.", 0.61834, 1.0))
    kept = Takes(tmp_path).keep(KEY, b"flac", VERDICT, 1, words)

    found = Takes(tmp_path).find(KEY)

    assert found == kept
    assert kept.words == (words[0], TimedWord("is", 0.5, 0.618), TimedWord("ready.", 0.618, 1.0))


def test_a_record_from_before_words_were_kept_is_a_take_without_them(tmp_path: Path) -> None:
    Takes(tmp_path).keep(KEY, b"flac", VERDICT, 1)
    (path,) = tmp_path.glob("takes/*/*.json")
    record = json.loads(path.read_text())
    del record["words"]
    path.write_text(json.dumps(record))

    found = Takes(tmp_path).find(KEY)

    assert found is not None
    assert found.words == ()


@pytest.mark.parametrize(
    "change", [{"spoken": "Tea is cold."}, {"model": "kokoro"}, {"voice": "af_sky"}, {"speed": 1.1}]
)
def test_whatever_was_asked_differently_is_another_take(tmp_path: Path, change: dict[str, object]) -> None:
    takes = Takes(tmp_path)
    takes.keep(KEY, b"flac", VERDICT, 1)

    assert takes.find(dataclasses.replace(KEY, **change)) is None  # type: ignore[arg-type]  # one field each


def test_a_record_whose_audio_is_gone_is_no_take(tmp_path: Path) -> None:
    takes = Takes(tmp_path)
    takes.keep(KEY, b"flac", VERDICT, 1).audio.unlink()

    assert takes.find(KEY) is None


def test_the_same_audio_is_kept_once(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path)

    names = {blobs.put(b"same", ".flac") for _ in range(2)}

    assert len(names) == 1
    assert sum(path.is_file() for path in tmp_path.rglob("*")) == 1


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "file"
    write_atomically(path, b"old")

    with pytest.raises(TypeError):
        write_atomically(path, "not bytes")  # type: ignore[arg-type]  # on purpose

    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]
