"""Messages in the cookie, and in the session where they do not fit."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from hotclub.contrib.messages.storage.base import BaseStorage
from hotclub.contrib.messages.storage.cookie import CookieStorage
from hotclub.contrib.messages.storage.session import SessionStorage

__all__ = ["CookieStorage", "FallbackStorage", "SessionStorage"]


class FallbackStorage(BaseStorage):
    """Tries several storages in turn."""

    storage_classes = (CookieStorage, SessionStorage)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Most requests never look at their messages: the storages are made when one does.
        self._arguments = (args, kwargs)
        # Those that hold something now, and must be emptied when nothing goes there.
        self._used_storages: set[Any] = set()

    @cached_property
    def storages(self) -> list[Any]:
        """The storages, in the order they are tried."""
        args, kwargs = self._arguments
        return [storage_class(*args, **kwargs) for storage_class in self.storage_classes]

    def _get(self, *args: Any, **kwargs: Any) -> tuple[Any, bool]:
        everything: list[Any] = []
        all_retrieved = False
        for storage in self.storages:
            messages, all_retrieved = storage._get()
            if messages is None:
                # Nothing was ever stored, or it cannot be read: the others cannot have more.
                break
            if messages:
                self._used_storages.add(storage)
            everything.extend(messages)
            if all_retrieved:
                break
        return everything, all_retrieved

    def _store(self, messages: list[Any], response: Any, *args: Any, **kwargs: Any) -> Any:
        for storage in self.storages:
            if messages:
                messages = storage._store(messages, response, remove_oldest=False)
            elif storage in self._used_storages:
                # Emptied, as everything in it has been read.
                storage._store([], response)
                self._used_storages.remove(storage)
        return messages
