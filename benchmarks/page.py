"""The figures as part of a page, between two marks; the rest of the page is written by hand."""

from __future__ import annotations

import datetime
import importlib
import os
import platform
import re
from collections.abc import Sequence
from pathlib import Path

from benchmarks.compare import Figure, Team
from benchmarks.table import shown


def write_figures(page: Path, figures: Sequence[Figure], team: Team, growth: bool) -> None:
    """Put the table between `<!-- figures -->` (or `<!-- growth -->`) and `<!-- end -->`."""
    mark = "growth" if growth else "figures"
    text = page.read_text(encoding="utf-8")
    pattern = re.compile(rf"(<!-- {mark} -->\n).*?(<!-- end -->)", re.S)
    if not pattern.search(text):
        raise SystemExit(f"{page} has no part between <!-- {mark} --> and <!-- end -->")
    body = "\n".join([_conditions(team), "", *_table(figures, team), ""])
    page.write_text(pattern.sub(lambda found: found[1] + body + found[2], text), encoding="utf-8")


def _conditions(team: Team) -> str:
    versions = ", ".join(f"{name} {version}" for name, version in team.versions().items())
    cores = os.cpu_count()
    return f"{datetime.date.today():%d %B %Y}, {platform.system()} {platform.machine()}, {cores} cores; {versions}."


def _table(figures: Sequence[Figure], team: Team) -> list[str]:
    names = [name for name in team.peers if any(name in figure.values for figure in figures)]
    labels = [importlib.import_module(f"benchmarks.peers.{name}").LABEL for name in names]
    lines = ["| case | hotclub | Django | ratio | promised |" + "".join(f" {label} |" for label in labels)]
    lines.append("|---|--:|--:|--:|--:|" + "--:|" * len(labels))
    for figure in figures:
        values = figure.values
        if "hotclub" not in values or "django" not in values:
            continue
        promised = f"{figure.case.wanted:g}×" if figure.case.wanted else ""
        unit = "" if figure.case.unit == "µs" else f" ({figure.case.unit})"
        cells = [shown(values["hotclub"]), shown(values["django"]), f"{figure.ratio:.1f}×", promised]
        cells += [shown(values[name]) if name in values else "–" for name in names]
        lines.append(f"| {figure.label}{unit} | " + " | ".join(cells) + " |")
    return lines
