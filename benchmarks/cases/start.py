"""What a process pays before it does anything: each figure comes from a fresh interpreter, with compiled modules at hand."""

from __future__ import annotations

import os
import subprocess
import sys

from benchmarks.cases.case import Case

IMPORT = "import {name}.db.models"
SET_UP = """
import {name}
from {name}.conf import settings
settings.configure(
    INSTALLED_APPS=["{name}.contrib." + app for app in ("admin", "auth", "contenttypes", "sessions", "messages", "staticfiles")],
    DATABASES={{"default": {{"ENGINE": "{name}.db.backends.sqlite3", "NAME": ":memory:"}}}},
    LOGGING_CONFIG=None,
)
{name}.setup()
"""
TIMED = "import time; start = time.perf_counter()\n{body}\nprint((time.perf_counter() - start) * 1e6)"


def starting(body):
    def prepare(scale):
        from django.db.models import Model

        name = Model.__module__.partition(".")[0]
        program = TIMED.format(body=body.format(name=name))
        environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}

        def run(count):
            done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, check=True)
            return float(done.stdout)

        return run, lambda: "started"

    return prepare


CASES = [
    Case("start: import of db.models", starting(IMPORT), wanted=1.0),
    Case("start: setup() of the default apps", starting(SET_UP), wanted=1.5),
]
