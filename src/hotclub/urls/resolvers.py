"""URLconf objects: `URLPattern`, `URLResolver` and the resolver of a whole URLconf.

They hold what `path()` and `include()` were given; matching is in `tree.py`, building paths in `reversal.py`.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from types import ModuleType
from typing import Any

from hotclub.conf import settings
from hotclub.core.checks import CheckMessage, Error, Warning
from hotclub.core.exceptions import ImproperlyConfigured
from hotclub.urls.exceptions import Resolver404
from hotclub.urls.match import ResolverMatch, path_of_view
from hotclub.urls.patterns import (
    CheckURLMixin,
    LocalePrefixPattern,
    LocaleRegexDescriptor,
    RegexPattern,
    RoutePattern,
)
from hotclub.urls.reversal import Namespace
from hotclub.urls.tree import RuleTree, join_routes, tried_patterns
from hotclub.urls.views import get_callable
from hotclub.utils.functional import cached_property
from hotclub.utils.translation import get_language

__all__ = [
    "CheckURLMixin",
    "LocalePrefixPattern",
    "LocaleRegexDescriptor",
    "RegexPattern",
    "ResolverMatch",
    "RoutePattern",
    "URLPattern",
    "URLResolver",
    "get_resolver",
]

MAX_RESOLVERS = 256
MAX_LANGUAGES = 64


class URLPattern:
    """One `path()` or `re_path()` with its view."""

    def __init__(
        self, pattern: Any, callback: Any, default_args: Mapping[str, Any] | None = None, name: str | None = None
    ) -> None:
        self.pattern = pattern
        self.callback = callback
        self.default_args: Mapping[str, Any] = default_args or {}
        self.name = name

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.pattern.describe()}>"

    def resolve(self, path: str) -> ResolverMatch | None:
        """Match the whole of `path`; None if it does not match."""
        found = self.pattern.match(path)
        if found is None:
            return None
        _, args, captured = found
        return ResolverMatch(
            self.callback,
            args,
            {**captured, **self.default_args},
            self.pattern.name,
            route=str(self.pattern),
            captured_kwargs=captured,
            extra_kwargs=dict(self.default_args),
        )

    @cached_property
    def lookup_str(self) -> str:
        """The dotted path of the view."""
        return path_of_view(self.callback)

    def check(self) -> list[CheckMessage]:
        """Run the checks of the pattern, its name and its view."""
        return [*self._check_name(), *self.pattern.check(), *self._check_view()]

    def _check_name(self) -> list[CheckMessage]:
        if self.pattern.name is not None and ":" in self.pattern.name:
            return [
                Warning(
                    f"Your URL pattern {self.pattern.describe()} has a name including a ':'. Remove the colon, to avoid "
                    "ambiguous namespace references.",
                    id="urls.W003",
                )
            ]
        return []

    def _check_view(self) -> list[CheckMessage]:
        view = self.callback
        if inspect.isclass(view) and hasattr(view, "as_view"):
            return [
                Error(
                    f"Your URL pattern {self.pattern.describe()} has an invalid view, pass {view.__name__}.as_view() "
                    f"instead of {view.__name__}.",
                    id="urls.E009",
                )
            ]
        return []


class URLResolver:
    """An `include()`, or a whole URLconf."""

    def __init__(
        self,
        pattern: Any,
        urlconf_name: Any,
        default_kwargs: Mapping[str, Any] | None = None,
        app_name: str | None = None,
        namespace: str | None = None,
    ) -> None:
        self.pattern = pattern
        self.urlconf_name = urlconf_name
        self.callback = None
        self.default_kwargs: Mapping[str, Any] = default_kwargs or {}
        self.namespace = namespace
        self.app_name = app_name
        self._trees: dict[str | None, RuleTree] = {}
        self._namespaces: dict[str | None, Namespace] = {}
        self._views: set[str] | None = None
        # The pattern of a whole URLconf only takes the leading slash, and adds nothing to a match.
        self._is_root = type(pattern) is RegexPattern and pattern.is_fixed("^/")

    def __repr__(self) -> str:
        if isinstance(self.urlconf_name, list) and self.urlconf_name:
            urlconf = f"<{type(self.urlconf_name[0]).__name__} list>"
        else:
            urlconf = repr(self.urlconf_name)
        return f"<{type(self).__name__} {urlconf} ({self.app_name}:{self.namespace}) {self.pattern.describe()}>"

    @cached_property
    def urlconf_module(self) -> Any:
        """The module (or the list) the patterns come from."""
        if isinstance(self.urlconf_name, str):
            return import_module(self.urlconf_name)
        return self.urlconf_name

    @cached_property
    def url_patterns(self) -> Sequence[Any]:
        """The patterns.

        Raises:
            ImproperlyConfigured: there are none to be found.
        """
        patterns = getattr(self.urlconf_module, "urlpatterns", self.urlconf_module)
        try:
            iter(patterns)
        except TypeError as error:
            raise ImproperlyConfigured(
                f"The included URLconf '{self.urlconf_name}' does not appear to have any patterns in it. If you see the "
                "'urlpatterns' variable with valid patterns in the file then the issue is probably caused by a circular "
                "import."
            ) from error
        return patterns  # type: ignore[no-any-return]

    # Resolving

    def _tree(self) -> RuleTree:
        tree = self._trees.get(None)
        if tree is not None:
            return tree
        language = get_language()
        tree = self._trees.get(language)
        if tree is None:
            tree = RuleTree(self, URLPattern, URLResolver)
            if len(self._trees) >= MAX_LANGUAGES:
                self._trees.clear()
            self._trees[language if tree.depends_on_language else None] = tree
        return tree

    def resolve(self, path: str) -> ResolverMatch:
        """Find the view for `path`.

        Raises:
            Resolver404: nothing matches; its argument holds `path` and what was `tried`.
        """
        if type(path) is not str:
            path = str(path)
        if self._is_root and path.startswith("/"):
            rest = path[1:]
            match = self._tree().find(rest, lambda: tried_patterns(self, path))
            if match is None:
                raise Resolver404(_Tried(self, path, rest))
            return match
        found = self.pattern.match(path)
        if found is None:
            raise Resolver404({"path": path})
        rest, args, values = found
        match = self._tree().find(rest, lambda: tried_patterns(self, path))
        if match is None:
            raise Resolver404(_Tried(self, path, rest))
        own_route = str(self.pattern)
        if own_route == "^/":
            # The root of a URLconf adds nothing to the match.
            return match
        return self._extend(match, own_route, args, values)

    def _extend(
        self, match: ResolverMatch, own_route: str, args: tuple[Any, ...], values: dict[str, Any]
    ) -> ResolverMatch:
        kwargs = {**values, **self.default_kwargs, **match.kwargs}
        return ResolverMatch(
            match.func,
            match.args if kwargs else args + match.args,
            kwargs,
            match.url_name,
            [self.app_name, *match.app_names],
            [self.namespace, *match.namespaces],
            join_routes(own_route, match.route or ""),
            match._tried,
            captured_kwargs={**values, **(match.captured_kwargs or {})},
            extra_kwargs={**self.default_kwargs, **(match.extra_kwargs or {})},
        )

    # Reversing

    def _names(self) -> Namespace:
        names = self._namespaces.get(None)
        if names is not None:
            return names
        language = get_language()
        names = self._namespaces.get(language)
        if names is None:
            chain = [] if str(self.pattern) in ("^/", "") else [self.pattern]
            names = Namespace(self, chain, {})
            if len(self._namespaces) >= MAX_LANGUAGES:
                self._namespaces.clear()
            self._namespaces[language if depends_on_language(self) else None] = names
        return names

    def reverse(self, lookup_view: Any, *args: Any, **kwargs: Any) -> str:
        """Build the path (without its leading slash) for a name or view of this URLconf itself."""
        return self._names().build(lookup_view, args, kwargs)

    @property
    def namespace_dict(self) -> dict[str, tuple[str, URLResolver]]:
        """Namespaces right below this one: prefix and resolver by name."""
        return {
            name: ("".join(str(pattern) for pattern in chain), resolver)
            for name, (chain, resolver, _) in self._names().inner_resolvers.items()
        }

    @property
    def app_dict(self) -> dict[str, list[str]]:
        """Instance namespaces by application namespace."""
        return self._names().apps

    @property
    def reverse_dict(self) -> dict[Any, list[Any]]:
        """Names and views that can be reversed here."""
        return dict(self._names().names)

    def _is_callback(self, name: str) -> bool:
        """Whether `name` is the dotted path of a view below this resolver."""
        if self._views is None:
            self._views = set(_view_paths(self))
        return name in self._views

    # Error handlers

    def resolve_error_handler(self, view_type: int | str) -> Any:
        """Give the view for an error: `handler404` of the URLconf, or the default one."""
        callback = getattr(self.urlconf_module, f"handler{view_type}", None)
        if not callback:
            # Imported late: the default handlers stand above this layer and are only named here.
            callback = getattr(import_module("hotclub.conf.urls"), f"handler{view_type}")
        return get_callable(callback)

    # Checks

    def check(self) -> list[CheckMessage]:
        """Run the checks of all patterns below, or else of this one's own pattern."""
        messages: list[CheckMessage] = []
        for pattern in self.url_patterns:
            messages.extend(check_resolver(pattern))
        return messages or self.pattern.check()


