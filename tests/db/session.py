"""A configured project with two databases in a process of its own: connections and settings are process-wide."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path

HEADER = """
import warnings
warnings.simplefilter("error")
import asyncio, sys, threading
from contextvars import copy_context
folder = sys.argv[1]
sys.path.insert(0, folder)
import hotclub
from hotclub.conf import settings
settings.configure(
    INSTALLED_APPS=APPS,
    DATABASES={
        "default": {"ENGINE": "hotclub.db.backends.sqlite3", "NAME": folder + "/default.sqlite3"},
        "other": {"ENGINE": "hotclub.db.backends.sqlite3", "NAME": ":memory:"},
    },
    USE_TZ=True,
    DEFAULT_AUTO_FIELD="hotclub.db.models.BigAutoField",
)
hotclub.setup()
from hotclub.core.management import call_command
from hotclub.db import *
from hotclub.db import connection, connections, transaction, migrations, models
from hotclub.db.ports import ASYNC, SYNC
from hotclub._flow.effects import *
from hotclub.test.utils import CaptureQueriesContext


def raises(kind, text=""):
    import contextlib

    @contextlib.contextmanager
    def expect():
        try:
            yield
        except kind as error:
            assert text in str(error), f"{text!r} not in {error!s}"
        else:
            raise AssertionError(f"{kind} was not raised")

    return expect()


def numbers(alias="default"):
    return [row[0] for row in SYNC.perform(Fetch(alias, "SELECT n FROM t ORDER BY n", ()))]


def put(n, alias="default"):
    SYNC.perform(Run(alias, "INSERT INTO t (n) VALUES (%s)", (n,)))


async def aput(n, alias="default"):
    await ASYNC.perform(Run(alias, "INSERT INTO t (n) VALUES (%s)", (n,)))


async def anumbers(alias="default"):
    return [row[0] for row in await ASYNC.perform(Fetch(alias, "SELECT n FROM t ORDER BY n", ()))]


for alias in ("default", "other"):
    with connections[alias].cursor() as cursor:
        cursor.execute("CREATE TABLE t (n INTEGER UNIQUE NOT NULL)")
"""


def run(script: str, apps: tuple[str, ...] = (), files: dict[str, str] | None = None) -> str:
    """Run a script in a fresh project and give what it printed; a failure shows its traceback."""
    with tempfile.TemporaryDirectory() as folder:
        for name, text in (files or {}).items():
            path = Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(textwrap.dedent(text), encoding="utf-8")
        source = f"APPS = {list(apps)!r}\n" + HEADER + textwrap.dedent(script)
        done = subprocess.run(
            [sys.executable, "-c", source, folder],
            capture_output=True,
            text=True,
            cwd=Path(__file__).parents[2],
            timeout=120,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout
