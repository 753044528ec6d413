#!/usr/bin/env python3
"""Run upstream's test suite against hotclub and compare with the expectation lists; see README.md."""

from __future__ import annotations

import argparse
import gzip
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import expectations  # noqa: E402
import suite  # noqa: E402
from areas import area_of  # noqa: E402

ROOT = HERE.parent
GOOD = {"pass", "xfail"}
BAD = {"fail", "error", "subfail"}


@dataclass
class Outcome:
    """What a label's process gave."""

    label: str
    outcomes: dict[str, str]
    details: dict[str, str]
    crash: str
    seconds: float

    @property
    def passed(self) -> set[str]:
        """Tests that passed."""
        return {test for test, outcome in self.outcomes.items() if outcome in GOOD}

    @property
    def loaded(self) -> bool:
        """Whether any test ran."""
        return bool(self.outcomes)


def run_label(options: argparse.Namespace, tests: Path, label: str, results: Path) -> Outcome:
    """Run one label in a process of its own and read what it recorded."""
    record = results / f"{label}.jsonl"
    record.unlink(missing_ok=True)
    source = ROOT / "src"
    environment = {
        **os.environ,
        "PYTHONHASHSEED": "0",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONPATH": os.pathsep.join(filter(None, (str(source), os.environ.get("PYTHONPATH")))),
    }
    for name in ("DJANGO_SETTINGS_MODULE", "HOTCLUB_SETTINGS_MODULE"):
        environment.pop(name, None)
    command = [
        options.python,
        "-W",
        "ignore",
        str(HERE / "driver.py"),
        options.package,
        label,
        str(record),
        options.database,
    ]
    start = time.monotonic()
    with open(results / f"{label}.log", "w") as log:
        process = subprocess.Popen(
            command, cwd=tests, stdout=log, stderr=subprocess.STDOUT, env=environment, start_new_session=True
        )
        timed_out = False
        try:
            process.wait(timeout=options.timeout)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            timed_out = True
    outcomes, details, crash = read_record(record)
    if timed_out:
        crash = f"stopped after {options.timeout} seconds"
    return Outcome(label, outcomes, details, crash, time.monotonic() - start)


def read_record(record: Path) -> tuple[dict[str, str], dict[str, str], str]:
    """Return outcome and detail of each test, and how the process ended (empty: as it should)."""
    outcomes: dict[str, str] = {}
    details: dict[str, str] = {}
    crash = "the process ended early"
    for line in record.read_text().splitlines() if record.exists() else ():
        row = json.loads(line)
        if "id" not in row:
            crash = "" if row["end"] == "ok" else row["detail"].strip().splitlines()[-1][:160]
        elif outcomes.get(row["id"]) not in BAD:  # the first failure of a test counts, subtests included
            outcomes[row["id"]] = row["outcome"]
            details[row["id"]] = row["detail"]
    return outcomes, details, crash


def baseline_of(database: str) -> dict[str, set[str]]:
    """Return the tests of each label that pass on the reference."""
    with gzip.open(HERE / f"baseline-{database}.json.gz", "rt") as stored:
        data = json.load(stored)
    return {label: {test for test, outcome in rows.items() if outcome in GOOD} for label, rows in data.items()}


def chosen_labels(options: argparse.Namespace, all_labels: list[str]) -> list[str]:
    """Return the labels to run, in order."""
    if options.ratchet:
        name = "ratchet.txt" if options.database == "sqlite" else f"ratchet-{options.database}.txt"
        text = (HERE / name).read_text()
        return [line for line in map(str.strip, text.splitlines()) if line and not line.startswith("#")]
    if not options.only:
        return all_labels
    asked = options.only.split(",")
    unknown = [label for label in asked if label not in all_labels]
    if unknown:
        raise SystemExit(f"unknown label(s): {', '.join(unknown)}; a label is a folder of the suite's tests.")
    return asked


