"""What a process imports before it does anything."""

from __future__ import annotations

import json
import subprocess
import sys

PROGRAM = """
import gc, json, sys
import hotclub
from hotclub.conf import settings
settings.configure(
    INSTALLED_APPS=["hotclub.contrib." + app for app in ("admin", "auth", "contenttypes", "sessions", "messages", "staticfiles")],
    DATABASES={"default": {"ENGINE": "hotclub.db.backends.sqlite3", "NAME": ":memory:"}},
)
hotclub.setup()
print(json.dumps([sorted(sys.modules), gc.isenabled()]))
"""


def test_the_default_apps_import_nothing_that_only_some_processes_need() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, check=True, text=True)
    modules, collecting = json.loads(done.stdout)
    needless = {
        "asgiref.sync",
        "asyncio",
        "hotclub._template.contextual.analysis",
        "hotclub.core.mail",
        "hotclub.db.backends.sqlite3.creation",
        "hotclub.db.backends.sqlite3.schema",
        "hotclub.test",
        "msgspec",
        "subprocess",
        "unittest",
    }
    assert not needless & set(modules)
    assert collecting
