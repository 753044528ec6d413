"""A parsed template and where it comes from.

The engine that a template belongs to is passed in; the façade says which one is the default.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from typing import Any

from hotclub._template.context import Context
from hotclub._template.errors import TemplateSyntaxError
from hotclub._template.nodes import NodeList
from hotclub._template.parser import Parser
from hotclub._template.tokens import DebugLexer, Lexer, Token
from hotclub.utils.safestring import SafeString

UNKNOWN_SOURCE = "<unknown source>"

CONTEXT_LINES = 10
"""How many source lines around an error are kept."""


class Origin:
    """Where a template was found.

    Args:
        name: path, or another name that is unique for its loader.
        template_name: name it was asked for by.
        loader: loader that found it.
    """

    name: Any = None
    template_name: Any = None
    loader: Any = None

    def __init__(self, name: Any, template_name: Any = None, loader: Any = None) -> None:
        self.name = name
        self.template_name = template_name
        self.loader = loader

    def __str__(self) -> str:
        return str(self.name)

    def __repr__(self) -> str:
        return f"<{self.__class__.__qualname__} name={self.name!r}>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Origin) and self.name == other.name and self.loader == other.loader

    __hash__ = None  # type: ignore[assignment]  # compared by value, loaders need not be hashable

    @property
    def loader_name(self) -> str | None:
        """The dotted path of the loader's class."""
        if self.loader:
            return f"{self.loader.__module__}.{self.loader.__class__.__name__}"
        return None


class DefaultEngine:
    """Finds the engine for templates made without one; the façade sets `find`."""

    __slots__ = ("find",)

    def __init__(self) -> None:
        self.find: Callable[[], Any] | None = None

    def __call__(self) -> Any:
        if self.find is None:
            raise RuntimeError("A template needs an engine: pass engine=…, or import hotclub.template first.")
        return self.find()


default_engine = DefaultEngine()


class Template:
    """A template, ready to be rendered.

    Args:
        template_string: source text.
        origin: where it comes from.
        name: its name, for messages.
        engine: gives libraries and options; the default engine, if None.

    Raises:
        TemplateSyntaxError: the source is not well-formed.
    """

    def __init__(
        self, template_string: Any, origin: Origin | None = None, name: str | None = None, engine: Any = None
    ) -> None:
        self.name = name
        self.origin = Origin(UNKNOWN_SOURCE) if origin is None else origin
        self.engine = default_engine() if engine is None else engine
        self.source = str(template_string)  # may be lazy
        self.nodelist = self.compile_nodelist()
        if (review := getattr(self.engine, "review", None)) is not None:
            review(self)
        store = getattr(self.engine, "code_store", None)
        if store is not None and self.origin.loader is not None:  # texts from elsewhere have no end
            store.prepare(self)

    def __repr__(self) -> str:
        start = self.source[:20].replace("\n", "")
        return f'<{self.__class__.__qualname__} template_string="{start}...">'

    def __iter__(self) -> Iterator[Any]:
        for node in self.nodelist:
            yield from node

    def compile_nodelist(self) -> NodeList:
        """Parse the source into nodes; in debug mode errors learn their place."""
        engine = self.engine
        lexer = DebugLexer(self.source) if engine.debug else Lexer(self.source)
        parser = Parser(lexer.tokenize(), engine.template_libraries, engine.template_builtins, self.origin)
        try:
            nodelist = parser.parse()
        except Exception as error:
            token = getattr(error, "token", None)
            if engine.debug and token is not None:
                error.template_debug = self.get_exception_info(error, token)  # type: ignore[attr-defined]
            if isinstance(error, TemplateSyntaxError) and error.args:
                # The debug page shows the template by itself and reads the bare message.
                error.raw_error_message = error.args[0]  # type: ignore[attr-defined]
                message = str(error.args[0])
                has_name = self.origin.name != UNKNOWN_SOURCE
                if token is not None and (has_name or f"on line {token.lineno}:" not in message):
                    message = f"{message} (line {token.lineno}: {token.shown()})"
                error.args = (f"Template: {self.origin.name}, {message}" if has_name else message,)
            raise
        self.extra_data = parser.extra_data
        return nodelist

    def _render(self, context: Context) -> SafeString:
        return self.nodelist.render(context)

    def render(self, context: Context) -> SafeString:
        """Return the text of the template in a context."""
        return render_bound(self, context)

    def get_exception_info(self, exception: Exception, token: Token) -> dict[str, Any]:
        """Return what the debug page shows about an error: the token, its line and the lines around it."""
        return exception_info(self.source, self.origin, exception, token)


MOST_RENDERINGS_INSIDE = 100
"""Templates that include, extend or call one another deeper than this do so without end."""


def check_depth(template: Any, context: Any) -> None:
    """Refuse a rendering inside of too many others.

    Raises:
        RecursionError: the templates never end.
    """
    if len(context.render_context.dicts) > MOST_RENDERINGS_INSIDE:
        name = getattr(template, "name", None) or getattr(template, "origin", None) or "a template without a name"
        raise RecursionError(
            f"Templates are rendered inside one another more than {MOST_RENDERINGS_INSIDE} levels deep, now {str(name)!r}: "
            "does it include itself without an end?"
        )


