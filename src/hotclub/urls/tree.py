"""Resolving: the ordered rules of a resolver, behind the routing index.

Includes whose own pattern is a plain route are flattened into the rules of their parent, so that one look-up in the
index reaches a view through any number of includes. Everything else (regular-expression includes, language prefixes,
subclasses with their own `resolve`) stays one rule and resolves itself.

This module must not know names for reversing, nor settings.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hotclub._routing.index import RouteIndex, Segments, segments_of_route, segments_of_text
from hotclub._routing.reversal import literal_start
from hotclub._routing.route import RoutePart
from hotclub.urls.exceptions import Resolver404
from hotclub.urls.match import ResolverMatch
from hotclub.urls.patterns import LocalePrefixPattern, RegexPattern, RoutePattern


def join_routes(first: str, second: str) -> str:
    """Join the text of an include with that of a pattern inside it."""
    return first + second.removeprefix("^") if first else second


class Rule:
    """One way from a resolver to a view, or to a resolver that goes on by itself."""

    __slots__ = ("_leaf", "_prefixes", "_simple", "app_names", "defaults", "namespaces", "route")

    def __init__(self, resolvers: Sequence[Any], leaf: Any, *, is_view: bool) -> None:
        self._prefixes = [(resolver.pattern.match, resolver.default_kwargs) for resolver in resolvers]
        self._leaf = leaf
        self.route = ""
        for resolver in resolvers:
            self.route = join_routes(self.route, str(resolver.pattern))
        self.app_names = [resolver.app_name for resolver in resolvers if resolver.app_name]
        self.namespaces = [resolver.namespace for resolver in resolvers if resolver.namespace]
        self.defaults: dict[str, Any] = {}
        for resolver in resolvers:
            self.defaults.update(resolver.default_kwargs)
        # A view directly behind flattened routes: everything but the arguments is known beforehand.
        self._simple: tuple[Any, ...] | None = None
        if is_view:
            pattern = leaf.pattern
            extra = {**self.defaults, **leaf.default_args}
            self._simple = (
                pattern.match,
                leaf.callback,
                leaf.default_args,
                pattern.name,
                join_routes(self.route, str(pattern)),
                extra,
            )

    def match(self, path: str, tried: Any) -> ResolverMatch | None:
        """Match `path`, which starts after the prefix of the resolver that owns this rule."""
        captured: dict[str, Any] = {}
        above: dict[str, Any] = {}
        for match_prefix, defaults in self._prefixes:
            found = match_prefix(path)
            if found is None:
                return None
            path, _, values = found
            if values:
                captured = {**captured, **values}
            if values or defaults:
                above = {**above, **values, **defaults}
        if self._simple is None:
            inner = self._leaf.resolve(path)
            return self._wrap(inner, captured, above, tried) if inner is not None else None
        match, callback, own_defaults, name, route, extra = self._simple
        found = match(path)
        if found is None:
            return None
        _, args, values = found
        result = ResolverMatch.__new__(ResolverMatch)
        result.func = callback
        result.args = args
        result.kwargs = {**above, **values, **own_defaults}
        result.url_name = name
        result.route = route
        result._tried = tried
        result.captured_kwargs = {**captured, **values}
        result.extra_kwargs = extra
        result.app_names = self.app_names
        result.namespaces = self.namespaces
        return result

    def _wrap(self, inner: ResolverMatch, captured: dict[str, Any], above: dict[str, Any], tried: Any) -> ResolverMatch:
        return ResolverMatch(
            inner.func,
            inner.args,
            {**above, **inner.kwargs},
            inner.url_name,
            [*self.app_names, *inner.app_names],
            [*self.namespaces, *inner.namespaces],
            join_routes(self.route, inner.route or ""),
            tried,
            captured_kwargs={**captured, **(inner.captured_kwargs or {})},
            extra_kwargs={**self.defaults, **(inner.extra_kwargs or {})},
        )


class RuleTree:
    """All rules of one resolver, in order, behind an index."""

    def __init__(self, resolver: Any, pattern_type: type, resolver_type: type) -> None:
        self._types = (pattern_type, resolver_type)
        self._rules: list[Rule] = []
        self._index = RouteIndex()
        self._literal: dict[str, Rule] = {}
        self.depends_on_language = False
        self._collect(resolver.url_patterns, [], [], ())
        self._keep_first_literals()

    def _collect(
        self, patterns: Sequence[Any], above: list[Any], parts: list[RoutePart], around: tuple[Sequence[Any], ...]
    ) -> None:
        around = (*around, patterns)
        pattern_type, resolver_type = self._types
        for item in patterns:
            pattern = getattr(item, "pattern", None)
            kind: Any = type(pattern)
            if getattr(pattern, "depends_on_language", False) and kind is not LocalePrefixPattern:
                self.depends_on_language = True
            is_route = kind is RoutePattern
            # A URLconf may include itself: that include resolves by itself, one level a time.
            if type(item) is resolver_type and is_route and not any(item.url_patterns is one for one in around):  # type: ignore[attr-defined]
                self._collect(item.url_patterns, [*above, item], [*parts, *pattern.parts], around)  # type: ignore[attr-defined,union-attr]
                continue
            is_view = type(item) is pattern_type
            place = len(self._rules)
            self._rules.append(Rule(above, item, is_view=is_view))
            self._index.file(place, self._segments(pattern, parts, is_view=is_view))
            if is_view and is_route:
                whole = [*parts, *pattern.parts]  # type: ignore[union-attr]
                if all(isinstance(part, str) for part in whole):
                    self._literal.setdefault("".join(map(str, whole)), self._rules[place])

    def _keep_first_literals(self) -> None:
        """Keep the paths that no rule before theirs may match: those need no walk."""
        self._literal = {
            path: rule for path, rule in self._literal.items() if self._rules[self._index.candidates(path)[0]] is rule
        }

    @staticmethod
    def _segments(pattern: Any, parts: list[RoutePart], *, is_view: bool) -> Segments:
        if type(pattern) is RoutePattern:
            return segments_of_route([*parts, *pattern.parts], is_endpoint=is_view)
        if type(pattern) is RegexPattern:
            start = literal_start(pattern.regex.pattern)
            if not parts:
                return segments_of_text(start or "")
            if all(isinstance(part, str) for part in parts):
                return segments_of_text("".join(map(str, parts)) + (start or ""))
        return segments_of_route(parts, is_endpoint=False)

    def find(self, path: str, tried: Any) -> ResolverMatch | None:
        """Give the first match in the documented order."""
        literal = self._literal.get(path)
        if literal is not None:
            return literal.match(path, tried)
        rules = self._rules
        for place in self._index.candidates(path):
            try:
                found = rules[place].match(path, tried)
            except Resolver404:
                continue
            if found is not None:
                return found
        return None


def tried_patterns(resolver: Any, path: str, stop_at_match: bool = True) -> list[list[Any]]:
    """Give the patterns that were tried for `path` in the documented order, each with the includes above it.

    Only error pages ask for this, so it is worked out afterwards, by walking the URLconf as it is written.
    """
    tried: list[list[Any]] = []
    found = resolver.pattern.match(path)
    if found is None:
        return tried
    rest = found[0]
    for item in resolver.url_patterns:
        if not hasattr(item, "url_patterns"):
            tried.append([item])
            if stop_at_match and item.pattern.match(rest) is not None:
                break
            continue
        if item.pattern.match(rest) is None:
            tried.append([item])
            continue
        below = tried_patterns(item, rest, stop_at_match)
        tried.extend([item, *one] for one in below)
        if not below:
            tried.append([item])
        if stop_at_match and _matches(item, rest):
            break
    return tried


def _matches(item: Any, rest: str) -> bool:
    try:
        return item.resolve(rest) is not None
    except Resolver404:
        return False
