"""Marks on functions: actions and columns. Knows no admin; `decorators` is the documented path."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from hotclub.contrib.admin.parameters import ActionLocation


def action(
    function: Callable[..., Any] | None = None,
    *,
    permissions: Sequence[str] | None = None,
    description: Any = None,
    description_plural: Any = None,
    location: Any = ActionLocation.CHANGE_LIST,
) -> Any:
    """Mark a function as an action.

    Args:
        function: the function.
        permissions: permissions one of which the user needs; the admin's `has_<name>_permission` is asked.
        description: text of its option.
        description_plural: text of its option in a list.
        location: where it is offered; one or several.
    """

    def decorate(function: Any) -> Any:
        if permissions is not None:
            function.allowed_permissions = permissions
        if description is not None:
            function.short_description = description
        if description_plural is not None:
            function.plural_description = description_plural
        function.locations = [location] if isinstance(location, ActionLocation) else list(location)
        return function

    return decorate if function is None else decorate(function)


def display(
    function: Callable[..., Any] | None = None,
    *,
    boolean: bool | None = None,
    ordering: Any = None,
    description: Any = None,
    empty_value: Any = None,
) -> Any:
    """Say how a function is shown as a column.

    Args:
        function: the function.
        boolean: show an icon for true, false or unknown.
        ordering: what the column sorts by.
        description: its heading.
        empty_value: what stands for an empty value.

    Raises:
        ValueError: both `boolean` and `empty_value` are given.
    """

    def decorate(function: Any) -> Any:
        if boolean is not None and empty_value is not None:
            raise ValueError("The boolean and empty_value arguments to the @display decorator are mutually exclusive.")
        for name, value in (
            ("boolean", boolean),
            ("admin_order_field", ordering),
            ("short_description", description),
            ("empty_value_display", empty_value),
        ):
            if value is not None:
                setattr(function, name, value)
        return function

    return decorate if function is None else decorate(function)
