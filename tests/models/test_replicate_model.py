"""Replicate through its official client, against a local server that speaks its documented API."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from PIL import Image

from catwalk.audio.waveform import Waveform
from catwalk.backends.replicate import Bill, Replicate
from catwalk.errors import (
    BackendFailed,
    Busy,
    Cancelled,
    CatwalkError,
    InvalidRequest,
    KeyRefused,
    LoadFailed,
    RemoteUnavailable,
    UnknownVoice,
)
from catwalk.tasks import (
    CALLER_HAS_LEFT,
    CompleteOptions,
    Completion,
    Message,
    TranscribeOptions,
    Transcription,
    VoiceRef,
)
from replicate_server import KEY, VERSION, ReplicateServer, run, to_data_uri

ASKED = (Message("system", "Be brief."), Message("user", "Two cups of tea, please."))
Loader = Callable[..., Replicate]


@pytest.fixture
def far() -> Iterator[ReplicateServer]:
    yield from run()


@pytest.fixture
def load(far: ReplicateServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Loader]:
    monkeypatch.setenv("FAR_KEY", KEY)
    made: list[Replicate] = []

    def make(**options: Any) -> Replicate:
        base = {"model": "owner/name", "url": far.url, "key_env": "FAR_KEY", "poll_s": 0.01}
        made.append(Replicate.load(None, base | options))
        return made[-1]

    yield make
    for backend in made:
        backend.close()


def picture() -> bytes:
    content = io.BytesIO()
    Image.new("RGB", (6, 4), "red").save(content, "PNG")
    return content.getvalue()


def go_on(backend: Replicate, messages: tuple[Message, ...] = ASKED, **options: Any) -> list[str | Completion]:
    return list(backend.complete(messages, options=CompleteOptions(**options)))


def test_a_completion_comes_in_pieces_with_its_counts(load: Loader) -> None:
    *pieces, whole = go_on(load())

    assert pieces == ["Two cups", " of tea, please."]
    assert whole == Completion("Two cups of tea, please.", "stop", 7, 5)


def test_options_and_earlier_turns_go_in_by_the_models_names(far: ReplicateServer, load: Loader) -> None:
    turns = (*ASKED, Message("assistant", "Here."), Message("user", "Thanks."))

    go_on(load(inputs={"top_k": 5}, rename={"max_tokens": "max_new_tokens", "seed": ""}), turns, max_tokens=9, seed=3)

    assert far.predictions["p0"].input == {
        "system_prompt": "Be brief.",
        "prompt": "User: Two cups of tea, please.\n\nAssistant: Here.\n\nUser: Thanks.\n\nAssistant:",
        "max_new_tokens": 9,
        "top_k": 5,
    }


def test_a_model_may_be_named_with_its_version(far: ReplicateServer, load: Loader) -> None:
    go_on(load(model=f"owner/name:{VERSION}"))

    assert far.paths[0] == "POST /v1/predictions"


def test_an_image_goes_up_is_described_and_is_forgotten_there(far: ReplicateServer, load: Loader) -> None:
    assert load().caption(picture(), prompt="What is it?") == "a picture of 6 by 4 pixels"
    assert far.deleted == ["file0"]
    assert far.predictions["p0"].input["prompt"] == "What is it?"


def test_a_recording_goes_up_and_comes_back_as_text_with_times(load: Loader) -> None:
    *segments, whole = load().transcribe(Waveform.silence(1.0, 16_000), options=TranscribeOptions())

    assert isinstance(whole, Transcription)
    assert whole.text == "32044 bytes of speech."
    assert whole.language == "en"
    assert whole.segments == tuple(segments)
    assert whole.segments[0].end_s == 1.0


def test_speech_and_pictures_come_down_as_files(load: Loader) -> None:
    backend = load(voices=["anna"])

    (speech,) = backend.synthesize("Two cups of tea.", voice=VoiceRef("anna"))
    *_, drawn = backend.illustrate("tea", width=32, height=16, seed=3)

    assert speech.duration_s == pytest.approx(16 / 15 + 0.1, abs=0.01)
    assert isinstance(drawn, bytes)
    with Image.open(io.BytesIO(drawn)) as opened:
        assert (opened.format, opened.size) == ("PNG", (32, 16))
    with pytest.raises(UnknownVoice, match="anna"):
        list(backend.synthesize("Tea.", voice=VoiceRef("ben")))


def test_a_file_may_stand_in_the_output_itself(far: ReplicateServer, load: Loader) -> None:
    far.output = {"image": to_data_uri(picture())}

    *_, drawn = load().illustrate("tea", seed=1)

    assert isinstance(drawn, bytes)


def test_the_cold_start_the_run_and_the_cost_are_reported(load: Loader, caplog: pytest.LogCaptureFixture) -> None:
    backend = load(usd_per_s=0.002)

    with caplog.at_level("INFO", "catwalk.replicate"):
        go_on(backend)

    assert backend.last_bill == Bill(cold_start_s=70.0, run_s=2.5, usd=0.005)
    assert "cold start 70.0 s, run 2.5 s, cost 0.005 USD" in caplog.text


def test_closing_a_completion_cancels_the_prediction(far: ReplicateServer, load: Loader) -> None:
    far.looks = 1000
    parts: Any = load().complete(ASKED, options=CompleteOptions())

    next(parts)
    parts.close()

    assert far.cancelled.wait(5)


def test_a_caller_who_leaves_cancels_what_gives_no_parts(far: ReplicateServer, load: Loader) -> None:
    far.looks = 1000
    token = CALLER_HAS_LEFT.set(lambda: len(far.paths) > 4)

    with pytest.raises(Cancelled):
        load().caption(picture())

    CALLER_HAS_LEFT.reset(token)
    assert far.cancelled.is_set()
    assert far.deleted == ["file0"]


def test_a_prediction_that_never_ends_is_cancelled_in_time(far: ReplicateServer, load: Loader) -> None:
    far.looks = 10_000

    with pytest.raises(RemoteUnavailable, match=r"no end after 0\.1 s"):
        load(timeout_s=0.1).caption(picture())

    assert far.cancelled.is_set()


def test_a_model_that_fails_there_says_why(far: ReplicateServer, load: Loader) -> None:
    far.failure = "CUDA out of memory"

    with pytest.raises(BackendFailed, match="owner/name failed: CUDA out of memory"):
        load().caption(picture())


@pytest.mark.parametrize(
    ("status", "detail", "error"),
    [
        (401, "You did not pass a valid token", KeyRefused),
        (402, "You have run out of credit", InvalidRequest),
        (404, "The requested resource could not be found.", InvalidRequest),
        (422, "input: prompt is required", InvalidRequest),
        (429, "Request was throttled.", Busy),
        (500, "Oh no", BackendFailed),
        (502, "Bad gateway", RemoteUnavailable),
    ],
)
def test_what_the_api_refuses_is_an_error_of_the_tree(
    far: ReplicateServer, load: Loader, status: int, detail: str, error: type[CatwalkError]
) -> None:
    far.refusals["/predictions"] = (status, {"title": "No", "detail": detail, "status": status})

    with pytest.raises(error) as caught:
        go_on(load())

    assert KEY not in caught.value.message
    assert status == 401 or detail in caught.value.message


def test_a_key_that_is_not_taken_names_its_variable(load: Loader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAR_KEY", "r8_other")

    with pytest.raises(KeyRefused, match="FAR_KEY"):
        go_on(load())


def test_nobody_there_is_unavailable(load: Loader) -> None:
    with pytest.raises(RemoteUnavailable):
        go_on(load(url="http://127.0.0.1:9"))


@pytest.mark.parametrize("body", [{}, {"id": "p"}, {"id": "p", "status": "starting"}])
def test_an_answer_that_is_no_prediction_is_an_error(far: ReplicateServer, load: Loader, body: dict[str, Any]) -> None:
    far.refusals["/predictions"] = (200, body)

    with pytest.raises(CatwalkError):
        go_on(load(timeout_s=0.2))


def test_the_key_goes_to_nobody_else(far: ReplicateServer, load: Loader) -> None:
    far.output = "http://169.254.169.254/latest/meta-data"

    with pytest.raises(BackendFailed, match="https"):
        list(load().illustrate("tea", seed=1))


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"model": "name"}, "OWNER/NAME"),
        ({"model": ""}, "not empty"),
        ({"colour": "red"}, "not colour"),
        ({"poll_s": 0}, "poll_s is a number"),
        ({"inputs": 7}, "inputs is a table"),
        ({"lanes": 0}, "lanes is a whole number"),
        ({"url": "https://a/v1"}, "without path"),
    ],
)
def test_an_option_that_makes_no_sense_is_refused(load: Loader, options: dict[str, Any], complaint: str) -> None:
    with pytest.raises(InvalidRequest, match=complaint):
        load(**options)


def test_a_key_that_is_not_there_fails_the_load(load: Loader) -> None:
    with pytest.raises(LoadFailed, match="NO_SUCH_KEY"):
        load(key_env="NO_SUCH_KEY")
