from __future__ import annotations

from pathlib import Path

import openai

from catwalk.settings import read_settings
from conftest import RunningServer, run_server


def test_openais_client_lists_and_retrieves_models(running: RunningServer) -> None:
    with openai.OpenAI(base_url=f"{running.url}/v1", api_key="none") as client:
        names = [model.id for model in client.models.list()]
        one = client.models.retrieve("tts-1")

    assert {"hibari", "kokoro", "faster_whisper", "fake"} <= set(names)
    assert one.id == "hibari"


def test_a_model_is_loaded_and_unloaded_by_hand(running: RunningServer) -> None:
    with running.http() as http:
        loaded = http.post("/v1/models/fake/load").json()
        unloaded = http.post("/v1/models/fake/unload").json()

    assert (loaded["state"], loaded["voices"]) == ("ready", ["tone", "low"])
    assert loaded["resident_bytes"] > 10_000_000
    assert (unloaded["state"], unloaded["resident_bytes"]) == ("unloaded", 0)


def test_unloading_what_is_not_loaded_is_no_error(running: RunningServer) -> None:
    with running.http() as http:
        http.post("/v1/models/fake/unload")
        answer = http.post("/v1/models/fake/unload")

    assert (answer.status_code, answer.json()["state"]) == (200, "unloaded")


def test_a_model_that_does_not_exist_is_named(running: RunningServer) -> None:
    with running.http() as http:
        answers = [http.get("/v1/models/none"), http.post("/v1/models/none/load"), http.post("/v1/models/none/unload")]

    assert [answer.status_code for answer in answers] == [404] * 3
    assert "there is no model 'none'" in answers[0].json()["error"]["message"]


def test_a_pin_is_set_shown_and_taken_away(running: RunningServer) -> None:
    with running.http() as http:
        pinned = http.post("/v1/models/fake/pin").json()
        unpinned = http.delete("/v1/models/fake/pin").json()

    assert (pinned["pinned"], unpinned["pinned"]) == (True, False)


def test_the_listing_shows_the_budget_and_what_models_take(running: RunningServer) -> None:
    with running.http() as http:
        http.post("/v1/models/fake/load").raise_for_status()
        listing = http.get("/v1/models").json()

    (ram,) = [each for each in listing["memory"] if each["device"] == "ram"]
    fake = next(model for model in listing["data"] if model["id"] == "fake")
    assert 0 < fake["resident_bytes"] <= ram["held_bytes"] <= ram["limit_bytes"]
    assert "probe" not in [model["id"] for model in listing["data"]]


def test_an_answer_names_its_cost_its_model_and_its_request(running: RunningServer) -> None:
    body = {"model": "tts-1", "input": "Tea.", "priority": "batch", "keep_alive": "5m"}
    with running.http() as http:
        answer = http.post("/v1/audio/speech", json=body, headers={"X-Request-Id": "tea-1"})

    assert answer.status_code == 200
    assert answer.headers["x-request-id"] == "tea-1"
    assert answer.headers["x-catwalk-model"] == "hibari"
    assert float(answer.headers["x-catwalk-predicted-wait"]) >= 0.0


def test_terms_that_make_no_sense_are_refused(running: RunningServer) -> None:
    with running.http() as http:
        duration = http.post("/v1/audio/speech", json={"model": "fake", "input": "Tea.", "keep_alive": "soon"})
        priority = http.post("/v1/audio/speech", json={"model": "fake", "input": "Tea.", "priority": "urgent"})

    assert (duration.status_code, duration.json()["error"]["param"]) == (400, "keep_alive")
    assert (priority.status_code, priority.json()["error"]["param"]) == (400, "priority")


def test_what_has_to_be_installed_first_is_said(own_home: Path) -> None:
    models = {"slow": {"backend": "tortoise"}}
    for running in run_server(read_settings(home=own_home, models=models)):
        with running.http() as http:
            listed = {each["id"]: each["missing"] for each in http.get("/v1/models").json()["data"]}
            refused = http.post("/v1/models/slow/load")

    assert "`catwalk install tortoise`" in listed["slow"]
    assert listed["fake"] is None
    assert (refused.status_code, refused.json()["error"]["code"]) == (424, "backend_not_installed")
