"""What a block becomes before it is numbered and placed: utterances, and why it is not all spoken."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from catwalk.reader.descriptions import Descriptions
from catwalk.reader.policy import ScriptPolicy

Pronounce = Callable[[str], str]
"""Gives the words that are spoken for a text in which inline code stands in back-ticks."""


@dataclass(frozen=True, slots=True)
class Utterance:
    """One line to be, or a pause where nothing is spoken."""

    text: str
    """What the source says, or what stands in for it."""

    spoken: str
    """What the voice is given, framing included; empty for a pause."""

    pause_s: float
    """Silence after it, in seconds."""

    notes: tuple[str, ...] = ()
    """Labels of the footnotes that the sentence ending here refers to."""


@dataclass(frozen=True, slots=True)
class Rendition:
    """What becomes of one block."""

    utterances: tuple[Utterance, ...] = ()
    reason: str | None = None
    """Why the block is summarised or skipped; None where all of it is spoken."""

    @property
    def speaks(self) -> bool:
        """Whether a voice says anything of the block."""
        return any(utterance.spoken for utterance in self.utterances)


@dataclass(frozen=True, slots=True)
class Manner:
    """How blocks are put into words: the policy, the pronunciation and what models said of them."""

    policy: ScriptPolicy
    pronounce: Pronounce
    labels: frozenset[str]
    """Labels of the article's footnotes."""

    descriptions: Descriptions = field(default_factory=dict)
