"""A model that is served elsewhere keeps this server's contracts, whatever the other side does."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from far_calls import KEY, NOVA, RECORDING, Loader, complete, go_on, hear, loader, speak
from far_server import (
    CHAT,
    DONE,
    HEARING,
    IMAGES,
    PNG,
    RATE_HZ,
    SPEECH,
    FarServer,
    Reply,
    as_event,
    as_events,
    as_json,
    as_sound,
    complain,
    delta,
    run,
    tone,
    wav_header,
)

from catwalk.audio.codec import AudioFormat, encode
from catwalk.audio.decoder import decode
from catwalk.audio.waveform import Waveform
from catwalk.backends.openai_api import OPENAI_VOICES, OpenaiApi
from catwalk.errors import (
    BackendFailed,
    Busy,
    CatwalkError,
    InvalidRequest,
    LoadFailed,
    RemoteUnavailable,
    UnknownVoice,
)
from catwalk.tasks import CompleteOptions, Completion, Message, Segment, TranscribeOptions, Transcription, VoiceRef

BRIEF = CompleteOptions(max_tokens=9, temperature=0.0)


@pytest.fixture
def far() -> Iterator[FarServer]:
    yield from run()


@pytest.fixture
def load(far: FarServer) -> Iterator[Loader]:
    yield from loader(far)


@pytest.fixture
def backend(load: Loader) -> OpenaiApi:
    return load()


# --- loading


def test_a_load_contacts_nobody() -> None:
    backend = OpenaiApi.load(None, {"url": "http://nobody.invalid", "model": "m"})

    backend.warm_up()

    assert backend.lanes == 8
    assert [voice.name for voice in backend.voices()] == list(OPENAI_VOICES)
    backend.close()


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({}, "url and model"),
        ({"url": "http://a"}, "model is missing"),
        ({"url": "http://a", "model": "m", "colour": "red"}, "lanes, not colour"),
        ({"url": "a.example/v1", "model": "m"}, "http or https"),
        ({"url": "ftp://a", "model": "m"}, "http or https"),
        ({"url": "http://a:b:c", "model": "m"}, "not an address"),
        ({"url": "https://me:hush@a/v1", "model": "m"}, "no credentials"),
        ({"url": "https://a/v1?key=hush", "model": "m"}, "no credentials"),
        ({"url": 7, "model": "m"}, "url is a text"),
        ({"url": "http://a", "model": " "}, "model is a text"),
        ({"url": "http://a", "model": "m", "key_env": True}, "key_env is a text"),
        ({"url": "http://a", "model": "m", "lanes": 0}, "lanes is a number"),
        ({"url": "http://a", "model": "m", "lanes": 2.5}, "lanes is a number"),
        ({"url": "http://a", "model": "m", "lanes": True}, "lanes is a number"),
        ({"url": "http://a", "model": "m", "timeout_s": -1}, "timeout_s is a number"),
        ({"url": "http://a", "model": "m", "timeout_s": float("nan")}, "timeout_s is a number"),
        ({"url": "http://a", "model": "m", "connect_timeout_s": "5s"}, "connect_timeout_s is a number"),
        ({"url": "http://a", "model": "m", "voices": "alloy"}, "voices is a list"),
        ({"url": "http://a", "model": "m", "voices": [1]}, "voices is a list"),
    ],
)
def test_an_option_that_makes_no_sense_is_refused(options: dict[str, Any], complaint: str) -> None:
    with pytest.raises(InvalidRequest, match=complaint) as caught:
        OpenaiApi.load(None, options)

    assert "hush" not in caught.value.message


@pytest.mark.parametrize("key", [None, "", " \n"])
def test_a_key_that_is_not_there_fails_the_load_and_names_the_variable(
    monkeypatch: pytest.MonkeyPatch, key: str | None
) -> None:
    monkeypatch.setenv("FAR_KEY", "x")
    monkeypatch.delenv("FAR_KEY") if key is None else monkeypatch.setenv("FAR_KEY", key)

    with pytest.raises(LoadFailed, match=r"FAR_KEY.*not set"):
        OpenaiApi.load(None, {"url": "http://a", "model": "m", "key_env": "FAR_KEY"})


@pytest.mark.parametrize("key", [f"{KEY}\nX-Evil: 1", f"Bearer {KEY}", f"{KEY}\u00e9"])
def test_what_cannot_be_a_key_fails_the_load_without_being_shown(monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    monkeypatch.setenv("FAR_KEY", key)

    with pytest.raises(LoadFailed, match="FAR_KEY") as caught:
        OpenaiApi.load(None, {"url": "http://a", "model": "m", "key_env": "FAR_KEY"})

    assert KEY not in caught.value.message


@pytest.mark.parametrize(
    ("suffix", "path"),
    [
        ("", "/v1/audio/speech"),
        ("/", "/v1/audio/speech"),
        ("/v1", "/v1/audio/speech"),
        ("/v1/", "/v1/audio/speech"),
        ("/openai/v1", "/openai/v1/audio/speech"),
        ("/v1beta/openai/", "/v1beta/openai/audio/speech"),
        ("/proxy", "/proxy/v1/audio/speech"),
    ],
)
def test_the_address_may_leave_out_its_version(far: FarServer, load: Loader, suffix: str, path: str) -> None:
    far.answer(path, as_sound(wav_header(), tone(0.1)))

    speak(load(url=far.url + suffix))

    assert far.asked[0].path == path


def test_the_key_comes_from_the_environment(far: FarServer, load: Loader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAR_KEY", f" {KEY}\n")
    far.key = KEY

    speak(load(key_env="FAR_KEY"))

    assert far.asked[0].headers["authorization"] == f"Bearer {KEY}"


def test_without_key_env_no_key_is_sent(far: FarServer, backend: OpenaiApi) -> None:
    speak(backend)

    assert "authorization" not in far.asked[0].headers


def test_a_connection_is_used_again(far: FarServer, backend: OpenaiApi) -> None:
    speak(backend)
    hear(backend)
    backend.caption(PNG)

    assert len({asked.port for asked in far.asked}) == 1


def test_the_voices_of_the_options_are_offered(load: Loader) -> None:
    voices = load(voices=["mol", "ada", "mol"]).voices()

    assert [voice.name for voice in voices] == ["mol", "ada"]
    assert {voice.language for voice in voices} == {"mul"}


# --- speech


def test_speech_is_what_the_other_side_said(far: FarServer, backend: OpenaiApi) -> None:
    far.answer(SPEECH, as_sound(wav_header(), tone(1.2)[:7], tone(1.2)[7:]))

    parts = list(backend.synthesize("Tea.", voice=NOVA, speed=1.5))

    heard = Waveform.join(parts)
    assert heard.rate_hz == RATE_HZ
    assert np.array_equal(np.rint(heard.samples * 32767).astype("<i2"), np.frombuffer(tone(1.2), "<i2"))
    assert far.asked[0].fields == {
        "model": "far-model",
        "input": "Tea.",
        "voice": "nova",
        "response_format": "wav",
        "speed": 1.5,
    }


def test_speech_is_heard_before_all_of_it_has_come(far: FarServer, backend: OpenaiApi) -> None:
    more = threading.Event()
    far.answer(SPEECH, as_sound(wav_header(), tone(0.6), more, tone(0.7)))

    parts = backend.synthesize("Tea is ready.", voice=NOVA)
    first = next(parts)
    more.set()
    rest = list(parts)

    assert first.duration_s == pytest.approx(0.6)
    assert Waveform.join(rest).duration_s == pytest.approx(0.7)


def test_small_pieces_are_gathered_to_half_a_second(far: FarServer, backend: OpenaiApi) -> None:
    sound = tone(1.8)
    far.answer(SPEECH, as_sound(wav_header(), *(sound[at : at + 960] for at in range(0, len(sound), 960))))

    durations_s = [part.duration_s for part in backend.synthesize("Tea.", voice=NOVA)]

    assert sum(durations_s) == pytest.approx(1.8)
    assert all(0.5 <= duration_s <= 1.8 for duration_s in durations_s[:-1])


@pytest.mark.parametrize("header", [wav_header(0), wav_header(0xFFFFFFFF), wav_header(0x7FFFFFFF), wav_header(48_000)])
@pytest.mark.parametrize("framing", ["chunked", "length", "close"])
def test_every_usual_header_and_framing_is_read(
    far: FarServer, backend: OpenaiApi, header: bytes, framing: str
) -> None:
    far.answer(SPEECH, as_sound(header, tone(1.0), framing=framing, media_type="audio/x-wav"))

    assert speak(backend).duration_s == 1.0


@pytest.mark.parametrize("audio_format", [AudioFormat.MP3, AudioFormat.FLAC, AudioFormat.OPUS])
def test_another_format_than_wav_is_decoded_when_it_is_whole(
    far: FarServer, backend: OpenaiApi, audio_format: AudioFormat, caplog: pytest.LogCaptureFixture
) -> None:
    samples = np.frombuffer(tone(1.0), "<i2").astype(np.float32) / np.float32(32767)
    sound = encode(Waveform(samples, RATE_HZ), audio_format)
    far.answer(SPEECH, as_sound(sound, media_type=audio_format.media_type))

    heard = speak(backend)

    assert heard.rate_hz == RATE_HZ
    assert heard.duration_s == pytest.approx(1.0, abs=0.1)
    assert f"answers {audio_format.media_type} although wav was asked for" in caplog.text


@pytest.mark.parametrize(
    ("reply", "complaint"),
    [
        (as_json({"error": {"message": "out of voices"}}), "application/json instead of sound: out of voices"),
        (as_sound(b"<html>Hello</html>", media_type="text/html"), "text/html instead of sound"),
        (as_sound(media_type=""), "nothing instead of sound"),
        (as_sound(wav_header()), "no sound"),
        (as_sound(b"\x01\x02\x03\x04" * 200, media_type="audio/mpeg"), "audio/mpeg instead of a WAV file"),
        (as_sound(b"RIFF\x00\x00\x00\x00AVI ", media_type="audio/wav"), "cannot be read"),
    ],
)
def test_an_answer_that_is_no_sound_is_an_error(
    far: FarServer, backend: OpenaiApi, reply: Reply, complaint: str
) -> None:
    far.answer(SPEECH, reply)

    with pytest.raises(BackendFailed, match=complaint):
        speak(backend)


@pytest.mark.parametrize(
    "reply",
    [
        as_sound(wav_header(), tone(1.0), fault="cut"),
        as_sound(wav_header(), tone(1.0), fault="reset"),
        as_sound(wav_header(), tone(1.0), framing="length", n_bytes=99_999, fault="cut"),
        as_sound(wav_header(99_998), tone(1.0), framing="close"),
        as_sound(wav_header(), tone(1.0)[:-1], framing="close"),
        as_sound(wav_header()[:20], framing="close"),
        as_sound(encode(Waveform.silence(1.0, RATE_HZ), AudioFormat.MP3)[:2000], media_type="audio/mpeg", fault="cut"),
    ],
    ids=["cut", "reset", "length", "header", "sample", "in the header", "mp3"],
)
def test_speech_that_breaks_off_is_never_a_short_answer(far: FarServer, backend: OpenaiApi, reply: Reply) -> None:
    far.answer(SPEECH, reply)

    with pytest.raises(RemoteUnavailable, match="broke off in the middle"):
        speak(backend)


def test_closing_the_iterator_hangs_up(far: FarServer, backend: OpenaiApi) -> None:
    far.answer(SPEECH, as_sound(wav_header(), tone(0.5), fault="endless"))
    parts: Any = backend.synthesize("Tea for ever.", voice=NOVA)

    next(parts)
    parts.close()

    assert far.hung_up.wait(5)
    assert speak(backend).duration_s > 0


def test_a_voice_made_here_is_not_asked_for_there(far: FarServer, backend: OpenaiApi, tmp_path: Path) -> None:
    with pytest.raises(UnknownVoice, match="made from clips on this machine"):
        list(backend.synthesize("Tea.", voice=VoiceRef("mol", tmp_path / "mol.npz")))

    assert far.asked == []


def test_a_voice_that_the_other_side_does_not_have_is_unknown(backend: OpenaiApi) -> None:
    with pytest.raises(UnknownVoice, match="alloy, nova") as caught:
        list(backend.synthesize("Tea.", voice=VoiceRef("zz_nobody")))

    assert caught.value.param == "voice"


# --- transcription


def test_a_transcription_has_segments_a_code_and_the_recordings_own_length(far: FarServer, backend: OpenaiApi) -> None:
    options = TranscribeOptions(prompt="Tea", temperature=0.2)

    *segments, whole = backend.transcribe(RECORDING, options=options)

    expected = Segment("The kettle is on.", 0.0, 1.0, -0.25, 0.01, 1.1)
    assert segments == [expected]
    assert whole == Transcription("The kettle is on.", "en", 1.0, (expected,))
    assert far.asked[0].fields == {
        "model": "far-model",
        "response_format": "verbose_json",
        "timestamp_granularities[]": ["segment"],
        "prompt": "Tea",
        "temperature": "0.2",
    }


def test_the_upload_is_a_16_bit_wav(far: FarServer, backend: OpenaiApi) -> None:
    hear(backend)

    upload = decode(io.BytesIO(far.asked[0].upload), rate_hz=16_000)
    assert far.asked[0].upload[:4] == b"RIFF"
    assert len(far.asked[0].upload) == 44 + 2 * 16_000
    assert upload.duration_s == 1.0


def test_words_are_timed_when_asked_for(far: FarServer, backend: OpenaiApi) -> None:
    heard = hear(backend, words=True, language="en", fallback=False)

    assert [word.text for word in heard.segments[0].words] == ["The", "kettle", "is", "on."]
    assert far.asked[0].fields["timestamp_granularities[]"] == ["segment", "word"]
    assert far.asked[0].fields["language"] == "en"
    assert far.asked[0].fields["fallback"] == "false"


def test_plain_json_is_a_transcription_too(far: FarServer, backend: OpenaiApi) -> None:
    far.answer(HEARING, as_json({"text": " Tea is ready. "}))

    heard = hear(backend, words=True)

    assert heard == Transcription("Tea is ready.", "und", 1.0, (Segment("Tea is ready.", 0.0, 1.0),))


def test_a_model_without_times_is_asked_without_from_then_on(far: FarServer, backend: OpenaiApi) -> None:
    far.answer(
        HEARING, complain(400, "'verbose_json' is not compatible", param="response_format", code="unsupported_value")
    )

    first, second = hear(backend), hear(backend)

    assert first.text == second.text == "The kettle is on."
    assert [asked.fields["response_format"] for asked in far.asked] == ["verbose_json", "json", "json"]
    assert "timestamp_granularities[]" not in far.asked[2].fields


def test_a_field_of_our_own_is_left_out_where_it_is_not_known(far: FarServer, backend: OpenaiApi) -> None:
    complaint = {"type": "extra_forbidden", "loc": ["body", "fallback"], "msg": "Extra inputs are not permitted"}
    far.answer(HEARING, as_json({"detail": [complaint]}, 422))

    assert hear(backend, fallback=False).text == "The kettle is on."
    assert "fallback" not in far.asked[1].fields


@pytest.mark.parametrize("body", [{"words": []}, {"text": 7}, {"text": "a", "segments": [{"text": "a"}]}])
def test_an_answer_that_is_no_transcription_is_an_error(
    far: FarServer, backend: OpenaiApi, body: dict[str, Any]
) -> None:
    far.answer(HEARING, as_json(body))

    with pytest.raises(BackendFailed, match="no transcription"):
        hear(backend)


def test_an_answer_that_is_no_json_is_an_error(far: FarServer, backend: OpenaiApi) -> None:
    far.answer(HEARING, as_sound(b"Tea.", media_type="text/plain"))

    with pytest.raises(BackendFailed, match=r"no JSON: 'Tea\.'"):
        hear(backend)


# --- text


def test_a_completion_comes_piece_by_piece(far: FarServer, backend: OpenaiApi) -> None:
    more = threading.Event()
    far.answer(CHAT, as_events(delta("A "), more, b": still there\r\n\r\n", delta("kettle", "stop"), DONE))

    pieces = backend.complete((Message("system", "Be short."), Message("user", "Hm?")), options=BRIEF)
    first = next(pieces)
    more.set()

    assert (first, list(pieces)) == ("A ", ["kettle", Completion("A kettle", "stop")])
    assert far.asked[0].fields == {
        "model": "far-model",
        "messages": [{"role": "system", "content": "Be short."}, {"role": "user", "content": "Hm?"}],
        "max_tokens": 9,
        "temperature": 0.0,
        "stream": True,
        "stream_options": {"include_usage": True},
    }


def test_what_a_completion_is_asked_for_is_passed_on(far: FarServer, backend: OpenaiApi) -> None:
    schema = '{"type": "object", "required": ["a"]}'

    list(go_on(backend, top_p=0.5, stop=("END",), seed=7, json=True))
    list(go_on(backend, json=True, json_schema=schema))

    plain, schematic = (asked.fields for asked in far.asked)
    assert {name: plain[name] for name in ("top_p", "stop", "seed")} == {"top_p": 0.5, "stop": ["END"], "seed": 7}
    assert plain["response_format"] == {"type": "json_object"}
    assert schematic["response_format"]["json_schema"]["schema"] == {"type": "object", "required": ["a"]}
    assert not {"max_tokens", "temperature", "top_p", "stop", "seed"} & set(schematic)


def test_usage_and_the_reason_to_finish_are_handed_on(far: FarServer, backend: OpenaiApi) -> None:
    usage = {"prompt_tokens": 5, "completion_tokens": 2, "total_tokens": 7}
    far.answer(CHAT, as_events(delta("Tea", "length"), as_event({"choices": [], "usage": usage}), DONE))
    far.answer(CHAT, as_json({"choices": [{"message": {"content": "Tea"}, "finish_reason": "length"}], "usage": usage}))

    streamed, whole = (list(go_on(backend))[-1] for _ in range(2))

    assert streamed == whole == Completion("Tea", "length", 5, 2)


@pytest.mark.parametrize(
    "events",
    [
        (delta("Tea."), DONE),
        (delta("Tea.", "stop"),),
        (delta("Tea."), b"data: [DONE]"),
        (
            as_event({"choices": [], "prompt_filter_results": []}),
            delta("Tea.", "length"),
            as_event({"usage": {}}),
            DONE,
        ),
        (b'data: {"choices": [{"delta":\ndata: {"content": "Tea."}}]}\n\n', DONE),
        (delta("Tea.")[:20], delta("Tea.")[20:], DONE),
        (as_event({"choices": [{"delta": {"content": [{"type": "text", "text": "Tea."}]}}]}), DONE),
        (as_event({"choices": [{"delta": {"reasoning_content": "Hm"}}]}), delta("Tea."), b"data:\n\n", DONE),
    ],
    ids=["done", "reason", "no last line", "azure", "two lines", "cut", "parts", "reasoning"],
)
def test_every_usual_way_to_stream_is_understood(far: FarServer, backend: OpenaiApi, events: tuple[bytes, ...]) -> None:
    far.answer(CHAT, as_events(*events))

    assert complete(backend) == "Tea."


def test_an_endpoint_that_does_not_stream_is_understood(far: FarServer, backend: OpenaiApi) -> None:
    far.answer(CHAT, as_json({"choices": [{"message": {"content": "Tea."}, "finish_reason": "stop"}]}))

    assert complete(backend) == "Tea."


@pytest.mark.parametrize(
    ("event", "error"),
    [
        (as_event({"error": {"message": "boom", "type": "server_error"}}), BackendFailed),
        (as_event({"error": "boom"}), BackendFailed),
        (as_event({"error": {"message": "boom", "code": 503}}), Busy),
        (as_event({"error": {"message": "boom", "type": "rate_limit_error"}}), Busy),
        (b'error: {"code":400,"message":"boom","type":"invalid_request_error"}\n\n', InvalidRequest),
        (b'event: error\ndata: {"message": "boom"}\n\n', BackendFailed),
    ],
)
def test_an_error_inside_the_stream_is_an_error(
    far: FarServer, backend: OpenaiApi, event: bytes, error: type[CatwalkError]
) -> None:
    far.answer(CHAT, as_events(delta("Tea"), event, DONE))
    pieces = backend.complete((Message("user", "Hm?"),), options=BRIEF)

    assert next(pieces) == "Tea"
    with pytest.raises(error, match="boom"):
        next(pieces)


@pytest.mark.parametrize(
    "reply",
    [
        as_events(delta("Tea")),
        as_events(),
        as_events(delta("Tea"), delta("Tea", "stop")[:-5]),
        as_events(delta("Tea"), fault="cut"),
        as_events(delta("Tea"), fault="reset"),
    ],
    ids=["no end", "empty", "half an event", "cut", "reset"],
)
def test_a_completion_that_breaks_off_is_never_a_short_answer(far: FarServer, backend: OpenaiApi, reply: Reply) -> None:
    far.answer(CHAT, reply)

    with pytest.raises(RemoteUnavailable, match="broke off in the middle"):
        complete(backend)


@pytest.mark.parametrize("event", [b"data: {oops\n\n", b"data: 7\n\n", as_event({"choices": [7]})])
def test_an_event_that_is_no_completion_is_an_error(far: FarServer, backend: OpenaiApi, event: bytes) -> None:
    far.answer(CHAT, as_events(event, DONE))

    with pytest.raises(BackendFailed, match="sent an event that is no"):
        complete(backend)


def test_an_answer_that_a_filter_stopped_is_an_error(far: FarServer, backend: OpenaiApi) -> None:
    far.answer(CHAT, as_events(delta("Tea"), delta("", "content_filter"), DONE))

    with pytest.raises(InvalidRequest, match="content filter"):
        complete(backend)


def test_closing_a_completion_hangs_up(far: FarServer, backend: OpenaiApi) -> None:
    far.answer(CHAT, as_events(delta("Tea"), fault="endless"))
    pieces: Any = backend.complete((Message("user", "Hm?"),), options=BRIEF)

    next(pieces)
    pieces.close()

    assert far.hung_up.wait(5)


def test_reasoning_models_are_asked_in_their_own_words(far: FarServer, backend: OpenaiApi) -> None:
    far.answer(
        CHAT,
        complain(400, "Use 'max_completion_tokens'", param="max_tokens", code="unsupported_parameter"),
        complain(400, "Only the default (1)", param="temperature", code="unsupported_value"),
    )

    assert complete(backend) == complete(backend) == "A kettle on a stove."
    assert [len(far.asked), "temperature" in far.asked[3].fields] == [4, False]
    assert far.asked[3].fields["max_completion_tokens"] == 50


def test_any_other_parameter_that_is_not_taken_is_an_error(far: FarServer, backend: OpenaiApi) -> None:
    far.answer(SPEECH, complain(400, "no speed here", param="speed", code="unsupported_value"))

    with pytest.raises(InvalidRequest, match="no speed here"):
        speak(backend)

    assert len(far.asked) == 1


# --- images


def test_images_of_a_message_travel_inside_it(far: FarServer, backend: OpenaiApi) -> None:
    turn = Message("user", "What is it?", (PNG, b"\xff\xd8\xff\xe0", b"GIF89a", b"RIFF\x00\x00\x00\x00WEBP"))

    list(backend.complete((turn,), options=BRIEF))

    text, *images = far.asked[0].fields["messages"][0]["content"]
    assert text == {"type": "text", "text": "What is it?"}
    starts = [image["image_url"]["url"].partition(",")[0] for image in images]
    assert starts == [f"data:image/{kind};base64" for kind in ("png", "jpeg", "gif", "webp")]


def test_an_image_of_an_unknown_kind_is_refused(far: FarServer, backend: OpenaiApi) -> None:
    with pytest.raises(InvalidRequest, match="PNG, JPEG, GIF or WebP"):
        backend.caption(b"<svg/>")

    assert far.asked == []


def test_a_caption_is_one_line(far: FarServer, backend: OpenaiApi) -> None:
    caption = backend.caption(PNG, prompt="What is on the stove?")

    assert caption == "A kettle on a stove."
    assert far.asked[0].fields["messages"][0]["content"][0]["text"] == "What is on the stove?"
    assert "stream" not in far.asked[0].fields


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        ({"choices": [{"message": {"content": None}, "finish_reason": "length"}]}, "empty caption"),
        ({"choices": []}, "no message"),
        ({"error": {"message": "no eyes"}}, "says: no eyes"),
        ([], "no JSON object"),
    ],
)
def test_an_answer_without_a_caption_is_an_error(
    far: FarServer, backend: OpenaiApi, body: object, complaint: str
) -> None:
    far.answer(CHAT, as_json(body))

    with pytest.raises(BackendFailed, match=complaint):
        backend.caption(PNG)


def test_a_picture_comes_as_png(far: FarServer, backend: OpenaiApi) -> None:
    (picture,) = backend.illustrate("A kettle", width=512, height=256, seed=7)

    assert picture == PNG
    assert far.asked[0].fields == {
        "model": "far-model",
        "prompt": "A kettle",
        "n": 1,
        "size": "512x256",
        "response_format": "b64_json",
        "seed": 7,
    }


def test_a_model_that_always_answers_with_the_picture_is_not_told_to(far: FarServer, backend: OpenaiApi) -> None:
    far.answer(IMAGES, complain(400, "Unknown parameter", param="response_format", code="unknown_parameter"))

    assert list(backend.illustrate("A kettle", width=512, height=512)) == [PNG]
    assert "response_format" not in far.asked[1].fields
    assert "seed" not in far.asked[1].fields


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        ({"data": [{"url": "http://169.254.169.254/picture.png"}]}, "which is not fetched"),
        ({"data": []}, "no picture"),
        ({"data": [{"b64_json": "!!!"}]}, "no picture"),
        ({"data": [{"b64_json": None}]}, "no picture"),
        ({"data": [{"b64_json": "/9j/4AAQ"}]}, "no PNG"),
    ],
)
def test_an_answer_without_a_png_is_an_error(
    far: FarServer, backend: OpenaiApi, body: dict[str, Any], complaint: str
) -> None:
    far.answer(IMAGES, as_json(body))

    with pytest.raises(BackendFailed, match=complaint):
        list(backend.illustrate("A kettle", width=512, height=512))
