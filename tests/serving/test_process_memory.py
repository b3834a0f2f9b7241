"""Memory of real processes, each of which says over a pipe when it is ready."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator

import pytest
from simulated_gpus import Card, SimulatedNvml, processes

from catwalk.serving.gpus import Gpus
from catwalk.serving.process_memory import TreeMemory, find_tree, measure_tree, set_peak_back

NO_GPUS = Gpus(None)
HELD_BYTES = 50_000_000

IDLE = "print('ready', flush=True); input()"
HOLDING = f"held = b'x' * {HELD_BYTES}; {IDLE}"
FREEING = f"held = b'x' * {HELD_BYTES}; del held; {IDLE}"
PARENT = f"""
import subprocess, sys
child = subprocess.Popen([sys.executable, "-S", "-c", {HOLDING!r}], stdin=subprocess.PIPE)
input()
child.communicate(b"")
"""
"""Its child inherits the pipe, and speaks for it."""

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="other systems keep no high-water mark")


@contextlib.contextmanager
def running(program: str) -> Iterator[subprocess.Popen[str]]:
    """A Python process that has said that it is ready, and ends when its input does."""
    command = [sys.executable, "-S", "-c", program]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        yield process
        process.communicate("\n")


def measure_ram(program: str) -> int:
    with running(program) as process:
        return measure_tree(process.pid, NO_GPUS).total_bytes


def test_what_a_process_holds_is_counted() -> None:
    idle, holding = measure_ram(IDLE), measure_ram(HOLDING)

    assert holding - idle == pytest.approx(HELD_BYTES, rel=0.1)
    assert idle > 1_000_000


def test_what_its_child_holds_is_counted_as_well() -> None:
    with running(PARENT) as parent:
        memory = measure_tree(parent.pid, NO_GPUS)
        tree = list(find_tree(parent.pid))

    assert memory.total_bytes > HELD_BYTES
    assert (tree[0], len(tree)) == (parent.pid, 2)


def test_the_peak_is_never_below_what_is_held_now() -> None:
    with running(HOLDING) as process:
        memory = measure_tree(process.pid, NO_GPUS)

    assert memory.peak["ram"] >= memory.resident["ram"] > HELD_BYTES


@linux_only
def test_the_peak_remembers_what_was_given_back() -> None:
    with running(FREEING) as process:
        memory = measure_tree(process.pid, NO_GPUS)

    assert memory.peak["ram"] - memory.resident["ram"] == pytest.approx(HELD_BYTES, rel=0.1)


@linux_only
def test_a_peak_that_was_set_back_is_forgotten_for_children_as_well() -> None:
    with running(PARENT.replace(repr(HOLDING), repr(FREEING))) as parent:
        before = measure_tree(parent.pid, NO_GPUS)
        set_peak_back(parent.pid)
        after = measure_tree(parent.pid, NO_GPUS)

    assert before.peak["ram"] - after.peak["ram"] == pytest.approx(HELD_BYTES, rel=0.1)
    assert after.peak["ram"] - after.resident["ram"] < HELD_BYTES / 10


def test_a_process_that_is_gone_holds_nothing() -> None:
    with running(IDLE) as process:
        pass

    set_peak_back(process.pid)

    assert measure_tree(process.pid, NO_GPUS) == TreeMemory({}, {})
    assert list(find_tree(process.pid)) == []


@linux_only
def test_a_process_that_has_ended_but_was_not_waited_for_holds_nothing() -> None:
    with subprocess.Popen([sys.executable, "-S", "-c", ""]) as process:
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        memory = measure_tree(process.pid, NO_GPUS)

    assert memory == TreeMemory({}, {})


def test_memory_on_gpus_is_counted_by_card() -> None:
    with running(IDLE) as process:
        held = processes({process.pid: 700, 1: 50})
        memory = measure_tree(process.pid, Gpus(SimulatedNvml(Card("T4", 0), Card("H100", 0, held))))

    assert memory.resident["cuda:1"] == memory.peak["cuda:1"] == 700
    assert memory.resident.keys() == memory.peak.keys() == {"ram", "cuda:1"}
    assert memory.total_bytes == memory.resident["ram"] + 700


def test_other_systems_are_asked_through_psutil(monkeypatch: pytest.MonkeyPatch) -> None:
    with running(PARENT) as parent:
        with monkeypatch.context() as patch:
            patch.setattr(sys, "platform", "darwin")
            memory = measure_tree(parent.pid, NO_GPUS)
            tree = list(find_tree(parent.pid))

    assert (tree[0], len(tree)) == (parent.pid, 2)
    assert memory.resident["ram"] > HELD_BYTES
    assert memory.peak == memory.resident


def test_other_systems_know_of_processes_that_are_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    with running(IDLE) as process:
        pass
    monkeypatch.setattr(sys, "platform", "darwin")

    memory = measure_tree(process.pid, NO_GPUS)

    assert memory == TreeMemory({}, {})
