"""Enumerations for `choices`: members carry a value and a label."""

from __future__ import annotations

import enum
import sys
from typing import TYPE_CHECKING, Any, cast

from hotclub.utils.functional import Promise

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Self

__all__ = ["Choices", "IntegerChoices", "TextChoices"]


class ChoicesType(enum.EnumType):
    """Metaclass that reads labels from member definitions and offers `names`, `values`, `labels`, `choices`."""

    def __new__(metacls, classname: str, bases: tuple[type, ...], classdict: Any, **kwds: Any) -> Any:
        labels: list[Any] = []
        for key in classdict._member_names:
            value = classdict[key]
            if isinstance(value, (list, tuple)) and len(value) > 1 and isinstance(value[-1], (Promise, str)):
                *rest, label = value
                value = tuple(rest)
            else:
                label = key.replace("_", " ").title()
            labels.append(label)
            # The plain dictionary is written: the enum's own refuses a second definition.
            dict.__setitem__(classdict, key, value)
        cls: Any = super().__new__(metacls, classname, bases, classdict, **kwds)
        for member, label in zip(cls.__members__.values(), labels, strict=True):
            member._label_ = label
        return enum.unique(cls)

    if sys.version_info < (3, 12):

        def __contains__(cls, member: object) -> bool:
            if not isinstance(member, enum.Enum):
                return any(each.value == member for each in cast("Iterator[enum.Enum]", iter(cls)))
            return super().__contains__(member)

    @property
    def names(cls) -> list[str]:
        """The member names, after the empty one if the class has one."""
        empty = ["__empty__"] if hasattr(cls, "__empty__") else []
        return empty + [member.name for member in cast("Iterator[enum.Enum]", iter(cls))]

    @property
    def choices(cls) -> list[tuple[Any, Any]]:
        """Pairs of value and label, after the empty one if the class has one."""
        empty = [(None, cls.__empty__)] if hasattr(cls, "__empty__") else []
        return empty + [(member.value, member.label) for member in cast("Iterator[Any]", iter(cls))]

    @property
    def labels(cls) -> list[Any]:
        return [label for _, label in cls.choices]

    @property
    def values(cls) -> list[Any]:
        return [value for value, _ in cls.choices]


class Choices(enum.Enum, metaclass=ChoicesType):
    """Base of enumerations that serve as a field's `choices`."""

    @enum.property
    def label(self) -> Any:
        """The text shown to people."""
        return self._label_  # type: ignore[attr-defined]  # set by the metaclass

    # Templates would call the class and fail; here they get the class itself.
    do_not_call_in_templates = enum.nonmember(True)

    def __str__(self) -> str:
        return str(self.value)

    def __repr__(self) -> str:
        return f"{self.__class__.__qualname__}.{self._name_}"


class IntegerChoices(Choices, enum.IntEnum):
    """Choices whose values are integers."""

    def __repr__(self) -> str:
        return f"{self.__class__.__qualname__}.{self._name_}"


class TextChoices(Choices, enum.StrEnum):
    """Choices whose values are strings; `auto()` gives the member name."""

    if TYPE_CHECKING:

        def __new__(cls, value: str, label: Any = None) -> Self: ...

    @staticmethod
    def _generate_next_value_(name: str, start: int, count: int, last_values: list[Any]) -> str:
        return name


for _public in (ChoicesType, Choices, IntegerChoices, TextChoices):
    _public.__module__ = "hotclub.db.models.enums"
