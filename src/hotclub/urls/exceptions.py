"""The two errors of URL resolution: `Resolver404` and `NoReverseMatch`."""

from __future__ import annotations

from hotclub.http.response import Http404


class Resolver404(Http404):
    """No pattern of the URLconf matches the path."""


class NoReverseMatch(Exception):
    """No pattern has that name and takes those arguments."""


Resolver404.__module__ = NoReverseMatch.__module__ = "hotclub.urls.exceptions"
