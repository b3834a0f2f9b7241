from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest
from starlette.testclient import TestClient

from catwalk.api.auth import add_key
from catwalk.app.server import build
from catwalk.settings import PodcastSettings, Settings

MINE = "http://127.0.0.1:8000"
EVIL = "https://evil.example"
FORMS = ("multipart/form-data; boundary=x", "application/x-www-form-urlencoded", "text/plain")
WRITES = (
    ("POST", "/v1/episodes"),
    ("POST", "/v1/voices"),
    ("POST", "/v1/shows"),
    ("PATCH", "/v1/shows/teapots"),
    ("DELETE", "/v1/lexicon"),
    ("POST", "/session"),
    ("DELETE", "/session"),
)


@pytest.fixture
def client(settings: Callable[..., Settings]) -> TestClient:
    podcast = PodcastSettings(base_url="https://pods.example/cat")
    return TestClient(build(settings(podcast=podcast)).http, base_url=MINE)


def find_code(client: TestClient, method: str, path: str, headers: Mapping[str, str]) -> str | None:
    answer = client.request(method, path, headers=headers, content=b"")
    return answer.json()["error"]["code"] if answer.status_code >= 400 else None


@pytest.mark.parametrize(("method", "path"), WRITES)
@pytest.mark.parametrize(
    "said",
    [
        {"Origin": EVIL},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:3000"},
        {"Origin": "http://[bad"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site", "Origin": MINE},
    ],
    ids=str,
)
def test_a_page_of_another_site_changes_nothing(
    client: TestClient, method: str, path: str, said: Mapping[str, str]
) -> None:
    codes = {find_code(client, method, path, {**said, "Content-Type": kind}) for kind in FORMS}

    assert codes == {"foreign_site"}


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"Origin": MINE},
        {"Origin": "https://pods.example"},
        {"Sec-Fetch-Site": "same-origin", "Origin": MINE},
        {"Sec-Fetch-Site": "same-origin", "Origin": "http://localhost:5173"},
        {"Sec-Fetch-Site": "none"},
    ],
    ids=str,
)
def test_the_own_page_and_programs_that_are_no_browsers_may_write(client: TestClient, said: Mapping[str, str]) -> None:
    assert find_code(client, "DELETE", "/session", said) is None


def test_a_link_on_another_site_may_lead_here(client: TestClient) -> None:
    assert client.get("/v1/models", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8000", "127.0.0.1.evil.example", "ai.", "localhost."])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_name_that_was_made_to_resolve_to_this_machine_gets_nothing(
    client: TestClient, method: str, host: str
) -> None:
    said = {"Host": host, "Origin": f"http://{host}", "Sec-Fetch-Site": "same-origin"}

    assert find_code(client, method, "/v1/episodes", said) == "host_unknown"


@pytest.mark.parametrize(
    "host", ["localhost:8000", "127.0.0.1", "[::1]:8000", "cat.localhost", "pods.example", "PODS.example:443", "box"]
)
def test_a_server_is_known_by_this_machines_names_and_its_own(client: TestClient, host: str) -> None:
    assert client.get("/v1/models", headers={"Host": host}).status_code == 200


def test_podcast_apps_may_call_a_server_what_they_like(client: TestClient) -> None:
    assert client.get("/feeds.opml", headers={"Host": "tunnel.example"}).status_code == 200


def test_a_server_that_wants_keys_may_be_called_anything(settings: Callable[..., Settings]) -> None:
    own = settings()
    key = add_key(own.home / "keys", "laptop")
    client = TestClient(build(own, host="0.0.0.0").http, base_url="http://nas.example:8000")
    said = {"Authorization": f"Bearer {key}"}

    answers = [client.get("/v1/models", headers=said), client.post("/v1/shows", headers=said | {"Origin": EVIL})]

    assert [answer.status_code for answer in answers] == [200, 403]
