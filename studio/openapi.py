"""Writes the description of the API that the page's types are made from: ``python studio/openapi.py FILE``."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from catwalk.app.server import build
from catwalk.settings import read_settings

if __name__ == "__main__":
    document = build(read_settings(home=Path("/nonexistent"))).http.openapi()
    Path(sys.argv[1]).write_text(json.dumps(document))
