"""Shapes: what of a query decides its text, apart from the values that do not.

`describe` walks a value, an expression or a condition once. It gives a hashable key of everything that decides the SQL
text and puts everything that does not into a list. `slotted` makes the same walk and gives the thing back with a `Slot`
in place of each of those values. Both walks see the same values in the same order; that is the contract of this module.

Rules:
    1. A class takes part by declaring `shape_attributes`; a subclass with functions of its own must declare them anew.
    2. What cannot be described marks the sink as shapeless; it is left as it is by both walks, and the whole query is
       then compiled each time, with real values.
    3. `None`, `True` and `False` stay in the text: they change it too often.

Prior art: SQLAlchemy's cache keys and `inherit_cache`; Ecto's two-level plans.
"""

from __future__ import annotations

import datetime
import decimal
import uuid
from collections import deque
from collections.abc import Callable, Hashable, KeysView, ValuesView
from operator import attrgetter
from types import NoneType
from typing import Any

PLAIN = frozenset(
    {
        int,
        str,
        float,
        bytes,
        decimal.Decimal,
        datetime.date,
        datetime.datetime,
        datetime.time,
        datetime.timedelta,
        uuid.UUID,
    }
)
"""Types whose values never decide the text."""

SEQUENCES = frozenset({list, tuple, set, frozenset})

# What may stand for a list in an `__in`, and can be walked as often as one likes.
_LIST_LIKE = (range, deque, KeysView, ValuesView, tuple)


class Sink(list[Any]):
    """Collects the values of a walk; `shapeless` tells that some part could not say what decides its text."""

    # On the class: a constructor of its own would be most of what a sink costs.
    shapeless = False


class Slot:
    """Stands for the value with this index; `sample` is the value that was there when the shape was first seen.

    Attributes:
        part: which part of the value is meant and of how many, for a value of several parts (the tuple of a composite
            key); None for the whole.
    """

    __slots__ = ("index", "part", "prepare", "sample")

    def __init__(self, index: int, sample: Any, part: tuple[int, int] | None = None) -> None:
        self.index = index
        self.sample = sample
        self.part = part
        self.prepare: Callable[[Any], Any] | None = None

    def __reduce__(self) -> tuple[Any, ...]:
        return Slot, (self.index, self.sample, self.part)

    def __repr__(self) -> str:
        return f"<Slot {self.index}>" if self.part is None else f"<Slot {self.index}[{self.part[0]}]>"

    def __eq__(self, other: object) -> bool:
        return type(other) is Slot and (self.index, self.part) == (other.index, other.part)

    def __hash__(self) -> int:
        return hash((self.index, self.part))

    def __deepcopy__(self, memo: Any) -> Slot:
        return self

    def shifted(self, offset: int) -> Slot:
        """Return the slot for the same value in a longer list."""
        made = Slot(self.index + offset, self.sample, self.part)
        made.prepare = self.prepare
        return made

    def parts(self, count: int) -> list[Slot]:
        """Return slots for the parts of the value.

        Args:
            count: how many there are.
        """
        return [Slot(self.index, self.sample[position], (position, count)) for position in range(count)]

    def of(self, value: Any) -> Any:
        """Return what of the whole value the slot means.

        Raises:
            NeedsText: a part that writes a text of its own: None, an expression; or there are more parts or fewer.
        """
        if self.part is None:
            return value
        position, count = self.part
        if len(value) != count:
            raise NeedsText
        found = value[position]
        if found is None or hasattr(found, "as_sql"):
            raise NeedsText
        return found


class SlotMaker:
    """Hands out slots in the order of the walk and remembers them."""

    __slots__ = ("made", "next_index")

    def __init__(self, start: int) -> None:
        self.next_index = start
        self.made: list[Slot | None] = []

    def slot(self, value: Any) -> Slot:
        made = Slot(self.next_index, value)
        self.next_index += 1
        self.made.append(made)
        return made

    def skip(self, count: int) -> int:
        """Leave room for the values of an embedded query; gives the index of its first one."""
        start = self.next_index
        self.next_index += count
        self.made.extend([None] * count)
        return start


def _is_opaque(value: Any) -> bool:
    """Whether a value that is no expression of ours may decide the text in ways we cannot see."""
    cls = value.__class__
    if hasattr(value, "resolve_expression") or hasattr(value, "as_sql"):
        return True
    if cls in SEQUENCES:
        return any(hasattr(kind, "resolve_expression") for kind in set(map(_class_of, value)))
    if isinstance(value, (str, bytes, bytearray, memoryview)) or hasattr(value, "_meta") or cls is dict:
        return False
    return hasattr(value, "__iter__")


