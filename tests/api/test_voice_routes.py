from __future__ import annotations

import io
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from catwalk.audio.decoder import decode
from catwalk.audio.waveform import Waveform
from catwalk.serving.catalog import Catalog
from catwalk.settings import read_settings
from conftest import RunningServer, run_server
from sounds import babble, to_wav

MODELS: dict[str, Any] = {
    "cloner": {"backend": "fake", "options": {"voice_bytes": 1_000_000}, "tasks": ["synthesize"]},
    "slow-cloner": {"backend": "fake", "options": {"run_s": 0.3, "lanes": 2}, "tasks": ["synthesize"]},
    "batcher": {"backend": "fake", "options": {"batch_size": 4, "voice_s": 0.05}, "tasks": ["synthesize"]},
    "ears": {"backend": "fake", "tasks": ["embed_speaker"]},
}
LOW, HIGH = to_wav(babble(6.0, pitch_hz=110)), to_wav(babble(6.0, pitch_hz=250, seed=1))
LOW_TOO = to_wav(babble(6.0, pitch_hz=110, seed=2))


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("voices-home")


@pytest.fixture(scope="module")
def server(home: Path) -> Iterator[RunningServer]:
    yield from run_server(read_settings(home=home, models=MODELS))


@pytest.fixture
def http(server: RunningServer) -> Iterator[httpx.Client]:
    with server.http() as client:
        yield client
        for voice in client.get("/v1/voices").json()["data"]:
            if voice["kind"] == "cloned":
                client.delete(f"/v1/voices/{voice['name']}")


def add(http: httpx.Client, name: str, *clips: bytes, consent: str = "true") -> httpx.Response:
    files = [("clips", (f"clip{number}.wav", clip)) for number, clip in enumerate(clips or (LOW,), 1)]
    return http.post("/v1/voices", data={"name": name, "consent": consent}, files=files)


def say(http: httpx.Client, voice: str, model: str = "cloner", text: str = "Tea is ready.") -> httpx.Response:
    return http.post("/v1/audio/speech", json={"model": model, "voice": voice, "input": text, "response_format": "wav"})


def pitch_hz(answer: httpx.Response) -> float:
    samples = decode(io.BytesIO(answer.content), rate_hz=24_000).samples
    return float(np.fft.rfftfreq(samples.size, 1 / 24_000)[np.argmax(np.abs(np.fft.rfft(samples)))])


def computed(http: httpx.Client, model: str = "cloner") -> float:
    lines = http.get("/metrics").text.splitlines()
    name = f'catwalk_latents_computed_total{{model="{model}"}}'
    return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith(name))


def code(answer: httpx.Response) -> str:
    return str(answer.json()["error"]["code"])


def left_on_disk(home: Path) -> list[str]:
    folder = home / "voices"
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def test_presets_of_models_that_were_never_loaded_are_listed(http: httpx.Client) -> None:
    voices = {voice["name"]: voice for voice in http.get("/v1/voices").json()["data"]}

    assert voices["heart"]["models"] == ["hibari"]
    assert voices["heart"]["kind"] == "preset"
    assert {"fake", "cloner"} <= set(voices["tone"]["models"])


def test_of_a_preset_that_a_model_shows_later_and_a_voice_of_that_name_the_voice_is_listed(
    http: httpx.Client, home: Path
) -> None:
    add(http, "tea")
    (home / "voices" / "tea").rename(home / "voices" / "low")
    card = home / "voices" / "low" / "voice.json"
    card.write_text(card.read_text().replace('"tea"', '"low"'))

    listed = [voice for voice in http.get("/v1/voices").json()["data"] if voice["name"] == "low"]

    assert [voice["kind"] for voice in listed] == ["cloned"]


def test_a_voice_is_made_of_clips_and_spoken_in(http: httpx.Client) -> None:
    added = add(http, "mol", LOW, LOW_TOO)

    assert added.status_code == 201
    assert [clip["name"] for clip in added.json()["clips"]] == ["clip1.wav", "clip2.wav"]
    assert "cloner" in added.json()["models"]
    assert "hibari" not in added.json()["models"]
    assert say(http, "mol").status_code == 200


def test_another_voice_sounds_different(http: httpx.Client) -> None:
    add(http, "low", LOW)
    add(http, "high", HIGH)

    assert pitch_hz(say(http, "high")) > 1.2 * pitch_hz(say(http, "low"))


def test_latents_are_computed_once_and_lie_with_the_voice(http: httpx.Client, home: Path) -> None:
    add(http, "mol")
    before = computed(http)

    for _ in range(3):
        assert say(http, "mol").status_code == 200

    assert computed(http) == before + 1
    assert len(list((home / "voices" / "mol" / "latents").iterdir())) == 1


