"""What is needed to change an API in an orderly way, and `MiddlewareMixin`, whose documented home this is."""

from __future__ import annotations

import functools
import inspect
import os
import sys
import warnings
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from hotclub._kernel.deprecation import (
    RemovedAfterNextVersionWarning,
    RemovedInDjango2028Warning,
    RemovedInNextVersionWarning,
    warn_about_external_use,
)
from hotclub._kernel.late_modules import LateModule, is_coroutine_function
from hotclub.utils.inspect import signature

if TYPE_CHECKING:
    from asgiref import sync as crossing
else:
    crossing = LateModule("asgiref.sync")

__all__ = [
    "MiddlewareMixin",
    "RemovedAfterNextVersionWarning",
    "RemovedInDjango2028Warning",
    "RemovedInNextVersionWarning",
    "RenameMethodsBase",
    "deprecate_posargs",
    "django_file_prefixes",
    "warn_about_external_use",
    "warn_about_implementation",
]


@functools.cache
def django_file_prefixes() -> tuple[str, ...]:
    """Return the directory of the package, with a separator at its end, for `warnings.warn(skip_file_prefixes=…)`."""
    file = getattr(sys.modules["hotclub"], "__file__", None)
    if file is None:
        return ()
    return (os.path.dirname(file) + os.path.sep,)


def warn_about_implementation(message: str, category: type[Warning], target: Any) -> None:
    """Warn, blaming the place where a function, class or method is defined."""
    if inspect.isclass(target):
        _, line = inspect.getsourcelines(target)
        file = inspect.getsourcefile(target) or ""
        module = target.__module__
    else:
        code = inspect.unwrap(getattr(target, "__func__", target)).__code__
        line, file, module = code.co_firstlineno, code.co_filename, target.__module__
    warnings.warn_explicit(message, category, filename=file, lineno=line, module=module)


def _under_old_name(owner: str, old: str, new: str, method: Callable[..., Any], category: type[Warning]) -> Any:
    @functools.wraps(method)
    def renamed(*args: Any, **kwargs: Any) -> Any:
        warnings.warn(f"`{owner}.{old}` is deprecated, use `{new}` instead.", category, stacklevel=2)
        return method(*args, **kwargs)

    return renamed


class RenameMethodsBase(type):
    """Metaclass for a renamed method: both names work, defining or calling the old one warns.

    Subclasses set `renamed_methods`: tuples (old name, new name, warning class).
    """

    renamed_methods: tuple[tuple[str, str, type[Warning]], ...] = ()

    def __init__(cls, name: str, bases: tuple[type, ...], attrs: dict[str, Any], **kwargs: Any) -> None:
        super().__init__(name, bases, attrs, **kwargs)
        # A mixin of another metaclass may define the old name: every class in the line gets both.
        for owner in cls.__mro__:
            for old, new, category in cls.renamed_methods:
                defined = vars(owner)
                if old in defined and new not in defined:
                    message = f"`{owner.__name__}.{old}` method should be renamed `{new}`."
                    warnings.warn(message, category, stacklevel=2)
                    setattr(owner, new, defined[old])
                elif old in defined or new not in defined:
                    continue
                setattr(owner, old, _under_old_name(owner.__name__, old, new, vars(owner)[new], category))


