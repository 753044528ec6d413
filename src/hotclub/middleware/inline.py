"""The mark of hooks that never block."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])


def runs_inline(hook: F) -> F:
    """Say that a hook or receiver never waits for I/O: in an event loop it is called in place."""
    hook.runs_inline = True  # type: ignore[attr-defined]  # function attribute, read by the chain
    return hook
