"""One catwalk serves the models of another."""

from __future__ import annotations

from collections.abc import Iterator

import openai
import pytest
from far_calls import RECORDING

from catwalk.app.catalogs import build_catalog
from catwalk.audio.codec import AudioFormat, encode
from catwalk.backends.openai_api import OpenaiApi
from catwalk.settings import ModelSettings, read_settings
from conftest import RunningServer, run_server


@pytest.fixture(scope="module")
def relay(running: RunningServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A catwalk whose models are another catwalk's, and one whose other side is not there."""
    options = {"url": running.url, "model": "fake", "voices": ["tone", "low"]}
    models = {
        "far": {"backend": "openai_api", "voice": "tone", "options": options},
        "broken": {"backend": "openai_api", "voice": "tone", "options": options | {"model": "broken"}},
        "giant": {"backend": "fake", "memory": "900GiB", "fallback": "far", "tasks": ["synthesize"]},
        "lost": {"backend": "openai_api", "voice": "tone", "options": options | {"url": "http://127.0.0.1:9"}},
        "keyless": {"backend": "openai_api", "voice": "tone", "options": options | {"key_env": "NO_SUCH_KEY"}},
    }
    yield from run_server(read_settings(home=tmp_path_factory.mktemp("relay"), models=models))


@pytest.fixture(scope="module")
def client(relay: RunningServer) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{relay.url}/v1", api_key="none", max_retries=0) as made:
        yield made


def test_the_catalog_takes_a_model_that_is_elsewhere() -> None:
    settings = ModelSettings(backend="openai_api", options={"url": "http://a", "model": "m"}, voice="nova")

    spec = build_catalog({"far": settings}).find("far")

    assert spec.weights == ()
    assert spec.tasks == OpenaiApi.tasks
    assert spec.default_voice == "nova"
    assert spec.is_remote


def test_another_catwalks_speech_comes_through_unchanged(client: openai.OpenAI, running: RunningServer) -> None:
    body = {"model": "fake", "input": "The kettle is on. Tea?", "voice": "low", "response_format": "wav", "speed": 1.5}

    relayed = client.audio.speech.create(**(body | {"model": "far"})).read()  # type: ignore[arg-type]  # one body, two ways to send it
    with running.http() as http:
        direct = http.post("/v1/audio/speech", json=body).content

    assert relayed == direct
    assert len(relayed) > 44


def test_another_catwalks_ear_hears_through(client: openai.OpenAI) -> None:
    heard = client.audio.transcriptions.create(
        model="far",
        file=("a.wav", encode(RECORDING, AudioFormat.WAV)),
        response_format="verbose_json",
        timestamp_granularities=["word"],
    )

    assert heard.text == "This is what a fake hears."
    assert heard.duration == 1.0
    assert heard.words is not None
    assert [word.word for word in heard.words] == heard.text.split()


def test_another_catwalks_complaint_keeps_its_code(client: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError, match="fake speaks as tone, low") as caught:
        client.audio.speech.create(model="far", voice="zz_nobody", input="Tea.")

    assert caught.value.code == "unknown_voice"


def test_another_catwalks_failure_is_not_tried_again(client: openai.OpenAI) -> None:
    with pytest.raises(openai.InternalServerError, match="told to fail") as caught:
        client.audio.speech.create(model="broken", voice="tone", input="Tea.")

    assert caught.value.code == "backend_failed"
    assert caught.value.response.headers["x-should-retry"] == "false"


def test_an_outage_there_is_a_clear_error_and_leaves_this_server_alone(
    client: openai.OpenAI, relay: RunningServer
) -> None:
    for _ in range(2):
        with pytest.raises(openai.InternalServerError, match=r"127\.0\.0\.1:9/v1 cannot be reached") as caught:
            client.audio.speech.create(model="lost", voice="tone", input="Tea.")
        assert (caught.value.status_code, caught.value.code) == (503, "remote_unavailable")
        assert int(caught.value.response.headers["retry-after"]) >= 1

    with relay.http() as http:
        states = {model["id"]: model["state"] for model in http.get("/v1/models").json()["data"]}
    assert states["lost"] == "ready"
    assert client.audio.speech.create(model="fake", voice="tone", input="Tea.").read()


def test_a_missing_key_is_said_when_the_model_is_first_wanted(client: openai.OpenAI) -> None:
    with pytest.raises(openai.InternalServerError, match=r"NO_SUCH_KEY.*not set") as caught:
        client.audio.speech.create(model="keyless", voice="tone", input="Tea.")

    assert caught.value.code == "load_failed"


def test_what_never_fits_here_is_served_there(client: openai.OpenAI, running: RunningServer) -> None:
    body = {"model": "fake", "input": "Tea is ready.", "voice": "tone", "response_format": "wav"}

    relayed = client.audio.speech.create(**(body | {"model": "giant"})).read()  # type: ignore[arg-type]  # as above
    with running.http() as http:
        direct = http.post("/v1/audio/speech", json=body).content

    assert relayed == direct
