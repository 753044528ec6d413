"""One framework's process: sets the site up, then times cases as it is told, line by line, on standard input.

    python -m benchmarks.worker hotclub|django|(a module of benchmarks.peers) [--cpu]

Its first line is `{"ready": name, "cases": [...], "versions": {...}}`, or `{"missing": module, "install": what to install}`. A request is a JSON
object `{"case": name, "scale": n, "seconds": s}`; the answer `{"value": per call, "calls": n}`, or for the first request of a case
`{"check": text}`: its result, which the coordinator compares between the processes.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import platform
import sqlite3
import sys
import time
from importlib.metadata import PackageNotFoundError, version


def set_up(framework: str) -> tuple[dict, tuple[str, ...]]:
    """Prepare this process; give what prepares the cases, by name, and the distributions in play."""
    if framework not in ("hotclub", "django"):
        peer = importlib.import_module(f"benchmarks.peers.{framework}")
        try:
            peer.set_up()
        except ImportError as error:
            _say({"missing": error.name, "install": " ".join(peer.NEEDS)})
            sys.exit(0)
        return peer.CASES, peer.NEEDS
    if framework == "hotclub":
        from hotclub.compat import install_django_alias

        install_django_alias()
    from benchmarks import project

    project.set_up()
    from benchmarks.cases import CASES

    return {name: case.prepare for name, case in CASES.items()}, (framework,)


def main() -> None:
    framework = sys.argv[1]
    clock = time.process_time if "--cpu" in sys.argv[2:] else time.perf_counter
    cases, distributions = set_up(framework)
    ready: dict[tuple[str, int], object] = {}
    _say({"ready": framework, "cases": list(cases), "versions": versions(distributions)})
    for line in sys.stdin:
        order = json.loads(line)
        try:
            _say(measure(cases, ready, order, clock))
        except Exception as error:  # a case that fails is a line in the table, not the end of the run
            _say({"error": f"{type(error).__name__}: {error}"})
    os._exit(0)  # a driver's own thread must not hold the process up


def versions(distributions: tuple[str, ...]) -> dict[str, str]:
    found = {"Python": platform.python_version(), "SQLite": sqlite3.sqlite_version}
    for name in distributions:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def _say(answer: dict) -> None:
    print(json.dumps(answer), flush=True)


def measure(cases, ready, order, clock):
    key = order["case"], order["scale"]
    if key not in ready:
        run, check = cases[order["case"]](order["scale"])
        run(1)
        ready[key] = run
        return {"check": str(check())[:20000]}
    run = ready[key]
    gc.collect()
    gc.disable()
    try:
        calls, spent = 1, 0.0
        while True:
            start = clock()
            figure = run(calls)
            spent = clock() - start
            if figure is not None:
                return {"value": figure, "calls": calls}
            if spent >= order["seconds"]:
                return {"value": spent / calls * 1e6, "calls": calls}
            calls = max(calls + 1, int(calls * min(20, order["seconds"] / max(spent, 1e-7)) * 1.1))
    finally:
        gc.enable()


if __name__ == "__main__":
    main()
