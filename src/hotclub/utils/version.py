"""Version numbers: of Python, and of the package itself."""

from __future__ import annotations

import datetime
import functools
import os
import re
import sys
from typing import TYPE_CHECKING

from hotclub._kernel.late_modules import LateModule
from hotclub._kernel.release import VERSION

PYPY = sys.implementation.name == "pypy"

# Constants to read `if PY312:` where behaviour depends on the interpreter.
PY38 = sys.version_info >= (3, 8)
PY39 = sys.version_info >= (3, 9)
PY310 = sys.version_info >= (3, 10)
PY311 = sys.version_info >= (3, 11)
PY312 = sys.version_info >= (3, 12)
PY313 = sys.version_info >= (3, 13)
PY314 = sys.version_info >= (3, 14)
PY315 = sys.version_info >= (3, 15)

Version = tuple[int, int, int, str, int]
"""major, minor, micro, stage (alpha, beta, rc or final), number within the stage"""

_STAGES = {"alpha": "a", "beta": "b", "rc": "rc"}

if TYPE_CHECKING:
    import subprocess
else:
    subprocess = LateModule("subprocess")


def get_complete_version(version: Version | None = None) -> Version:
    """Return the version tuple, of hotclub if None is given; check one that is given."""
    if version is None:
        return VERSION
    assert len(version) == 5
    assert version[3] in ("alpha", "beta", "rc", "final")
    return version


def get_main_version(version: Version | None = None) -> str:
    """Return "X.Y" or, from the first bug-fix release on, "X.Y.Z"."""
    complete = get_complete_version(version)
    return ".".join(str(part) for part in complete[: 2 if complete[2] == 0 else 3])


def get_version(version: Version | None = None) -> str:
    """Return the version in the form of PEP 440: "1.0", "1.0.1", "1.1a1", "1.1.dev20250102030405"."""
    complete = get_complete_version(version)
    suffix = ""
    if complete[3] == "alpha" and complete[4] == 0:
        if changeset := get_git_changeset():
            suffix = f".dev{changeset}"
    elif complete[3] != "final":
        suffix = _STAGES[complete[3]] + str(complete[4])
    return get_main_version(complete) + suffix


def get_docs_version(version: Version | None = None) -> str:
    """Return what the documentation of that version is called: "dev" before the final release."""
    complete = get_complete_version(version)
    if complete[3] != "final":
        return "dev"
    return "{}.{}".format(*complete[:2])


@functools.lru_cache(maxsize=1)
def get_git_changeset() -> str | None:
    """Return the time of the last commit as digits (UTC), None outside of a checkout.

    The time, as hashes have no order.
    """
    # The root of the checkout is the parent of the package's directory.
    root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    if not os.path.isdir(os.path.join(root, ".git")) and not os.path.isdir(os.path.join(os.path.dirname(root), ".git")):
        return None
    try:
        log = subprocess.run(
            ["git", "log", "--pretty=format:%ct", "--quiet", "-1", "HEAD"],
            capture_output=True, cwd=root, text=True, check=False,
        )  # fmt: skip
        moment = datetime.datetime.fromtimestamp(int(log.stdout), tz=datetime.UTC)
    except (OSError, ValueError):
        return None
    return moment.strftime("%Y%m%d%H%M%S")


_VERSION = re.compile(r"[0-9]+(?:\.[0-9]+)*")


def get_version_tuple(version: str) -> tuple[int, ...]:
    """Return the numbers of a version as a tuple: "1.2.3a1" gives (1, 2, 3)."""
    match = _VERSION.match(version)
    return tuple(map(int, match[0].split("."))) if match else ()
