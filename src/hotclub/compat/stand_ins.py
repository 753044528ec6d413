"""What stands behind the undocumented names, written from how the packages use them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hotclub.apps import apps
from hotclub.template.backends.django import library_modules

RFC3986_SUBDELIMS = "!$&'()*+,;="
"""The characters of RFC 3986, section 2.2, "sub-delims"."""


def queryset_of(klass: Any) -> Any:
    """Return the query set of a model class; a manager or query set as it is."""
    return klass._default_manager.all() if hasattr(klass, "_default_manager") else klass


def column_name(field_name: Any, field_index: int) -> str:
    """Return the name of a column of the admin's list: a callable's own, or the column's number for a lambda."""
    if not callable(field_name):
        return str(field_name)
    return str(field_index) if field_name.__name__ == "<lambda>" else str(field_name.__name__)


def load_field(app_label: str, model_name: str, field_name: str) -> Any:
    """Return a field by name: what a pickle refers to."""
    return apps.get_model(app_label, model_name)._meta.get_field(field_name)


def installed_libraries() -> dict[str, str]:
    """Return the template libraries of the installed apps: name to module."""
    return dict(library_modules())


class ChunkIter:
    """Iterates over what a stream holds.

    Args:
        flo: has `read(size)`.
        chunk_size: bytes a piece at most.
    """

    def __init__(self, flo: Any, chunk_size: int = 64 * 1024) -> None:
        self.flo, self.chunk_size = flo, chunk_size

    def __iter__(self) -> Iterator[bytes]:
        return iter(lambda: self.flo.read(self.chunk_size), b"")
