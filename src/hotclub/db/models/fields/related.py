"""Documented path of relation fields; the code is in `hotclub._orm.relations`."""

from typing import TYPE_CHECKING

from hotclub._orm.relations.descriptors import (
    ForeignKeyDeferredAttribute,
    ForwardManyToOneDescriptor,
    ForwardOneToOneDescriptor,
    ManyToManyDescriptor,
    ReverseManyToOneDescriptor,
    ReverseOneToOneDescriptor,
)
from hotclub._orm.relations.foreign import ForeignObject
from hotclub._orm.relations.many import create_intermediary_model as create_many_to_many_intermediary_model
from hotclub._orm.relations.references import RECURSIVE as RECURSIVE_RELATIONSHIP_CONSTANT
from hotclub._orm.relations.references import lazy_related_operation, resolve_relation
from hotclub._orm.relations.related import RelatedField
from hotclub._orm.relations.rels import ForeignObjectRel, ManyToManyRel, ManyToOneRel, OneToOneRel

if TYPE_CHECKING:
    from hotclub._orm.typed_relations import ForeignKey, ManyToManyField, OneToOneField, RelatedManager
else:
    from hotclub._orm.relations.foreign import ForeignKey, OneToOneField
    from hotclub._orm.relations.managers import RelatedManager
    from hotclub._orm.relations.many import ManyToManyField

__all__ = [
    "RECURSIVE_RELATIONSHIP_CONSTANT",
    "ForeignKey",
    "ForeignKeyDeferredAttribute",
    "ForeignObject",
    "ForeignObjectRel",
    "ForwardManyToOneDescriptor",
    "ForwardOneToOneDescriptor",
    "ManyToManyDescriptor",
    "ManyToManyField",
    "ManyToManyRel",
    "ManyToOneRel",
    "OneToOneField",
    "OneToOneRel",
    "RelatedField",
    "RelatedManager",
    "ReverseManyToOneDescriptor",
    "ReverseOneToOneDescriptor",
    "create_many_to_many_intermediary_model",
    "lazy_related_operation",
    "resolve_relation",
]
