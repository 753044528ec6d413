"""`Q`: conditions joined with AND, OR and XOR, before they are resolved against a model.

A `Q` is a plain tree. It knows neither models nor SQL: resolving is asked of the query that is given to it.
"""

from __future__ import annotations

import copy
from collections.abc import Hashable, Iterator
from typing import TYPE_CHECKING, Any

from hotclub._orm.shape import PLAIN, Sink, SlotMaker, describe, lookup_value, slotted
from hotclub.core.exceptions import FieldError

if TYPE_CHECKING:
    from typing import Self

AND, OR, XOR = "AND", "OR", "XOR"
_CONNECTORS = (None, AND, OR, XOR)


def _frozen(value: Any) -> Any:
    """Return a hashable picture of a child, for comparing trees."""
    if isinstance(value, (list, tuple)):
        return tuple(_frozen(part) for part in value)
    if isinstance(value, set):
        return frozenset(_frozen(part) for part in value)
    if isinstance(value, dict):
        return tuple((key, _frozen(part)) for key, part in value.items())
    if value.__hash__ is None and hasattr(value, "__iter__"):
        return tuple(_frozen(part) for part in value)
    return value


class Q:
    """Conditions that can be combined with `&`, `|`, `^` and `~`.

    Args:
        *args: other conditions: `Q` objects or conditional expressions.
        _connector: how the parts are joined: `Q.AND` (default), `Q.OR` or `Q.XOR`.
        _negated: whether the whole is negated.
        **kwargs: field lookups.

    Raises:
        ValueError: `_connector` is none of the three. It ends in SQL, so nothing else may pass.

    Source: docs ref/models/querysets, "Q() objects".
    """

    AND = AND
    OR = OR
    XOR = XOR
    default = AND
    conditional = True
    connectors = _CONNECTORS

    def __init__(self, *args: Any, _connector: str | None = None, _negated: bool = False, **kwargs: Any) -> None:
        if _connector not in _CONNECTORS:
            allowed = ", ".join(repr(name) for name in _CONNECTORS[1:])
            raise ValueError(f"_connector must be one of {allowed}, or None.")
        items = kwargs.items()
        self.children: list[Any] = [*args, *(sorted(items) if len(items) > 1 else items)]
        self.connector = _connector or AND
        self.negated = _negated

    @classmethod
    def create(cls, children: list[Any] | None = None, connector: str | None = None, negated: bool = False) -> Q:
        """Build a tree from ready parts, without sorting them."""
        made = Q(_connector=connector, _negated=negated)
        made.children = list(children or [])
        made.__class__ = cls
        return made

    def __str__(self) -> str:
        template = "(NOT (%s: %s))" if self.negated else "(%s: %s)"
        return template % (self.connector, ", ".join(str(child) for child in self.children))

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self}>"

    def __copy__(self) -> Self:
        made = type(self).__new__(type(self))
        made.__dict__.update(self.__dict__)
        made.children = self.children[:]
        return made

    copy = __copy__

    def __deepcopy__(self, memo: dict[int, Any]) -> Q:
        made = self.create(connector=self.connector, negated=self.negated)
        made.children = copy.deepcopy(self.children, memo)
        return made

    def __len__(self) -> int:
        return len(self.children)

    def __bool__(self) -> bool:
        return bool(self.children)

    def __contains__(self, child: Any) -> bool:
        return child in self.children

    @property
    def identity(self) -> Any:
        """A hashable picture of the whole tree."""
        return (type(self), self.connector, self.negated, _frozen(self.children))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Q):
            return NotImplemented
        return bool(self.identity == other.identity)

    def __hash__(self) -> int:
        return hash(self.identity)

    def add(self, data: Any, conn_type: str) -> Any:
        """Join a part to this tree, in place where the connectors allow it."""
        if self.connector != conn_type:
            own = self.copy()
            self.connector = conn_type
            self.children = [own, data]
            self.negated = False
            return data
        if isinstance(data, Q) and not data.negated and (data.connector == conn_type or len(data) == 1):
            self.children.extend(data.children)
            return self
        self.children.append(data)
        return data

    def negate(self) -> None:
        """Turn the whole into its opposite, in place."""
        self.negated = not self.negated

    def _combine(self, other: Any, connector: str) -> Q:
        if not getattr(other, "conditional", False):
            raise TypeError(other)
        if not self:
            return other.copy()  # type: ignore[no-any-return]  # an expression stands for the conditions it is
        if not other and isinstance(other, Q):
            return self.copy()
        made = self.__class__.__new__(self.__class__)
        made.children = [*_parts(self, connector), *_parts(other, connector)]
        made.connector = connector
        made.negated = False
        return made

    def __or__(self, other: Any) -> Q:
        return self._combine(other, OR)

    def __and__(self, other: Any) -> Q:
        return self._combine(other, AND)

    def __xor__(self, other: Any) -> Q:
        return self._combine(other, XOR)

    def __ror__(self, other: Any) -> Any:
        return Q(other)._combine(self, OR) if getattr(other, "conditional", False) else NotImplemented

    def __rand__(self, other: Any) -> Any:
        return Q(other)._combine(self, AND) if getattr(other, "conditional", False) else NotImplemented

    def __rxor__(self, other: Any) -> Any:
        return Q(other)._combine(self, XOR) if getattr(other, "conditional", False) else NotImplemented

    def __invert__(self) -> Self:
        made = self.copy()
        made.negate()
        return made

    def resolve_expression(
        self,
        query: Any = None,
        allow_joins: bool = True,
        reuse: Any = None,
        summarize: bool = False,
        for_save: bool = False,
    ) -> Any:
        """Resolve the tree against a query; joins it needs may be shared with those already there."""
        return query.resolve_q(self, allow_joins=allow_joins, reuse=reuse, summarize=summarize)

    def flatten(self) -> Iterator[Any]:
        """Yield this tree, each part below it, and the values its lookups compare with."""
        yield self
        for child in self.children:
            part = child[1] if isinstance(child, tuple) else child
            if hasattr(part, "flatten"):
                yield from part.flatten()
            else:
                yield part

    def replace_expressions(self, replacements: dict[Any, Any]) -> Any:
        """Return the tree with some of its parts exchanged."""
        if (found := replacements.get(self)) is not None:
            return found
        children: list[Any] = []
        for child in self.children:
            if isinstance(child, tuple):
                name, value = child
                children.append(_replaced_lookup(name, value, replacements))
            elif hasattr(child, "replace_expressions"):
                children.append(child.replace_expressions(replacements))
            else:
                children.append(child)
        return self.create(children, self.connector, self.negated)

    def check(self, against: dict[str, Any], using: str = "default") -> bool:
        """Say whether the conditions hold for the given values, by asking the database.

        Args:
            against: value or expression by field name.
            using: database to ask.

        Raises:
            FieldError: a condition names a field that `against` does not hold.
        """
        checker = type(self)._checker
        if checker is None:
            raise FieldError("Conditions can be checked only after hotclub.db.models was imported.")
        return bool(checker(self, against, using))

    _checker: Any = None  # set by the query layer, which stands above this module

    @property
    def referenced_base_fields(self) -> set[str]:
        """The names of the fields of the model itself that the tree mentions."""
        return set(_base_names(self))

    def shape(self, sink: Sink) -> Hashable:
        """Return what decides the text of the conditions (see `hotclub._orm.shape`)."""
        parts: list[Hashable] = [self.connector, self.negated]
        for child in self.children:
            if isinstance(child, tuple):
                name, value = child
                kind = value.__class__
                if kind in PLAIN:
                    sink.append(value)
                    parts.append((name, kind))
                else:
                    parts.append((name, describe(lookup_value(name, value), sink)))
            else:
                parts.append(describe(child, sink))
        return tuple(parts)

    def slotted(self, maker: SlotMaker) -> Any:
        """Return the conditions with slots in place of their values."""
        made = self.copy()
        made.children = [
            (child[0], slotted(lookup_value(*child), maker)) if isinstance(child, tuple) else slotted(child, maker)
            for child in self.children
        ]
        return made

    def deconstruct(self) -> tuple[str, tuple[Any, ...], dict[str, Any]]:
        """Return the documented path and the arguments that build an equal tree."""
        path = f"{type(self).__module__}.{type(self).__name__}"
        kwargs: dict[str, Any] = {}
        if self.connector != AND:
            kwargs["_connector"] = self.connector
        if self.negated:
            kwargs["_negated"] = True
        return path, tuple(self.children), kwargs


