"""All plain field classes under one name, for the query side: `field_classes.IntegerField` …"""

from hotclub._orm.fields.auto import AutoField, BigAutoField, SmallAutoField
from hotclub._orm.fields.binary import BinaryField
from hotclub._orm.fields.dates import DateField, DateTimeField, DurationField, TimeField
from hotclub._orm.fields.field import Field
from hotclub._orm.fields.identifiers import GenericIPAddressField, UUIDField
from hotclub._orm.fields.json import JSONField
from hotclub._orm.fields.numbers import (
    BigIntegerField,
    BooleanField,
    DecimalField,
    FloatField,
    IntegerField,
    PositiveIntegerField,
)
from hotclub._orm.fields.text import CharField, TextField

__all__ = [
    "AutoField",
    "BigAutoField",
    "BigIntegerField",
    "BinaryField",
    "BooleanField",
    "CharField",
    "DateField",
    "DateTimeField",
    "DecimalField",
    "DurationField",
    "Field",
    "FloatField",
    "GenericIPAddressField",
    "IntegerField",
    "JSONField",
    "PositiveIntegerField",
    "SmallAutoField",
    "TextField",
    "TimeField",
    "UUIDField",
]
