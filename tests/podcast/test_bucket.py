from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from catwalk.errors import BackendNotInstalled, ExportFailed, InvalidRequest
from catwalk.podcast import bucket as bucket_module
from catwalk.podcast.bucket import BucketTarget
from catwalk.podcast.export import export
from podcast.bucket_server import ACCESS, REGION, SECRET, Bucket, serve_bucket
from podcast.shows import Shelf, a_show, an_episode

pytest.importorskip("boto3", reason="boto3 is an optional extra, which the tests' own group brings")


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    with serve_bucket() as bucket:
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", ACCESS)
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
        monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", f"http://127.0.0.1:{bucket.server_port}")
        monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
        monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
        monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
        yield bucket


def published(folder: Path) -> tuple[Shelf, list[str]]:
    shelf = Shelf(folder)
    image, sound = shelf.add_file(b"cover", ".jpg"), shelf.add_file(b"sound" * 1000, ".mp3")
    episode = an_episode(audio=sound, transcript=None, chapters=None)
    shelf.add_show(a_show(image=image), [episode])
    return shelf, [image.name, sound.name]


def run(shelf: Shelf, target: BucketTarget, **options: bool) -> tuple[str, ...]:
    show, episodes = shelf.shows["teapots"], shelf.episodes["teapots"]
    base_url = "https://pots.example/show"
    return export(show, episodes, lambda name: shelf.files[name].path, target, base_url=base_url, **options).written  # type: ignore[arg-type]  # only prune


def test_a_show_goes_into_a_bucket_signed_typed_and_the_feed_last(bucket: Bucket, tmp_path: Path) -> None:
    shelf, names = published(tmp_path)

    written = run(shelf, BucketTarget("s3://pots/show/"))

    assert written == (*(f"media/{name}" for name in names), "index.html", "feed.xml")
    assert sorted(bucket.objects) == sorted(f"show/{name}" for name in written)
    assert bucket.objects[f"show/media/{names[1]}"][0] == b"sound" * 1000
    facts = bucket.objects[f"show/media/{names[1]}"][1]
    assert facts == {"Content-Type": "audio/mpeg", "Cache-Control": "public, max-age=31536000, immutable"}
    assert bucket.objects["show/feed.xml"][1]["Content-Type"] == "application/rss+xml; charset=utf-8"
    assert b'url="https://pots.example/show/media/' in bucket.objects["show/feed.xml"][0]


def test_a_second_export_writes_only_what_changed(bucket: Bucket, tmp_path: Path) -> None:
    shelf, _ = published(tmp_path)
    bucket.page_size = 2
    target = BucketTarget("s3://pots/show")
    run(shelf, target)

    again = run(shelf, target)
    shelf.shows["teapots"] = a_show(image=shelf.shows["teapots"].image, title="Retitled")
    changed = run(shelf, target)

    assert again == ()
    assert changed == ("index.html", "feed.xml")


def test_what_is_no_longer_in_the_show_is_pruned_and_nothing_else(bucket: Bucket, tmp_path: Path) -> None:
    shelf, names = published(tmp_path)
    target = BucketTarget("s3://pots")
    run(shelf, target)
    bucket.objects["notes.txt"] = (b"mine", {})
    shelf.episodes["teapots"] = []

    run(shelf, target, prune=True)

    assert sorted(bucket.objects) == ["feed.xml", "index.html", f"media/{names[0]}", "notes.txt"]


def test_a_bucket_that_refuses_is_an_error_of_the_tree(bucket: Bucket, tmp_path: Path) -> None:
    shelf, _ = published(tmp_path)
    bucket.is_broken = True

    with pytest.raises(ExportFailed, match="'pots' failed"):
        run(shelf, BucketTarget("s3://pots"))


@pytest.mark.parametrize("address", ["s3://", "s3://X", "https://pots.example", "s3:/pots"])
def test_an_address_that_names_no_bucket_is_refused(address: str) -> None:
    with pytest.raises(InvalidRequest):
        BucketTarget(address)


def test_without_boto3_the_way_to_get_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bucket_module, "find_spec", lambda _: None)

    with pytest.raises(BackendNotInstalled, match=r"catwalk\[s3\]"):
        BucketTarget("s3://pots")
