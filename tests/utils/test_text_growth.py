"""The cost of text functions grows as the text does: the benchmark, at sizes that a test run can afford."""

from __future__ import annotations

import inspect
import subprocess
import sys
from pathlib import Path

import pytest
from benchmarks import text_growth

from hotclub.template import defaultfilters
from hotclub.utils import dateparse, encoding, html, http, ipv6, numberformat, safestring, text

ROOT = Path(__file__).resolve().parents[2]
MODULES = (dateparse, encoding, html, http, ipv6, numberformat, safestring, text)
COVERED = {
    "safestring.SafeData": "a base class",
    "safestring.SafeString": "a type of text",
    "safestring.SafeText": "the same",
}


def test_every_public_text_function_is_measured() -> None:
    known = {name.split(" ")[0] for name in text_growth.TEXT_FUNCTIONS} | set(text_growth.NO_TEXT_IN) | set(COVERED)
    missing = [
        f"{module.__name__.rpartition('.')[2]}.{name}"
        for module in MODULES
        for name, value in vars(module).items()
        if not name.startswith("_")
        and (inspect.isfunction(value) or inspect.isclass(value))
        and value.__module__ == module.__name__
    ]
    assert sorted(set(missing) - known) == []


def test_every_filter_is_measured() -> None:
    assert set(defaultfilters.register.filters) == set(text_growth.FILTERS) | text_growth.NO_TEXT_FILTERS


@pytest.mark.skipif(sys.platform == "win32", reason="limits of CPU time are POSIX")
def test_cost_grows_as_the_text_does() -> None:
    # A process of its own has a limit of CPU time, and what other tests left in memory does not count.
    command = [
        sys.executable,
        "-m",
        "benchmarks.text_growth",
        "--smallest",
        "4096",
        "--largest",
        "65536",
        "--texts",
        "few",
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]


def test_what_grows_faster_is_found() -> None:
    def quadratic(value: str) -> int:
        return sum(len(value[index:]) - len(value[:index]) for index in range(0, len(value), 8))

    first = text_growth._seconds(quadratic, "x" * 65536, 3)
    last = text_growth._seconds(quadratic, "x" * 1048576, 1)
    assert last / first / 16 > 4
