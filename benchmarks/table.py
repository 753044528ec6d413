"""The figures on a terminal."""

from __future__ import annotations

from benchmarks.compare import Figure, Team


def print_heading(team: Team) -> None:
    for name, install in team.missing.items():
        print(f"{name} is not there: the peers' interpreter needs `pip install {install}`")
    print(f"\n{'case':56} {'hotclub':>11} {'Django':>11} {'ratio':>7} {'promise':>8}  peers", flush=True)


def shown(value: float) -> str:
    """Return a figure with three digits that say something."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def print_line(figure: Figure) -> None:
    values = figure.values
    if "hotclub" not in values or "django" not in values:
        print(f"{figure.label:56} {'; '.join(figure.faults)}", flush=True)
        return
    promised = f"{figure.case.wanted:.1f}×" if figure.case.wanted else ""
    peers = "  ".join(f"{name} {shown(value)}" for name, value in values.items() if name not in ("hotclub", "django"))
    line = f"{figure.label:56} {shown(values['hotclub']):>11} {shown(values['django']):>11} {figure.ratio:6.1f}×"
    print(f"{line} {promised:>8}  {peers}{'  !' if figure.faults else ''}", flush=True)
