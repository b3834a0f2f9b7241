"""What models say of a post's pictures, asked of a real server with fakes for models."""

from __future__ import annotations

import asyncio
import base64
import io
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from catwalk.app.server import build
from catwalk.client import Client
from catwalk.library.descriptions import KeptDescriptions
from catwalk.reader.article import Article, Block, BlockKind
from catwalk.reader.descriptions import Description
from catwalk.reader.fetch import FetchLimits
from catwalk.reader.picture_describing import PictureModels, describe_pictures, join_words, tidy_caption
from catwalk.settings import Settings, read_settings

SLIDE = "Foxes of the north\nThey sleep all day and hunt all night, and nobody minds."
MODELS: dict[str, Any] = {
    "seer": {"backend": "fake", "tasks": ["caption"], "options": {"seen": "A fox on a roof"}},
    "slides": {"backend": "fake", "tasks": ["caption"], "options": {"seen": SLIDE}},
    "signs": {"backend": "fake", "tasks": ["caption"], "options": {"seen": "No entry"}},
    "astray": {"backend": "fake", "tasks": ["caption"], "options": {"seen": "a fox " * 8}},
    "broken": {"backend": "fake", "tasks": ["caption"], "options": {"fault": "run"}},
}
LOCAL = FetchLimits(timeout_s=5, allow_loopback=True)


def png(width: int = 80, height: int = 60) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (width, height), "teal").save(file, "PNG")
    return file.getvalue()


@dataclass
class Gallery:
    url: str
    shown: dict[str, bytes] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def gallery() -> Iterator[Gallery]:
    made = Gallery("")

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            made.asked.append(self.path)
            content = made.shown.get(self.path)
            self.send_response(404 if content is None else 200)
            self.send_header("Content-Type", "image/png")
            self.end_headers()
            self.wfile.write(content or b"")

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    made.url = f"http://127.0.0.1:{server.server_port}"
    made.shown = {"/fox.png": png(), "/dot.png": png(1, 1), "/drawing.svg": b"<svg xmlns='x'/>", "/cut.png": png()[:50]}
    yield made
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def settings(shared_home: Path) -> Settings:
    return read_settings(home=shared_home / "pictures", models=MODELS)


def image(src: str, number: int = 1, **words: Any) -> Block:
    return Block(id=f"b{number}", kind=BlockKind.IMAGE, text="", src=src, **words)


def article(*blocks: Block, url: str = "http://blog.example/post") -> Article:
    return Article(url, "A post", None, None, "en", None, blocks)


def describe(
    settings: Settings, home: Path, post: Article, *, limits: FetchLimits = LOCAL, **models: str
) -> dict[str, Description]:
    async def run() -> dict[str, Description]:
        server = build(settings)
        try:
            async with Client("http://catwalk", transport=httpx.ASGITransport(server.http)) as client:
                kept = KeptDescriptions(home)
                return await describe_pictures(post, client, kept, PictureModels(**models), limits)
        finally:
            await server.pool.close()

    return asyncio.run(run())


def test_words_go_before_a_caption_where_they_are_many_and_after_it_where_they_are_few(
    settings: Settings, gallery: Gallery, tmp_path: Path
) -> None:
    post = article(image(f"{gallery.url}/fox.png"))

    slide = describe(settings, tmp_path, post, seeing="seer", reading="slides")
    photo = describe(settings, tmp_path, post, seeing="seer", reading="signs")
    sign = describe(settings, tmp_path, post, reading="signs")

    assert slide["b1"] == Description(
        "Foxes of the north. They sleep all day and hunt all night, and nobody minds.",
        "slides",
        lead="The picture says:",
    )
    assert photo["b1"] == Description("a fox on a roof.", "seer", lead="A picture shows")
    assert sign["b1"] == Description("No entry.", "signs", lead="The picture says:")


def test_pictures_that_need_no_words_are_not_even_fetched(settings: Settings, gallery: Gallery, tmp_path: Path) -> None:
    gallery.asked.clear()
    source = f"{gallery.url}/fox.png"
    post = article(
        image(source, 1, alt="A fox on a roof"),
        image(source, 2, alt=""),
        image(source, 3, title="A fox at noon"),
        image("https://pixel.wp.com/b.gif", 4),
        Block(id="b5", kind=BlockKind.PARAGRAPH, text="Foxes."),
    )

    assert describe(settings, tmp_path, post, seeing="seer", reading="slides") == {}
    assert gallery.asked == []


def test_a_caption_of_the_author_s_leaves_only_the_words_in_the_picture_to_be_read(
    settings: Settings, gallery: Gallery, tmp_path: Path
) -> None:
    post = article(image(f"{gallery.url}/fox.png", caption="My talk in May"))

    assert "b1" in describe(settings, tmp_path, post, seeing="seer", reading="slides")
    assert describe(settings, tmp_path, post, seeing="seer", reading="signs") == {}


