"""Model fields of PostgreSQL's own types."""

from hotclub.contrib.postgres.fields.array import ArrayField
from hotclub.contrib.postgres.fields.citext import CICharField, CIEmailField, CITextField
from hotclub.contrib.postgres.fields.hstore import HStoreField
from hotclub.contrib.postgres.fields.jsonb import JSONField
from hotclub.contrib.postgres.fields.ranges import (
    BigIntegerRangeField,
    ContinuousRangeField,
    DateRangeField,
    DateTimeRangeField,
    DecimalRangeField,
    IntegerRangeField,
    RangeBoundary,
    RangeField,
    RangeOperators,
)

__all__ = [
    "ArrayField",
    "BigIntegerRangeField",
    "CICharField",
    "CIEmailField",
    "CITextField",
    "ContinuousRangeField",
    "DateRangeField",
    "DateTimeRangeField",
    "DecimalRangeField",
    "HStoreField",
    "IntegerRangeField",
    "JSONField",
    "RangeBoundary",
    "RangeField",
    "RangeOperators",
]
