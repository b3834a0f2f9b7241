"""What models said, by what they were asked, so that the same post gives the same script."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from catwalk.library.blobs import write_atomically


class KeptDescriptions:
    """The answers under one data folder."""

    def __init__(self, home: Path) -> None:
        self._records = home / "descriptions"

    def find(self, model: str, asked: str | bytes) -> str | None:
        """What was kept of ``model`` for this question; empty where it said nothing, None where it was not asked.

        Args:
            model: Its name.
            asked: All that decides the answer: the question and the text, or the bytes of a picture.
        """
        try:
            said = json.loads(self._path(model, asked).read_bytes())["said"]
        except (FileNotFoundError, ValueError, LookupError, TypeError):
            return None
        return said if isinstance(said, str) else None

    def keep(self, model: str, asked: str | bytes, said: str) -> None:
        """Keep an answer."""
        record = json.dumps({"model": model, "said": said}, ensure_ascii=False)
        write_atomically(self._path(model, asked), record.encode())

    def _path(self, model: str, asked: str | bytes) -> Path:
        content = asked.encode(errors="surrogatepass") if isinstance(asked, str) else asked
        digest = hashlib.sha256(model.encode() + b"\0" + content).hexdigest()
        return self._records / digest[:2] / f"{digest}.json"
