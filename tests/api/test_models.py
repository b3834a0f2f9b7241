from __future__ import annotations

import openai

from conftest import RunningServer


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
