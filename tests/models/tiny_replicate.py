"""Replicate's API, spoken by a server of the tests."""

from __future__ import annotations

import os
import threading
from pathlib import Path

from tiny import Tiny


def build(folder: Path) -> Tiny:
    """No weights: a server in a thread of this process, which ends with it."""
    from replicate_server import KEY, ReplicateServer

    del folder
    server = ReplicateServer()
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    os.environ["TINY_REPLICATE_KEY"] = KEY
    options = {"model": "owner/name", "url": server.url, "key_env": "TINY_REPLICATE_KEY", "poll_s": 0.01}
    return Tiny(weights=None, options=options | {"voices": ["anna", "ben"]})
