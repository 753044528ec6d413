"""The steps of a variable path: key, attribute, index, call.

One function a step, shared by `Variable.resolve` and by generated code. The documented order for `a.b` is dictionary
key, attribute, list index; a callable result is called without arguments unless it forbids that.
"""

from __future__ import annotations

import inspect
import logging
from collections.abc import Callable
from typing import Any

from hotclub._template.context import BaseContext
from hotclub._template.errors import VariableDoesNotExist

logger = logging.getLogger("hotclub.template")


class Missing:
    """The type of `MISSING`, what generated code gets for a name the context does not have."""

    def __repr__(self) -> str:
        return "MISSING"


MISSING = Missing()

_NO_KEY = (TypeError, AttributeError, KeyError, ValueError, IndexError)


def step(current: Any, bit: str) -> Any:
    """Follow one part of a path, without calling the result.

    Raises:
        VariableDoesNotExist: there is neither key, attribute nor index of that name.
    """
    kind = type(current)
    # A class whose metaclass has no __getitem__ would answer with a generic alias: list["x"].
    if kind is dict or hasattr(kind, "__getitem__"):
        try:
            return current[bit]
        except _NO_KEY:
            pass
    if not isinstance(current, BaseContext):  # the methods of a context are no names of the template
        try:
            return getattr(current, bit)
        except (TypeError, AttributeError):
            # An attribute that exists but failed inside is an error of the program, not a missing name.
            if bit in dir(current):
                raise
    if hasattr(kind, "__getitem__"):
        try:
            return current[int(bit)]
        except (IndexError, ValueError, KeyError, TypeError):
            pass
    raise VariableDoesNotExist("Failed lookup for key [%s] in %r", (bit, current))


def call(value: Any, context: Any) -> Any:
    """Call a callable found on a path, as far as it may be called from templates."""
    if getattr(value, "do_not_call_in_templates", False):
        return value
    if getattr(value, "alters_data", False):
        return invalid_text(context)
    try:
        return value()
    except TypeError:
        if accepts_no_arguments(value):
            raise
        return invalid_text(context)


def accepts_no_arguments(function: Callable[..., Any]) -> bool:
    """Whether a callable can be called without arguments; unknown signatures count as not."""
    try:
        signature = inspect.signature(function, **_FORWARD_REFERENCES)
    except ValueError:
        return False
    try:
        signature.bind()
    except TypeError:
        return False
    return True


_FORWARD_REFERENCES: dict[str, Any] = {}
try:
    from annotationlib import Format  # type: ignore[import-not-found,unused-ignore]  # Python 3.14 and later

    _FORWARD_REFERENCES["annotation_format"] = Format.FORWARDREF
except ImportError:
    pass


def invalid_text(context: Any) -> str:
    """Return the engine's `string_if_invalid`, as it stands."""
    template = getattr(context, "template", None)
    return template.engine.string_if_invalid if template is not None else ""


def invalid_output(context: Any, variable: Any) -> str:
    """Return what is shown for a variable that does not exist; `%s` in it stands for the variable."""
    text = invalid_text(context)
    return text % variable if text and "%s" in text else text


def follow(current: Any, lookups: tuple[str, ...], context: Any) -> Any:
    """Follow a path, calling what is callable on the way.

    Args:
        current: where the first part is looked up.
        lookups: the parts.
        context: for the engine's options.

    Raises:
        VariableDoesNotExist: a part leads nowhere.
    """
    bit = ""
    try:
        for bit in lookups:
            current = step(current, bit)
            if callable(current):
                current = call(current, context)
    except Exception as error:
        report(error, bit, context)
        if getattr(error, "silent_variable_failure", False):
            return invalid_text(context)
        raise
    return current


def report(error: Exception, bit: str, context: Any) -> None:
    """Log a failed look-up at debug level, with its traceback."""
    if logger.isEnabledFor(logging.DEBUG):
        name = getattr(context, "template_name", None) or "unknown"
        logger.debug("Exception while resolving variable '%s' in template '%s'.", bit, name, exc_info=True)


def settle(value: Any, bit: str, context: Any) -> Any:
    """Finish a name that generated code read from the context: report it as missing, or call it.

    Raises:
        VariableDoesNotExist: `value` is `MISSING`.
    """
    if value is MISSING:
        # The documented order tries the context's attributes too; RenderContext and the like are not shown.
        return follow(context, (bit,), context)
    if callable(value):
        try:
            return call(value, context)
        except Exception as error:
            report(error, bit, context)
            if getattr(error, "silent_variable_failure", False):
                return invalid_text(context)
            raise
    return value


def read(context: Any, name: str) -> Any:
    """Return the raw value of a context name, or `MISSING`."""
    for level in reversed(context.dicts):
        if name in level:
            return level[name]
    return MISSING


def reader(context: Any) -> Callable[[str, Any], Any]:
    """Return a function like `dict.get` over all levels of the context, valid until the context changes."""
    dicts = context.dicts
    if len(dicts) == 2 and type(dicts[1]) is dict:
        get: Callable[[str, Any], Any] = dicts[1].get
        return get
    flat: dict[str, Any] = {}
    for level in dicts[1:]:
        if type(level) is not dict and not hasattr(level, "context"):
            return context.get  # type: ignore[no-any-return]  # an unusual mapping keeps its own protocol
        if level:
            flat.update(level)
    return flat.get
