"""The kinds of pattern: routes, regular expressions, and the language prefix.

A pattern knows how to match the beginning (or the whole) of a path and how its text is built again; it must not know
views, nor the patterns beside it.
"""

from __future__ import annotations

import re
from typing import Any

from hotclub._routing.index import Segments, segments_of_route, segments_of_text
from hotclub._routing.reversal import Template, literal_start, templates_of_regex, templates_of_route
from hotclub._routing.route import Placeholder, RoutePart, parse_route, regex_of_route
from hotclub.conf import settings
from hotclub.core.checks import CheckMessage, Warning
from hotclub.core.exceptions import ImproperlyConfigured
from hotclub.urls.converters import find_converter
from hotclub.utils.translation import get_language, get_supported_language_variant

Match = tuple[str, tuple[Any, ...], dict[str, Any]]
"""What is left of the path, positional arguments, keyword arguments."""

MAX_LANGUAGES = 64


class CheckURLMixin:
    """The checks that routes and regular expressions share."""

    name: str | None

    def describe(self) -> str:
        """Format the pattern for a check message."""
        description = f"'{self}'"
        if self.name:
            description += f" [name='{self.name}']"
        return description

    def _check_leading_slash(self) -> list[CheckMessage]:
        """A route begins with a slash, which is already there (urls.W002)."""
        if not settings.APPEND_SLASH:
            # Without APPEND_SLASH a leading slash may be wanted, after an include without a trailing one.
            return []
        text = self._checked_text()
        if text.startswith(("/", "^/", "^\\/")) and not text.endswith("/"):
            return [
                Warning(
                    f"Your URL pattern {self.describe()} has a route beginning with a '/'. Remove this slash as it is "
                    "unnecessary. If this pattern is targeted in an include(), ensure the include() pattern has a "
                    "trailing '/'.",
                    id="urls.W002",
                )
            ]
        return []

    def _checked_text(self) -> str:
        return self.regex.pattern  # type: ignore[attr-defined,no-any-return]  # both kinds have a regex


class RoutePattern(CheckURLMixin):
    """The pattern of `path()`."""

    def __init__(self, route: Any, name: str | None = None, is_endpoint: bool = False) -> None:
        self._route = route
        self._is_endpoint = is_endpoint
        self.name = name
        self._compiled: dict[str, _CompiledRoute] = {}
        # A wrong route is reported where it is written.
        self._fixed = self._compile(route) if isinstance(route, str) else None

    def _compile(self, route: str) -> _CompiledRoute:
        return _CompiledRoute(route, self._is_endpoint)

    @property
    def depends_on_language(self) -> bool:
        """Whether the route is a lazy translation."""
        return self._fixed is None

    @property
    def compiled(self) -> _CompiledRoute:
        """The route in the active language."""
        if self._fixed is not None:
            return self._fixed
        route = str(self._route)
        found = self._compiled.get(route)
        if found is None:
            if len(self._compiled) >= MAX_LANGUAGES:
                self._compiled.clear()
            found = self._compiled[route] = self._compile(route)
        return found

    @property
    def parts(self) -> list[RoutePart]:
        """Literal texts and placeholders."""
        return self.compiled.parts

    @property
    def converters(self) -> dict[str, Any]:
        """Converters by parameter name."""
        return self.compiled.converters

    @property
    def regex(self) -> re.Pattern[str]:
        """The route as a regular expression."""
        return self.compiled.regex

    def match(self, path: str) -> Match | None:
        """Match the beginning of `path` (the whole of it at an endpoint)."""
        return (self._fixed or self.compiled).match(path)

    def segments(self) -> Segments:
        """Where the routing index files this pattern."""
        return segments_of_route(self.parts, is_endpoint=self._is_endpoint)

    def templates(self) -> list[Template]:
        """The texts this pattern can be built from."""
        return templates_of_route(self.parts)

    def check(self) -> list[CheckMessage]:
        """Report routes that look like regular expressions or have a bracket too many."""
        route = str(self._route)
        messages: list[CheckMessage] = [*self._check_leading_slash(), *self._check_brackets()]
        if "(?P<" in route or route.startswith("^") or route.endswith("$"):
            messages.append(
                Warning(
                    f"Your URL pattern {self.describe()} has a route that contains '(?P<', begins with a '^', or ends "
                    "with a '$'. This was likely an oversight when migrating to hotclub.urls.path().",
                    id="2_0.W001",
                )
            )
        return messages

    def _checked_text(self) -> str:
        # Only an endpoint is closed: an include may well be "/" alone.
        return str(self._route) + ("$" if self._is_endpoint else "")

    def _check_brackets(self) -> list[CheckMessage]:
        rest = re.sub(r"<(?:[^>:]+:)?[^>]+>", "", str(self._route))
        messages: list[CheckMessage] = []
        for bracket in re.findall(r"[<>]", rest):
            message = f"Your URL pattern {self.describe()} has an unmatched '{bracket}' bracket."
            if not any(old.msg == message for old in messages):
                messages.append(Warning(message, id="urls.W010"))
        return messages

    def __str__(self) -> str:
        return str(self._route)