class _PositionalNames:
    """What a function's call looked like before some of its arguments became keyword-only.

    Raises:
        TypeError: the names do not fit the function.
    """

    def __init__(self, func: Any, names: list[str], category: type[Warning]) -> None:
        parameters = signature(func).parameters
        self.names = names
        self.category = category
        self.positional = _check_posargs(parameters, names)
        self.hidden = int(
            self.positional > 0 and next(iter(parameters)) in ("self", "cls") and "." in func.__qualname__
        )
        """Arguments that people do not see: the instance, or the class."""
        self.called: str = func.__name__
        if self.called == "__init__" and self.hidden:
            # People call the class.
            self.called = func.__qualname__.rsplit(".", 2)[-2]

    def remap(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Return the arguments as the function takes them now, with a warning.

        Raises:
            TypeError: there are too many, or one is given twice.
        """
        extra = args[self.positional :]
        if len(extra) > len(self.names):
            allowed = self.positional + len(self.names) - self.hidden
            raise TypeError(
                f"{self.called}() takes at most {allowed} positional argument(s) (including {len(self.names)} "
                f"deprecated) but {len(args) - self.hidden} were given."
            )
        given = self.names[: len(extra)]
        if doubles := [name for name in given if name in kwargs]:
            raise TypeError(
                f"{self.called}() got both deprecated positional and keyword argument values for "
                f"{', '.join(map(repr, doubles))}"
            )
        warnings.warn(
            f"Passing positional argument(s) {', '.join(map(repr, given))} to {self.called}() is deprecated. Use "
            "keyword arguments instead.",
            self.category,
            stacklevel=3,
        )
        return args[: self.positional], {**dict(zip(given, extra, strict=True)), **kwargs}


_NOT_FUNCTIONS = (
    (type, "@deprecate_posargs cannot be applied to a class. (Apply it to the __init__ method.)"),
    (classmethod, "Apply @classmethod before @deprecate_posargs."),
    (staticmethod, "Apply @staticmethod before @deprecate_posargs."),
)


def deprecate_posargs(
    deprecation_warning: type[Warning], remappable_names: Iterable[str], /
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Decorate a function whose positional arguments became keyword-only: they work for now, with a warning.

    Args:
        deprecation_warning: class of the warning.
        remappable_names: the names, in the order in which they used to be positional.

    Raises:
        TypeError: the decorator does not fit the function.
    """
    names = list(remappable_names)

    def decorator(func: Any) -> Callable[..., Any]:
        for kind, complaint in _NOT_FUNCTIONS:
            if isinstance(func, kind):
                raise TypeError(complaint)
        before = _PositionalNames(func, names, deprecation_warning)

        if is_coroutine_function(func):

            @functools.wraps(func)
            async def async_wrapper(*args: Any, **kwargs: Any) -> Any:
                if len(args) > before.positional:
                    args, kwargs = before.remap(args, kwargs)
                return await func(*args, **kwargs)

            return async_wrapper

        @functools.wraps(func)
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            if len(args) > before.positional:
                args, kwargs = before.remap(args, kwargs)
            return func(*args, **kwargs)

        return wrapper

    return decorator


def _check_posargs(parameters: Any, names: list[str]) -> int:
    """Check that the names are keyword-only parameters; return how many positional ones there are."""
    kinds = [parameter.kind for parameter in parameters.values()]
    if inspect.Parameter.VAR_POSITIONAL in kinds:
        raise TypeError("@deprecate_posargs() cannot be used with variable positional `*args`.")
    if inspect.Parameter.KEYWORD_ONLY not in kinds:
        raise TypeError(
            "@deprecate_posargs() requires at least one keyword-only parameter (after a `*` entry in the parameters list)."
        )
    if any(name not in parameters or parameters[name].kind != inspect.Parameter.KEYWORD_ONLY for name in names):
        raise TypeError("@deprecate_posargs() requires all remappable_names to be keyword-only parameters.")
    return sum(kind in (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD) for kind in kinds)


class MiddlewareMixin:
    """Base of middleware written as `process_request` and `process_response`; works under WSGI and ASGI.

    Hooks that never block may carry `runs_inline = True`; under ASGI they are then called in place instead of in a thread.

    Args:
        get_response: the next middleware, or the view. If it is a coroutine function, so is this one.

    Raises:
        ValueError: `get_response` is None.
    """

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[..., Any]) -> None:
        if get_response is None:
            raise ValueError("get_response must be provided.")
        self.get_response = get_response
        self.async_mode = is_coroutine_function(get_response)
        if self.async_mode:
            crossing.markcoroutinefunction(self)
        super().__init__()

    def __repr__(self) -> str:
        response = self.get_response
        name = getattr(response, "__qualname__", type(response).__name__)
        return f"<{type(self).__qualname__} get_response={name}>"

    def __call__(self, request: Any) -> Any:
        if self.async_mode:
            return self.__acall__(request)
        before, after = self._hooks()
        response = None if before is None else before(request)
        response = response or self.get_response(request)
        return response if after is None else after(request, response)

    async def __acall__(self, request: Any) -> Any:
        """The async half of `__call__`: hooks run in the context's thread, unless they say that they never block."""
        before, after = self._hooks()
        response = None if before is None else await _call_hook(before, request)
        response = response or await self.get_response(request)
        return response if after is None else await _call_hook(after, request, response)

    def _hooks(self) -> tuple[Any, Any]:
        """Return what the subclass does with requests and with responses; None for nothing."""
        return getattr(self, "process_request", None), getattr(self, "process_response", None)


async def _call_hook(hook: Callable[..., Any], *args: Any) -> Any:
    if getattr(hook, "runs_inline", False):
        return hook(*args)
    return await crossing.sync_to_async(hook, thread_sensitive=True)(*args)
