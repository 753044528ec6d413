"""The crossings between synchronous and asynchronous code of `asgiref.sync`, imported when they are first called.

asgiref brings asyncio, an eighth of what the default apps take to set up; a command or a synchronous process crosses never.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hotclub._kernel.late_modules import LateModule
from hotclub._kernel.late_modules import is_coroutine_function as iscoroutinefunction

if TYPE_CHECKING:
    from asgiref.sync import async_to_sync, markcoroutinefunction, sync_to_async
else:
    _asgiref = LateModule("asgiref.sync")

    def async_to_sync(*args, **kwargs):
        return _asgiref.async_to_sync(*args, **kwargs)

    def sync_to_async(*args, **kwargs):
        return _asgiref.sync_to_async(*args, **kwargs)

    def markcoroutinefunction(function):
        return _asgiref.markcoroutinefunction(function)


__all__ = ["async_to_sync", "iscoroutinefunction", "markcoroutinefunction", "sync_to_async"]
