"""Plain model fields: one concept a module. They know neither queries nor models.

This page collects them for the layers above; the modules of the package never import from it.
"""

from hotclub._orm.fields.auto import AutoField, BigAutoField, SmallAutoField
from hotclub._orm.fields.binary import BinaryField
from hotclub._orm.fields.composite import CompositePrimaryKey
from hotclub._orm.fields.dates import DateField, DateTimeField, DurationField, TimeField
from hotclub._orm.fields.field import NOT_PROVIDED, Field
from hotclub._orm.fields.files import FileField, ImageField
from hotclub._orm.fields.generated import GeneratedField
from hotclub._orm.fields.identifiers import FilePathField, GenericIPAddressField, IPAddressField, UUIDField
from hotclub._orm.fields.json import JSONField
from hotclub._orm.fields.late import register_form_field
from hotclub._orm.fields.numbers import (
    BigIntegerField,
    BooleanField,
    DecimalField,
    FloatField,
    IntegerField,
    PositiveBigIntegerField,
    PositiveIntegerField,
    PositiveSmallIntegerField,
    SmallIntegerField,
)
from hotclub._orm.fields.text import CharField, EmailField, SlugField, TextField, URLField

__all__ = [
    "NOT_PROVIDED",
    "AutoField",
    "BigAutoField",
    "BigIntegerField",
    "BinaryField",
    "BooleanField",
    "CharField",
    "CompositePrimaryKey",
    "DateField",
    "DateTimeField",
    "DecimalField",
    "DurationField",
    "EmailField",
    "Field",
    "FileField",
    "FilePathField",
    "FloatField",
    "GeneratedField",
    "GenericIPAddressField",
    "IPAddressField",
    "ImageField",
    "IntegerField",
    "JSONField",
    "PositiveBigIntegerField",
    "PositiveIntegerField",
    "PositiveSmallIntegerField",
    "SlugField",
    "SmallAutoField",
    "SmallIntegerField",
    "TextField",
    "TimeField",
    "URLField",
    "UUIDField",
    "register_form_field",
]
