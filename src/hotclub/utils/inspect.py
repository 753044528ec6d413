"""Questions about the signatures of callables, answered once per function."""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Callable
from typing import Any

if sys.version_info >= (3, 14):
    from annotationlib import Format

    _FORWARDREF = Format.FORWARDREF


def _without_annotations(function: Any) -> inspect.Signature:
    # Python 3.14 evaluates annotations lazily; names that exist for type checkers only must not be looked up.
    if sys.version_info >= (3, 14):
        return inspect.signature(function, annotation_format=_FORWARDREF)
    return inspect.signature(function)


signature = _without_annotations


@functools.lru_cache(maxsize=512)
def _parameters(function: Callable[..., Any], remove_first: bool) -> tuple[inspect.Parameter, ...]:
    parameters = tuple(_without_annotations(function).parameters.values())
    return parameters[1:] if remove_first else parameters


def _get_callable_parameters(method_or_func: Callable[..., Any]) -> tuple[inspect.Parameter, ...]:
    bound = inspect.ismethod(method_or_func)
    function: Any = getattr(method_or_func, "__func__", method_or_func) if bound else method_or_func
    try:
        return _parameters(function, bound)
    except TypeError:  # an unhashable callable
        parameters = tuple(_without_annotations(function).parameters.values())
        return parameters[1:] if bound else parameters


ARG_KINDS = frozenset(
    {inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.KEYWORD_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD}
)


def get_func_args(func: Callable[..., Any]) -> list[str]:
    """Return the names of the arguments, without `*args` and `**kwargs`."""
    return [parameter.name for parameter in _get_callable_parameters(func) if parameter.kind in ARG_KINDS]


def get_func_full_args(func: Callable[..., Any]) -> list[tuple[str, ...]]:
    """Return (name, default) of each argument, (name,) where there is no default.

    `self` is left out; variadic arguments carry their stars: `("*args",)`, `("**kwargs",)`.
    """
    full: list[tuple[str, ...]] = []
    for parameter in _get_callable_parameters(func):
        name = parameter.name
        if name == "self":
            continue
        if parameter.kind == inspect.Parameter.VAR_POSITIONAL:
            name = "*" + name
        elif parameter.kind == inspect.Parameter.VAR_KEYWORD:
            name = "**" + name
        full.append((name, parameter.default) if parameter.default is not inspect.Parameter.empty else (name,))
    return full


def func_accepts_kwargs(func: Callable[..., Any]) -> bool:
    """Say whether the function takes `**kwargs`."""
    return any(parameter.kind == inspect.Parameter.VAR_KEYWORD for parameter in _get_callable_parameters(func))


def func_accepts_var_args(func: Callable[..., Any]) -> bool:
    """Say whether the function takes `*args`."""
    return any(parameter.kind == inspect.Parameter.VAR_POSITIONAL for parameter in _get_callable_parameters(func))


def method_has_no_args(meth: Callable[..., Any]) -> bool:
    """Say whether the method takes nothing but `self`."""
    count = len([p for p in _get_callable_parameters(meth) if p.kind == inspect.Parameter.POSITIONAL_OR_KEYWORD])
    return count == 0 if inspect.ismethod(meth) else count == 1


def func_supports_parameter(func: Callable[..., Any], name: str) -> bool:
    """Say whether the function has a parameter of that name."""
    return any(parameter.name == name for parameter in _get_callable_parameters(func))


def is_module_level_function(func: Any) -> bool:
    """Say whether the function can be found again by its module and name (needed to send it elsewhere)."""
    if not inspect.isfunction(func) or inspect.isbuiltin(func):
        return False
    return "<locals>" not in func.__qualname__


def getfullargspec(func: Callable[..., Any]) -> inspect.FullArgSpec:
    """`inspect.getfullargspec` without the annotations, which may name what only type checkers know."""
    positional: list[str] = []
    keyword_only: list[str] = []
    varargs = varkw = None
    defaults: list[Any] = []
    keyword_defaults: dict[str, Any] = {}
    for parameter in _without_annotations(func).parameters.values():
        has_default = parameter.default is not inspect.Parameter.empty
        if parameter.kind in (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD):
            positional.append(parameter.name)
            if has_default:
                defaults.append(parameter.default)
        elif parameter.kind == inspect.Parameter.KEYWORD_ONLY:
            keyword_only.append(parameter.name)
            if has_default:
                keyword_defaults[parameter.name] = parameter.default
        elif parameter.kind == inspect.Parameter.VAR_POSITIONAL:
            varargs = parameter.name
        else:
            varkw = parameter.name
    return inspect.FullArgSpec(
        positional, varargs, varkw, tuple(defaults) or None, keyword_only, keyword_defaults or None, {}
    )
