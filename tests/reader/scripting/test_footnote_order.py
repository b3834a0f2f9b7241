from __future__ import annotations

from catwalk.reader.article import Block, BlockKind
from catwalk.reader.policy import Pauses, ScriptPolicy
from catwalk.reader.scripting.footnote_order import Placed, labels_of, place
from catwalk.reader.scripting.utterance import Rendition, Utterance


def text(block_id: str, *notes: str, kind: BlockKind = BlockKind.PARAGRAPH) -> tuple[Block, Rendition]:
    utterance = Utterance(text=block_id, spoken=block_id, pause_s=0.7, notes=notes)
    return Block(id=block_id, kind=kind, text=block_id), Rendition((utterance,))


def note(block_id: str, label: str | None, *notes: str) -> tuple[Block, Rendition]:
    utterance = Utterance(text=block_id, spoken=block_id, pause_s=0.6, notes=notes)
    return Block(id=block_id, kind=BlockKind.FOOTNOTE, text=block_id, note=label), Rendition((utterance,))


def arrange(
    *pairs: tuple[Block, Rendition],
    short: tuple[str, ...] = (),
    policy: ScriptPolicy = ScriptPolicy(),  # frozen
) -> list[Placed]:
    renditions = {block.id: rendition for block, rendition in pairs}
    return place([block for block, _ in pairs], renditions, policy=policy, in_place=frozenset(short))


def order(placed: list[Placed]) -> list[str]:
    return [each.block.id for each in placed]


def test_a_short_footnote_follows_its_sentence_and_a_long_one_ends_its_section() -> None:
    placed = arrange(
        text("b1", "1", "2"),
        text("b2"),
        text("b3", kind=BlockKind.HEADING),
        text("b4"),
        note("b5", "1"),
        note("b6", "2"),
        short=("1",),
    )

    assert order(placed) == ["b1", "b5", "b2", "b6", "b3", "b4"]


def test_the_silence_after_the_sentence_comes_after_its_footnote() -> None:
    placed = arrange(text("b1", "1"), note("b2", "1"), short=("1",))

    assert [each.utterance.pause_s for each in placed] == [Pauses().footnote_s, 0.7]


def test_a_footnote_of_several_blocks_is_read_as_one() -> None:
    placed = arrange(text("b1", "1"), text("b2"), note("b3", "1"), note("b4", "1"), short=("1",))

    assert order(placed) == ["b1", "b3", "b4", "b2"]


def test_a_footnote_that_is_referred_to_twice_is_read_once() -> None:
    placed = arrange(text("b1", "1"), text("b2", "1"), note("b3", "1"), short=("1",))

    assert order(placed) == ["b1", "b3", "b2"]


def test_a_footnote_inside_a_footnote_follows_it() -> None:
    placed = arrange(text("b1", "1"), text("b2"), note("b3", "1", "2"), note("b4", "2", "1"), short=("1", "2"))

    assert order(placed) == ["b1", "b3", "b4", "b2"]


def test_footnotes_without_a_label_or_a_reference_come_last() -> None:
    placed = arrange(note("b1", None), text("b2"), note("b3", "9"))

    assert order(placed) == ["b2", "b1", "b3"]


def test_footnotes_wait_for_the_very_end_where_the_policy_says_so() -> None:
    placed = arrange(
        text("b1", "1"), text("b2", kind=BlockKind.HEADING), note("b3", "1"), policy=ScriptPolicy(footnotes="end")
    )

    assert order(placed) == ["b1", "b2", "b3"]


def test_only_the_first_utterance_starts_a_block() -> None:
    block, _ = text("b1")
    utterances = tuple(Utterance(text=word, spoken=word, pause_s=0.3) for word in ("one", "two"))

    placed = arrange((block, Rendition(utterances)))

    assert [each.starts_block for each in placed] == [True, False]


def test_labels_are_those_of_footnotes() -> None:
    blocks = [text("b1")[0], note("b2", "1")[0], note("b3", None)[0]]

    assert list(labels_of(blocks)) == ["1"]
