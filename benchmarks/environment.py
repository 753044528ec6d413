"""The environment in which Django and the other peers live."""

from __future__ import annotations

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


def peer_python() -> str:
    """Return the interpreter of the environment in which the peers live, making it on the first run and when the list changes."""
    home = SCRATCH / "peers"
    python = home / "bin" / "python"
    marker = home / ".ready"
    wanted = "\n".join(PEERS)
    if not marker.exists() or marker.read_text() != wanted:
        print(f"Making an environment for {', '.join(PEERS)} ...", flush=True)
        venv.create(home, with_pip=True, clear=True)
        subprocess.run([python, "-m", "pip", "install", "-q", "--disable-pip-version-check", *PEERS], check=True)
        marker.write_text(wanted)
    return str(python)
