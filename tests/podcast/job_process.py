"""A process with jobs, for tests that kill it: ``python tests/podcast/job_process.py HOME [DATABASE]``.

It says ``ready``, then the name of every job that it begins, and ends with its standard input.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any

from catwalk.podcast.job import Queue, Tell
from catwalk.podcast.jobs import Jobs


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


async def count(arguments: dict[str, Any], tell: Tell) -> None:
    say(arguments["name"])
    tell("counting", 1, 2)
    if arguments.get("waits"):
        await asyncio.Event().wait()  # for ever: this process is going to be killed


async def main(home: Path, database: str | None) -> None:
    queues = (Queue("counts", frozenset({"count"}), 1),)
    jobs = await Jobs.start(home, database, queues, lambda _: {"count": count})
    say("ready")
    await asyncio.to_thread(sys.stdin.read)
    await jobs.stop()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else None))
