"""What the layer contract does not say: no cycles between modules, no module that wants to be two."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import grimp
import pytest

SOURCE = Path(__file__).parents[2] / "src" / "hotclub"
LINE_LIMIT = 1000


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    return grimp.build_graph("hotclub", cache_dir=None)


def cycles(graph: grimp.ImportGraph) -> Iterator[list[str]]:
    """Yield the strongly connected parts with more than one module (Tarjan, without recursion)."""
    order: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    on_stack: set[str] = set()
    for root in sorted(graph.modules):
        if root in order:
            continue
        work = [(root, iter(sorted(graph.find_modules_directly_imported_by(root))))]
        order[root] = low[root] = len(order)
        stack.append(root)
        on_stack.add(root)
        while work:
            module, imported = work[-1]
            for name in imported:
                if name not in order:
                    order[name] = low[name] = len(order)
                    stack.append(name)
                    on_stack.add(name)
                    work.append((name, iter(sorted(graph.find_modules_directly_imported_by(name)))))
                    break
                if name in on_stack:
                    low[module] = min(low[module], order[name])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[module])
                if low[module] == order[module]:
                    part = []
                    while True:
                        name = stack.pop()
                        on_stack.discard(name)
                        part.append(name)
                        if name == module:
                            break
                    if len(part) > 1:
                        yield sorted(part)


def test_no_import_cycles(graph: grimp.ImportGraph) -> None:
    assert list(cycles(graph)) == []


def test_the_search_finds_a_cycle() -> None:
    graph = grimp.ImportGraph()
    for importer, imported in [("a", "b"), ("b", "c"), ("c", "a"), ("c", "d")]:
        graph.add_import(importer=importer, imported=imported)
    assert list(cycles(graph)) == [["a", "b", "c"]]


def test_no_module_is_longer_than_the_limit() -> None:
    long = {
        str(path.relative_to(SOURCE)): lines
        for path in SOURCE.rglob("*.py")
        if (lines := path.read_text(encoding="utf-8").count("\n")) > LINE_LIMIT
    }
    assert long == {}


def test_no_module_names_the_folder_of_a_checkout() -> None:
    """Nothing of a developer's machine reaches the sources."""
    mark = f"{SOURCE.parents[1]}/"
    found = [str(path) for path in SOURCE.rglob("*.py") if mark in path.read_text(encoding="utf-8")]
    assert found == []


def test_only_modules_of_apps_with_models_need_settings() -> None:
    """Settings are read when they are used: a script may import what it likes before it calls `settings.configure()`."""
    program = (
        "import importlib, pkgutil, hotclub\n"
        "from hotclub.core.exceptions import ImproperlyConfigured\n"
        "for module in pkgutil.walk_packages(hotclub.__path__, 'hotclub.', onerror=lambda name: None):\n"
        "    try:\n"
        "        importlib.import_module(module.name)\n"
        "    except ImproperlyConfigured:\n"
        "        print(module.name)\n"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=120)
    with_models = {path.parent.name for path in SOURCE.glob("contrib/*/models.py")}
    apps = tuple(f"hotclub.contrib.{name}." for name in with_models)
    assert [
        name for name in ran.stdout.split() if not name.startswith((*apps, "hotclub.contrib.staticfiles.urls"))
    ] == []
    documented = {"hotclub.contrib.admin", "hotclub.contrib.auth", "hotclub.contrib.auth.decorators"}
    assert documented.isdisjoint(ran.stdout.split())
