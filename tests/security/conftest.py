"""Both interfaces, for tests that send requests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from hotclub.test.utils import override_settings
from tests import site


@pytest.fixture(params=[site.over_wsgi, site.over_asgi], ids=["wsgi", "asgi"])
def ask(request: pytest.FixtureRequest) -> Callable[..., site.Answer]:
    """Send a request over WSGI, then over ASGI."""
    return request.param  # type: ignore[no-any-return]


@pytest.fixture
def serving(_project: None) -> Iterator[Callable[..., Any]]:
    """Give a function that sets the URL patterns and other settings, until the end of the test."""
    changed: list[Any] = []

    def serve(*patterns: Any, **settings: Any) -> None:
        values = {"ALLOWED_HOSTS": ["testserver"], "MIDDLEWARE": [], "TEMPLATES": [], **settings}
        change = override_settings(ROOT_URLCONF=site.urlconf(*patterns), **values)
        change.enable()
        changed.append(change)

    yield serve
    for change in reversed(changed):
        change.disable()
