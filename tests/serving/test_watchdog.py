from __future__ import annotations

import asyncio
import logging
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from catwalk.serving.watchdog import STUCK_AFTER_S, LoopWatch, Signs, Stuck, Watchdog, read_signs

STILL = ("running 1 call", Signs(cpu_s=3.0, n_io_bytes=500, n_messages=9))
PATIENCE_S = 20.0
"""For what comes at once on a machine that is not overloaded."""


def running(cpu_s: float = 3.0, n_io_bytes: int = 500, n_messages: int = 9) -> tuple[str, Signs]:
    return "running 1 call", Signs(cpu_s, n_io_bytes, n_messages)


def test_a_worker_is_stuck_once_it_has_stood_still_for_long_enough() -> None:
    watchdog = Watchdog()
    watchdog.look({"a": STILL}, 100.0)

    found = [watchdog.look({"a": STILL}, 100.0 + second) for second in range(1, 31)]

    assert [len(stuck) for stuck in found] == [0] * 6 + [1] * 24
    assert found[6] == [Stuck("a", "running 1 call", STUCK_AFTER_S)]
    assert found[29] == [Stuck("a", "running 1 call", 30.0)]


@pytest.mark.parametrize(
    "alive",
    [running(cpu_s=3.5), running(n_io_bytes=501), running(n_messages=10)],
    ids=["computes", "reads", "answers"],
)
def test_any_sign_of_life_starts_the_time_anew(alive: tuple[str, Signs]) -> None:
    watchdog = Watchdog()

    found = [watchdog.look({"a": STILL if second < 6 else alive}, float(second)) for second in range(14)]

    assert [[each.for_s for each in stuck] for stuck in found] == [[]] * 13 + [[7.0]]


def test_threads_that_only_wake_up_now_and_then_are_no_sign_of_life() -> None:
    watchdog = Watchdog()

    found = [watchdog.look({"a": running(cpu_s=3.0 + 0.004 * second)}, float(second)) for second in range(8)]

    assert [len(stuck) for stuck in found] == [0] * 7 + [1]


def test_a_worker_that_computes_a_little_all_the_time_is_not_stuck() -> None:
    watchdog = Watchdog()

    found = [watchdog.look({"a": running(cpu_s=3.0 + 0.006 * second)}, float(second)) for second in range(60)]

    assert found == [[]] * 60


def test_a_worker_that_was_idle_meanwhile_begins_anew() -> None:
    watchdog = Watchdog()

    found = [watchdog.look({} if second == 6 else {"a": STILL}, float(second)) for second in range(15)]

    assert [[each.for_s for each in stuck] for stuck in found] == [[]] * 14 + [[7.0]]


def test_a_new_process_is_not_blamed_for_the_one_before_it() -> None:
    watchdog = Watchdog()
    old, new = (running(cpu_s, n_io_bytes=0, n_messages=1) for cpu_s in (90.0, 0.2))

    found = [watchdog.look({"a": old if second < 8 else new}, float(second)) for second in range(9)]

    assert [len(stuck) for stuck in found] == [0] * 7 + [1, 0]


def test_time_in_which_nobody_looked_is_not_held_against_a_worker() -> None:
    watchdog = Watchdog()
    looks_s = [0.0, 1.0, 2.0, 3.0, 903.0, 904.0, 905.0]

    found = [watchdog.look({"a": STILL}, now_s) for now_s in looks_s]

    assert [[each.for_s for each in stuck] for stuck in found] == [[]] * 6 + [[7.0]]


def test_each_worker_is_judged_by_itself_and_told_with_what_it_does() -> None:
    watchdog = Watchdog()

    found = [watchdog.look({"a": ("loading", STILL[1]), "b": running(n_messages=half)}, half / 2) for half in range(20)]

    assert [str(each) for each in found[-1]] == ["model 'a' is loading and has shown no sign of life for 10 s"]


# --- signs of real processes

BURNING = """
import time
while time.process_time() < 0.2: pass
print(flush=True); input()
"""


