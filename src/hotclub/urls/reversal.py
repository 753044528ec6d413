"""Reversing: from a name (or view) and arguments to a path.

Each namespace of the URLconf has a table from names to `ReverseRule`s, which hold their whole text from the root, so
that a reversal is a look-up and a substitution. Tables are built when first asked for.

This module must not know the current URLconf, nor the script prefix; `urls.base` brings them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from itertools import product
from typing import Any
from urllib.parse import quote

from hotclub._routing.reversal import Hole, Template
from hotclub.urls.exceptions import NoReverseMatch
from hotclub.urls.patterns import RoutePattern
from hotclub.utils.http import RFC3986_SUBDELS, escape_leading_slashes

SAFE_CHARACTERS = RFC3986_SUBDELS + "/~:@"
_is_plain = re.compile(r"/(?!/)[A-Za-z0-9_.~/:@!$&'()*+,;=-]*").fullmatch


def path_of_text(text: str) -> str:
    """Quote a path for use in a URL; a path that would read as another host is defused."""
    if _is_plain(text):
        return text
    return escape_leading_slashes(quote(text, safe=SAFE_CHARACTERS))


class ReverseRule:
    """One text a pattern can be built from."""

    __slots__ = (
        "_checks",
        "_converters",
        "_defaults",
        "_format",
        "_plain",
        "_regex",
        "_to_url",
        "names",
        "pattern_text",
    )

    def __init__(self, template: Template, chain: Sequence[Any], defaults: Mapping[str, Any]) -> None:
        position = 0
        names: list[str] = []
        texts: list[str] = []
        for piece in template.pieces:
            if isinstance(piece, Hole):
                name = piece.name
                if name is None:
                    name = f"_{position}"
                    position += 1
                names.append(name)
                texts.append("%s")
            else:
                texts.append(piece.replace("%", "%%"))
        self._format = "".join(texts)
        self.names = names
        self._defaults = defaults
        self._converters: dict[str, Any] = {}
        for pattern in chain:
            self._converters.update(pattern.converters)
        self._to_url: list[Callable[[Any], Any]] = [
            self._converters[name].to_url if name in self._converters else str for name in names
        ]
        self._checks: list[Any] | None = None
        self._plain: list[tuple[str, Callable[[Any], Any], Any]] | None = None
        self._regex: re.Pattern[str] | None = None
        if all(type(pattern) is RoutePattern for pattern in chain):
            self._checks = [re.compile(self._converters[name].regex).fullmatch for name in names]
            if not defaults and len(set(names)) == len(names):
                self._plain = list(zip(names, self._to_url, self._checks, strict=True))
        self.pattern_text = joined_regex(chain)

    def build(self, args: Sequence[Any], kwargs: Mapping[str, Any]) -> str | None:
        """Give the text for these arguments; None if they do not fit.

        The text is verified: what is built resolves to this pattern again.
        """
        if kwargs and self._plain is not None and len(kwargs) == len(self._plain):
            try:
                texts = []
                for name, to_url, check in self._plain:
                    text = to_url(kwargs[name])
                    if check(text) is None:
                        return None
                    texts.append(text)
                return self._format % tuple(texts)
            except (KeyError, TypeError, ValueError):
                pass  # told apart below
        names = self.names
        if args:
            if len(args) != len(names):
                # A hole that comes twice (a back reference) takes one value.
                distinct = list(dict.fromkeys(names))
                if len(args) != len(distinct):
                    return None
                by_name = dict(zip(distinct, args, strict=True))
                values: Sequence[Any] = [by_name[name] for name in names]
            else:
                values = args
        else:
            defaults = self._defaults
            if defaults:
                if set(kwargs).symmetric_difference(names).difference(defaults):
                    return None
                # A default that the path captures as well may be given another value.
                if any(kwargs.get(key, value) != value for key, value in defaults.items() if key not in names):
                    return None
                if any(name not in kwargs for name in names):
                    return None
            elif len(kwargs) != len(names) and set(kwargs) != set(names):
                return None
            try:
                values = [kwargs[name] for name in names]
            except KeyError:
                return None
        checks = self._checks
        texts = []
        try:
            for number, to_url in enumerate(self._to_url):
                text = to_url(values[number])
                if checks is not None and checks[number](text if type(text) is str else str(text)) is None:
                    return None
                texts.append(text)
        except ValueError:
            return None
        if checks is not None:
            return self._format % tuple(texts)
        text = self._format % tuple(texts)
        if self._regex is None:
            self._regex = re.compile("^" + self.pattern_text)
        return text if self._regex.search(text) else None


def joined_regex(chain: Sequence[Any]) -> str:
    """Join the expressions of a chain of patterns into that of the whole path."""
    return "".join(pattern.regex.pattern.removeprefix("^") for pattern in chain)


class Namespace:
    """The names visible in one namespace, and the namespaces inside it.

    `names` maps a name or a view to its rules, the last defined first; `inner` maps a namespace to its prefix,
    resolver and table.
    """

    def __init__(self, resolver: Any, chain: Sequence[Any], defaults: Mapping[str, Any]) -> None:
        self.names: dict[Any, list[tuple[Sequence[Any], Mapping[str, Any]]]] = {}
        self.rules: dict[Any, list[ReverseRule]] = {}
        self.inner_resolvers: dict[str, tuple[Sequence[Any], Any, Mapping[str, Any]]] = {}
        self.inner: dict[str, Namespace] = {}
        self.apps: dict[str, list[str]] = {}
        self._collect(resolver, chain, defaults, ())

    def _collect(
        self, resolver: Any, chain: Sequence[Any], defaults: Mapping[str, Any], around: tuple[Sequence[Any], ...]
    ) -> None:
        patterns = resolver.url_patterns
        if any(patterns is one for one in around):
            # A URLconf that includes itself has no end of names; those of the first level count.
            return
        around = (*around, patterns)
        for item in reversed(patterns):
            here = [*chain, item.pattern]
            if not hasattr(item, "url_patterns"):
                entry = (here, {**defaults, **item.default_args})
                if _hashable(item.callback):
                    self.names.setdefault(item.callback, []).append(entry)
                if item.name is not None:
                    self.names.setdefault(item.name, []).append(entry)
                continue
            below = {**defaults, **item.default_kwargs}
            if item.namespace:
                self.apps.setdefault(item.app_name, []).append(item.namespace)
                self.inner_resolvers[item.namespace] = (here, item, below)
            else:
                self._collect(item, here, below, around)

    def rules_of(self, lookup: Any) -> list[ReverseRule]:
        """Give the rules of a name or view, compiled when first asked for."""
        rules = self.rules.get(lookup)
        if rules is None:
            rules = []
            for chain, defaults in self.names.get(lookup, ()):
                templates = product(*(pattern.templates() for pattern in chain))
                rules += [ReverseRule(sum(parts, Template(())), chain, defaults) for parts in templates]
            if self.names.get(lookup):
                self.rules[lookup] = rules
        return rules

    def namespace(self, name: str) -> Namespace:
        """Give the table of an inner namespace; KeyError if there is none."""
        table = self.inner.get(name)
        if table is None:
            chain, resolver, defaults = self.inner_resolvers[name]
            table = self.inner[name] = Namespace(resolver, chain, defaults)
        return table

    def build(self, lookup: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> str:
        """Give the text for a name or view.

        Raises:
            ValueError: positional and keyword arguments at once.
            NoReverseMatch: nothing of that name takes those arguments.
        """
        if args and kwargs:
            raise ValueError("Don't mix *args and **kwargs in call to reverse()!")
        try:
            rules = self.rules.get(lookup)
            if rules is None:
                rules = self.rules_of(lookup)
        except TypeError:  # an unhashable "view"
            rules = []
        for rule in rules:
            text = rule.build(args, kwargs)
            if text is not None:
                return text
        raise self._no_match(lookup, rules, args, kwargs)

    def _no_match(
        self, lookup: Any, rules: Sequence[ReverseRule], args: Sequence[Any], kwargs: Mapping[str, Any]
    ) -> NoReverseMatch:
        module = getattr(lookup, "__module__", None)
        name = getattr(lookup, "__name__", None)
        shown = f"{module}.{name}" if module is not None and name is not None else lookup
        texts = list(dict.fromkeys(rule.pattern_text for rule in rules))
        if not texts:
            return NoReverseMatch(
                f"Reverse for '{shown}' not found. '{shown}' is not a valid view function or pattern name."
            )
        if args:
            given = f"arguments '{tuple(args)}'"
        elif kwargs:
            given = f"keyword arguments '{dict(kwargs)}'"
        else:
            given = "no arguments"
        return NoReverseMatch(f"Reverse for '{shown}' with {given} not found. {len(texts)} pattern(s) tried: {texts}")


def _hashable(view: Any) -> bool:
    try:
        hash(view)
    except TypeError:
        return False
    return True
