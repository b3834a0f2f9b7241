"""The blend of a model's own voices that comes nearest to a voice of the library, which that model cannot clone."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from catwalk.audio.likeness import average, similarity
from catwalk.audio.waveform import Waveform
from catwalk.casting.blend_search import BlendSearch
from catwalk.casting.texts import CHECK_TEXTS, SEARCH_TEXT
from catwalk.client import Client
from catwalk.errors import InvalidRequest, UnknownVoice
from catwalk.reader.wording import split_words

_N_AT_ONCE = 2
"""Voices tried at once; Kokoro has as many lanes on two cores."""

_MIN_PRESETS = 3
_N_FINALISTS = 3
_ERROR_COST = 0.5
"""What one word error a word takes off the likeness, so that a fifth of the words wrong costs as much as 0.1."""

_SLACK = 0.03
"""Word errors a word beyond those of the nearest preset that a finalist may have."""

END_SHARE = 0.08
"""Share of the time that is kept for the finalists."""


@dataclass(frozen=True, slots=True)
class FitChoices:
    """How long to search, and with which models."""

    model: str
    """The one that speaks."""

    language: str = "en"
    """Of the voices that give the language: BCP 47, or its beginning."""

    encoder: str | None = None
    """The one that compares; the server's first when left out."""

    listener: str | None = "faster_whisper"
    """The one that counts word errors; None counts none."""

    limit_s: float = 600.0
    """When the search ends, checks included."""

    max_trials: int = 10_000
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Candidate:
    """How good one voice is, on sentences that were not searched with."""

    blend: str
    likeness: float
    """To the clips."""

    word_errors: float | None
    """A word; None where nobody listened."""


@dataclass(frozen=True, slots=True)
class Fit:
    """What came of a search."""

    fitted: Candidate
    preset: Candidate
    """The nearest of the model's own voices."""

    n_presets: int
    n_trials: int
    took_s: float
    search_likeness: float
    """Of the fitted voice, on the sentence that was searched with."""

    def to_json(self) -> dict[str, Any]:
        """As ``catwalk voices fit --json`` prints it."""
        return asdict(self) | {"gain": round(self.fitted.likeness - self.preset.likeness, 4)}


Report = Callable[[str, int, float], None]
"""Told what is done, how often it was done, and the best likeness so far."""


async def fit_voice(
    client: Client, name: str, choices: FitChoices, *, report: Report, stop: Callable[[], bool] = lambda: False
) -> Fit:
    """Search for the blend that is nearest to a voice's clips, and give it to the voice.

    Args:
        client: Of the server that has the voice.
        name: A voice of its library.
        choices: How long to search, and with which models.
        report: Told of the progress.
        stop: Asked before each step; once true, the best so far is checked and kept.

    Raises:
        UnknownVoice: there is no such voice with clips.
        InvalidRequest: the model has no voices of its own to blend.
        ServerAnswered: the server said no.
    """
    fitting = await _Fitting.begin(client, name, choices, report, stop)
    await fitting.rank_presets()
    await fitting.search()
    fit = await fitting.choose()
    await client.set_blend(name, fitting.backend, fit.fitted.blend)
    return fit


