"""The processes, and the measuring of a case in all of them, round by round."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field

from benchmarks.cases.case import Case
from benchmarks.environment import ROOT


class Worker:
    """A framework's process.

    Attributes:
        missing: what to install, where the interpreter lacks the framework; None otherwise.
        cases: names of the cases it knows.
        versions: by distribution.
    """

    def __init__(self, framework: str, python: str, *, cpu: bool = False) -> None:
        self.framework = framework
        self.process = subprocess.Popen(
            [python, "-m", "benchmarks.worker", framework, *(["--cpu"] if cpu else [])],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        said = self._answer()
        self.missing: str | None = said.get("install")
        self.cases = frozenset(said.get("cases", ()))
        self.versions: dict[str, str] = said.get("versions", {})

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
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(10)


class Team:
    """hotclub, Django and the peers that the chosen cases name.

    Args:
        python: the peers' interpreter.
        peers: modules of `benchmarks.peers`; repetitions are allowed.
        cpu: count the processor time of each process, all its threads together, instead of time.
    """

    def __init__(self, python: str, peers: Iterable[str], *, cpu: bool = False) -> None:
        self.workers = [Worker("hotclub", sys.executable, cpu=cpu), Worker("django", python, cpu=cpu)]
        self.peers = list(dict.fromkeys(peers))
        self.missing: dict[str, str] = {}
        for name in self.peers:
            worker = Worker(name, python, cpu=cpu)
            if worker.missing is None:
                self.workers.append(worker)
            else:
                self.missing[name] = worker.missing
                worker.close()

    def for_case(self, case: Case) -> list[Worker]:
        return [
            worker
            for worker in self.workers
            if case.name in worker.cases
            and (worker.framework in ("hotclub", "django") or worker.framework in case.peers)
        ]

    def versions(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for worker in self.workers:
            found.update(worker.versions)
        return found

    def close(self) -> None:
        for worker in self.workers:
            worker.close()


@dataclass
class Figure:
    """What a case has shown at one scale.

    Attributes:
        values: medians per unit of work, by framework.
        faults: where it falls short of what the case promises.
    """

    case: Case
    scale: int
    values: dict[str, float] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    note: str = ""

    @property
    def label(self) -> str:
        return self.case.name if self.scale == 1 and not self.note else f"{self.case.name} ×{self.scale}"

    @property
    def ratio(self) -> float:
        """How many times Django's cost is ours."""
        return self.values["django"] / self.values["hotclub"]

    def as_dict(self) -> dict:
        found = asdict(self)
        found["case"] = self.case.name
        return found


def compare(team: Team, case: Case, scale: int, rounds: int, seconds: float) -> Figure:
    """Measure a case in all processes, round by round, and hold it against its promises."""
    figure = Figure(case, scale)
    workers = team.for_case(case)
    checks = {}
    for worker in list(workers):
        first = worker.ask(case.name, scale, 0)
        if "error" in first:
            figure.faults.append(f"{worker.framework} fails: {first['error'][:120]}")
            workers.remove(worker)
        else:
            checks[worker.framework] = first["check"]
    if not {"hotclub", "django"} <= set(checks):
        return figure
    wrong = [name for name, check in checks.items() if check != checks["django"]]
    if wrong:
        figure.faults.append(f"other results than Django's: {', '.join(wrong)}")
    taken: dict[str, list[float]] = {worker.framework: [] for worker in workers}
    for number in range(rounds if case.unit == "µs" else 1):
        for worker in workers if number % 2 else reversed(workers):
            answer = worker.ask(case.name, scale, seconds)
            if "error" in answer:
                figure.faults.append(f"{worker.framework} fails: {answer['error'][:120]}")
            else:
                taken[worker.framework].append(answer["value"])
    figure.values = {name: statistics.median(values) / scale for name, values in taken.items() if values}
    if case.wanted and figure.ratio < case.wanted:
        figure.faults.append(f"{figure.ratio:.2f} of Django's, promised {case.wanted:.1f}")
    ours = figure.values["hotclub"]
    ahead = [name for name in case.peers if name not in case.limits and figure.values.get(name, ours) < ours]
    if ahead:
        figure.faults.append(f"ahead of us: {', '.join(ahead)}")
    return figure


def compare_growth(team: Team, case: Case, rounds: int, seconds: float) -> list[Figure]:
    """Measure a case at its scales; the cost per unit of the last is held against the first."""
    figures = []
    for scale in case.scales:
        figure = compare(team, case, scale, rounds, seconds)
        figure.note = "growth"
        figures.append(figure)
    first, last = figures[0], figures[-1]
    if case.steady and first.values and last.values:
        rise = last.values["hotclub"] / first.values["hotclub"]
        if rise > case.steady:
            last.faults.append(f"the cost per unit rises {rise:.2f} times, promised at most {case.steady:.2f}")
    return figures
