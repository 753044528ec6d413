"""Connections by alias, made from a setting on first use, one set per task or thread."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from asgiref.local import Local

from hotclub.conf import settings as project_settings
from hotclub.utils.functional import cached_property


class ConnectionProxy:
    """Stand-in for the current connection under an alias: looks it up at each use."""

    def __init__(self, connections: Any, alias: str) -> None:
        self.__dict__["_connections"] = connections
        self.__dict__["_alias"] = alias

    def __getattr__(self, item: str) -> Any:
        return getattr(self._connections[self._alias], item)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self._connections[self._alias], name, value)

    def __delattr__(self, name: str) -> None:
        delattr(self._connections[self._alias], name)

    def __contains__(self, key: Any) -> bool:
        return key in self._connections[self._alias]

    def __eq__(self, other: object) -> bool:
        return bool(self._connections[self._alias] == other)

    def __hash__(self) -> int:
        return hash(self._connections[self._alias])


class ConnectionDoesNotExist(Exception):
    """No connection is configured under the alias."""


class BaseConnectionHandler:
    """A mapping of aliases to connections. Subclasses name the setting and say how a connection is made.

    Args:
        settings: configuration by alias; from the setting `settings_name`, if None.
    """

    settings_name: str | None = None
    exception_class: type[Exception] = ConnectionDoesNotExist
    thread_critical = False

    def __init__(self, settings: dict[str, Any] | None = None) -> None:
        self._settings: Any = settings
        self._connections = Local(self.thread_critical)

    @cached_property
    def settings(self) -> Any:
        self._settings = self.configure_settings(self._settings)
        return self._settings

    def configure_settings(self, settings: Any) -> Any:
        """Return the configuration, from the project's settings if None is given."""
        if settings is None:
            settings = getattr(project_settings, self.settings_name or "")
        return settings

    def create_connection(self, alias: str) -> Any:
        """Make the connection for an alias that is configured."""
        raise NotImplementedError("Subclasses must implement create_connection().")

    def __getitem__(self, alias: str) -> Any:
        try:
            return getattr(self._connections, alias)
        except AttributeError:
            if alias not in self.settings:
                raise self.exception_class(f"The connection '{alias}' doesn't exist.") from None
        connection = self.create_connection(alias)
        setattr(self._connections, alias, connection)
        return connection

    def __setitem__(self, key: str, value: Any) -> None:
        setattr(self._connections, key, value)

    def __delitem__(self, key: str) -> None:
        delattr(self._connections, key)

    def __iter__(self) -> Iterator[str]:
        return iter(self.settings)

    def all(self, initialized_only: bool = False) -> list[Any]:
        """Return the connections of all aliases; with `initialized_only`, only those that exist already."""
        return [self[alias] for alias in self if not initialized_only or hasattr(self._connections, alias)]

    def close_all(self) -> None:
        """Close the connections that exist."""
        for connection in self.all(initialized_only=True):
            connection.close()