@dataclass(slots=True)
class _Fitting:
    client: Client
    choices: FitChoices
    report: Report
    stop: Callable[[], bool]
    backend: str
    target: tuple[float, ...]
    presets: list[str]
    first: str
    """The voice that gives blends their language."""

    started_s: float
    ranked: list[tuple[float, str]]
    engine: BlendSearch | None = None
    tops: list[tuple[float, str]] | None = None

    @classmethod
    async def begin(
        cls, client: Client, name: str, choices: FitChoices, report: Report, stop: Callable[[], bool]
    ) -> _Fitting:
        started_s = time.monotonic()
        known = {model.name: model for model in await client.models()}
        await client.load(choices.model)  # which tells its voices, if nothing did
        voices = await client.voices()
        clips = next((len(each["clips"]) for each in voices if each["name"] == name), 0)
        if not clips:
            raise UnknownVoice(f"the library has no voice {name!r} with clips; `catwalk voices add` makes one")
        own = [each for each in voices if each["kind"] == "preset" and choices.model in each["models"]]
        speaking = [each["name"] for each in own if (each["language"] or "").startswith(choices.language)]
        if len(own) < _MIN_PRESETS or not speaking:
            raise InvalidRequest(
                f"model {choices.model!r} has {len(own)} voices, {len(speaking)} of them in language"
                f" {choices.language!r}; at least {_MIN_PRESETS} are needed, and one in that language"
            )
        target = average(
            await client.embed_speakers(
                [await client.read_clip(name, number) for number in range(1, clips + 1)], model=choices.encoder
            )
        )
        backend = str(known[choices.model].raw.get("backend", choices.model))
        names = [each["name"] for each in own]
        return cls(client, choices, report, stop, backend, target, names, speaking[0], started_s, [])

    async def rank_presets(self) -> None:
        """Hear every voice of the model."""
        vectors: dict[str, tuple[float, ...]] = {}
        waiting = iter(self.presets)

        async def hear_presets() -> None:
            for preset in waiting:
                if self.stop() and len(vectors) >= _MIN_PRESETS:
                    return
                vectors[preset] = await self._hear(self._in_language(preset))
                best = max(similarity(vector, self.target) for vector in vectors.values())
                self.report(f"preset {preset}", len(vectors), best)

        await asyncio.gather(*(hear_presets() for _ in range(_N_AT_ONCE)))
        self.presets = [preset for preset in self.presets if preset in vectors]
        heard = [vectors[preset] for preset in self.presets]
        self.ranked = sorted(
            ((similarity(vectors[preset], self.target), preset) for preset in self.presets), reverse=True
        )
        self.engine = BlendSearch(self.presets, heard, self.target, seed=self.choices.seed)
        self.tops = []

    def _in_language(self, preset: str) -> str:
        return preset if preset == self.first else f"{self.first}(0)+{preset}(1)"

    def _time_left_s(self) -> float:
        return self.choices.limit_s * (1 - END_SHARE) - (time.monotonic() - self.started_s)

    async def search(self) -> None:
        """Try blends until the time is over or somebody says stop."""
        engine, tops = self.engine, self.tops
        assert engine is not None  # noqa: S101 - the presets were ranked
        assert tops is not None  # noqa: S101 - likewise

        async def try_blends() -> None:
            while self._time_left_s() > 0 and engine.n_tried < self.choices.max_trials and not self.stop():
                point = await asyncio.to_thread(engine.propose)
                blend = engine.write(point, self.first)
                take = await self._speak(blend, SEARCH_TEXT)
                (vector,) = await self.client.embed_speakers([take], model=self.choices.encoder)
                penalty, last = 0.0, tops[-1][0] if len(tops) == _N_FINALISTS else 0.0
                if similarity(vector, self.target) > last:  # only what would be a finalist is worth a hearing
                    penalty = _ERROR_COST * (await self._count_errors([(take, SEARCH_TEXT)]) or 0.0)
                trial = engine.learn(point, vector, penalty=penalty)
                tops[:] = sorted([*tops, (trial.score, blend)], reverse=True)[:_N_FINALISTS]
                self.report("blend", engine.n_tried, engine.best.score if engine.best is not None else 0.0)

        await asyncio.gather(*(try_blends() for _ in range(_N_AT_ONCE)))

    async def choose(self) -> Fit:
        """Check the best on other sentences, and take the one that is nearest without losing words."""
        tops, engine = self.tops or [], self.engine
        assert engine is not None  # noqa: S101 - the presets were ranked
        preset = await self._check(self._in_language(self.ranked[0][1]))
        checked = [await self._check(blend) for _, blend in tops]
        allowed = (preset.word_errors or 0.0) + _SLACK
        good = [each for each in checked if (each.word_errors or 0.0) <= allowed]
        fitted = max([preset, *good], key=lambda each: each.likeness)
        likeness = next((score for score, blend in tops if blend == fitted.blend), self.ranked[0][0])
        took_s = time.monotonic() - self.started_s
        return Fit(fitted, preset, len(self.presets), engine.n_tried, round(took_s, 1), round(likeness, 4))

    async def _check(self, blend: str) -> Candidate:
        takes = [(await self._speak(blend, text), text) for text in CHECK_TEXTS]
        vectors = await self.client.embed_speakers([take for take, _ in takes], model=self.choices.encoder)
        likeness = similarity(average(vectors), self.target)
        return Candidate(blend, round(likeness, 4), await self._count_errors(takes))

    async def _hear(self, blend: str) -> tuple[float, ...]:
        take = await self._speak(blend, SEARCH_TEXT)
        (vector,) = await self.client.embed_speakers([take], model=self.choices.encoder)
        return vector

    async def _speak(self, blend: str, text: str) -> Waveform:
        return await self.client.speak(text, model=self.choices.model, voice=blend)

    async def _count_errors(self, takes: Sequence[tuple[Waveform, str]]) -> float | None:
        """Word errors a word, of all takes together."""
        if self.choices.listener is None:
            return None
        n_errors = n_words = 0
        for take, text in takes:
            heard = await self.client.transcribe(
                take, model=self.choices.listener, language=self.choices.language[:2], fallback=False
            )
            n_errors += count_word_errors(text, heard.text)
            n_words += len(split_words(text))
        return round(n_errors / max(1, n_words), 4)


def count_word_errors(said: str, heard: str) -> int:
    """Least number of words to exchange, leave out or put in (Levenshtein), numbers and contractions made alike."""
    wanted, got = ([token.key for token in split_words(text)] for text in (said, heard))
    costs = list(range(len(got) + 1))
    for row, word in enumerate(wanted, 1):
        diagonal, costs[0] = costs[0], row
        for column, other in enumerate(got, 1):
            best = min(costs[column] + 1, costs[column - 1] + 1, diagonal + (word != other))
            diagonal, costs[column] = costs[column], best
    return costs[-1]
