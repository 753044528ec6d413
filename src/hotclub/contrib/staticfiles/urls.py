"""Patterns that serve static files while developing."""

from __future__ import annotations

from typing import Any

from hotclub.conf import settings
from hotclub.conf.urls.static import static
from hotclub.contrib.staticfiles.views import serve

urlpatterns: list[Any] = []


def staticfiles_urlpatterns(prefix: str | None = None) -> list[Any]:
    """Give the pattern for `STATIC_URL`; nothing unless `DEBUG` is on."""
    return static(settings.STATIC_URL if prefix is None else prefix, view=serve)


# Only useful where the module is included by hand.
if settings.DEBUG and not urlpatterns:
    urlpatterns += staticfiles_urlpatterns()
