"""What is spoken of lines that a person words anew, adds, or parts."""

from __future__ import annotations

from catwalk.reader.policy import Pauses
from catwalk.reader.pronounce import Lexicon, pronounce
from catwalk.reader.scripting.prose import end_sentence, is_speakable

_PAUSES = Pauses()
_CLOSERS = "\"'”’»)]*_"


def say_text(text: str, lexicon: Lexicon | None = None) -> str:
    """What the voice is given for a text, as the script would have it; empty where there is nothing to speak."""
    spoken = pronounce(text, lexicon=lexicon)
    return end_sentence(spoken) if is_speakable(text) and is_speakable(spoken) else ""


def part_spoken(spoken: str, first: str, second: str, lexicon: Lexicon | None = None) -> tuple[str, str]:
    """What is spoken of the two parts of a line.

    Args:
        spoken: Of the whole line, which a person may have worded.
        first: Text of the first part.
        second: Text of the second part.
        lexicon: As for the whole line.
    """
    head, tail = (pronounce(part, lexicon=lexicon).rstrip(" ,.;:!?") for part in (first, second))
    whole = spoken.strip()
    ending = whole.rstrip(" .;:!?")
    if head and whole.startswith(head) and is_speakable(rest := whole[len(head) :].lstrip(" ,.;:!?")):
        return end_sentence(head), end_sentence(rest)
    if tail and ending.endswith(tail) and is_speakable(rest := ending[: -len(tail)].rstrip(" ,;:")):
        return end_sentence(rest), end_sentence(tail)
    return say_text(first, lexicon), say_text(second, lexicon)


def pause_after(text: str) -> float:
    """Seconds of silence after a text: shorter where it does not end a sentence."""
    end = text.rstrip().rstrip(_CLOSERS)
    if end.endswith(("?", "!")):
        return _PAUSES.question_s
    return _PAUSES.sentence_s if end.endswith((".", "…")) else _PAUSES.clause_s
