"""From rows to results: one generated function a plan.

The source of a reader is made of column positions and names only; everything else reaches it as an argument of the
function that makes it. So plans that read the same columns of the same models share one piece of code, which is compiled
once. A reader writes instances directly, unless the model or somebody listening to it wants to see them made: then it
calls `from_db`.
"""

from __future__ import annotations

import keyword
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from hotclub._orm.columns import ModelSpec
from hotclub._orm.expressions.core import ColPairs
from hotclub._orm.fetch_modes import FETCH_ONE, from_db_without_mode, takes_mode
from hotclub._orm.lookup_registry import registry_version
from hotclub._orm.signals import post_init, pre_init
from hotclub._orm.state import DEFERRED, ModelState

Reader = Callable[..., list[Any]]


def column_widths(select: Sequence[tuple[Any, str | None]]) -> list[int]:
    """How many columns of a row each selected expression takes."""
    return [len(expression) if isinstance(expression, ColPairs) else 1 for expression, _name in select]


_SHARED = {"ModelState": ModelState, "FETCH_ONE": FETCH_ONE, "DEFERRED": DEFERRED}
"""The globals of all readers."""


@lru_cache(maxsize=2048)
def _maker(body: str, parameters: str) -> Callable[..., Reader]:
    """Compile what makes readers of one text; the text is made of positions and escaped names only."""
    made: dict[str, Any] = {}
    exec(compile(f"def make({parameters}):\n{body}\n    return read", "<reader>", "exec"), _SHARED, made)
    return made["make"]  # type: ignore[no-any-return]


class Source:
    """Collects the lines of a generated function, and the values that they mention."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.values: list[Any] = []

    def line(self, depth: int, text: str) -> None:
        self.lines.append("    " * (depth + 1) + text)

    def give(self, value: Any) -> str:
        """Make a value reachable from the function; gives its name there."""
        self.values.append(value)
        return f"g{len(self.values) - 1}"

    def function(self) -> Reader:
        parameters = ", ".join([f"g{index}" for index in range(len(self.values))])
        return _maker("\n".join(self.lines), parameters)(*self.values)


Conversions = Sequence[tuple[int, list[Any], Any]]
"""Position, functions and expression of each column that needs converting."""


def converters_of(compiler: Any) -> Conversions:
    """Return what converts the columns of a query."""
    found = []
    position = 0
    backend = compiler.connection.ops
    for expression, _name in compiler.select:
        if isinstance(expression, ColPairs):
            for column in expression.get_cols():
                functions = [*backend.get_db_converters(column), *column.get_db_converters(compiler.connection)]
                if functions:
                    found.append((position, functions, column))
                position += 1
            continue
        functions = [*backend.get_db_converters(expression), *_own_converters(expression, compiler.connection)]
        if functions:
            found.append((position, functions, expression))
        position += 1
    return found


def _own_converters(expression: Any, connection: Any) -> list[Any]:
    if expression._output_field_or_none is None and "output_field" not in type(expression).__dict__:
        return []
    return list(expression.get_db_converters(connection))


def _write_conversions(source: Source, depth: int, conversions: Conversions) -> None:
    for position, functions, expression in conversions:
        shown = source.give(expression)
        for function in functions:
            source.line(depth, f"c{position} = {source.give(function)}(c{position}, {shown}, connection)")


def _unpacking(count: int) -> str:
    return ", ".join(f"c{position}" for position in range(count)) + ("," if count == 1 else "")


def _width(compiler: Any) -> int:
    return int(sum(column_widths(compiler.select)) + compiler.hidden_columns)


# Values


def values_reader(
    compiler: Any, kind: str, names: Sequence[str], row_class: Any = None, repeated: Sequence[str] = ()
) -> Reader:
    """Make the reader of values(), values_list() and its kin.

    Args:
        compiler: has compiled the query.
        kind: "dict", "tuple", "flat" or "named".
        names: name of each selected expression, in order.
        row_class: the named tuple.
        repeated: names in the order of a tuple in which one of them stands twice.
    """
    widths = column_widths(compiler.select)
    plain = all(width == 1 for width in widths) and not compiler.hidden_columns
    conversions = converters_of(compiler)
    if kind == "tuple" and plain and not conversions and not repeated:
        return lambda rows, connection: rows if isinstance(rows, list) else list(rows)
    source = Source()
    source.line(0, "def read(rows, connection):")
    source.line(1, "out = []")
    source.line(1, "append = out.append")
    source.line(1, f"for {_unpacking(_width(compiler))} in rows:")
    _write_conversions(source, 2, conversions)
    parts = []
    position = 0
    for width in widths:
        if width == 1:
            parts.append(f"c{position}")
        else:
            parts.append("(" + _unpacking_from(position, width) + ")")
        position += width
    if repeated and kind in ("tuple", "named"):
        by_name = dict(zip(names, parts, strict=True))
        parts = [by_name[name] for name in repeated]
    if kind == "dict":
        made = "{" + ", ".join(f"{name!r}: {part}" for name, part in zip(names, parts, strict=True)) + "}"
    elif kind == "flat":
        made = parts[0]
    elif kind == "named":
        made = f"{source.give(row_class)}({', '.join(parts)})"
    else:
        made = "(" + ", ".join(parts) + ("," if len(parts) == 1 else "") + ")"
    source.line(2, f"append({made})")
    source.line(1, "return out")
    return source.function()


def _unpacking_from(position: int, width: int) -> str:
    return ", ".join(f"c{index}" for index in range(position, position + width)) + ("," if width == 1 else "")


# Instances


def _owner_of(cls: type, name: str) -> type | None:
    for parent in cls.__mro__:
        if name in parent.__dict__:
            return parent
    return None


def _root_of(cls: type) -> type | None:
    """The framework's own model class: the last of the MRO that makes instances of rows."""
    found = None
    for parent in cls.__mro__:
        if "from_db" in parent.__dict__:
            found = parent
    return found


