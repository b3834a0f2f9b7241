"""Lock files of isolated environments, as text in and requirements out; nothing is installed here.

The format is that of pip's requirements files with hashes, as ``uv pip compile`` writes it. Two comments say more:
``# python: 3.11``, that the packages exist for that version alone, and ``# cpu: torch==2.13.0+cpu --hash=…``, which
build of a package to try first on a machine without GPU.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from catwalk.errors import EnvironmentFailed

_BUILDERS = frozenset(
    {
        "cmake",
        "editables",
        "hatchling",
        "ninja",
        "packaging",
        "pathspec",
        "pluggy",
        "scikit-build-core",
        "setuptools",
        "torch",
        "trove-classifiers",
        "wheel",
    }
)
"""Installed first: packages without a wheel are built with them, and torch's build decides about CUDA's libraries."""

_CUDA = re.compile(r"nvidia-(?!ml-py)|cuda-|triton$")
_NAME = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]*)==[^\s;\\]+")
_CPU_BUILD = re.compile(r"^# cpu: (\S+==\S+ --hash=sha256:[0-9a-f]{64})$", re.MULTILINE)
_PYTHON = re.compile(r"^# python: (\d+\.\d+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Requirement:
    """One pinned package."""

    name: str
    """Lower case, words joined by dashes."""

    text: str
    """The whole entry: version, marker and hashes."""

    @property
    def is_cuda(self) -> bool:
        """Whether only a build of torch for NVIDIA's GPUs needs it."""
        return _CUDA.match(self.name) is not None


@dataclass(frozen=True, slots=True)
class Lock:
    """Everything that an environment holds."""

    python: str | None
    """The version of Python that it is made for, such as ``3.11``; None for any."""

    requirements: tuple[Requirement, ...]

    cpu_builds: tuple[Requirement, ...] = ()
    """Builds without CUDA of some of them; they lie in few places."""

    def split(self) -> tuple[list[Requirement], list[Requirement]]:
        """What has to be there before the rest, and the rest."""
        return (
            [each for each in self.requirements if each.name in _BUILDERS],
            [each for each in self.requirements if each.name not in _BUILDERS],
        )

    def without_cuda(self) -> Lock:
        """The same with the builds for CPUs in place of the others, and none of CUDA's libraries."""
        instead = {each.name: each for each in self.cpu_builds}
        kept = tuple(instead.get(each.name, each) for each in self.requirements if not each.is_cuda)
        return Lock(self.python, kept)

    @staticmethod
    def render(requirements: Iterable[Requirement]) -> str:
        """Those requirements as pip reads them; empty for none."""
        return "".join(f"{each.text}\n" for each in requirements)


def parse_lock(text: str) -> Lock:
    """The requirements of a lock file.

    Raises:
        EnvironmentFailed: an entry is not pinned to one version, or has no hash.
    """
    python = _PYTHON.search(text)
    entries = re.split(r"\n(?=\S)", "\n".join(line for line in text.splitlines() if not line.startswith("#")))
    requirements = tuple(_parse_entry(each.strip()) for each in entries if each.strip())
    cpu_builds = tuple(_parse_entry(each) for each in _CPU_BUILD.findall(text))
    return Lock(python[1] if python else None, requirements, cpu_builds)


def _parse_entry(entry: str) -> Requirement:
    named = _NAME.match(entry)
    if named is None or "--hash=sha256:" not in entry:
        raise EnvironmentFailed(f"a lock holds packages pinned with == and hashes, not {entry.splitlines()[0][:80]!r}")
    return Requirement(re.sub(r"[-_.]+", "-", named[1]).lower(), entry)
