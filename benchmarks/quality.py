"""The quality gate: extraction, pronunciation, round trip and planted faults, each against a floor that only rises.

    python -m benchmarks.quality [extraction] [pronunciation] [roundtrip] [faults] [--fast] [--json] [--raise-floors]

Takes and hearings are kept under ``CATWALK_BENCH_HOME``; a run that was broken off goes on where it stopped.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

from benchmarks.gate import pages, report, roundtrip, shared_pages, tables
from benchmarks.gate.booth import Booth
from benchmarks.gate.faults import HIBARI, KOKORO, Outcome, Plan, measure
from benchmarks.gate.figures import Figure, find_floor, list_fallen, raise_floors, read_floors, write_floors
from benchmarks.gate.lines import read_lines
from benchmarks.measurement import describe_machine, own_home, print_table, running_server, write_result

FAST_LINES = 40
_N_EACH = 15
"""Planted faults of each kind for each voice: over a thousand in all."""

Measured = tuple[list[Figure], list[str]]
"""Figures, and remarks on what was wrong."""


def measure_extraction() -> Measured:
    """Our own pages, and those beside the repository where there are any."""
    tallies = {"own": pages.measure()}
    if (folder := shared_pages.SHARED / "pages").is_dir():
        tallies["pages"] = shared_pages.measure_pages(folder)
    if (folder := shared_pages.SHARED / "site").is_dir():
        tallies["site"] = shared_pages.measure_site(folder)
    figures = [figure for name, tally in tallies.items() for figure in tally.figures(f"extraction.{name}")]
    return figures, [remark for tally in tallies.values() for remark in tally.remarks]


def measure_pronunciation() -> Measured:
    """The tables of pairs."""
    tally = tables.measure()
    return tally.figures("pronunciation"), tally.remarks


async def measure_roundtrip(booth: Booth, *, fast: bool) -> Measured:
    """Lines of every kind, spoken and heard; kokoro too unless it must be fast."""
    lines = roundtrip.choose_lines(FAST_LINES)
    figures, remarks = [], []
    for speaker in (HIBARI,) if fast else (HIBARI, KOKORO):
        tally = await roundtrip.measure(booth, speaker, lines)
        figures += [
            Figure(f"roundtrip.{speaker.model}.{what}", each.value, each.n, 0.01)
            for each in tally.figures("")
            for what in [each.name.removeprefix(".")]
        ]
        remarks += tally.remarks
    return figures, remarks


async def measure_faults(booth: Booth, *, fast: bool) -> Measured:
    """Planted faults; in full also both halves of the lines, of which the verifier was set on one."""
    if fast:
        plan = Plan(tuple(roundtrip.choose_lines(FAST_LINES)), (HIBARI,), 1)
        outcomes = [each async for each in measure(booth, plan)]
        return report.list_figures("fast", outcomes), _list_wrong(outcomes)
    plan = Plan(tuple(read_lines("held")), (HIBARI, KOKORO), _N_EACH)
    outcomes = [each async for each in measure(booth, plan)]
    summary = report.summarise(outcomes)
    print(report.write_table(summary), file=sys.stderr)
    write_result("faults", {"machine": describe_machine(), **summary})
    report.PAGE.write_text(report.show_in_page(report.PAGE.read_text("utf-8"), summary), "utf-8")
    return report.list_figures("held", outcomes), _list_wrong(outcomes)


def _list_wrong(outcomes: Sequence[Outcome]) -> list[str]:
    return [
        f"{each.case.speaker}: {each.case.kind or 'FALSE ALARM'}: {each.case.said!r} for {each.case.line.spoken!r}, "
        f"heard as {each.final.heard!r} {'; '.join(each.final.reasons)}"
        for each in outcomes
        if each.final.accepted == bool(each.case.kind)
    ]


SECTIONS: dict[str, Callable[..., object]] = {
    "extraction": measure_extraction,
    "pronunciation": measure_pronunciation,
    "roundtrip": measure_roundtrip,
    "faults": measure_faults,
}


async def listen(sections: Sequence[str], url: str, kept: Path, *, fast: bool) -> Measured:
    """The sections that need models."""
    figures: list[Figure] = []
    remarks: list[str] = []
    async with Booth(url, kept) as booth:
        for name in sections:
            section = measure_roundtrip if name == "roundtrip" else measure_faults
            found = await section(booth, fast=fast)
            figures += found[0]
            remarks += found[1]
    return figures, remarks


def measure_all(sections: Sequence[str], *, fast: bool) -> Measured:
    """Measure sections, with a server of their own where they need one."""
    figures: list[Figure] = []
    remarks: list[str] = []
    for name, section in (("extraction", measure_extraction), ("pronunciation", measure_pronunciation)):
        if name in sections:
            found = section()
            figures += found[0]
            remarks += found[1]
    if heard := [name for name in ("roundtrip", "faults") if name in sections]:
        with own_home() as home, running_server(home) as url:
            kept = Path(os.environ.get("CATWALK_BENCH_HOME", home)) / "quality"
            found = asyncio.run(listen(heard, url, kept, fast=fast))
        figures += found[0]
        remarks += found[1]
    return figures, remarks


def main() -> int:
    """Measure, print, compare; 1 when a figure is below its floor."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sections", nargs="*", choices=[*SECTIONS, []], metavar="SECTION", help=", ".join(SECTIONS))
    parser.add_argument("--fast", action="store_true", help="a small part of the models' share, hibari alone")
    parser.add_argument("--json", action="store_true", help="figures as JSON on stdout")
    parser.add_argument("--remarks", action="store_true", help="also name every miss")
    parser.add_argument("--raise-floors", action="store_true", help="pin what was reached; floors are never lowered")
    arguments = parser.parse_args()
    figures, remarks = measure_all(arguments.sections or list(SECTIONS), fast=arguments.fast)
    floors = read_floors()
    if arguments.raise_floors:
        floors = raise_floors(figures, floors)
        write_floors(floors)
    if arguments.remarks:
        print("\n".join(remarks), file=sys.stderr)
    if arguments.json:
        print(
            json.dumps([{**asdict(figure), "floor": find_floor(figure.name, floors)} for figure in figures], indent=1)
        )
    else:
        print_table(
            [
                {
                    "figure": each.name,
                    "value": f"{each.value:.4f}",
                    "floor": f"{find_floor(each.name, floors):.4f}",
                    "of": each.n,
                }
                for each in figures
            ]
        )
    fallen = list_fallen(figures, floors)
    print("\n".join(fallen), file=sys.stderr)
    return 1 if fallen else 0


if __name__ == "__main__":
    sys.exit(main())
