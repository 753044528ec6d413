"""Every template that upstream's suite renders gives the same text on both frameworks, with the contexts of its own tests.

Nothing is listed here: the suite's tests run on both sides (`recording_driver.py`) and each rendering is written down. The other
framework runs twice; what it does not repeat to the letter (tokens, clocks, addresses) is no subject of comparison.

Needs the unpacked suite (`make conformance`) and the other framework (`make oracle`). `HOTCLUB_ORACLE_LABELS` names other labels.
"""

from __future__ import annotations

import datetime
import importlib.util
import json
import os
import re
import subprocess
import sys
from collections import Counter, defaultdict
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]
CONFORMANCE = ROOT / "conformance"
WORK = ROOT / ".scratch" / "conformance"
ORACLE = os.environ.get("HOTCLUB_ORACLE_PYTHON")
LABELS = os.environ.get(
    "HOTCLUB_ORACLE_LABELS",
    "template_tests,template_backends,template_loader,humanize_tests,i18n,timezones,forms_tests",
)

OTHER_CATALOGUE = {"forms_tests.tests.test_i18n.FormsI18nTests.test_lazy_labels"}
"""Tests that show texts of the framework translated: ours has words and translations of its own."""

Rendering = tuple[str, str]
"""What was rendered, and the text."""

SHOWS_THE_PROCESS = "{% debug %}"
"""A source that is not compared: it lists the imported modules."""


def _suite() -> ModuleType:
    spec = importlib.util.spec_from_file_location("conformance_suite", CONFORMANCE / "suite.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


SUITE = _suite()
UPSTREAM = WORK / SUITE.ARCHIVE_ROOT / "tests"

pytestmark = [
    pytest.mark.skipif(not ORACLE, reason="HOTCLUB_ORACLE_PYTHON names no interpreter with the other framework"),
    pytest.mark.skipif(
        not UPSTREAM.exists(), reason="the suite is not unpacked; `conformance/run.py --unpack` does that"
    ),
]


@pytest.fixture(scope="module")
def folders() -> dict[str, Path]:
    """The suite's tests for each package; test processes that run side by side do not rewrite them at the same time."""
    fcntl = pytest.importorskip("fcntl", reason="locks of files are POSIX")
    with open(WORK / "rewriting.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return {package: SUITE.rewritten_tests(UPSTREAM, WORK, package) for package in ("django", "hotclub")}


def start(python: str, package: str, tests: Path, label: str, folder: Path) -> subprocess.Popen[bytes]:
    """Start a label's tests; they write `renderings.jsonl` into the folder."""
    folder.mkdir()
    environment = {**os.environ, "PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1"}
    for name in ("DJANGO_SETTINGS_MODULE", "HOTCLUB_SETTINGS_MODULE"):
        environment.pop(name, None)
    if package == "hotclub":
        environment["PYTHONPATH"] = str(ROOT / "src")
    recorder = str(Path(__file__).with_name("recording_driver.py"))
    command = [python, "-W", "ignore", recorder, str(CONFORMANCE / "driver.py"), package, label]
    files = [str(folder / name) for name in ("renderings.jsonl", "outcomes.jsonl")]
    with open(folder / "log", "wb") as log:
        return subprocess.Popen([*command, *files], cwd=tests, env=environment, stdout=log, stderr=log)


def renderings(process: subprocess.Popen[bytes], folder: Path, forms: set[str]) -> dict[str, Counter[Rendering]]:
    """Wait for a label's tests and return what each of them rendered.

    Args:
        process: runs the tests.
        folder: where it writes.
        forms: sources that are known to show forms, added to. The templates of forms are each framework's own, equal but for
            white space beside tags and at the end, which is left out.
    """
    # A failing test is the ratchet's business; what was rendered until then is compared all the same.
    process.wait(timeout=900)
    record = folder / "renderings.jsonl"
    assert record.exists(), (folder / "log").read_text(errors="replace")[-2000:]
    found: dict[str, Counter[Rendering]] = defaultdict(Counter)
    today = datetime.datetime.now().date().isoformat()
    rows = [json.loads(line) for line in record.read_text(encoding="utf-8").splitlines()]
    forms.update(SUITE.rewrite(row["source"], "hotclub") for row in rows if row["form"])
    for row in rows:
        # Templates of the packages are their own words: they are known by name, all others by their source.
        inner = re.fullmatch(r"(?:django|hotclub)/(forms/.*)", row["name"])
        what = inner[1] if inner else SUITE.rewrite(row["source"], "hotclub")
        text = SUITE.rewrite(row["text"], "hotclub").replace("Django", "Hotclub").replace("django", "hotclub")
        if inner or what in forms:
            text = re.sub(r"\s*([<>]|$)\s*", r"\1", text)
        text = re.sub(rf"{today}[ T][\d:.]+", "now", text)
        found[row["test"]][what, text] += 1
    return found


@pytest.mark.parametrize("label", LABELS.split(","))
def test_templates_of_the_suite(label: str, folders: dict[str, Path], tmp_path: Path) -> None:
    sides = [(str(ORACLE), "django"), (str(ORACLE), "django"), (sys.executable, "hotclub")]
    records = [tmp_path / str(number) for number in range(3)]
    running = [start(*side, folders[side[1]], label, record) for side, record in zip(sides, records, strict=True)]
    forms: set[str] = set()
    theirs, again, ours = [renderings(*pair, forms) for pair in zip(running, records, strict=True)]
    different, compared = [], 0
    for test, texts in theirs.items():
        if texts != again.get(test) or test in OTHER_CATALOGUE:
            continue
        mine = ours.get(test, Counter())
        sources = {what for what, _ in mine if SHOWS_THE_PROCESS not in what}
        known = Counter({key: count for key, count in texts.items() if key[0] in sources})
        compared += known.total()
        if missing := known - mine:
            different.append((test, list(missing)[:2], list(mine - texts)[:2]))
    shown = "\n\n".join(f"{test}\n theirs {their}\n ours   {our}" for test, their, our in different[:8])
    assert not different, f"{len(different)} tests render differently:\n{shown}"
    assert compared > 0
    print(f"{label}: {compared} renderings alike")
