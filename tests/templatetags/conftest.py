"""Settings for tests that render: defaults, no database."""

from __future__ import annotations

import pytest

import hotclub
from hotclub.apps import apps
from hotclub.conf import settings


@pytest.fixture(scope="session", autouse=True)
def configured() -> None:
    if not settings.configured:
        settings.configure(SECRET_KEY="template-tests", USE_TZ=True)
    if not apps.ready:
        hotclub.setup()
