"""Names of query parameters and form fields of the admin, and constants of its options."""

from __future__ import annotations

import enum
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from hotclub.utils.deprecation import RemovedInDjango2028Warning

ALL_VAR = "all"
ORDER_VAR = "o"
PAGE_VAR = "p"
SEARCH_VAR = "q"
ERROR_FLAG = "e"
IS_FACETS_VAR = "_facets"
IS_POPUP_VAR = "_popup"
SOURCE_MODEL_VAR = "_source_model"
TO_FIELD_VAR = "_to_field"
ACTION_CHECKBOX_NAME = "_selected_action"

EMPTY_VALUE_STRING = "-"
HORIZONTAL, VERTICAL = 1, 2


class ShowFacets(enum.Enum):
    """Whether filters show how many rows each choice gives."""

    __module__ = "hotclub.contrib.admin.options"

    NEVER = "NEVER"
    ALLOW = "ALLOW"
    ALWAYS = "ALWAYS"


class ActionLocation(enum.Enum):
    """Where an action is offered."""

    __module__ = "hotclub.contrib.admin.options"

    CHANGE_FORM = "CHANGE_FORM"
    CHANGE_LIST = "CHANGE_LIST"


@dataclass
class Action:
    """An action of a model's admin.

    Args:
        func: called with the admin, the request and a queryset.
        name: value of its option.
        description: text of its option for one object.
        plural_description: text of its option for a list.
        locations: where it is offered.
    """

    func: Callable[..., Any]
    name: str
    description: Any
    plural_description: Any = None
    locations: list[ActionLocation] = field(default_factory=lambda: [ActionLocation.CHANGE_LIST])

    def _as_triple(self) -> tuple[Any, str, Any]:
        return self.func, self.name, self.plural_description or self.description

    def __iter__(self) -> Iterator[Any]:
        warnings.warn(
            "Unpacking an action tuple is deprecated. Use Action attributes instead.",
            RemovedInDjango2028Warning,
            stacklevel=2,
        )
        return iter(self._as_triple())

    def __getitem__(self, index: Any) -> Any:
        warnings.warn(
            "Using indexes on an action tuple is deprecated. Use Action attributes instead.",
            RemovedInDjango2028Warning,
            stacklevel=2,
        )
        return self._as_triple()[index]


Action.__module__ = "hotclub.contrib.admin.options"  # not in the body: a dataclass looks its module up
