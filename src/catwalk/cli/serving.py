"""``serve``, ``key`` and ``doctor``."""

from __future__ import annotations

import contextlib
import logging
from typing import Any

import click

DEFAULT_PORT = 8000


@click.command()
@click.option(
    "--host", default="127.0.0.1", show_default=True, help="Address to listen on; others than loopback need a key."
)
@click.option("--port", default=DEFAULT_PORT, show_default=True, type=click.IntRange(0, 65535))
@click.option(
    "--preload", multiple=True, metavar="MODEL", help="Load this model at the start; may be given several times."
)
@click.option(
    "--log-format",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="json writes one object a line.",
)
@click.option(
    "--log-level",
    type=click.Choice(["debug", "info", "warning"]),
    default="info",
    show_default=True,
    help="debug has a line for every request; info for those that fail or take longer than 0.1 s.",
)
def serve(host: str, port: int, preload: tuple[str, ...], log_format: str, log_level: str) -> None:
    """Run the server until Ctrl-C.

    \b
    catwalk serve
    catwalk serve --preload hibari --preload faster_whisper
    catwalk serve --host 0.0.0.0 --port 8443       after: catwalk key laptop
    catwalk serve --log-format json 2>&1 | jq .request_id
    """
    import sys

    import uvicorn

    from catwalk.app.server import build
    from catwalk.settings import read_settings

    _set_up_log(log_format, log_level)
    server = build(read_settings(), host=host, preload=preload, works=True)

    class Runner(uvicorn.Server):
        async def shutdown(self, sockets: Any = None) -> None:
            server.works.bulletin.close()  # else all who listen would be waited for
            await super().shutdown(sockets)

    runner = Runner(
        uvicorn.Config(
            server.http, host=host, port=port, log_config=None, timeout_graceful_shutdown=5, access_log=False
        )
    )
    with contextlib.suppress(KeyboardInterrupt):  # it has ended in order by then
        runner.run()
    if not runner.started:
        sys.exit(1)


def _set_up_log(log_format: str, log_level: str) -> None:
    """Log to stderr, every record with the id of the request that it belongs to."""
    from pythonjsonlogger.json import JsonFormatter

    from catwalk.api.request_log import BrokenOffFilter, RequestIdFilter

    # What no line shows need not be found out for every line (Python's logging howto, "Optimization").
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    logging._srcfile = None
    named = "%(asctime)s %(name)s %(levelname)s %(request_id)s %(message)s"
    handler = logging.StreamHandler()
    handler.addFilter(RequestIdFilter())
    handler.setFormatter(JsonFormatter(named) if log_format == "json" else logging.Formatter(named))
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    logging.getLogger("catwalk").setLevel(log_level.upper())
    logging.getLogger("uvicorn.error").addFilter(BrokenOffFilter())
    logging.getLogger("httpx").setLevel(logging.WARNING)


@click.command()
@click.argument("name")
def key(name: str) -> None:
    """Make a key for a caller from another machine, and print it once.

    \b
    catwalk key laptop
    """
    from catwalk.api.auth import add_key
    from catwalk.settings import read_settings

    print(add_key(read_settings().home / "keys", name))


@click.command()
@click.option("--mend", is_flag=True, help="Read the whole library, which takes a while, and mend what can be mended.")
def doctor(mend: bool) -> None:
    """Look over this machine and its library: what works, what does not, and what would mend it.

    \b
    catwalk doctor
    catwalk doctor --mend
    """
    import asyncio
    import sys

    from catwalk.cli.diagnosis import examine
    from catwalk.settings import read_settings

    n_problems = 0
    for finding in asyncio.run(examine(read_settings(), mend=mend)):
        n_problems += not finding.good
        print(f"{'ok  ' if finding.good else 'BAD '} {finding.subject}: {finding.message}")
    sys.exit(1 if n_problems else 0)


COMMANDS = (serve, key, doctor)
