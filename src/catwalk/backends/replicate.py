"""A model that Replicate serves, through its predictions API and its official client: every task, files both ways."""

from __future__ import annotations

import contextlib
import dataclasses
import io
import logging
import os
import time
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Self

import httpx

from catwalk.audio.codec import AudioFormat, decode, encode
from catwalk.audio.waveform import Waveform
from catwalk.backends.generation import StopFilter, refuse_images
from catwalk.backends.remote import predictions
from catwalk.backends.remote.endpoint import Endpoint, join_pieces, read_key
from catwalk.backends.remote.problems import Problem
from catwalk.errors import AudioUnreadable, Cancelled, CatwalkError, InvalidRequest, UnknownVoice
from catwalk.picture import decode_picture
from catwalk.tasks import (
    CALLER_HAS_LEFT,
    CompleteOptions,
    Completion,
    Message,
    Progress,
    Segment,
    Task,
    TranscribeOptions,
    Transcription,
    VoiceInfo,
    VoiceRef,
    drop_sounds,
)

URL = "https://api.replicate.com"
_RATE_HZ = 24_000
_MAX_WAIT_S = 86_400.0

Fields = dict[str, Any]

log = logging.getLogger("catwalk.replicate")


@dataclass(frozen=True, slots=True)
class _Options:
    model: str
    """``OWNER/NAME``, or ``OWNER/NAME:VERSION``."""

    url: str = URL
    key_env: str = "REPLICATE_API_TOKEN"
    inputs: Mapping[str, Any] = field(default_factory=dict)
    """Given to every prediction as they are."""

    rename: Mapping[str, str] = field(default_factory=dict)
    """The model's own names for inputs; an empty one leaves the input out."""

    voices: tuple[str, ...] = ()
    poll_s: float = 0.5
    timeout_s: float = 600.0
    usd_per_s: float | None = None
    lanes: int = 8

    @classmethod
    def parse(cls, options: Mapping[str, Any]) -> _Options:
        names = [each.name for each in dataclasses.fields(cls)]
        if unknown := sorted(set(options) - set(names)):
            raise InvalidRequest(f"replicate knows the options {', '.join(names)}, not {', '.join(unknown)}")
        for name in ("model", "url", "key_env"):
            value = options.get(name, "" if name == "model" else "-")
            if not isinstance(value, str) or not value.strip():
                raise InvalidRequest(f"replicate's option {name} is a text that is not empty, not {value!r}")
        for name, highest in (("poll_s", 60.0), ("timeout_s", _MAX_WAIT_S), ("usd_per_s", 1e6)):
            value = options.get(name, 1.0)
            if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= highest:
                raise InvalidRequest(f"replicate's option {name} is a number above 0 and at most {highest:g}")
        for name in ("inputs", "rename"):
            if not isinstance(options.get(name, {}), Mapping):
                raise InvalidRequest(f"replicate's option {name} is a table, not {options[name]!r}")
        lanes = options.get("lanes", 8)
        if isinstance(lanes, bool) or not isinstance(lanes, int) or not 1 <= lanes <= 256:
            raise InvalidRequest(f"replicate's option lanes is a whole number from 1 to 256, not {lanes!r}")
        return cls(**{**options, "voices": tuple(options.get("voices", ()))})


@dataclass(frozen=True, slots=True)
class Bill:
    """What a prediction took there."""

    cold_start_s: float | None
    """From its creation to its start: the wait for a machine and for the model to load."""

    run_s: float | None
    usd: float | None
    """``run_s`` at the price that the options name; Replicate itself does not say."""


