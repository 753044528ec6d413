"""Libraries: where tags and filters are registered, and the nodes behind the three kinds of simple tag.

`simple_tag` without context is closed: generated code calls the function directly.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable, Sequence
from importlib import import_module
from keyword import iskeyword
from typing import Any, NamedTuple, TypeVar, overload

from hotclub._template.emitter import Emitter
from hotclub._template.errors import TemplateSyntaxError
from hotclub._template.expression import FilterExpression, token_kwargs
from hotclub._template.nodes import AnnotatedNode, CompiledNode, NodeList
from hotclub._template.template import Template
from hotclub.utils.html import conditional_escape

F = TypeVar("F", bound=Callable[..., Any])


class InvalidTemplateLibrary(Exception):
    """A module is no tag library."""


class Library:
    """A set of tags and filters; a module offers it as `register`."""

    def __init__(self) -> None:
        self.filters: dict[str, Callable[..., Any]] = {}
        self.tags: dict[str, Callable[..., Any]] = {}

    @overload
    def tag(self, name: str | None = None, compile_function: None = None) -> Callable[[F], F]: ...
    @overload
    def tag(self, name: F, compile_function: None = None) -> F: ...
    @overload
    def tag(self, name: str, compile_function: F) -> F: ...
    def tag(self, name: Any = None, compile_function: Any = None) -> Any:
        """Register a tag: `@register.tag`, `@register.tag("name")` or `register.tag("name", function)`.

        Raises:
            ValueError: other arguments.
        """
        if compile_function is None:
            if name is None:
                return self.tag_function
            if callable(name):
                return self.tag_function(name)
            return functools.partial(self.tag, name)
        if name is None:
            raise ValueError(f"Unsupported arguments to Library.tag: ({name!r}, {compile_function!r})")
        self.tags[name] = compile_function
        return compile_function

    def tag_function(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Register a tag under its function's name."""
        self.tags[func.__name__] = func
        return func

    @overload
    def filter(self, name: str | None = None, filter_func: None = None, **flags: Any) -> Callable[[F], F]: ...
    @overload
    def filter(self, name: F, filter_func: None = None, **flags: Any) -> F: ...
    @overload
    def filter(self, name: str, filter_func: F, **flags: Any) -> F: ...
    def filter(self, name: Any = None, filter_func: Any = None, **flags: Any) -> Any:
        """Register a filter: `@register.filter`, `@register.filter("name")` or `register.filter("name", function)`.

        Args:
            name: name in templates; that of the function, if None.
            filter_func: function of a value and at most one argument.
            **flags: `is_safe`, `needs_autoescape`, `expects_localtime`.

        Raises:
            ValueError: other arguments.
        """
        if filter_func is None:
            if name is None:
                return functools.partial(self._named_filter, flags=flags)
            if callable(name):
                return self._named_filter(name, flags)

            def register(function: Callable[..., Any]) -> Any:
                return self.filter(name, function, **flags)

            return register
        if name is None:
            raise ValueError(f"Unsupported arguments to Library.filter: ({name!r}, {filter_func!r})")
        self.filters[name] = filter_func
        for flag in ("expects_localtime", "is_safe", "needs_autoescape"):
            if flag in flags:
                setattr(filter_func, flag, flags[flag])
                # A decorator such as stringfilter asks the function it wraps.
                if hasattr(filter_func, "__wrapped__"):
                    setattr(inspect.unwrap(filter_func), flag, flags[flag])
        filter_func._filter_name = name
        return filter_func

    def _named_filter(self, function: Callable[..., Any], flags: dict[str, Any]) -> Any:
        return self.filter(function.__name__, function, **flags)

    def filter_function(self, func: Callable[..., Any], **flags: Any) -> Any:
        """Register a filter under its function's name."""
        return self._named_filter(func, flags)

    @overload
    def simple_tag(
        self, func: None = None, takes_context: bool | None = None, name: str | None = None
    ) -> Callable[[F], F]: ...
    @overload
    def simple_tag(self, func: F, takes_context: bool | None = None, name: str | None = None) -> F: ...
    def simple_tag(self, func: Any = None, takes_context: bool | None = None, name: str | None = None) -> Any:
        """Register a function as a tag: its arguments are those in the template, its result is the output.

        Args:
            func: the function.
            takes_context: pass the context as first argument, which must be named `context`.
            name: name of the tag; that of the function, if None.
        """

        def register(function: Callable[..., Any]) -> Callable[..., Any]:
            signature = Signature.of(function)
            tag_name = name or function.__name__
            signature.check_context(takes_context, tag_name)

            @functools.wraps(function)
            def compile_function(parser: Any, token: Any) -> SimpleNode:
                bits, target = target_variable(token.split_contents()[1:])
                args, kwargs = signature.parse(parser, bits, takes_context, tag_name)
                return SimpleNode(function, takes_context, args, kwargs, target)

            self.tag(tag_name, compile_function)
            return function

        return _decorate(func, register, "simple_tag")

    @overload
    def simple_block_tag(
        self,
        func: None = None,
        takes_context: bool | None = None,
        name: str | None = None,
        end_name: str | None = None,
    ) -> Callable[[F], F]: ...
    @overload
    def simple_block_tag(
        self,
        func: F,
        takes_context: bool | None = None,
        name: str | None = None,
        end_name: str | None = None,
    ) -> F: ...
    def simple_block_tag(
        self,
        func: Any = None,
        takes_context: bool | None = None,
        name: str | None = None,
        end_name: str | None = None,
    ) -> Any:
        """Register a function as a tag with a body, which it gets rendered as its first argument `content`.

        Args:
            func: the function.
            takes_context: pass the context first.
            name: name of the tag; that of the function, if None.
            end_name: name of the closing tag; `end` and the name, if None.
        """

        def register(function: Callable[..., Any]) -> Callable[..., Any]:
            signature = Signature.of(function)
            tag_name = name or function.__name__
            closing = end_name or f"end{tag_name}"

            @functools.wraps(function)
            def compile_function(parser: Any, token: Any) -> SimpleBlockNode:
                bits, target = target_variable(token.split_contents()[1:])
                nodelist = parser.parse((closing,))
                parser.delete_first_token()
                args, kwargs = signature.without_content(takes_context, tag_name).parse(
                    parser, bits, takes_context, tag_name
                )
                return SimpleBlockNode(nodelist, function, takes_context, args, kwargs, target)

            signature.without_content(takes_context, tag_name)  # refuse a wrong signature at once
            self.tag(tag_name, compile_function)
            return function

        return _decorate(func, register, "simple_block_tag")

    @overload
    def inclusion_tag(
        self, filename: Any, func: None = None, takes_context: bool | None = None, name: str | None = None
    ) -> Callable[[F], F]: ...
    @overload
    def inclusion_tag(
        self, filename: Any, func: F, takes_context: bool | None = None, name: str | None = None
    ) -> F: ...
    def inclusion_tag(
        self, filename: Any, func: Any = None, takes_context: bool | None = None, name: str | None = None
    ) -> Any:
        """Register a function as a tag that renders another template with the dictionary it returns.

        Args:
            filename: name of the template, several names, or a template.
            func: the function.
            takes_context: pass the context as first argument.
            name: name of the tag; that of the function, if None.
        """

        def register(function: Callable[..., Any]) -> Callable[..., Any]:
            signature = Signature.of(function)
            tag_name = name or function.__name__
            signature.check_context(takes_context, tag_name)

            @functools.wraps(function)
            def compile_function(parser: Any, token: Any) -> InclusionNode:
                bits = token.split_contents()[1:]
                args, kwargs = signature.parse(parser, bits, takes_context, tag_name)
                return InclusionNode(function, takes_context, args, kwargs, filename)

            self.tag(tag_name, compile_function)
            return function

        return register if func is None else register(func)


