"""Documented path of the JSON field and its transforms; the code is in `hotclub._orm`."""

from hotclub._orm.fields.json import JSONField
from hotclub._orm.lookups.json import (
    KT,
    ContainedBy,
    DataContains,
    HasAnyKeys,
    HasKey,
    HasKeys,
    JSONExact,
    KeyTextTransform,
    KeyTransform,
    KeyTransformExact,
    KeyTransformFactory,
    KeyTransformIn,
    KeyTransformIsNull,
    KeyTransformTextLookupMixin,
)

__all__ = [
    "KT",
    "ContainedBy",
    "DataContains",
    "HasAnyKeys",
    "HasKey",
    "HasKeys",
    "JSONExact",
    "JSONField",
    "KeyTextTransform",
    "KeyTransform",
    "KeyTransformExact",
    "KeyTransformFactory",
    "KeyTransformIn",
    "KeyTransformIsNull",
    "KeyTransformTextLookupMixin",
]
