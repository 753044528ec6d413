"""`path`, `re_path` and `include`: the functions a URLconf is written with."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

from hotclub.core.exceptions import ImproperlyConfigured
from hotclub.urls.patterns import LocalePrefixPattern, RegexPattern, RoutePattern
from hotclub.urls.resolvers import URLPattern, URLResolver


def include(arg: Any, namespace: str | None = None) -> tuple[Any, str | None, str | None]:
    """Bring in other patterns.

    Args:
        arg: a URLconf module, its dotted path, a list of patterns, or a 2-tuple of patterns and application namespace.
        namespace: instance namespace.

    Raises:
        ImproperlyConfigured: a namespace without an application namespace, or a tuple of another length.

    Source: docs ref/urls, "include()".
    """
    app_name = None
    if isinstance(arg, tuple):
        try:
            urlconf, app_name = arg
        except ValueError as error:
            if namespace:
                raise ImproperlyConfigured(
                    "Cannot override the namespace for a dynamic module that provides a namespace."
                ) from error
            raise ImproperlyConfigured(
                f"Passing a {len(arg)}-tuple to include() is not supported. Pass a 2-tuple containing the list of "
                "patterns and app_name, and provide the namespace argument to include() instead."
            ) from error
    else:
        urlconf = arg
    if isinstance(urlconf, str):
        urlconf = import_module(urlconf)
    patterns = getattr(urlconf, "urlpatterns", urlconf)
    app_name = getattr(urlconf, "app_name", app_name)
    if namespace and not app_name:
        raise ImproperlyConfigured(
            "Specifying a namespace in include() without providing an app_name is not supported. Set the app_name "
            "attribute in the included module, or pass a 2-tuple containing the list of patterns and app_name instead."
        )
    namespace = namespace or app_name
    if isinstance(patterns, (list, tuple)):
        for item in patterns:
            pattern = getattr(item, "pattern", None)
            if isinstance(pattern, LocalePrefixPattern):
                raise ImproperlyConfigured("Using i18n_patterns in an included URLconf is not allowed.")
    return urlconf, app_name, namespace


def _make(route: Any, view: Any, kwargs: Mapping[str, Any] | None, name: str | None, Pattern: Any) -> Any:
    if kwargs is not None and not isinstance(kwargs, dict):
        raise TypeError(f"kwargs argument must be a dict, but got {type(kwargs).__name__}.")
    if isinstance(view, (list, tuple)):
        urlconf, app_name, namespace = view
        return URLResolver(Pattern(route, is_endpoint=False), urlconf, kwargs, app_name=app_name, namespace=namespace)
    if callable(view):
        return URLPattern(Pattern(route, name=name, is_endpoint=True), view, kwargs, name)
    if hasattr(type(view), "as_view"):
        class_name = type(view).__name__
        raise TypeError(f"view must be a callable, pass {class_name}.as_view(), not {class_name}().")
    raise TypeError("view must be a callable or a list/tuple in the case of include().")


def path(
    route: Any,
    view: Any,
    kwargs: Mapping[str, Any] | None = None,
    name: str | None = None,
    *,
    Pattern: Any = RoutePattern,
) -> Any:
    """Give a pattern for `urlpatterns`: a route such as "articles/<int:year>/" and its view.

    Source: docs ref/urls, "path()".
    """
    return _make(route, view, kwargs, name, Pattern)


def re_path(
    route: Any,
    view: Any,
    kwargs: Mapping[str, Any] | None = None,
    name: str | None = None,
    *,
    Pattern: Any = RegexPattern,
) -> Any:
    """Give a pattern for `urlpatterns`: a regular expression and its view.

    Source: docs ref/urls, "re_path()".
    """
    return _make(route, view, kwargs, name, Pattern)
