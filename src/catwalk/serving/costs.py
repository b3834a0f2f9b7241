"""What runs cost and how often things are wanted, learned from the requests that came and were served."""

from __future__ import annotations

from dataclasses import dataclass, field

FORGETTING = 0.97
"""Weight of the past at each new observation: the last 30 or so count, so that a slower machine is noticed."""

FADING = 0.95
"""What is left of a long run's memory after each shorter one: half after 14."""

MIN_OBSERVATIONS = 3.0
"""A voice with fewer is predicted from its model as a whole."""

GAP_SHARE = 0.05
"""Weight of the newest gap: the last 20 or so count."""

UNKNOWN_RUN_S = 1.0
"""Guess before anything of a model was served."""

UNKNOWN_GAP_S = 30.0
"""Guess of the time between two requests before there were two."""


@dataclass(slots=True)
class Line:
    """Seconds as a straight line over size, fitted by least squares with forgetting."""

    weight: float = 0.0
    _x: float = 0.0
    _y: float = 0.0
    _xx: float = 0.0
    _xy: float = 0.0

    def learn(self, size: float, seconds: float) -> None:
        """Take in one observation."""
        self.weight = self.weight * FORGETTING + 1.0
        self._x = self._x * FORGETTING + size
        self._y = self._y * FORGETTING + seconds
        self._xx = self._xx * FORGETTING + size * size
        self._xy = self._xy * FORGETTING + size * seconds

    def predict(self, size: float) -> float:
        """Seconds for ``size``: fixed cost and slope, neither below zero; the mean while sizes do not differ."""
        if self.weight == 0.0:
            return UNKNOWN_RUN_S
        mean_x, mean_y = self._x / self.weight, self._y / self.weight
        spread = self._xx / self.weight - mean_x * mean_x
        if spread <= 1e-9 * max(1.0, mean_x * mean_x):
            return mean_y
        slope = max(0.0, (self._xy / self.weight - mean_x * mean_y) / spread)
        fixed = mean_y - slope * mean_x
        if fixed < 0.0 < mean_x:
            fixed, slope = 0.0, mean_y / mean_x
        return fixed + slope * size


@dataclass(slots=True)
class RunCosts:
    """What calls of one model cost: a line for the model, one for each voice, and what a voice's latents add."""

    long_s: float = 0.0
    """Longest of the recent runs, latents included: a run far in the past fades away."""

    _model: Line = field(default_factory=Line)
    _voices: dict[str, Line] = field(default_factory=dict)
    _latents_s: dict[str, float] = field(default_factory=dict)

    def expect_latents(self, voice: str, seconds: float) -> None:
        """Take in what is known of a voice's latents from before."""
        self._latents_s.setdefault(voice, seconds)

    def latents_s(self, voice: str | None) -> float:
        """Seconds that bringing in a voice's latents adds to a run."""
        return self._latents_s.get(voice, 0.0) if voice is not None else 0.0

    def predict(self, voice: str | None, size: float) -> float:
        """Seconds for a run whose voice's latents are held."""
        line = self._voices.get(voice) if voice is not None else None
        return (line if line is not None and line.weight >= MIN_OBSERVATIONS else self._model).predict(size)

    def learn(self, voice: str | None, size: float, run_s: float, *, loaded_voice: bool) -> None:
        """Take in a run; one that brought in latents teaches what they add, not what a run costs."""
        self.long_s = max(self.long_s * FADING, run_s)
        if loaded_voice and voice is not None:
            known_s = self._latents_s.get(voice)
            if self._model.weight > 0.0:
                excess_s = max(0.0, run_s - self.predict(voice, size))
                self._latents_s[voice] = excess_s if known_s is None else (known_s + excess_s) / 2
                return
            run_s = max(0.0, run_s - (known_s or 0.0))
        self._model.learn(size, run_s)
        if voice is not None:
            self._voices.setdefault(voice, Line()).learn(size, run_s)


@dataclass(slots=True)
class Demand:
    """How often something is wanted."""

    last_s: float | None = None
    gap_s: float = UNKNOWN_GAP_S
    n_seen: int = 0

    def note(self, now_s: float) -> None:
        """It was wanted now."""
        if self.last_s is not None:
            gap_s = now_s - self.last_s
            share = max(GAP_SHARE, 1.0 / self.n_seen)  # a plain mean at first, then forgetting
            self.gap_s += (gap_s - self.gap_s) * share
        self.last_s = now_s
        self.n_seen += 1

    def expected_s(self, now_s: float) -> float:
        """Seconds until it is likely wanted again: the usual gap, or as long as it has been quiet if that is more."""
        quiet_s = now_s - self.last_s if self.last_s is not None else 0.0
        return max(self.gap_s, quiet_s)
