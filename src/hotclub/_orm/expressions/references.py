"""References by name: `F`, `OuterRef` and slices of them. Resolving turns them into columns or annotations."""

from __future__ import annotations

import copy
from collections.abc import Callable, Hashable, Iterator
from typing import Any, ClassVar

from hotclub._orm import field_classes as fields
from hotclub._orm.expressions.base import SQL, Combinable, late
from hotclub._orm.shape import Sink, SlotMaker, declares_shape
from hotclub.core.exceptions import FieldError
from hotclub.db.utils import NotSupportedError


class F(Combinable):
    """A reference to a field or an annotation, by name.

    Source: docs ref/models/expressions, "F() expressions".
    """

    shape_neutral = True
    allowed_default = False
    conditional = False  # what it refers to is not known before it is resolved
    deconstruct_path: ClassVar[str | None] = "hotclub.db.models.F"

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name})"

    def __getitem__(self, subscript: Any) -> Sliced:
        return Sliced(self, subscript)

    def __contains__(self, other: Any) -> bool:
        # Without this, `in` would fall back to __getitem__ and never end.
        raise TypeError(f"argument of type '{type(self).__name__}' is not iterable")

    def resolve_expression(
        self,
        query: Any = None,
        allow_joins: bool = True,
        reuse: Any = None,
        summarize: bool = False,
        for_save: bool = False,
    ) -> Any:
        return query.resolve_ref(self.name, allow_joins, reuse, summarize)

    def replace_expressions(self, replacements: dict[Any, Any]) -> Any:
        found = replacements.get(self)
        if found is not None:
            return found
        head, *rest = self.name.split("__")
        if rest and (base := replacements.get(F(head))) is not None:
            for name in rest:
                try:
                    transform = base.get_transform(name)
                except FieldError:
                    return self
                if transform is None:
                    return self
                base = transform(base)
            return base
        return self

    def copy(self) -> F:
        return copy.copy(self)

    def get_refs(self) -> set[str]:
        return {self.name}

    def flatten(self) -> Iterator[Any]:
        yield self

    def asc(self, **kwargs: Any) -> Any:
        return late.order_by(self, **kwargs)

    def desc(self, **kwargs: Any) -> Any:
        return late.order_by(self, descending=True, **kwargs)

    def deconstruct(self) -> tuple[str, tuple[Any, ...], dict[str, Any]]:
        cls = type(self)
        return cls.__dict__.get("deconstruct_path") or f"{cls.__module__}.{cls.__qualname__}", (self.name,), {}

    def __eq__(self, other: object) -> bool:
        return self.__class__ == other.__class__ and self.name == other.name

    def __hash__(self) -> int:
        return hash((type(self), self.name))

    def shape(self, sink: Sink) -> Hashable:
        if not declares_shape(type(self)):
            sink.shapeless = True
            return None
        return (type(self), self.name)

    def slotted(self, maker: SlotMaker) -> Any:
        return self


class ResolvedOuterRef(F):
    """A name that waits for the query around the subquery it stands in."""

    shape_neutral = True
    contains_aggregate = False
    contains_over_clause = False
    contains_column_references = True
    contains_set_returning = False
    deconstruct_path = None
    _output_field_or_none = None

    def as_sql(self, compiler: Any, connection: Any) -> SQL:
        raise ValueError("This queryset contains a reference to an outer query and may only be used in a subquery.")

    def resolve_expression(self, *args: Any, **kwargs: Any) -> Any:
        made = super().resolve_expression(*args, **kwargs)
        if made.contains_over_clause:
            raise NotSupportedError(f"Referencing outer query window expression is not supported: {self.name}.")
        if getattr(made, "is_multi_valued", False) or "__" in self.name:
            made = made.copy() if hasattr(made, "copy") else made
            made.possibly_multivalued = "__" in self.name
        return made

    def relabeled_clone(self, change_map: dict[str, str]) -> Any:
        return self

    def get_group_by_cols(self) -> list[Any]:
        return []

    def get_source_expressions(self) -> list[Any]:
        return []