class _CompiledRoute:
    """A route in one language, with the cheapest way to match it."""

    __slots__ = ("_converters", "_is_endpoint", "_match", "_regex", "_route", "converters", "parts")

    def __init__(self, route: str, is_endpoint: bool) -> None:
        self._route = route
        self._is_endpoint = is_endpoint
        self.parts = parse_route(route, find_converter)
        self.converters = {part.name: part.converter for part in self.parts if isinstance(part, Placeholder)}
        self._converters = list(self.converters.items())
        self._regex: re.Pattern[str] | None = None
        self._match: Any = None

    @property
    def regex(self) -> re.Pattern[str]:
        if self._regex is None:
            self._regex = re.compile(regex_of_route(self.parts, is_endpoint=self._is_endpoint))
        return self._regex

    def match(self, path: str) -> Match | None:
        if not self._converters:
            if self._is_endpoint:
                return ("", (), {}) if path == self._route else None
            return (path[len(self._route) :], (), {}) if path.startswith(self._route) else None
        found = (self._regex or self.regex).match(path)
        if found is None:
            return None
        kwargs = found.groupdict()
        for name, converter in self._converters:
            try:
                kwargs[name] = converter.to_python(kwargs[name])
            except ValueError:
                return None
        return path[found.end() :], (), kwargs


class LocaleRegexDescriptor:
    """The `regex` of a pattern, compiled when it is first asked for, once for each language."""

    def __get__(self, instance: Any, cls: Any = None) -> Any:
        if instance is None:
            return self
        return instance._fixed if instance._fixed is not None else instance.compile_for_language()


class RegexPattern(CheckURLMixin):
    """The pattern of `re_path()`."""

    regex = LocaleRegexDescriptor()

    converters: dict[str, Any] = {}

    def __init__(self, regex: Any, name: str | None = None, is_endpoint: bool = False) -> None:
        self._regex = regex
        self._is_endpoint = is_endpoint
        self.name = name
        self._fixed: re.Pattern[str] | None = None
        self._by_language: dict[str | None, re.Pattern[str]] = {}

    def _compile(self, regex: str) -> re.Pattern[str]:
        try:
            return re.compile(regex)
        except re.error as error:
            raise ImproperlyConfigured(f'"{regex}" is not a valid regular expression: {error}') from error

    def is_fixed(self, regex: str) -> bool:
        """Whether the expression is just this text, in every language."""
        return isinstance(self._regex, str) and self._regex == regex

    @property
    def depends_on_language(self) -> bool:
        """Whether the expression is a lazy translation."""
        return not isinstance(self._regex, str)

    def compile_for_language(self) -> re.Pattern[str]:
        """Compile the expression, in the active language if it is a translation.

        Raises:
            ImproperlyConfigured: it is no regular expression.
        """
        if isinstance(self._regex, str):
            self._fixed = self._compile(self._regex)
            return self._fixed
        language = get_language()
        found = self._by_language.get(language)
        if found is None:
            if len(self._by_language) >= MAX_LANGUAGES:
                self._by_language.clear()
            found = self._by_language[language] = self._compile(str(self._regex))
        return found

    def match(self, path: str) -> Match | None:
        """Search `path`; named groups become keyword arguments, else all groups positional ones."""
        regex = self._fixed or self.regex
        # An endpoint that ends in `$` must not let a trailing newline through.
        whole = self._is_endpoint and regex.pattern.endswith("$") and not regex.pattern.endswith(r"\$")
        found = regex.fullmatch(path) if whole else regex.search(path)
        if found is None:
            return None
        named = found.groupdict()
        if named:
            return path[found.end() :], (), {name: value for name, value in named.items() if value is not None}
        return path[found.end() :], found.groups(), {}

    def segments(self) -> Segments:
        """Where the routing index files this pattern."""
        return segments_of_text(literal_start(self.regex.pattern) or "")

    def templates(self) -> list[Template]:
        """The texts this pattern can be built from."""
        return templates_of_regex(self.regex.pattern)

    def check(self) -> list[CheckMessage]:
        """Report an include whose expression is closed by a dollar."""
        messages = self._check_leading_slash()
        if not self._is_endpoint:
            messages += self._check_closed_include()
        return messages

    def _check_closed_include(self) -> list[CheckMessage]:
        pattern = self.regex.pattern
        if not pattern.endswith("$") or pattern.endswith(r"\$"):
            return []
        return [
            Warning(
                f"Your URL pattern {self.describe()} uses include with a route ending with a '$'. Remove the dollar from "
                "the route to avoid problems including URLs.",
                id="urls.W001",
            )
        ]

    def __str__(self) -> str:
        return str(self._regex)


class LocalePrefixPattern:
    """The language code that `i18n_patterns()` puts before its patterns."""

    name: str | None = None
    depends_on_language = True

    def __init__(self, prefix_default_language: bool = True) -> None:
        self.prefix_default_language = prefix_default_language
        self.converters: dict[str, Any] = {}

    @property
    def regex(self) -> re.Pattern[str]:
        """The prefix as a regular expression."""
        return re.compile(re.escape(self.language_prefix))

    @property
    def language_prefix(self) -> str:
        """The active language as a prefix; empty for the default language if that has none."""
        language = get_language() or settings.LANGUAGE_CODE
        default = get_supported_language_variant(settings.LANGUAGE_CODE)
        if language == default and not self.prefix_default_language:
            return ""
        return f"{language}/"

    def match(self, path: str) -> Match | None:
        """Match the prefix of the active language."""
        prefix = self.language_prefix
        return (path.removeprefix(prefix), (), {}) if path.startswith(prefix) else None

    def segments(self) -> Segments:
        """The prefix changes with the language: always a candidate."""
        return Segments((), closed=False)

    def templates(self) -> list[Template]:
        """The prefix of the active language."""
        return [Template((self.language_prefix,))]

    def check(self) -> list[CheckMessage]:
        """Nothing to report."""
        return []

    def describe(self) -> str:
        """Format the pattern for a check message."""
        return f"'{self}'"

    def __str__(self) -> str:
        return self.language_prefix


for _class in (CheckURLMixin, RoutePattern, RegexPattern, LocalePrefixPattern):
    _class.__module__ = "hotclub.urls.resolvers"

__all__ = ["CheckURLMixin", "LocalePrefixPattern", "RegexPattern", "RoutePattern"]