def check_resolver(resolver: Any) -> list[CheckMessage]:
    """Check a pattern or resolver, recursively."""
    if hasattr(resolver, "check") and callable(resolver.check):
        return resolver.check()  # type: ignore[no-any-return]
    return get_warning_for_invalid_pattern(resolver)


def get_warning_for_invalid_pattern(pattern: Any) -> list[CheckMessage]:
    """Say what is wrong with an entry of `urlpatterns` that is no pattern (urls.E004)."""
    if isinstance(pattern, str):
        hint: str | None = (
            f"Try removing the string '{pattern}'. The list of urlpatterns should not have a prefix string as the first "
            "element."
        )
    elif isinstance(pattern, tuple):
        hint = "Try using path() instead of a tuple."
    else:
        hint = None
    return [
        Error(
            f"Your URL pattern {pattern!r} is invalid. Ensure that urlpatterns is a list of path() and/or re_path() "
            "instances.",
            hint=hint,
            id="urls.E004",
        )
    ]


class _Tried(dict[str, Any]):
    """`{"tried": …, "path": …}`, with "tried" worked out when it is looked at."""

    def __init__(self, resolver: URLResolver, path: str, rest: str) -> None:
        super().__init__(path=rest)
        self._resolver = resolver
        self._path = path

    def __missing__(self, key: str) -> Any:
        if key != "tried":
            raise KeyError(key)
        self["tried"] = value = tried_patterns(self._resolver, self._path)
        return value

    def __contains__(self, key: object) -> bool:
        return key == "tried" or super().__contains__(key)

    def get(self, key: str, default: Any = None) -> Any:
        return self.get(key, default)

    def __repr__(self) -> str:
        self["tried"]
        return super().__repr__()