class Storing(NamedTuple):
    """How the attributes of a model's instances may be stored.

    Attributes:
        made_by_model: whether the model has code of its own that makes instances.
        minding: names whose descriptors want to see what is stored.
        plain: names that a plain store reaches.
    """

    made_by_model: bool
    minding: frozenset[str]
    plain: frozenset[str]


@lru_cache(maxsize=1024)
def storing(model: Any, version: int) -> Storing:
    """Look at a model's class; `version` is that of the registry, with which the answer may change."""
    root = _root_of(model)
    made_by_model = (
        _owner_of(model, "from_db") is not root
        or _owner_of(model, "__init__") is not root
        or _owner_of(model, "__new__") not in (object, root, None)
        or _owner_of(model, "__setattr__") is not object
    )
    minding, plain = set(), set()
    for field in model._meta.concrete_fields:
        name = field.attname
        owner = _owner_of(model, name)
        descriptor = None if owner is None else owner.__dict__[name]
        if not hasattr(type(descriptor), "__set__"):
            if name.isidentifier() and not keyword.iskeyword(name):
                plain.add(name)
        elif not getattr(descriptor, "stores_plainly", False):
            minding.add(name)
    return Storing(made_by_model, frozenset(minding), frozenset(plain))


def writes_directly(spec: ModelSpec) -> bool:
    """Say whether instances may be written without calling the model's own code."""
    how = storing(spec.model, registry_version.number)
    if how.made_by_model or (how.minding and any(field.attname in how.minding for field in spec.fields)):
        return False
    return all(writes_directly(child) for child in spec.children)


class ModelReader:
    """Turns rows into instances: quickly where nobody minds, by `from_db` elsewhere.

    Each of the two ways is written when rows first go it: a plan that never finds a row has no reader.

    Args:
        compiler: has compiled the query.
        annotations: position in the row by name, of what goes on the instance besides its fields.
    """

    __slots__ = ("_annotations", "_conversions", "_direct", "_documented", "_spec", "_width", "models")

    def __init__(self, compiler: Any, annotations: dict[str, int]) -> None:
        self._spec: ModelSpec = compiler.spec
        self._annotations = annotations
        self._conversions = converters_of(compiler)
        self._width = _width(compiler)
        self.models = tuple([part.model for part in _all_specs(self._spec)])
        self._direct: Reader | None = None
        self._documented: Reader | None = None

    def __call__(self, rows: Sequence[Any], connection: Any, mode: Any = FETCH_ONE) -> list[Any]:
        if (pre_init.receivers or post_init.receivers) and any(
            pre_init.has_listeners(model) or post_init.has_listeners(model) for model in self.models
        ):
            read = self._documented or self._write_documented()
        else:
            read = self._direct or self._write_direct()
        return read(rows, connection, connection.alias, mode)

    def _write_direct(self) -> Reader:
        if writes_directly(self._spec):
            self._direct = self._write(direct=True)
        else:
            self._direct = self._documented or self._write_documented()
        return self._direct

    def _write_documented(self) -> Reader:
        self._documented = self._write(direct=False)
        return self._documented

    def _write(self, direct: bool) -> Reader:
        source = Source()
        source.line(0, f"# {self._spec.model._meta.label!r}")  # no two models share code: it grows used to its classes
        source.line(0, "def read(rows, connection, db, mode):")
        source.line(1, "out = []")
        source.line(1, "append = out.append")
        source.line(1, "plain = mode is FETCH_ONE")
        source.line(1, f"for {_unpacking(self._width)} in rows:")
        _write_conversions(source, 2, self._conversions)
        _write_instance(source, 2, self._spec, [0], direct, None)
        for name, position in self._annotations.items():
            source.line(2, f"setattr(o0, {name!r}, c{position})")
        source.line(2, "append(o0)")
        source.line(1, "return out")
        return source.function()


