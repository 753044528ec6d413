"""What generated code may call: the only names it sees besides its constants.

Functions come in pairs by what a missing variable gives: `…_text` shows nothing (or `string_if_invalid`), `…_none`
gives None as in conditions and loops, the plain one raises.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from hotclub._template.errors import VariableDoesNotExist
from hotclub._template.lookup import MISSING, call, follow, invalid_output, invalid_text, read, reader, report, settle
from hotclub._template.output import (
    documented_entities,
    escape_inner,
    escape_text,
    plain_integers,
    render_value_in_context,
)
from hotclub.utils.safestring import SafeData, SafeString, mark_safe
from hotclub.utils.timezone import template_localtime

PLAIN = frozenset({str, SafeString, int, bool, float, type(None), list, dict, tuple, set})
"""Types whose instances are never callable and need no settling."""

SIZED = frozenset({str, SafeString, list, tuple, dict, set})

_EMPTY: tuple[Any, ...] = ()


def settle_text(value: Any, bit: str, context: Any) -> Any:
    try:
        return settle(value, bit, context)
    except VariableDoesNotExist:
        return invalid_text(context)


def settle_none(value: Any, bit: str, context: Any) -> Any:
    try:
        return settle(value, bit, context)
    except VariableDoesNotExist:
        return None


def path(value: Any, first: str, rest: tuple[str, ...], context: Any) -> Any:
    """Follow a path from the raw value of its first name."""
    if value is MISSING or callable(value):
        value = settle(value, first, context)
    return follow(value, rest, context)


def path_text(value: Any, first: str, rest: tuple[str, ...], context: Any) -> Any:
    try:
        return path(value, first, rest, context)
    except VariableDoesNotExist:
        return invalid_text(context)


def path_none(value: Any, first: str, rest: tuple[str, ...], context: Any) -> Any:
    try:
        return path(value, first, rest, context)
    except VariableDoesNotExist:
        return None


Resolver = Callable[[Any, str, tuple[str, ...], Any], Any]

OBJECTS: set[type] = set()
"""Types seen on paths whose instances have attributes but no keys and are not callable: a look-up is `getattr` alone."""

MOST_OBJECT_TYPES = 1000
"""With more than these the set begins anew: types made at run time must not be kept for ever."""

_NOT_THERE = (KeyError, AttributeError, TypeError)


def attribute_follower(
    long_way: Resolver, finish: Callable[[Any, str, Any], Any]
) -> tuple[Callable[[Any, str, str, Any], Any], ...]:
    """Make the two functions for a path of two parts; objects and dictionaries take a short way.

    Args:
        long_way: follows the path where the short way does not apply or fails.
        finish: the `settle` of that kind, for what the last part gives.

    Returns:
        A function that follows the path, and one that generated code calls while it handles the error of a look-up
        that it wrote in place.
    """

    def recover(value: Any, first: str, bit: str, context: Any) -> Any:
        error = sys.exception()
        if error is None or isinstance(error, _NOT_THERE):
            return long_way(value, first, (bit,), context)
        assert isinstance(error, Exception)  # generated code catches no more
        report(error, bit, context)
        if getattr(error, "silent_variable_failure", False):
            return invalid_text(context)
        raise error

    def follow_attribute(value: Any, first: str, bit: str, context: Any) -> Any:
        kind = type(value)
        if kind is not dict and kind not in OBJECTS:
            if value is MISSING or hasattr(kind, "__getitem__") or callable(value):
                return long_way(value, first, (bit,), context)
            if len(OBJECTS) >= MOST_OBJECT_TYPES:
                OBJECTS.clear()
            OBJECTS.add(kind)
        try:
            result = value[bit] if kind is dict else getattr(value, bit)
        except Exception:
            return recover(value, first, bit, context)
        if type(result) in PLAIN or not callable(result):
            return result
        return finish(result, bit, context)

    return follow_attribute, recover


attribute, recover = attribute_follower(path, settle)
attribute_text, recover_text = attribute_follower(path_text, settle_text)
attribute_none, recover_none = attribute_follower(path_none, settle_none)


def show_name(value: Any, variable: Any, context: Any) -> str:
    """Return the text for the raw value of a name."""
    if value is MISSING or callable(value):
        try:
            value = settle(value, variable.lookups[0], context)
        except VariableDoesNotExist:
            value = invalid_output(context, variable)
    return render_value_in_context(value, context)


def as_sequence(value: Any) -> Any:
    """Return what a loop runs over: something with a length."""
    if value is None:
        return _EMPTY
    return value if hasattr(value, "__len__") else list(value)


def unpack(item: Any, count: int) -> Any:
    """Return the values for several loop variables.

    Raises:
        ValueError: the item has another number of values.
    """
    try:
        given = len(item)
    except TypeError:  # not an iterable
        given = 1
    if given != count:
        raise ValueError(f"Need {count} values to unpack in for loop; got {given}. ")
    return item


def set_forloop(loop: dict[str, Any], index: int, length: int) -> None:
    """Bring the `forloop` dictionary to an iteration."""
    loop["counter0"] = index
    loop["counter"] = index + 1
    loop["revcounter"] = length - index
    loop["revcounter0"] = length - index - 1
    loop["first"] = index == 0
    loop["last"] = index == length - 1


def rendered(text: Any, node: Any) -> str:
    """Check what a foreign node rendered.

    Raises:
        TypeError: it is not text.
    """
    if isinstance(text, str):
        return text
    raise TypeError(
        f"{type(node).__module__}.{type(node).__qualname__}.render() returned {type(text).__name__}, expected str."
    )


NAMESPACE: dict[str, Any] = {
    "MISSING": MISSING,
    "OBJECTS": OBJECTS,
    "PLAIN": PLAIN,
    "SIZED": SIZED,
    "SafeData": SafeData,
    "SafeString": SafeString,
    "VariableDoesNotExist": VariableDoesNotExist,
    "Exception": Exception,
    "as_sequence": as_sequence,
    "attribute": attribute,
    "attribute_none": attribute_none,
    "attribute_text": attribute_text,
    "call": call,
    "callable": callable,
    "dict": dict,
    "documented_entities": documented_entities,
    "enumerate": enumerate,
    "escape_inner": escape_inner,
    "escape_text": escape_text,
    "follow": follow,
    "int": int,
    "invalid_output": invalid_output,
    "isinstance": isinstance,
    "len": len,
    "list": list,
    "localtime": template_localtime,
    "mark_safe": mark_safe,
    "path": path,
    "path_none": path_none,
    "path_text": path_text,
    "plain_integers": plain_integers,
    "read": read,
    "reader": reader,
    "recover": recover,
    "recover_none": recover_none,
    "recover_text": recover_text,
    "rendered": rendered,
    "report": report,
    "reversed": reversed,
    "set_forloop": set_forloop,
    "settle": settle,
    "settle_none": settle_none,
    "settle_text": settle_text,
    "show": render_value_in_context,
    "show_name": show_name,
    "str": str,
    "tuple": tuple,
    "type": type,
    "unpack": unpack,
}
"""The built-in names of generated code."""
