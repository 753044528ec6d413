"""The checks of database backends: run for the databases that somebody wants asked, and no others."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module
from typing import Any

from hotclub.core.checks.messages import CheckMessage
from hotclub.core.checks.registry import Tags, register


@register(Tags.database)
def check_database_backends(databases: Iterable[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """Let each backend check its own connection."""
    if databases is None:
        return []
    connections = import_module("hotclub.db").connections  # the databases are a layer above
    return [message for alias in databases for message in connections[alias].validation.check(**kwargs)]
