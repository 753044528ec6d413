"""The WSGI application of a project."""

from __future__ import annotations

import hotclub
from hotclub.core.handlers.wsgi import WSGIHandler


def get_wsgi_application() -> WSGIHandler:
    """Set the project up and give its WSGI application.

    Source: docs howto/deployment/wsgi.
    """
    hotclub.setup(set_prefix=False)
    return WSGIHandler()
