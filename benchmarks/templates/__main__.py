"""The coordinator: asks the engines' processes in turn and prints tables."""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks import environment
from benchmarks.templates.values import TEMPLATES

ROOT = Path(__file__).resolve().parents[2]
PEERS = ("Django", "Jinja2", "Mako", "minijinja", "by hand")
PEER_PACKAGES = ("Django==6.1.3", "Jinja2", "Mako", "minijinja")
WANTED = {
    "table of 10,000 cells, a filter": 10.0,
    "table of 10,000 integers": 10.0,
    "page": 6.0,
    "300 variables": 10.0,
    "300 objects, attributes": 10.0,
}
"""The least ratio against Django that we hold ourselves to; Jinja2 must not be faster in any case."""

GROWING = ("table of 10,000 cells, a filter", "1,000 includes")


class Engine:
    """An engine's process."""

    def __init__(self, name: str, python: str) -> None:
        self.name = name
        self.process = subprocess.Popen(
            [python, "-m", "benchmarks.templates.worker", name],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._answer()

    def _answer(self) -> dict:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"the process of {self.name} ended; see its error above")
        return json.loads(line)

    def ask(self, **order: object) -> dict:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        return self._answer()

    def close(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(10)


def measure(engines: list[Engine], case: str, scale: int, rounds: int, seconds: float) -> tuple[dict, list[str]]:
    """Measure a case in all engines, round by round.

    Returns:
        Microseconds by engine, and what is wrong: engines that fail or whose text differs from the first's.
    """
    complaints = []
    taking_part = []
    expected = None
    for engine in engines:
        first = engine.ask(case=case, scale=scale, seconds=0)
        if "error" in first:
            complaints.append(f"{engine.name}: {first['error']}")
            continue
        expected = expected or first["text"]
        if first["text"] != expected:
            complaints.append(f"{engine.name}: its text differs")
            continue
        taking_part.append(engine)
    taken: dict[str, list[float]] = {engine.name: [] for engine in taking_part}
    for number in range(rounds):
        for engine in taking_part if number % 2 else reversed(taking_part):
            taken[engine.name].append(engine.ask(case=case, scale=scale, seconds=seconds)["us"])
    return {name: statistics.median(times) for name, times in taken.items()}, complaints


def render(engines: list[Engine], args: argparse.Namespace) -> list[str]:
    """Print the table of renderings; returns what falls short."""
    short = []
    names = [engine.name for engine in engines]
    print(f"{'µs a rendering':34}" + "".join(f"{name:>11}" for name in names) + f"{'Django ÷':>10}{'Jinja2 ÷':>10}")
    for case in TEMPLATES:
        if args.only and not any(part in case for part in args.only.split(",")):
            continue
        found, complaints = measure(engines, case, 1, args.rounds, args.seconds)
        cells = "".join(f"{found[name]:11.2f}" if name in found else f"{'-':>11}" for name in names)
        ratios = [found[peer] / found["hotclub"] if peer in found else float("nan") for peer in ("Django", "Jinja2")]
        print(f"{case:34}{cells}" + "".join(f"{ratio:9.2f}×" for ratio in ratios), flush=True)
        for complaint in complaints:
            print(f"    {complaint}")
        if complaints or ratios[0] < WANTED.get(case, 0) or ratios[1] < 1:
            short.append(case)
    return short


def growth(engines: list[Engine], args: argparse.Namespace) -> list[str]:
    """Print the cost per row and per include at 1, 10 and 100 times the work."""
    print(f"\n{'µs per row or include':34}{'×1':>11}{'×10':>11}{'×100':>11}")
    for case in GROWING:
        for engine in engines[:2]:
            costs = [
                measure([engine], case, scale, 2, args.seconds / scale)[0][engine.name] / (1000 * scale)
                for scale in (1, 10, 100)
            ]
            print(f"{case + ', ' + engine.name:34.34}" + "".join(f"{cost:11.3f}" for cost in costs), flush=True)
    return []


def first(engines: list[Engine], args: argparse.Namespace) -> list[str]:
    """Print what a template of 90 lines costs a new process, with and without its code on disk."""
    print(f"\n{'first use of 90 lines, µs':34}{'ready':>11}{'rendered':>11}")
    ready: dict[str, float] = {}
    rendered: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as directory:
        for name, what, *rest in [
            ("hotclub", "compile"),
            ("hotclub", "whole"),
            ("hotclub", "load", directory),
            ("Django", "compile"),
            ("Jinja2", "compile"),
            ("minijinja", "compile"),
        ]:
            runs = [once(args, name, what, *rest) for _ in range(args.rounds * 2 + 1)]
            if what == "load":
                runs = runs[1:]  # the first one wrote the file
            label = name + {"load": ", from disk", "whole": ", compiled at once"}.get(what, "")
            ready[label] = statistics.median(run["us"] for run in runs)
            rendered[label] = statistics.median(run["with_rendering_us"] for run in runs)
            print(f"{label:34}{ready[label]:11.0f}{rendered[label]:11.0f}", flush=True)
    print(f"first text, Jinja2 ÷ hotclub: {rendered['Jinja2'] / rendered['hotclub']:.2f}×; ", end="")
    print(f"parsing by Django ÷ loading from disk: {ready['Django'] / ready['hotclub, from disk']:.2f}×")
    short = ["first compile"] if rendered["Jinja2"] < 3 * rendered["hotclub"] else []
    return [*short, "from disk"] if ready["Django"] < ready["hotclub, from disk"] else short


def memory(engines: list[Engine], args: argparse.Namespace) -> list[str]:
    """Print the memory of 1,000 templates, loaded and rendered once."""
    print(f"\n{'KiB a template of 90 lines':34}")
    for name in ("hotclub", "Django", "Jinja2"):
        print(f"{name:34}{once(args, name, 'memory')['bytes'] / 1024:11.1f}", flush=True)
    return []


def once(args: argparse.Namespace, name: str, what: str, *rest: str) -> dict:
    """Run one measurement in a new process."""
    python = sys.executable if name == "hotclub" else args.peer_python
    command = [python, "-m", "benchmarks.templates.first", name, what, *rest]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)
    return json.loads(done.stdout)


PARTS = {"render": render, "growth": growth, "first": first, "memory": memory}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.templates", description=__doc__)
    parser.add_argument("parts", nargs="*", help=f"what to measure: {', '.join(PARTS)} (default: all)")
    parser.add_argument("--only", default="", help="parts of case names, separated by commas (for render)")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=0.1, help="least time of one measurement")
    parser.add_argument("--peer-python", help=f"interpreter that has {', '.join(PEER_PACKAGES)}")
    parser.add_argument("--strict", action="store_true", help="fail if a case falls short of what we promise")
    args = parser.parse_args()
    if args.peer_python is None:
        args.peer_python = environment.peer_python(PEER_PACKAGES)
    engines = [Engine("hotclub", sys.executable)]
    engines += [Engine(name, args.peer_python) for name in PEERS]
    short: list[str] = []
    try:
        for part in args.parts or PARTS:
            short += PARTS[part](engines, args)
    finally:
        for engine in engines:
            engine.close()
    if short:
        print("\nfalls short, differs or fails: " + "; ".join(short))
    return 1 if short and args.strict else 0


if __name__ == "__main__":
    sys.exit(main())
