"""`no_append_slash`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hotclub.views.decorators.wrapping import mark


def no_append_slash(view_func: Callable[..., Any]) -> Callable[..., Any]:
    """Exempt a view from APPEND_SLASH."""
    return mark(view_func, "should_append_slash", False)
