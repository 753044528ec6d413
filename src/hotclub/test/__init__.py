"""Testing tools: the façade of `hotclub.test`.

Names are loaded when they are first asked for: pytest imports this package for its plugin in every project of the
environment, and must not load a framework there that the project does not use.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hotclub.test.client import AsyncClient, AsyncRequestFactory, Client, RequestFactory
    from hotclub.test.testcases import (
        LiveServerTestCase,
        SimpleTestCase,
        TestCase,
        TransactionTestCase,
        skipIfDBFeature,
        skipUnlessAnyDBFeature,
        skipUnlessDBFeature,
    )
    from hotclub.test.utils import ignore_warnings, modify_settings, override_settings, override_system_checks, tag

__all__ = [
    "AsyncClient",
    "AsyncRequestFactory",
    "Client",
    "LiveServerTestCase",
    "RequestFactory",
    "SimpleTestCase",
    "TestCase",
    "TransactionTestCase",
    "ignore_warnings",
    "modify_settings",
    "override_settings",
    "override_system_checks",
    "skipIfDBFeature",
    "skipUnlessAnyDBFeature",
    "skipUnlessDBFeature",
    "tag",
]

_HOMES = {
    "client": ("AsyncClient", "AsyncRequestFactory", "Client", "RequestFactory"),
    "testcases": (
        "LiveServerTestCase",
        "SimpleTestCase",
        "TestCase",
        "TransactionTestCase",
        "skipIfDBFeature",
        "skipUnlessAnyDBFeature",
        "skipUnlessDBFeature",
    ),
    "utils": ("ignore_warnings", "modify_settings", "override_settings", "override_system_checks", "tag"),
}
_HOME_OF = {name: module for module, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(f"{__name__}.{_HOME_OF[name]}"), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
