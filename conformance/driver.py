"""Run one label of the suite against a package and record every test's outcome.

Started by run.py in the suite's (rewritten) tests folder: `driver.py PACKAGE LABEL RECORD DATABASE`. The record has one
JSON object a line: a test's id, outcome, detail and seconds; the last one says how the process ended.
"""

from __future__ import annotations

import copy
import gc
import importlib
import json
import os
import shutil
import sys
import tempfile
import time
import traceback
import unittest
import warnings
from collections.abc import Callable
from typing import Any

APPS = ["contenttypes", "auth", "sites", "sessions", "messages", "admin.apps.SimpleAdminConfig", "staticfiles"]
CONTEXT_PROCESSORS = [
    "template.context_processors.request",
    "contrib.auth.context_processors.auth",
    "contrib.messages.context_processors.messages",
]
MIDDLEWARE = [
    "contrib.sessions.middleware.SessionMiddleware",
    "middleware.common.CommonMiddleware",
    "middleware.csrf.CsrfViewMiddleware",
    "contrib.auth.middleware.AuthenticationMiddleware",
    "contrib.messages.middleware.MessageMiddleware",
]
# Apps that some labels need besides their own.
EXTRA_APPS = {
    "deprecation": ["flatpages", "redirects"],
    "flatpages_tests": ["flatpages"],
    "redirects_tests": ["redirects"],
}
ERROR_DETAIL = 1500
"""Characters of a traceback's end that are kept."""


def databases(package: str, kind: str) -> dict[str, Any]:
    """Return the `DATABASES` of the run: a database and another one."""
    if kind == "sqlite":
        return {alias: {"ENGINE": f"{package}.db.backends.sqlite3"} for alias in ("default", "other")}
    options = {
        "postgresql": {
            "NAME": os.environ.get("PGDATABASE", "postgres"),
            "HOST": os.environ.get("PGHOST", "127.0.0.1"),
            "USER": os.environ.get("PGUSER", "postgres"),
        },
        "mysql": {
            "NAME": "test",
            "HOST": os.environ.get("MYSQL_HOST", "127.0.0.1"),
            "PORT": os.environ.get("MYSQL_TCP_PORT", ""),
            "USER": "root",
            "PASSWORD": "",
        },
    }[kind]
    return {
        alias: {"ENGINE": f"{package}.db.backends.{kind}", **options, "TEST": {"NAME": f"suite_{alias}_{os.getpid()}"}}
        for alias in ("default", "other")
    }


def logging_config(package: str) -> dict[str, Any]:
    """Return the package's default logging, quieter."""
    try:
        config = copy.deepcopy(importlib.import_module(f"{package}.utils.log").DEFAULT_LOGGING)
        config["loggers"][package]["level"] = "ERROR"
    except (ImportError, AttributeError, KeyError):
        return {}
    return dict(config)


def configure(package: str, label: str, database: str, tests_dir: str, scratch: str) -> None:
    """Set up the framework as upstream's own runner does."""
    conf = importlib.import_module(f"{package}.conf")
    root = importlib.import_module(package)
    top = label.split(".")[0]
    apps = [f"{package}.contrib.{name}" for name in (*APPS, *EXTRA_APPS.get(top, []))]
    conf.settings.configure(
        DATABASES=databases(package, database),
        SECRET_KEY="django_tests_secret_key",
        PASSWORD_HASHERS=[f"{package}.contrib.auth.hashers.MD5PasswordHasher"],
        DEFAULT_AUTO_FIELD=f"{package}.db.models.AutoField",
        USE_TZ=False,
        INSTALLED_APPS=apps,
        ROOT_URLCONF="urls",
        STATIC_URL="static/",
        STATIC_ROOT=os.path.join(scratch, "static"),
        TEMPLATES=[
            {
                "BACKEND": f"{package}.template.backends.django.DjangoTemplates",
                "DIRS": [os.path.join(tests_dir, "templates")],
                "APP_DIRS": True,
                "OPTIONS": {
                    "context_processors": [f"{package}.{name}" for name in CONTEXT_PROCESSORS],
                },
            }
        ],
        LANGUAGE_CODE="en",
        SITE_ID=1,
        MIDDLEWARE=[f"{package}.{name}" for name in MIDDLEWARE],
        MIGRATION_MODULES={"auth": None, "contenttypes": None, "sessions": None},
        LOGGING=logging_config(package),
        SILENCED_SYSTEM_CHECKS=["fields.W342", "postgres.E005"],
    )
    root.setup()
    install_label(package, conf.settings, top)


