"""The commands as a person runs them: in processes of their own, on files and on a site served here."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from catwalk.audio.decoder import decode
from conftest import RunningServer

ROOT = Path(__file__).parents[2]
POST = """---
title: Three Kettles
author: Ada Example
---

There are three kettles in our kitchen. One of them whistles.

## The first one

It is made of copper, and it cost $20 in 1999.

- It boils fast.
- It looks old.
"""
PAGE = f"""<!doctype html><html lang="en"><head><title>Three Kettles - Kitchen Notes</title></head><body>
<nav><a href="/">home</a></nav><article><h1>Three Kettles</h1>
{"<p>There are three kettles in our kitchen, and one of them whistles when it is ready.</p>" * 4}
</article><footer>All rights reserved</footer></body></html>"""

Command = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def environment(running: RunningServer, own_home: Path) -> dict[str, str]:
    return {**os.environ, "CATWALK_HOME": str(own_home), "CATWALK_URL": running.url, "NO_COLOR": "1"}


@pytest.fixture
def catwalk(environment: dict[str, str], tmp_path: Path) -> Command:
    def run(*arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "catwalk", *arguments]
        return subprocess.run(
            command,
            cwd=tmp_path,
            env=environment,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )

    return run


@pytest.fixture
def post(tmp_path: Path) -> Path:
    path = tmp_path / "post.md"
    path.write_text(POST)
    return path


class Site(BaseHTTPRequestHandler):
    """Every way in which a page can disappoint."""

    def do_GET(self) -> None:
        name = self.path.strip("/")
        if name == "post":
            self._send(200, "text/html; charset=utf-8", PAGE.encode())
        elif name == "loop":
            self._send(302, "text/plain", b"", {"Location": "/loop"})
        elif name == "pdf":
            self._send(200, "application/pdf", b"%PDF-1.7 ...")
        elif name == "huge":
            self._send(200, "text/html", b"<p>" + b"many words " * 5_000_000)
        elif name == "empty":
            self._send(200, "text/html", b"<html><body><nav><a href='/'>home</a></nav></body></html>")
        elif name == "slow":
            self.server.stopped.wait(60)  # type: ignore[attr-defined]  # set below
        else:
            self._send(404, "text/html", b"not here")

    def _send(self, status: int, media: str, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for key, value in {"Content-Type": media, "Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(key, value)
        self.end_headers()
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # the reader has seen enough
            self.wfile.write(body)

    def log_message(self, *arguments: Any) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    server.stopped = threading.Event()  # type: ignore[attr-defined]  # for the slow page
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.stopped.set()  # type: ignore[attr-defined]  # likewise
    server.shutdown()
    thread.join()
    server.server_close()


# --- read


def test_read_makes_audio_transcript_chapters_and_script(catwalk: Command, post: Path, tmp_path: Path) -> None:
    done = catwalk("read", str(post), "-o", "kettles.mp3", "--json")

    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["flagged"] == []
    assert answer["takes"] >= answer["lines"] > 5
    assert answer["duration_s"] == pytest.approx(decode(tmp_path / "kettles.mp3").duration_s, abs=0.1)
    assert (tmp_path / "kettles.vtt").read_text().startswith("WEBVTT")
    chapters = json.loads((tmp_path / "kettles.chapters.json").read_text())["chapters"]
    assert [chapter["title"] for chapter in chapters] == ["Three Kettles", "The first one"]
    script = json.loads((tmp_path / "kettles.script.json").read_text())
    assert [line["text"] for line in script["lines"]][-1] == "It looks old."


def test_reading_again_speaks_nothing_again_and_gives_the_same_bytes(
    catwalk: Command, post: Path, tmp_path: Path
) -> None:
    catwalk("read", str(post), "-o", "first.mp3")
    done = catwalk("read", str(post), "-o", "second.mp3", "--json")

    answer = json.loads(done.stdout)
    assert (answer["takes"], answer["reused"]) == (0, answer["lines"])
    assert (tmp_path / "first.mp3").read_bytes() == (tmp_path / "second.mp3").read_bytes()


def test_a_reading_that_was_killed_goes_on_where_it_stopped(
    catwalk: Command, environment: dict[str, str], tmp_path: Path, own_home: Path
) -> None:
    text = tmp_path / "long.txt"
    text.write_text("A long story\n\n" + "\n\n".join(f"This is part {n} of a story about a kettle." for n in range(24)))
    command = [sys.executable, "-m", "catwalk", "read", str(text), "-o", "long.mp3"]
    process = subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    while len(list(own_home.glob("takes/*/*.json"))) < 5 and process.poll() is None:
        time.sleep(0.02)  # watches the disk, as the person's next command does
    process.send_signal(signal.SIGKILL)
    process.communicate()
    n_kept = len(list(own_home.glob("takes/*/*.json")))

    done = catwalk("read", str(text), "-o", "long.mp3", "--json")

    answer = json.loads(done.stdout)
    assert 5 <= n_kept < answer["lines"]
    assert answer["reused"] == n_kept
    assert answer["takes"] < answer["lines"]
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_read_prints_the_path_and_nothing_else(catwalk: Command, post: Path) -> None:
    done = catwalk("read", str(post))

    assert done.stdout == "three-kettles.mp3\n"


@pytest.mark.parametrize(
    ("page", "said"),
    [
        ("nothing", "404"),
        ("loop", "redirect"),
        ("pdf", "PDF"),
        ("huge", "20,971,520 bytes, which is the limit"),
        ("empty", "no article"),
    ],
)
def test_a_page_that_cannot_be_read_is_an_error_that_says_why(
    catwalk: Command, site: str, tmp_path: Path, page: str, said: str
) -> None:
    before = set(tmp_path.iterdir())

    done = catwalk("read", f"{site}/{page}", "-o", "out.mp3")

    assert done.returncode == 1
    assert said.lower() in done.stderr.lower()
    assert "Traceback" not in done.stderr
    assert set(tmp_path.iterdir()) - before <= {tmp_path / "home"}


def test_a_page_that_never_comes_is_given_up(environment: dict[str, str], site: str, catwalk: Command) -> None:
    environment["CATWALK_FETCH__TIMEOUT_S"] = "0.5"

    done = catwalk("script", f"{site}/slow")

    assert done.returncode == 1
    assert "0.5 s" in done.stderr


def test_nobody_at_the_address_is_said(catwalk: Command) -> None:
    done = catwalk("script", "http://127.0.0.1:9/post")

    assert done.returncode == 1
    assert "127.0.0.1:9" in done.stderr


def test_a_suffix_that_no_format_has_is_wrong_usage(catwalk: Command, post: Path) -> None:
    done = catwalk("read", str(post), "-o", "out.docx")

    assert done.returncode == 2
    assert ".mp3, .m4a, .opus" in done.stderr


# --- script and pronounce


def test_script_prints_one_document_a_source(catwalk: Command, post: Path, site: str) -> None:
    done = catwalk("script", "--json", str(post), f"{site}/post", f"{site}/nothing")

    documents = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 1  # one of them failed
    assert [document.get("title") for document in documents] == ["Three Kettles", "Three Kettles", None]
    assert set(documents[0]) == {
        "url", "title", "author", "published", "language", "site", "blocks", "lines", "ledger",
    }  # fmt: skip
    assert [entry["block"] for entry in documents[0]["ledger"]] == [block["id"] for block in documents[0]["blocks"]]
    assert documents[2]["error"]["code"] == "fetch_failed"


def test_script_reads_stdin(catwalk: Command) -> None:
    done = catwalk("script", "--json", "-", stdin=POST)

    assert json.loads(done.stdout)["title"] == "Three Kettles"


def test_pronounce_answers_line_by_line(catwalk: Command) -> None:
    done = catwalk("pronounce", stdin="x86_64\n\nPort 8080.\n")

    lines = done.stdout.split("\n")
    assert lines[0] == "x eighty-six sixty-four"
    assert lines[1] == ""
    assert len(lines) == 4


# --- say, transcribe, verify


def test_say_transcribe_and_verify_agree(catwalk: Command, tmp_path: Path) -> None:
    said = catwalk("say", "The soup is too hot to eat.", "-o", "soup.flac")
    heard = catwalk("transcribe", "soup.flac")
    right = catwalk("verify", "soup.flac", "--text", "The soup is too hot to eat.", "--json")
    wrong = catwalk("verify", "soup.flac", "--text", "The soup is not too hot to eat.", "--json")

    assert said.stdout == "soup.flac\n"
    assert heard.stdout == "The soup is too hot to eat.\n"
    assert (right.returncode, wrong.returncode) == (0, 1)
    assert json.loads(right.stdout)["accepted"] is True
    assert json.loads(wrong.stdout)["missing"] == ["not"]
    assert {"accepted", "wer", "missing", "extra", "duration_ratio", "speech_ratio", "heard"} <= set(
        json.loads(right.stdout)
    )


def test_transcribe_writes_json_and_subtitles(catwalk: Command) -> None:
    catwalk("say", "The soup is too hot to eat.", "-o", "soup.mp3")

    document = json.loads(catwalk("transcribe", "soup.mp3", "--format", "json").stdout)
    vtt = catwalk("transcribe", "soup.mp3", "--format", "vtt").stdout

    assert document["text"] == "The soup is too hot to eat."
    assert vtt.startswith("WEBVTT")


def test_verify_takes_a_batch(catwalk: Command) -> None:
    catwalk("say", "The soup is too hot to eat.", "-o", "soup.mp3")
    claims = [{"file": "soup.mp3", "text": text} for text in ("The soup is too hot to eat.", "Something else.")]

    done = catwalk("verify", "--batch", "-", "--json", stdin="".join(f"{json.dumps(claim)}\n" for claim in claims))

    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [answer["accepted"] for answer in answers] == [True, False]
    assert done.returncode == 1


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("say", "", "-o", "x.mp3"), 1, "empty"),
        (("say", "Tea.", "-o", "x.doc"), 2, ".mp3"),
        (("say", "Tea.", "--model", "gpt-9"), 1, "there is no model 'gpt-9'"),
        (("say", "Tea.", "--voice", "nobody"), 1, "not as 'nobody'"),
        (("transcribe", "none.mp3"), 2, "does not exist"),
        (("verify", "x.mp3"), 2, "--batch"),
        (("load", "gpt-9"), 1, "there is no model 'gpt-9'"),
        (("nonsense",), 2, "No such command"),
    ],
)
def test_wrong_calls_say_what_is_wrong(
    catwalk: Command, tmp_path: Path, arguments: tuple[str, ...], code: int, said: str
) -> None:
    done = catwalk(*arguments)

    assert done.returncode == code
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert not list(tmp_path.glob("x.*")) + list(tmp_path.glob("say.*"))


# --- models and doctor


def test_models_are_listed_loaded_and_unloaded(catwalk: Command) -> None:
    loaded = catwalk("load", "fake")
    listed = [json.loads(line) for line in catwalk("models", "--json").stdout.splitlines()]
    unloaded = catwalk("unload", "fake")

    assert loaded.stdout.startswith("fake is ready, ")
    assert {model["id"]: model["state"] for model in listed}["fake"] == "ready"
    assert unloaded.stdout.startswith("fake is unloaded")
    assert "MODEL" in catwalk("models").stdout


def test_without_a_server_a_command_runs_one_of_its_own(
    catwalk: Command, environment: dict[str, str], shared_home: Path
) -> None:
    environment |= {"CATWALK_URL": "http://127.0.0.1:9", "CATWALK_HOME": str(shared_home)}

    said = catwalk("say", "Tea.", "-o", "tea.wav", "--model", "fake")
    loaded = catwalk("load", "fake")

    assert said.returncode == 0, said.stderr
    assert loaded.returncode == 1
    assert "catwalk serve" in loaded.stderr


def test_doctor_looks_everything_over(catwalk: Command, running: RunningServer) -> None:
    done = catwalk("doctor")

    assert done.returncode == 0, done.stdout
    assert f"answers at {running.url}" in done.stdout
    assert "model hibari" in done.stdout


def test_a_setting_that_does_not_exist_is_wrong_usage(catwalk: Command, tmp_path: Path) -> None:
    (tmp_path / "catwalk.toml").write_text("[reader]\nvoize = 'x'\n")

    done = catwalk("models")

    assert done.returncode == 2
    assert "reader.voize" in done.stderr


def test_every_command_has_help_with_an_example(catwalk: Command) -> None:
    listed = catwalk("--help").stdout.partition("Commands:")[2]
    names = re.findall(r"^  ([a-z]+) ", listed, re.MULTILINE)

    assert {"read", "script", "pronounce", "verify", "say", "transcribe", "models", "load", "unload", "serve"} < set(
        names
    )
    for name in names:
        text = catwalk(name, "--help").stdout
        assert f"catwalk {name}" in text.partition("Usage:")[2].partition("\n")[2], name


def test_draw_writes_a_picture_and_caption_says_what_it_is(catwalk: Command, tmp_path: Path) -> None:
    drawn = catwalk("draw", "A kettle", "-o", "kettle.png", "--size", "96x64", "--seed", "7", "--model", "fake")
    said = catwalk("caption", "kettle.png", "--model", "eye", "--prompt", "this is", "--json")

    assert drawn.stdout == "kettle.png\n", drawn.stderr
    assert json.loads(said.stdout) == {
        "image": "kettle.png",
        "model": "eye",
        "caption": "this is a picture of 96 by 64 pixels",
    }


def test_what_is_no_picture_is_refused_before_a_model_sees_it(catwalk: Command, tmp_path: Path) -> None:
    (tmp_path / "drawing.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")

    drawing = catwalk("caption", "drawing.svg", "--model", "eye")
    missing = catwalk("caption", "nowhere.png", "--model", "eye")

    assert (drawing.returncode, missing.returncode) == (1, 1)
    assert "SVG" in drawing.stderr
    assert "nowhere.png" in missing.stderr


def test_draw_says_which_file_names_and_sizes_it_takes(catwalk: Command) -> None:
    assert catwalk("draw", "A kettle", "-o", "kettle.jpg").returncode == 2
    assert catwalk("draw", "A kettle", "-o", "kettle.png", "--size", "big").returncode == 2
