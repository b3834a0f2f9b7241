"""How long posts will be to listen to, and to make."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from catwalk.podcast.discovery.posts import Post

WORDS_PER_S = 2.95
"""Of a post's words, pauses included and code summarised: 779 words became 262 s with hibari and 268 s with kokoro
(benchmarks/results/reading.json)."""

WORK_RATES = {"hibari": 12.9, "kokoro": 2.28}
"""Seconds of checked audio that a second of work gives on two cores (``reached x`` in the same file)."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """What an archive comes to."""

    n_posts: int
    n_known: int
    """Posts whose words were counted; the others are taken to have as many as the median of those."""

    audio_s: float | None
    """None where no post's words are known."""

    work_s: float | None
    """On a machine like the one measured; None where the model was not measured."""


def estimate_work(posts: Sequence[Post], *, model: str, speed: float = 1.0) -> Estimate:
    """Seconds of audio, and of work, that reading ``posts`` takes.

    Args:
        posts: All that would be read.
        model: The one that speaks.
        speed: Relative to the voice's own.
    """
    known = [post.n_words for post in posts if post.n_words]
    if not known:
        return Estimate(len(posts), 0, None, None)
    n_words = sum(known) + statistics.median(known) * (len(posts) - len(known))
    audio_s = n_words / WORDS_PER_S / speed
    rate = WORK_RATES.get(model)
    return Estimate(len(posts), len(known), audio_s, audio_s / rate if rate else None)
