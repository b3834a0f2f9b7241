"""OpenAI's routes, driven by OpenAI's own client against a real server and real workers."""

from __future__ import annotations

import base64
import io
import json
import os
import signal
import time
from collections.abc import Iterator
from typing import Any

import httpx
import openai
import pytest

from catwalk.audio.codec import AudioFormat, encode
from catwalk.audio.decoder import decode
from catwalk.audio.waveform import Waveform
from conftest import RunningServer

SENTENCES = "The kettle is on. Would you like some tea? The cake is almost ready."


@pytest.fixture(scope="module")
def client(running: RunningServer) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{running.url}/v1", api_key="none", max_retries=0) as made:
        yield made


@pytest.fixture(scope="module")
def spoken(client: openai.OpenAI) -> bytes:
    """A WAV of hibari saying :data:`SENTENCES`."""
    return client.audio.speech.create(model="hibari", voice="heart", input=SENTENCES, response_format="wav").read()


@pytest.mark.parametrize("response_format", ["mp3", "opus", "aac", "flac", "wav"])
def test_every_format_can_be_decoded_to_the_same_length(
    client: openai.OpenAI, spoken: bytes, response_format: str
) -> None:
    answer = client.audio.speech.create(
        model="hibari",
        voice="heart",
        input=SENTENCES,
        response_format=response_format,  # type: ignore[arg-type]  # from a list of literals
    )

    waveform = decode(io.BytesIO(answer.read()))
    assert waveform.duration_s == pytest.approx(decode(io.BytesIO(spoken)).duration_s, abs=0.15)


def test_pcm_is_24_khz_without_a_header(client: openai.OpenAI, spoken: bytes) -> None:
    answer = client.audio.speech.create(model="hibari", voice="heart", input=SENTENCES, response_format="pcm")

    assert answer.response.headers["content-type"] == "audio/pcm"
    assert len(answer.read()) / 2 / 24_000 == pytest.approx(decode(io.BytesIO(spoken)).duration_s, abs=0.01)


def test_openai_names_for_models_and_voices_are_understood(client: openai.OpenAI, spoken: bytes) -> None:
    answer = client.audio.speech.create(model="tts-1", voice="alloy", input=SENTENCES, response_format="wav")

    assert answer.read() == spoken


def test_a_faster_voice_takes_less_time(client: openai.OpenAI, spoken: bytes) -> None:
    fast = client.audio.speech.create(model="hibari", voice="heart", input=SENTENCES, speed=2.0, response_format="wav")

    assert len(fast.read()) < 0.7 * len(spoken)


def test_speech_is_streamed_before_it_is_all_made(client: openai.OpenAI) -> None:
    text = "One more sentence. " * 10  # two seconds of work for the slow fake
    with client.audio.speech.with_streaming_response.create(
        model="slow", voice="tone", input=text, response_format="pcm"
    ) as answer:
        started_s = time.perf_counter()
        pieces = [(time.perf_counter() - started_s, len(piece)) for piece in answer.iter_bytes()]

    assert pieces[0][0] < pieces[-1][0] / 2


def test_events_carry_the_same_audio(client: openai.OpenAI, running: RunningServer) -> None:
    body = {"model": "hibari", "input": SENTENCES, "voice": "heart", "response_format": "pcm"}
    with running.http() as http:
        whole = http.post("/v1/audio/speech", json=body).content
        answer = http.post("/v1/audio/speech", json={**body, "stream_format": "sse"})

    assert answer.headers["content-type"].startswith("text/event-stream")
    events = [json.loads(line.removeprefix("data: ")) for line in answer.text.split("\n\n") if line]
    assert [event["type"] for event in events] == ["speech.audio.delta"] * 3 + ["speech.audio.done"]
    assert b"".join(base64.b64decode(event["audio"]) for event in events[:-1]) == whole


def test_every_answer_names_its_cost(running: RunningServer, spoken: bytes) -> None:
    with running.http() as http:
        speech = http.post("/v1/audio/speech", json={"model": "fake", "input": "Tea."})
        transcript = http.post("/v1/audio/transcriptions", data={"model": "fake"}, files={"file": ("a.wav", spoken)})

    for answer in (speech, transcript):
        names = [part.strip().split(";dur=")[0] for part in answer.headers["server-timing"].split(",")]
        assert names == ["queue", "load", "run"]


# --- transcriptions


def test_a_transcription_is_what_was_said(client: openai.OpenAI, spoken: bytes) -> None:
    heard = client.audio.transcriptions.create(model="whisper-1", file=("a.wav", spoken))

    assert heard.text == SENTENCES


def test_verbose_json_has_segments_and_words(client: openai.OpenAI, spoken: bytes) -> None:
    heard = client.audio.transcriptions.create(
        model="whisper-1",
        file=("a.wav", spoken),
        response_format="verbose_json",
        timestamp_granularities=["segment", "word"],
        language="en",
    )

    assert heard.language == "en"
    assert heard.segments is not None
    assert " ".join(segment.text for segment in heard.segments) == SENTENCES
    assert heard.words is not None
    assert [word.word for word in heard.words] == SENTENCES.split()


