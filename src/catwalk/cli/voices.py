"""``voices``: list, add, remove, compare and fit them, and a text to read aloud."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from catwalk.cli.models import call_server

if TYPE_CHECKING:
    from catwalk.casting.compare import Comparison
    from catwalk.casting.fit import Fit
    from catwalk.client import Client


@click.group(invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON document a line.")
@click.pass_context
def voices(context: click.Context, as_json: bool) -> None:
    """List every voice: your own, made from clips, and those of the models.

    \b
    catwalk voices
    catwalk voices script                              a text to read aloud for good clips
    catwalk voices add ann clip1.wav clip2.mp3 --consent
    catwalk voices fit ann --backend kokoro            for a model that cannot clone
    catwalk voices compare ann af_heart --plot alike.png
    catwalk voices remove ann
    """
    if context.invoked_subcommand is not None:
        return

    async def work(client: Client) -> list[dict[str, Any]]:
        return await client.voices()

    found = call_server(work)
    if as_json:
        for voice in found:
            print(json.dumps(voice, ensure_ascii=False))
        return
    print(f"{'VOICE':<24}{'KIND':<9}{'LANGUAGE':<10}{'MODELS':<26}ABOUT")
    for voice in found:
        print(_describe(voice))


def _describe(voice: dict[str, Any]) -> str:
    about = voice["description"]
    if voice["clips"]:
        seconds = sum(clip["duration_s"] for clip in voice["clips"])
        about = f"{len(voice['clips'])} clips, {seconds:.0f} s"
        about += "".join(f"; fitted for {backend}" for backend in voice["blends"])
    models = ", ".join(voice["models"]) or "none"
    return f"{voice['name']:<24}{voice['kind']:<9}{voice['language'] or '-':<10}{models:<26}{about}"


@voices.command()
@click.argument("name")
@click.argument("clips", nargs=-1, required=True, type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--consent", is_flag=True, help="The speaker agrees to have the voice copied.")
@click.option("--force", is_flag=True, help="Put up with noise, clipping, music and other speakers.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
def add(name: str, clips: tuple[Path, ...], consent: bool, force: bool, as_json: bool) -> None:
    """Make the voice NAME from CLIPs of one speaker, 3 s to 10 min each.

    Clips are trimmed and brought to one level; the originals are kept. What is too short, clipped, noisy, music or
    somebody else is refused, all of it at once.

    \b
    catwalk voices add ann clip1.wav clip2.mp3 clip3.flac --consent
    """
    if not consent:
        raise click.UsageError(
            "a voice is made only of somebody who agrees to have it copied; if the speaker does, add --consent"
        )

    async def work(client: Client) -> dict[str, Any]:
        return await client.add_voice(name, clips, consent=consent, force=force)

    voice = call_server(work)
    for note in voice["notes"]:
        print(note, file=sys.stderr)
    print(json.dumps(voice, ensure_ascii=False) if as_json else _describe(voice))


@voices.command()
@click.argument("name")
def remove(name: str) -> None:
    """Remove the voice NAME: its clips, and all that models made of them.

    \b
    catwalk voices remove ann
    """

    async def work(client: Client) -> None:
        await client.remove_voice(name)

    call_server(work)
    print(f"{name} is removed")


@voices.command()
def script() -> None:
    """Print a text to read aloud for good clips, and how to record it.

    \b
    catwalk voices script
    """
    from catwalk.casting.texts import HOW_TO_READ, READ_ALOUD

    print(f"{HOW_TO_READ}\n\n{READ_ALOUD}", end="")


@voices.command()
@click.argument("sides", nargs=-1, required=True, metavar="A B …")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
@click.option("--plot", type=click.Path(path_type=Path, dir_okay=False), help="Draw it into FILE.png.")
@click.option("--encoder", metavar="MODEL", help="Model that compares  [default: the first that is installed]")
def compare(sides: tuple[str, ...], as_json: bool, plot: Path | None, encoder: str | None) -> None:
    """Say how alike voices are: 1 is the same; two speakers score 0.5 to 0.75.

    Each of A, B … is a recording, a folder of recordings, a voice of yours (its clips), a model's voice (which speaks
    for it), or VOICE@MODEL (what that model makes of it).

    \b
    catwalk voices compare ann af_heart bm_george
    catwalk voices compare distorted/ natural/ ann@tortoise --plot alike.png
    """
    from catwalk.casting.compare import compare as compare_sides
    from catwalk.casting.plot import draw_comparison
    from catwalk.library.blobs import write_atomically

    if len(sides) < 2:
        raise click.UsageError("compare needs two voices, recordings or folders at least")
    if plot is not None and plot.suffix.lower() != ".png":
        raise click.UsageError(f"--plot must end in .png, not {plot.suffix or 'nothing'!r}")

    async def work(client: Client) -> Comparison:
        return await compare_sides(client, sides, encoder=encoder)

    found = call_server(work)
    if plot is not None:
        write_atomically(plot, draw_comparison(found))
    print(json.dumps(found.to_json(), ensure_ascii=False) if as_json else _show(found))


def _show(found: Comparison) -> str:
    names = [group.name for group in found.groups]
    width = max(len(name) for name in names) + 2
    lines = [" " * width + "".join(f"{name[:12]:>14}" for name in [*names, "among itself"])]
    for name, row, within in zip(names, found.likeness, found.within, strict=True):
        cells = [f"{value:>14.3f}" for value in row] + [f"{'-' if within is None else format(within, '.3f'):>14}"]
        lines.append(f"{name:<{width}}{''.join(cells)}")
    return "\n".join(lines)


@voices.command()
@click.argument("name")
@click.option(
    "--backend", required=True, metavar="MODEL", help="Model or backend whose voices are blended, e.g. kokoro."
)
@click.option("--minutes", type=click.FloatRange(0.1, 600), default=10.0, show_default=True, help="When to stop.")
@click.option("--encoder", metavar="MODEL", help="Model that compares  [default: the first that is installed]")
@click.option("--listener", metavar="MODEL", help="Model that counts word errors  [default: reader.listener]")
@click.option("--seed", type=int, default=0, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
def fit(
    name: str, backend: str, minutes: float, encoder: str | None, listener: str | None, seed: int, as_json: bool
) -> None:
    """Find the blend of a model's own voices that comes nearest to your voice NAME, and keep it as that.

    For models that cannot clone. From then on that model speaks in NAME. Ctrl-C ends the search early and keeps the
    best so far.

    \b
    catwalk voices fit ann --backend kokoro
    catwalk say "Hello there." --model kokoro --voice ann
    """
    from catwalk.casting.fit import FitChoices, fit_voice
    from catwalk.settings import read_settings

    heard_by = listener or read_settings().reader.listener

    async def work(client: Client) -> Fit:
        model = await _find_model(client, backend)
        choices = FitChoices(model, encoder=encoder, listener=heard_by, limit_s=minutes * 60, seed=seed)
        wants_end = asyncio.Event()
        loop = asyncio.get_running_loop()

        def end() -> None:
            print("\nending: the best so far is checked and kept; Ctrl-C again breaks off", file=sys.stderr)
            wants_end.set()
            loop.remove_signal_handler(signal.SIGINT)

        loop.add_signal_handler(signal.SIGINT, end)
        try:
            return await fit_voice(client, name, choices, report=_report, stop=wants_end.is_set)
        finally:
            loop.remove_signal_handler(signal.SIGINT)

    found = call_server(work)
    if as_json:
        print(json.dumps(found.to_json(), ensure_ascii=False))
        return
    print(f"{name} is spoken by {backend} as {found.fitted.blend}")
    print(
        f"likeness {found.fitted.likeness:.3f}, nearest voice of its own {found.preset.likeness:.3f}"
        f" ({found.preset.blend}); word errors {_percent(found.fitted.word_errors)},"
        f" {_percent(found.preset.word_errors)};"
        f" {found.n_presets} voices and {found.n_trials} blends in {found.took_s:.0f} s"
    )


def _percent(share: float | None) -> str:
    return "not counted" if share is None else f"{share:.1%}"


def _report(what: str, n_done: int, best: float) -> None:
    end = "\r" if sys.stderr.isatty() else "\n"
    if sys.stderr.isatty() or n_done % 10 == 0:
        print(f"{what:<24} {n_done:>4}  nearest {best:.3f}", end=end, file=sys.stderr, flush=True)


async def _find_model(client: Client, backend: str) -> str:
    known = [model for model in await client.models() if "synthesize" in model.tasks]
    for model in known:
        if backend in {model.name, model.raw.get("backend")}:
            return model.name
    raise click.UsageError(f"no model that speaks is called {backend!r}: {', '.join(model.name for model in known)}")


COMMANDS = (voices,)
