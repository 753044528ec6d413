"""Error reports do not show credentials, wherever on their way to a backend something fails.

Source: docs howto/error-reporting, "Filtering sensitive information".
"""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from hotclub.test.utils import override_settings
from hotclub.views.decorators.debug import sensitive_variables

pytestmark = pytest.mark.usefixtures("_project")

SECRET = "open-sesame-4711"


class FailingBackend:
    """A backend whose directory server is away."""

    @sensitive_variables()
    def authenticate(self, request: Any, username: str = "", password: str = "") -> Any:
        raise ConnectionError("the directory does not answer")


class FailingAsyncBackend(FailingBackend):
    @sensitive_variables()
    async def aauthenticate(self, request: Any, username: str = "", password: str = "") -> Any:
        raise ConnectionError("the directory does not answer")


@pytest.mark.parametrize("backend", [FailingBackend, FailingAsyncBackend])
@pytest.mark.parametrize("asynchronous", [False, True])
def test_the_way_to_a_backend(backend: type[FailingBackend], asynchronous: bool) -> None:
    from hotclub.contrib.auth import aauthenticate, authenticate
    from hotclub.views.debug import ExceptionReporter

    backends = [f"{__name__}.{backend.__name__}"]
    with override_settings(AUTHENTICATION_BACKENDS=backends, DEBUG=False):
        call = (lambda **words: asyncio.run(aauthenticate(**words))) if asynchronous else authenticate
        with pytest.raises(ConnectionError) as caught:
            call(username="ali", password=SECRET)
        frames = ExceptionReporter(None, caught.type, caught.value, caught.tb).get_traceback_frames()
    shown = {
        (frame["filename"], name)
        for frame in frames
        for name, text in frame["vars"]
        if SECRET in str(text) and not frame["filename"].endswith(__file__)
    }
    assert shown == set()
    hidden = {name for frame in frames for name, text in frame["vars"] if "*****" in str(text)}
    assert {"credentials", "password"} <= hidden


def test_a_concealed_call_does_not_say_its_arguments() -> None:
    from hotclub.contrib.auth.flows import Concealed

    call = Concealed("{}".format, SECRET)
    assert call() == SECRET
    assert SECRET not in repr(call)
    assert "concealed" in repr(call)
