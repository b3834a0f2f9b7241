"""``complete``."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import click

from catwalk.cli.models import call_server

if TYPE_CHECKING:
    from catwalk.client import Client


@click.command()
@click.argument("prompt")
@click.option("--model", default="gemma", show_default=True, help="Model that writes")
@click.option("--system", help="What the model is told before the prompt")
@click.option("--max-tokens", type=click.IntRange(min=1), help="Most tokens of the answer")
@click.option("--temperature", type=click.FloatRange(0.0, 2.0), help="0 always takes the likeliest token")
@click.option("--seed", type=int, help="The same seed gives the same answer")
@click.option("--json-mode", is_flag=True, help="The answer is a JSON object; not every model can promise that")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
def complete(
    prompt: str,
    model: str,
    system: str | None,
    max_tokens: int | None,
    temperature: float | None,
    seed: int | None,
    json_mode: bool,
    as_json: bool,
) -> None:
    """Answer PROMPT, piece by piece as it is written; "-" reads the prompt from stdin.

    \b
    catwalk complete "What is a kettle for?"
    git diff | catwalk complete - --system "Say in one line what changed." --max-tokens 60
    """
    from catwalk.tasks import CompleteOptions, Completion, Message

    asked = sys.stdin.read() if prompt == "-" else prompt
    if not asked.strip():
        raise click.UsageError("PROMPT is empty")
    messages = ((Message("system", system),) if system else ()) + (Message("user", asked),)
    options = CompleteOptions(
        max_tokens=max_tokens, temperature=1.0 if temperature is None else temperature, seed=seed, json=json_mode
    )

    async def work(client: Client) -> Completion:
        async for part in client.stream_completion(messages, model=model, options=options):
            if isinstance(part, Completion):
                return part
            if not as_json:
                print(part, end="", flush=True)
        raise AssertionError("the client ends with a completion")

    whole = call_server(work)
    if as_json:
        document = {
            "text": whole.text,
            "model": model,
            "finish_reason": whole.finish_reason,
            "prompt_tokens": whole.prompt_tokens,
            "completion_tokens": whole.completion_tokens,
        }
        print(json.dumps(document, ensure_ascii=False))
        return
    print()
    if whole.finish_reason == "length":
        print("catwalk: the answer was cut off at its limit", file=sys.stderr)


COMMANDS = (complete,)
