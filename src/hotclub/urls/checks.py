"""System checks of the URLconf: patterns, namespaces, error handlers, URL settings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from hotclub.conf import settings
from hotclub.core.checks import CheckMessage, Error, Tags, Warning, register
from hotclub.core.exceptions import ViewDoesNotExist
from hotclub.urls.resolvers import check_resolver, get_resolver, get_warning_for_invalid_pattern
from hotclub.utils.inspect import signature

__all__ = [
    "E006",
    "check_custom_error_handlers",
    "check_resolver",
    "check_url_config",
    "check_url_namespaces_unique",
    "check_url_settings",
    "get_warning_for_invalid_pattern",
]

HANDLER_ARGUMENTS = {400: 2, 403: 2, 404: 2, 500: 1}


@register(Tags.urls)
def check_url_config(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """Check all patterns of `ROOT_URLCONF`."""
    if not getattr(settings, "ROOT_URLCONF", None):
        return []
    return check_resolver(get_resolver())


@register(Tags.urls)
def check_url_namespaces_unique(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """Report namespaces that are used twice (urls.W005)."""
    if not getattr(settings, "ROOT_URLCONF", None):
        return []
    counts = Counter(_namespaces(get_resolver(), ()))
    return [
        Warning(
            f"URL namespace '{':'.join(path)}' isn't unique. You may not be able to reverse all URLs in this namespace",
            id="urls.W005",
        )
        for path, count in counts.items()
        if count > 1
    ]


def _namespaces(resolver: Any, above: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Give the full path of each namespace below a resolver."""
    for item in resolver.url_patterns:
        namespace = getattr(item, "namespace", None)
        here = above if namespace is None else (*above, namespace)
        if namespace is not None:
            yield here
        # A URLconf that includes itself is entered once.
        if hasattr(item, "url_patterns") and item.url_patterns is not resolver.url_patterns:
            yield from _namespaces(item, here)


@register(Tags.urls)
def check_url_settings(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """Check that `STATIC_URL` and `MEDIA_URL` end in a slash (urls.E006)."""
    return [
        E006(name)
        for name in ("STATIC_URL", "MEDIA_URL")
        if (value := getattr(settings, name)) and not value.endswith("/")
    ]


def E006(name: str) -> Error:
    """Give the message about a URL setting without a slash."""
    return Error(f"The {name} setting must end with a slash.", id="urls.E006")


@register(Tags.urls)
def check_custom_error_handlers(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """Check that `handler404` and its kin can be imported (urls.E008) and take their arguments (urls.E007)."""
    if not getattr(settings, "ROOT_URLCONF", None):
        return []
    resolver = get_resolver()
    messages: list[CheckMessage] = []
    for status_code, count in HANDLER_ARGUMENTS.items():
        try:
            handler = resolver.resolve_error_handler(status_code)
        except (ImportError, ViewDoesNotExist) as error:
            path = getattr(resolver.urlconf_module, f"handler{status_code}")
            messages.append(
                Error(
                    f"The custom handler{status_code} view '{path}' could not be imported.",
                    hint=str(error),
                    id="urls.E008",
                )
            )
            continue
        try:
            signature(handler).bind(*[None] * count)
        except TypeError:
            arguments = "request, exception" if count == 2 else "request"
            messages.append(
                Error(
                    f"The custom handler{status_code} view '{handler.__module__}.{handler.__qualname__}' does not take the "
                    f"correct number of arguments ({arguments}).",
                    id="urls.E007",
                )
            )
    return messages
