"""The storages of the project, by alias."""

from __future__ import annotations

from typing import Any

from hotclub.conf import settings
from hotclub.core.exceptions import ImproperlyConfigured
from hotclub.utils.functional import cached_property
from hotclub.utils.module_loading import import_string


class InvalidStorageError(ImproperlyConfigured):
    """No storage is configured under the alias, or its backend cannot be imported."""


class StorageHandler:
    """A mapping of aliases to storages, each made when it is first asked for.

    Args:
        backends: configuration by alias, as in `STORAGES`, which is taken if None.
    """

    def __init__(self, backends: dict[str, Any] | None = None) -> None:
        self._backends = backends
        self._storages: dict[str, Any] = {}

    @cached_property
    def backends(self) -> dict[str, Any]:
        """The configuration by alias."""
        if self._backends is None:
            self._backends = settings.STORAGES.copy()
        return self._backends or {}

    def __getitem__(self, alias: str) -> Any:
        try:
            return self._storages[alias]
        except KeyError:
            try:
                params = self.backends[alias]
            except KeyError:
                raise InvalidStorageError(f"Could not find config for '{alias}' in settings.STORAGES.") from None
            storage = self._storages[alias] = self.create_storage(params)
            return storage

    def create_storage(self, params: dict[str, Any]) -> Any:
        """Make a storage of its configuration: BACKEND and OPTIONS.

        Raises:
            InvalidStorageError: the backend cannot be imported.
        """
        backend = params["BACKEND"]
        try:
            storage_class = import_string(backend)
        except ImportError as error:
            raise InvalidStorageError(f"Could not find backend {backend!r}: {error}") from error
        return storage_class(**params.get("OPTIONS", {}))
