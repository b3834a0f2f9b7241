from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catwalk.errors import SettingsInvalid
from catwalk.settings import find_file, parse_budget, parse_keep_alive_s, parse_size_bytes, read_settings

WriteFile = Callable[[str], Path]


@pytest.fixture
def write_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> WriteFile:
    """Writes ``catwalk.toml`` into the working folder."""
    folder = tmp_path / "working"
    folder.mkdir()
    monkeypatch.chdir(folder)

    def write(text: str) -> Path:
        path = folder / "catwalk.toml"
        path.write_text(text)
        return path

    return write


# --- amounts of memory


@pytest.mark.parametrize(
    ("written", "n_bytes"),
    [
        (1, 1),
        (500, 500),
        ("500", 500),
        ("12GiB", 12 * 2**30),
        ("1.5 GiB", 3 * 2**29),
        (" 2MiB ", 2 * 2**20),
        ("4KiB", 4096),
        ("20GB", 20 * 10**9),
        ("500MB", 500 * 10**6),
        ("64kB", 64_000),
        ("1e3", 1000),
    ],
)
def test_amounts_are_read_as_people_write_them(written: int | str, n_bytes: int) -> None:
    assert parse_size_bytes(written, setting="models.a.memory") == n_bytes


@pytest.mark.parametrize(
    "written",
    ["", "GiB", "lots", "12 gigs", "12gib", "5TB", 0, "0", "0.2", -5, "-1GiB", "nan", "inf", "1e999GiB", "½GiB"],
)
def test_what_is_no_amount_is_refused_with_what_was_given(written: int | str) -> None:
    with pytest.raises(SettingsInvalid) as refusal:
        parse_size_bytes(written, setting="models.a.memory")

    assert refusal.value.message.startswith("models.a.memory: an amount of memory is ")
    assert refusal.value.message.endswith(f", not {written!r}")


@given(
    st.integers(1, 10**6),
    st.sampled_from([("KiB", 2**10), ("MiB", 2**20), ("GiB", 2**30), ("kB", 10**3), ("GB", 10**9)]),
)
def test_a_number_counts_in_its_unit(number: int, unit: tuple[str, int]) -> None:
    assert parse_size_bytes(f"{number}{unit[0]}", setting="memory.ram") == number * unit[1]


@given(st.text(max_size=10) | st.from_regex(r"[-+.\d_ einf]{0,8}(KiB|MiB|GiB|kB|MB|GB)?", fullmatch=True))
def test_any_text_is_an_amount_or_is_refused(text: str) -> None:
    try:
        n_bytes = parse_size_bytes(text, setting="memory.ram")
    except SettingsInvalid:
        return

    assert n_bytes > 0


def test_a_budget_is_read_by_device() -> None:
    assert parse_budget({"ram": "12GiB", "cuda:0": 500, "cuda:11": "1GB"}) == {
        "ram": 12 * 2**30,
        "cuda:0": 500,
        "cuda:11": 10**9,
    }
    assert parse_budget({}) == {}


@pytest.mark.parametrize("device", ["RAM", "gpu", "cuda", "cuda:", "cuda:x", "cuda:-1", "mps", "cuda:²"])
def test_a_device_that_cannot_be_is_refused_with_those_that_can(device: str) -> None:
    with pytest.raises(SettingsInvalid) as refusal:
        parse_budget({"ram": 1, device: 1})

    assert refusal.value.message == f"memory.{device}: a device is ram, cuda:0, cuda:1, ..., not {device!r}"


def test_the_device_whose_amount_cannot_be_read_is_named() -> None:
    with pytest.raises(SettingsInvalid, match=r"^memory\.cuda:0: an amount of memory is .*, not 'lots'$"):
        parse_budget({"ram": 1, "cuda:0": "lots"})


# --- how long models stay


@pytest.mark.parametrize(
    ("written", "seconds"), [(0, 0.0), ("10m", 600.0), (2.5, 2.5), (-1, math.inf), ("-1", math.inf)]
)
def test_a_model_stays_as_long_as_the_settings_say(written: float | str, seconds: float) -> None:
    assert parse_keep_alive_s(written, setting="models.a.keep_alive") == seconds


def test_a_stay_that_is_no_duration_is_a_fault_of_the_settings() -> None:
    with pytest.raises(SettingsInvalid, match=r"^models\.a\.keep_alive: a duration is .*, not 'long'$"):
        parse_keep_alive_s("long", setting="models.a.keep_alive")


# --- where settings come from


def test_without_a_file_nothing_is_set() -> None:
    settings = read_settings()

    assert (settings.memory, settings.models) == ({}, {})
    assert (settings.server.stall_s, settings.server.max_local_wait_s) == (120.0, None)


def test_memory_is_set_in_the_file(write_file: WriteFile) -> None:
    write_file('[memory]\nram = "12GiB"\n"cuda:0" = 20_000_000_000\n')

    assert read_settings().memory == {"ram": "12GiB", "cuda:0": 20_000_000_000}


