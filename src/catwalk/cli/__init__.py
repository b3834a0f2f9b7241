"""The ``catwalk`` command: one file a group of commands."""

from __future__ import annotations

import sys

import click

from catwalk import __version__
from catwalk.cli import (
    environments,
    following,
    library,
    models,
    pictures,
    publishing,
    reading,
    serving,
    shows,
    speech,
    text,
    voices,
)
from catwalk.disk import lacks_room
from catwalk.errors import CatwalkError, SettingsInvalid


@click.group(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Every command says more with --help. Settings: catwalk.toml or CATWALK_* variables.",
)
@click.version_option(__version__, prog_name="catwalk")
def catwalk() -> None:
    """Speech models that stay warm, and posts read out loud, every line checked.

    \b
    catwalk read https://example.com/post     an MP3 of a post, with chapters and transcript
    catwalk serve                             an OpenAI-compatible server that stays warm
    catwalk say "Hello." -o hello.mp3         one sentence
    """


GROUPS = (reading, shows, following, publishing, speech, voices, text, pictures, models, environments, library, serving)

for command in (command for group in GROUPS for command in group.COMMANDS):
    catwalk.add_command(command)


def main() -> None:
    """Run one command. Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted."""
    try:
        code = catwalk(standalone_mode=False)  # a number where a command chose its exit code
        sys.exit(code if isinstance(code, int) else 0)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        print("interrupted; what is finished is kept", file=sys.stderr)
        sys.exit(130)
    except SettingsInvalid as error:
        print(f"catwalk: {error}", file=sys.stderr)
        sys.exit(2)
    except CatwalkError as error:
        print(f"catwalk: {error}", file=sys.stderr)
        sys.exit(1)
    except BrokenPipeError:
        sys.stderr.close()  # whoever read our output has seen enough
        sys.exit(1)
    except OSError as error:
        if not lacks_room(error):
            raise
        print(f"catwalk: there is no room left on the disk: {error}", file=sys.stderr)
        sys.exit(1)
