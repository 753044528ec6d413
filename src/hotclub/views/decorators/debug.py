"""What must not show up in error reports: local variables and POST parameters."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Any

from hotclub._kernel.crossing import iscoroutinefunction
from hotclub.http import HttpRequest

# Keyed by code object and first line: wrappers of coroutine functions are not on the stack when their body raises.
coroutine_functions_to_sensitive_variables: dict[int, Any] = {}


def sensitive_variables(*variables: str) -> Callable[..., Any]:
    """Hide local variables of a function in error reports; all of them, if no names are given.

    Raises:
        TypeError: used without parentheses.

    Source: docs howto/error-reporting, "Filtering sensitive information".
    """
    if len(variables) == 1 and callable(variables[0]):
        raise TypeError(
            "sensitive_variables() must be called to use it as a decorator, e.g., use @sensitive_variables(), not "
            "@sensitive_variables."
        )

    def decorator(func: Callable[..., Any]) -> Callable[..., Any]:
        names: Any = variables or "__ALL__"
        if iscoroutinefunction(func):
            wrapped = func
            while hasattr(wrapped, "__wrapped__"):
                wrapped = wrapped.__wrapped__
            try:
                file_path = inspect.getfile(wrapped)
            except TypeError:
                # A builtin or extension: no frame of it is ever shown.
                return func
            first_line = wrapped.__code__.co_firstlineno
            coroutine_functions_to_sensitive_variables[hash(f"{file_path}:{first_line}")] = names
            return func

        @wraps(func)
        def hiding(*args: Any, **kwargs: Any) -> Any:
            # Found in this frame by the filter of error reports.
            _hotclub_hidden_variables = names
            return func(*args, **kwargs)

        return hiding

    return decorator


def sensitive_post_parameters(*parameters: str) -> Callable[..., Any]:
    """Hide POST parameters of a view in error reports; all of them, if no names are given.

    Raises:
        TypeError: used without parentheses, or on something that gets no request.

    Source: docs howto/error-reporting, "Filtering sensitive information".
    """
    if len(parameters) == 1 and callable(parameters[0]):
        raise TypeError(
            "sensitive_post_parameters() must be called to use it as a decorator, e.g., use "
            "@sensitive_post_parameters(), not @sensitive_post_parameters."
        )

    def mark_request(request: Any) -> None:
        if not isinstance(request, HttpRequest):
            raise TypeError(
                "sensitive_post_parameters didn't receive an HttpRequest object. If you are decorating a classmethod, "
                "make sure to use @method_decorator."
            )
        request.sensitive_post_parameters = parameters or "__ALL__"  # type: ignore[attr-defined]

    def decorator(view: Callable[..., Any]) -> Callable[..., Any]:
        if iscoroutinefunction(view):

            @wraps(view)
            async def async_wrapper(request: Any, *args: Any, **kwargs: Any) -> Any:
                mark_request(request)
                return await view(request, *args, **kwargs)

            return async_wrapper

        @wraps(view)
        def wrapper(request: Any, *args: Any, **kwargs: Any) -> Any:
            mark_request(request)
            return view(request, *args, **kwargs)

        return wrapper

    return decorator
