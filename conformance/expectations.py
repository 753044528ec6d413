"""The lists of tests that are expected not to pass: reading, comparing, writing. Runs nothing.

One file a label: `<class> <tab> <test> <tab> <note>`, sorted. A single test `*` stands for the whole label.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

CLASSES = ("todo", "internal", "environment", "deviation")
WHOLE_LABEL = "*"


@dataclass(frozen=True)
class Entry:
    """Why a test does not pass."""

    reason: str
    note: str = ""


@dataclass
class Verdict:
    """How a run of one label compares with what was expected."""

    unexpected_failures: list[str] = field(default_factory=list)
    unexpected_passes: list[str] = field(default_factory=list)

    @property
    def surprises(self) -> int:
        """How many tests did otherwise than expected."""
        return len(self.unexpected_failures) + len(self.unexpected_passes)


def read(path: Path) -> dict[str, Entry]:
    """Return the entries of a file; none if it does not exist (then every test must pass)."""
    entries: dict[str, Entry] = {}
    if not path.exists():
        return entries
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line or line.startswith("#"):
            continue
        reason, test, *note = line.split("\t")
        if reason not in CLASSES:
            raise SystemExit(f"{path.name}:{number}: class {reason!r}; it should be one of {', '.join(CLASSES)}.")
        entries[test] = Entry(reason, note[0] if note else "")
    return entries


def compare(wanted: set[str], passed: set[str], entries: dict[str, Entry], loaded: bool) -> Verdict:
    """Compare a run with the expectations.

    Args:
        wanted: tests that pass on the reference.
        passed: tests that passed here.
        entries: what is expected not to pass.
        loaded: whether the label ran at all.
    """
    if WHOLE_LABEL in entries:
        return Verdict() if not loaded else Verdict(unexpected_passes=[f"{WHOLE_LABEL} (the label can be loaded now)"])
    listed = set(entries)
    tolerated = {test for test, entry in entries.items() if entry.reason == "environment"}
    failed = wanted - passed
    return Verdict(
        unexpected_failures=sorted(failed - listed),
        unexpected_passes=sorted((listed & passed) - tolerated),
    )


class Reasons:
    """Rules that give new entries their class: `reasons.toml`."""

    def __init__(self, path: Path) -> None:
        rules = tomllib.loads(path.read_text(encoding="utf-8")).get("rule", []) if path.exists() else []
        self._rules = [(re.compile(rule["tests"]), Entry(rule["class"], rule["note"])) for rule in rules]

    def entry(self, test: str) -> Entry:
        """Return the entry for a test that fails: of the first rule that matches, else `todo`."""
        return next((entry for pattern, entry in self._rules if pattern.search(test)), Entry("todo"))


def updated(
    wanted: set[str], passed: set[str], entries: dict[str, Entry], loaded: bool, reasons: Reasons, why: str
) -> dict[str, Entry]:
    """Return the entries that describe a run; what was classed by hand keeps its class."""
    if wanted and not loaded and not passed:
        return {WHOLE_LABEL: Entry("todo", why)}
    known = {test: entry for test, entry in entries.items() if entry.reason != "todo"}
    kept = {test: entry for test, entry in known.items() if entry.reason == "environment"}
    return kept | {test: known.get(test) or reasons.entry(test) for test in wanted - passed}


def write(path: Path, label: str, entries: dict[str, Entry], total: int) -> None:
    """Write a label's file; none where every test passes."""
    if not entries:
        path.unlink(missing_ok=True)
        return
    missing = total if WHOLE_LABEL in entries else len(entries)
    lines = [f"# {label}: {total - missing} of {total} pass; written by run.py --update"]
    lines += ["\t".join(filter(None, (entry.reason, test, entry.note))) for test, entry in sorted(entries.items())]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def counted(entries: Iterable[Entry]) -> dict[str, int]:
    """Return how many entries each class has."""
    found = [entry.reason for entry in entries]
    return {reason: found.count(reason) for reason in CLASSES}