def describe(value: Any, sink: Sink) -> Hashable:
    """Return the key of a value and put what the key leaves out into `sink`."""
    cls = value.__class__
    if cls in PLAIN:
        sink.append(value)
        return cls  # type: ignore[no-any-return]
    if value is None or cls is bool:
        return (value,)
    shape = getattr(value, "shape", None)
    if shape is not None and hasattr(value, "slotted"):
        return shape(sink)  # type: ignore[no-any-return]
    if _is_opaque(value):
        sink.shapeless = True
        return None
    sink.append(value)
    if cls not in SEQUENCES:
        return cls  # type: ignore[no-any-return]
    # How long a list is decides the text of some lookups; their plans are fitted to it (`plan.Elastic`).
    kinds = frozenset(kind for kind in set(map(_class_of, value)) if kind is NoneType or hasattr(kind, "_meta"))
    return (cls, bool(value), kinds) if kinds else (cls, bool(value))


_class_of = attrgetter("__class__")


def slotted(value: Any, maker: SlotMaker) -> Any:
    """Return the value with slots where `describe` put something into its list."""
    cls = value.__class__
    if cls in PLAIN:
        return maker.slot(value)
    if value is None or cls is bool:
        return value
    own = getattr(value, "slotted", None)
    if own is not None and hasattr(value, "shape"):
        return own(maker)
    return value if _is_opaque(value) else maker.slot(value)


def lookup_value(key: str, value: Any) -> Any:
    """Return the value of a lookup as it is compared: a list for `__in` loses repetitions."""
    if key.endswith("__in") and (value.__class__ in SEQUENCES or isinstance(value, _LIST_LIKE)):
        try:
            return list({(part.__class__, part): part for part in value}.values())
        except TypeError:
            return list(value)
    return value


class NeedsText(Exception):  # a signal between binding and compiling, not an error
    """A value decides the text after all: the query must be compiled with its real values."""


def keeps(kind: type) -> Callable[[Any], Any]:
    """Mark a field's `get_prep_value()`: it gives a value of exactly this type back as it is."""

    def mark(function: Any) -> Any:
        function.kept_type = kind
        return function

    return mark


def by_field(function: Any) -> Any:
    """Mark a lookup's `prep_value()` or `db_value()`: a single value is left to the field, if the field keeps it."""
    function.leaves_to_field = True
    return function


def gives_back(through: str = "") -> Callable[[Any], Any]:
    """Mark a `db_value()` or a field's `get_db_prep_value()`: a prepared value is given back as it is.

    Args:
        through: the backend's method that has the last word; the mark holds where it is the one all backends begin with.
    """

    def mark(function: Any) -> Any:
        function.gives_back_through = through
        return function

    return mark


def is_kept(lookup: Any, field: Any, kind: type) -> bool:
    """Say whether preparing values of a type for a lookup would change nothing; the type belongs to the shape."""
    return getattr(type(lookup).prep_value, "leaves_to_field", False) and (
        getattr(type(field).get_prep_value, "kept_type", None) is kind
    )


def frozen(value: Any, sink: Sink) -> Hashable:
    """Return a hashable picture of an attribute that decides the text."""
    if value is None or isinstance(value, (str, type, frozenset, bytes)):
        return value
    if isinstance(value, (int, float)):
        return (value.__class__, value)  # 1, 1.0 and True are equal, but not the same
    if isinstance(value, (list, tuple)):
        return (value.__class__, tuple(frozen(part, sink) for part in value))
    if isinstance(value, dict):
        return tuple((name, frozen(part, sink)) for name, part in value.items())
    if hasattr(value, "get_internal_type"):
        return field_key(value, sink)
    try:
        hash(value)
    except TypeError:
        sink.shapeless = True
        return None
    return value  # type: ignore[no-any-return]


def field_key(field: Any, sink: Sink) -> Hashable:
    """Return what tells a field from others: itself if it belongs to a model, else its class and arguments."""
    if getattr(field, "model", None) is not None:
        return field  # type: ignore[no-any-return]
    found = field.__dict__.get("_shape_key")
    if found is None:
        _name, _path, args, kwargs = field.deconstruct()
        found = (type(field), frozen(list(args), sink), frozen(kwargs, sink))
        field.__dict__["_shape_key"] = found
    return found  # type: ignore[no-any-return]


_declared: dict[type, bool] = {}


def declares_shape(cls: type) -> bool:
    """Say whether a class' attributes tell everything that decides its text.

    True where each class of the MRO either declares `shape_attributes` itself or brings no code of its own.
    """
    found = _declared.get(cls)
    if found is None:
        if len(_declared) > 4096:
            _declared.clear()
        found = True
        for parent in cls.__mro__:
            if parent is object or "shape_attributes" in parent.__dict__ or "shape_neutral" in parent.__dict__:
                continue
            if _brings_code(parent):
                found = False
                break
        _declared[cls] = found
    return found


_BY_PYTHON = frozenset({"__dict__", "__weakref__"})


def _brings_code(cls: type) -> bool:
    """Whether a class body holds functions or other descriptors; plain values and fields do not count."""
    return any(
        hasattr(part, "__get__")
        for name, part in cls.__dict__.items()
        if name not in _BY_PYTHON and not isinstance(part, type)
    )