def test_one_bad_picture_is_a_remark_and_the_others_are_described(
    settings: Settings, gallery: Gallery, tmp_path: Path
) -> None:
    names = ("fox.png", "nowhere.png", "drawing.svg", "cut.png", "dot.png")
    post = article(*(image(f"{gallery.url}/{name}", number) for number, name in enumerate(names)))

    said = describe(settings, tmp_path, post, seeing="seer")

    assert said["b0"].text == "a fox on a roof."
    assert [said[block].text for block in ("b1", "b2", "b3")] == ["", "", ""]
    remarks = [said[block].remark or "" for block in ("b1", "b2", "b3")]
    assert all(word in remark for word, remark in zip(("404", "SVG", "cut off"), remarks, strict=True))
    assert "b4" not in said


def test_a_model_that_fails_is_a_remark(settings: Settings, gallery: Gallery, tmp_path: Path) -> None:
    said = describe(settings, tmp_path, article(image(f"{gallery.url}/fox.png")), seeing="broken")

    assert said["b1"].text == ""
    assert "could not be described" in (said["b1"].remark or "")


def test_models_that_the_catalog_has_not_are_passed_over(settings: Settings, gallery: Gallery, tmp_path: Path) -> None:
    post = article(image(f"{gallery.url}/fox.png"))

    assert describe(settings, tmp_path, post, seeing="nobody", reading="hibari") == {}
    assert describe(settings, tmp_path, post, seeing="seer", reading="nobody")["b1"].model == "seer"


def test_what_a_model_said_is_kept_for_the_same_picture(settings: Settings, gallery: Gallery, tmp_path: Path) -> None:
    post = article(image(f"{gallery.url}/fox.png"))
    first = describe(settings, tmp_path, post, seeing="seer")
    KeptDescriptions(tmp_path).keep("seer", gallery.shown["/fox.png"], "a kept fox")

    assert first["b1"].text == "a fox on a roof."
    assert describe(settings, tmp_path, post, seeing="seer")["b1"].text == "a kept fox."


def test_an_address_that_is_not_public_is_not_asked(settings: Settings, gallery: Gallery, tmp_path: Path) -> None:
    gallery.asked.clear()

    said = describe(
        settings, tmp_path, article(image(f"{gallery.url}/fox.png")), limits=FetchLimits(timeout_s=5), seeing="seer"
    )

    assert gallery.asked == []
    assert "not" in (said["b1"].remark or "")


def test_a_post_on_this_disk_may_show_files_beside_it_and_no_others(settings: Settings, tmp_path: Path) -> None:
    home = tmp_path / "posts"
    home.mkdir()
    (home / "fox.png").write_bytes(png())
    (tmp_path / "secret.png").write_bytes(png())
    here = article(
        image((home / "fox.png").as_uri(), 1),
        image((tmp_path / "secret.png").as_uri(), 2),
        image(home.as_uri() + "/../secret.png", 3),
        url=(home / "post.md").as_uri(),
    )
    away = article(image((home / "fox.png").as_uri(), 1))

    said = describe(settings, tmp_path, here, seeing="seer")

    assert [bool(said[block].text) for block in ("b1", "b2", "b3")] == [True, False, False]
    assert describe(settings, tmp_path, away, seeing="seer")["b1"].text == ""


def test_a_picture_inside_the_page_is_looked_at(settings: Settings, tmp_path: Path) -> None:
    address = f"data:image/png;base64,{base64.b64encode(png()).decode()}"

    assert describe(settings, tmp_path, article(image(address)), seeing="seer")["b1"].text == "a fox on a roof."


@pytest.mark.parametrize(
    ("paragraphs", "said"),
    [
        (["Foxes:", "0 20 40 60 80 100", "They sleep"], "Foxes. They sleep."),
        (["x = f(y)[0] + 1;"], ""),
        (["one two three", "four five six seven"], "one two three. And more."),
        (["one two three four five six seven"], "one two three four five …"),
        ([], ""),
    ],
)
def test_words_in_a_picture_become_sentences_within_a_bound(paragraphs: list[str], said: str) -> None:
    assert join_words(paragraphs, 5) == said


@pytest.mark.parametrize(
    ("caption", "tidy"),
    [
        ("A fox on a roof.", "a fox on a roof."),
        ("two foxes", "two foxes."),
        ("NASA's rocket", "NASA's rocket."),
        ("a fox and a fox and a fox and a fox", ""),
        ("word " * 60, ""),
        ("...", ""),
        ("", ""),
    ],
)
def test_a_caption_ends_a_sentence_or_is_left_out(caption: str, tidy: str) -> None:
    assert tidy_caption(caption) == tidy
