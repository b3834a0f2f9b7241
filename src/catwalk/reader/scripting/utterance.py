"""What a block becomes before it is numbered and placed: utterances, and why it is not all spoken."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from catwalk.reader.article import Block
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


class Describer(Protocol):
    """Puts a block into words, with a model."""

    def __call__(self, block: Block) -> str | None:
        """One or two sentences on the block; None where the model has nothing to say."""
        ...


@dataclass(frozen=True, slots=True)
class Describers:
    """Models that describe what cannot be read as it stands; None where there is none."""

    image: Describer | None = None
    code: Describer | None = None


@dataclass(frozen=True, slots=True)
class Manner:
    """How blocks are put into words: the policy, the pronunciation and the describers."""

    policy: ScriptPolicy
    pronounce: Pronounce
    describers: Describers
    labels: frozenset[str]
    """Labels of the article's footnotes."""