class Replicate:
    """One model there, called by every lane; the lanes only wait."""

    tasks: ClassVar[frozenset[Task]] = frozenset(
        {Task.TRANSCRIBE, Task.SYNTHESIZE, Task.CAPTION, Task.COMPLETE, Task.ILLUSTRATE}
    )
    requires: ClassVar[tuple[str, ...]] = ("replicate", "httpx")
    is_remote: ClassVar[bool] = True
    """Its worker only waits, and is not stuck while it does."""

    def __init__(self, client: Any, endpoint: Endpoint, options: _Options, key: str) -> None:
        self.lanes = options.lanes
        self.last_bill: Bill | None = None
        """Of the prediction that ended last."""

        self._client = client
        self._endpoint = endpoint
        self._options = options
        self._key = key
        self._files = httpx.Client(timeout=httpx.Timeout(60.0, connect=10.0), headers={"User-Agent": "catwalk"})

    @classmethod
    def load(cls, weights: Path | None, options: Mapping[str, Any]) -> Self:
        """See :class:`catwalk.tasks.Backend`; contacts nobody, and ``weights`` are not looked at.

        Options: ``model``, ``OWNER/NAME`` or ``OWNER/NAME:VERSION``; ``key_env``, environment variable with the
        key (``REPLICATE_API_TOKEN``); ``inputs``, given to every prediction; ``rename``, the model's own names for
        inputs; ``voices``, names that it offers; ``poll_s``, seconds between looks (0.5); ``timeout_s``, longest wait
        for a prediction, a cold start included (600); ``usd_per_s``, price of a second; ``lanes``, calls at once (8);
        ``url``.
        """
        del weights
        parsed = _Options.parse(options)
        url = predictions.read_base(parsed.url)
        predictions.read_reference(parsed.model)
        key = read_key(parsed.key_env, os.environ)
        import replicate  # noqa: PLC0415 - only a worker of this backend needs it

        client = replicate.Client(api_token=key, base_url=url, timeout=httpx.Timeout(30.0, connect=10.0))
        client.poll_interval = parsed.poll_s
        endpoint = Endpoint(
            httpx.URL(url), key_env=parsed.key_env, key=key, timeout_s=parsed.timeout_s, connect_timeout_s=10.0
        )
        return cls(client, endpoint, parsed, key)

    def warm_up(self) -> None:
        """See :class:`catwalk.tasks.Backend`: nothing, because an outage there must not fail a load here."""

    def close(self) -> None:
        """Let go of the connections that were kept; a worker's go with its process."""
        self._files.close()
        self._endpoint.close()
        self._client._client.close()

    def voices(self) -> list[VoiceInfo]:
        """See :class:`catwalk.tasks.Backend`: what the options say; ``mul`` stands for many languages."""
        return [
            VoiceInfo(name, "mul", f"{self._options.model} at {self._endpoint.address}")
            for name in self._options.voices
        ]

    def synthesize(self, text: str, *, voice: VoiceRef, speed: float = 1.0) -> Iterator[Waveform]:
        """See :class:`catwalk.tasks.Synthesizer`: one piece, because the sound comes as a file."""
        if voice.latents is not None:
            raise UnknownVoice(f"{voice.name!r} was made from clips on this machine; it is not there", param="voice")
        if self._options.voices and voice.name not in self._options.voices:
            known = ", ".join(self._options.voices)
            raise UnknownVoice(f"{self._options.model} speaks as {known}, not as {voice.name!r}", param="voice")
        wanted: Fields = {"text": drop_sounds(text), "voice": voice.name} | ({"speed": speed} if speed != 1.0 else {})
        content = self._download(predictions.find_file(self._finish(wanted)))
        try:
            yield decode(io.BytesIO(content), rate_hz=_RATE_HZ)
        except AudioUnreadable as error:
            raise self._endpoint.misunderstand(f"answered sound that cannot be read: {error}") from error

    def transcribe(self, waveform: Waveform, *, options: TranscribeOptions) -> Iterator[Segment | Transcription]:
        """See :class:`catwalk.tasks.Transcriber`; nothing comes before all of it is heard."""
        upload = {"audio": ("recording.wav", encode(waveform, AudioFormat.WAV))}
        wanted: Fields = {"language": options.language, "prompt": options.prompt, "temperature": options.temperature}
        output = self._finish({name: value for name, value in wanted.items() if value}, upload)
        try:
            heard = predictions.to_transcription(output, waveform.duration_s, options)
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            raise self._endpoint.misunderstand(f"answered no transcription: {error!r}") from error
        yield from heard.segments
        yield heard

    def complete(self, messages: tuple[Message, ...], *, options: CompleteOptions) -> Iterator[str | Completion]:
        """See :class:`catwalk.tasks.Completer`. What is said comes as often as the prediction is looked at."""
        refuse_images(messages, "replicate")
        if options.json:
            raise InvalidRequest("replicate cannot promise JSON", param="response_format")
        stops, n_read = StopFilter(options.stop), 0
        counts: tuple[int | None, int | None] = (None, None)
        with contextlib.closing(self._follow(predictions.to_inputs(messages, options))) as looks:
            for prediction in looks:
                text = predictions.to_text(prediction.output)
                piece, n_read = stops.feed(text[n_read:]), len(text)
                counts = predictions.read_counts(prediction)
                if piece:
                    yield piece
                if stops.stopped:
                    break
        if rest := stops.close():
            yield rest
        n_prompt, n_answer = counts
        is_cut = not stops.stopped and n_answer is not None and n_answer == options.max_tokens
        yield Completion(stops.text, "length" if is_cut else "stop", n_prompt, n_answer)

    def caption(self, image: bytes, *, prompt: str | None = None) -> str:
        """See :class:`catwalk.tasks.Captioner`."""
        decode_picture(image)  # before anybody pays for a machine that then cannot read it
        upload = {"image": ("image", image)}
        said = predictions.to_text(self._finish({"prompt": prompt} if prompt else {}, upload))
        caption = " ".join(said.split()).removeprefix("Caption: ")  # as Salesforce's BLIP there begins
        if not caption:
            raise self._endpoint.misunderstand("answered with an empty caption")
        return caption

    def illustrate(
        self, prompt: str, *, width: int | None = None, height: int | None = None, seed: int | None = None
    ) -> Iterator[Progress | bytes]:
        """See :class:`catwalk.tasks.Illustrator`; a picture of another kind becomes a PNG."""
        wanted = {"prompt": prompt, "width": width, "height": height, "seed": seed}
        output = self._finish({name: value for name, value in wanted.items() if value is not None})
        content = self._download(predictions.find_file(output))
        try:
            picture = decode_picture(content)
        except InvalidRequest as error:
            raise self._endpoint.misunderstand(f"answered no picture: {error}") from error
        png = io.BytesIO()
        picture.save(png, "PNG")
        yield png.getvalue()

    # --- predictions

    def _finish(self, wanted: Fields, uploads: Mapping[str, tuple[str, bytes]] | None = None) -> Any:
        """The whole output of a prediction."""
        *_, prediction = self._follow(wanted, uploads)
        if prediction.output is None:
            raise self._endpoint.misunderstand("answered without an output")
        return prediction.output

    def _follow(
        self, wanted: Fields, uploads: Mapping[str, tuple[str, bytes]] | None = None
    ) -> Generator[Any, None, None]:
        """The prediction, whenever it has some output, and last when it is whole; closing it cancels the prediction."""
        with contextlib.ExitStack() as stack, self._explaining():
            for name, (filename, content) in (uploads or {}).items():
                wanted = wanted | {name: self._upload(stack, filename, content)}
            prediction = self._create(wanted)
            finished = False
            try:
                deadline_s = time.monotonic() + self._options.timeout_s
                while prediction.status in {"starting", "processing"}:
                    if prediction.output:
                        yield prediction
                    if CALLER_HAS_LEFT.get()():
                        raise Cancelled("the caller went away")
                    if time.monotonic() > deadline_s:
                        raise self._endpoint.break_off(f"no end after {self._options.timeout_s:g} s")
                    time.sleep(self._options.poll_s)
                    prediction.reload()
                finished = True
            finally:
                if not finished:
                    with contextlib.suppress(*_failures()):
                        prediction.cancel()
            self._settle(prediction)
            yield prediction

    def _create(self, wanted: Fields) -> Any:
        renamed = {self._options.rename.get(name, name): value for name, value in wanted.items()}
        inputs = {**self._options.inputs, **{name: value for name, value in renamed.items() if name}}
        owner, name, version = predictions.read_reference(self._options.model)
        if version:
            return self._client.predictions.create(version=version, input=inputs)
        return self._client.models.predictions.create(model=(owner, name), input=inputs)

    def _upload(self, stack: contextlib.ExitStack, filename: str, content: bytes) -> str:
        """Address of an uploaded file, which is deleted when the prediction is over."""
        file = self._client.files.create(io.BytesIO(content), filename=filename)

        def forget() -> None:
            with contextlib.suppress(*_failures()):
                self._client.files.delete(file.id)

        stack.callback(forget)
        return str(file.urls["get"])

    def _settle(self, prediction: Any) -> None:
        """Note what a finished prediction took, and raise where it failed."""
        cold_start_s, run_s = predictions.read_times(prediction)
        usd = run_s * self._options.usd_per_s if run_s is not None and self._options.usd_per_s else None
        self.last_bill = Bill(cold_start_s, run_s, usd)
        log.info(
            "prediction %s of %s: %s, cold start %s s, run %s s, cost %s USD",
            prediction.id, self._options.model, prediction.status, cold_start_s, run_s, usd,
        )  # fmt: skip
        if prediction.status != "succeeded":
            said = str(prediction.error or "no reason given")
            raise self._endpoint.misunderstand(f"{self._options.model} {prediction.status}: {said[:500]}")

    def _download(self, url: str | None) -> bytes:
        """A file of the output; the key goes to the API's own host and nowhere else."""
        if url is None:
            raise self._endpoint.misunderstand("answered without a file")
        if url.startswith("data:"):
            return predictions.read_data(url)
        home = httpx.URL(self._endpoint.address)
        try:
            address = httpx.URL(url)
            if address.scheme != "https" and address.host != home.host:
                raise self._endpoint.misunderstand(f"names a file that is not at an https address: {address.host}")
            is_home = (address.scheme, address.netloc) == (home.scheme, home.netloc)
            headers = {"Authorization": f"Bearer {self._key}"} if is_home else {}
            with self._files.stream("GET", address, headers=headers) as answer:
                if not answer.is_success:
                    raise self._endpoint.misunderstand(f"does not hand out its file ({answer.status_code})")
                return join_pieces(self._endpoint, answer.iter_bytes())
        except httpx.InvalidURL as error:
            raise self._endpoint.misunderstand(f"names a file that is no address: {url[:80]}") from error
        except httpx.HTTPError as error:
            raise self._endpoint.explain(error, begun=True) from error

    @contextlib.contextmanager
    def _explaining(self) -> Iterator[None]:
        """Turns what the client raises into errors of the tree."""
        from replicate.exceptions import ReplicateError  # noqa: PLC0415 - see load

        try:
            yield
        except CatwalkError:
            raise
        except ReplicateError as error:
            said = " ".join(str(part) for part in (error.title, error.detail) if part) or "no reason given"
            raise self._endpoint.refuse(error.status or 500, Problem(said)) from error
        except httpx.HTTPError as error:
            raise self._endpoint.explain(error) from error
        except (LookupError, TypeError, ValueError) as error:  # pydantic's errors are ValueErrors
            raise self._endpoint.misunderstand(f"answered no prediction: {error!r}") from error


def _failures() -> tuple[type[Exception], ...]:
    """What the client raises where cleaning up fails, which changes nothing."""
    from replicate.exceptions import ReplicateError  # noqa: PLC0415 - see load

    return (ReplicateError, httpx.HTTPError, ValueError, LookupError, TypeError)
