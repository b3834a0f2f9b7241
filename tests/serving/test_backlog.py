from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from catwalk.serving.backlog import Backlog, Waiting
from catwalk.serving.events import Priority


def waiting(
    name: str, voice: str | None = None, priority: Priority = Priority.INTERACTIVE, t_s: float = 0.0
) -> Waiting:
    return Waiting(name, voice, 1.0, priority, None, t_s, 2.0)


def test_the_oldest_is_found_for_each_priority_and_for_all() -> None:
    backlog = Backlog()
    batch, person = waiting("b", priority=Priority.BATCH, t_s=1.0), waiting("p", t_s=2.0)

    backlog.add(batch)
    backlog.add(person)

    assert backlog.oldest() == batch
    assert backlog.oldest(Priority.INTERACTIVE) == person
    assert backlog.predicted_s == 4.0


def test_the_first_of_some_voices_is_the_oldest_of_them() -> None:
    backlog = Backlog()
    for t_s, voice in enumerate(("u", "v", "u", "w")):
        backlog.add(waiting(f"r{t_s}", voice, t_s=t_s))

    assert backlog.first_of(("w", "v"), Priority.INTERACTIVE) == waiting("r1", "v", t_s=1.0)
    assert backlog.first_of(("x",), Priority.INTERACTIVE) is None


def test_mates_share_voice_and_priority() -> None:
    backlog = Backlog()
    chosen = waiting("r0", "u")
    for each in (
        chosen,
        waiting("r1", "v"),
        waiting("r2", "u"),
        waiting("r3", "u", Priority.BATCH),
        waiting("r4", "u"),
    ):
        backlog.add(each)

    assert [mate.id for mate in backlog.mates(chosen, 5)] == ["r2", "r4"]
    assert [mate.id for mate in backlog.mates(chosen, 1)] == ["r2"]
    assert backlog.mates(chosen, 0) == []


@given(st.lists(st.tuples(st.sampled_from([None, "u", "v"]), st.sampled_from(Priority))), st.data())
def test_what_was_taken_out_is_found_by_no_way(kinds: list[tuple[str | None, Priority]], data: st.DataObject) -> None:
    backlog = Backlog()
    all_of_them = [waiting(f"r{k}", voice, priority, float(k)) for k, (voice, priority) in enumerate(kinds)]
    for each in all_of_them:
        backlog.add(each)
    gone = data.draw(st.sets(st.sampled_from(all_of_them))) if all_of_them else set()

    for each in gone:
        backlog.remove(each)

    left = [each for each in all_of_them if each not in gone]
    assert sorted(each.id for each in backlog) == sorted(each.id for each in left)
    assert len(backlog) == len(left)
    assert bool(backlog) is bool(left)
    assert backlog.oldest() == min(left, key=lambda each: each.arrived_s, default=None)
    assert backlog.predicted_s == 2.0 * len(left)
    for priority in Priority:
        assert set(backlog.voices(priority)) == {each.voice for each in left if each.priority is priority}
        assert backlog.has(priority) is any(each.priority is priority for each in left)
