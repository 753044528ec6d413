"""A template that names a writing method of a manager must not run it."""

from __future__ import annotations

import subprocess
import sys

import pytest

UNMARKED = """
import sys
from hotclub.conf import settings
settings.configure(INSTALLED_APPS=["hotclub.contrib.contenttypes"])
import hotclub
hotclub.setup()
from hotclub.utils.module_loading import import_string
kind = import_string(sys.argv[1])
verbs = ("add", "create", "get_or_create", "update_or_create", "remove", "clear", "set")
names = [name for verb in verbs for name in (verb, f"a{verb}") if hasattr(kind, name)]
assert len(names) >= 10
print(*(name for name in names if not getattr(getattr(kind, name), "alters_data", False)))
"""


@pytest.mark.parametrize(
    "path",
    [
        "hotclub._orm.relations.reverse_managers.ReverseRelatedManager",
        "hotclub._orm.relations.reverse_managers.NullableReverseRelatedManager",
        "hotclub._orm.relations.many_managers.ManyRelatedManager",
        "hotclub.contrib.contenttypes.generic_relation.GenericRelatedManager",
    ],
)
def test_writing_methods_of_related_managers_are_marked(path: str) -> None:
    ran = subprocess.run([sys.executable, "-c", UNMARKED, path], capture_output=True, text=True, timeout=60)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.split() == []
