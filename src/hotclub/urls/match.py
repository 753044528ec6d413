"""`ResolverMatch`: what resolving a path gives. It must not know how the match was found."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from hotclub.core.exceptions import ImproperlyConfigured


class ResolverMatch:
    """The view for a path, its arguments, and where in the URLconf it was found.

    Indexing and unpacking give `(func, args, kwargs)`.

    Source: docs ref/urlresolvers, "ResolverMatch".
    """

    __slots__ = (
        "__dict__",
        "_tried",
        "app_names",
        "args",
        "captured_kwargs",
        "extra_kwargs",
        "func",
        "kwargs",
        "namespaces",
        "route",
        "url_name",
    )

    def __init__(
        self,
        func: Callable[..., Any],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        url_name: str | None = None,
        app_names: Iterable[str | None] | None = None,
        namespaces: Iterable[str | None] | None = None,
        route: str | None = None,
        tried: Any = None,
        captured_kwargs: dict[str, Any] | None = None,
        extra_kwargs: dict[str, Any] | None = None,
    ) -> None:
        self.func = func
        self.args = args
        self.kwargs = kwargs
        self.url_name = url_name
        self.route = route
        self._tried = tried
        self.captured_kwargs = captured_kwargs
        self.extra_kwargs = extra_kwargs
        self.app_names: list[str] = [name for name in app_names if name] if app_names else []
        self.namespaces: list[str] = [name for name in namespaces if name] if namespaces else []

    @property
    def tried(self) -> Any:
        """The patterns that were tried before this one; worked out when asked for."""
        return self._tried() if callable(self._tried) else self._tried

    @property
    def app_name(self) -> str:
        """The application namespaces, joined by colons."""
        return ":".join(self.app_names)

    @property
    def namespace(self) -> str:
        """The instance namespaces, joined by colons."""
        return ":".join(self.namespaces)

    @property
    def _func_path(self) -> str:
        func: Any = self.func
        view_class = getattr(func, "view_class", None)
        if view_class is not None:
            func = view_class
        elif not hasattr(func, "__name__"):
            func = type(func)
        return f"{func.__module__}.{getattr(func, '__qualname__', func.__name__)}"

    @property
    def view_name(self) -> str:
        """The name of the pattern (or the path of the view), with its namespaces."""
        return ":".join([*self.namespaces, self.url_name or self._func_path])

    def __getitem__(self, index: Any) -> Any:
        return (self.func, self.args, self.kwargs)[index]

    def __iter__(self) -> Iterator[Any]:
        return iter((self.func, self.args, self.kwargs))

    def __len__(self) -> int:
        return 3

    def __repr__(self) -> str:
        if isinstance(self.func, functools.partial):
            func = repr(self.func)
        else:
            func = self._func_path
        return (
            "ResolverMatch(func={}, args={!r}, kwargs={!r}, url_name={!r}, app_names={!r}, namespaces={!r}, route={!r}{}{})"
        ).format(
            func,
            self.args,
            self.kwargs,
            self.url_name,
            self.app_names,
            self.namespaces,
            self.route,
            f", captured_kwargs={self.captured_kwargs!r}" if self.captured_kwargs else "",
            f", extra_kwargs={self.extra_kwargs!r}" if self.extra_kwargs else "",
        )

    def __reduce_ex__(self, protocol: Any) -> Any:
        from pickle import PicklingError  # noqa: PLC0415  # only needed to refuse

        raise PicklingError(f"Cannot pickle {type(self).__qualname__}.")


ResolverMatch.__module__ = "hotclub.urls.resolvers"


def path_of_view(callback: Any) -> str:
    """Give the dotted path by which a view may be named.

    Raises:
        ImproperlyConfigured: the view is not a callable.
    """
    if isinstance(callback, functools.partial):
        callback = callback.func
    if hasattr(callback, "view_class"):
        callback = callback.view_class
    elif not hasattr(callback, "__name__"):
        if not callable(callback) and not inspect.isclass(callback):
            raise ImproperlyConfigured(f"A view must be a callable, got {callback!r}.")
        return f"{type(callback).__module__}.{type(callback).__name__}"
    return f"{callback.__module__}.{callback.__qualname__}"