def _decorate(func: Any, register: Callable[[Any], Any], method: str) -> Any:
    if func is None:
        return register
    if callable(func):
        return register(func)
    raise ValueError(f"Invalid arguments provided to {method}")


def target_variable(bits: list[str]) -> tuple[list[str], str | None]:
    """Split the words of a tag at a final `as name`."""
    if len(bits) >= 2 and bits[-2] == "as":
        return bits[:-2], bits[-1]
    return bits, None


class Signature(NamedTuple):
    """What a tag's function accepts."""

    params: list[str]
    varargs: str | None
    varkw: str | None
    defaults: tuple[Any, ...] | None
    kwonly: list[str]
    kwonly_defaults: dict[str, Any] | None

    @classmethod
    def of(cls, function: Callable[..., Any]) -> Signature:
        """Inspect a function, below its decorators; annotations are never evaluated."""
        plain = inspect.unwrap(function)
        code = getattr(plain, "__code__", None)
        if code is None:
            specification = inspect.getfullargspec(plain)
            return cls(*specification[:6])
        names = list(code.co_varnames)
        count, only = code.co_argcount, code.co_kwonlyargcount
        end = count + only
        varargs = names[end] if code.co_flags & inspect.CO_VARARGS else None
        varkw = names[end + (varargs is not None)] if code.co_flags & inspect.CO_VARKEYWORDS else None
        own = names[:count]
        if inspect.ismethod(plain):
            own = own[1:]
        return cls(own, varargs, varkw, plain.__defaults__, names[count:end], plain.__kwdefaults__)

    def parse(
        self, parser: Any, bits: Iterable[str], takes_context: bool | None, name: str
    ) -> tuple[list[FilterExpression], dict[str, FilterExpression]]:
        """Compile the arguments of a tag; see `parse_bits`."""
        return parse_bits(parser, list(bits), *self, takes_context, name)

    def check_context(self, takes_context: bool | None, name: str) -> None:
        """Check the first parameter of a function that takes the context."""
        if takes_context and self.params[:1] != ["context"]:
            raise TemplateSyntaxError(
                f"'{name}' is decorated with takes_context=True so it must have a first argument of 'context'"
            )

    def without_content(self, takes_context: bool | None, name: str) -> Signature:
        """Return the signature without the parameter for a block's content."""
        if takes_context:
            if self.params[:2] != ["context", "content"]:
                raise TemplateSyntaxError(
                    f"'{name}' is decorated with takes_context=True so it must have a first argument of 'context' "
                    "and a second argument of 'content'"
                )
            return self._replace(params=["context", *self.params[2:]])
        if self.params[:1] != ["content"]:
            raise TemplateSyntaxError(f"'{name}' must have a first argument of 'content'")
        return self._replace(params=self.params[1:])


