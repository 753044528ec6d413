"""Finding modules and the things in them by dotted name."""

from __future__ import annotations

import copy
import os
import sys
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import Any


def cached_import(module_path: str, class_name: str) -> Any:
    """Return an attribute of a module, which is imported unless it is there and complete."""
    module = sys.modules.get(module_path)
    spec = getattr(module, "__spec__", None)
    if module is None or spec is None or getattr(spec, "_initializing", False):
        module = import_module(module_path)
    return getattr(module, class_name)


def import_string(dotted_path: str) -> Any:
    """Return what a dotted path names.

    Args:
        dotted_path: module path and attribute: "package.module.Class".

    Raises:
        ImportError: the text is no such path, the module cannot be imported, or has no such attribute.
    """
    module_path, _, class_name = dotted_path.rpartition(".")
    if not module_path:
        raise ImportError(f"{dotted_path} doesn't look like a module path")
    try:
        return cached_import(module_path, class_name)
    except AttributeError as error:
        raise ImportError(f'Module "{module_path}" does not define a "{class_name}" attribute/class') from error


def autodiscover_modules(*args: str, register_to: Any = None) -> None:
    """Import the named submodules of all installed apps; those that do not exist are passed over.

    Args:
        *args: names of submodules, as "admin".
        register_to: a site with a `_registry`, which is restored if an import fails halfway.
    """
    # The registry lies above this module.
    for app_config in import_string("hotclub.apps.apps").get_app_configs():
        for name in args:
            before = copy.copy(register_to._registry) if register_to else None
            try:
                import_module(f"{app_config.name}.{name}")
            except Exception:
                # Registrations of a half-imported module would be refused as doubles on the next try.
                if register_to:
                    register_to._registry = before
                # A missing submodule is fine; an error inside an existing one is not.
                if app_config.module is not None and module_has_submodule(app_config.module, name):
                    raise


def module_has_submodule(package: ModuleType, module_name: str) -> bool:
    """Say whether the package contains the module, without importing it."""
    try:
        package_name = package.__name__
        package.__path__  # noqa: B018  # a plain module has no submodules
    except AttributeError:
        return False
    try:
        return find_spec(f"{package_name}.{module_name}", package_name) is not None
    except ModuleNotFoundError:
        # A parent in "a.b" is missing, or the name is not a module name.
        return False


def module_dir(module: ModuleType) -> str:
    """Return the directory of a module or package.

    Raises:
        ValueError: a namespace package of several directories, or a module without a file.
    """
    paths = list(getattr(module, "__path__", []))
    if len(paths) == 1:
        return str(paths[0])
    filename = getattr(module, "__file__", None)
    if filename is not None:
        return str(os.path.dirname(filename))
    raise ValueError(f"Cannot determine directory containing {module}")
