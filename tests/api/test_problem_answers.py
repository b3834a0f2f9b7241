from __future__ import annotations

from pathlib import Path

from fastapi import FastAPI
from starlette.testclient import TestClient

from catwalk.api import problems


def test_a_disk_that_is_full_is_told_whatever_was_to_be_written() -> None:
    app = FastAPI()
    problems.install(app)

    @app.post("/upload")
    def upload() -> None:
        with Path("/dev/full").open("wb", buffering=0) as file:
            file.write(b"x")

    answer = TestClient(app, raise_server_exceptions=False).post("/upload")

    assert answer.status_code == 507
    assert answer.headers["retry-after"] == "60"
    assert answer.json()["error"]["code"] == "disk_full"
