"""Writes the locks that no extra of pyproject.toml makes: what builds torch, and the node of machines without one.

``.venv/bin/python requirements/pin.py``; needs uv. An ``.in`` file is what ``uv pip compile`` takes, with comments of
these kinds: ``# python: 3.11`` makes the lock for that version alone, ``# cpu: NAME==VERSION --hash=sha256:HEX`` names
the build that a machine without GPU tries first, ``# extra: NAME`` and ``# group: NAME`` take what pyproject.toml has,
``# override: REQUIREMENT`` goes before what packages ask for (resemblyzer asks for a typing of before Python 3.5).
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
SOURCES = [
    *sorted((ROOT / "src/catwalk/environments").glob("*.in")),
    ROOT / "requirements/models.in",
    ROOT / "requirements/studio.in",
]


def pin(source: Path) -> str:
    """The lock of one source."""
    wanted = source.read_text()
    options = [f"--{kind}={name}" for kind, name in re.findall(r"^# (extra|group): (\S+)$", wanted, re.MULTILINE)]
    python = re.search(r"^# python: (\S+)$", wanted, re.MULTILINE)
    project = [str(ROOT / "pyproject.toml")] if options else []
    command = ["uv", "pip", "compile", *project, str(source), *options, "--universal", "--generate-hashes"]
    command += ["--no-emit-index-url", "--no-annotate", "--no-header", "--quiet"]
    command += ["--python-version", python[1] if python else "3.11"]
    overrides = "\n".join(re.findall(r"^# override: (.+)$", wanted, re.MULTILINE))
    command += ["--override", "-"] if overrides else []
    done = subprocess.run(command, cwd=ROOT, input=overrides, capture_output=True, text=True, check=True)  # noqa: S603
    kept = re.findall(r"^# (?:python|cpu): .*$", wanted, re.MULTILINE)
    return "\n".join([*kept, done.stdout])


if __name__ == "__main__":
    chosen = [Path(name).resolve() for name in sys.argv[1:]] or SOURCES
    for each in chosen:
        each.with_suffix(".lock").write_text(pin(each))
