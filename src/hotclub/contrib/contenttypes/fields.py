"""`GenericForeignKey`, a relation to an object of any model, and `GenericRelation`, its reverse side.

A generic key is a pair of columns: the content type and the object's key as text or number. The key joins nothing;
the reverse side joins on the object's key, under the condition that the content type is the own one.
"""

from __future__ import annotations

from typing import Any

from hotclub.contrib.contenttypes.generic_key import GenericForeignKey, GenericForeignKeyDescriptor
from hotclub.contrib.contenttypes.generic_relation import (
    GenericRel,
    GenericRelation,
    ReverseGenericManyToOneDescriptor,
    create_generic_related_manager,
)

_PUBLIC: tuple[Any, ...] = (
    GenericForeignKey,
    GenericForeignKeyDescriptor,
    GenericRel,
    GenericRelation,
    ReverseGenericManyToOneDescriptor,
)
for _class in _PUBLIC:
    _class.__module__ = __name__

__all__ = [
    "GenericForeignKey",
    "GenericForeignKeyDescriptor",
    "GenericRel",
    "GenericRelation",
    "ReverseGenericManyToOneDescriptor",
    "create_generic_related_manager",
]
