"""The application that `runserver` hands to granian: loaded in the worker, which is a process of its own.

The command says through the environment which interface is wanted and whether static files are served.
"""

from __future__ import annotations

import os
from typing import Any

from hotclub.conf import settings
from hotclub.core.asgi import get_asgi_application
from hotclub.core.servers.basehttp import get_internal_wsgi_application
from hotclub.utils.module_loading import import_string


def _wants(name: str) -> bool:
    return bool(os.environ.get(f"HOTCLUB_RUNSERVER_{name}"))


def _asgi() -> Any:
    path = getattr(settings, "ASGI_APPLICATION", None)
    return import_string(path) if path else get_asgi_application()


def build() -> Any:
    """Return the application, with static files in front of it where they are wanted."""
    asgi = os.environ.get("HOTCLUB_RUNSERVER_INTERFACE") == "asgi"
    application = _asgi() if asgi else get_internal_wsgi_application()
    if _wants("STATIC") and (settings.DEBUG or _wants("INSECURE")):
        name = "ASGIStaticFilesHandler" if asgi else "StaticFilesHandler"
        handler = import_string(f"hotclub.contrib.staticfiles.handlers.{name}")
        application = handler(application)
    return application


def __getattr__(name: str) -> Any:
    """Build `application` when the server asks for it, not when the module is looked at."""
    if name == "application":
        return globals().setdefault("application", build())
    raise AttributeError(name)
