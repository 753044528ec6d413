"""Signals of database backends."""

from __future__ import annotations

from hotclub.dispatch import Signal

connection_created = Signal()
"""Sent with `sender` (the wrapper's class) and `connection` each time a connection to a database is opened."""
