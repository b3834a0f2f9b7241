from __future__ import annotations

from pathlib import Path

import psutil
import pytest
from simulated_gpus import Card, SimulatedNvml

from catwalk.serving.gpus import Gpus
from catwalk.serving.machine import default_budget, describe_hardware, free_bytes

NO_GPUS = Gpus(None)
CARDS = Gpus(SimulatedNvml(Card("H100", 80_000), Card("T4", 15_000)))


def cgroup(folder: Path, **files: str) -> Path:
    """A folder as the kernel shows a control group; ``max`` stands for ``memory.max``, and so on."""
    for name, text in files.items():
        (folder / f"memory.{name}").write_text(f"{text}\n")
    return folder


def test_models_may_take_four_fifths_of_what_is_free_on_every_device() -> None:
    budget = default_budget(CARDS)

    assert (budget["cuda:0"], budget["cuda:1"]) == (64_000, 12_000)
    assert budget["ram"] == pytest.approx(0.8 * free_bytes(CARDS)["ram"], rel=0.05)


def test_without_a_limit_all_that_is_available_is_free(tmp_path: Path) -> None:
    available = psutil.virtual_memory().available

    assert free_bytes(NO_GPUS, tmp_path)["ram"] == pytest.approx(available, rel=0.05)
    assert free_bytes(NO_GPUS, cgroup(tmp_path, max="max", current="5000"))["ram"] == pytest.approx(available, rel=0.05)


def test_a_container_has_what_its_limit_leaves(tmp_path: Path) -> None:
    assert free_bytes(NO_GPUS, cgroup(tmp_path, max="9000", current="5000")) == {"ram": 4000}


def test_a_container_over_its_limit_has_nothing(tmp_path: Path) -> None:
    assert free_bytes(NO_GPUS, cgroup(tmp_path, max="9000", current="9001")) == {"ram": 0}


def test_a_limit_larger_than_the_machine_gives_no_more_than_there_is(tmp_path: Path) -> None:
    folder = cgroup(tmp_path, max=str(2**60), current="0")

    assert free_bytes(NO_GPUS, folder)["ram"] == pytest.approx(psutil.virtual_memory().available, rel=0.05)


def test_files_that_the_kernel_keeps_in_memory_until_it_is_needed_leave_it_free(tmp_path: Path) -> None:
    folder = cgroup(tmp_path, max="9000", current="8000", stat="anon 1000\nfile 7000\ninactive_file 6000")

    assert free_bytes(NO_GPUS, folder) == {"ram": 7000}


def test_machines_are_told_apart_by_system_cores_and_cards() -> None:
    with_cards, without = describe_hardware(CARDS), describe_hardware(NO_GPUS)

    assert with_cards.endswith(f"{psutil.cpu_count()} cores, H100, T4")
    assert without.endswith(f"{psutil.cpu_count()} cores, no GPU")
    assert "\n" not in with_cards