def render_bound(template: Template | PartialTemplate, context: Context) -> SafeString:
    """Render a template (or partial) in a level of its own of the render context, binding the context if it is free."""
    state = context.render_context
    previous = state.template
    if len(state.dicts) > MOST_RENDERINGS_INSIDE:
        check_depth(template, context)
    state.template = template
    state.dicts.append({})
    try:
        if context.template is not None:
            return template._render(context)
        kind = type(context)
        if kind is Context:
            # As bind_template does, without the cost of a context manager.
            context.template = template
            context.template_name = template.name
            try:
                return template._render(context)
            except RecursionError as error:
                raise _without_end(template, error)
            finally:
                context.template = None
        with context.bind_template(template):
            context.template_name = template.name
            try:
                return template._render(context)
            except RecursionError as error:
                raise _without_end(template, error)
    finally:
        state.template = previous
        state.dicts.pop()


def _without_end(template: Template | PartialTemplate, error: RecursionError) -> RecursionError:
    """Return a clear error for a rendering that used up the interpreter's stack."""
    if "levels deep" in str(error):
        return error
    clear = RecursionError(
        f"Rendering {template.name or str(template.origin)!r} needs more than the interpreter's stack, less than "
        f"{MOST_RENDERINGS_INSIDE} levels deep: does a template include itself without an end, or an object call itself?"
    )
    clear.__cause__ = error
    return clear


_plain_render = Template._render


def render_inside(template: Any, context: Context) -> str:
    """Render a template into another one's rendering, in a level of its own of the render context."""
    if type(template) is not Template or context.template is None:
        text: str = template.render(context)
        return text
    state = context.render_context
    previous = state.template
    if len(state.dicts) > MOST_RENDERINGS_INSIDE:
        check_depth(template, context)
    state.template = template
    state.dicts.append({})
    try:
        # Test tools replace Template._render to see every rendering.
        if Template._render is _plain_render:
            return template.nodelist.text(context)
        return template._render(context)
    finally:
        state.template = previous
        state.dicts.pop()


def exception_info(source: str, origin: Origin, exception: Exception, token: Token) -> dict[str, Any]:
    """Describe the place of an error; see `Template.get_exception_info`.

    A tag stands on one line, so its line is the number of line ends before it.
    """
    start, end = token.position or (0, 0)
    # The text after the last line end is a line as well, and line 0 stands for "before the first".
    lines = [(0, ""), *enumerate(source.split("\n"), start=1)]
    last = len(lines) - 1
    numbered = [(number, text if number in (0, last) else f"{text}\n") for number, text in lines]
    number = source.count("\n", 0, start) + 1 if token.position else 0
    line_start = source.rfind("\n", 0, start) + 1
    line_end = source.find("\n", end) + 1 or len(source)
    first_shown = max(1, number - CONTEXT_LINES)
    last_shown = min(len(numbered), number + CONTEXT_LINES + 1)
    return {
        "message": str(exception.args[0]) if exception.args else "(Could not get exception message)",
        "source_lines": numbered[first_shown:last_shown],
        "before": source[line_start:start] if token.position else "",
        "during": source[start:end],
        "after": source[end:line_end] if token.position else "",
        "top": first_shown,
        "bottom": last_shown,
        "total": len(numbered),
        "line": number,
        "name": origin.name,
        "start": start,
        "end": end,
    }


class PartialTemplate:
    """A part of a template that renders on its own.

    Args:
        nodelist: its nodes.
        origin: that of the whole template.
        name: name of the partial.
        source_start: where its source begins, if the lexer recorded positions.
        source_end: where it ends.
    """

    def __init__(
        self,
        nodelist: NodeList,
        origin: Origin,
        name: str,
        source_start: int | None = None,
        source_end: int | None = None,
    ) -> None:
        self.nodelist = nodelist
        self.origin = origin
        self.name = name
        self._source_start = source_start
        self._source_end = source_end
        self.engine: Any = None
        self.full_source: str | None = None

    def get_exception_info(self, exception: Exception, token: Token) -> dict[str, Any]:
        """See `Template.get_exception_info`; lines are those of the whole template."""
        template = self._whole()
        return template.get_exception_info(exception, token)  # type: ignore[no-any-return]  # documented type

    def _whole(self) -> Any:
        loader = getattr(self.origin, "loader", None)
        if loader is None:
            return _SourceOnly("", self.origin)
        return loader.get_template(self.origin.template_name)

    def find_partial_source(self, full_source: str) -> str:
        """Return the source of the partial inside that of its template; empty if positions are unknown."""
        start, end = self._source_start, self._source_end
        if start is None or end is None or start > len(full_source) or end > len(full_source):
            return ""
        return full_source[start:end]

    @property
    def source(self) -> str:
        """The source of the partial, known when the engine debugs."""
        template = self._whole()
        if not template.engine.debug:
            warnings.warn(
                "PartialTemplate.source is only available when template debugging is enabled.",
                RuntimeWarning,
                stacklevel=2,
            )
        return self.find_partial_source(template.source)

    def _render(self, context: Context) -> SafeString:
        # Test tools hook into Template; a partial is a rendering like any other.
        return Template._render(self, context)  # type: ignore[arg-type]  # offers what rendering needs

    def render(self, context: Context) -> SafeString:
        """Return the text of the partial in a context."""
        return render_bound(self, context)


class _SourceOnly:
    """Stands in for the whole template of a partial that no loader knows."""

    def __init__(self, source: str, origin: Origin) -> None:
        self.source = source
        self.origin = origin

    def get_exception_info(self, exception: Exception, token: Token) -> dict[str, Any]:
        return exception_info(self.source, self.origin, exception, token)


for _documented in (Origin, Template, PartialTemplate):
    _documented.__module__ = "hotclub.template.base"
