"""The command: says which cases, runs them, prints a table and writes what is asked for."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import benchmarks
from benchmarks.cases import CASES
from benchmarks.compare import Team, compare, compare_growth
from benchmarks.environment import peer_python
from benchmarks.page import write_figures
from benchmarks.table import print_heading, print_line


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description=benchmarks.__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--only", default="", help="comma-separated beginnings of case names: orm, template, 'http: JSON'"
    )
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=0.15, help="least time of one measurement")
    parser.add_argument("--growth", action="store_true", help="cost per unit at growing amounts of work")
    parser.add_argument(
        "--cpu", action="store_true", help="count processor time instead of time: for a machine with other work"
    )
    parser.add_argument("--alone", action="store_true", help="hotclub and Django only, without the other peers")
    parser.add_argument("--peer-python", help="interpreter that has the peers installed (default: made under .scratch)")
    parser.add_argument("--json", type=Path, help="write the figures here")
    parser.add_argument("--page", type=Path, help="write the table between the marks of this page")
    parser.add_argument("--strict", action="store_true", help="fail if a case falls short of what we promise")
    args = parser.parse_args()
    parts = [part.strip() for part in args.only.split(",") if part.strip()]
    cases = [
        case
        for case in CASES.values()
        if (not parts or any(case.name.startswith(part) for part in parts))
        and (case.grows if args.growth else not case.growth_only)
    ]
    figures = []
    team = Team(
        args.peer_python or peer_python(),
        [] if args.alone or args.growth else [p for c in cases for p in c.peers],
        cpu=args.cpu,
    )
    try:
        print_heading(team)
        for case in cases:
            found = (
                compare_growth(team, case, args.rounds, args.seconds)
                if args.growth
                else [compare(team, case, 1, args.rounds, args.seconds)]
            )
            for figure in found:
                figures.append(figure)
                print_line(figure)
    finally:
        team.close()
    if args.json:
        args.json.write_text(json.dumps([figure.as_dict() for figure in figures], indent=1, ensure_ascii=False))
    if args.page:
        write_figures(args.page, figures, team, growth=args.growth)
    short = [f"{figure.label} ({'; '.join(figure.faults)})" for figure in figures if figure.faults]
    if short:
        print("\nfalls short, differs or fails:\n  " + "\n  ".join(short))
    return 1 if short and args.strict else 0


if __name__ == "__main__":
    sys.exit(main())