def test_the_environment_goes_before_the_file_device_by_device(
    write_file: WriteFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_file('[memory]\nram = "12GiB"\n"cuda:0" = "20GiB"\n')
    monkeypatch.setenv("CATWALK_MEMORY__RAM", "3GiB")

    assert parse_budget(read_settings().memory) == {"ram": 3 * 2**30, "cuda:0": 20 * 2**30}


def test_memory_is_set_in_the_environment_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CATWALK_MEMORY", '{"ram": "3GiB", "cuda:1": 7}')
    monkeypatch.setenv("CATWALK_MEMORY__CUDA:0", "1000")

    assert parse_budget(read_settings().memory) == {"ram": 3 * 2**30, "cuda:0": 1000, "cuda:1": 7}


def test_a_model_is_set_in_the_file(write_file: WriteFile) -> None:
    write_file(
        """
        [models.big]
        backend = "fake"
        tasks = ["synthesize"]
        fallback = "fake"
        memory = "6GiB"
        keep_alive = "10m"
        pin = true
        """
    )

    model = read_settings().models["big"]

    assert (model.backend, model.tasks, model.fallback) == ("fake", ("synthesize",), "fake")
    assert (model.memory, model.keep_alive, model.pin, model.preload) == ("6GiB", "10m", True, False)


def test_one_thing_of_a_model_is_changed_by_the_environment(
    write_file: WriteFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_file('[models.big]\nbackend = "fake"\nkeep_alive = "10m"\n')
    monkeypatch.setenv("CATWALK_MODELS__BIG__KEEP_ALIVE", "0")

    model = read_settings().models["big"]

    assert model.backend == "fake"
    assert model.keep_alive is not None
    assert parse_keep_alive_s(model.keep_alive, setting="models.big.keep_alive") == 0.0


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[server]\nstall_s = -1\n", r"^setting server\.stall_s: .*, not -1$"),
        ("[server]\nmax_local_wait_s = 0\n", r"^setting server\.max_local_wait_s: .*, not 0$"),
        ("[models.a]\nbackends = 'fake'\n", r"^setting models\.a\.backends: "),
        ("[memory]\nram = [1]\n", r"^setting memory\.ram\."),
        ("[memory\n", r"catwalk\.toml is not TOML: "),
    ],
)
def test_a_setting_that_is_wrong_is_named(write_file: WriteFile, text: str, complaint: str) -> None:
    write_file(text)

    with pytest.raises(SettingsInvalid, match=complaint):
        read_settings()


def test_a_file_that_is_named_goes_before_others_and_must_exist(
    write_file: WriteFile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_file("[memory]\nram = 1\n")
    named = tmp_path / "named.toml"
    monkeypatch.setenv("CATWALK_CONFIG", str(named))

    with pytest.raises(SettingsInvalid, match=r"named\.toml, but there is no such file"):
        find_file()
    named.write_text("[memory]\nram = 2\n")

    assert read_settings().memory == {"ram": 2}


def test_a_file_in_the_working_folder_goes_before_that_in_the_data_folder(
    write_file: WriteFile, own_home: Path
) -> None:
    own_home.mkdir()
    (own_home / "catwalk.toml").write_text("")
    in_home = find_file()
    here = write_file("")

    assert in_home == own_home / "catwalk.toml"
    assert find_file() == here


def test_a_time_zone_is_one_that_there_is(write_file: WriteFile) -> None:
    write_file('[jobs]\ntimezone = "Europe/Vienna"\n')
    known = read_settings().jobs.timezone
    write_file('[jobs]\ntimezone = "Mars/Olympus"\n')

    with pytest.raises(SettingsInvalid, match=r"jobs\.timezone.*Europe/Vienna, not 'Mars/Olympus'"):
        read_settings()

    assert known == "Europe/Vienna"


def test_code_in_its_former_place_is_an_error_that_names_the_new_one(write_file: WriteFile) -> None:
    write_file('[reader]\ncode = "skip"\n')

    with pytest.raises(SettingsInvalid, match=r"code stands under \[reader\.script\] now"):
        read_settings()


def test_each_kind_of_block_has_its_setting(write_file: WriteFile) -> None:
    write_file('[reader.script]\ncode = "skip"\nimages = "skip"\n')

    script = read_settings().reader.script

    assert (script.code, script.images, script.tables) == ("skip", "skip", "read")


def test_the_environment_reaches_the_script_section(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CATWALK_READER__SCRIPT__FOOTNOTES", "end")

    assert read_settings().reader.script.footnotes == "end"


def test_a_way_of_reading_that_does_not_exist_is_refused(write_file: WriteFile) -> None:
    write_file('[reader.script]\ntables = "sing"\n')

    with pytest.raises(SettingsInvalid, match=r"setting reader\.script\.tables: .*'sing'"):
        read_settings()
