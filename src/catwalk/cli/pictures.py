"""``caption`` and ``draw``."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from catwalk.cli.models import call_server

if TYPE_CHECKING:
    from catwalk.client import Client

_SIZE = re.compile(r"(\d{2,5})x(\d{2,5})")


@click.command()
@click.argument("image", metavar="IMAGE|URL")
@click.option("--model", help="Model that looks  [default: the first of the catalog that captions]")
@click.option("--prompt", help="How the caption begins, or a question, for a model that takes one")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
def caption(image: str, model: str | None, prompt: str | None, as_json: bool) -> None:
    """Say what is to be seen in IMAGE: a file, an http(s) address, a data URI, or "-" for stdin.

    With --model ocr, say what stands written in it.

    \b
    catwalk caption kettle.jpg
    catwalk caption slide.png --model ocr
    catwalk caption https://example.com/kettle.jpg --prompt "a photograph of" --json
    """

    async def work(client: Client) -> tuple[str, str]:
        content = await read_image(image)
        chosen = model or await choose_model(client, "caption", last="ocr")
        return chosen, await client.caption(content, model=chosen, prompt=prompt)

    chosen, words = call_server(work)
    if as_json:
        print(json.dumps({"image": image, "model": chosen, "caption": words}, ensure_ascii=False))
    else:
        print(words)


@click.command()
@click.argument("prompt")
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), required=True, help="FILE.png")
@click.option("--size", help="WIDTHxHEIGHT in pixels  [default: the model's own]")
@click.option("--seed", type=click.IntRange(0, 2**53 - 1), help="The same seed draws the same picture")
@click.option("--model", help="Model that draws  [default: the first of the catalog that can]")
def draw(prompt: str, output: Path, size: str | None, seed: int | None, model: str | None) -> None:
    """Draw what PROMPT says into a PNG file; "-" reads the prompt from stdin.

    \b
    catwalk draw "A kettle on a stove, watercolour" -o kettle.png
    catwalk draw "A kettle" -o kettle.png --size 512x512 --seed 7 --model sd
    """
    from catwalk.library.blobs import write_atomically

    if output.suffix.lower() != ".png":
        raise click.UsageError(f"-o must end in .png, not {output.suffix or 'nothing'!r}")
    if size is not None and not _SIZE.fullmatch(size):
        raise click.UsageError(f"--size is WIDTHxHEIGHT such as 512x512, not {size!r}")
    words = sys.stdin.read() if prompt == "-" else prompt

    async def work(client: Client) -> bytes:
        chosen = model or await choose_model(client, "illustrate", last=None)
        return await client.draw(words, model=chosen, size=size, seed=seed)

    write_atomically(output, call_server(work))
    print(output)


async def read_image(source: str) -> bytes:
    """The bytes of a picture: of a file, an address, a data URI, or standard input.

    Raises:
        InvalidRequest: it is no picture that can be read.
        SourceError: it cannot be had.
    """
    from catwalk.app.choices import fetch_limits
    from catwalk.picture import inspect_picture, read_data_uri
    from catwalk.reader.fetch import fetch_picture
    from catwalk.settings import read_settings

    if source.startswith("data:"):
        content = read_data_uri(source)
    elif re.match(r"[A-Za-z][A-Za-z0-9+.-]*://", source):
        content = await fetch_picture(source, limits=fetch_limits(read_settings(), for_person=True))
    else:
        content = _read_file(source)
    inspect_picture(content)
    return content


def _read_file(source: str) -> bytes:
    from catwalk.errors import FetchFailed
    from catwalk.picture import MAX_BYTES

    if source == "-":
        return sys.stdin.buffer.read(MAX_BYTES + 1)
    try:
        with Path(source).expanduser().open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        raise FetchFailed(f"{source} cannot be opened: {error}") from error


async def choose_model(client: Client, task: str, *, last: str | None) -> str:
    """The first model of the server's catalog that does ``task``; those for trying things out are left aside.

    Args:
        client: Where the catalog is.
        task: What it must be able to do.
        last: The backend that is taken only where no other is there.

    Raises:
        UnknownModel: there is none.
    """
    from catwalk.errors import UnknownModel

    able = [model for model in await client.models() if task in model.tasks and model.raw.get("backend") != "fake"]
    if not able:
        raise UnknownModel(f"no model of the catalog can {task}; docs/how-to/pictures.md says how to add one")
    return min(able, key=lambda model: model.raw.get("backend") == last).name


COMMANDS = (caption, draw)
