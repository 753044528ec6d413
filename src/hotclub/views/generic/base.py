"""`View` and what every generic view stands on: context, template, redirect."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, ClassVar

from hotclub._kernel.crossing import iscoroutinefunction, markcoroutinefunction
from hotclub.core.exceptions import ImproperlyConfigured
from hotclub.http import (
    HttpResponse,
    HttpResponseGone,
    HttpResponseNotAllowed,
    HttpResponsePermanentRedirect,
    HttpResponseRedirect,
)
from hotclub.template.response import TemplateResponse
from hotclub.urls import reverse
from hotclub.utils.decorators import classonlymethod
from hotclub.utils.functional import classproperty
from hotclub.utils.log import log_response

logger = logging.getLogger("hotclub.request")


class ContextMixin:
    """Adds `get_context_data()`: the context of the template.

    Attributes:
        extra_context: mapping that is added to it.
    """

    extra_context: Any = None

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Give the context: the keyword arguments, the view, and `extra_context`."""
        kwargs.setdefault("view", self)
        if self.extra_context is not None:
            kwargs.update(self.extra_context)
        return kwargs


class View:
    """A class-based view: a method for each HTTP method.

    Source: docs ref/class-based-views/base, "View".
    """

    http_method_names: ClassVar[list[str]] = ["get", "post", "put", "patch", "delete", "head", "options", "trace"]
    request: Any
    args: Any
    kwargs: Any

    def __init__(self, **kwargs: Any) -> None:
        for name, value in kwargs.items():
            setattr(self, name, value)

    @classproperty
    def view_is_async(cls) -> bool:
        """Whether the handlers are coroutine functions.

        Raises:
            ImproperlyConfigured: some are and some are not.
        """
        handlers = [
            getattr(cls, method) for method in cls.http_method_names if method != "options" and hasattr(cls, method)
        ]
        if not handlers:
            return False
        kinds = {iscoroutinefunction(handler) for handler in handlers}
        if len(kinds) > 1:
            raise ImproperlyConfigured(
                f"{cls.__qualname__} HTTP handlers must either be all sync or all async."  # type: ignore[attr-defined]
            )
        return kinds.pop()

    @classonlymethod  # type: ignore[arg-type]
    def as_view(cls, **initkwargs: Any) -> Callable[..., Any]:
        """Give the view function; each request gets an instance of its own.

        Args:
            **initkwargs: set on the instance; they must be attributes of the class.

        Raises:
            TypeError: a keyword is no attribute of the class, or the name of an HTTP method.
        """
        for key in initkwargs:
            if key in cls.http_method_names:
                raise TypeError(f"The method name {key} is not accepted as a keyword argument to {cls.__name__}().")  # type: ignore[attr-defined]
            if not hasattr(cls, key):
                raise TypeError(
                    f"{cls.__name__}() received an invalid keyword {key!r}. as_view only accepts arguments that are already "  # type: ignore[attr-defined]
                    "attributes of the class."
                )

        def view(request: Any, *args: Any, **kwargs: Any) -> Any:
            self = cls(**initkwargs)  # type: ignore[operator]
            self.setup(request, *args, **kwargs)
            if not hasattr(self, "request"):
                raise AttributeError(
                    f"{cls.__name__} instance has no 'request' attribute. Did you override setup() and forget to call "  # type: ignore[attr-defined]
                    "super()?"
                )
            return self.dispatch(request, *args, **kwargs)

        function: Any = view
        function.view_class = cls
        function.view_initkwargs = initkwargs
        # The name of the function stays "view": `view_class` says which one.
        function.__doc__ = cls.__doc__
        function.__module__ = cls.__module__
        function.__annotations__ = getattr(cls.dispatch, "__annotations__", {})
        # What decorators left on dispatch(), such as csrf_exempt.
        function.__dict__.update(cls.dispatch.__dict__)
        if cls.view_is_async:
            markcoroutinefunction(function)
        return function  # type: ignore[no-any-return]

    def setup(self, request: Any, *args: Any, **kwargs: Any) -> None:
        """Keep what the request brought; HEAD is answered by `get()` unless there is a `head()`."""
        answer = getattr(self, "get", None)
        if answer is not None and not hasattr(self, "head"):
            self.head = answer
        self.request = request
        self.args = args
        self.kwargs = kwargs

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """Call the method for the request's HTTP method."""
        name = request.method.lower()
        handler = None
        if name in self.http_method_names:
            handler = getattr(self, name, None)
        return (handler or self.http_method_not_allowed)(request, *args, **kwargs)

    def http_method_not_allowed(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """Answer a method the view does not have."""
        response = HttpResponseNotAllowed(self._allowed_methods())
        log_response("Method Not Allowed (%s): %s", request.method, request.path, response=response, request=request)
        return self._in_kind(response)

    def options(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """Answer OPTIONS with the methods there are."""
        response = HttpResponse()
        response.headers["Allow"] = ", ".join(self._allowed_methods())
        response.headers["Content-Length"] = "0"
        return self._in_kind(response)

    def _in_kind(self, response: Any) -> Any:
        if not self.view_is_async:
            return response

        async def answer() -> Any:
            return response

        return answer()

    def _allowed_methods(self) -> list[str]:
        return [method.upper() for method in self.http_method_names if hasattr(self, method)]


class TemplateResponseMixin:
    """Answers with a template."""

    template_name: Any = None
    template_engine: str | None = None
    response_class: Any = TemplateResponse
    content_type: str | None = None
    request: Any

    def render_to_response(self, context: Any, **response_kwargs: Any) -> Any:
        """Give a response of `response_class` for a context."""
        response_kwargs.setdefault("content_type", self.content_type)
        return self.response_class(
            request=self.request,
            template=self.get_template_names(),
            context=context,
            using=self.template_engine,
            **response_kwargs,
        )

    def get_template_names(self) -> list[str]:
        """Give the names of the template, the best first.

        Raises:
            ImproperlyConfigured: the view has none.
        """
        if self.template_name is None:
            raise ImproperlyConfigured(
                "TemplateResponseMixin requires either a definition of 'template_name' or an implementation of "
                "'get_template_names()'"
            )
        return [self.template_name]


class TemplateView(TemplateResponseMixin, ContextMixin, View):
    """Shows a template; what the URL captures is in its context."""

    def get(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """Render the template."""
        return self.render_to_response(self.get_context_data(**kwargs))


class RedirectView(View):
    """Redirects to a URL, or answers 410 if there is none."""

    permanent = False
    url: Any = None
    pattern_name: str | None = None
    query_string = False
    preserve_request = False

    def get_redirect_url(self, *args: Any, **kwargs: Any) -> str | None:
        """Give the target: `url` with the captured values filled in, or the path of `pattern_name`."""
        if self.url:
            url: str = str(self.url) % kwargs
        elif self.pattern_name:
            url = reverse(self.pattern_name, args=args, kwargs=kwargs)
        else:
            return None
        query = self.request.META.get("QUERY_STRING", "")
        if query and self.query_string:
            url = f"{url}{'&' if '?' in url else '?'}{query}"
        return url

    def get(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """Redirect."""
        url = self.get_redirect_url(*args, **kwargs)
        if not url:
            response = HttpResponseGone()
            log_response("Gone: %s", request.path, response=response, request=request)
            return response
        kind = HttpResponsePermanentRedirect if self.permanent else HttpResponseRedirect
        return kind(url, preserve_request=self.preserve_request)

    def head(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """Redirect."""
        return self.get(request, *args, **kwargs)

    def post(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """Redirect."""
        return self.get(request, *args, **kwargs)

    def options(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """Redirect."""
        return self.get(request, *args, **kwargs)

    def delete(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """Redirect."""
        return self.get(request, *args, **kwargs)

    def put(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """Redirect."""
        return self.get(request, *args, **kwargs)

    def patch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """Redirect."""
        return self.get(request, *args, **kwargs)


__all__ = [
    "ContextMixin",
    "RedirectView",
    "TemplateResponseMixin",
    "TemplateView",
    "View",
]