@pytest.fixture
def start() -> Iterator[Callable[[str], int]]:
    """Starts a Python process, waits until it has said something, and tells its id."""
    started: list[subprocess.Popen[str]] = []

    def begin(program: str) -> int:
        process = subprocess.Popen(
            [sys.executable, "-S", "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        started.append(process)
        assert process.stdout is not None
        process.stdout.readline()
        return process.pid

    yield begin
    for process in started:
        process.communicate("\n")


def test_the_signs_of_a_tree_are_the_sums_of_its_processes(start: Callable[[str], int]) -> None:
    first, second = start(BURNING), start(BURNING)

    one, both = read_signs([first], 4), read_signs([first, second], 4)

    assert 0.15 <= one.cpu_s < 2.0
    assert both.cpu_s - one.cpu_s >= 0.15
    assert one.n_messages == both.n_messages == 4


def test_a_process_that_waits_shows_no_sign_of_life(start: Callable[[str], int]) -> None:
    pid = start(BURNING)

    first, second = read_signs([pid], 4), read_signs([pid], 4)

    assert first == second


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux lets a file be dropped from memory")
def test_reading_from_the_disk_is_a_sign_of_life(start: Callable[[str], int], tmp_path: Path) -> None:
    path = tmp_path / "weights"
    path.write_bytes(b"x" * 1_000_000)
    with path.open("rb") as file:
        os.fsync(file.fileno())
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)

    pid = start(f"open({str(path)!r}, 'rb').read(); print(flush=True); input()")

    lines = Path(f"/proc/{pid}/io").read_text().splitlines()
    counted = next(int(line.split()[1]) for line in lines if line.startswith("read_bytes"))
    assert read_signs([pid, pid], 0).n_io_bytes == 2 * counted


def test_a_process_that_is_gone_adds_nothing(start: Callable[[str], int]) -> None:
    pid = start(BURNING)
    with subprocess.Popen([sys.executable, "-S", "-c", ""]) as gone:
        gone.wait()

    signs = read_signs([gone.pid, pid], 4)

    assert signs.cpu_s >= 0.15
    assert read_signs([gone.pid], 4) == Signs(0.0, 0, 4)


# --- the event loop


class Clock:
    """Moved by hand."""

    now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


class Lines(logging.Handler):
    """Hands every line of a log to whoever waits for one."""

    def __init__(self) -> None:
        super().__init__()
        self.arrived: queue.SimpleQueue[str] = queue.SimpleQueue()

    def emit(self, record: logging.LogRecord) -> None:
        self.arrived.put(record.getMessage())


@pytest.fixture
def lines() -> Iterator[Lines]:
    handler, log = Lines(), logging.getLogger("catwalk.watchdog")
    log.addHandler(handler)
    yield handler
    log.removeHandler(handler)


@pytest.fixture
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    made = asyncio.new_event_loop()
    yield made
    made.close()


def turn(loop: asyncio.AbstractEventLoop) -> None:
    loop.run_until_complete(asyncio.sleep(0))


def test_a_loop_that_does_not_turn_is_reported_once_each_time(lines: Lines, loop: asyncio.AbstractEventLoop) -> None:
    clock = Clock()
    watch = LoopWatch(loop, clock=clock)

    said = []
    for step_s, turns in ((6.9, False), (0.1, False), (9.0, False), (0.0, True), (1.0, False), (7.0, False)):
        clock.now_s += step_s
        watch.look()
        said.append(lines.arrived.qsize())
        if turns:
            turn(loop)

    assert said == [0, 1, 1, 1, 1, 2]
    assert lines.arrived.get().startswith("the event loop has not turned for 7 s; it is here:")
    assert lines.arrived.get().startswith("the event loop has not turned for 8 s; it is here:")


def test_a_loop_that_turns_is_not_reported(lines: Lines, loop: asyncio.AbstractEventLoop) -> None:
    clock = Clock()
    watch = LoopWatch(loop, clock=clock)

    for _ in range(20):
        clock.now_s += 5.0
        watch.look()
        turn(loop)

    assert lines.arrived.empty()


def do_too_much(lines: Lines, begun: threading.Event) -> str:
    begun.set()
    return lines.arrived.get(timeout=PATIENCE_S)


def test_the_log_says_where_the_loop_stands(lines: Lines, loop: asyncio.AbstractEventLoop) -> None:
    begun = threading.Event()

    async def stand_still() -> str:
        with LoopWatch(asyncio.get_running_loop(), every_s=0.001, clock=lambda: 10.0 * begun.is_set()):
            return do_too_much(lines, begun)

    said = loop.run_until_complete(stand_still())

    assert "in stand_still" in said
    assert "in do_too_much" in said


def test_the_watch_ends_when_it_is_left(loop: asyncio.AbstractEventLoop) -> None:
    before = set(threading.enumerate())

    with LoopWatch(loop, every_s=0.001):
        (thread,) = set(threading.enumerate()) - before
    thread.join(PATIENCE_S)

    assert not thread.is_alive()


def test_the_watch_ends_with_its_loop(loop: asyncio.AbstractEventLoop) -> None:
    before = set(threading.enumerate())

    with LoopWatch(loop, every_s=0.001):
        (thread,) = set(threading.enumerate()) - before
        loop.close()
        thread.join(PATIENCE_S)

        assert not thread.is_alive()
