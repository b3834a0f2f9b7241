"""Python environments of their own for backends whose pins fight with the rest: built, found, checked, removed.

An environment lies in ``home/environments/BACKEND``. It is made under a hidden name and renamed when whole, so one
that has its name is whole. A worker in it sees its packages and catwalk's own sources, and nothing else of what the
server imports.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import catwalk
from catwalk.errors import BackendNotInstalled, EnvironmentFailed, InvalidRequest
from catwalk.serving.gpus import Gpus
from catwalk.serving.locks import Lock, parse_lock

_NOTE = "environment.json"
_SOURCES = "sources"
_LOCKS = Path(__file__).parent.parent / "environments"
_PROBE_TIMEOUT_S = 300
_SAID_LAST = 4
_HIDDEN_FROM_WORKERS = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV")

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Environment:
    """An environment that was built whole."""

    backend: str
    folder: Path

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return self.folder / "bin" / "python"

    @property
    def lock_sha256(self) -> str:
        """Of the lock that it was built from."""
        return str(json.loads((self.folder / _NOTE).read_text())["lock_sha256"])

    def has(self, module: str) -> bool:
        """Whether an import name can be found in it; nothing is started or imported."""
        roots = list(self.folder.glob("lib/python*/site-packages"))
        patterns = (module, f"{module}.py", f"{module}.*.so", f"{module}.so")
        return any(next(root.glob(pattern), None) is not None for root in roots for pattern in patterns)

    def missing(self, modules: Collection[str]) -> list[str]:
        """Those import names that cannot be found in it."""
        return [name for name in modules if not self.has(name)]

    def variables(self, ours: Mapping[str, str]) -> dict[str, str]:
        """Variables for a process in it: ``ours`` without what would show it the server's packages."""
        kept = {name: value for name, value in ours.items() if name not in _HIDDEN_FROM_WORKERS}
        return {**kept, "PYTHONPATH": str(self.show_sources()), "PYTHONNOUSERSITE": "1"}

    def show_sources(self) -> Path:
        """A folder that holds catwalk's own package, by a link, and no other."""
        folder, package = self.folder / _SOURCES, Path(catwalk.__file__).parent
        link = folder / "catwalk"
        if link.is_symlink() and link.readlink() == package:
            return folder
        folder.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder) as name:
            fresh = Path(name) / "catwalk"
            fresh.symlink_to(package, target_is_directory=True)
            fresh.replace(link)
        return folder


def available() -> dict[str, Path]:
    """The lock that catwalk brings along for each backend that can have an environment."""
    return {path.stem: path for path in sorted(_LOCKS.glob("*.lock"))}


def find(backend: str, home: Path) -> Environment | None:
    """The backend's environment, or None where it has none."""
    folder = home / "environments" / backend
    return Environment(backend, folder) if (folder / _NOTE).is_file() else None


def installed(home: Path) -> list[Environment]:
    """Every environment under a data folder, by name."""
    folders = sorted((home / "environments").glob("*")) if (home / "environments").is_dir() else []
    return [found for folder in folders if (found := find(folder.name, home)) is not None]


def check(backend: str, requires: Collection[str], home: Path) -> Environment | None:
    """Make sure that what a backend imports can be found, in its environment where it has one; imports nothing.

    Returns:
        The environment; None where the backend runs on the server's own packages.

    Raises:
        BackendNotInstalled: something is missing; the message says how to get it.
    """
    environment = find(backend, home)
    if environment is not None:
        missing = environment.missing(requires)
        if missing:
            raise BackendNotInstalled(
                f"the environment of backend {backend!r} lacks the Python packages {', '.join(missing)};"
                f" `catwalk install {backend}` builds it again"
            )
        return environment
    missing = [name for name in requires if importlib.util.find_spec(name) is None]
    if missing:
        way = (
            f"`catwalk install {backend}` brings them"
            if backend in available()
            else f"pip install 'catwalk[{backend.replace('_', '-')}]' brings them"
        )
        raise BackendNotInstalled(
            f"backend {backend!r} needs the Python packages {', '.join(missing)}, which are not installed; {way}"
        )
    return None


