"""Where files are kept (façade), and the storages of the project."""

from __future__ import annotations

from typing import Any

from hotclub.conf import DEFAULT_STORAGE_ALIAS
from hotclub.core.files.storage.base import Storage
from hotclub.core.files.storage.filesystem import FileSystemStorage
from hotclub.core.files.storage.handler import InvalidStorageError, StorageHandler
from hotclub.core.files.storage.memory import InMemoryStorage
from hotclub.utils.functional import LazyObject

__all__ = (
    "DefaultStorage",
    "FileSystemStorage",
    "InMemoryStorage",
    "InvalidStorageError",
    "Storage",
    "StorageHandler",
    "default_storage",
    "storages",
)


class DefaultStorage(LazyObject):
    """The project's default storage, made when it is first used."""

    def _setup(self) -> None:
        self._wrapped = storages[DEFAULT_STORAGE_ALIAS]


storages = StorageHandler()
"""The storages of `STORAGES`, by alias."""
default_storage: Any = DefaultStorage()
"""`storages["default"]`."""
