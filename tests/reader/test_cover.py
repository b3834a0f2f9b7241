from __future__ import annotations

import asyncio
import io
import logging
import threading
import zlib
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageFont

from catwalk.errors import UnsupportedSource
from catwalk.picture import MAX_PIXELS
from catwalk.reader.cover import SIDE_PX, CoverText, convert_picture, draw_cover, find_cover
from catwalk.reader.fetch import FetchLimits

TEXT = CoverText("On teapots", "teapots.example", "Ada")
LOCAL = FetchLimits(timeout_s=5, allow_loopback=True)


def picture(
    size: tuple[int, int], kind: str = "PNG", mode: str = "RGB", colour: object = "red", **options: object
) -> bytes:
    file = io.BytesIO()
    Image.new(mode, size, colour).save(file, kind, **options)  # type: ignore[arg-type]  # whatever the test wants
    return file.getvalue()


def opened(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content))


@pytest.fixture
def gallery() -> Iterator[tuple[str, dict[str, bytes]]]:
    """A web server of pictures: its address, and what it hands out by path."""
    shown: dict[str, bytes] = {}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            content = shown.get(self.path)
            self.send_response(404 if content is None else 200)
            self.send_header("Content-Type", "image/png")
            self.end_headers()
            self.wfile.write(content or b"")

        def log_message(self, *args: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", shown
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize(
    ("size", "fitted"), [((2800, 1400), (1400, 700)), ((300, 2000), (210, 1400)), ((640, 480), (640, 480))]
)
def test_a_picture_is_made_to_fit_and_never_enlarged(size: tuple[int, int], fitted: tuple[int, int]) -> None:
    converted = opened(convert_picture(picture(size)))

    assert (converted.format, converted.mode, converted.size) == ("JPEG", "RGB", fitted)


@pytest.mark.parametrize(
    ("kind", "mode"),
    [("JPEG", "RGB"), ("JPEG", "CMYK"), ("JPEG", "L"), ("PNG", "P"), ("PNG", "I;16"), ("WEBP", "RGBA")],
)
def test_pictures_of_many_kinds_are_converted(kind: str, mode: str) -> None:
    assert opened(convert_picture(picture((100, 90), kind, mode, 0))).size == (100, 90)


def test_white_shows_through_what_is_transparent() -> None:
    converted = opened(convert_picture(picture((80, 80), mode="RGBA", colour=(255, 0, 0, 0))))

    assert converted.getpixel((40, 40)) == (255, 255, 255)


def test_a_picture_that_lies_on_its_side_is_set_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # orientation: turn by 90 degrees

    converted = opened(convert_picture(picture((200, 100), "JPEG", exif=exif)))

    assert converted.size == (100, 200)
    assert not converted.getexif()


def test_of_an_animation_the_first_frame_is_taken() -> None:
    second = Image.new("RGB", (70, 70), "blue")

    converted = opened(convert_picture(picture((70, 70), "GIF", save_all=True, append_images=[second])))

    assert getattr(converted, "n_frames", 1) == 1
    red, _, blue = converted.getpixel((35, 35))  # type: ignore[misc]  # a picture of three colours
    assert red > 200
    assert blue < 50


def test_a_picture_with_too_many_pixels_is_not_even_decoded() -> None:
    side = int(MAX_PIXELS**0.5) + 2
    small = picture((100, 100))
    lying = small[:16] + side.to_bytes(4, "big") * 2 + small[24:]
    lying = lying[:29] + zlib.crc32(lying[12:29]).to_bytes(4, "big") + lying[33:]

    with pytest.raises(UnsupportedSource, match="pixels"):
        convert_picture(lying)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 100 100\n",
        picture((100, 100))[:60],
        picture((1, 1)),
        picture((1400, 20)),
    ],
    ids=["nothing", "svg", "eps", "cut off", "counting pixel", "rule"],
)
def test_what_cannot_be_a_cover_is_one_of_our_errors(content: bytes) -> None:
    with pytest.raises(UnsupportedSource):
        convert_picture(content)


@pytest.mark.filterwarnings("ignore::UserWarning:PIL")  # Pillow's remarks on what is damaged are no failure
@settings(max_examples=60)
@given(st.data())
def test_damaged_pictures_are_converted_or_refused(data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(["PNG", "JPEG", "GIF", "WEBP", "AVIF", "BMP"]))
    content = bytearray(picture((70, 66), kind))
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))

    try:
        converted = convert_picture(bytes(content))
    except UnsupportedSource:
        return
    assert max(opened(converted).size) <= SIDE_PX


def test_a_drawn_cover_is_a_square_of_1400_pixels_and_always_the_same() -> None:
    covers = {draw_cover(TEXT) for _ in range(2)}

    assert len(covers) == 1
    cover = opened(covers.pop())
    assert (cover.format, cover.size) == ("JPEG", (1400, 1400))


def test_another_title_is_another_cover_in_the_colours_of_the_site() -> None:
    covers = [opened(draw_cover(CoverText(title, "a.example"))) for title in ("One", "Two")]
    other = opened(draw_cover(CoverText("One", "b.example")))

    accents = [cover.getpixel((150, 1025)) for cover in (*covers, other)]
    assert covers[0].tobytes() != covers[1].tobytes()
    assert accents[0] == pytest.approx(accents[1], abs=12)  # JPEG blurs a little
    assert accents[0] != pytest.approx(accents[2], abs=12)


