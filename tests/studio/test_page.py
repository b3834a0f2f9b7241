from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from catwalk.api import auth, problems
from catwalk.studio import page

ROOT = Path(__file__).parents[2]
KEY = "cw-of-a-test"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    built = tmp_path / "static"
    (built / "assets").mkdir(parents=True)
    (built / "index.html").write_text('<!doctype html><script type="module" src="/assets/index-a1.js"></script>')
    (built / "assets" / "index-a1.js").write_text("export {}\n" * 100)
    (built / "icon.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    (tmp_path / "secret.txt").write_text("nobody reads this")
    return built


def serve(folder: Path, *, keys: frozenset[str] = frozenset()) -> TestClient:
    app = FastAPI()
    problems.install(app)
    app.include_router(page.build_router(folder, key_hashes=keys))
    app.add_api_route("/v1/models", lambda: {"data": []})
    app.router.default = page.show_missing(app.router.default, folder)
    if keys:
        app.add_middleware(auth.KeyCheck, key_hashes=keys, is_open=page.is_open)
    return TestClient(app)


@pytest.fixture
def http(folder: Path) -> Iterator[TestClient]:
    with serve(folder) as client:
        yield client


@pytest.mark.parametrize("path", [re.sub(r"\{\w+\}", "12", place) for place in page.PLACES])
def test_every_place_of_the_page_is_the_same_document(http: TestClient, path: str) -> None:
    answer = http.get(path)

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "index-a1.js" in answer.text


def test_the_document_is_asked_for_anew_each_time_and_is_sent_only_where_it_changed(http: TestClient) -> None:
    first = http.get("/")

    again = http.get("/shows", headers={"If-None-Match": first.headers["etag"]})

    assert first.headers["cache-control"] == "no-cache"
    assert (again.status_code, again.content) == (304, b"")
    assert "content-security-policy" in again.headers


def test_a_new_build_is_seen_without_a_restart(http: TestClient, folder: Path) -> None:
    before = http.get("/").headers["etag"]
    (folder / "index.html").write_text("<!doctype html>newer")

    after = http.get("/")

    assert after.text.endswith("newer")
    assert after.headers["etag"] != before


def test_files_with_a_hash_in_their_name_are_kept_for_ever(http: TestClient) -> None:
    answer = http.get("/assets/index-a1.js")

    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"


@pytest.mark.parametrize("path", ["/", "/assets/index-a1.js", "/icon.svg"])
def test_nothing_runs_and_nothing_is_loaded_but_what_this_server_sends(http: TestClient, path: str) -> None:
    headers = http.get(path).headers
    policy = dict(rule.split(" ", 1) for rule in headers["content-security-policy"].split("; "))

    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert policy["require-trusted-types-for"] == "'script'"
    assert "unsafe" not in headers["content-security-policy"]
    assert "http" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"


def test_the_sources_hold_nothing_that_the_policy_would_stop() -> None:
    document = (ROOT / "studio" / "index.html").read_text()
    parts = [path.read_text() for path in (ROOT / "studio" / "src").rglob("*.svelte")]

    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=", document)
    assert [text for text in parts if re.search(r'\sstyle="|\{@html|innerHTML', text)] == []


@pytest.mark.parametrize(
    "path",
    [
        "/assets/../index.html",
        "/assets/..%2f..%2fsecret.txt",
        "/assets/%2e%2e/%2e%2e/secret.txt",
        "/assets/..",
        "/assets/.hidden",
        "/assets/none.js",
        "/secret.txt",
        "/..%2fsecret.txt",
        "/assets//etc/passwd",
        "/assets/%00",
    ],
)
def test_nothing_but_what_was_built_is_sent(http: TestClient, path: str) -> None:
    answer = http.get(path)

    assert answer.status_code == 404 or "index-a1.js" in answer.text
    assert "nobody reads" not in answer.text


def test_what_nobody_built_is_said_with_what_to_do(tmp_path: Path) -> None:
    with serve(tmp_path / "nothing") as http:
        answers = [http.get(path, headers=BROWSER) for path in ("/", "/nothing")]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert all("make studio" in answer.text for answer in answers)
    assert {answer.headers["cache-control"] for answer in answers} == {"no-store"}


def test_text_is_packed_for_those_who_unpack_it(http: TestClient) -> None:
    packed = http.get("/assets/index-a1.js", headers={"Accept-Encoding": "gzip"})
    plain = http.get("/assets/index-a1.js", headers={"Accept-Encoding": "identity"})

    assert packed.headers["content-encoding"] == "gzip"
    assert int(packed.headers["content-length"]) < len(plain.content)
    assert packed.content == plain.content
    assert packed.headers["vary"] == plain.headers["vary"] == "Accept-Encoding"
    assert gzip.compress(plain.content, mtime=0)[:2] == b"\x1f\x8b"


def test_what_a_browser_asks_first_is_answered_without_a_body(http: TestClient) -> None:
    answer = http.head("/")

    assert (answer.status_code, answer.content) == (200, b"")


BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


@pytest.mark.parametrize("path", ["/nothing", "/episodes/12/nothing", "/shows/teapots/12", "/v2/models"])
def test_a_browser_at_an_address_that_is_none_gets_the_page_which_says_so(http: TestClient, path: str) -> None:
    answer = http.get(path, headers=BROWSER)

    assert answer.status_code == 404
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "index-a1.js" in answer.text
    assert answer.headers["content-security-policy"] == page.POLICY
    assert answer.headers["cache-control"] == "no-store"


def test_a_page_that_says_that_it_is_none_is_never_taken_from_what_a_browser_keeps(http: TestClient) -> None:
    etag = http.get("/").headers["etag"]

    answer = http.get("/nothing", headers=BROWSER | {"If-None-Match": etag})

    assert answer.status_code == 404
    assert "etag" not in answer.headers


@pytest.mark.parametrize("path", [f"/{first}/nothing" for first in sorted(page.FOR_PROGRAMS)])
def test_what_programs_ask_for_is_missing_in_json_whoever_asks(http: TestClient, path: str) -> None:
    answer = http.get(path, headers=BROWSER)

    assert answer.status_code == 404
    assert answer.json()["error"]["type"] == "invalid_request_error"


@pytest.mark.parametrize("accept", ["*/*", "application/json", "image/avif,image/webp,*/*"])
def test_a_program_at_an_address_that_is_none_gets_json(http: TestClient, accept: str) -> None:
    answer = http.get("/nothing", headers={"Accept": accept})

    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "http_404")


