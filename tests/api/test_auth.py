from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from catwalk.api.auth import add_key, is_loopback, read_key_hashes
from catwalk.app.server import build
from catwalk.errors import InvalidRequest, SettingsInvalid
from catwalk.settings import Settings


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "localhost"])
def test_loopback_is_this_machine_alone(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.2", "example.com"])
def test_everything_else_is_not(host: str) -> None:
    assert not is_loopback(host)


def test_a_key_is_stored_as_its_hash_alone(tmp_path: Path) -> None:
    key = add_key(tmp_path / "keys", "laptop")

    assert key not in (tmp_path / "keys").read_text()
    assert len(read_key_hashes(tmp_path / "keys")) == 1
    assert (tmp_path / "keys").stat().st_mode & 0o077 == 0


def test_two_keys_of_one_name_are_refused(tmp_path: Path) -> None:
    add_key(tmp_path / "keys", "laptop")

    with pytest.raises(InvalidRequest, match="laptop"):
        add_key(tmp_path / "keys", "laptop")


def test_an_open_address_without_a_key_is_refused(settings: Callable[..., Settings]) -> None:
    with pytest.raises(SettingsInvalid, match="catwalk key NAME"):
        build(settings(), host="0.0.0.0")


def test_on_an_open_address_only_a_known_key_passes(settings: Callable[..., Settings], own_home: Path) -> None:
    key = add_key(own_home / "keys", "laptop")
    client = TestClient(build(settings(), host="0.0.0.0").http)

    answers = [
        client.get("/v1/models", headers=headers)
        for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": f"Bearer {key}"})
    ]

    assert [answer.status_code for answer in answers] == [401, 401, 200]
    assert answers[0].json()["error"]["code"] == "unauthorized"
    assert client.get("/healthz").status_code == 200
