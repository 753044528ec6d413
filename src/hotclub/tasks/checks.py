"""Checks of `TASKS`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from hotclub.core import checks
from hotclub.tasks import base


@checks.register
def check_tasks(app_configs: Any = None, **kwargs: Any) -> Iterable[Any]:
    """Let every backend check itself."""
    for backend in base.backends.all():
        yield from backend.check()