def test_subtitles_come_as_srt_and_vtt(client: openai.OpenAI, spoken: bytes) -> None:
    srt = client.audio.transcriptions.create(model="whisper-1", file=("a.wav", spoken), response_format="srt")
    vtt = client.audio.transcriptions.create(model="whisper-1", file=("a.wav", spoken), response_format="vtt")

    assert str(srt).startswith("1\n00:00:00,")
    assert str(vtt).startswith("WEBVTT\n")


def test_text_is_bare(client: openai.OpenAI, spoken: bytes) -> None:
    text = client.audio.transcriptions.create(model="whisper-1", file=("a.wav", spoken), response_format="text")

    assert str(text).strip() == SENTENCES


def test_a_transcript_can_be_streamed(client: openai.OpenAI, spoken: bytes) -> None:
    events = list(client.audio.transcriptions.create(model="whisper-1", file=("a.wav", spoken), stream=True))

    assert [event.type for event in events[:-1]] == ["transcript.text.delta"] * (len(events) - 1)
    assert events[-1].type == "transcript.text.done"
    assert events[-1].text == SENTENCES


@pytest.mark.parametrize("audio_format", list(AudioFormat))
def test_every_container_that_we_write_is_heard(running: RunningServer, audio_format: AudioFormat) -> None:
    if audio_format is AudioFormat.PCM:
        return  # bare samples name no rate
    upload = encode(Waveform.silence(1.0, 24_000), audio_format)

    with running.http() as http:
        answer = http.post("/v1/audio/transcriptions", data={"model": "fake"}, files={"file": upload})

    assert answer.status_code == 200, answer.text


# --- what is refused


@pytest.mark.parametrize(
    ("body", "status", "code", "said"),
    [
        ({"input": ""}, 400, "empty_text", "is empty"),
        ({"input": " \n\t"}, 400, "empty_text", "is empty"),
        ({"input": "… !"}, 400, "empty_text", "holds no word"),
        ({"input": "a" * 4097}, 400, "text_too_long", "4097 characters; at most 4096"),
        ({"model": "gpt-9"}, 404, "model_not_found", "the catalog has: brittle, broken, eye, fake"),
        ({"model": "whisper-1"}, 400, "wrong_task", "models that can: brittle, broken, fake"),
        ({"voice": "nobody"}, 400, "unknown_voice", "not as 'nobody'"),
        ({"response_format": "ogg"}, 400, "unsupported_format", "mp3, opus, aac, flac, wav, pcm"),
        ({"speed": 9}, 400, "invalid_request", "less than or equal to 2, not 9"),
        ({"input": None}, 400, "invalid_request", "input: Input should be a valid string"),
        ({"model": "broken", "voice": "tone"}, 500, "backend_failed", "told to fail"),
        ({"model": "unloadable", "voice": "tone"}, 500, "load_failed", "told to fail its load"),
    ],
)
def test_what_cannot_be_spoken_is_answered_with_the_reason(
    running: RunningServer, body: dict[str, object], status: int, code: str, said: str
) -> None:
    with running.http() as http:
        answer = http.post("/v1/audio/speech", json={"model": "hibari", "input": "Tea.", **body})

    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (status, code)
    assert said in error["message"]
    if status >= 500:
        assert answer.headers["x-should-retry"] == "false"


def test_openais_client_does_not_retry_what_a_model_got_wrong(running: RunningServer) -> None:
    retrying = openai.OpenAI(base_url=f"{running.url}/v1", api_key="none", max_retries=3)
    before = _count(running, "broken")

    with retrying, pytest.raises(openai.InternalServerError):
        retrying.audio.speech.create(model="broken", voice="tone", input="Tea.")

    assert _count(running, "broken") == before + 1


def _count(running: RunningServer, model: str) -> float:
    labels = {"model": model, "task": "synthesize", "outcome": "backend_failed"}
    return running.server.pool.metrics.registry.get_sample_value("catwalk_requests_total", labels) or 0.0


def test_a_body_that_is_no_json_is_refused(running: RunningServer) -> None:
    with running.http() as http:
        answer = http.post("/v1/audio/speech", content=b"{", headers={"content-type": "application/json"})

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "invalid_request")


TRUNCATED = encode(Waveform.silence(5.0, 24_000), AudioFormat.MP3)[:300]


