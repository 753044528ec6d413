"""Texts that are safe to go into HTML as they are.

"Safe" says that a text needs no more escaping: its maker has escaped what had to be, or means the markup.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, overload

from hotclub.utils.functional import Promise, lazy


class SafeData:
    """Base of values that are HTML; `__html__` tells other libraries."""

    __slots__ = ()

    def __html__(self) -> Any:
        """Return the HTML of the object: itself."""
        return self


class SafeString(str, SafeData):
    """A text that is known to be safe for output in HTML."""

    __slots__ = ()

    def __add__(self, rhs: str) -> str:
        """Join; the result is safe only if the other text is."""
        if not isinstance(rhs, str):
            return NotImplemented
        joined = str.__add__(self, rhs)
        return SafeString(joined) if isinstance(rhs, SafeData) else joined

    def __str__(self) -> str:
        return self


SafeText = SafeString


def _mark(text: Any) -> SafeString:
    return SafeString(text)


_lazy_mark = lazy(_mark, SafeString)


def _safety_decorator(func: Callable[..., Any]) -> Callable[..., SafeString]:
    @wraps(func)
    def wrapped(*args: Any, **kwargs: Any) -> SafeString:
        result: SafeString = mark_safe(func(*args, **kwargs))
        return result

    return wrapped


@overload
def mark_safe(s: str) -> SafeString: ...
@overload
def mark_safe(s: Callable[..., str]) -> Any: ...
@overload
def mark_safe(s: Any) -> Any: ...
def mark_safe(s: Any) -> Any:
    """Say that a text is safe for HTML. May decorate a function that returns text.

    Args:
        s: text (possibly lazy), or a function. What has an `__html__` method is returned as it is.
    """
    if type(s) is str:
        return SafeString(s)
    if hasattr(s, "__html__"):
        return s
    if isinstance(s, Promise):
        return _lazy_mark(s)
    if callable(s):
        return _safety_decorator(s)
    return SafeString(s)
