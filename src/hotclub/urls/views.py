"""Finding a view by its dotted path. This module must not know patterns."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from hotclub.core.exceptions import ViewDoesNotExist
from hotclub.utils.module_loading import module_has_submodule


def get_callable(lookup_view: Any) -> Any:
    """Give the view for a dotted path; a callable is given back as it is.

    Raises:
        ViewDoesNotExist: the module or the name in it is not there, or is no callable.
        ImportError: the path names no module at all.
    """
    if callable(lookup_view):
        return lookup_view
    if not isinstance(lookup_view, str):
        raise ViewDoesNotExist(f"'{lookup_view}' is not a callable or a dot-notation path")
    module_name, name = get_mod_func(lookup_view)
    if not name:
        raise ImportError(f"Could not import '{lookup_view}'. The path must be fully qualified.")
    try:
        module = import_module(module_name)
    except ImportError as error:
        parent_name, submodule = get_mod_func(module_name)
        if submodule and not module_has_submodule(import_module(parent_name), submodule):
            raise ViewDoesNotExist(
                f"Could not import '{lookup_view}'. Parent module {module_name} does not exist."
            ) from error
        raise
    try:
        view = getattr(module, name)
    except AttributeError as error:
        raise ViewDoesNotExist(
            f"Could not import '{lookup_view}'. View does not exist in module {module_name}."
        ) from error
    if not callable(view):
        raise ViewDoesNotExist(f"Could not import '{module_name}.{name}'. View is not callable.")
    return view


def get_mod_func(callback: str) -> tuple[str, str]:
    """Split a dotted path into module and name; the name is empty if there is no dot."""
    module_name, dot, name = callback.rpartition(".")
    return (module_name, name) if dot else (callback, "")
