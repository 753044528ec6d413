"""Documented path of fetch modes; the code is in `hotclub._orm`."""

from hotclub._orm.fetch_modes import FETCH_ONE, FETCH_PEERS, FETCH_RAISE, FetchMode, FetchOne, FetchPeers, FetchRaise

__all__ = [
    "FETCH_ONE",
    "FETCH_PEERS",
    "FETCH_RAISE",
    "FetchMode",
    "FetchOne",
    "FetchPeers",
    "FetchRaise",
]
