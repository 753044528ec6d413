"""Checks of finders and storages."""

from __future__ import annotations

from typing import Any

from hotclub.conf import STATICFILES_STORAGE_ALIAS, settings
from hotclub.contrib.staticfiles.finders import get_finders
from hotclub.core.checks import CheckMessage, Error

E005 = Error(
    f"The STORAGES setting must define a '{STATICFILES_STORAGE_ALIAS}' storage.",
    id="staticfiles.E005",
)


def check_finders(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """Give what the finders have to say; one without checks has nothing."""
    messages: list[CheckMessage] = []
    for finder in get_finders():
        try:
            messages.extend(finder.check())
        except NotImplementedError:
            continue
    return messages


def check_storages(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """Report a missing storage (staticfiles.E005)."""
    return [] if STATICFILES_STORAGE_ALIAS in settings.STORAGES else [E005]
