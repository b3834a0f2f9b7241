"""``read``, ``script`` and ``pronounce``."""

from __future__ import annotations

import asyncio
import json
import re
import sys
from pathlib import Path
from typing import Any

import click

from catwalk.errors import CatwalkError

_FORMATS = (".mp3", ".m4a", ".opus")


_lexicon = click.option(
    "--lexicon",
    "lexicons",
    multiple=True,
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="File that says how words are said, above those of the settings; may be given several times",
)


@click.command()
@click.argument("source")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="FILE.mp3, .m4a or .opus  [default: the title, .mp3]",
)
@click.option("--model", help="Model that speaks  [default: reader.model of the settings]")
@click.option("--voice", help="Its voice, or a blend such as 'af_heart(2)+am_michael(1)'")
@click.option("--speed", type=click.FloatRange(0.5, 2.0), help="Rate relative to the voice's own")
@_lexicon
@click.option("--any-language", is_flag=True, help="Read a post that is not in English as if it were")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
def read(
    source: str,
    output: Path | None,
    model: str | None,
    voice: str | None,
    speed: float | None,
    lexicons: tuple[Path, ...],
    any_language: bool,
    as_json: bool,
) -> None:
    """Read SOURCE out loud into a file: a URL, an .html, .md or .txt file, or "-" for text on stdin.

    Every line is listened to and spoken again when it came out wrong. Beside the audio stand its transcript (.vtt),
    chapters (.chapters.json) and script (.script.json). Interrupted, the same command goes on where it stopped.

    \b
    catwalk read https://example.com/post
    catwalk read notes.md -o notes.m4a --model kokoro --voice bf_emma
    """
    from catwalk.app.choices import fetch_limits, reading_choices
    from catwalk.app.connection import connect
    from catwalk.cli.progress import show_progress
    from catwalk.library.descriptions import KeptDescriptions
    from catwalk.library.takes import Takes
    from catwalk.reader.reading import Reading, enrich, prepare, produce
    from catwalk.settings import read_settings

    if output is not None and output.suffix.lower() not in _FORMATS:
        raise click.UsageError(f"-o must end in one of {', '.join(_FORMATS)}, not {output.suffix or 'nothing'!r}")
    settings = read_settings()
    choices = reading_choices(
        settings, model=model, voice=voice, speed=speed, lexicons=lexicons, any_language=any_language
    )
    limits = fetch_limits(settings, for_person=True)

    async def run() -> Reading:
        draft = await prepare(source, limits=limits, choices=choices)
        takes, kept = Takes(settings.home), KeptDescriptions(settings.home)
        target = output or Path(f"{name_file(draft.article.title)}.mp3")
        async with connect(settings) as client:
            draft = await enrich(draft, client, kept, choices=choices, limits=limits)
            print(f"{draft.article.title}: {len(draft.script.lines)} lines", file=sys.stderr)
            with show_progress(draft.article.title) as advance:
                return await produce(draft, client, takes, target, choices=choices, advance=advance, limits=limits)

    done = asyncio.run(run())
    if as_json:
        print(json.dumps(done.to_json(), ensure_ascii=False))
        return
    for line in done.flagged:
        print(f"flagged {line.id}: {line.text!r}: {'; '.join(line.reasons)}", file=sys.stderr)
    print(done.audio)


def name_file(title: str) -> str:
    """A title as a file name: lower case, words joined by hyphens, at most 80 characters."""
    words = re.findall(r"[^\W_]+", title.lower())
    return "-".join(words)[:80].strip("-") or "reading"


@click.command()
@click.argument("sources", nargs=-1, required=True, metavar="SOURCE...")
@_lexicon
@click.option("--json", "as_json", is_flag=True, help="One JSON document a line, one line a source.")
def script(sources: tuple[str, ...], lexicons: tuple[Path, ...], as_json: bool) -> None:
    """Show what would be read of each SOURCE and what became of every block; speaks nothing, loads no model.

    \b
    catwalk script https://example.com/post
    catwalk script --json post.html other.md | jq .ledger
    """
    from catwalk.app.choices import fetch_limits, reading_choices
    from catwalk.reader.document import article_to_json
    from catwalk.reader.reading import Draft, prepare
    from catwalk.settings import read_settings

    settings = read_settings()
    choices = reading_choices(settings, lexicons=lexicons)
    limits = fetch_limits(settings, for_person=True)

    async def prepare_one(source: str) -> Draft:
        return await prepare(source, limits=limits, choices=choices)

    failed = False
    with asyncio.Runner() as runner:
        for source in sources:
            try:
                draft = runner.run(prepare_one(source))
            except CatwalkError as error:
                failed = True
                print(f"catwalk: {source}: {error}", file=sys.stderr)
                if as_json:
                    print(json.dumps({"source": source, **error.to_body()}, ensure_ascii=False), flush=True)
                continue
            document = article_to_json(draft.article, draft.script)
            print(json.dumps(document, ensure_ascii=False) if as_json else _show(document), flush=True)
    sys.exit(1 if failed else 0)


def _show(document: dict[str, Any]) -> str:
    lines = [document["title"], "=" * len(document["title"]), ""]
    lines += [f"{line['id']:>5} {line['kind']:<9} {line['spoken'] or '…'}" for line in document["lines"]]
    left = [entry for entry in document["ledger"] if entry["fate"] != "spoken"]
    lines += ["", *(f"{entry['fate']} {entry['block']}: {entry.get('reason', '')}" for entry in left)]
    return "\n".join(lines)


@click.command()
@click.argument("text", default="-")
@click.option("--explain", is_flag=True, help="Say which rule changed what.")
@_lexicon
def pronounce(text: str, explain: bool, lexicons: tuple[Path, ...]) -> None:
    """Show the words that would be spoken for TEXT, one output line per input line; "-" reads stdin.

    --explain says on stderr which rule changed what, and behind "voice:" what a voice is given for a word that it would
    misread.

    \b
    catwalk pronounce "x86_64 on port 8080, 2024-02-16"
    catwalk pronounce --explain < terms.txt
    """
    from catwalk.reader.pronounce import Lexicon, explain_for_voice
    from catwalk.reader.pronounce import explain as explain_changes
    from catwalk.reader.pronounce import pronounce as say_words
    from catwalk.settings import list_lexicons, read_settings

    lexicon = Lexicon.stack([*lexicons, *list_lexicons(read_settings())])
    lines = (line.rstrip("\n") for line in sys.stdin) if text == "-" else text.splitlines() or [""]
    for line in lines:
        spoken = say_words(line, lexicon=lexicon)
        print(spoken, flush=True)
        if explain:
            for change in explain_changes(line, lexicon=lexicon):
                print(f"    {change.written!r} -> {change.spoken!r}  ({change.rule})", file=sys.stderr)
            for change in explain_for_voice(spoken):
                print(f"    voice: {change.written!r} -> {change.spoken!r}  ({change.rule})", file=sys.stderr)


COMMANDS = (read, script, pronounce)