class OuterRef(F):
    """A reference from within a subquery to a field of the query around it.

    Source: docs ref/models/expressions, "Referencing columns from the outer queryset".
    """

    shape_neutral = True
    contains_aggregate = False
    contains_over_clause = False
    contains_column_references = True
    contains_set_returning = False
    _output_field_or_none = None
    deconstruct_path = "hotclub.db.models.OuterRef"

    def as_sql(self, compiler: Any, connection: Any) -> SQL:
        raise ValueError("This queryset contains a reference to an outer query and may only be used in a subquery.")

    def get_source_expressions(self) -> list[Any]:
        return []

    def get_group_by_cols(self) -> list[Any]:
        return []

    def resolve_expression(self, *args: Any, **kwargs: Any) -> Any:
        if isinstance(self.name, F):
            return self.name
        return ResolvedOuterRef(self.name)

    def relabeled_clone(self, change_map: dict[str, str]) -> Any:
        return self

    def shape(self, sink: Sink) -> Hashable:
        inner = self.name.shape(sink) if isinstance(self.name, F) else self.name
        return (type(self), inner)


class Sliced(F):
    """`F("name")[a:b]`: part of a text or an array.

    Source: docs ref/models/expressions, "Slicing F() expressions".
    """

    shape_neutral = True
    deconstruct_path = None

    def __init__(self, obj: Any, subscript: int | slice) -> None:
        super().__init__(obj.name)
        self.obj = obj
        if isinstance(subscript, int):
            if subscript < 0:
                raise ValueError("Negative indexing is not supported.")
            self.start, self.length = subscript + 1, 1
        elif isinstance(subscript, slice):
            self.start, self.length = _slice_bounds(subscript)  # type: ignore[assignment]
        else:
            raise TypeError("Argument to slice must be either int or slice instance.")

    def __repr__(self) -> str:
        start, stop = self.start - 1, None if self.length is None else self.start - 1 + self.length
        shown = "" if start == 0 else str(start)
        return f"{type(self).__name__}({self.obj!r}, slice({start if shown else 0}, {stop}, None))"

    def resolve_expression(
        self,
        query: Any = None,
        allow_joins: bool = True,
        reuse: Any = None,
        summarize: bool = False,
        for_save: bool = False,
    ) -> Any:
        if isinstance(self.obj, (F, Sliced)):
            resolved = self.obj.resolve_expression(query, allow_joins, reuse, summarize, for_save)
        else:
            resolved = query.resolve_ref(self.name, allow_joins, reuse, summarize)
        if isinstance(resolved, (OuterRef, ResolvedOuterRef)):
            return SlicedOuterRef(resolved, self.start, self.length)
        return slice_of(resolved, self.start, self.length)

    def shape(self, sink: Sink) -> Hashable:
        return (type(self), self.obj.shape(sink), self.start, self.length)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sliced) and (self.obj, self.start, self.length) == (
            other.obj,
            other.start,
            other.length,
        )

    def __hash__(self) -> int:
        return hash((Sliced, self.obj, self.start, self.length))


class SlicedOuterRef(ResolvedOuterRef):
    """Part of a value of the query around the subquery, waiting for that query."""

    shape_neutral = True

    def __init__(self, reference: Any, start: int, length: int | None) -> None:
        super().__init__(reference.name)
        self.reference, self.start, self.length = reference, start, length

    def resolve_expression(self, *args: Any, **kwargs: Any) -> Any:
        resolved = self.reference.resolve_expression(*args, **kwargs)
        if isinstance(resolved, (OuterRef, ResolvedOuterRef)):
            return SlicedOuterRef(resolved, self.start, self.length)
        return slice_of(resolved, self.start, self.length)


def slice_of(resolved: Any, start: int, length: int | None) -> Any:
    """Return the expression for part of a text or an array.

    Raises:
        NotSupportedError: the field has no parts.
    """
    slicer = getattr(resolved.output_field, "slice_expression", None)
    if slicer is None and isinstance(resolved.output_field, (fields.CharField, fields.TextField)):
        slicer = text_slicer.make
    if slicer is None:
        raise NotSupportedError("This field does not support slicing.")
    return slicer(resolved, start, length)


def _slice_bounds(subscript: slice) -> tuple[int, int | None]:
    start, stop = subscript.start, subscript.stop
    if (start is not None and start < 0) or (stop is not None and stop < 0):
        raise ValueError("Negative indexing is not supported.")
    if subscript.step is not None:
        raise ValueError("Step argument is not supported.")
    first = 1 if start is None else start + 1
    if stop is None:
        return first, None
    if start is not None and stop < start:
        raise ValueError("Slice stop must be greater than slice start.")
    return first, stop - (start or 0)


class _TextSlicer:
    """Set by the functions package, which stands above this module."""

    make: Callable[..., Any] | None = None


text_slicer = _TextSlicer()


late.reference = F