def install_label(package: str, settings: Any, app: str) -> None:
    """Add the label's own app to the installed ones."""
    registry = importlib.import_module(f"{package}.apps").apps
    names = list(settings.INSTALLED_APPS)
    if app not in {config.name for config in registry.get_app_configs()}:
        names.append(app)
    connection = importlib.import_module(f"{package}.db").connection
    if getattr(connection.features, "gis_enabled", False):
        names.append(f"{package}.contrib.gis")
    settings.INSTALLED_APPS = names
    registry.set_installed_apps(names)
    importlib.import_module(f"{package}.test").TestCase.available_apps = None


def recorder(emit: Callable[..., None]) -> type[unittest.TextTestResult]:
    """Return a result class that records each outcome."""

    class Recorder(unittest.TextTestResult):
        _start = 0.0

        def startTest(self, test: Any) -> None:
            self._start = time.perf_counter()
            super().startTest(test)

        def _record(self, test: Any, outcome: str, error: Any = None, detail: str = "") -> None:
            if error is not None:
                detail = "".join(traceback.format_exception(*error))
            seconds = round(time.perf_counter() - (self._start or time.perf_counter()), 4)
            emit(id=test.id(), outcome=outcome, detail=detail[-ERROR_DETAIL:], s=seconds)

        def addSuccess(self, test: Any) -> None:
            super().addSuccess(test)
            self._record(test, "pass")

        def addError(self, test: Any, err: Any) -> None:
            super().addError(test, err)
            self._record(test, "error", err)

        def addFailure(self, test: Any, err: Any) -> None:
            super().addFailure(test, err)
            self._record(test, "fail", err)

        def addSkip(self, test: Any, reason: str) -> None:
            super().addSkip(test, reason)
            self._record(test, "skip", detail=reason)

        def addExpectedFailure(self, test: Any, err: Any) -> None:
            super().addExpectedFailure(test, err)
            self._record(test, "xfail")

        def addUnexpectedSuccess(self, test: Any) -> None:
            super().addUnexpectedSuccess(test)
            self._record(test, "xpass")

        def addSubTest(self, test: Any, subtest: Any, err: Any) -> None:
            super().addSubTest(test, subtest, err)
            if err is not None:
                self._record(test, "subfail", err)

    return Recorder


def main() -> None:
    """Run the label."""
    package, label, record_path, database = sys.argv[1:5]
    tests_dir = os.getcwd()
    sys.path.insert(0, tests_dir)
    scratch = tempfile.mkdtemp(prefix="suite_")
    tempfile.tempdir = os.environ["TMPDIR"] = scratch
    os.environ["RUNTESTS_DIR"] = tests_dir
    os.environ["RUNNING_DJANGOS_TEST_SUITE"] = "true"
    gc.set_threshold(100_000)
    warnings.simplefilter("ignore")
    with open(record_path, "w", buffering=1) as record:

        def emit(**row: Any) -> None:
            record.write(json.dumps(row) + "\n")

        try:
            configure(package, label, database, tests_dir, scratch)
            base: Any = importlib.import_module(f"{package}.test.runner").DiscoverRunner
            runner = type("Runner", (base,), {"get_resultclass": lambda self: recorder(emit)})
            runner(verbosity=0, interactive=False).run_tests([label])
            emit(end="ok")
        except BaseException as error:
            # A label that cannot be loaded counts against every one of its tests.
            emit(end="crash", detail="".join(traceback.format_exception(error))[-4000:])
            raise
        finally:
            shutil.rmtree(scratch, ignore_errors=True)


if __name__ == "__main__":
    main()
