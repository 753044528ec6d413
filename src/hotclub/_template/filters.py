"""What generated code may do instead of calling a filter.

A filter of ours declares a short way: Python for values of an observed type, or the function below `stringfilter` for
exact text. The declaration names its function, so a decorator that copies attributes does not take it over.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from inspect import unwrap
from typing import Any, NamedTuple, TypeVar, cast

from hotclub.utils.safestring import SafeData, mark_safe

F = TypeVar("F", bound=Callable[..., Any])

IS_TEXT = "type({0}) is str"


class ShortWay(NamedTuple):
    """A short way for a filter.

    Args:
        owner: the registered filter function.
        inner: function for exact `str` values, with the same arguments.
        code: Python expression with `{0}` for the value and `{1}` for the argument.
        guard: condition under which `code` may be used; empty for always.
        arguments: how many arguments `code` expects.
    """

    owner: Callable[..., Any]
    inner: Callable[..., Any] | None = None
    code: str = ""
    guard: str = IS_TEXT
    arguments: int = 0


def short_way_of(function: Callable[..., Any]) -> ShortWay | None:
    """Return the short way declared for exactly this function."""
    short: ShortWay | None = getattr(function, "short_way", None)
    return short if short is not None and short.owner is function else None


def inline(function: Callable[..., Any], code: str, guard: str = IS_TEXT, arguments: int = 0) -> None:
    """Declare Python that stands for a filter."""
    short = short_way_of(function) or ShortWay(function)
    function.short_way = short._replace(code=code, guard=guard, arguments=arguments)  # type: ignore[attr-defined]


def stringfilter(func: F) -> F:
    """Make a filter that always gets text as its first argument.

    Safe text stays safe if the filter is registered with `is_safe`.
    """

    @wraps(func)
    def text_filter(value: Any, *args: Any, **kwargs: Any) -> Any:
        text = str(value)
        result = func(text, *args, **kwargs)
        if isinstance(text, SafeData) and getattr(unwrap(func), "is_safe", False):
            return mark_safe(result)
        return result

    text_filter.short_way = ShortWay(text_filter, inner=func)  # type: ignore[attr-defined]
    return cast(F, text_filter)


stringfilter.__module__ = "hotclub.template.defaultfilters"
