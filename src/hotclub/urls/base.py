"""`reverse`, `resolve` and their kin over the current URLconf and script prefix, both kept per context."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from typing import Any
from urllib.parse import unquote, urlsplit, urlunsplit

from hotclub._kernel.script_prefix import clear_script_prefix, get_script_prefix, set_script_prefix
from hotclub.urls.exceptions import NoReverseMatch, Resolver404
from hotclub.urls.match import ResolverMatch
from hotclub.urls.resolvers import forget_resolvers, get_resolver
from hotclub.urls.reversal import Namespace, path_of_text
from hotclub.utils.functional import lazy
from hotclub.utils.http import urlencode
from hotclub.utils.translation import override

__all__ = [
    "clear_script_prefix",
    "clear_url_caches",
    "get_script_prefix",
    "get_urlconf",
    "is_valid_path",
    "resolve",
    "reverse",
    "reverse_lazy",
    "set_script_prefix",
    "set_urlconf",
    "translate_url",
]

_urlconf: ContextVar[Any] = ContextVar("hotclub_urlconf", default=None)


def resolve(path: Any, urlconf: Any = None) -> ResolverMatch:
    """Find the view for a path.

    Args:
        path: path without script prefix, with its leading slash.
        urlconf: module, its name, or patterns; the current one if None.

    Raises:
        Resolver404: nothing matches.

    Source: docs ref/urlresolvers, "resolve()".
    """
    if urlconf is None:
        urlconf = _urlconf.get()
    return get_resolver(urlconf).resolve(path)


def reverse(
    viewname: Any,
    urlconf: Any = None,
    args: Sequence[Any] | None = None,
    kwargs: Mapping[str, Any] | None = None,
    current_app: str | None = None,
    *,
    query: Any = None,
    fragment: str | None = None,
) -> str:
    """Build the path for a pattern name (with namespaces) or a view.

    Args:
        viewname: name such as "polls:detail", or the view itself.
        urlconf: URLconf to look in; the current one if None.
        args: positional arguments; not together with `kwargs`.
        kwargs: keyword arguments.
        current_app: instance namespace that is preferred.
        query: query string as a mapping, pairs or QueryDict.
        fragment: appended behind "#" as it is.

    Raises:
        NoReverseMatch: no pattern of that name takes those arguments.

    Source: docs ref/urlresolvers, "reverse()".
    """
    if urlconf is None:
        urlconf = _urlconf.get()
    names = get_resolver(urlconf)._names()
    if isinstance(viewname, str) and ":" in viewname:
        names, viewname = _enter_namespaces(names, viewname, current_app)
    path = path_of_text(get_script_prefix() + names.build(viewname, args or (), kwargs or {}))
    if query is not None:
        query_string = query.urlencode() if hasattr(query, "urlencode") else urlencode(query, doseq=True)
        if query_string:
            path += "?" + query_string
    if fragment is not None:
        path += "#" + fragment
    return path


def _enter_namespaces(names: Namespace, viewname: str, current_app: str | None) -> tuple[Namespace, str]:
    """Follow the namespaces of a name: an application namespace stands for the current or default instance."""
    *path, view = viewname.split(":")
    current_path = current_app.split(":")[::-1] if current_app else []
    passed: list[str] = []
    for name in path:
        current = current_path.pop() if current_path else None
        instances = names.apps.get(name)
        if instances:
            if current and current in instances:
                name = current
            elif name not in instances:
                name = instances[0]
        if name != current:
            current_path = []
        try:
            names = names.namespace(name)
        except KeyError as error:
            if passed:
                raise NoReverseMatch(
                    f"{error.args[0]} is not a registered namespace inside '{':'.join(passed)}'"
                ) from None
            raise NoReverseMatch(f"{error.args[0]!r} is not a registered namespace") from None
        passed.append(name)
    return names, view


reverse_lazy = lazy(reverse, str)


def clear_url_caches() -> None:
    """Forget compiled URLconfs."""
    forget_resolvers()


def set_urlconf(urlconf_name: Any) -> None:
    """Set the URLconf of this context; None for `ROOT_URLCONF`."""
    _urlconf.set(urlconf_name)


def get_urlconf(default: Any = None) -> Any:
    """Give the URLconf of this context, or `default` if none was set."""
    urlconf = _urlconf.get()
    return default if urlconf is None else urlconf


def is_valid_path(path: str, urlconf: Any = None) -> ResolverMatch | bool | None:
    """Give the match of a path, or False."""
    try:
        return resolve(path, urlconf)
    except Resolver404:
        return False


def translate_url(url: str, lang_code: str) -> str:
    """Give the URL of the same view in another language; `url` itself if there is none."""
    parts = urlsplit(url)
    try:
        # The path may be quoted, as in a Referer.
        match = resolve(unquote(parts.path))
    except Resolver404:
        return url
    name = f"{match.namespace}:{match.url_name}" if match.namespace else match.url_name
    with override(lang_code):
        try:
            path = reverse(name, args=match.args, kwargs=match.kwargs)
        except NoReverseMatch:
            return url
    return urlunsplit((parts.scheme, parts.netloc, path, parts.query, parts.fragment))