def install(
    backend: str, home: Path, *, say: Say, lock: Path | None = None, requires: Collection[str] = ()
) -> Environment:
    """Build a backend's environment from its lock; one that is there already is replaced. Blocks on disk and network.

    Args:
        backend: Name in the backend table.
        home: Data folder.
        say: Told what goes on, a line at a time.
        lock: Another lock than the one that catwalk brings along.
        requires: Import names that must be found afterwards.

    Raises:
        InvalidRequest: there is no lock for that backend.
        EnvironmentFailed: the interpreter, a download or a hash was wrong; nothing is left behind.
    """
    path = lock or available().get(backend)
    if path is None:
        known = ", ".join(available()) or "none"
        raise InvalidRequest(
            f"catwalk brings no environment for backend {backend!r}; it has them for: {known}", param="backend"
        )
    text = path.read_text()
    parent = home / "environments"
    parent.mkdir(parents=True, exist_ok=True)
    with _alone(parent, backend):
        making = parent / f".making-{backend}"
        shutil.rmtree(making, ignore_errors=True)  # of a build that was killed: nobody else builds this one now
        try:
            build(making, parse_lock(text), say, has_gpu=bool(Gpus.find().devices))
            environment = Environment(backend, making)
            missing = environment.missing(requires)
            if missing:
                raise EnvironmentFailed(f"the lock of {backend!r} does not bring {', '.join(missing)}")
            note = {"lock_sha256": hashlib.sha256(text.encode()).hexdigest(), "catwalk": catwalk.__version__}
            (making / _NOTE).write_text(json.dumps(note))
            _put_in_place(making, parent / backend)
        except BaseException:
            shutil.rmtree(making, ignore_errors=True)
            raise
    say(f"{backend} is installed in {parent / backend}")
    return Environment(backend, parent / backend)


def remove(backend: str, home: Path) -> None:
    """Remove a backend's environment.

    Raises:
        InvalidRequest: it has none.
    """
    parent = home / "environments"
    if find(backend, home) is None:
        there = ", ".join(each.backend for each in installed(home)) or "none"
        raise InvalidRequest(f"backend {backend!r} has no environment; there are: {there}", param="backend")
    with _alone(parent, backend):
        _throw_away(parent / backend)


def examine(environment: Environment, requires: Collection[str]) -> str | None:
    """What is wrong with an environment, in words; None where all is well. Starts its interpreter."""
    lock = available().get(environment.backend)
    if lock is not None and hashlib.sha256(lock.read_bytes()).hexdigest() != environment.lock_sha256:
        return f"was built from another lock; `catwalk install {environment.backend}` builds it again"
    missing = environment.missing(requires)
    if missing:
        return f"lacks {', '.join(missing)}; `catwalk install {environment.backend}` builds it again"
    try:
        subprocess.run(  # noqa: S603 - our own environment
            [environment.python, "-c", "import catwalk.serving.worker"],
            env=environment.variables(os.environ),
            capture_output=True,
            text=True,
            timeout=_PROBE_TIMEOUT_S,
            check=True,
        )
    except subprocess.CalledProcessError as error:
        said = error.stderr.strip().splitlines()
        return f"cannot run a worker: {said[-1] if said else f'exit code {error.returncode}'}"
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"does not start: {error}"
    return None


@contextlib.contextmanager
def _alone(parent: Path, backend: str) -> Iterator[None]:
    """Nobody else builds or removes this environment meanwhile.

    The kernel ends the hold when this process and the ones that it started are gone: an installer that outlives a
    killed catwalk still has it.
    """
    with (parent / f".{backend}.busy").open("w") as file:
        os.set_inheritable(file.fileno(), True)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise EnvironmentFailed(f"another process is just installing or removing {backend!r}") from error
        yield


