"""Whatever goes wrong on the other side is a typed error here, and no key gets out."""

from __future__ import annotations

import contextlib
import email.utils
import logging
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from far_calls import KEY, Loader, complete, hear, loader, speak
from far_server import (
    CHAT,
    HEARING,
    PNG,
    SPEECH,
    FarServer,
    Reply,
    as_events,
    as_sound,
    complain,
    delta,
    run,
    tone,
    wav_header,
)

from catwalk.backends.openai_api import OpenaiApi
from catwalk.errors import (
    BackendFailed,
    Busy,
    CatwalkError,
    InvalidRequest,
    KeyRefused,
    NeverFits,
    RemoteUnavailable,
    TextTooLong,
    UploadTooLarge,
)


@pytest.fixture
def far() -> Iterator[FarServer]:
    yield from run()


@pytest.fixture
def load(far: FarServer) -> Iterator[Loader]:
    yield from loader(far)


@pytest.fixture
def backend(load: Loader) -> OpenaiApi:
    return load()


# --- failures of the other side


@pytest.mark.parametrize(
    ("reply", "error", "complaint"),
    [
        (complain(400, "input is odd", param="input"), InvalidRequest, "input is odd"),
        (complain(404, "no such model", code="model_not_found"), InvalidRequest, "no such model"),
        (complain(422, "no such size"), InvalidRequest, "no such size"),
        (complain(400, "too long", code="text_too_long"), TextTooLong, "too long"),
        (complain(413, "too large"), UploadTooLarge, "too large"),
        (complain(422, "too big", code="model_never_fits"), NeverFits, "too big"),
        (complain(500, "boom"), BackendFailed, r"boom \(500\)"),
        (Reply(501, {}, (), "length"), BackendFailed, "501 Not Implemented"),
        (Reply(502, {}, (b"<html>Bad Gateway</html>",), "length"), RemoteUnavailable, "502 Bad Gateway"),
        (complain(504, "upstream"), RemoteUnavailable, "upstream"),
        (complain(408, "slow"), RemoteUnavailable, "slow"),
        (complain(429, "slow down"), Busy, "slow down"),
        (complain(503, "loading model"), Busy, "loading model"),
        (complain(403, "not this model"), KeyRefused, "wants a key.*key_env"),
        (complain(401, "no key"), KeyRefused, "wants a key.*key_env"),
    ],
)
def test_an_error_status_is_an_error_of_the_tree_in_the_other_sides_words(
    far: FarServer, backend: OpenaiApi, reply: Reply, error: type[CatwalkError], complaint: str
) -> None:
    far.answer(SPEECH, reply)

    with pytest.raises(error, match=complaint) as caught:
        speak(backend)

    assert type(caught.value) is error
    assert caught.value.message.startswith(f"{far.url}/v1 ")
    assert caught.value.should_retry is None or caught.value.status == 500


@pytest.mark.parametrize(("said", "wait_s"), [("7", 7.0), ("0.5", 0.5), ("-3", 0.0), ("99999", 3600.0), ("soon", 1.0)])
def test_the_other_sides_wait_is_handed_on(far: FarServer, backend: OpenaiApi, said: str, wait_s: float) -> None:
    far.answer(SPEECH, complain(429, "slow down", Retry_After=said))

    with pytest.raises(Busy) as caught:
        speak(backend)

    assert caught.value.retry_after_s == wait_s


def test_a_wait_may_be_told_as_a_date(far: FarServer, backend: OpenaiApi) -> None:
    date = email.utils.formatdate(time.time() + 60, usegmt=True)
    far.answer(SPEECH, complain(503, "later", Retry_After=date))

    with pytest.raises(Busy) as caught:
        speak(backend)

    assert caught.value.retry_after_s == pytest.approx(60, abs=5)


