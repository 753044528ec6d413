"""Modules imported when something of them is first needed.

For the few whose import is a large part of a command's start and that most processes never use: `asyncio` is a sixth of the time that
`hotclub.db.models` takes. The place of use says

    if TYPE_CHECKING:
        import asyncio
    else:
        asyncio = LateModule("asyncio")
"""

from __future__ import annotations

import sys
from importlib import import_module
from inspect import iscoroutinefunction
from typing import Any


class LateModule:
    """Stands for a module until an attribute of it is asked for. An attribute once asked for is kept.

    Args:
        name: dotted path of the module.
    """

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, attribute: str) -> Any:
        found = self.__dict__[attribute] = getattr(import_module(self._name), attribute)
        return found


class LateClass:
    """A class attribute that is a class of a module which few processes need; imported when it is asked for.

    Args:
        path: dotted path of the class.
    """

    def __init__(self, path: str) -> None:
        self._module, _, self._name = path.rpartition(".")

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        return getattr(import_module(self._module), self._name)


def running_loop() -> Any:
    """Return the event loop that runs in this thread, or None; does not import asyncio to find that out."""
    events = sys.modules.get("asyncio.events")
    # A thread may ask while another is still importing.
    ask = getattr(events, "_get_running_loop", None)
    return None if ask is None else ask()


def is_coroutine_function(function: object) -> bool:
    """Say whether calling a function gives a coroutine; marks of asgiref count where it is in use."""
    if iscoroutinefunction(function):
        return True
    crossing = sys.modules.get("asgiref.sync")
    return crossing is not None and bool(crossing.iscoroutinefunction(function))