def run(options: argparse.Namespace) -> int:
    """Run labels, compare or update, and return how many surprises there were."""
    work = Path(options.work)
    results = work / f"results-{options.package}-{options.database}"
    results.mkdir(parents=True, exist_ok=True)
    tests = suite.rewritten_tests(suite.unpacked_tests(work, options.python), work, options.package)
    labels = chosen_labels(options, suite.labels(tests))
    baseline = baseline_of(options.database)
    reasons = expectations.Reasons(HERE / "reasons.toml")
    deadline = time.monotonic() + options.budget if options.budget else None
    totals = {"passed": 0, "wanted": 0, "surprises": 0, "tests": 0}
    failures: dict[str, dict[str, str]] = {}
    left_out: list[str] = []

    def one(label: str) -> Outcome | None:
        if deadline is not None and time.monotonic() > deadline:
            return None
        return run_label(options, tests, label, results)

    with ThreadPoolExecutor(options.jobs) as pool:
        for label, outcome in zip(labels, pool.map(one, labels), strict=True):
            if outcome is None:
                left_out.append(label)
                continue
            wanted = baseline.get(label, set())
            failures[label] = {
                test: outcome.details.get(test, "did not run") for test in sorted(wanted - outcome.passed)
            }
            report(options, outcome, wanted, reasons, totals)
    (work / f"failures-{options.package}-{options.database}.json").write_text(json.dumps(failures, indent=1))
    if left_out:
        print(f"out of time after {options.budget} seconds; not run: {' '.join(left_out)}")
    share = 100 * totals["passed"] / totals["wanted"] if totals["wanted"] else 0
    print(
        f"conformance on {options.database}: {totals['passed']} of {totals['wanted']} tests pass ({share:.1f} %), "
        f"{totals['surprises']} otherwise than expected"
    )
    return totals["surprises"]


def report(
    options: argparse.Namespace,
    outcome: Outcome,
    wanted: set[str],
    reasons: expectations.Reasons,
    totals: dict[str, int],
) -> None:
    """Compare or update one label, print its line, add to the totals."""
    path = HERE / "expected" / options.database / f"{outcome.label}.txt"
    entries = expectations.read(path)
    got = wanted & outcome.passed
    totals["passed"] += len(got)
    totals["wanted"] += len(wanted)
    verdict = expectations.compare(wanted, outcome.passed, entries, outcome.loaded)
    note = outcome.crash
    if options.update:
        entries = expectations.updated(wanted, outcome.passed, entries, outcome.loaded, reasons, outcome.crash)
        expectations.write(path, outcome.label, entries, len(wanted))
        note = f"written; {note}" if note else "written"
    elif not options.count_only:
        totals["surprises"] += verdict.surprises
        if verdict.surprises:
            note = f"SURPRISES: {verdict.surprises}; {note}"
    print(f"{outcome.label:36} {len(got):5} / {len(wanted):5} {outcome.seconds:6.1f}s  {note}", flush=True)
    if options.update or options.count_only:
        return
    for title, found in (("fails", verdict.unexpected_failures), ("passes", verdict.unexpected_passes)):
        for test in found[: options.show]:
            print(f"    unexpectedly {title}: {test}")
        if len(found) > options.show:
            print(f"    … and {len(found) - options.show} more that unexpectedly {title.rstrip('es')}")


def summary(options: argparse.Namespace) -> int:
    """Print totals per area from the expectation lists."""
    by_area: dict[str, list[int]] = {}
    for label, wanted in baseline_of(options.database).items():
        entries = expectations.read(HERE / "expected" / options.database / f"{label}.txt")
        missing = len(wanted) if expectations.WHOLE_LABEL in entries else len(entries)
        row = by_area.setdefault(area_of(label), [0, 0])
        row[0] += len(wanted) - missing
        row[1] += len(wanted)
    for area, (passed, total) in sorted(by_area.items()):
        print(f"{area:12} {passed:6} of {total:6} ({100 * passed / total:5.1f} %)")
    passed, total = (sum(row[index] for row in by_area.values()) for index in (0, 1))
    print(f"{'all':12} {passed:6} of {total:6} ({100 * passed / total:5.1f} %)")
    return 0


SERVERS = {"postgresql": ("PGHOST", "PGPORT", 5432), "mysql": ("MYSQL_HOST", "MYSQL_TCP_PORT", 3306)}
"""Environment variables with host and port of the servers that `driver.py` connects to, and the usual port."""


