"""Undocumented names that widely used packages import, for the time of the alias.

They are no part of hotclub's API: modules have them while the alias is installed, and keep their own names for what
stands behind them. Each line says who asks.
"""

from __future__ import annotations

import importlib.abc
import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import find_spec
from types import ModuleType
from typing import Any

from hotclub.utils.module_loading import import_string

NAMES: dict[str, dict[str, str]] = {
    # django-mptt
    "hotclub.contrib.admin.templatetags.admin_list": {"_coerce_field_name": "hotclub.compat.stand_ins.column_name"},
    # django-extensions
    "hotclub.contrib.auth.management": {"_get_all_permissions": "hotclub.contrib.auth.management.all_permissions"},
    # wagtail
    "hotclub.db.models.fields": {"_load_field": "hotclub.compat.stand_ins.load_field"},
    # django-simple-history
    "hotclub.db.models.fields.related_descriptors": {
        "create_reverse_many_to_one_manager": "hotclub._orm.relations.reverse_managers.make_reverse_manager"
    },
    # django-mptt
    "hotclub.db.models.query": {"Q": "hotclub.db.models.Q"},
    # djangorestframework, django-import-export
    "hotclub.db.utils": {"ConnectionDoesNotExist": "hotclub.utils.connection.ConnectionDoesNotExist"},
    # django-mptt
    "hotclub.forms.forms": {"NON_FIELD_ERRORS": "hotclub.core.exceptions.NON_FIELD_ERRORS"},
    # django-crispy-forms
    "hotclub.forms.models": {"formset_factory": "hotclub.forms.formsets.formset_factory"},
    # djangorestframework
    "hotclub.http.multipartparser": {"ChunkIter": "hotclub.compat.stand_ins.ChunkIter"},
    # djangorestframework, django-filter
    "hotclub.shortcuts": {"_get_queryset": "hotclub.compat.stand_ins.queryset_of"},
    # django-extensions
    "hotclub.template.backends.django": {"get_installed_libraries": "hotclub.compat.stand_ins.installed_libraries"},
    # wagtail
    "hotclub.template.defaulttags": {"token_kwargs": "hotclub.template.base.token_kwargs"},
    # django-debug-toolbar; wagtail
    "hotclub.test.testcases": {
        "_DatabaseFailure": "hotclub.test.simple.Forbidden",
        "assert_and_parse_html": "hotclub.test.asserts.parsed_or_failed",
    },
    "hotclub.utils.http": {"RFC3986_SUBDELIMS": "hotclub.compat.stand_ins.RFC3986_SUBDELIMS"},
}


class _Lender(importlib.abc.MetaPathFinder):
    """Sees each module of ours before it is imported, and gives it the names once it was.

    Another finder may come first (pytest rewrites assertions); what is imported under the other name has them all the same.
    """

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if not fullname.startswith("hotclub."):
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is not None and spec.loader is not None:
            execute = spec.loader.exec_module

            def execute_and_lend(module: ModuleType) -> None:
                execute(module)
                lend(module)

            spec.loader.exec_module = execute_and_lend  # type: ignore[method-assign]  # of this one loader
        return spec


def lend_names() -> None:
    """Give the undocumented names to what is imported and to what will be."""
    for name, module in list(sys.modules.items()):
        if name.startswith("hotclub."):
            lend(module)
    sys.meta_path.insert(0, _Lender())


def take_names_back() -> None:
    """Undo `lend_names()`."""
    sys.meta_path[:] = [finder for finder in sys.meta_path if not isinstance(finder, _Lender)]
    for module in list(sys.modules.values()):
        if isinstance(vars(module).get("__getattr__"), _Lent):
            del module.__getattr__


def lend(module: ModuleType) -> None:
    """Give a module the names that are asked of it."""
    if (module.__name__ in NAMES or hasattr(module, "__path__")) and "__getattr__" not in vars(module):
        module.__getattr__ = _Lent(module.__name__)  # type: ignore[method-assign]


class _Lent:
    """What a module has while the alias is installed: undocumented names, and a package its submodules without an import.

    Args:
        module_name: of the module whose `__getattr__` this is.
    """

    def __init__(self, module_name: str) -> None:
        self.module_name = module_name

    def __call__(self, name: str) -> Any:
        target = NAMES.get(self.module_name, {}).get(name)
        if target is not None:
            return import_string(target)
        submodule = f"{self.module_name}.{name}"
        if name.startswith("__") or (submodule not in sys.modules and not _is_there(submodule)):
            raise AttributeError(f"module {self.module_name!r} has no attribute {name!r}")
        return import_module(submodule)


def _is_there(module_name: str) -> bool:
    try:
        return find_spec(module_name) is not None
    except ModuleNotFoundError:  # its parent is no package
        return False
