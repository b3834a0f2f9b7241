"""What a person turns: kept in the file with all else that is in it, in effect at once, and refused in words."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from catwalk.app.preferences import PLACES, Preferences
from catwalk.app.server import Server, build
from catwalk.errors import SettingRefused, SettingsInvalid
from catwalk.library.shows import add_show, change_show, find_show
from catwalk.library.tables import ShowKind
from catwalk.settings import read_settings

MINE = """\
# My box.
memory = { ram = "2GiB" }  # not more

[reader]
voice = "dove"  # the soft one
bitrate_kbps = 96

# What goes on at night.
[jobs]
readings = 2
"""


@pytest.fixture
def file(own_home: Path) -> Path:
    own_home.mkdir()
    (own_home / "catwalk.toml").write_text(MINE)
    return own_home / "catwalk.toml"


@pytest.fixture
def server(own_home: Path) -> Iterator[Server]:
    del own_home
    server = build(read_settings())
    yield server
    server.library.close()


def send(server: Server, method: str, json: Any = None) -> Any:
    return TestClient(server.http, base_url="http://localhost").request(method, "/v1/settings", json=json)


def make(**sections: Any) -> Preferences:
    settings = read_settings(**sections)
    return Preferences(settings, build(settings).pool.catalog)


def test_what_holds_is_told_with_defaults_where_nothing_was_said(server: Server) -> None:
    told = send(server, "GET").json()

    assert told == {
        "model": "hibari",
        "voice": None,
        "speed": 1.0,
        "follow_every_h": 6.0,
        "quiet_from": None,
        "quiet_until": None,
        "base_url": None,
        "needs_restart": [],
    }


def test_what_is_turned_is_in_the_file_for_the_next_start(file: Path, server: Server) -> None:
    answer = send(server, "PATCH", {"speed": 1.2, "quiet_from": 23, "quiet_until": 7})

    assert (answer.status_code, answer.json()["speed"]) == (200, 1.2)
    again = read_settings()
    assert (again.reader.speed, again.jobs.quiet_from, again.jobs.quiet_until) == (1.2, 23, 7)
    assert file.read_text() == MINE.replace("= 96\n", "= 96\nspeed = 1.2\n") + "quiet_from = 23\nquiet_until = 7\n"


def test_null_takes_a_setting_out_of_the_file(file: Path, server: Server) -> None:
    answer = send(server, "PATCH", {"voice": None})

    assert answer.json()["voice"] is None
    assert file.read_text() == MINE.replace('voice = "dove"  # the soft one\n', "")


def test_another_model_speaks_in_its_own_voice(file: Path, server: Server) -> None:
    answer = send(server, "PATCH", {"model": "kokoro"})

    assert (answer.json()["model"], answer.json()["voice"]) == ("kokoro", None)
    assert tomllib.loads(file.read_text())["reader"] == {"bitrate_kbps": 96, "model": "kokoro"}


def test_new_readings_sound_as_was_turned_at_once(server: Server) -> None:
    library = server.library()
    with library.write() as session:
        show = add_show(session, slug="tea", kind=ShowKind.LIST, title="Tea")

    send(server, "PATCH", {"model": "kokoro", "voice": "af_bella", "speed": 0.9})

    voicing = server.works.newsroom.studio.choose(show).voicing
    assert (voicing.model, voicing.voice, voicing.speed) == ("kokoro", "af_bella", 0.9)


def test_an_address_that_is_read_at_the_start_is_said_to_need_one(server: Server) -> None:
    turned = send(server, "PATCH", {"base_url": "https://pods.example"}).json()
    back = send(server, "PATCH", {"base_url": None}).json()

    assert (turned["base_url"], turned["needs_restart"], back["needs_restart"]) == (
        "https://pods.example",
        ["base_url"],
        [],
    )


def test_shorter_hours_bring_the_next_look_nearer_but_not_where_a_host_wants_rest(server: Server) -> None:
    library = server.library()
    far = library.clock() + timedelta(days=2)
    with library.write() as session:
        for slug, trouble in (("fine", ""), ("resting", "come back in two days")):
            add_show(session, slug=slug, kind=ShowKind.BLOG, title=slug)
            change_show(session, slug, next_poll_at=far, following={"trouble": trouble})

    send(server, "PATCH", {"follow_every_h": 1})

    with library.read() as session:
        fine, resting = (find_show(session, slug).next_poll_at for slug in ("fine", "resting"))
    assert fine is not None
    assert fine < library.clock() + timedelta(hours=1.1)
    assert resting == far


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"speed": 9}, "speed: Input should be less than or equal to 2, not 9.0"),
        ({"quiet_from": 24}, "quiet_from: Input should be less than or equal to 23, not 24"),
        ({"follow_every_h": 0}, "follow_every_h: Input should be greater than 0, not 0.0"),
        ({"base_url": "pods"}, "base_url: String should match pattern"),
        ({"model": "faster_whisper"}, "can speak, not 'faster_whisper'"),
        ({"model": "nobody"}, "can speak, not 'nobody'"),
    ],
)
def test_what_cannot_be_is_refused_by_name_and_nothing_is_kept(
    file: Path, server: Server, given: dict[str, Any], named: str
) -> None:
    answer = send(server, "PATCH", {"voice": "heart"} | given)

    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["param"]) == (422, "setting_refused", next(iter(given)))
    assert named in error["message"]
    assert file.read_text() == MINE
    assert send(server, "GET").json()["voice"] == "dove"


def test_what_the_environment_says_cannot_be_turned(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CATWALK_READER__SPEED", "1.5")

    answer = send(server, "PATCH", {"speed": 1.2})

    assert answer.status_code == 422
    assert answer.json()["error"]["message"] == "speed is set by CATWALK_READER__SPEED in the environment"


def test_a_file_that_is_no_toml_any_more_is_left_as_it_is(own_home: Path) -> None:
    preferences = make()
    own_home.mkdir()
    broken = own_home / "catwalk.toml"
    broken.write_text("[reader\n")

    with pytest.raises(SettingsInvalid, match="not TOML"):
        preferences.change({"speed": 1.2})

    assert (broken.read_text(), preferences.now.reader.speed) == ("[reader\n", 1.0)
    assert list(own_home.iterdir()) == [broken]


def test_nobody_may_see_more_of_the_file_than_before(file: Path) -> None:
    file.chmod(0o640)

    make().change({"speed": 1.2})

    assert file.stat().st_mode & 0o777 == 0o640


KEYS = st.sampled_from(sorted(PLACES))
LINES = st.lists(
    st.sampled_from(
        (
            *("# said by me", "", "[reader]", "[jobs]", "[podcast]", "[reader.script]", "[server]"),
            *('reader.voice = "dove"', "speed = 0.8", "bitrate_kbps = 96", "readings = 3", "quiet_from = 3"),
            *("opening = false", "max_queue = 9"),
        )
    ),
    max_size=14,
)
VALUES = {"model": "kokoro", "voice": "af_bella", "speed": 1.3, "follow_every_h": 2.5, "quiet_from": 5}
VALUES |= {"quiet_until": 7, "base_url": "https://pods.example"}


@given(lines=LINES, names=st.lists(KEYS, min_size=1, unique=True), forgotten=st.booleans())
@hypothesis_settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_the_file_holds_only_what_was_turned_is_changed_in_it(
    own_home: Path, lines: list[str], names: list[str], forgotten: bool
) -> None:
    own_home.mkdir(exist_ok=True)
    file = own_home / "catwalk.toml"
    text = "".join(f"{line}\n" for line in lines)
    file.write_text(text)
    try:
        before = read_settings()
    except SettingsInvalid:
        return  # nobody could have started a server with it
    preferences = Preferences(before, CATALOG)
    values = {name: None if forgotten else VALUES[name] for name in names}

    try:
        preferences.change(values)
    except (SettingsInvalid, SettingRefused):
        assert file.read_text() == text
        return

    assert read_settings() == preferences.now
    assert file.read_text().count("# said by me") == text.count("# said by me")


CATALOG = build(read_settings(home=Path("/nonexistent"))).pool.catalog
