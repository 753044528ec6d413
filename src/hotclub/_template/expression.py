"""Variables and filter expressions: `user.name|default:"nobody"|upper`.

Parsing is a hand-written scan, linear in the token. `resolve` is the documented interpretation for foreign tags;
generated code reads the parsed parts (`var`, `filters`) and does the same without it.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from sys import intern
from typing import Any

from hotclub._template.errors import TemplateSyntaxError, VariableDoesNotExist
from hotclub._template.lookup import follow, invalid_output
from hotclub._template.tokens import FILTER_SEPARATOR, VARIABLE_ATTRIBUTE_SEPARATOR
from hotclub.utils.safestring import SafeData, SafeString, mark_safe
from hotclub.utils.text import unescape_string_literal
from hotclub.utils.timezone import template_localtime
from hotclub.utils.translation import gettext_lazy, pgettext_lazy

kwarg_re = re.compile(r"(?:(\w+)=)?(.+)")

_CONSTANT = re.compile(
    r'_\("[^"\\]*(?:\\.[^"\\]*)*"\)'
    r"|_\('[^'\\]*(?:\\.[^'\\]*)*'\)"
    r'|"[^"\\]*(?:\\.[^"\\]*)*"'
    r"|'[^'\\]*(?:\\.[^'\\]*)*'"
)
_NUMBER = re.compile(r"[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?")
_WORD = re.compile(r"[\w.]+")
_NAME = re.compile(r"\w+")
_PLAIN_PATH = re.compile(r"[^\W\d_]\w*(?:\.[^\W_]\w*)*").fullmatch
"""A path that needs no further look: names and numbers between dots, none with an underscore in front."""


class Variable:
    """A literal or a path into the context.

    Args:
        var: `"text"`, `42`, `_("text")` or `name.part.0`.

    Raises:
        TypeError: `var` is not a string.
        TemplateSyntaxError: a part of the path begins with an underscore, or holds a sign.
    """

    __slots__ = ("literal", "lookups", "message_context", "translate", "var")

    def __init__(self, var: str) -> None:
        self.var = var
        self.literal: Any = None
        self.lookups: tuple[str, ...] | None = None
        self.translate = False
        self.message_context: str | None = None
        if not isinstance(var, str):
            raise TypeError(f"Variable must be a string or number, got {type(var)}")
        if _PLAIN_PATH(var):
            self.lookups = tuple([intern(str(part)) for part in var.split(VARIABLE_ATTRIBUTE_SEPARATOR)])
            return
        first = var[:1]
        if first.isdigit() or first in ("+", "-", "."):
            try:
                self.literal = _number(var)
            except ValueError:
                pass
            else:
                return
        if var.startswith("_(") and var.endswith(")"):
            self.translate = True
            var = var[2:-1]
        try:
            self.literal = mark_safe(unescape_string_literal(var))
        except ValueError:
            self.lookups = _path(var)

    def resolve(self, context: Any) -> Any:
        """Return the value in a context (or a plain mapping).

        Raises:
            VariableDoesNotExist: the path leads nowhere.
        """
        value = self.literal if self.lookups is None else follow(context, self.lookups, context)
        return self.translated(value) if self.translate else value

    def translated(self, value: Any) -> Any:
        """Return the lazy translation of a value; percent signs are doubled, as in a message of a catalogue."""
        message: str = value.replace("%", "%%")
        if isinstance(value, SafeData):
            message = mark_safe(message)
        if self.message_context:
            return pgettext_lazy(self.message_context, message)
        return gettext_lazy(message)

    def __repr__(self) -> str:
        return f"<{self.__class__.__name__}: {self.var!r}>"

    def __str__(self) -> str:
        return self.var


def _number(text: str) -> int | float:
    if "." in text or "e" in text.lower():
        if text.endswith("."):
            raise ValueError(text)
        return float(text)
    return int(text)


def _path(text: str) -> tuple[str, ...]:
    if text.startswith("_") or f"{VARIABLE_ATTRIBUTE_SEPARATOR}_" in text:
        raise TemplateSyntaxError(f"Variables and attributes may not begin with underscores: '{text}'")
    for sign in "+-":
        if sign in text:
            raise TemplateSyntaxError(f"Invalid character ('{sign}') in variable name: '{text}'")
    return tuple(text.split(VARIABLE_ATTRIBUTE_SEPARATOR))


FilterArgument = tuple[bool, Any]
"""Whether it is a variable, and the `Variable` or the constant."""


class FilterExpression:
    """A variable with its filters.

    Args:
        token: text of the expression.
        parser: knows the loaded filters.

    `var` is a `Variable` if `is_var`, else the constant; `filters` lists pairs of function and arguments.
    """

    __slots__ = ("filters", "is_var", "token", "var")

    var: Any
    is_var: bool
    filters: list[tuple[Callable[..., Any], list[FilterArgument]]]

    def __init__(self, token: str, parser: Any) -> None:
        self.token = token
        if _PLAIN_PATH(token):
            self.var, self.is_var = Variable(token), True
            self.filters = []
            return
        end = _operand_end(token, 0)
        if end == 0:
            self._refuse(token, 0)
        self.var, self.is_var = _operand(token[:end])
        self.filters = []
        size = len(token)
        while end < size:
            end = self._parse_filter(token, end, parser)

    def _parse_filter(self, token: str, start: int, parser: Any) -> int:
        bar = _skip_spaces(token, start)
        name = None
        if token[bar : bar + 1] == FILTER_SEPARATOR:
            name = _NAME.match(token, _skip_spaces(token, bar + 1))
        if name is None:
            self._refuse(token, start)
            raise AssertionError  # _refuse always raises
        end = name.end()
        arguments: list[FilterArgument] = []
        if token[end : end + 1] == ":":
            argument_end = _operand_end(token, end + 1)
            if argument_end > end + 1:
                value, is_variable = _operand(token[end + 1 : argument_end])
                arguments.append((is_variable, value))
                end = argument_end
        function = parser.find_filter(name.group())
        self.args_check(name.group(), function, arguments)
        self.filters.append((function, arguments))
        return end

    @staticmethod
    def _refuse(token: str, upto: int) -> None:
        """Raise the error for text that is neither operand nor filter."""
        start = token.find(FILTER_SEPARATOR, upto)
        while start != -1 and not _NAME.match(token, _skip_spaces(token, start + 1)):
            start = token.find(FILTER_SEPARATOR, start + 1)
        if start == -1:
            raise TemplateSyntaxError(f"Could not parse the remainder: '{token[upto:]}' from '{token}'")
        while start > upto and token[start - 1].isspace():
            start -= 1
        if start == upto:
            raise TemplateSyntaxError(f"Could not find variable at start of {token}.")
        raise TemplateSyntaxError(
            f"Could not parse some characters: {token[:upto]}|{token[upto:start]}|{token[start:]}"
        )

    def resolve(self, context: Any, ignore_failures: bool = False) -> Any:
        """Return the value of the expression.

        Args:
            context: where names are looked up.
            ignore_failures: give None for a variable that does not exist, instead of `string_if_invalid`.

        Raises:
            VariableDoesNotExist: the argument of a filter does not exist.
        """
        if self.is_var:
            try:
                value = self.var.resolve(context)
            except VariableDoesNotExist:
                if ignore_failures:
                    value = None
                else:
                    value = invalid_output(context, self.var)
                    if value:
                        return value
        else:
            value = self.var
        for function, arguments in self.filters:
            values = [given.resolve(context) if is_variable else given for is_variable, given in arguments]
            value = apply_filter(function, value, values, context)
        return value

    @staticmethod
    def args_check(name: str, func: Callable[..., Any], provided: Sequence[Any]) -> bool:
        """Check that a filter can be called with these arguments besides its value.

        Raises:
            TemplateSyntaxError: too few or too many.
        """
        given = len(provided) + 1
        most, optional = positional_arguments(inspect.unwrap(func))
        if given < most - optional or given > most:
            raise TemplateSyntaxError(f"{name} requires {most - optional} arguments, {given} provided")
        return True

    def __str__(self) -> str:
        return self.token

    def __repr__(self) -> str:
        return f"<{self.__class__.__qualname__} {self.token!r}>"


def apply_filter(function: Callable[..., Any], value: Any, arguments: Sequence[Any], context: Any) -> Any:
    """Call a filter as its registration asks for, and keep safe text safe if it does."""
    if getattr(function, "expects_localtime", False):
        value = template_localtime(value, context.use_tz)
    if getattr(function, "needs_autoescape", False):
        result = function(value, *arguments, autoescape=context.autoescape)
    else:
        result = function(value, *arguments)
    if getattr(function, "is_safe", False) and isinstance(value, SafeData):
        return mark_safe(result)
    return result


def positional_arguments(function: Callable[..., Any]) -> tuple[int, int]:
    """Return how many positional arguments a function has, and how many of them are optional."""
    code = getattr(function, "__code__", None)
    if code is not None and not inspect.ismethod(function):
        return code.co_argcount, len(function.__defaults__ or ())
    specification = inspect.getfullargspec(function)
    most = len(specification.args) - (1 if inspect.ismethod(function) else 0)
    return most, len(specification.defaults or ())


def _skip_spaces(text: str, start: int) -> int:
    size = len(text)
    while start < size and text[start].isspace():
        start += 1
    return start


_QUOTES = ("'", '"', "_")
"""How a constant begins."""


def _operand_end(text: str, start: int) -> int:
    """Return where the constant, number or path that begins at `start` ends; `start` if there is none."""
    if text[start : start + 1] in _QUOTES:
        constant = _CONSTANT.match(text, start)
        if constant is not None:
            return constant.end()
    word, number = _WORD.match(text, start), _NUMBER.match(text, start)
    return max(word.end() if word else start, number.end() if number else start)


@lru_cache(maxsize=2048)
def _safe_literal(text: str) -> SafeString:
    return mark_safe(unescape_string_literal(text))


def _operand(text: str) -> tuple[Any, bool]:
    """Return a constant and False, or a `Variable` and True."""
    if text[0] in "\"'":
        return _safe_literal(text), False
    if text.startswith("_(") and text[2:3] in ('"', "'"):
        return Variable(text).resolve({}), False  # lazy: translated when it is shown
    return Variable(text), True


def token_kwargs(bits: list[str], parser: Any, support_legacy: bool = False) -> dict[str, FilterExpression]:
    """Take `name=value` words from the front of a list.

    Args:
        bits: words of a tag; those that are used are removed.
        parser: compiles the values.
        support_legacy: also take the form `value as name and value as name`.

    Returns:
        Names and compiled values, in order.
    """
    if not bits:
        return {}
    match = kwarg_re.match(bits[0])
    legacy = not (match and match.group(1))
    if legacy and (not support_legacy or len(bits) < 3 or bits[1] != "as"):
        return {}
    found: dict[str, FilterExpression] = {}
    while bits:
        if legacy:
            if len(bits) < 3 or bits[1] != "as":
                return found
            key, value = bits[2], bits[0]
            del bits[:3]
        else:
            match = kwarg_re.match(bits[0])
            if not match or not match.group(1):
                return found
            key, value = match.groups()
            del bits[:1]
        found[key] = parser.compile_filter(value)
        if bits and legacy:
            if bits[0] != "and":
                return found
            del bits[:1]
    return found


for _documented in (Variable, FilterExpression, token_kwargs):
    _documented.__module__ = "hotclub.template.base"