def _parts(conditions: Any, connector: str) -> list[Any]:
    """Return what a tree contributes to one with this connector: its parts where they mean the same there, else itself."""
    if isinstance(conditions, Q) and not conditions.negated:
        children = conditions.children
        if conditions.connector == connector or len(children) == 1:
            return children
    return [conditions]


def _replaced_lookup(name: str, value: Any, replacements: dict[Any, Any]) -> Any:
    """Turn a field lookup into a lookup object where its field is exchanged; leave it where that is not possible."""
    if hasattr(value, "replace_expressions"):
        value = value.replace_expressions(replacements)
    head, *rest = name.split("__")
    base = next((new for old, new in replacements.items() if getattr(old, "name", None) == head), None)
    if base is None:
        return (name, value)
    lookup = None
    try:
        for position, part in enumerate(rest):
            transform = base.get_transform(part)
            if transform is not None:
                base = transform(base)
                continue
            lookup = base.get_lookup(part) if position == len(rest) - 1 else None
            if lookup is None:
                return (name, value)
        if lookup is None:
            lookup = base.get_lookup("isnull" if value is None else "exact")
            value = True if value is None else value
    except FieldError:
        return (name, value)
    return (name, value) if lookup is None else lookup(base, value)


def _base_names(part: Any) -> Iterator[str]:
    if isinstance(part, Q):
        for child in part.children:
            if isinstance(child, tuple):
                yield child[0].split("__", 1)[0]
                yield from _base_names(child[1])
            else:
                yield from _base_names(child)
    elif hasattr(part, "get_source_expressions"):
        for source in part.get_source_expressions():
            yield from _base_names(source)
    elif hasattr(part, "name") and hasattr(part, "resolve_expression"):
        yield part.name.split("__", 1)[0]


Q.__module__ = "hotclub.db.models"
