"""``say``, ``transcribe`` and ``verify``."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import click

from catwalk.cli.models import call_server

if TYPE_CHECKING:
    from catwalk.client import Client
    from catwalk.reader.narrator import Claim

_SUFFIXES = {
    ".mp3": "mp3",
    ".wav": "wav",
    ".flac": "flac",
    ".opus": "opus",
    ".ogg": "opus",
    ".aac": "aac",
    ".pcm": "pcm",
}


@click.command()
@click.argument("text")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path, dir_okay=False), default=Path("say.mp3"), show_default=True
)
@click.option("--model", help="Model that speaks  [default: reader.model of the settings]")
@click.option("--voice", help="Its voice, or a blend such as 'af_heart(2)+am_michael(1)'")
@click.option("--speed", type=click.FloatRange(0.5, 2.0), default=1.0, show_default=True)
def say(text: str, output: Path, model: str | None, voice: str | None, speed: float) -> None:
    """Speak TEXT into a file; "-" reads the text from stdin. The suffix names the format.

    \b
    catwalk say "Hello there." -o hello.mp3
    echo "Hello there." | catwalk say - -o hello.wav --model kokoro --voice bf_emma
    """
    from catwalk.library.blobs import write_atomically
    from catwalk.settings import read_settings

    if output.suffix.lower() not in _SUFFIXES:
        raise click.UsageError(f"-o must end in one of {', '.join(_SUFFIXES)}, not {output.suffix or 'nothing'!r}")
    encoding = _SUFFIXES[output.suffix.lower()]
    words = sys.stdin.read() if text == "-" else text
    reader = read_settings().reader
    voice = voice or (reader.voice if model in {None, reader.model} else None)

    async def work(client: Client) -> bytes:
        pieces = client.stream_speech(words, model=model or reader.model, voice=voice, speed=speed, encoding=encoding)
        return b"".join([piece async for piece in pieces])

    write_atomically(output, call_server(work))
    print(output)


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option(
    "--format", "encoding", type=click.Choice(["text", "json", "srt", "vtt"]), default="text", show_default=True
)
@click.option("--model", help="Model that listens  [default: reader.listener of the settings]")
@click.option("--language", help="ISO 639-1 code such as en; found out when left out")
def transcribe(file: Path, encoding: str, model: str | None, language: str | None) -> None:
    """Write down what FILE says, a recording or video of any kind.

    \b
    catwalk transcribe talk.ogg
    catwalk transcribe talk.mp4 --format srt > talk.srt
    """
    from catwalk.settings import read_settings

    listener = model or read_settings().reader.listener
    form = "verbose_json" if encoding == "json" else encoding

    async def work(client: Client) -> str:
        return await client.transcribe_as(file, model=listener, encoding=form, language=language)

    answer = call_server(work)
    print(json.dumps(json.loads(answer), ensure_ascii=False) if encoding == "json" else answer.rstrip("\n"))


@click.command()
@click.argument("file", required=False, type=click.Path(path_type=Path, dir_okay=False))
@click.option("--text", help="What FILE should say")
@click.option("--batch", type=click.File(), help='JSON lines {"file", "text"}; "-" for stdin')
@click.option("--json", "as_json", is_flag=True, help="One JSON document a line.")
@click.option("--model", help="Model that listens  [default: reader.listener of the settings]")
@click.pass_context
def verify(
    context: click.Context, file: Path | None, text: str | None, batch: TextIO | None, as_json: bool, model: str | None
) -> None:
    """Does FILE say TEXT? Exit code 0 when it does, 1 when it does not.

    \b
    catwalk verify take.wav --text "Nothing leaves the box."
    catwalk verify --batch takes.jsonl --json
    """
    from catwalk.reader.narrator import Claim, check_recordings
    from catwalk.settings import read_settings

    if batch is not None and file is None and text is None:
        claims = [_read_claim(line, number) for number, line in enumerate(batch, 1) if line.strip()]
    elif batch is None and file is not None and text is not None:
        claims = [Claim(file, text)]
    else:
        raise click.UsageError("give either FILE and --text, or --batch")
    listener = model or read_settings().reader.listener

    async def work(client: Client) -> bool:
        good = True
        async for claim, answer in check_recordings(claims, client, listener):
            good = good and answer.get("accepted", False)
            print(
                json.dumps({"file": str(claim.file), **answer}, ensure_ascii=False) if as_json else _say(claim, answer)
            )
        return good

    context.exit(0 if call_server(work) else 1)


def _read_claim(line: str, number: int) -> Claim:
    from catwalk.reader.narrator import Claim

    try:
        fields = json.loads(line)
        return Claim(Path(fields["file"]), str(fields["text"]))
    except (ValueError, KeyError, TypeError) as error:
        raise click.UsageError(f'--batch, line {number}: not {{"file": …, "text": …}}: {error}') from error


def _say(claim: Claim, answer: dict[str, Any]) -> str:
    if "error" in answer:
        return f"error     {claim.file}: {answer['error']['message']}"
    if answer["accepted"]:
        return f"accepted  {claim.file}"
    return f"rejected  {claim.file}: {'; '.join(answer['reasons'])} (heard: {answer['heard']!r})"


COMMANDS = (say, transcribe, verify)
