"""One way to wrap a view, sync or async, that the decorators of this package share."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from hotclub._kernel.crossing import iscoroutinefunction


def change_response(view: Callable[..., Any], change: Callable[[Any, Any], None]) -> Callable[..., Any]:
    """Wrap a view so that `change(request, response)` sees its response."""
    if iscoroutinefunction(view):

        async def async_wrapper(request: Any, *args: Any, **kwargs: Any) -> Any:
            response = await view(request, *args, **kwargs)
            change(request, response)
            return response

        return wraps(view)(async_wrapper)

    def wrapper(request: Any, *args: Any, **kwargs: Any) -> Any:
        response = view(request, *args, **kwargs)
        change(request, response)
        return response

    return wraps(view)(wrapper)


def check_request(view: Callable[..., Any], check: Callable[[Any], Any]) -> Callable[..., Any]:
    """Wrap a view so that it runs only if `check(request)` gives no response."""
    if iscoroutinefunction(view):

        async def async_wrapper(request: Any, *args: Any, **kwargs: Any) -> Any:
            response = check(request)
            return await view(request, *args, **kwargs) if response is None else response

        return wraps(view)(async_wrapper)

    def wrapper(request: Any, *args: Any, **kwargs: Any) -> Any:
        response = check(request)
        return view(request, *args, **kwargs) if response is None else response

    return wraps(view)(wrapper)


def mark(view: Callable[..., Any], attribute: str, value: Any) -> Callable[..., Any]:
    """Wrap a view in a function of its own that carries an attribute; the view itself stays unmarked."""
    if iscoroutinefunction(view):

        async def async_wrapper(request: Any, *args: Any, **kwargs: Any) -> Any:
            return await view(request, *args, **kwargs)

        wrapped: Any = wraps(view)(async_wrapper)
    else:

        def wrapper(request: Any, *args: Any, **kwargs: Any) -> Any:
            return view(request, *args, **kwargs)

        wrapped = wraps(view)(wrapper)
    setattr(wrapped, attribute, value)
    return wrapped  # type: ignore[no-any-return]


def require_request(request: Any, decorator: str) -> None:
    """Refuse to decorate a method without `method_decorator`.

    Raises:
        TypeError: what came first is no request.
    """
    # Not isinstance(): a wrapped request (Django REST framework's) is one as well.
    if not hasattr(request, "META"):
        raise TypeError(
            f"{decorator} didn't receive an HttpRequest. If you are decorating a classmethod, be sure to use "
            "@method_decorator."
        )
