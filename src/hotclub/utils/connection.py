"""Handlers of named connections: one object per alias and context.

A connection belongs to the *context* (a `ContextVar`): a task or a worker thread that runs in a copied context sees the
same connections, a plain new thread gets its own. This module knows neither databases nor caches.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from types import SimpleNamespace
from typing import Any, ClassVar

from hotclub.conf import settings as project_settings


class ConnectionDoesNotExist(Exception):
    """No connection has the alias that was asked for."""


class ConnectionProxy:
    """Stands for one alias of a handler; every access goes to the current context's connection."""

    def __init__(self, connections: BaseConnectionHandler, alias: str) -> None:
        self.__dict__["_connections"] = connections
        self.__dict__["_alias"] = alias

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connections[self._alias], name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self._connections[self._alias], name, value)

    def __delattr__(self, name: str) -> None:
        delattr(self._connections[self._alias], name)

    def __contains__(self, key: object) -> bool:
        return key in self._connections[self._alias]

    def __eq__(self, other: object) -> bool:
        return bool(self._connections[self._alias] == other)

    def __hash__(self) -> int:
        return hash(self._connections[self._alias])


class Held(dict[str, Any]):
    """The connections of a context, by alias.

    `origin` is the dictionary this one stands in front of for the length of a block, else itself: what is opened
    inside the block outlives it. `around` is that of the context in which a new one was begun. `waiting` says that a
    block of `borrowed()` has not asked for a connection yet.
    """

    __slots__ = ("_origin", "around", "waiting")

    def __init__(self, outer: Held | None = None, around: Held | None = None, *, waiting: bool = False) -> None:
        if outer is None:
            self._origin: Held | None = None
            self.around: Held | None = around
        else:
            self.update(outer)
            self._origin = outer.origin
            self.around = outer.around
        self.waiting = waiting

    @property
    def origin(self) -> Held:
        """The dictionary that outlives the block."""
        return self if self._origin is None else self._origin

    def belongs_to(self, home: Held | None) -> bool:
        """Say whether connections of `home` came here by the context."""
        inner: Held | None = self
        while inner is not None:
            if inner.origin is home:
                return True
            inner = inner.around
        return False


class Borrowed:
    """The block of `BaseConnectionHandler.borrowed()`."""

    __slots__ = ("_handler", "_token")

    def __init__(self, handler: BaseConnectionHandler) -> None:
        self._handler = handler

    def __enter__(self) -> None:
        variable = self._handler._held
        self._token = variable.set(Held(around=variable.get(None), waiting=True))

    def __exit__(self, *error: object) -> None:
        handler = self._handler
        held = handler._held.get()
        # A task that outlives the block finds an empty set, not what the next block uses.
        held.waiting = False
        if held:
            handler._give_back(held)
        handler._held.reset(self._token)


