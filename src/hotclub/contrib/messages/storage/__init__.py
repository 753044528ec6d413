"""Where messages wait for the next page."""

from __future__ import annotations

from typing import Any

from hotclub.conf import settings
from hotclub.utils.module_loading import import_string


def default_storage(request: Any) -> Any:
    """Give the storage of `MESSAGE_STORAGE` for a request."""
    return import_string(settings.MESSAGE_STORAGE)(request)
