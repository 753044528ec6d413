"""The other framework's admin templates give the same pages here: projects have copies of them, and templates that extend them.

Both frameworks run the same site (`admin_site.py`) with the same templates, those of the installed oracle: input that is opened when
the test runs. Left out of the comparison is what is each framework's own: scripts, tokens, and the white space of widgets.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from hotclub.template import Engine
from hotclub.template.loader_tags import BlockNode

ORACLE = os.environ.get("HOTCLUB_ORACLE_PYTHON")
SITE = Path(__file__).with_name("admin_site.py")

pytestmark = pytest.mark.skipif(
    not ORACLE, reason="HOTCLUB_ORACLE_PYTHON names no interpreter with the other framework"
)

LIBRARIES = {
    **{name: f"hotclub.templatetags.{name}" for name in ("cache", "i18n", "l10n", "static", "tz")},
    **{name: f"hotclub.contrib.admin.templatetags.{name}" for name in ("admin_filters", "admin_list", "admin_modify")},
    **{name: f"hotclub.contrib.admin.templatetags.{name}" for name in ("admin_urls", "log")},
}

Page = tuple[int, str, str]
"""Status, where it redirects to, and the HTML."""


@pytest.fixture(scope="module")
def their_templates() -> Path:
    code = "import django.contrib.admin as a, pathlib; print(pathlib.Path(a.__file__).parent / 'templates')"
    return Path(subprocess.run([str(ORACLE), "-c", code], capture_output=True, text=True, check=True).stdout.strip())


def comparable(html: str) -> str:
    """Leave out what is each framework's own."""
    html = re.sub(r'(csrfmiddlewaretoken" value=")[^"]*', r"\1", html)
    html = re.sub(r"<script src=[^>]*></script>", "", html)
    html = re.sub(r"/admin/r/\d+/", "/admin/r/0/", html)  # ids of content types
    # Errors are announced with a date field too, which has a note of its own.
    html = re.sub(r"(aria-describedby=\")id_\w+_error (\w+_timezone_warning)", r"\1\2", html)
    return re.sub(r"\s*([<>])\s*", r"\1", re.sub(r"\s+", " ", html))


def pages(running: subprocess.Popen[str]) -> dict[str, Page]:
    """Return what a site answered."""
    output, errors = running.communicate(timeout=300)
    assert running.returncode == 0, errors[-2000:]
    rows = map(json.loads, output.splitlines())
    # A template alone, with plain data, gives the same bytes.
    return {
        what: (status, location, html if what.startswith("alone ") else comparable(html))
        for what, status, location, html in rows
    }


def test_pages_of_the_same_site(their_templates: Path, tmp_path: Path) -> None:
    running = []
    for python, package in ((str(ORACLE), "django"), (sys.executable, "hotclub")):
        (tmp_path / package).mkdir()
        command = [python, "-W", "ignore", str(SITE), package, str(tmp_path / package), str(their_templates)]
        running.append(subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True))
    theirs, ours = map(pages, running)
    assert theirs.keys() == ours.keys()
    assert sum(status == 200 for status, _, _ in theirs.values()) > 40
    assert sum(what.startswith("alone ") for what in theirs) > 40
    different = []
    for what, page in theirs.items():
        if page != ours[what]:
            pairs = zip(page[2].split("<"), ours[what][2].split("<"), strict=False)
            first = next(((one, other) for one, other in pairs if one != other), None)
            different.append(f"{what}: {page[:2]} {ours[what][:2]}; first difference {first}")
    assert not different, "\n".join(different)


def _blocks(engine: Engine, name: str) -> set[str]:
    return {node.name for node in engine.get_template(name).nodelist.get_nodes_by_type(BlockNode)}


def test_our_admin_has_every_block_to_override(their_templates: Path) -> None:
    """Documented: "Overriding admin templates". A block that is missing would silently swallow what a project puts there."""
    own = Path(__file__).parents[2] / "src/hotclub/contrib/admin/templates"
    missing = {}
    for path in sorted(their_templates.rglob("*.html")):
        name = str(path.relative_to(their_templates))
        mine, other = (Engine(dirs=[str(folder)], libraries=LIBRARIES) for folder in (own, their_templates))
        if lacking := _blocks(other, name) - _blocks(mine, name):
            missing[name] = lacking
    assert missing == {}
