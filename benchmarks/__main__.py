"""The coordinator: makes the peers' environment, asks the processes in turn, and prints a table."""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SCRATCH = ROOT / ".scratch"
PEERS = ["Django==6.1.3", "argon2-cffi", "Jinja2"]


def peer_python() -> str:
    """Return the interpreter of the environment in which Django lives, making it on the first run."""
    home = SCRATCH / "peers"
    python = home / "bin" / "python"
    marker = home / ".ready"
    if not marker.exists():
        print(f"Making an environment for {', '.join(PEERS)} ...", flush=True)
        venv.create(home, with_pip=True, clear=True)
        subprocess.run([python, "-m", "pip", "install", "-q", "--disable-pip-version-check", *PEERS], check=True)
        marker.touch()
    return str(python)


class Worker:
    """A framework's process."""

    def __init__(self, framework: str, python: str) -> None:
        self.framework = framework
        self.process = subprocess.Popen(
            [python, "-m", "benchmarks.worker", framework],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._answer()["ready"] == framework

    def _answer(self) -> dict:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"the process of {self.framework} ended; see its error above")
        return json.loads(line)

    def ask(self, case: str, scale: int, seconds: float) -> dict:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps({"case": case, "scale": scale, "seconds": seconds}) + "\n")
        self.process.stdin.flush()
        return self._answer()

    def close(self) -> None:
        self.process.stdin.close()
        self.process.wait(10)


def compare(workers: list[Worker], case: str, scale: int, rounds: int, seconds: float) -> dict:
    """Measure a case in all processes, round by round.

    Returns:
        `us` (medians by framework), or `error`; `equal`: whether the results agree.
    """
    checks = {}
    for worker in workers:
        first = worker.ask(case, scale, 0)
        if "error" in first:
            return {"error": f"{worker.framework}: {first['error']}"}
        checks[worker.framework] = first["check"]
    taken: dict[str, list[float]] = {worker.framework: [] for worker in workers}
    for number in range(rounds):
        for worker in workers if number % 2 else reversed(workers):
            taken[worker.framework].append(worker.ask(case, scale, seconds)["us"])
    return {
        "us": {name: statistics.median(values) for name, values in taken.items()},
        "equal": len(set(checks.values())) == 1,
        "checks": checks,
    }


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", default="", help="comma-separated parts of case names")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=0.15, help="least time of one measurement")
    parser.add_argument("--growth", action="store_true", help="cost per unit at 1, 10 and 100 times the work")
    parser.add_argument("--peer-python", help="interpreter that has the peers installed (default: made under .scratch)")
    parser.add_argument("--json", type=Path, help="write the figures here")
    parser.add_argument("--strict", action="store_true", help="fail if a case falls short of what we promise")
    args = parser.parse_args()
    parts = [part.strip() for part in args.only.split(",") if part.strip()]
    from benchmarks.cases import CASES
    from benchmarks.cases.jinja import CASES as JINJA

    cases = [case for case in CASES.values() if not parts or any(part in case.name for part in parts)]
    peers = args.peer_python or peer_python()
    workers = [Worker("hotclub", sys.executable), Worker("django", peers)]
    jinja = Worker("jinja2", peers)
    figures = {}
    short = []
    try:
        print(f"\n{'case':48} {'hotclub µs':>12} {'Django µs':>12} {'ratio':>7}  promised / Jinja2 µs")
        for case in cases:
            for scale in (1, 10, 100) if args.growth and case.grows else (1,):
                if args.growth and not case.grows:
                    continue
                found = compare(
                    [*workers, jinja] if case.name in JINJA else workers, case.name, scale, args.rounds, args.seconds
                )
                label = f"{case.name} ×{scale}" if args.growth else case.name
                figures[label] = found
                if "error" in found:
                    print(f"{label:48} {found['error'][:90]}", flush=True)
                    short.append(label)
                    continue
                ours, theirs = (found["us"][name] / scale for name in ("hotclub", "django"))
                ratio = theirs / ours
                note = "" if found["equal"] else "  RESULTS DIFFER"
                if "jinja2" in found["us"]:
                    note += f" / {found['us']['jinja2'] / scale:.2f}"
                promised = f"{case.wanted:.1f}" if case.wanted else ""
                print(f"{label:48} {ours:12.2f} {theirs:12.2f} {ratio:6.1f}×  {promised}{note}", flush=True)
                if not found["equal"] or (case.wanted and ratio < case.wanted):
                    short.append(label)
    finally:
        for worker in [*workers, jinja]:
            worker.close()
    if args.json:
        args.json.write_text(json.dumps(figures, indent=1))
    if short:
        print("\nfalls short, differs or fails: " + "; ".join(short))
    return 1 if short and args.strict else 0


if __name__ == "__main__":
    sys.exit(main())
