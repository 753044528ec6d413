"""The admin end to end, in a process of its own: it needs a whole project's settings."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(scope="module")
def seen() -> dict[str, Any]:
    script = Path(__file__).with_name("site_walk.py")
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


@pytest.mark.parametrize(
    ("what", "expected"),
    [
        ("stranger is sent to log in", "/admin/login/?next=/admin/"),
        ("login", 302),
        ("add", 302),
        ("inline", ["Minor Swing"]),
        ("list escapes", True),
        ("change", 302),
        ("log", ["Added. Added track “Track object (1)”.", "Changed Title and Sold."]),
        ("history", True),
        ("forbidden lookup", 400),
        ("viewer sees", 200),
        ("viewer cannot change", 403),
        ("viewer cannot delete", 403),
        ("viewer cannot add", 403),
        ("queries do not grow", True),
        ("asks first", True),
        ("deleted", True),
        ("users", 200),
        ("open redirect", "/admin/"),
    ],
)
def test_a_walk_through_the_admin(seen: dict[str, Any], what: str, expected: Any) -> None:
    assert seen[what] == expected