class BaseConnectionHandler:
    """Mapping of alias to connection, made on first use in a context.

    Subclasses give `settings_name` and `create_connection(alias)`.
    """

    settings_name: ClassVar[str | None] = None
    exception_class: ClassVar[type[Exception]] = ConnectionDoesNotExist
    thread_critical: ClassVar[bool] = False

    def __init__(self, settings: dict[str, Any] | None = None) -> None:
        self._settings = settings
        self._configured: dict[str, Any] | None = None
        self._held: ContextVar[Held] = ContextVar(f"{type(self).__name__}.held")
        self._kept: deque[Held] = deque()
        self._borrowing = threading.Lock()

    @property
    def settings(self) -> dict[str, Any]:
        """The configuration by alias, read from the project's settings on first use."""
        if self._configured is None:
            self._settings = self.configure_settings(self._settings)
            self._configured = self._settings
        return self._configured

    @settings.setter
    def settings(self, value: dict[str, Any]) -> None:
        self._configured = value

    @settings.deleter
    def settings(self) -> None:
        self._configured = None

    def configure_settings(self, settings: dict[str, Any] | None) -> dict[str, Any]:
        """Give the configuration to use; without one, that of the project."""
        if settings is None and self.settings_name is not None:
            settings = getattr(project_settings, self.settings_name)
        return settings if settings is not None else {}

    def create_connection(self, alias: str) -> Any:
        """Make the connection of an alias."""
        raise NotImplementedError("Subclasses must implement create_connection().")

    @property
    def held(self) -> Held:
        """The connections of the current context."""
        held = self._held.get(None)
        if held is None:
            held = Held()
            self._held.set(held)
        elif held.waiting:
            self._fetch_kept(held)
        return held

    @property
    def _connections(self) -> SimpleNamespace:
        """The open connections as attributes: the place where tools from outside look which ones there are."""
        return SimpleNamespace(**self.held)

    def stand_in(self, alias: str, connection: Any) -> tuple[Held, Held]:
        """Put a connection in the place of this context's own, until `step_back`.

        Tasks started meanwhile see it, tasks started before do not.

        Returns:
            The dictionary with the stand-in and the one before; both belong to `step_back`.
        """
        before = self.held
        inside = Held(before)
        inside[alias] = connection
        self._held.set(inside)
        return inside, before

    def step_back(self, alias: str, inside: Held, before: Held) -> None:
        """End a `stand_in`: also for tasks that were started meanwhile and live on."""
        if alias in before:
            inside[alias] = before[alias]
        else:
            inside.pop(alias, None)
        if self._held.get(before) is inside:
            self._held.set(before)

    def __getitem__(self, alias: str) -> Any:
        try:
            return self._held.get()[alias]
        except LookupError:
            pass
        held = self.held
        if alias in held:  # a borrowed one has come with the first question
            return held[alias]
        if alias not in self.settings:
            raise self.exception_class(f"The connection '{alias}' doesn't exist.")
        connection = self.create_connection(alias)
        held[alias] = held.origin[alias] = connection
        return connection

    def __setitem__(self, alias: str, connection: Any) -> None:
        self.held[alias] = connection

    def __delitem__(self, alias: str) -> None:
        del self.held[alias]

    def __iter__(self) -> Iterator[str]:
        return iter(self.settings)

    def all(self, initialized_only: bool = False) -> list[Any]:
        """Give the connections of all aliases, or only those this context has used."""
        if initialized_only:
            held = self._held.get(None)
            return [held[alias] for alias in self.settings if alias in held] if held else []
        return [self[alias] for alias in self]

    def close_all(self) -> None:
        """Close every connection this context has used."""
        if self._held.get(None):
            for connection in self.all(initialized_only=True):
                connection.close()

    def borrowed(self) -> Borrowed:
        """Give the block a set of connections that no other block has at the same time; the set is kept for the next one.

        A server wraps each asynchronous request in it: two requests never share a transaction, and a connection lives as
        long as its settings say. A connection that exists in one place only (`lives_once`) stays shared. The set is taken
        when the block first asks for a connection; one that asks for none costs nothing.
        """
        return Borrowed(self)

    def _fetch_kept(self, held: Held) -> None:
        """Fill the set of a block, once, with what is kept."""
        with self._borrowing:
            if not held.waiting:
                return  # another thread of the block was faster
            if self._kept:
                self._move(self._kept.pop(), held)
            outer = held.around
            while outer is not None:
                for alias, one in outer.items():
                    if alias not in held and self.lives_once(one):
                        held[alias] = one
                outer = outer.around
            held.waiting = False
        for connection in list(held.values()):
            self.begin_use(connection)

    def _give_back(self, held: Held) -> None:
        """Take what a block has used, for the next one."""
        kept = Held()
        self._move(held, kept)
        if kept:
            self._keep(kept)

    def _move(self, source: Held, target: Held) -> None:
        for alias, connection in source.items():
            if not self.lives_once(connection) and self.may_move(connection, target):
                target[alias] = connection
        source.clear()

    def _keep(self, kept: Held) -> None:
        """Keep a set for the next block, and close those that no block has needed for long."""
        self._kept.append(kept)
        if len(self._kept) > 1:
            # The last one in is the first one out: what lies at the bottom has waited longest.
            oldest = self._kept[0]
            for alias, connection in list(oldest.items()):
                if self.is_past_use(connection):
                    self.discard(connection)
                    del oldest[alias]
            if not oldest:
                self._kept.popleft()

    def close_kept(self) -> None:
        """Close the connections that are kept for blocks to come."""
        while self._kept:
            for connection in self._kept.pop().values():
                self.discard(connection)

    def lives_once(self, connection: Any) -> bool:
        """Whether what a connection leads to exists in that connection only, such as a database in memory."""
        return False

    def begin_use(self, connection: Any) -> None:
        """Prepare a connection that a block has borrowed."""

    def may_move(self, connection: Any, target: Held) -> bool:
        """Whether another block may use a connection, which is told its new set; one that may not is closed."""
        return True

    def is_past_use(self, connection: Any) -> bool:
        """Whether a kept connection need not be kept any longer."""
        return False

    def discard(self, connection: Any) -> None:
        """Close a connection of no block."""
        connection.close()

    @contextmanager
    def isolated(self) -> Iterator[None]:
        """Give the block connections of its own; they are closed at its end."""
        token = self._held.set(Held())
        try:
            yield
        finally:
            try:
                self.close_all()
            finally:
                self._held.reset(token)