def _all_specs(spec: ModelSpec) -> Any:
    yield spec
    for child in spec.children:
        yield from _all_specs(child)


def _write_instance(
    source: Source, depth: int, spec: ModelSpec, counter: list[int], direct: bool, owner: tuple[int, ModelSpec] | None
) -> None:
    number = counter[0]
    counter[0] += 1
    model = source.give(spec.model)
    pairs = [(field.attname, f"c{spec.start + index}") for index, field in enumerate(spec.fields)]
    shared: list[tuple[str, str]] = []
    if owner is not None and spec.from_parent:
        have = {name for name, _value in pairs}
        shared = [
            (field.attname, f"o{owner[0]}.__dict__.get({field.attname!r}, DEFERRED)")
            for field in spec.model._meta.concrete_fields
            if field.attname not in have
        ]
    if direct:
        source.line(depth, f"o{number} = {model}.__new__({model})")
        source.line(depth, "s = ModelState()")
        source.line(depth, "s.db = db")
        source.line(depth, "s.adding = False")
        source.line(depth, "if not plain: s.fetch_mode = mode")
        source.line(depth, f"o{number}._state = s")
        plain = storing(spec.model, registry_version.number).plain
        for name, value in pairs:
            # A plain store keeps the values inside the object: 120 bytes instead of 340, and no slower than a
            # dictionary of its own. Others go past the descriptor.
            place = f"o{number}.{name}" if name in plain else f"o{number}.__dict__[{name!r}]"
            source.line(depth, f"{place} = {value}")
        for name, _value in shared:
            whole = f"o{owner[0] if owner else 0}.__dict__"
            source.line(depth, f"if {name!r} in {whole}: o{number}.__dict__[{name!r}] = {whole}[{name!r}]")
    else:
        everything = [*pairs, *shared]
        order = {field.attname: index for index, field in enumerate(spec.model._meta.concrete_fields)}
        everything.sort(key=lambda pair: order.get(pair[0], 0))
        given = source.give([name for name, _value in everything])
        values = ", ".join(value for _name, value in everything)
        tail = "," if len(everything) == 1 else ""
        if takes_mode(spec.model):
            source.line(depth, f"o{number} = {model}.from_db(db, {given}, ({values}{tail}), fetch_mode=mode)")
        else:
            make = source.give(from_db_without_mode)
            source.line(depth, f"o{number} = {make}({model}, db, {given}, ({values}{tail}), mode)")
    for child in spec.children:
        _write_child(source, depth, child, number, spec, counter, direct)


def _write_child(
    source: Source, depth: int, child: ModelSpec, owner: int, owner_spec: ModelSpec, counter: list[int], direct: bool
) -> None:
    attach = source.give(child.attach)
    keys = [f"c{child.start + index}" for index, field in enumerate(child.fields) if field in _key_fields(child.model)]
    test = " and ".join(f"{key} is not None" for key in keys) or "True"
    source.line(depth, f"if {test}:")
    number = counter[0]
    _write_instance(source, depth + 1, child, counter, direct, (owner, owner_spec))
    if child.attach_back is not None:
        source.line(depth + 1, f"{source.give(child.attach_back)}(o{number}, o{owner})")
    source.line(depth + 1, f"{attach}(o{owner}, o{number})")
    source.line(depth, "else:")
    source.line(depth + 1, f"{attach}(o{owner}, None)")


def _key_fields(model: Any) -> Sequence[Any]:
    return model._meta.pk_fields  # type: ignore[no-any-return]
