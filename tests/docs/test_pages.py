"""The examples of the documentation run as they stand: each page in a process of its own, top to bottom (see `page.py`).

Every page can be reached from the index, and no link leads nowhere.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.docs.page import DATABASE_NAMES, blocks, databases_of, is_walked
from tests.docs.walkthrough import Walkthrough

if TYPE_CHECKING:
    from tests.databases import TestDatabase

DOCS = Path(__file__).parents[2] / "docs"
ROOT = DOCS.parent
PAGES = sorted(DOCS.rglob("*.md"))
RUN = [page for page in PAGES if not is_walked(page) and any(block.runs for block in blocks(page))]
WALKED = [page for page in PAGES if is_walked(page) and page.parent.name != "tutorial"]
RUNS = [(page, database) for page in RUN for database in databases_of(page)]
SHOWN = {"text", "sql", "html", "css", "ini", "toml", "nginx", "json"}
"""Languages of blocks that are output or files of other programs."""
TEMPLATES = DOCS / "ref" / "templates"
"""Where blocks of templates run too: tests/template/test_reference.py."""


def name_of(value: Any) -> str:
    return str(value.relative_to(DOCS)) if isinstance(value, Path) else str(value)


@contextmanager
def settings_of(name: str, page: Path, databases: dict[str, TestDatabase]) -> Iterator[dict[str, str]]:
    """Give the environment for a page on a database of its own."""
    if name == "sqlite":
        yield {}
        return
    from hotclub.db import connections
    from tests.databases import server_settings, switch_default, use_or_skip

    use_or_skip(databases[name])
    place = re.sub(r"\W", "_", name_of(page))[:30]
    made = f"{databases[name].database_name}_{place}".lower()
    # From another database of the server, since one that is in use cannot be dropped.
    statements = [f"DROP DATABASE IF EXISTS {made}", f"CREATE DATABASE {made}"]

    def execute(*texts: str) -> None:
        with connections["default"].cursor() as cursor:
            for text in texts:
                cursor.execute(text)

    execute(*statements)
    try:
        yield {"DOCS_DATABASES": json.dumps({"default": server_settings(name, made)})}
    finally:
        switch_default(databases[name].settings)
        execute(statements[0])


@pytest.fixture
def databases(_databases: dict[str, TestDatabase]) -> dict[str, TestDatabase]:
    """All databases of the run, by name."""
    return _databases


@pytest.mark.parametrize(("page", "database"), RUNS, ids=name_of)
def test_the_examples_of_a_page_run(
    page: Path, database: str, tmp_path: Path, databases: dict[str, TestDatabase]
) -> None:
    with settings_of(database, page, databases) as extra:
        done = subprocess.run(
            [sys.executable, "-m", "tests.docs.page", str(page)],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT), "DOCS_DATABASE": database, **extra},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
    assert done.returncode == 0, f"{name_of(page)}:\n{done.stderr[-2500:]}"


@pytest.mark.parametrize("page", WALKED, ids=name_of)
def test_a_page_with_a_project_can_be_followed(page: Path, tmp_path: Path) -> None:
    reader = Walkthrough(tmp_path)
    try:
        reader.walk(page)
    finally:
        reader.close()
    assert reader.ran > 3


def test_what_does_not_run_says_why() -> None:
    silent = []
    for page in PAGES:
        for block in blocks(page):
            place = f"{name_of(page)}:{block.line} {block.language}"
            words = {word for word in block.words if "=" not in word}
            if block.language in {"python", "pycon"}:
                unknown = words - DATABASE_NAMES - {"no-run", "append"}
                if unknown or ("no-run" in words and not re.search(r"\(.{8,}\)$", block.info)):
                    silent.append(place)
            elif block.language == "console":
                if not is_walked(page) and "no-run" not in words:
                    silent.append(place)
            elif block.language == "django" and page.parent == TEMPLATES:
                continue
            elif block.language not in SHOWN | {"tables"} and not is_walked(page):
                silent.append(place)
    assert silent == []


def anchors(page: Path) -> set[str]:
    """Return the names of a page's headings, as they stand in links."""
    text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.M | re.S)
    return {
        re.sub(r"\s", "-", re.sub(r"[^\w\s-]", "", heading.strip().lower()))
        for heading in re.findall(r"^#+ (.+)$", text, re.M)
    }


def links(page: Path) -> Iterator[tuple[Path, str]]:
    """Give the pages that a page leads to, with the heading or an empty text."""
    text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.M | re.S)
    for target, _, anchor in (link.partition("#") for link in re.findall(r"\]\(([^)\s]+)\)", text)):
        if ":" not in target and (target.endswith(".md") or not target):
            yield ((page.parent / target).resolve() if target else page), anchor


def test_links_between_pages_lead_somewhere() -> None:
    broken = [
        f"{name_of(page)} -> {target}#{anchor}"
        for page in PAGES
        for target, anchor in links(page)
        if not target.exists() or (anchor and anchor not in anchors(target))
    ]
    assert broken == []


def test_every_page_can_be_reached_from_the_index() -> None:
    reached: set[Path] = set()
    ahead = [DOCS / "index.md"]
    while ahead:
        page = ahead.pop()
        if page not in reached:
            reached.add(page)
            ahead.extend(target for target, _ in links(page) if target.exists())
    assert [name_of(page) for page in PAGES if page not in reached] == []
