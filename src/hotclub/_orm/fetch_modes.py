"""Fetch modes: what happens when code touches a field that the query did not load.

A mode gets the descriptor (`fetch_one`, `fetch_many`) and the instance; it knows neither models nor queries.
"""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from hotclub.core.exceptions import FieldFetchBlocked
from hotclub.utils.deprecation import RemovedInDjango2028Warning


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


def takes_mode(model: Any) -> bool:
    """Whether a model's `from_db()` knows fetch modes; those written for older versions do not."""
    parameters = inspect.signature(model.from_db).parameters
    return "fetch_mode" in parameters or any(each.kind is each.VAR_KEYWORD for each in parameters.values())


def from_db_without_mode(model: Any, db: str | None, names: Sequence[str], values: Sequence[Any], mode: Any) -> Any:
    """Make an instance by a `from_db()` that knows no fetch modes; warns, as documented."""
    warnings.warn(
        f"{model.__qualname__}.from_db() must accept a fetch_mode keyword argument. Support for from_db() methods "
        "that do not accept it is deprecated.",
        RemovedInDjango2028Warning,
        stacklevel=2,
    )
    made = model.from_db(db, names, values)
    made._state.fetch_mode = mode
    return made


for _public in (FetchMode, FetchOne, FetchPeers, FetchRaise):
    _public.__module__ = "hotclub.db.models.fetch_modes"
