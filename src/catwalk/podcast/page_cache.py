"""Answers kept on disk, so that the next crawl asks only whether they still hold."""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
import zlib
from pathlib import Path

from catwalk.reader.fetch import Reply

logger = logging.getLogger(__name__)

MAX_BYTES = 1024 * 1024 * 1024
_KEPT_HEADERS = ("etag", "last-modified", "content-type", "link", "x-wp-total", "x-wp-totalpages")


class PageCache:
    """One file an address, in ``folder``; the longest unused go first when there are too many bytes."""

    def __init__(self, folder: Path, max_bytes: int = MAX_BYTES) -> None:
        """Look after ``folder``, which is made when it is needed."""
        self._folder = folder
        self._max_bytes = max_bytes

    def find(self, url: str) -> Reply | None:
        """What ``url`` answered last, if it can be asked for again conditionally."""
        path = self._path(url)
        try:
            head, _, packed = path.read_bytes().partition(b"\n")
            facts = json.loads(head)
            content = zlib.decompress(packed)
            os.utime(path)
        except (OSError, ValueError, zlib.error):  # not there, or a disk that lost half of it: the same as not there
            return None
        return Reply(facts["url"], 200, facts["headers"], content)

    def keep(self, url: str, reply: Reply) -> None:
        """Keep an answer that says how to ask for it conditionally; others are of no use."""
        if not {"etag", "last-modified"} & reply.headers.keys():
            return
        headers = {name: reply.headers[name] for name in _KEPT_HEADERS if name in reply.headers}
        head = json.dumps({"url": reply.url, "headers": headers})
        path = self._path(url)
        unfinished = path.with_suffix(f".{os.getpid()}.tmp")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            unfinished.write_bytes(head.encode() + b"\n" + zlib.compress(reply.content, 1))
            unfinished.replace(path)
        except OSError as error:  # a full disk costs the next crawl a request, not this one its life
            logger.warning("not kept: %s: %s", url, error)
            with contextlib.suppress(OSError):
                unfinished.unlink(missing_ok=True)

    def trim(self) -> int:
        """Bring the folder under its limit; the number of files that went."""
        files = [(path, path.stat()) for path in self._folder.glob("*/*") if path.is_file()]
        n_bytes = sum(stat.st_size for _, stat in files)
        n_gone = 0
        for path, stat in sorted(files, key=lambda each: each[1].st_mtime):
            if n_bytes <= self._max_bytes:
                break
            path.unlink(missing_ok=True)
            n_bytes -= stat.st_size
            n_gone += 1
        return n_gone

    def _path(self, url: str) -> Path:
        name = hashlib.sha256(url.encode()).hexdigest()
        return self._folder / name[:2] / name
