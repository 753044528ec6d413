"""The Python examples of the documentation run as they stand: each page in a process of its own, top to bottom.

A block with `no-run` in its info string is shown only (it needs files, a server or the reader's own names); so are blocks
that name a file (`file=`), which the tutorial's test writes.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"
BLOCK = re.compile(r"^```python(?P<info>[^\n]*)\n(?P<body>.*?)^```$", re.M | re.S)
PROJECT = """
import hotclub
from hotclub.conf import settings
settings.configure(
    SECRET_KEY="documentation", ALLOWED_HOSTS=["testserver"], ROOT_URLCONF=__name__, USE_TZ=True, STATIC_URL="static/",
    INSTALLED_APPS=["hotclub.contrib.contenttypes", "hotclub.contrib.auth", "hotclub.contrib.sessions", "hotclub.contrib.messages", "docs"],
    DATABASES={"default": {"ENGINE": "hotclub.db.backends.sqlite3", "NAME": ":memory:"}},
    TEMPLATES=[{"BACKEND": "hotclub.template.backends.django.DjangoTemplates", "APP_DIRS": True}],
    EMAIL_BACKEND="hotclub.core.mail.backends.locmem.EmailBackend",
)
hotclub.setup()
urlpatterns = []
"""


def examples(page: Path) -> list[tuple[int, str]]:
    """Return the blocks of a page that run, with their lines."""
    text = page.read_text(encoding="utf-8")
    return [
        (text.count("\n", 0, match.start()) + 1, match["body"])
        for match in BLOCK.finditer(text)
        if "no-run" not in match["info"] and "file=" not in match["info"]
    ]


PAGES = [page for page in sorted(DOCS.rglob("*.md")) if examples(page)]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(DOCS)))
def test_the_examples_of_a_page_run(page: Path, tmp_path: Path) -> None:
    script = PROJECT
    for line, body in examples(page):
        script += f"\n#line {line}\n{body}"
    (tmp_path / "docs").mkdir()  # the application of the models that a page defines
    (tmp_path / "docs" / "__init__.py").touch()
    file = tmp_path / "page.py"
    file.write_text(script, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, str(file)], cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, f"{page.relative_to(DOCS)}:\n{done.stderr[-2500:]}"


def test_links_between_pages_lead_somewhere() -> None:
    broken = []
    for page in DOCS.rglob("*.md"):
        for target in re.findall(r"\]\(([^)#:\s]+\.md)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            if not (page.parent / target).exists():
                broken.append(f"{page.relative_to(DOCS)} -> {target}")
    assert broken == []