def _put_in_place(making: Path, folder: Path) -> None:
    if folder.exists():
        _throw_away(folder)
    making.rename(folder)


def _throw_away(folder: Path) -> None:
    """First out of sight, in one step, then off the disk: half a folder never counts as installed."""
    doomed = Path(tempfile.mkdtemp(dir=folder.parent, prefix=".removing-"))
    folder.rename(doomed / folder.name)
    shutil.rmtree(doomed, ignore_errors=True)


def build(folder: Path, lock: Lock, say: Say, *, has_gpu: bool) -> None:
    """Make a virtual environment with everything in a lock.

    Args:
        folder: Must not exist; on failure what was made stays.
        lock: What goes in.
        say: Told what goes on.
        has_gpu: Whether there is one; without it a build for CPUs is looked for, which spares gigabytes.

    Raises:
        EnvironmentFailed: the interpreter, a download or a hash was wrong.
    """
    say("making a virtual environment")
    # Our own pip can install into any environment; a copy of it in each would cost seconds and 10 MB.
    without_pip = ["--without-pip"] if importlib.util.find_spec("pip") is not None else []
    _run([_choose_python(lock), "-m", "venv", *without_pip, str(folder)], say)
    if lock.cpu_builds and not has_gpu:
        light = lock.without_cuda()
        try:
            _install_packages(folder, lock.render(light.split()[0]), say)
        except EnvironmentFailed:
            say("no build for CPUs to be found here; taking the one for GPUs")
        else:
            lock = light
    builders, rest = lock.split()
    _install_packages(folder, lock.render(builders), say)
    _install_packages(folder, lock.render(rest), say)


def _choose_python(lock: Lock) -> str:
    """This interpreter where the lock is made for it, else one of the version that it is made for."""
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    if lock.python is None or lock.python == version:
        return sys.executable
    found = shutil.which(f"python{lock.python}")
    if found is None:
        raise EnvironmentFailed(f"this environment needs Python {lock.python}: there is no python{lock.python} on PATH")
    return found


def _install_packages(folder: Path, requirements: str, say: Say) -> None:
    if not requirements:
        return
    python = str(folder / "bin" / "python")
    into = [sys.executable, "-m", "pip", "--python", python]
    if importlib.util.find_spec("pip") is None:
        into = [python, "-m", "pip"]
    with tempfile.NamedTemporaryFile("w", suffix=".txt", dir=folder) as file:
        file.write(requirements)
        file.flush()
        # The lock is whole, so pip resolves nothing, and what is built is built by what the lock has pinned.
        command = [*into, "install", "--disable-pip-version-check", "--no-input", "-r", file.name]
        _run([*command, "--require-hashes", "--no-deps", "--no-build-isolation"], say, path=folder / "bin")


def _run(command: list[str], say: Say, *, path: Path | None = None) -> None:
    """Run a command and pass its lines on.

    Raises:
        EnvironmentFailed: it failed; the message ends with what it said last.
    """
    variables = {name: value for name, value in os.environ.items() if name not in _HIDDEN_FROM_WORKERS}
    if path is not None:  # what builds packages, such as cmake, comes out of the same lock
        variables["PATH"] = os.pathsep.join([str(path), variables.get("PATH", os.defpath)])
    said: list[str] = []
    try:
        with subprocess.Popen(  # noqa: S603 - pip and venv, on what a lock has pinned
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=variables, close_fds=False
        ) as process:
            for line in process.stdout or ():
                if line.strip():
                    said = [*said[-_SAID_LAST:], line.strip()]
                    say(line.strip())
    except OSError as error:
        raise EnvironmentFailed(f"{command[0]} does not start: {error}") from error
    if process.returncode:
        raise EnvironmentFailed(f"{Path(command[0]).name} {' '.join(command[1:4])} failed: {' | '.join(said)}")