@pytest.mark.parametrize(
    ("upload", "fields", "status", "code"),
    [
        (b"", {}, 400, "audio_unreadable"),
        (b"This is no audio at all. " * 100, {}, 400, "audio_unreadable"),
        (TRUNCATED, {}, 400, "audio_unreadable"),
        (b"\0" * (100 * 1024 * 1024 + 1), {}, 413, "upload_too_large"),
        (b"RIFF", {"response_format": "docx"}, 400, "unsupported_format"),
        (b"RIFF", {"temperature": "hot"}, 400, "invalid_request"),
        (b"RIFF", {"timestamp_granularities[]": "letter"}, 400, "invalid_request"),
        (b"RIFF", {"model": "hibari"}, 400, "wrong_task"),
        (b"RIFF", {"candidates[]": " "}, 400, "invalid_request"),
        (b"RIFF", {"candidates[]": ["Tea."] * 17}, 400, "invalid_request"),
    ],
    ids=["empty", "text", "truncated", "large", "format", "temperature", "granularity", "task", "blank", "many"],
)
def test_what_cannot_be_heard_is_answered_with_the_reason(
    running: RunningServer, upload: bytes, fields: dict[str, Any], status: int, code: str
) -> None:
    with running.http() as http:
        answer = http.post(
            "/v1/audio/transcriptions", data={"model": "whisper-1", **fields}, files={"file": ("a.mp3", upload)}
        )

    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)


def test_texts_are_weighed_against_a_recording(running: RunningServer, spoken: bytes) -> None:
    texts = [SENTENCES.replace("tea", "soup"), SENTENCES]

    with running.http() as http:
        answer = http.post(
            "/v1/audio/transcriptions",
            data={"model": "whisper-1", "language": "en", "response_format": "verbose_json", "candidates[]": texts},
            files={"file": ("a.wav", spoken)},
        )

    body = answer.json()
    assert body["text"] == SENTENCES
    assert [each["text"] for each in body["candidates"]] == texts
    assert body["candidates"][0]["logprob"] < body["candidates"][1]["logprob"] < 0
    assert body["candidates"][1]["prior"] < body["candidates"][1]["logprob"]


def test_a_listener_that_cannot_weigh_texts_transcribes(running: RunningServer, spoken: bytes) -> None:
    with running.http() as http:
        answer = http.post(
            "/v1/audio/transcriptions",
            data={"model": "fake", "response_format": "verbose_json", "candidates[]": ["Tea.", "Soup."]},
            files={"file": ("a.wav", spoken)},
        )

    assert answer.json()["text"] == "This is what a fake hears."
    assert "candidates" not in answer.json()


def test_an_upload_without_a_length_is_stopped_at_the_limit(running: RunningServer) -> None:
    def chunks() -> Iterator[bytes]:
        yield b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
        for _ in range(101):
            yield b"\0" * 1024 * 1024

    with running.http() as http:
        answer = http.post(
            "/v1/audio/transcriptions",
            content=chunks(),
            headers={"content-type": "multipart/form-data; boundary=x"},
        )

    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "upload_too_large")


def test_a_form_without_a_file_is_refused(running: RunningServer) -> None:
    with running.http() as http:
        answer = http.post("/v1/audio/transcriptions", data={"model": "whisper-1"})

    assert (answer.status_code, answer.json()["error"]["param"]) == (400, "file")


# --- callers who leave


def test_a_caller_who_hangs_up_stops_the_work(running: RunningServer) -> None:
    text = "No. " * 1000  # longer work for the slow fake than the client's patience for the next answer
    with running.http() as http:
        with http.stream("POST", "/v1/audio/speech", json={"model": "slow", "input": text}) as answer:
            next(answer.iter_bytes())
        after = http.post("/v1/audio/speech", json={"model": "slow", "input": "Next."})

    assert after.status_code == 200


def kill_worker(running: RunningServer, model: str) -> None:
    pid = running.server.pool.status(model).pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)


def test_events_end_with_the_error_when_the_worker_dies(running: RunningServer) -> None:
    body = {"model": "slow", "input": "One. " * 100, "stream_format": "sse", "response_format": "pcm"}
    text = b""

    def read(pieces: Iterator[bytes]) -> None:
        nonlocal text
        for piece in pieces:
            text += piece

    with running.http() as http:
        http.post("/v1/audio/speech", json={"model": "slow", "input": "First."}).raise_for_status()
        with http.stream("POST", "/v1/audio/speech", json=body) as answer:
            pieces = answer.iter_raw()
            next(pieces)
            kill_worker(running, "slow")
            with pytest.raises(httpx.RemoteProtocolError):
                read(pieces)

    last = json.loads(text.strip().splitlines()[-1].removeprefix(b"data: "))
    assert (last["type"], last["error"]["code"]) == ("error", "worker_died")


def test_a_worker_that_dies_half_way_breaks_the_answer_off(running: RunningServer) -> None:
    with running.http() as http:
        http.post("/v1/audio/speech", json={"model": "slow", "input": "First."}).raise_for_status()
        with http.stream("POST", "/v1/audio/speech", json={"model": "slow", "input": "One. " * 100}) as answer:
            pieces = answer.iter_raw()
            next(pieces)
            kill_worker(running, "slow")
            with pytest.raises(httpx.RemoteProtocolError):
                list(pieces)
        again = http.post("/v1/audio/speech", json={"model": "slow", "input": "Next."})

    assert again.status_code == 200
