"""Several takes in one hearing: whisper listens in windows of 30 s and asks as much for 2 s as for 28."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from catwalk.audio.waveform import Waveform
from catwalk.reader.hearing import say_figures
from catwalk.reader.pronounce import pronounce
from catwalk.reader.sounds import compare_sounds
from catwalk.reader.wording import Token, split_words
from catwalk.tasks import Segment, Transcription, Word, drop_sounds

WINDOW_S = 29.0
"""A second short of whisper's 30, so that the last words are never at the rim."""

GAP_S = 0.5
"""Silence between takes. Measured on 130 takes: gaps of 0.15 to 1.0 s, silent or faintly noisy, hear equally well."""


@dataclass(frozen=True, slots=True)
class Window:
    """Takes that are heard together."""

    indices: tuple[int, ...]
    """Which takes, by their place in what was packed, ascending."""

    takes: tuple[Waveform, ...]

    offsets_s: tuple[float, ...]
    """Where each take begins in the joined waveform."""

    gap_s: float


def pack(takes: Sequence[Waveform], *, window_s: float = WINDOW_S, gap_s: float = GAP_S) -> list[Window]:
    """Lay takes into as few windows as first-fit finds; each take goes into the first window with room for it.

    A take longer than ``window_s`` gets a window of its own.
    """
    contents: list[list[int]] = []
    lengths: list[float] = []
    for index, take in enumerate(takes):
        needed = take.duration_s + gap_s
        for window, length in enumerate(lengths):
            if length + take.duration_s <= window_s:
                contents[window].append(index)
                lengths[window] += needed
                break
        else:
            contents.append([index])
            lengths.append(needed)
    return [_window(indices, takes, gap_s) for indices in contents]


def _window(indices: Sequence[int], takes: Sequence[Waveform], gap_s: float) -> Window:
    offsets, at_s = [], 0.0
    for index in indices:
        offsets.append(at_s)
        at_s += takes[index].duration_s + gap_s
    return Window(tuple(indices), tuple(takes[index] for index in indices), tuple(offsets), gap_s)


def join(window: Window) -> Waveform:
    """The takes of a window as one waveform, silence between them.

    Raises:
        ValueError: the takes differ in rate.
    """
    gap = Waveform.silence(window.gap_s, window.takes[0].rate_hz)
    parts = [part for take in window.takes for part in (take, gap)]
    return Waveform.join(parts[:-1])


def list_words(heard: Transcription | Sequence[Segment]) -> list[Word]:
    """Every word that was heard; segments without word times get them by the length of the words."""
    words: list[Word] = []
    for segment in heard.segments if isinstance(heard, Transcription) else heard:
        words.extend(segment.words or _spread(segment))
    return words


def _spread(segment: Segment) -> list[Word]:
    texts = segment.text.split()
    n_chars = sum(len(text) + 1 for text in texts)
    scale = (segment.end_s - segment.start_s) / n_chars if n_chars else 0.0
    words, at_s = [], segment.start_s
    for text in texts:
        end_s = at_s + scale * (len(text) + 1)
        words.append(Word(text, at_s, end_s, 1.0))
        at_s = end_s
    return words


def assign(window: Window, texts: Sequence[str], words: Sequence[Word]) -> list[list[Word]]:
    """Give each take of a window the words that were heard in it.

    The words heard are aligned with all that was to be said in the window. A word goes where it fits; where it fits in
    two takes or in none, its time decides. So a word missing at the end of one take is not made up from the start of
    the next, and words too many stay where they were heard.

    Args:
        window: The takes.
        texts: What each take was to say, in the order of ``window.indices``.
        words: What was heard in the joined waveform, in order, times counted from its start.

    Returns:
        For each take its words, times counted from the take's start.
    """
    owners = _Assignment(window, texts, words).owners()
    shares: list[list[Word]] = [[] for _ in window.takes]
    for owner, word in zip(owners, words, strict=True):
        offset_s = window.offsets_s[owner]
        shares[owner].append(Word(word.text, word.start_s - offset_s, word.end_s - offset_s, word.probability))
    return shares


_SLACK_S = 0.25
_COST_PER_S = 0.8
_MOST = 3.0
"""A word's time may be this far out before it counts, then costs so much for each second, at most so much."""


class _Assignment:
    """Edit distance over a whole window, in which every step knows the take that it is in."""

    def __init__(self, window: Window, texts: Sequence[str], words: Sequence[Word]) -> None:
        self._window = window
        self._words = words
        # None stands between two takes: passing it costs nothing and moves on to the next take.
        self._expected: list[Token | None] = []
        self._take: list[int] = []
        for take, text in enumerate(texts):
            tokens: list[Token | None] = [*split_words(pronounce(drop_sounds(text)), fold_numbers=False)]
            tokens = tokens if take == len(texts) - 1 else [*tokens, None]
            self._expected += tokens
            self._take += [take] * len(tokens)
        self._take.append(len(texts) - 1)
        self._heard: list[tuple[Token | None, int]] = []
        for index, word in enumerate(words):
            tokens = [*split_words(say_figures(word.text), fold_numbers=False)] or [None]
            self._heard += [(token, index) for token in tokens]

    def owners(self) -> list[int]:
        """The take of each word."""
        late = [[self._late(word, take) for take in range(len(self._window.takes))] for word in self._words]
        rows = [[0.0]]
        for _, word in self._heard:
            rows[0].append(rows[0][-1] + 1.0 + late[word][self._take[0]])
        for i, wanted in enumerate(self._expected):
            above, here, following = rows[-1], self._take[i], self._take[i + 1]
            skip = 0.0 if wanted is None else 1.0
            left = above[0] + skip
            row = [left]
            for j, (got, word) in enumerate(self._heard):
                left = min(above[j + 1] + skip, left + 1.0 + late[word][following])
                if wanted is not None:
                    left = min(left, above[j] + _exchange(wanted, got) + late[word][here])
                row.append(left)
            rows.append(row)
        return self._walk_back(rows, late)

    def _walk_back(self, rows: list[list[float]], late: list[list[float]]) -> list[int]:
        owners = [0] * len(self._words)
        i, j = len(self._expected), len(self._heard)
        while j:
            got, word = self._heard[j - 1]
            wanted = self._expected[i - 1] if i else None
            cost = rows[i][j]
            if i and wanted is not None:
                here = self._take[i - 1]
                if abs(cost - rows[i - 1][j - 1] - _exchange(wanted, got) - late[word][here]) < 1e-9:
                    owners[word] = here
                    i, j = i - 1, j - 1
                    continue
            if i and abs(cost - rows[i - 1][j] - (0.0 if wanted is None else 1.0)) < 1e-9:
                i -= 1
            else:
                owners[word] = self._take[i]
                j -= 1
        return owners

    def _late(self, word: Word, take: int) -> float:
        start_s = self._window.offsets_s[take]
        end_s = start_s + self._window.takes[take].duration_s
        middle_s = (word.start_s + word.end_s) / 2
        out_s = max(start_s - middle_s, middle_s - end_s, 0.0)
        return min(_MOST, max(0.0, out_s - _SLACK_S) * _COST_PER_S)


def _exchange(wanted: Token, got: Token | None) -> float:
    if got is None:
        return 1.0
    return 0.0 if wanted.key == got.key else 0.4 + compare_sounds(wanted.sounds, got.sounds)