def _items_below(resolver: Any) -> Iterator[Any]:
    """Give all patterns and includes below a resolver, those of a URLconf that includes itself once."""
    seen: list[Any] = []
    waiting = [resolver.url_patterns]
    while waiting:
        patterns = waiting.pop()
        if any(patterns is one for one in seen):
            continue
        seen.append(patterns)
        for item in patterns:
            yield item
            if hasattr(item, "url_patterns"):
                waiting.append(item.url_patterns)


def _view_paths(resolver: Any) -> Iterator[str]:
    return (item.lookup_str for item in _items_below(resolver) if not hasattr(item, "url_patterns"))


def depends_on_language(resolver: Any) -> bool:
    """Whether a text below this resolver changes with the active language."""
    return any(getattr(item.pattern, "depends_on_language", False) for item in _items_below(resolver))


_resolvers: dict[Any, URLResolver] = {}


def get_resolver(urlconf: Any = None) -> URLResolver:
    """Give the resolver of a URLconf (a module, its name, or a sequence of patterns); `ROOT_URLCONF` if None."""
    if urlconf is None:
        urlconf = settings.ROOT_URLCONF
    key = id(urlconf) if isinstance(urlconf, (list, ModuleType)) else urlconf
    resolver = _resolvers.get(key)
    if resolver is None or (isinstance(urlconf, (list, ModuleType)) and resolver.urlconf_name is not urlconf):
        if len(_resolvers) >= MAX_RESOLVERS:
            _resolvers.clear()
        resolver = _resolvers[key] = URLResolver(RegexPattern(r"^/"), urlconf)
    return resolver


def forget_resolvers() -> None:
    """Forget all resolvers; they are made again from their URLconfs."""
    _resolvers.clear()