def parse_bits(
    parser: Any,
    bits: list[str],
    params: list[str],
    varargs: str | None,
    varkw: str | None,
    defaults: Sequence[Any] | None,
    kwonly: list[str],
    kwonly_defaults: dict[str, Any] | None,
    takes_context: bool | None,
    name: str,
) -> tuple[list[FilterExpression], dict[str, FilterExpression]]:
    """Compile the words of a tag into arguments for its function.

    Returns:
        Positional and keyword arguments, as expressions.

    Raises:
        TemplateSyntaxError: they do not fit the function.
    """
    if takes_context:
        if params[:1] != ["context"]:
            raise TemplateSyntaxError(
                f"'{name}' is decorated with takes_context=True so it must have a first argument of 'context'"
            )
        params = params[1:]
    args: list[FilterExpression] = []
    kwargs: dict[str, FilterExpression] = {}
    waiting = list(params)
    waiting_keywords = [word for word in kwonly if not kwonly_defaults or word not in kwonly_defaults]
    for bit in bits:
        keyword = token_kwargs([bit], parser)
        if keyword:
            key, value = keyword.popitem()
            if key not in params and key not in kwonly and varkw is None:
                raise TemplateSyntaxError(f"'{name}' received unexpected keyword argument '{key}'")
            if key in kwargs:
                raise TemplateSyntaxError(f"'{name}' received multiple values for keyword argument '{key}'")
            kwargs[str(key)] = value
            if key in waiting:
                waiting.remove(key)
            elif key in waiting_keywords:
                waiting_keywords.remove(key)
            continue
        if kwargs:
            raise TemplateSyntaxError(f"'{name}' received some positional argument(s) after some keyword argument(s)")
        args.append(parser.compile_filter(bit))
        if waiting:
            waiting.pop(0)
        elif varargs is None:
            raise TemplateSyntaxError(f"'{name}' received too many positional arguments")
    if defaults:
        waiting = waiting[: -len(defaults)]
    if waiting or waiting_keywords:
        missing = ", ".join(repr(word) for word in waiting + waiting_keywords)
        raise TemplateSyntaxError(f"'{name}' did not receive value(s) for the argument(s): {missing}")
    return args, kwargs


class FunctionNode(AnnotatedNode):
    """What the nodes of simple tags share: a function and its compiled arguments."""

    def __init__(
        self,
        func: Callable[..., Any],
        takes_context: bool | None,
        args: list[FilterExpression],
        kwargs: dict[str, FilterExpression],
    ) -> None:
        self.func = func
        self.takes_context = takes_context
        self.args = args
        self.kwargs = kwargs

    def call_arguments(self, context: Any) -> tuple[list[Any], dict[str, Any]]:
        """Return the values to call the function with."""
        values = [argument.resolve(context) for argument in self.args]
        if self.takes_context:
            values.insert(0, context)
        return values, {key: argument.resolve(context) for key, argument in self.kwargs.items()}


