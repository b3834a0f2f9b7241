"""Shows at the command line: ``add``, ``follow``, ``unfollow``, ``shows``, ``episodes``, ``jobs`` and ``lexicon``."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from catwalk.cli import listing

if TYPE_CHECKING:
    from catwalk.client import Client

_ENDED = {"done", "failed", "cancelled"}
_LOOK_S = 0.5
_json = click.option("--json", "as_json", is_flag=True, help="One JSON document a line on stdout.")


def work(ask: Callable[[Client], Awaitable[Any]]) -> Any:
    """Ask the server; where none runs, ask one inside this process and stay until all its jobs have ended."""
    from catwalk.app.connection import connect
    from catwalk.settings import read_settings

    async def run() -> Any:
        settings = read_settings()
        async with connect(settings, works=True) as client:
            if client.url == settings.url:
                return await ask(client)
            before = {job["id"] for job in await _list_jobs(client) if job["state"] in _ENDED}
            answer = await ask(client)
            await _wait(client, before)
        return answer

    return asyncio.run(run())


async def _list_jobs(client: Client) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await client.ask("GET", "/v1/jobs", params={"limit": 500}))["data"]
    return found


async def _wait(client: Client, before: set[str]) -> None:
    """Say how jobs go on until none is left; of those ``before`` nothing is said."""
    said: dict[str, str] = {}
    while True:
        jobs = [job for job in await _list_jobs(client) if job["id"] not in before]
        for job in reversed(jobs):
            line = describe(job)
            if job["state"] != "queued" and said.get(job["id"]) != line:
                said[job["id"]] = line
                print(line, file=sys.stderr)
        if all(job["state"] in _ENDED or job["state"] == "paused" for job in jobs):
            return
        await asyncio.sleep(_LOOK_S)


def describe(job: dict[str, Any]) -> str:
    """A job in one line."""
    about = " ".join(str(value) for name, value in job["arguments"].items() if name in {"episode", "show", "url"})
    progress = job["progress"]
    stage = f"  {progress['stage']}" if progress["stage"] and job["state"] == "running" else ""
    of = f" {progress['done']} of {progress['total']}" if stage and progress["total"] else ""
    problem = f"  {job['problem']}" if job["problem"] else ""
    return f"{job['id'][:8]}  {job['state']:<9} {job['kind']:<8} {about}{stage}{of}{problem}"


def _print(items: list[dict[str, Any]], as_json: bool, write: Callable[[dict[str, Any]], str]) -> None:
    for item in items:
        print(json.dumps(item, ensure_ascii=False) if as_json else write(item))


@click.command()
@click.argument("url")
@click.option("--show", default="reading-list", show_default=True, help="Into this show.")
@_json
def add(url: str, show: str, as_json: bool) -> None:
    """Have the post at URL read, into the reading list or another show.

    \b
    catwalk add https://example.com/posts/teapots
    """
    found = work(lambda client: client.ask("POST", "/v1/episodes", json={"url": url, "show": show}))
    _print([found], as_json, lambda each: f"episode {each['id']}: {each['title']}")


@click.command()
@click.argument("url")
@click.option("--title", help="Name of the show  [default: the blog's own]")
@click.option("--public", is_flag=True, help="No key in the feed's address.")
@click.option("--own", is_flag=True, help="The texts are your own: no attribution, and directories may list the feed.")
@click.option("--model", help="Model that speaks  [default: reader.model]")
@click.option("--voice", help="Voice that speaks  [default: reader.voice]")
@_json
def follow(
    url: str, title: str | None, public: bool, own: bool, model: str | None, voice: str | None, as_json: bool
) -> None:
    """Follow the blog at URL: what it publishes from now on becomes episodes by itself, while the server runs.

    \b
    catwalk follow https://example.com/blog/
    catwalk archive https://example.com/blog/     # what it has published before
    """
    wanted = {"url": url, "title": title, "public": public, "own": own, "model": model, "voice": voice, "follow": True}
    found = work(lambda client: client.ask("POST", "/v1/shows", json=wanted))
    _print([found], as_json, _show_line)


@click.command()
@click.argument("show")
def unfollow(show: str) -> None:
    """Follow SHOW's blog no more; its episodes stay.

    \b
    catwalk unfollow teapots
    """
    work(lambda client: client.ask("PATCH", f"/v1/shows/{show}", json={"follow": False}))


@click.group(invoke_without_command=True)
@_json
@click.pass_context
def shows(context: click.Context, as_json: bool) -> None:
    """List the shows, with the addresses of their feeds.

    \b
    catwalk shows
    catwalk shows --json | jq -r .feed
    catwalk shows mix "All I read" teapots kettles
    """
    if context.invoked_subcommand:
        return
    _print(listing.list_shows(), as_json, _show_line)


@shows.command("mix")
@click.argument("title")
@click.argument("members", metavar="SHOW...", nargs=-1, required=True)
@click.option("--public", is_flag=True, help="No key in the feed's address.")
@_json
def mix_shows(title: str, members: tuple[str, ...], public: bool, as_json: bool) -> None:
    """Make a show TITLE that has the episodes of every SHOW.

    \b
    catwalk shows mix "All I read" teapots kettles
    """
    wanted = {"kind": "mix", "title": title, "shows": list(members), "public": public}
    found = work_without_waiting(lambda client: client.ask("POST", "/v1/shows", json=wanted))
    _print([found], as_json, _show_line)


@click.command()
@click.argument("show", required=False)
@click.option("--state", type=click.Choice(["waiting", "reading", "ready", "failed", "withdrawn"]))
@_json
def episodes(show: str | None, state: str | None, as_json: bool) -> None:
    """List the episodes of SHOW, or all, the newest post first.

    \b
    catwalk episodes teapots
    catwalk episodes --state failed --json
    """
    _print(listing.list_episodes(show, state), as_json, _episode_line)


def _show_line(show: dict[str, Any]) -> str:
    return f"{show['slug']}  {show['title']}{'  followed' if show['followed'] else ''}  {show['feed']}"


def _episode_line(episode: dict[str, Any]) -> str:
    length = f"{episode['duration_s'] / 60:.0f} min" if episode["duration_s"] else episode["state"]
    flagged = f"  {episode['flagged']} flagged" if episode["flagged"] else ""
    problem = f"  {episode['problem']}" if episode["problem"] else ""
    return f"{episode['id']:>5}  {episode['published'][:10]}  {length:>8}  {episode['title']}{flagged}{problem}"


@click.group(invoke_without_command=True)
@click.option("--state", type=click.Choice(["queued", "running", "paused", "done", "failed", "cancelled"]))
@click.option("--limit", type=click.IntRange(1, 500), default=30, show_default=True)
@_json
@click.pass_context
def jobs(context: click.Context, state: str | None, limit: int, as_json: bool) -> None:
    """List jobs, the newest first; pause, resume, cancel or move one by its id, or say what happened to it.

    \b
    catwalk jobs --state running
    catwalk jobs pause 1f0c2a77
    """
    if context.invoked_subcommand:
        return
    _print(listing.list_jobs(state, limit), as_json, describe)


def work_without_waiting(ask: Callable[[Client], Awaitable[Any]]) -> Any:
    """Ask the server; where none runs, ask one inside this process, which has its jobs for that moment only."""
    from catwalk.app.connection import connect
    from catwalk.settings import read_settings

    async def run() -> Any:
        async with connect(read_settings(), works=True) as client:
            return await ask(client)

    return asyncio.run(run())


async def _complete(client: Client, job: str) -> str:
    return listing.complete(await _list_jobs(client), job)


def _job_command(action: str, text: str) -> click.Command:
    @click.command(action, help=text)
    @click.argument("job")
    @_json
    def command(job: str, as_json: bool) -> None:
        async def ask(client: Client) -> Any:
            return await client.ask("POST", f"/v1/jobs/{await _complete(client, job)}/{action}")

        _print([work_without_waiting(ask)], as_json, describe)

    return command


for _action, _text in (
    ("pause", "Have JOB rest; what it has done stays done."),
    ("resume", "Go on with JOB, which was paused, cancelled or has failed."),
    ("cancel", "End JOB; what it has done stays done."),
):
    jobs.add_command(_job_command(_action, _text))


@jobs.command("log")
@click.argument("job")
@_json
def log_job(job: str, as_json: bool) -> None:
    """Say what has happened to JOB: when it began, each stage, what it waited for, why it failed.

    \b
    catwalk jobs log 1f0c2a77
    """
    _print(listing.list_log(job), as_json, _describe_entry)


def _describe_entry(entry: dict[str, Any]) -> str:
    at = datetime.fromisoformat(entry["at"]).astimezone()
    return f"{at:%Y-%m-%d %H:%M:%S}  {entry['event']:<9} {entry['detail']}".rstrip()


@jobs.command("move")
@click.argument("job")
@click.option("--before", metavar="JOB", help="The waiting job that begins after it.")
@_json
def move_job(job: str, before: str | None, as_json: bool) -> None:
    """Have JOB begin before all others that wait, or before one of them.

    \b
    catwalk jobs move 1f0c2a77
    catwalk jobs move 1f0c2a77 --before 77a2c0f1
    """

    async def ask(client: Client) -> Any:
        wanted = {"before": await _complete(client, before)} if before else {}
        return await client.ask("POST", f"/v1/jobs/{await _complete(client, job)}/move", json=wanted)

    _print([work_without_waiting(ask)], as_json, describe)


@click.group()
def lexicon() -> None:
    """How particular words are said.

    \b
    catwalk lexicon add GOEWS "goes"
    catwalk lexicon list
    catwalk lexicon remove GOEWS
    """


@lexicon.command("list")
@click.option("--show", help="Those of this show alone.")
@_json
def list_words(show: str | None, as_json: bool) -> None:
    """List the words that are said otherwise.

    \b
    catwalk lexicon list --show teapots
    """
    _print(listing.list_words(show), as_json, lambda each: f"{each['written']}  {each['spoken']}")


@lexicon.command("remove")
@click.argument("word")
@click.option("--show", help="In this show alone.")
@_json
def remove_word(word: str, show: str | None, as_json: bool) -> None:
    """Forget how WORD was to be said, and speak the lines again in which it occurs.

    \b
    catwalk lexicon remove GOEWS
    """
    params = {"written": word} | ({"show": show} if show else {})
    found = work(lambda client: client.ask("DELETE", "/v1/lexicon", params=params))
    _print([found], as_json, lambda each: f"{len(each['lines'])} lines in {len(each['episodes'])} episodes")


@lexicon.command("add")
@click.argument("word")
@click.argument("spoken")
@click.option("--show", help="In this show alone.")
@_json
def add_word(word: str, spoken: str, show: str | None, as_json: bool) -> None:
    """Have WORD said as SPOKEN from now on, and speak the lines again in which it occurs, in every episode.

    \b
    catwalk lexicon add GOEWS "goes"
    catwalk lexicon add nginx "engine x" --show teapots
    """
    wanted = {"written": word, "spoken": spoken} | ({"show": show} if show else {})
    found = work(lambda client: client.ask("POST", "/v1/lexicon", json=wanted))
    _print([found], as_json, lambda each: f"{len(each['lines'])} lines in {len(each['episodes'])} episodes")


COMMANDS = (add, follow, unfollow, shows, episodes, jobs, lexicon)
