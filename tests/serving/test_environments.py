from __future__ import annotations

import base64
import fcntl
import hashlib
import os
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

from catwalk.errors import BackendNotInstalled, EnvironmentFailed, InvalidRequest
from catwalk.serving import environments
from catwalk.serving.process import WorkerProcess
from catwalk.tasks import VoiceRef


def make_wheel(folder: Path, name: str, source: str) -> str:
    """A wheel with one module; its line in a lock."""
    info = f"{name}-1.0.dist-info"
    files = {
        f"{name}.py": source,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(
        f"{path},sha256={base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b'=').decode()},{len(text)}\n"
        for path, text in files.items()
    )
    path = folder / f"{name}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        for member, text in {**files, f"{info}/RECORD": record + f"{info}/RECORD,,\n"}.items():
            wheel.writestr(member, text)
    return f"{name}==1.0 --hash=sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}\n"


@pytest.fixture
def wheels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where pip finds packages, and the only place where it looks."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def write_lock(folder: Path, text: str) -> Path:
    path = folder / "tiny.lock"
    path.write_text(text)
    return path


def quiet(_: str) -> None:
    pass


def test_an_environment_holds_what_its_lock_says(home: Path, wheels: Path) -> None:
    lock = write_lock(wheels, make_wheel(wheels, "meow", "SOUND = 'meow'\n"))
    said: list[str] = []

    environment = environments.install("tiny", home, say=said.append, lock=lock, requires=["meow"])

    assert environment == environments.find("tiny", home)
    assert environment.missing(["meow", "os_of_mars"]) == ["os_of_mars"]
    assert any("meow" in line for line in said)


def test_it_sees_catwalk_and_none_of_the_servers_own_packages(home: Path, wheels: Path) -> None:
    environment = environments.install("tiny", home, say=quiet, lock=write_lock(wheels, ""))
    program = (
        "import importlib.util as u, catwalk; print([n for n in ('fastapi', 'pytest', 'click') if u.find_spec(n)])"
    )

    done = subprocess.run(
        [environment.python, "-c", program],
        env=environment.variables(os.environ),
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.strip() == "[]"


@pytest.mark.anyio
async def test_a_worker_runs_in_it(home: Path, wheels: Path, tmp_path: Path) -> None:
    environment = environments.install("tiny", home, say=quiet, lock=write_lock(wheels, ""))
    for package in ("msgpack", "numpy"):  # as if the lock had brought them: no test fetches anything
        module = __import__(package)
        target = next(environment.folder.glob("lib/python*/site-packages"))
        (target / package).symlink_to(Path(str(module.__file__)).parent)
        libraries = Path(str(module.__file__)).parent.parent / f"{package}.libs"
        if libraries.is_dir():
            (target / libraries.name).symlink_to(libraries)

    worker = await WorkerProcess.start("tiny", log_path=tmp_path / "log", environment=environment)
    try:
        await worker.load("catwalk.backends.fake:Fake", None, {})
        parts = [part async for part in worker.call("synthesize", {"text": "Hello.", "voice": VoiceRef("tone")})]
    finally:
        await worker.stop()

    assert parts[0].samples.size > 0


def test_a_wrong_hash_leaves_nothing(home: Path, wheels: Path) -> None:
    make_wheel(wheels, "meow", "SOUND = 'meow'\n")
    lock = write_lock(wheels, f"meow==1.0 --hash=sha256:{'0' * 64}\n")

    with pytest.raises(EnvironmentFailed, match=r"HASHES|hashes"):
        environments.install("tiny", home, say=quiet, lock=lock)

    assert environments.installed(home) == []
    assert [path.name for path in (home / "environments").iterdir() if path.is_dir()] == []


def test_a_build_that_is_killed_counts_as_nothing_and_the_next_one_succeeds(home: Path, wheels: Path) -> None:
    lock = write_lock(wheels, make_wheel(wheels, "meow", "SOUND = 'meow'\n"))
    program = (
        "import sys; from pathlib import Path; from catwalk.serving import environments as e;"
        "e.install('tiny', Path(sys.argv[1]), say=lambda line: print(line, flush=True), lock=Path(sys.argv[2]))"
    )
    command = [sys.executable, "-c", program, str(home), str(lock)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True) as building:
        assert building.stdout is not None
        building.stdout.readline()  # it has begun
        deadline_s = time.monotonic() + 30
        while not (home / "environments" / ".making-tiny").is_dir():
            assert time.monotonic() < deadline_s
        os.killpg(building.pid, signal.SIGKILL)
    with (home / "environments" / ".tiny.busy").open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)  # until the kernel has ended the installer that it started, too

    assert environments.find("tiny", home) is None
    assert environments.install("tiny", home, say=quiet, lock=lock).has("meow")


def test_building_again_replaces_what_was_there(home: Path, wheels: Path) -> None:
    environments.install("tiny", home, say=quiet, lock=write_lock(wheels, make_wheel(wheels, "meow", "")))

    again = environments.install("tiny", home, say=quiet, lock=write_lock(wheels, make_wheel(wheels, "purr", "")))

    assert again.missing(["meow", "purr"]) == ["meow"]


def test_removing_leaves_no_folder(home: Path, wheels: Path) -> None:
    environments.install("tiny", home, say=quiet, lock=write_lock(wheels, ""))

    environments.remove("tiny", home)

    assert environments.installed(home) == []
    assert [path.name for path in (home / "environments").iterdir() if path.is_dir()] == []


def test_what_is_not_there_cannot_be_removed(home: Path) -> None:
    with pytest.raises(InvalidRequest, match="has no environment"):
        environments.remove("tiny", home)


def test_a_backend_without_a_lock_is_refused(home: Path) -> None:
    with pytest.raises(InvalidRequest, match="tortoise"):
        environments.install("fake", home, say=quiet)


def test_two_at_once_do_not_build_the_same(home: Path, wheels: Path) -> None:
    lock, told = write_lock(wheels, ""), []

    def try_again(line: str) -> None:
        with pytest.raises(EnvironmentFailed, match="another process"):
            environments.install("tiny", home, say=quiet, lock=lock)
        told.append(line)

    environments.install("tiny", home, say=lambda line: None if told else try_again(line), lock=lock)

    assert told


def test_another_python_than_the_locks_must_be_there(home: Path, wheels: Path) -> None:
    with pytest.raises(EnvironmentFailed, match="needs Python"):
        environments.install("tiny", home, say=quiet, lock=write_lock(wheels, "# python: 3.2\n"))


def test_the_message_says_how_to_get_what_is_missing(home: Path) -> None:
    with pytest.raises(BackendNotInstalled, match="`catwalk install tortoise`"):
        environments.check("tortoise", ["no_such_package"], home)
    with pytest.raises(BackendNotInstalled, match=r"pip install 'catwalk\[faster-whisper\]'"):
        environments.check("faster_whisper", ["no_such_package"], home)


def test_a_backend_is_looked_for_in_its_environment_first(home: Path, wheels: Path) -> None:
    built = environments.install("fake", home, say=quiet, lock=write_lock(wheels, make_wheel(wheels, "meow", "")))

    assert environments.check("fake", ["meow"], home) == built
    with pytest.raises(BackendNotInstalled, match="lacks the Python packages numpy"):
        environments.check("fake", ["numpy"], home)


def test_the_examination_finds_what_is_wrong(home: Path, wheels: Path) -> None:
    built = environments.install("tortoise", home, say=quiet, lock=write_lock(wheels, make_wheel(wheels, "meow", "")))
    other = environments.install("tiny", home, say=quiet, lock=write_lock(wheels, ""))

    assert "another lock" in str(environments.examine(built, []))
    assert "lacks purr" in str(environments.examine(other, ["purr"]))
    assert "cannot run a worker: ModuleNotFoundError" in str(environments.examine(other, []))
