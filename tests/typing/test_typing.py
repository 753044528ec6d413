"""Type checkers see what the documentation promises: mypy (strict) and pyright over the files in `cases`, each as one process.

In `mistakes.py` each line that ends in `# error` must be refused, and nothing else may be.
"""

from __future__ import annotations

import importlib.util
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CASES = Path(__file__).parent / "cases"
FILES = sorted(CASES.glob("*.py"))


def wanted() -> set[tuple[str, int]]:
    """Return file and line of every mistake."""
    return {
        (path.name, number)
        for path in FILES
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if line.endswith("# error")
    }


def check(found: dict[tuple[str, int], str]) -> None:
    """Compare what a checker reports with what it must."""
    surplus = {place: text for place, text in found.items() if place not in wanted()}
    assert not surplus, surplus
    assert not wanted() - set(found)


def needs(tool: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(importlib.util.find_spec(tool) is None, reason=f"{tool} is not installed")


@needs("mypy")
def test_mypy() -> None:
    command = [sys.executable, "-m", "mypy", "--config-file", str(ROOT / "pyproject.toml"), *map(str, FILES)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600)
    assert done.returncode in (0, 1), done.stdout + done.stderr
    lines = re.findall(r"^(?:.*/)?([\w.]+):(\d+): error: (.*)$", done.stdout, re.MULTILINE)
    check({(name, int(number)): text for name, number, text in lines})


@needs("pyright")
def test_pyright() -> None:
    command = [sys.executable, "-m", "pyright", "--outputjson", *map(str, FILES)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600)
    assert done.returncode in (0, 1), done.stdout + done.stderr
    reports = json.loads(done.stdout)["generalDiagnostics"]
    errors = [report for report in reports if report["severity"] == "error"]
    check(
        {
            (Path(report["file"]).name, report["range"]["start"]["line"] + 1): report["message"].splitlines()[0]
            for report in errors
        }
    )


@needs("mypy")
def test_the_types_that_the_page_shows(tmp_path: Path) -> None:
    """The example of docs/topics/typing.md: behind each expression stands the type that a checker sees."""
    page = (ROOT / "docs" / "topics" / "typing.md").read_text(encoding="utf-8")
    block = re.search(r"^```python[^\n]*\n(.*?)^```$", page, re.M | re.S)
    assert block
    shown = re.findall(r"^(\S.*)  # (.*)$", block[1], re.M)
    models = re.sub(r"^\S.*  # .*$\n", "", block[1], flags=re.M)
    body = "".join(f"    reveal_type({expression})\n" for expression, _ in shown)
    (tmp_path / "page.py").write_text(f"{models}\nasync def shown() -> None:\n{body}", encoding="utf-8")
    command = [sys.executable, "-m", "mypy", "--config-file", str(ROOT / "pyproject.toml"), str(tmp_path / "page.py")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stdout + done.stderr
    revealed = re.findall(r'Revealed type is "(.*)"', done.stdout)
    plain = [
        re.sub(r"\b(?:\w+\.)+", "", text).replace("QuerySet[Author, Author]", "QuerySet[Author]") for text in revealed
    ]
    assert len(shown) > 5
    assert plain == [text for _, text in shown]