def test_requests_at_once_compute_latents_once(http: httpx.Client) -> None:
    add(http, "mol")
    before = computed(http, "batcher")
    answers: list[httpx.Response] = []

    threads = [threading.Thread(target=lambda: answers.append(say(http, "mol", "batcher"))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [answer.status_code for answer in answers] == [200] * 6
    assert computed(http, "batcher") == before + 1


def test_latents_outlive_the_model_and_the_server(http: httpx.Client, home: Path) -> None:
    add(http, "mol")
    say(http, "mol")
    before = computed(http)

    http.post("/v1/models/cloner/unload")
    assert say(http, "mol").status_code == 200
    assert computed(http) == before
    for other in run_server(read_settings(home=home, models=MODELS)):
        with other.http() as again:
            assert say(again, "mol").status_code == 200
            assert computed(again) == 0


def test_latents_are_counted_and_dropped_with_the_voice(http: httpx.Client, server: RunningServer) -> None:
    add(http, "mol")
    say(http, "mol")
    held = http.get("/v1/models/cloner").json()["held_voices"]

    http.delete("/v1/voices/mol")

    assert held["mol"] >= 1_000_000
    assert "mol" not in http.get("/v1/models/cloner").json()["held_voices"]


def test_a_voice_made_again_of_other_clips_sounds_like_those(http: httpx.Client) -> None:
    add(http, "mol", LOW)
    first = pitch_hz(say(http, "mol"))
    http.delete("/v1/voices/mol")

    add(http, "mol", HIGH)

    assert pitch_hz(say(http, "mol")) > 1.2 * first


def test_a_voice_in_use_can_be_removed_and_its_speakers_finish(http: httpx.Client, home: Path) -> None:
    add(http, "mol")
    say(http, "mol", "slow-cloner")
    answers: list[httpx.Response] = []
    text = "One. Two. Three. Four."
    speaking = threading.Thread(target=lambda: answers.append(say(http, "mol", "slow-cloner", text)))
    speaking.start()
    while not http.get("/v1/models/slow-cloner").json()["running"]:
        time.sleep(0.01)  # the request is on its way through a real socket

    removed = http.delete("/v1/voices/mol")
    refused = say(http, "mol", "slow-cloner")
    speaking.join()

    assert removed.status_code == 200
    assert answers[0].status_code == 200
    assert decode(io.BytesIO(answers[0].content)).duration_s > 1.0
    assert code(refused) == "unknown_voice"
    assert "mol" not in left_on_disk(home)


def test_a_model_that_cannot_clone_says_which_can(http: httpx.Client) -> None:
    add(http, "mol")

    answer = say(http, "mol", "hibari")

    assert answer.status_code == 400
    assert code(answer) == "unknown_voice"
    assert "cloner" in answer.json()["error"]["message"]


@pytest.mark.parametrize("name", ["../up", "", "a" * 41, "Mol"])
def test_a_name_that_no_voice_may_have_is_refused(http: httpx.Client, home: Path, name: str) -> None:
    answer = add(http, name)

    assert answer.status_code == 400
    assert left_on_disk(home) == []


@pytest.mark.parametrize("name", ["heart", "alloy", "tone"])
def test_the_name_of_a_models_own_voice_is_taken(http: httpx.Client, name: str) -> None:
    answer = add(http, name)

    assert answer.status_code == 422
    assert code(answer) == "voice_exists"


def test_a_second_voice_of_one_name_is_refused(http: httpx.Client) -> None:
    add(http, "mol")

    assert code(add(http, "mol", HIGH)) == "voice_exists"


@pytest.mark.parametrize("said", ["false", "", "maybe"])
def test_without_consent_there_is_no_voice(http: httpx.Client, home: Path, said: str) -> None:
    answer = add(http, "mol", consent=said)

    assert answer.status_code in {400, 403}
    assert left_on_disk(home) == []


def test_bad_clips_are_all_named_and_nothing_is_kept(http: httpx.Client, home: Path) -> None:
    answer = add(http, "mol", LOW, to_wav(babble(1.0)), b"no sound at all")

    assert answer.status_code == 422
    assert code(answer) == "clips_rejected"
    message = answer.json()["error"]["message"]
    assert "clip2.wav: too short" in message
    assert "clip3.wav" in message
    assert "clip1.wav" not in message
    assert left_on_disk(home) == []


def test_ten_hours_of_silence_are_refused_early(http: httpx.Client) -> None:
    silence = to_wav(Waveform.silence(3600.0, 1000)).replace(
        (1000).to_bytes(4, "little") + (2000).to_bytes(4, "little"), (1000).to_bytes(4, "little") * 2, 1
    )
    started_s = time.perf_counter()

    answer = add(http, "mol", silence)

    assert code(answer) == "clips_rejected"
    assert "longer than 600 s" in answer.json()["error"]["message"]
    assert time.perf_counter() - started_s < 10


def test_who_speaks_is_not_checked_without_an_encoder_and_that_is_said(tmp_path: Path) -> None:
    for plain in run_server(read_settings(home=tmp_path, models={"resemblyzer": {"backend": "fake"}})):
        with plain.http() as http:
            plain.server.pool.catalog = Catalog(
                spec for spec in plain.server.pool.catalog if spec.name != "resemblyzer"
            )

            (note,) = add(http, "mol").json()["notes"]

    assert "one speaker" in note


def test_a_clip_with_another_speaker_is_refused(http: httpx.Client, home: Path) -> None:
    times_s = np.arange(6 * 24_000) / 24_000
    whistle = babble(6.0).samples * np.sin(2 * np.pi * 2000 * times_s).astype(np.float32)

    answer = add(http, "mol", LOW, LOW_TOO, to_wav(Waveform(whistle, 24_000)))

    assert code(answer) == "clips_flawed"
    assert "another speaker" in answer.json()["error"]["message"]
    assert left_on_disk(home) == []


def test_another_speaker_is_put_up_with_by_force_and_noted(http: httpx.Client) -> None:
    times_s = np.arange(6 * 24_000) / 24_000
    whistle = babble(6.0).samples * np.sin(2 * np.pi * 2000 * times_s).astype(np.float32)
    files = [("clips", ("a.wav", LOW)), ("clips", ("b.wav", to_wav(Waveform(whistle, 24_000))))]

    added = http.post("/v1/voices", data={"name": "mol", "consent": "true", "force": "true"}, files=files)

    assert added.status_code == 201
    assert any("another speaker" in note for note in added.json()["notes"])


def test_a_sample_and_the_clips_can_be_heard(http: httpx.Client) -> None:
    add(http, "mol", LOW, LOW_TOO)

    sample = http.get("/v1/voices/mol/sample", params={"response_format": "wav"})
    clip = http.get("/v1/voices/mol/clips/2")

    assert sample.headers["content-type"] == "audio/wav"
    assert decode(io.BytesIO(sample.content)).duration_s > 1
    assert clip.headers["content-type"] == "audio/flac"
    assert decode(io.BytesIO(clip.content)).duration_s > 4


def test_a_preset_has_a_sample_too(http: httpx.Client) -> None:
    assert http.get("/v1/voices/tone/sample").status_code == 200


@pytest.mark.parametrize("path", ["/v1/voices/nobody", "/v1/voices/nobody/sample", "/v1/voices/nobody/clips/1"])
def test_a_voice_that_is_not_there_is_not_found(http: httpx.Client, path: str) -> None:
    answer = http.get(path)

    assert answer.status_code == 404
    assert code(answer) == "voice_not_found"


def test_a_clip_that_is_not_there_is_not_found(http: httpx.Client) -> None:
    add(http, "mol")

    assert http.get("/v1/voices/mol/clips/7").status_code == 404


def test_a_blend_lets_a_model_that_cannot_clone_speak_as_the_voice(http: httpx.Client) -> None:
    add(http, "mol")

    changed = http.put("/v1/voices/mol/blends/hibari", json={"blend": "heart"})

    assert "hibari" in changed.json()["models"]
    assert say(http, "mol", "hibari").status_code == 200


def test_a_blend_is_only_for_backends_that_cannot_clone(http: httpx.Client) -> None:
    add(http, "mol")

    assert http.put("/v1/voices/mol/blends/fake", json={"blend": "tone"}).status_code == 400


def test_embeddings_come_in_the_order_of_the_files(http: httpx.Client) -> None:
    files = [("file", ("low.wav", LOW)), ("file", ("high.wav", HIGH)), ("file", ("low.wav", LOW))]

    answer = http.post("/v1/speakers/embeddings", files=files)

    vectors = [np.array(each["embedding"]) for each in answer.json()["data"]]
    assert answer.json()["model"] == "ears"
    assert np.linalg.norm(vectors[0]) == pytest.approx(1.0, abs=1e-5)
    assert vectors[0] @ vectors[2] > 0.999 > vectors[0] @ vectors[1]


@pytest.mark.parametrize(
    ("files", "data", "expected"),
    [
        ([], {"model": "ears"}, "audio_unreadable"),
        ([("file", ("x.wav", b"no sound"))], {}, "audio_unreadable"),
        ([("file", ("x.wav", LOW))], {"model": "hibari"}, "wrong_task"),
        ([("file", ("x.wav", LOW))], {"model": "nobody"}, "model_not_found"),
    ],
)
def test_what_holds_no_voice_is_refused(http: httpx.Client, files: Any, data: dict[str, str], expected: str) -> None:
    answer = http.post("/v1/speakers/embeddings", files=files or {"other": b""}, data=data)

    assert code(answer) == expected
