"""`static()`: patterns that serve files from a directory while developing."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from hotclub.conf import settings
from hotclub.core.exceptions import ImproperlyConfigured
from hotclub.urls import re_path
from hotclub.views.static import serve


def static(prefix: str, view: Any = serve, **kwargs: Any) -> list[Any]:
    """Give a pattern that serves files under `prefix`; nothing unless `DEBUG` is on and the prefix is local.

    Raises:
        ImproperlyConfigured: the prefix is empty.

    Source: docs ref/urls, "static()".
    """
    if not prefix:
        raise ImproperlyConfigured("Empty static prefix not permitted")
    if not settings.DEBUG or urlsplit(prefix).netloc:
        return []
    return [re_path(rf"^{re.escape(prefix.lstrip('/'))}(?P<path>.*)$", view, kwargs=kwargs)]
