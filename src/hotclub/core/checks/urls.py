"""The known import path of the URL checks, which live in `hotclub.urls.checks`, beside what they check."""

from __future__ import annotations

from importlib import import_module
from typing import Any


def __getattr__(name: str) -> Any:
    # Looked up by name: the registry stands below the URLconf.
    if name.startswith("__"):
        raise AttributeError(name)
    return getattr(import_module("hotclub.urls.checks"), name)
