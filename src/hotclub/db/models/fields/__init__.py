"""Documented path of the plain model fields; the code is in `hotclub._orm.fields`."""

from hotclub._orm.fields.auto import AutoField, AutoFieldMeta, AutoFieldMixin, BigAutoField, SmallAutoField
from hotclub._orm.fields.binary import BinaryField
from hotclub._orm.fields.dates import DateField, DateTimeField, DurationField, TimeField
from hotclub._orm.fields.field import BLANK_CHOICE_DASH, BLANK_CHOICE_LABEL, NOT_PROVIDED, Empty, Field
from hotclub._orm.fields.identifiers import FilePathField, GenericIPAddressField, IPAddressField, UUIDField
from hotclub._orm.fields.numbers import (
    BigIntegerField,
    BooleanField,
    DecimalField,
    FloatField,
    IntegerField,
    NullBooleanField,
    PositiveBigIntegerField,
    PositiveIntegerField,
    PositiveIntegerRelDbTypeMixin,
    PositiveSmallIntegerField,
    SmallIntegerField,
)
from hotclub._orm.fields.text import (
    CharField,
    CommaSeparatedIntegerField,
    EmailField,
    SlugField,
    TextField,
    URLField,
)
from hotclub.db import connections, router

__all__ = [
    "BLANK_CHOICE_DASH",
    "BLANK_CHOICE_LABEL",
    "NOT_PROVIDED",
    "AutoField",
    "AutoFieldMeta",
    "AutoFieldMixin",
    "BigAutoField",
    "BigIntegerField",
    "BinaryField",
    "BooleanField",
    "CharField",
    "CommaSeparatedIntegerField",
    "DateField",
    "DateTimeField",
    "DecimalField",
    "DurationField",
    "EmailField",
    "Empty",
    "Field",
    "FilePathField",
    "FloatField",
    "GenericIPAddressField",
    "IPAddressField",
    "IntegerField",
    "NullBooleanField",
    "PositiveBigIntegerField",
    "PositiveIntegerField",
    "PositiveIntegerRelDbTypeMixin",
    "PositiveSmallIntegerField",
    "SlugField",
    "SmallAutoField",
    "SmallIntegerField",
    "TextField",
    "TimeField",
    "URLField",
    "UUIDField",
    "connections",
    "router",
]
