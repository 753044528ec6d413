"""The tutorial works, step by step; so does the same project with its imports left as an existing project has them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.docs.walkthrough import Walkthrough

PAGES = sorted((Path(__file__).parents[2] / "docs" / "tutorial").glob("*.md"))


def as_django(text: str) -> str:
    return re.sub(r"\bhotclub\b", "django", text)


@pytest.mark.parametrize("imports", ["hotclub", "django"])
def test_the_tutorial_can_be_followed(tmp_path: Path, imports: str) -> None:
    assert len(PAGES) == 7
    if imports == "django":
        reader = Walkthrough(tmp_path, rewrite=as_django, manage="-m hotclub.compat manage.py")
    else:
        reader = Walkthrough(tmp_path)
    try:
        for page in PAGES:
            reader.walk(page)
    finally:
        reader.close()
    assert reader.ran > 50