def test_nothing_can_be_sent_to_an_address_that_is_none(http: TestClient) -> None:
    answer = http.post("/nothing", headers=BROWSER)

    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "http_404")


def test_an_address_that_is_none_tells_nothing_without_a_key(locked: TestClient) -> None:
    assert locked.get("/nothing", headers=BROWSER).status_code == 401


@pytest.fixture
def locked(folder: Path) -> Iterator[TestClient]:
    with serve(folder, keys=frozenset({auth.hash_key(KEY)})) as client:
        yield client


def test_the_page_itself_needs_no_key_and_what_it_asks_does(locked: TestClient) -> None:
    assert locked.get("/").status_code == locked.get("/assets/index-a1.js").status_code == 200
    assert locked.get("/v1/models").status_code == 401


def test_a_browser_that_hands_in_its_key_is_known_by_a_cookie_that_no_script_reads(locked: TestClient) -> None:
    answer = locked.post("/session", json={"key": f" {KEY} "})

    assert answer.status_code == 204
    assert "HttpOnly" in answer.headers["set-cookie"]
    assert "SameSite=strict" in answer.headers["set-cookie"]
    assert locked.get("/v1/models").status_code == 200
    locked.delete("/session")
    assert locked.get("/v1/models").status_code == 401


@pytest.mark.parametrize("key", ["", "cw-another", f"{KEY}x"])
def test_a_wrong_key_opens_nothing(locked: TestClient, key: str) -> None:
    answer = locked.post("/session", json={"key": key})

    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "unauthorized")
    assert "set-cookie" not in answer.headers
    assert locked.get("/v1/models", headers={"Cookie": f"{auth.COOKIE}={key}"}).status_code == 401
