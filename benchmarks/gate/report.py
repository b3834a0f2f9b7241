"""What the planted faults came to: figures, a table by kind, and the page of the documentation that shows it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.gate.faults import Outcome
from benchmarks.gate.figures import Figure

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "checking.md"
_SHOWN = re.compile(r"(?<=<!-- faults -->\n).*?(?=<!-- end -->)", re.DOTALL)
_SLACK = 0.01


def list_figures(name: str, outcomes: Sequence[Outcome]) -> list[Figure]:
    """The share of faults that were caught, and of clean takes that were accepted."""
    faulty = [not each.final.accepted for each in outcomes if each.case.kind]
    clean = [each.final.accepted for each in outcomes if not each.case.kind]
    return [
        Figure(f"faults.{name}.caught", sum(faulty) / len(faulty), len(faulty), _SLACK),
        Figure(f"faults.{name}.accepted", sum(clean) / len(clean), len(clean), _SLACK),
    ]


def summarise(outcomes: Iterable[Outcome]) -> dict[str, Any]:
    """Counts by kind and voice, ready for a file of results."""
    kinds: dict[str, dict[str, list[int]]] = {}
    clean: dict[str, list[int]] = {}
    for each in outcomes:
        case = each.case
        counts = clean if case.kind is None else kinds.setdefault(case.kind, {})
        count = counts.setdefault(str(case.speaker), [0, 0])
        count[0] += 1
        count[1] += not each.final.accepted
    n_planted, n_caught = _add(count for counts in kinds.values() for count in counts.values())
    n_clean, n_alarms = _add(clean.values())
    return {
        "planted": n_planted,
        "caught": n_caught,
        "caught_share": round(n_caught / max(1, n_planted), 4),
        "clean": n_clean,
        "false_alarms": n_alarms,
        "false_alarm_share": round(n_alarms / max(1, n_clean), 4),
        "clean_by_voice": clean,
        "kinds": kinds,
    }


def _add(counts: Iterable[list[int]]) -> list[int]:
    rows = list(counts)
    return [sum(row[place] for row in rows) for place in (0, 1)]


def write_table(summary: dict[str, Any]) -> str:
    """The table by kind, in Markdown."""
    voices = list(summary["clean_by_voice"])
    lines = [
        f"| what was wrong | planted | caught | {' | '.join(voices)} |",
        f"|---|---:|---:|{'---:|' * len(voices)}",
    ]
    for kind, counts in summary["kinds"].items():
        n_planted, n_caught = _add(counts.values())
        lines.append(f"| {kind} | {n_planted} | {n_caught / n_planted:.0%} | {_by_voice(counts, voices)} |")
    lines.append(f"| **all faults** | {summary['planted']} | **{summary['caught_share']:.1%}** |{' |' * len(voices)}")
    clean = _by_voice(summary["clean_by_voice"], voices)
    lines.append(f"| nothing (false alarms) | {summary['clean']} | **{summary['false_alarm_share']:.1%}** | {clean} |")
    return "\n".join(lines) + "\n"


def _by_voice(counts: dict[str, list[int]], voices: Sequence[str]) -> str:
    return " | ".join("{1} of {0}".format(*counts.get(voice, (0, 0))) for voice in voices)


def show_in_page(text: str, summary: dict[str, Any]) -> str:
    """The documentation's page with the table of ``summary`` in the place of the one that it shows."""
    return _SHOWN.sub(lambda _: write_table(summary), text)