@settings(max_examples=12)
@given(st.text(max_size=200), st.text(max_size=60))
@example("word " * 80, "site " * 40)
@example("W" * 300, "W" * 300)
@example("Привет, мир", "Блог")
@example("日本語", "例え.jp")
def test_nothing_is_drawn_in_the_margins(title: str, site: str) -> None:
    cover = opened(draw_cover(CoverText(title, site))).convert("L")

    for strip in ((0, 0, 90, 1400), (1310, 0, 1400, 1400), (0, 0, 1400, 90), (0, 1310, 1400, 1400)):
        assert max(cover.crop(strip).tobytes()) < 200


@pytest.mark.parametrize("title", ["𓀀𓀁𓂀", "𐎀𐎁𐎂 𐎃", ""])
def test_a_title_without_letters_of_any_font_becomes_a_pattern(title: str) -> None:
    cover = opened(draw_cover(CoverText(title, "a.example"))).convert("L")

    left, right = cover.crop((300, 150, 700, 900)), cover.crop((700, 150, 1100, 900))
    bright = [sum(level > 230 for level in half.tobytes()) for half in (left, right)]
    assert bright[0] > 10_000
    assert bright[0] == pytest.approx(bright[1], rel=0.05)


@pytest.mark.parametrize("title", ["Привет, мир", "שלום", "Καλημέρα"])
def test_letters_that_only_a_font_of_the_system_has_are_drawn_in_it(title: str) -> None:
    try:
        ImageFont.truetype("DejaVuSans-Bold.ttf", 20)
    except OSError:
        pytest.skip("this machine has no DejaVu Sans, which is a matter of the machine")

    first, second = (draw_cover(CoverText(each, "a.example")) for each in (title, title[:-1]))

    bright = [sum(level > 230 for level in opened(cover).convert("L").tobytes()) for cover in (first, second)]
    assert bright[0] > bright[1] > 5_000


def test_a_long_word_is_parted_only_where_its_line_ends() -> None:
    whole, parted, taller = (
        opened(draw_cover(CoverText("n" * n_letters, "a.example"))).convert("L") for n_letters in (20, 40, 60)
    )

    rows = [
        sum(max(cover.crop((0, row, 1400, row + 1)).tobytes()) > 230 for row in range(1000))
        for cover in (whole, parted, taller)
    ]
    assert rows[0] < rows[1] < rows[2]


def test_a_larger_picture_is_the_same_throughout() -> None:
    small, large = (opened(draw_cover(TEXT, side_px=side_px)) for side_px in (1400, 2800))

    assert large.size == (2800, 2800)
    halves = large.convert("L").resize((140, 140)).tobytes(), small.convert("L").resize((140, 140)).tobytes()
    assert sum(abs(a - b) for a, b in zip(*halves, strict=True)) / 140**2 < 2


def test_accents_that_the_font_lacks_do_not_cost_the_letter() -> None:
    assert draw_cover(CoverText("Café", "a")) != draw_cover(CoverText("Caf", "a"))


def test_the_posts_own_picture_is_the_cover(gallery: tuple[str, dict[str, bytes]]) -> None:
    url, shown = gallery
    shown["/a.png"] = picture((300, 200))

    cover = asyncio.run(find_cover(f"{url}/a.png", TEXT, choice="post", limits=LOCAL))

    assert cover is not None
    assert opened(cover).size == (300, 200)


@pytest.mark.parametrize("path", ["/gone.png", "/broken.png"])
def test_a_picture_that_cannot_be_had_costs_only_itself_and_the_log_says_so(
    path: str, gallery: tuple[str, dict[str, bytes]], caplog: pytest.LogCaptureFixture
) -> None:
    url, shown = gallery
    shown["/broken.png"] = b"\x89PNG\r\n\x1a\nrubbish"

    with caplog.at_level(logging.WARNING, "catwalk.reader.cover"):
        cover = asyncio.run(find_cover(url + path, TEXT, choice="post", limits=LOCAL))

    assert cover == draw_cover(TEXT)
    assert "picture" in caplog.text


def test_a_picture_in_a_private_network_is_not_fetched(gallery: tuple[str, dict[str, bytes]]) -> None:
    url, shown = gallery
    shown["/a.png"] = picture((300, 200))

    assert asyncio.run(find_cover(f"{url}/a.png", TEXT, choice="post", limits=FetchLimits())) == draw_cover(TEXT)


def test_a_cover_is_drawn_or_left_out_as_is_wished() -> None:
    unreachable = "http://127.0.0.1:9/a.png"

    assert asyncio.run(find_cover(unreachable, TEXT, choice="drawn", limits=LOCAL)) == draw_cover(TEXT)
    assert asyncio.run(find_cover(None, TEXT, choice="post", limits=LOCAL)) == draw_cover(TEXT)
    assert asyncio.run(find_cover(unreachable, TEXT, choice="none", limits=LOCAL)) is None
