"""How instances get their values: computed once per class, so that `Model.__init__` only copies and updates.

A class whose fields all store plainly is filled by writing its dictionary; whatever has a descriptor of its own is set by
`setattr`, as documented.
"""

from __future__ import annotations

from typing import Any

from hotclub._orm.fields.binary import BinaryField
from hotclub._orm.fields.field import Field
from hotclub._orm.relations.foreign import ForeignKey
from hotclub._orm.state import DEFERRED
from hotclub.core.exceptions import FieldDoesNotExist

_KNOWN_DEFAULTS = (Field.get_default, ForeignKey.get_default, BinaryField.get_default)


def _stores_plainly(cls: Any, attname: str) -> bool:
    """Say whether setting the attribute does no more than write the instance's dictionary."""
    for base in cls.__mro__:
        if attname in vars(base):
            descriptor = vars(base)[attname]
            kind = type(descriptor)
            return not hasattr(kind, "__set__") or bool(getattr(kind, "stores_plainly", False))
    return True


class Initialiser:
    """What `__init__` of one class needs to know.

    Attributes:
        attnames: attribute names of the concrete fields, in order.
        names: their field names.
        constant: defaults that are the same for every instance.
        computed: attribute name, the name of the relation that sets it too (or itself), and the field.
        plain: attribute names that may be written to the dictionary.
        all_plain: whether all may.
        settable: keywords that were found to name a property or a field.
    """

    __slots__ = ("all_plain", "attnames", "cls", "computed", "constant", "names", "plain", "settable", "special")

    def __init__(self, cls: Any) -> None:
        fields = cls._meta.concrete_fields
        own_setattr = cls.__setattr__ is not object.__setattr__
        self.cls = cls
        self.attnames = tuple(field.attname for field in fields)
        self.names = tuple(field.name for field in fields)
        self.plain = (
            frozenset()
            if own_setattr
            else frozenset(field.attname for field in fields if _stores_plainly(cls, field.attname))
        )
        self.all_plain = len(self.plain) == len(fields)
        self.constant: dict[str, Any] = {}
        self.computed: list[tuple[str, str, Any]] = []
        self.special: list[tuple[str, str, Any]] = []
        self.settable: set[str] = set()
        for field in fields:
            known = getattr(type(field), "get_default", None) in _KNOWN_DEFAULTS
            if field.attname not in self.plain:
                self.special.append((field.attname, field.name, field))
            elif known and not callable(field.default) and not field.generated:
                self.constant[field.attname] = field.get_default()
            elif field.generated:
                continue
            elif known and field.default in (None,):
                self.constant[field.attname] = None
            elif known and not field.has_default():
                # Without a default the "callable" is the marker class.
                self.constant[field.attname] = field.get_default()
            else:
                self.computed.append((field.attname, field.name, field))

    def fill(self, instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """Set all attributes of a new instance from the arguments of its class.

        Raises:
            IndexError: more positional arguments than fields.
            TypeError: an unknown keyword, or a field given twice.
        """
        attnames = self.attnames
        if args:
            if len(args) > len(attnames):
                raise IndexError("Number of args exceeds number of fields")
            if kwargs:
                self._refuse_double(args, kwargs)
            values = dict(zip(attnames, args, strict=False))
            if len(args) < len(attnames):
                values = {**self.constant, **values}
        else:
            values = self.constant.copy()
        late: list[str] = []
        if self.plain.issuperset(kwargs):
            values.update(kwargs)
        else:
            for key, value in kwargs.items():
                if key in self.plain:
                    values[key] = value
                else:
                    late.append(key)
        for attname, name, field in self.computed:
            if attname not in values and name not in kwargs:
                values[attname] = field.get_default()
        if self.special:
            self._set_in_order(instance, values, kwargs)
        else:
            # Only arguments can be deferred, and asking `in` would compare users' values.
            for given in (args, kwargs.values()):
                for value in given:
                    if value is DEFERRED:
                        values = {key: value for key, value in values.items() if value is not DEFERRED}
                        break
            instance.__dict__.update(values)
        if late:
            self._set_late(instance, late, kwargs)

    def _refuse_double(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        for name, attname in zip(self.names[: len(args)], self.attnames, strict=False):
            if name in kwargs or attname in kwargs:
                raise TypeError(
                    f"{self.cls.__qualname__}() got both positional and keyword arguments for field '{name}'."
                )

    def _set_in_order(self, instance: Any, values: dict[str, Any], kwargs: dict[str, Any]) -> None:
        """Set attributes in the order of the fields: a descriptor may look at those before it."""
        special = {attname: (name, field) for attname, name, field in self.special}
        for attname in self.attnames:
            if attname in values:
                value = values[attname]
            elif attname not in special or (special[attname][0] in kwargs and special[attname][0] != attname):
                continue
            elif attname in kwargs:
                value = kwargs[attname]
            elif special[attname][1].generated:
                continue
            else:
                value = special[attname][1].get_default()
            if value is not DEFERRED:
                setattr(instance, attname, value)

    def _set_late(self, instance: Any, names: list[str], kwargs: dict[str, Any]) -> None:
        """Set related objects, properties, and fields without a column."""
        special = {attname for attname, _name, _field in self.special} if self.special else ()
        unknown: list[str] = []
        for name in names:
            if name in special:
                continue
            if name not in self.settable and not self._may_set(name):
                unknown.append(name)
                continue
            value = kwargs[name]
            if value is not DEFERRED:
                setattr(instance, name, value)
        if unknown:
            names_text = ", ".join(repr(name) for name in unknown)
            raise TypeError(f"{self.cls.__name__}() got unexpected keyword arguments: {names_text}")

    def _may_set(self, name: str) -> bool:
        """Say whether a keyword names a property or a field; remember that it does."""
        meta = self.cls._meta
        if name not in meta._property_names:
            try:
                meta.get_field(name)
            except FieldDoesNotExist:
                return False
        self.settable.add(name)
        return True
