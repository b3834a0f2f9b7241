"""How long an archive will be."""

from __future__ import annotations

from catwalk.podcast.discovery.posts import Post
from catwalk.podcast.estimate import WORDS_PER_S, estimate_work


def post(n_words: int | None) -> Post:
    return Post("https://example.com/tea", "Tea", n_words=n_words)


def test_posts_of_unknown_length_count_as_the_median_of_the_others() -> None:
    estimate = estimate_work([post(100), post(300), post(2000), post(None)], model="hibari")

    assert (estimate.n_posts, estimate.n_known) == (4, 3)
    assert estimate.audio_s == 2700 / WORDS_PER_S


def test_what_nobody_knows_is_unknown() -> None:
    assert estimate_work([post(None)], model="hibari").audio_s is None
    assert estimate_work([post(100)], model="of-my-own").work_s is None
    assert estimate_work([], model="hibari").audio_s is None


def test_a_faster_voice_takes_less_time() -> None:
    slow, fast = (estimate_work([post(100)], model="kokoro", speed=speed) for speed in (1.0, 2.0))

    assert slow.audio_s == 2 * (fast.audio_s or 0)
