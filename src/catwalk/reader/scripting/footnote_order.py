"""Where footnotes are read: after the sentence that refers to them, at the end of its section, or at the very end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from catwalk.reader.article import Block, BlockKind
from catwalk.reader.policy import ScriptPolicy
from catwalk.reader.scripting.utterance import Rendition, Utterance


@dataclass(frozen=True, slots=True)
class Placed:
    """An utterance in its place among those of the other blocks."""

    block: Block
    utterance: Utterance
    starts_block: bool = False
    """Whether it is the first utterance of its block."""


def place(
    blocks: Sequence[Block],
    renditions: Mapping[str, Rendition],
    *,
    policy: ScriptPolicy,
    in_place: frozenset[str],
) -> list[Placed]:
    """Put all utterances in reading order, every footnote once.

    Args:
        blocks: All blocks of the article, in order.
        renditions: What became of each, by block id.
        policy: Where footnotes go.
        in_place: Labels of the footnotes that are short enough to be read where they are referred to.
    """
    return _Placement(blocks, renditions, policy, in_place).run()


class _Placement:
    def __init__(
        self,
        blocks: Sequence[Block],
        renditions: Mapping[str, Rendition],
        policy: ScriptPolicy,
        in_place: frozenset[str],
    ) -> None:
        self._blocks = blocks
        self._renditions = renditions
        self._policy = policy
        self._in_place = in_place
        self._notes: dict[str, list[Block]] = {}
        for block in blocks:
            if block.kind is BlockKind.FOOTNOTE:
                self._notes.setdefault(block.note or block.id, []).append(block)
        self._seen: set[str] = set()
        self._waiting: list[str] = []
        self._placed: list[Placed] = []

    def run(self) -> list[Placed]:
        for block in self._blocks:
            if block.kind is BlockKind.FOOTNOTE:
                continue
            if block.kind is BlockKind.HEADING and self._policy.footnotes != "end":
                self._place_waiting()
            self._place_block(block)
        self._place_waiting()
        for label in self._notes:
            self._place_note(label)
        return self._placed

    def _place_block(self, block: Block) -> None:
        for count, utterance in enumerate(self._renditions[block.id].utterances):
            self._placed.append(Placed(block, utterance, starts_block=count == 0))
            here = [label for label in utterance.notes if self._take(label)]
            if here:
                self._interrupt(here)

    def _take(self, label: str) -> bool:
        """Whether a footnote is to be read at once; one that is not waits for the end of its section."""
        if label not in self._notes or label in self._seen:
            return False
        if label in self._in_place:
            return True
        if label not in self._waiting:
            self._waiting.append(label)
        return False

    def _interrupt(self, labels: Sequence[str]) -> None:
        """Read footnotes between two sentences; the silence that was to follow comes after them."""
        before = len(self._placed) - 1
        for label in labels:
            self._place_note(label)
        if len(self._placed) == before + 1:
            return
        sentence, last = self._placed[before], self._placed[-1]
        silence_s = max(sentence.utterance.pause_s, self._policy.pauses.footnote_s)
        self._placed[-1] = replace(last, utterance=replace(last.utterance, pause_s=silence_s))
        shorter = min(sentence.utterance.pause_s, self._policy.pauses.footnote_s)
        self._placed[before] = replace(sentence, utterance=replace(sentence.utterance, pause_s=shorter))

    def _place_waiting(self) -> None:
        while self._waiting:
            self._place_note(self._waiting.pop(0))

    def _place_note(self, label: str) -> None:
        if label in self._seen:
            return
        self._seen.add(label)
        for block in self._notes[label]:
            self._place_block(block)


def labels_of(blocks: Sequence[Block]) -> Iterator[str]:
    """Labels of the footnotes among the blocks."""
    for block in blocks:
        if block.kind is BlockKind.FOOTNOTE and block.note:
            yield block.note
