"""Decorators about decorators: for methods, from middleware; and marks for middleware functions."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial, update_wrapper, wraps
from typing import Any, TypeVar

from hotclub._kernel.crossing import iscoroutinefunction, markcoroutinefunction

F = TypeVar("F", bound=Callable[..., Any])


def _decorated_method(decorators: list[Callable[..., Any]], method: Any) -> Callable[..., Any]:
    """Return the method with function decorators applied, innermost first, to its bound form."""

    def call(self: Any, *args: Any, **kwargs: Any) -> Any:
        # The decorators see a function without self, as they would see a view, and may set attributes on it.
        view: Callable[..., Any] = update_wrapper(partial(method.__get__(self, type(self))), method)
        for decorator in decorators:
            view = decorator(view)
        return view(*args, **kwargs)

    def probe(*args: Any, **kwargs: Any) -> None:
        """Something to decorate: shows what a decorator puts on its function, which the method shall have as well."""

    for decorator in decorators:
        update_wrapper(call, decorator(probe))
    update_wrapper(call, method)
    return markcoroutinefunction(call) if iscoroutinefunction(method) else call


def method_decorator(decorator: Any, name: str = "") -> Callable[[Any], Any]:
    """Turn a function decorator into one for methods.

    Args:
        decorator: a decorator, or a list or tuple of them, the first one outermost.
        name: if a class is decorated, the method that is meant.

    Raises:
        ValueError: a class is decorated, and has no such method.
        TypeError: what has that name is no method.
    """
    several = _is_collection(decorator)
    innermost_first = list(decorator[::-1]) if several else [decorator]

    def decorate(target: Any) -> Any:
        if not isinstance(target, type):
            return _decorated_method(innermost_first, target)
        if not (name and hasattr(target, name)):
            raise ValueError(
                "The keyword argument `name` must be the name of a method of the decorated class: "
                f"{target}. Got '{name}' instead."
            )
        method = getattr(target, name)
        if not callable(method):
            raise TypeError(f"Cannot decorate '{name}' as it isn't a callable attribute of {target} ({method}).")
        setattr(target, name, _decorated_method(innermost_first, method))
        return target

    if not several:
        update_wrapper(decorate, decorator)
    # A list, and most decorator objects, have no name of their own.
    shown = getattr(decorator, "__name__", type(decorator).__name__)
    decorate.__name__ = f"method_decorator({shown})"
    return decorate


def _is_collection(value: Any) -> bool:
    return isinstance(value, Iterable) and not callable(value)


def decorator_from_middleware_with_args(middleware_class: Any) -> Callable[..., Any]:
    """Return a function that makes a view decorator out of a middleware and its arguments.

    `cache_page = decorator_from_middleware_with_args(CacheMiddleware)`, then `@cache_page(3600)`.
    """
    return make_middleware_decorator(middleware_class)


def decorator_from_middleware(middleware_class: Any) -> Any:
    """Return a view decorator that does what the middleware does, for one view."""
    return make_middleware_decorator(middleware_class)()


class _ViewSteps:
    """The steps of a middleware around one view."""

    def __init__(self, middleware: Any, view: Callable[..., Any]) -> None:
        self.middleware = middleware
        self.view = view

    def before(self, request: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if hasattr(self.middleware, "process_request"):
            result = self.middleware.process_request(request)
            if result is not None:
                return result
        if hasattr(self.middleware, "process_view"):
            return self.middleware.process_view(request, self.view, args, kwargs)
        return None

    def on_exception(self, request: Any, error: Exception) -> Any:
        if hasattr(self.middleware, "process_exception"):
            return self.middleware.process_exception(request, error)
        return None

    def after(self, request: Any, response: Any) -> Any:
        middleware = self.middleware
        if hasattr(response, "render") and callable(response.render):
            if hasattr(middleware, "process_template_response"):
                response = middleware.process_template_response(request, response)
            # The response is only complete when it is rendered.
            if hasattr(middleware, "process_response"):
                response.add_post_render_callback(lambda rendered: middleware.process_response(request, rendered))
        elif hasattr(middleware, "process_response"):
            return middleware.process_response(request, response)
        return response


def make_middleware_decorator(middleware_class: Any) -> Callable[..., Any]:
    """Return a function that takes the middleware's arguments and gives a view decorator."""

    def with_arguments(*options: Any, **named_options: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        def decorate(view_func: Callable[..., Any]) -> Callable[..., Any]:
            steps = _ViewSteps(middleware_class(view_func, *options, **named_options), view_func)

            def sync_view(request: Any, *args: Any, **kwargs: Any) -> Any:
                early = steps.before(request, args, kwargs)
                if early is not None:
                    return early
                try:
                    response = view_func(request, *args, **kwargs)
                except Exception as error:  # offered to the middleware, raised again if it has no answer
                    answer = steps.on_exception(request, error)
                    if answer is None:
                        raise
                    return answer
                return steps.after(request, response)

            async def async_view(request: Any, *args: Any, **kwargs: Any) -> Any:
                early = steps.before(request, args, kwargs)
                if early is not None:
                    return early
                try:
                    response = await view_func(request, *args, **kwargs)
                except Exception as error:  # as above
                    answer = steps.on_exception(request, error)
                    if answer is None:
                        raise
                    return answer
                return steps.after(request, response)

            return wraps(view_func)(async_view if iscoroutinefunction(view_func) else sync_view)

        return decorate

    return with_arguments


def sync_and_async_middleware(func: F) -> F:
    """Mark a middleware factory as one for both kinds of request."""
    func.sync_capable = True  # type: ignore[attr-defined]
    func.async_capable = True  # type: ignore[attr-defined]
    return func


def sync_only_middleware(func: F) -> F:
    """Mark a middleware factory as one for sync requests only (the default)."""
    func.sync_capable = True  # type: ignore[attr-defined]
    func.async_capable = False  # type: ignore[attr-defined]
    return func


def async_only_middleware(func: F) -> F:
    """Mark a middleware factory as one for async requests only."""
    func.sync_capable = False  # type: ignore[attr-defined]
    func.async_capable = True  # type: ignore[attr-defined]
    return func


class classonlymethod(classmethod):  # type: ignore[type-arg]  # used as a decorator
    """A class method that instances do not have."""

    def __get__(self, instance: Any, cls: Any = None) -> Any:
        if instance is not None:
            raise AttributeError("This method is available only on the class, not on instances.")
        return super().__get__(instance, cls)
