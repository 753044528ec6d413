"""The suite on disk: fetching the archive, unpacking its tests, rewriting the copy. Runs no test."""

from __future__ import annotations

import re
import shutil
import subprocess
import tarfile
from pathlib import Path

VERSION = "6.1.3"
ARCHIVE_ROOT = f"django-{VERSION}"
NO_LABELS = {
    "import_error_package",
    "test_runner_apps",
    "requirements",
    "templates",
    "sphinx",
    "__pycache__",
    "gis_tests",
}
REWRITTEN = {".py", ".html", ".txt", ".py-tpl", ".json", ".tpl", ".conf", ".cfg"}

# What a dot after "django" may start without being a name of the package: endings of files and hosts.
_NO_NAME = r"(?!(?:po|mo|pot|js|css|org|sh|zip|txt|html|com)\b|__)"
_RULES = [
    (re.compile(r"^(\s*)import django$", re.MULTILINE), r"\1import {p} as django"),
    (re.compile(r"^(\s*)from django import", re.MULTILINE), r"\1from {p} import"),
    (re.compile(rf"(?<![\w./])django\.{_NO_NAME}(?=[A-Za-z_])"), "{p}."),
    (re.compile(r"(?<![\w./])django\.__main__\b"), "{p}.__main__"),
    (re.compile(r"(\"-m\",\s+|'-m',\s+)([\"'])django\2"), r"\1\g<2>{p}\2"),
    (re.compile(r"(getLogger\(|assertLogs\(|assertNoLogs\(|\[\"loggers\"\]\[)([\"'])django\2"), r"\1\g<2>{p}\2"),
    (re.compile(r"([\"'])django/forms/"), r"\1{p}/forms/"),
    (re.compile(r"\bDjango (administration|site admin)\b"), "{P} \\1"),
    (re.compile(r"\bimport django, "), "import {p} as django, "),
    (re.compile(r"(&#x27;)django(?=&#x27;)"), r"\1{p}"),
]


def rewrite(text: str, package: str) -> str:
    """Return a file's text with the names of one package in place of upstream's."""
    for pattern, replacement in _RULES:
        text = pattern.sub(replacement.replace("{p}", package).replace("{P}", package.capitalize()), text)
    return text


def unpacked_tests(work: Path, python: str) -> Path:
    """Return upstream's tests folder, fetched with pip and unpacked on first use; nothing else is unpacked.

    Args:
        work: scratch directory.
        python: interpreter whose pip fetches the archive.
    """
    tests = work / ARCHIVE_ROOT / "tests"
    if tests.exists():
        return tests
    command = [python, "-m", "pip", "download", "-q", "--no-deps", "--no-binary", ":all:"]
    archives = list(work.glob("[dD]jango-6*.tar.gz"))
    if not archives:
        subprocess.run([*command, f"Django=={VERSION}", "-d", str(work)], check=True)
        archives = list(work.glob("[dD]jango-6*.tar.gz"))
    partial = work / "unpacking"
    with tarfile.open(archives[0]) as archive:
        wanted = [member for member in archive if member.name.startswith(f"{ARCHIVE_ROOT}/tests/")]
        archive.extractall(partial, members=wanted, filter="data")
    tests.parent.mkdir(exist_ok=True)
    (partial / ARCHIVE_ROOT / "tests").rename(tests)
    shutil.rmtree(partial)
    return tests


def rewritten_tests(tests: Path, work: Path, package: str) -> Path:
    """Return the tests folder rewritten for a package; made on first use."""
    if package == "django":
        return tests
    target = work / f"tests-{package}"
    if target.exists():
        return target
    unfinished = work / f"rewriting-{package}"
    shutil.rmtree(unfinished, ignore_errors=True)
    shutil.copytree(tests, unfinished)
    for path in unfinished.rglob("*"):
        if path.suffix in REWRITTEN and path.is_file():
            _rewrite_file(path, package)
    unfinished.rename(target)
    return target


def _rewrite_file(path: Path, package: str) -> None:
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return
    new = rewrite(text, package)
    if path.suffix == ".py" and f"import {package} as django" in new:
        # Where a file binds the name `django`, reads of its attributes were rewritten too: both names are bound.
        new = new.replace(f"import {package} as django", f"import {package}; django = {package}")
    if new != text:
        path.write_text(new, encoding="utf-8")


def labels(tests: Path) -> list[str]:
    """Return the labels of the suite."""
    return [
        path.name
        for path in sorted(tests.iterdir())
        if path.is_dir() and path.name not in NO_LABELS and "." not in path.name and (path / "__init__.py").exists()
    ]
