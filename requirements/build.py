"""Builds a virtual environment from a lock: ``.venv/bin/python requirements/build.py FOLDER LOCK``.

As ``catwalk install`` does it, so that a machine without GPU takes PyTorch's build for CPUs where it finds one.
"""

from __future__ import annotations

import sys
from pathlib import Path

from catwalk.serving.environments import build
from catwalk.serving.gpus import Gpus
from catwalk.serving.locks import parse_lock


def _say(line: str) -> None:
    if not line.startswith(("WARNING", "Requirement already satisfied")):
        sys.stderr.write(f"{line}\n")


if __name__ == "__main__":
    folder, lock = (Path(argument) for argument in sys.argv[1:])
    build(folder, parse_lock(lock.read_text()), _say, has_gpu=bool(Gpus.find().devices))
