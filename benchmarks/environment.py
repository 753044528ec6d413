"""The environment in which Django and the other peers live."""

from __future__ import annotations

import hashlib
import subprocess
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SCRATCH = ROOT / ".scratch"
PEERS = [
    "Django==6.1.3",
    "argon2-cffi",
    "Jinja2",
    "SQLAlchemy==2.1.*",
    "peewee",
    "pony",
    "tortoise-orm",
]


def peer_python(more: tuple[str, ...] = ()) -> str:
    """Return the interpreter of the environment in which the peers live, making it on the first run and when the list changes.

    Args:
        more: what else has to be installed there; added when it is first asked for.
    """
    home = SCRATCH / "peers"
    python = home / "bin" / "python"
    marker = home / ".ready"
    wanted = "\n".join(PEERS)
    if not marker.exists() or marker.read_text() != wanted:
        print(f"Making an environment for {', '.join(PEERS)} ...", flush=True)
        venv.create(home, with_pip=True, clear=True)
        subprocess.run([python, "-m", "pip", "install", "-q", "--disable-pip-version-check", *PEERS], check=True)
        marker.write_text(wanted)
    extra = home / f".with-{hash_of(more)}"
    if more and not extra.exists():
        subprocess.run([python, "-m", "pip", "install", "-q", "--disable-pip-version-check", *more], check=True)
        extra.touch()
    return str(python)


def hash_of(names: tuple[str, ...]) -> str:
    """Return a short name for a set of distributions."""
    return hashlib.sha256("\n".join(sorted(names)).encode()).hexdigest()[:12]