def test_a_key_that_is_refused_is_named_and_not_shown(
    far: FarServer, load: Loader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAR_KEY", KEY)
    far.key = "another"

    with pytest.raises(KeyRefused, match="does not take the key in FAR_KEY") as caught:
        speak(load(key_env="FAR_KEY"))

    assert KEY[-4:] not in caught.value.message
    assert caught.value.status == 424


@pytest.mark.parametrize("status", [400, 403, 429, 500, 502])
def test_a_key_that_the_other_side_repeats_is_not_shown(
    far: FarServer, load: Loader, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, status: int
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("FAR_KEY", KEY)
    far.answer(SPEECH, complain(status, f"you said {KEY}"))

    with pytest.raises(CatwalkError, match=r"you said \[key\]") as caught:
        speak(load(key_env="FAR_KEY"))

    assert KEY not in caught.value.message
    assert KEY not in caplog.text


def test_a_redirect_is_an_error_and_carries_no_key_away(
    far: FarServer, load: Loader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAR_KEY", KEY)
    for other in run():
        where = other.url.replace("//", "//me:hush@")
        far.answer(SPEECH, Reply(307, {"Location": f"{where}/v1/audio/speech?token=hush"}, (), "length"))

        with pytest.raises(BackendFailed, match="set url to where it really is") as caught:
            speak(load(key_env="FAR_KEY"))

        assert other.asked == []
        assert f"{other.url}/v1/audio/speech" in caught.value.message
        assert "hush" not in caught.value.message


# --- no answer at all


def test_a_closed_port_is_said_to_be_unreachable(load: Loader) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"

    with pytest.raises(RemoteUnavailable, match=f"{url}/v1 cannot be reached") as caught:
        speak(load(url=url))

    assert (caught.value.status, caught.value.code) == (503, "remote_unavailable")
    assert caught.value.retry_after_s


def test_a_host_that_does_not_exist_is_said_to_be_unreachable(load: Loader) -> None:
    with pytest.raises(RemoteUnavailable, match=r"nobody\.invalid/v1 cannot be reached"):
        complete(load(url="http://nobody.invalid"))


def test_a_connection_that_cannot_be_encrypted_is_said_to_be_unreachable(far: FarServer, load: Loader) -> None:
    with pytest.raises(RemoteUnavailable, match=r"cannot be reached.*SSL"):
        load(url=far.url.replace("http:", "https:")).caption(PNG)


def test_a_host_that_takes_no_connection_is_given_up(load: Loader) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener, contextlib.ExitStack() as stack:
        for _ in range(4):  # what the kernel lets wait is full after two
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(listener.getsockname())
        far_away = load(url=f"http://127.0.0.1:{listener.getsockname()[1]}", connect_timeout_s=0.1)

        with pytest.raises(RemoteUnavailable, match=r"did not take a connection within 0\.1 s"):
            hear(far_away)


@pytest.mark.parametrize(
    ("path", "call", "reply", "complaint"),
    [
        (SPEECH, speak, as_sound(wav_header(), tone(0.1), fault="hang"), "0.2 s in the middle of its answer"),
        (CHAT, complete, as_events(delta("Tea"), fault="hang"), "0.2 s in the middle of its answer"),
        (HEARING, hear, Reply(pieces=(threading.Event(),)), "stood still for 0.2 s"),
    ],
    ids=["speech", "completion", "transcription"],
)
def test_an_endpoint_that_stands_still_is_given_up(
    far: FarServer, load: Loader, path: str, call: Callable[[OpenaiApi], object], reply: Reply, complaint: str
) -> None:
    far.answer(path, reply)

    with pytest.raises(RemoteUnavailable, match=complaint):
        call(load(timeout_s=0.2))


def test_an_endpoint_that_hangs_up_without_an_answer_is_unavailable(load: Loader) -> None:
    def hang_up() -> None:
        listener.accept()[0].close()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=hang_up, daemon=True).start()

        with pytest.raises(RemoteUnavailable, match="did not answer"):
            speak(load(url=f"http://127.0.0.1:{listener.getsockname()[1]}"))


def test_an_answer_that_is_no_http_is_unavailable(load: Loader) -> None:
    def greet() -> None:
        with listener.accept()[0] as connection:
            connection.sendall(b"220 mail.example ESMTP\r\n")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=greet, daemon=True).start()

        with pytest.raises(RemoteUnavailable, match="did not answer"):
            speak(load(url=f"http://127.0.0.1:{listener.getsockname()[1]}"))


def test_lanes_wait_for_the_network_side_by_side(far: FarServer, backend: OpenaiApi) -> None:
    all_there = threading.Barrier(4)
    far.answer(SPEECH, *[as_sound(wav_header(), all_there, tone(0.1))] * 4)

    with ThreadPoolExecutor(4) as lanes:
        heard = list(lanes.map(speak, [backend] * 4))

    assert [waveform.duration_s for waveform in heard] == [0.1] * 4
