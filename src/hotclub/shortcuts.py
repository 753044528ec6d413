"""Shortcuts that span several layers: `render`, `redirect`, `get_object_or_404` and their kin."""

from __future__ import annotations

from typing import Any

from hotclub.http import Http404, HttpResponse, HttpResponsePermanentRedirect, HttpResponseRedirect
from hotclub.template import loader
from hotclub.urls import NoReverseMatch, reverse
from hotclub.utils.functional import Promise
from hotclub.utils.http import MAX_URL_REDIRECT_LENGTH


def render(
    request: Any,
    template_name: Any,
    context: Any = None,
    content_type: str | None = None,
    status: int | None = None,
    using: str | None = None,
) -> HttpResponse:
    """Give a response with a rendered template.

    Source: docs topics/http/shortcuts, "render()".
    """
    content = loader.render_to_string(template_name, context, request, using=using)
    return HttpResponse(content, content_type, status)


def redirect(
    to: Any,
    *args: Any,
    permanent: bool = False,
    preserve_request: bool = False,
    max_length: int | None = MAX_URL_REDIRECT_LENGTH,
    **kwargs: Any,
) -> Any:
    """Give a redirection to a model, a view name or a URL.

    Args:
        to: object with `get_absolute_url()`, name of a pattern, or URL.
        *args, **kwargs: arguments for the pattern.
        permanent: 301 instead of 302.
        preserve_request: keep method and body (307, 308).
        max_length: of the URL.

    Source: docs topics/http/shortcuts, "redirect()".
    """
    kind: Any = HttpResponsePermanentRedirect if permanent else HttpResponseRedirect
    return kind(resolve_url(to, *args, **kwargs), preserve_request=preserve_request, max_length=max_length)


def _queryset_of(klass: Any, function_name: str, method: str) -> Any:
    """Give the queryset of a model, manager or queryset.

    Raises:
        ValueError: it is none of them.
    """
    queryset = klass._default_manager.all() if hasattr(klass, "_default_manager") else klass
    if not hasattr(queryset, method):
        name = klass.__name__ if isinstance(klass, type) else type(klass).__name__
        raise ValueError(f"First argument to {function_name}() must be a Model, Manager, or QuerySet, not '{name}'.")
    return queryset


def _not_found(queryset: Any) -> Http404:
    return Http404(f"No {queryset.model._meta.object_name} matches the given query.")


def get_object_or_404(klass: Any, *args: Any, **kwargs: Any) -> Any:
    """Give the one object that matches.

    Raises:
        Http404: there is none.
        MultipleObjectsReturned: there are several.

    Source: docs topics/http/shortcuts, "get_object_or_404()".
    """
    queryset = _queryset_of(klass, "get_object_or_404", "get")
    try:
        return queryset.get(*args, **kwargs)
    except queryset.model.DoesNotExist:
        raise _not_found(queryset) from None


async def aget_object_or_404(klass: Any, *args: Any, **kwargs: Any) -> Any:
    """The async half of `get_object_or_404()`."""
    queryset = _queryset_of(klass, "aget_object_or_404", "aget")
    try:
        return await queryset.aget(*args, **kwargs)
    except queryset.model.DoesNotExist:
        raise _not_found(queryset) from None


def get_list_or_404(klass: Any, *args: Any, **kwargs: Any) -> list[Any]:
    """Give all objects that match, as a list.

    Raises:
        Http404: there are none.

    Source: docs topics/http/shortcuts, "get_list_or_404()".
    """
    queryset = _queryset_of(klass, "get_list_or_404", "filter")
    found = list(queryset.filter(*args, **kwargs))
    if not found:
        raise _not_found(queryset)
    return found


async def aget_list_or_404(klass: Any, *args: Any, **kwargs: Any) -> list[Any]:
    """The async half of `get_list_or_404()`."""
    queryset = _queryset_of(klass, "aget_list_or_404", "filter")
    found = [obj async for obj in queryset.filter(*args, **kwargs)]
    if not found:
        raise _not_found(queryset)
    return found


def resolve_url(to: Any, *args: Any, **kwargs: Any) -> Any:
    """Give the URL for a model, a view name or a URL.

    Raises:
        NoReverseMatch: `to` is a view that has no pattern, or a name that looks like no URL either.
    """
    if hasattr(to, "get_absolute_url"):
        return to.get_absolute_url()
    if isinstance(to, Promise):
        # urlsplit() and its kin want a plain text.
        to = str(to)
    if isinstance(to, str) and to.startswith(("./", "../")):
        return to
    try:
        return reverse(to, args=args, kwargs=kwargs)
    except NoReverseMatch:
        if callable(to):
            raise
        # A name has neither slash nor dot: this was meant as one.
        if "/" not in to and "." not in to:
            raise
    return to
