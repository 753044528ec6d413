"""The stack of dictionaries a template is rendered with.

`Context` is what templates see, `RenderContext` what nodes keep for the time of one rendering. Both are created for
every rendering, so construction does as little as possible. This module knows neither templates nor settings.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import copy
from typing import Any, Self

_CONSTANTS = {"True": True, "False": False, "None": None}


class ContextPopException(Exception):
    """`pop()` was called more often than `push()`."""


class ContextDict(dict[str, Any]):
    """One pushed level; as a context manager it is popped at the end of the block."""

    __slots__ = ("context",)

    def __init__(self, context: BaseContext, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        context.dicts.append(self)
        self.context = context

    def __enter__(self) -> ContextDict:
        return self

    def __exit__(self, *args: object) -> None:
        self.context.pop()


class BaseContext:
    """A stack of dictionaries; a look-up goes from the top down."""

    dicts: list[Any]

    def __init__(self, dict_: Any = None) -> None:
        self._fill(dict_)

    def _fill(self, value: Any = None) -> None:
        if value is None:
            self.dicts = [_CONSTANTS.copy()]
        elif isinstance(value, BaseContext):
            self.dicts = [_CONSTANTS.copy(), *value.dicts[1:]]
        else:
            self.dicts = [_CONSTANTS.copy(), value]

    def __copy__(self) -> Self:
        duplicate = object.__new__(type(self))
        duplicate.__dict__.update(self.__dict__)
        duplicate.dicts = self.dicts[:]
        return duplicate

    def __repr__(self) -> str:
        return repr(self.dicts)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.dicts[::-1])

    def push(self, *args: Any, **kwargs: Any) -> ContextDict:
        """Put a new level on the stack; the result may be used in a `with` statement."""
        levels = []
        for level in args:
            if isinstance(level, BaseContext):
                levels += level.dicts[1:]
            else:
                levels.append(level)
        return ContextDict(self, *levels, **kwargs)

    def pop(self) -> Any:
        """Take the top level off.

        Raises:
            ContextPopException: only the base level is left.
        """
        if len(self.dicts) == 1:
            raise ContextPopException
        return self.dicts.pop()

    def __setitem__(self, key: str, value: Any) -> None:
        self.dicts[-1][key] = value

    def set_upward(self, key: str, value: Any) -> None:
        """Set a name in the highest level that has it, else in the top level."""
        for level in reversed(self.dicts):
            if key in level:
                level[key] = value
                return
        self.dicts[-1][key] = value

    def __getitem__(self, key: str) -> Any:
        for level in reversed(self.dicts):
            if key in level:
                return level[key]
        raise KeyError(key)

    def __delitem__(self, key: str) -> None:
        del self.dicts[-1][key]

    def __contains__(self, key: object) -> bool:
        return any(key in level for level in self.dicts)

    def get(self, key: str, otherwise: Any = None) -> Any:
        """Return the value of a name, or `otherwise`."""
        for level in reversed(self.dicts):
            if key in level:
                return level[key]
        return otherwise

    def setdefault(self, key: str, default: Any = None) -> Any:
        """Return the value of a name; if there is none, set it to `default` first."""
        try:
            return self[key]
        except KeyError:
            self[key] = default
        return default

    def new(self, values: Any = None) -> Self:
        """Return a context of the same kind that sees only `values`."""
        fresh = copy(self)
        fresh._fill(values)
        return fresh

    def flatten(self) -> dict[str, Any]:
        """Return all levels as one dictionary."""
        flat: dict[str, Any] = {}
        for level in self.dicts:
            flat.update(level)
        return flat

    def __eq__(self, other: object) -> bool:
        """Two contexts are equal if they flatten to the same dictionary."""
        return self.flatten() == other.flatten() if isinstance(other, BaseContext) else NotImplemented

    __hash__ = None  # type: ignore[assignment]  # mutable, compared by value


class RenderContext(BaseContext):
    """What nodes keep during one rendering. Only the top level is seen: an included template starts afresh."""

    template: Any = None

    def __init__(self, dict_: Any = None) -> None:
        self.dicts = [{}] if dict_ is None else [{}, dict_]

    def __iter__(self) -> Iterator[Any]:
        return iter(self.dicts[-1])

    def __contains__(self, key: object) -> bool:
        return key in self.dicts[-1]

    def get(self, key: Any, otherwise: Any = None) -> Any:
        return self.dicts[-1].get(key, otherwise)

    def __getitem__(self, key: Any) -> Any:
        return self.dicts[-1][key]

    @contextmanager
    def push_state(self, template: Any, isolated_context: bool = True) -> Iterator[None]:
        """Render another template for a while.

        Args:
            template: the template being rendered.
            isolated_context: whether it starts with an empty level of its own.
        """
        previous = self.template
        self.template = template
        if isolated_context:
            self.push()
        try:
            yield
        finally:
            self.template = previous
            if isolated_context:
                self.pop()


class Context(BaseContext):
    """Names and values for a rendering.

    Args:
        dict_: the first level.
        autoescape: whether output is escaped.
        use_l10n: whether values are localized; None for the site's setting.
        use_tz: whether datetimes are shown in local time; None for the site's setting.
    """

    autoescape = True
    use_l10n: bool | None = None
    use_tz: bool | None = None
    template_name: str | None = "unknown"
    template: Any = None

    def __init__(
        self, dict_: Any = None, autoescape: bool = True, use_l10n: bool | None = None, use_tz: bool | None = None
    ) -> None:
        if not autoescape:
            self.autoescape = autoescape
        if use_l10n is not None:
            self.use_l10n = use_l10n
        if use_tz is not None:
            self.use_tz = use_tz
        self.render_context = RenderContext()
        if dict_ is None:
            self.dicts = [_CONSTANTS.copy()]
        elif isinstance(dict_, BaseContext):
            self.dicts = [_CONSTANTS.copy(), *dict_.dicts[1:]]
        else:
            self.dicts = [_CONSTANTS.copy(), dict_]

    @contextmanager
    def bind_template(self, template: Any) -> Iterator[None]:
        """Belong to `template` for the time of its rendering.

        Raises:
            RuntimeError: the context is being rendered already.
        """
        if self.template is not None:
            raise RuntimeError("Context is already bound to a template")
        self.template = template
        try:
            yield
        finally:
            self.template = None

    def __copy__(self) -> Self:
        duplicate = super().__copy__()
        duplicate.render_context = copy(self.render_context)
        return duplicate

    def update(self, other_dict: Any) -> ContextDict:
        """Push a dictionary (or the levels of another context) on the stack."""
        if not hasattr(other_dict, "__getitem__"):
            raise TypeError("other_dict must be a mapping (dictionary-like) object.")
        if isinstance(other_dict, BaseContext):
            other_dict = other_dict.dicts[1:].pop()
        return ContextDict(self, other_dict)


class RequestContext(Context):
    """A context that also holds what the engine's context processors give for a request.

    Args:
        request: the request; processors are called with it when rendering begins.
        dict_: the first level.
        processors: further processors, run after those of the engine.
        use_l10n: see `Context`.
        use_tz: see `Context`.
        autoescape: see `Context`.
    """

    def __init__(
        self,
        request: Any,
        dict_: Any = None,
        processors: Any = None,
        use_l10n: bool | None = None,
        use_tz: bool | None = None,
        autoescape: bool = True,
    ) -> None:
        super().__init__(dict_, use_l10n=use_l10n, use_tz=use_tz, autoescape=autoescape)
        self.request = request
        self._processors: tuple[Callable[[Any], dict[str, Any]], ...] = () if processors is None else tuple(processors)
        self._processors_index = len(self.dicts)
        self.update({})  # filled by the processors
        self.update({})  # so that a template's own assignments do not touch what processors gave

    @contextmanager
    def bind_template(self, template: Any) -> Iterator[None]:
        if self.template is not None:
            raise RuntimeError("Context is already bound to a template")
        self.template = template
        values: dict[str, Any] = {}
        for processor in (*template.engine.template_context_processors, *self._processors):
            additions = processor(self.request)
            try:
                values.update(additions)
            except TypeError as error:
                raise TypeError(f"Context processor {processor.__qualname__} didn't return a dictionary.") from error
        self.dicts[self._processors_index] = values
        try:
            yield
        finally:
            self.template = None
            self.dicts[self._processors_index] = {}

    def new(self, values: Any = None) -> Self:
        """See `BaseContext.new`. The copy keeps the request but not what processors gave."""
        fresh = super().new(values)
        # A copy that is bound again starts without a place for processors: it never binds, as it has a template.
        fresh.__dict__.pop("_processors_index", None)
        return fresh


def make_context(context: Any, request: Any = None, **kwargs: Any) -> Context:
    """Make a context of a plain dictionary, with a request if there is one.

    Raises:
        TypeError: `context` is neither a dictionary nor None.
    """
    if context is not None and not isinstance(context, dict):
        raise TypeError(f"context must be a dict rather than {context.__class__.__name__}.")
    if request is None:
        return Context(context, **kwargs)
    made = RequestContext(request, **kwargs)
    if context:
        made.push(context)
    return made


for _documented in (
    ContextPopException,
    ContextDict,
    BaseContext,
    Context,
    RequestContext,
    RenderContext,
):
    _documented.__module__ = "hotclub.template.context"
