"""Static files while developing, found by the finders."""

from __future__ import annotations

import os
import posixpath
from typing import Any

from hotclub.conf import settings
from hotclub.contrib.staticfiles import finders
from hotclub.http import Http404
from hotclub.views import static


def serve(request: Any, path: str, insecure: bool = False, **kwargs: Any) -> Any:
    """Give a static file.

    Raises:
        Http404: there is none, or `DEBUG` is off and `insecure` as well.

    Source: docs ref/contrib/staticfiles, "Static file development view".
    """
    if not settings.DEBUG and not insecure:
        raise Http404
    normalized = posixpath.normpath(path).lstrip("/")
    absolute = finders.find(normalized)
    if not absolute:
        if path.endswith("/") or path == "":
            raise Http404("Directory indexes are not allowed here.")
        raise Http404(f"'{path}' could not be found")
    root, name = os.path.split(absolute)
    return static.serve(request, name, document_root=root, **kwargs)