def server_missing(database: str) -> str | None:
    """Return where no server answers; None if one does, or none is needed."""
    if database not in SERVERS:
        return None
    host_variable, port_variable, usual_port = SERVERS[database]
    host = os.environ.get(host_variable) or "127.0.0.1"
    port = int(os.environ.get(port_variable) or usual_port)
    try:
        socket.create_connection((host, port), timeout=3).close()
    except OSError:
        return f"{host}:{port} ({host_variable}, {port_variable})"
    return None


def measure_baseline(options: argparse.Namespace) -> int:
    """Run the suite against its own framework and store which tests pass; of labels not asked for, what is known."""
    options.package = "django"
    work = Path(options.work)
    results = work / f"results-django-{options.database}"
    results.mkdir(parents=True, exist_ok=True)
    tests = suite.unpacked_tests(work, options.python)
    labels = chosen_labels(options, suite.labels(tests))
    data = {}
    known = HERE / f"baseline-{options.database}.json.gz"
    if options.only and known.exists():
        with gzip.open(known, "rt") as stored:
            data = json.load(stored)
    with ThreadPoolExecutor(options.jobs) as pool:
        for outcome in pool.map(lambda label: run_label(options, tests, label, results), labels):
            data[outcome.label] = outcome.outcomes
            print(f"{outcome.label:36} {len(outcome.passed):5} {outcome.seconds:6.1f}s {outcome.crash}", flush=True)
    target = work / f"baseline-{options.database}.json.gz"
    with gzip.open(target, "wt") as stored:
        json.dump(data, stored, sort_keys=True)
    print(f"written to {target.name} in the scratch directory; copy it beside run.py to make it the reference")
    return 0


def parse() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", help="labels, separated by commas")
    parser.add_argument("--ratchet", action="store_true", help="run the labels of the database's ratchet file")
    parser.add_argument(
        "--where-it-answers", action="store_true", help="do nothing if the database's server is not there"
    )
    parser.add_argument("--budget", type=float, help="seconds after which no further label is begun")
    parser.add_argument("--update", action="store_true", help="write the expectation lists anew")
    parser.add_argument("--count-only", action="store_true", help="count; compare nothing")
    parser.add_argument("--report", action="store_true", help="print totals per area from the lists")
    parser.add_argument("--unpack", action="store_true", help="fetch and unpack upstream's tests; run nothing")
    parser.add_argument("--baseline", action="store_true", help="measure upstream itself in this environment")
    parser.add_argument(
        "--python", default=sys.executable, help="interpreter with the project and the suite's requirements"
    )
    parser.add_argument("--database", default="sqlite", choices=["sqlite", "postgresql", "mysql"])
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--timeout", type=float, default=900, help="seconds for one label")
    parser.add_argument("--show", type=int, default=10, help="how many surprises to name per label and kind")
    parser.add_argument("--work", default=str(ROOT / ".scratch" / "conformance"), help="scratch directory")
    parser.set_defaults(package="hotclub")
    return parser.parse_args()


def main() -> int:
    """Run what the command line asks for; the exit status says whether there were surprises."""
    options = parse()
    if os.sep in options.python:
        # Labels run in another folder. Links are not resolved: an environment is known by its link.
        options.python = os.path.abspath(options.python)
    if options.report:
        return summary(options)
    if sys.version_info < (3, 12):
        raise SystemExit("The suite's sources need Python 3.12 or newer; start this script with one.")
    if options.unpack:
        Path(options.work).mkdir(parents=True, exist_ok=True)
        print(suite.unpacked_tests(Path(options.work), options.python))
        return 0
    if missing := server_missing(options.database):
        print(f"conformance on {options.database}: not run, no server answers at {missing}")
        return 0 if options.where_it_answers else 1
    Path(options.work).mkdir(parents=True, exist_ok=True)
    tempfile.tempdir = options.work
    if options.baseline:
        return measure_baseline(options)
    return 1 if run(options) else 0


if __name__ == "__main__":
    sys.exit(main())
