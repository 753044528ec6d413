"""Form fields: turning submitted text into Python values. Re-exports the modules of this package."""

from hotclub._forms.fields.choices import (
    BooleanField,
    ChoiceField,
    MultipleChoiceField,
    NullBooleanField,
    TypedChoiceField,
    TypedMultipleChoiceField,
)
from hotclub._forms.fields.composite import ComboField, MultiValueField, SplitDateTimeField
from hotclub._forms.fields.dates import BaseTemporalField, DateField, DateTimeField, DurationField, TimeField
from hotclub._forms.fields.field import Field
from hotclub._forms.fields.files import FileField, FilePathField, ImageField
from hotclub._forms.fields.json import InvalidJSONInput, JSONField, JSONString
from hotclub._forms.fields.numbers import DecimalField, FloatField, IntegerField
from hotclub._forms.fields.text import (
    CharField,
    EmailField,
    GenericIPAddressField,
    RegexField,
    SlugField,
    URLField,
    UUIDField,
)

__all__ = [
    "BaseTemporalField",
    "BooleanField",
    "CharField",
    "ChoiceField",
    "ComboField",
    "DateField",
    "DateTimeField",
    "DecimalField",
    "DurationField",
    "EmailField",
    "Field",
    "FileField",
    "FilePathField",
    "FloatField",
    "GenericIPAddressField",
    "ImageField",
    "IntegerField",
    "InvalidJSONInput",
    "JSONField",
    "JSONString",
    "MultiValueField",
    "MultipleChoiceField",
    "NullBooleanField",
    "RegexField",
    "SlugField",
    "SplitDateTimeField",
    "TimeField",
    "TypedChoiceField",
    "TypedMultipleChoiceField",
    "URLField",
    "UUIDField",
]

for _name in __all__:
    globals()[_name].__module__ = "hotclub.forms.fields"
del _name
