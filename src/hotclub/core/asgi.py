"""The ASGI application of a project."""

from __future__ import annotations

import hotclub
from hotclub.core.handlers.asgi import ASGIHandler


def get_asgi_application() -> ASGIHandler:
    """Set the project up and give its ASGI application.

    Source: docs howto/deployment/asgi.
    """
    hotclub.setup(set_prefix=False)
    return ASGIHandler()