class SimpleNode(CompiledNode, FunctionNode):
    """A tag made by `simple_tag`."""

    child_nodelists: Sequence[str] = ()

    def __init__(
        self,
        func: Callable[..., Any],
        takes_context: bool | None,
        args: list[FilterExpression],
        kwargs: dict[str, FilterExpression],
        target_var: str | None,
    ) -> None:
        super().__init__(func, takes_context, args, kwargs)
        self.target_var = target_var
        self.sees_context = bool(takes_context or target_var is not None)

    def expressions(self) -> Iterable[FilterExpression]:
        return (*self.args, *self.kwargs.values())

    def render(self, context: Any) -> Any:
        values, keywords = self.call_arguments(context)
        output = self.func(*values, **keywords)
        if self.target_var is not None:
            context[self.target_var] = output
            return ""
        return conditional_escape(output) if context.autoescape else str(output)

    def emit(self, out: Emitter) -> None:
        words = ["context"] if self.takes_context else []
        words += [out.value(argument) for argument in self.args]
        keywords = [(key, out.value(argument)) for key, argument in self.kwargs.items()]
        words += [f"{key}={value}" if not iskeyword(key) else f"**{{{key!r}: {value}}}" for key, value in keywords]
        result = out.assign(f"{out.constant(self.func)}({', '.join(words)})")
        if self.target_var is not None:
            out.line(f"context[{self.target_var!r}] = {result}")
            return
        if out.autoescape:
            out.line(
                f"if type({result}) is not SafeString: {result} = "
                f"escape_text({result}) if type({result}) is str else {out.constant(conditional_escape)}({result})"
            )
        else:
            out.line(f"if type({result}) is not str: {result} = str({result})")
        out.piece(result)


class SimpleBlockNode(SimpleNode):
    """A tag made by `simple_block_tag`."""

    child_nodelists: Sequence[str] = ("nodelist",)

    def __init__(self, nodelist: NodeList, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.nodelist = nodelist

    def call_arguments(self, context: Any) -> tuple[list[Any], dict[str, Any]]:
        values, keywords = super().call_arguments(context)
        values.insert(1 if self.takes_context else 0, self.nodelist.render(context))
        return values, keywords

    def render(self, context: Any) -> Any:  # by itself, as there is no code for the body
        return super().render(context)


class InclusionNode(FunctionNode):
    """A tag made by `inclusion_tag`."""

    child_nodelists = ()

    def __init__(
        self,
        func: Callable[..., Any],
        takes_context: bool | None,
        args: list[FilterExpression],
        kwargs: dict[str, FilterExpression],
        filename: Any,
    ) -> None:
        super().__init__(func, takes_context, args, kwargs)
        self.filename = filename

    def render(self, context: Any) -> Any:
        values, keywords = self.call_arguments(context)
        names = self.func(*values, **keywords)
        template = self._template(context)
        inner = context.new(names)
        # Included forms need the token, whatever the function returned.
        csrf_token = context.get("csrf_token")
        if csrf_token is not None:
            inner["csrf_token"] = csrf_token
        return template.render(inner)

    def _template(self, context: Any) -> Any:
        template = context.render_context.get(self)
        if template is None:
            filename = self.filename
            if isinstance(filename, Template):
                template = filename
            elif isinstance(getattr(filename, "template", None), Template):
                template = filename.template
            elif not isinstance(filename, str) and isinstance(filename, Iterable):
                template = context.template.engine.select_template(filename)
            else:
                template = context.template.engine.get_template(filename)
            context.render_context[self] = template
        return template


def import_library(name: str) -> Library:
    """Import a module and return the library it registers.

    Raises:
        InvalidTemplateLibrary: it cannot be imported, or has no `register`.
    """
    try:
        module = import_module(name)
    except ImportError as error:
        raise InvalidTemplateLibrary(
            f"Invalid template library specified. ImportError raised when trying to load '{name}': {error}"
        ) from error
    try:
        return module.register  # type: ignore[no-any-return]  # by convention
    except AttributeError as error:
        raise InvalidTemplateLibrary(f"Module {name} does not have a variable named 'register'") from error


for _documented in (
    Library,
    InvalidTemplateLibrary,
    FunctionNode,
    SimpleNode,
    SimpleBlockNode,
    InclusionNode,
    parse_bits,
    import_library,
):
    _documented.__module__ = "hotclub.template.library"
