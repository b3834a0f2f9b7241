"""Doubts: words that were to be said where others were heard, and what a listener finds more likely.

Whisper writes what its language model expects: "tried to" where "try to" was said, and no "C" before "coder". Asked
how likely either text is under the recording, it hardly prefers the one that it wrote; where a word is really wrong,
it does, by far.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from catwalk.reader.alignment import Difference
from catwalk.reader.wording import Token
from catwalk.tasks import Weight

# Log-likelihood ratios of the words that were to be said to those that were heard, from 60 planted faults in words and
# from the lines of 29 posts that were flagged and had been spoken rightly.
_LIKELY = -6.0
"""With the recording in the ear. Half of the faults lie below -10.8."""

_SUPPORTED = -4.5
"""The same less what the language alone makes of it, so that a word which grammar demands ("not the [fact] that") is
not taken as said. Of the faults above the first limit, one phrase said twice has 4.2, the others -5.1 or less; of the
lines that were right half have more than 0, and the least ("pic of figure four", heard as "pick a") has -4.0."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """One stretch in which what was heard is not what was to be said."""

    expected: str
    """The words that were to be said."""

    as_heard: str
    """The whole of what was heard."""

    as_expected: str
    """The same with the words in it that were to be said."""


def find_doubt(difference: Difference, heard: Sequence[Token], said: str) -> Doubt | None:
    """What a listener may be asked about a difference, if anything.

    Nothing where whole words were added: whisper holds a repetition to be unlikely even where it hears one. Nothing
    where the meaning turns on it, as with negations and numbers.

    Args:
        difference: Where they differ.
        heard: The words of ``said``.
        said: What was heard.
    """
    if difference.negates or difference.changes_number:
        return None
    words = said.split()
    if difference.heard:
        start, end = difference.heard[0].source, difference.heard[-1].source + 1
    else:
        start = end = heard[difference.at_heard - 1].source + 1 if difference.at_heard else 0
    last = difference.at_heard + len(difference.heard)
    before = [token for token in heard[: difference.at_heard] if start <= token.source < end]
    after = [token for token in heard[last:] if start <= token.source < end]
    if not difference.expected:  # "I'm" where "am" was to be said: half of one written word
        expected = " ".join(token.key for token in (*before, *after))
        return Doubt(expected, said, " ".join([*words[:start], expected, *words[end:]])) if expected else None
    if any(token.contracted for token in (*before, *difference.heard, *after)):
        return None
    # Both words of "I'll" stand there as one.
    expected = " ".join(shown for _, shown in dict.fromkeys((each.source, each.shown) for each in difference.expected))
    around = [" ".join(token.shown for token in side) for side in (before, after)]
    instead = " ".join(filter(None, (around[0], expected, around[1])))
    return Doubt(expected, said, " ".join([*words[:start], instead, *words[end:]]))


def list_candidates(doubts: Sequence[Doubt]) -> list[str]:
    """The texts to be weighed: what was heard, then what was to be said for each doubt in turn."""
    return [doubts[0].as_heard, *(doubt.as_expected for doubt in doubts)]


def choose_likely(doubts: Sequence[Doubt], weights: Sequence[Weight]) -> list[Doubt]:
    """The doubts whose words are likely enough, and by their sound and not by grammar alone.

    Args:
        doubts: Of one verdict.
        weights: Of :func:`list_candidates`, in its order; none where nobody could weigh them.
    """
    return [
        doubt
        for doubt, weight in zip(doubts, weights[1:], strict=False)
        if (ratio := weight.logprob - weights[0].logprob) > _LIKELY
        and ratio - (weight.prior - weights[0].prior) > _SUPPORTED
    ]
