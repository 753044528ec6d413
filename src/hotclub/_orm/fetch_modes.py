"""Fetch modes: what happens when code touches a field that the query did not load.

A mode gets the descriptor (`fetch_one`, `fetch_many`) and the instance; it knows neither models nor queries.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol

from hotclub.core.exceptions import FieldFetchBlocked


class Fetcher(Protocol):
    """A descriptor that can load its value for one instance or for many."""

    field: Any

    def fetch_one(self, instance: Any) -> None: ...

    def fetch_many(self, instances: Iterable[Any]) -> None: ...


class FetchMode:
    """Base of the three modes; `track_peers` says whether instances remember the others of their query."""

    __slots__ = ()

    track_peers = False

    def fetch(self, fetcher: Fetcher, instance: Any) -> None:
        raise NotImplementedError("Subclasses must implement this method.")


class FetchOne(FetchMode):
    """Load the missing field for the one instance."""

    __slots__ = ()

    def fetch(self, fetcher: Fetcher, instance: Any) -> None:
        fetcher.fetch_one(instance)

    def __reduce__(self) -> str:
        return "FETCH_ONE"


class FetchPeers(FetchMode):
    """Load the missing field for every instance that came from the same query."""

    __slots__ = ()

    track_peers = True

    def fetch(self, fetcher: Fetcher, instance: Any) -> None:
        peers = [peer for reference in instance._state.peers if (peer := reference()) is not None]
        if len(peers) > 1:
            fetcher.fetch_many(peers)
        else:
            fetcher.fetch_one(instance)

    def __reduce__(self) -> str:
        return "FETCH_PEERS"


class FetchRaise(FetchMode):
    """Refuse to load: `FieldFetchBlocked`."""

    __slots__ = ()

    def fetch(self, fetcher: Fetcher, instance: Any) -> None:
        raise FieldFetchBlocked(f"Fetching of {type(instance).__qualname__}.{fetcher.field.name} blocked.") from None

    def __reduce__(self) -> str:
        return "FETCH_RAISE"


FETCH_ONE = FetchOne()
FETCH_PEERS = FetchPeers()
FETCH_RAISE = FetchRaise()

for _public in (FetchMode, FetchOne, FetchPeers, FetchRaise):
    _public.__module__ = "hotclub.db.models.fetch_modes"
