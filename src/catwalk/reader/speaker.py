"""Whether a take is spoken in the voice of its reading, told by a speaker encoder where the server has one."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from catwalk.audio.likeness import average, similarity
from catwalk.audio.waveform import Waveform
from catwalk.client import Client
from catwalk.errors import ServerAnswered
from catwalk.reader.verify import Verdict

log = logging.getLogger("catwalk.speaker")

MIN_TAKE_S = 2.0
"""Less says too little of a voice."""

N_KNOWN = 5
"""Takes that show what the voice is like."""

LEAST_ALIKE = 0.75
"""Set with Resemblyzer on 41 takes of hibari and 97 pieces of other recordings. On lines it was not set on, 539 of 540
takes by another speaker were told from the reading's own and none of 150 own takes was rejected
(``benchmarks/speakers.py``). Voices that nearly are one are not told apart: hibari's heart and kokoro's af_heart and
af_bella."""


@dataclass(slots=True)
class SpeakerCheck:
    """What the voices of one reading are like, by their first accepted takes."""

    client: Client
    model: str | None
    """The encoder; None once the server has said that it has none."""

    known: dict[str, list[tuple[float, ...]]] = field(default_factory=dict)

    async def look(
        self, voices: Sequence[str | None], takes: Sequence[Waveform], verdicts: Sequence[Verdict]
    ) -> list[Verdict]:
        """The verdicts, with those takes rejected that sound like somebody else.

        Args:
            voices: Of each take; None for one that is not looked at.
            takes: The recordings.
            verdicts: What the words of each said; only accepted ones are looked at.
        """
        looked = list(verdicts)
        chosen = [
            index
            for index, take in enumerate(takes)
            if voices[index] is not None and verdicts[index].accepted and take.duration_s >= MIN_TAKE_S
        ]
        if self.model is None:
            return looked
        try:
            vectors = await self.client.embed_speakers([takes[index] for index in chosen], model=self.model)
        except ServerAnswered as error:
            log.warning("nobody tells speakers apart in this reading: %s", error)
            self.model = None
            return looked
        for index, vector in zip(chosen, vectors, strict=True):
            known = self.known.setdefault(str(voices[index]), [])
            if len(known) < N_KNOWN:
                known.append(vector)
                continue
            alike = similarity(vector, average(known))
            if alike < LEAST_ALIKE:
                verdict = verdicts[index]
                looked[index] = replace(
                    verdict,
                    accepted=False,
                    reasons=(*verdict.reasons, f"sounds like another speaker: {alike:.2f} like the voice"),
                    score=verdict.score / 2,
                    may_be_misheard=False,
                )
        return looked
