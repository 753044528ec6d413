"""A configured project in a process of its own, so that tests of models do not fight over settings."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

HEADER = """
import warnings
warnings.simplefilter("error")
import hotclub
from hotclub.conf import settings
settings.configure(
    INSTALLED_APPS=["tests._orm.sample"],
    DATABASES={"default": {"ENGINE": "hotclub.db.backends.sqlite3", "NAME": ":memory:"}},
    USE_TZ=True,
    DEFAULT_AUTO_FIELD="hotclub.db.models.BigAutoField",
)
hotclub.setup()
from hotclub.core.exceptions import FieldFetchBlocked, ValidationError
from hotclub.db import connection, models
from hotclub.db.models import *
from hotclub.test.utils import CaptureQueriesContext
from tests._orm.sample.models import *
with connection.schema_editor() as editor:
    for model in (Author, Book, Loan, Place, Restaurant, Stop):
        editor.create_model(model)


def raises(kind, text=""):  # a tuple of kinds is allowed
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


def queries(count):
    import contextlib

    @contextlib.contextmanager
    def expect():
        with CaptureQueriesContext(connection) as captured:
            yield
        assert len(captured) == count, [query["sql"] for query in captured.captured_queries]

    return expect()

"""


def run(code: str) -> None:
    """Run test code in a project with the sample application; its assertions count."""
    script = HEADER + textwrap.dedent(code)
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", script], cwd=root, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr[-3000:]
