"""Tokens to nodes: the documented `Parser` that tag functions work with.

The parser knows tags and filters only through the libraries it is given.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Sequence
from difflib import get_close_matches
from typing import Any, NoReturn

from hotclub._template.errors import TemplateSyntaxError
from hotclub._template.expression import FilterExpression
from hotclub._template.nodes import NodeList, TextNode, VariableNode
from hotclub._template.tokens import Token, TokenType
from hotclub.utils.deprecation import RemovedInDjango2028Warning
from hotclub.utils.text import get_text_list

MOST_NESTED_TAGS = 200
"""A template nested deeper is refused, before the interpreter's own limit strikes in the middle of something."""


class Parser:
    """Builds nodes from tokens.

    Args:
        tokens: all tokens, in order.
        libraries: names and `Library` objects that `{% load %}` may load.
        builtins: libraries that are loaded from the start.
        origin: where the template comes from; every node gets it.
    """

    def __init__(
        self,
        tokens: Sequence[Token],
        libraries: dict[str, Any] | None = None,
        builtins: Iterable[Any] | None = None,
        origin: Any = None,
    ) -> None:
        # Taken from the end, so that each step costs the same whatever the length.
        self.tokens: list[Token] = list(reversed(tokens))
        self.tags: dict[str, Callable[[Parser, Token], Any]] = {}
        self.filters: dict[str, Callable[..., Any]] = {}
        self.command_stack: list[tuple[str, Token]] = []
        # Tags leave data for the template here, under a key of their own.
        self.extra_data: dict[str, Any] = {}
        self.libraries: dict[str, Any] = libraries or {}
        for builtin in builtins or ():
            self.add_library(builtin)
        self.origin = origin

    def __repr__(self) -> str:
        return f"<{self.__class__.__qualname__} tokens={self.tokens!r}>"

    def parse(self, parse_until: Iterable[str] | None = None) -> NodeList:
        """Parse tokens up to the end, or up to a tag.

        Args:
            parse_until: contents (`"endif"`) at which to stop; that tag is left for the caller to take.

        Raises:
            TemplateSyntaxError: an unknown tag or filter, or the awaited tag never came.
        """
        until = tuple(parse_until or ())
        nodelist = NodeList()
        if len(self.command_stack) > MOST_NESTED_TAGS:
            raise self.error(
                self.command_stack[-1][1], f"Tags are nested deeper than {MOST_NESTED_TAGS} levels; use an include."
            )
        while self.tokens:
            token = self.next_token()
            kind = token.token_type
            if kind is TokenType.TEXT:
                text = TextNode(token.contents)
                text.token = token
                text.origin = self.origin
                nodelist.append(text)
            elif kind is TokenType.VAR:
                if not token.contents:
                    raise self.error(token, f"Empty variable tag on line {token.lineno}")
                try:
                    expression = self.compile_filter(token.contents)
                except TemplateSyntaxError as error:
                    raise self.error(token, error)
                self._warn_of_empty_parts(expression, token)
                self.extend_nodelist(nodelist, VariableNode(expression), token)
            elif kind is TokenType.BLOCK and self._parse_tag(nodelist, token, until):
                return nodelist
        if until:
            self.unclosed_block_tag(until)
        return nodelist

    def _parse_tag(self, nodelist: NodeList, token: Token, until: tuple[str, ...]) -> bool:
        """Parse one tag; True if it is one of those to stop at."""
        words = token.contents.split()
        if not words:
            raise self.error(token, f"Empty block tag on line {token.lineno}")
        command = words[0]
        if command in until:
            self.prepend_token(token)
            return True
        # The stack tells an unclosed tag, should the end come first.
        self.command_stack.append((command, token))
        compile_function = self.tags.get(command)
        if compile_function is None:
            self.invalid_block_tag(token, command, until)
        try:
            node = compile_function(self, token)
        except Exception as error:
            raise self.error(token, error)
        self.extend_nodelist(nodelist, node, token)
        self.command_stack.pop()
        return False

    def _warn_of_empty_parts(self, expression: FilterExpression, token: Token) -> None:
        lookups = expression.var.lookups if expression.is_var else None
        if lookups and "" in lookups[1:-1]:
            warnings.warn(
                "Support for double-dot lookups '..' which maps to a lookup of the empty string is deprecated.\n"
                f"  Template: {self.origin}\n  Line: {token.lineno}",
                RemovedInDjango2028Warning,
                stacklevel=2,
            )

    def skip_past(self, endtag: str) -> None:
        """Drop tokens up to and including a tag."""
        while self.tokens:
            token = self.next_token()
            if token.token_type is TokenType.BLOCK and token.contents == endtag:
                return
        self.unclosed_block_tag([endtag])

    def extend_nodelist(self, nodelist: NodeList, node: Any, token: Token) -> None:
        """Append a node, with its token and origin."""
        if node.must_be_first and nodelist.contains_nontext:
            tag = f"{{% {token.contents} %}}"
            name = getattr(self.origin, "template_name", None)
            place = repr(str(name)) if name else "the template"
            raise self.error(token, f"{tag} must be the first tag in {place}.")
        if not isinstance(node, TextNode):
            nodelist.contains_nontext = True
        node.token = token
        node.origin = self.origin
        nodelist.append(node)

    def error(self, token: Token, error: Exception | str) -> Exception:
        """Return an exception that knows its token; a text becomes a `TemplateSyntaxError`.

        An exception that a tag function raised for a token inside keeps that one.
        """
        exception = error if isinstance(error, Exception) else TemplateSyntaxError(error)
        if not hasattr(exception, "token"):
            exception.token = token  # type: ignore[attr-defined]  # read by Template when it adds debug information
        return exception

    def invalid_block_tag(self, token: Token, command: str, parse_until: Iterable[str] | None = None) -> NoReturn:
        """Raise the error for a tag that is unknown here."""
        until = list(parse_until or ())
        hint = _nearest(command, [*self.tags, *until]) if not until or command not in self.tags else ""
        if until:
            expected = get_text_list([f"'{name}'" for name in until], "or")
            raise self.error(
                token,
                f"Invalid block tag on line {token.lineno}: '{command}', expected {expected}. "
                f"Did you forget to register or load this tag?{hint}",
            )
        raise self.error(
            token,
            f"Invalid block tag on line {token.lineno}: '{command}'. Did you forget to register or load this tag?{hint}",
        )

    def unclosed_block_tag(self, parse_until: Iterable[str]) -> NoReturn:
        """Raise the error for a tag whose end never came."""
        command, token = self.command_stack.pop()
        expected = ", ".join(parse_until)
        raise self.error(token, f"Unclosed tag on line {token.lineno}: '{command}'. Looking for one of: {expected}.")

    def next_token(self) -> Token:
        """Take the next token."""
        return self.tokens.pop()

    def prepend_token(self, token: Token) -> None:
        """Put a token back."""
        self.tokens.append(token)

    def delete_first_token(self) -> None:
        """Drop the next token."""
        del self.tokens[-1]

    def add_library(self, lib: Any) -> None:
        """Make the tags and filters of a library known."""
        self.tags.update(lib.tags)
        self.filters.update(lib.filters)

    def compile_filter(self, token: str) -> FilterExpression:
        """Return the expression for a text such as `user.name|upper`."""
        return FilterExpression(token, self)

    def find_filter(self, filter_name: str) -> Callable[..., Any]:
        """Return a filter function.

        Raises:
            TemplateSyntaxError: there is none of that name.
        """
        function = self.filters.get(filter_name)
        if function is None:
            hint = _nearest(filter_name, list(self.filters))
            raise TemplateSyntaxError(f"Invalid filter: '{filter_name}'{hint and '.' + hint}")
        return function


def _nearest(name: str, known: list[str]) -> str:
    """Return a hint at the known names that look most alike; empty if none does."""
    if len(name) >= 60:
        return ""
    letters = sorted(name)
    swapped = [candidate for candidate in known if sorted(candidate) == letters]  # "fro" is not alike to the matcher
    matches = swapped or get_close_matches(name, known, n=2, cutoff=0.75)
    if not matches:
        return ""
    return f" Did you mean {get_text_list([repr(match) for match in matches], 'or')}?"


Parser.__module__ = "hotclub.template.base"
