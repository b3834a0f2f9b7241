from __future__ import annotations

from pathlib import Path

from catwalk.library.blobs import Blobs


def test_a_file_is_kept_under_the_name_that_its_content_would_have(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path / "blobs")
    file = tmp_path / "post.mp3"
    file.write_bytes(b"sound")

    name = blobs.put_file(file)

    assert name == blobs.put_file(file) == blobs.put(b"sound", ".mp3")
    assert blobs.path(name).read_bytes() == file.read_bytes()
    assert list(blobs.list_names()) == [name]


def test_a_blob_is_sound_while_its_content_is_what_its_name_says(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path)
    name = blobs.put(b"sound", ".mp3")
    assert blobs.is_sound(name)

    blobs.path(name).write_bytes(b"noise")
    assert not blobs.is_sound(name)

    blobs.path(name).unlink()
    assert not blobs.is_sound(name)
