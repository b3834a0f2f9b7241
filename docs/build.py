"""Writes docs/reference/ and the README's map from the program itself; ``make docs`` runs it, a test compares.

Call it as ``python -m docs.build [--check]``.
"""

from __future__ import annotations

import argparse
import ast
import inspect
import itertools
import re
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
from pydantic import BaseModel

from catwalk import errors, settings
from catwalk.app.server import build
from catwalk.cli import catwalk

ROOT = Path(__file__).parents[1]
REFERENCE = ROOT / "docs" / "reference"
SOURCES = ROOT / "src" / "catwalk"
_NOTE = "<!-- written by `make docs`; change the program, not this page -->\n"


def write_commands() -> str:
    """Every command with its help."""
    pages = [_NOTE, "# Commands\n", "Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted.\n"]
    for name, command in _list_commands():
        with click.Context(command, info_name=f"catwalk {name}", terminal_width=100, max_content_width=100) as own:
            pages.append(f"## {name}\n\n```\n{_plain(command.get_help(own))}\n```\n")
    return "\n".join(pages)


def _list_commands() -> Iterator[tuple[str, click.Command]]:
    """Every command, those of groups behind their group."""
    for name, command in sorted(catwalk.commands.items()):
        yield name, command
        if isinstance(command, click.Group):
            yield from ((f"{name} {below}", each) for below, each in sorted(command.commands.items()))


def _plain(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.splitlines())


def write_settings() -> str:
    """Every setting with its default."""
    pages = [_NOTE, "# Settings\n", inspect.cleandoc(settings.__doc__ or "") + "\n"]
    pages += ["```toml", "# catwalk.toml", "[reader]", 'voice = "heart"', "```\n"]
    pages += _write_section("Top level", settings.Settings, "")
    for title, model, prefix in (
        ("[server]", settings.ServerSettings, "server."),
        ("[fetch]", settings.FetchSettings, "fetch."),
        ("[crawl]", settings.CrawlSettings, "crawl."),
        ("[jobs]", settings.JobSettings, "jobs."),
        ("[reader]", settings.ReaderSettings, "reader."),
        ("[reader.script]", settings.ScriptSettings, "reader.script."),
        ("[library]", settings.LibrarySettings, "library."),
        ("[podcast]", settings.PodcastSettings, "podcast."),
        ("[models.NAME]", settings.ModelSettings, "models.NAME."),
        ("weights of a model", settings.WeightsSettings, "models.NAME.weights."),
    ):
        pages += _write_section(title, model, prefix)
    return "\n".join(pages)


def _write_section(title: str, model: type[BaseModel], prefix: str) -> Iterator[str]:
    yield f"## {title}\n"
    about = inspect.cleandoc(model.__doc__ or "").partition(": ")[2]
    yield f"For {about}\n" if about else ""
    said = _field_docs(model)
    for name, info in model.model_fields.items():
        if name not in said:
            continue
        default = "" if info.default_factory or info.default is None else f" Default: `{info.default!r}`."
        yield f"- **`{prefix}{name}`**: {said[name]}{default}"
    yield ""


def _field_docs(kind: type[Any]) -> dict[str, str]:
    """The string under each field."""
    (tree,) = ast.parse(textwrap.dedent(inspect.getsource(kind))).body
    body = tree.body if isinstance(tree, ast.ClassDef) else []
    found = {}
    for field, text in itertools.pairwise(body):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and isinstance(text, ast.Expr):
            found[field.target.id] = " ".join(str(ast.literal_eval(text.value)).split())
    return found


def write_http() -> str:
    """Every route."""
    document = build(settings.read_settings(home=Path("/nonexistent"))).http.openapi()
    pages = [_NOTE, "# HTTP\n"]
    pages.append("The OpenAPI document is at `/openapi.json`, with an example for each route; `/docs` shows it.\n")
    pages.append("| route | |\n|---|---|")
    for path, item in document["paths"].items():
        pages += [f"| `{method.upper()} {path}` | {operation['summary']} |" for method, operation in item.items()]
    return "\n".join(pages) + "\n"


def write_errors() -> str:
    """The error tree, and what each leaf means."""
    tree = textwrap.dedent((errors.__doc__ or "").partition("\n\n")[2].rpartition("\n\n")[0])
    pages = [_NOTE, "# Errors\n", 'The body is OpenAI\'s: `{"error": {"message", "type", "param", "code"}}`.\n']
    pages += ["```", tree.strip("\n"), "```\n", "| code | status | |\n|---|---|---|"]
    pages += [f"| `{kind.code}` | {kind.status} | {_first_line(kind)} |" for kind in _classes(errors.CatwalkError)]
    return "\n".join(pages) + "\n"


def _first_line(kind: type[Any]) -> str:
    return inspect.cleandoc(kind.__doc__ or "").splitlines()[0]


def _classes(root: type[errors.CatwalkError]) -> Iterator[type[errors.CatwalkError]]:
    if root.__module__ == errors.__name__ and root is not errors.ServerAnswered:
        yield root
    for child in root.__subclasses__():
        yield from _classes(child)


def write_map() -> str:
    """Every module with the first line of its docstring."""
    lines = ["```"]
    for path in sorted(SOURCES.rglob("*.py"), key=lambda path: (path.parent != SOURCES, path)):
        name = str(path.relative_to(SOURCES))
        about = (ast.get_docstring(ast.parse(path.read_text())) or "").splitlines()[0]
        lines.append(f"{name:<40} {about}")
    return "\n".join([*lines, "```"])


def pages() -> dict[Path, str]:
    """Every written file, by path."""
    readme = (ROOT / "README.md").read_text()
    mapped = re.sub(
        r"(?s)(<!-- map -->\n).*?(<!-- /map -->)", lambda found: f"{found[1]}{write_map()}\n{found[2]}", readme
    )
    return {
        REFERENCE / "commands.md": write_commands(),
        REFERENCE / "settings.md": write_settings(),
        REFERENCE / "http.md": write_http(),
        REFERENCE / "errors.md": write_errors(),
        ROOT / "README.md": mapped,
    }


def main() -> None:
    """Write the pages, or with ``--check`` say which are out of date."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    check = parser.parse_args().check
    stale = [path for path, text in pages().items() if not path.exists() or path.read_text() != text]
    if check:
        sys.exit(f"out of date, run `make docs`: {', '.join(path.name for path in stale)}" if stale else 0)
    REFERENCE.mkdir(parents=True, exist_ok=True)
    for path, text in pages().items():
        path.write_text(text)


if __name__ == "__main__":
    main()
