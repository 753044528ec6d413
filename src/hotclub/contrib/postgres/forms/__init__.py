"""Form fields of PostgreSQL's own types.

Source: docs ref/contrib/postgres/forms.
"""

from hotclub.contrib.postgres.forms.array import SimpleArrayField, SplitArrayField, SplitArrayWidget
from hotclub.contrib.postgres.forms.hstore import HStoreField
from hotclub.contrib.postgres.forms.ranges import (
    BaseRangeField,
    DateRangeField,
    DateTimeRangeField,
    DecimalRangeField,
    HiddenRangeWidget,
    IntegerRangeField,
    RangeWidget,
)

__all__ = [
    "BaseRangeField",
    "DateRangeField",
    "DateTimeRangeField",
    "DecimalRangeField",
    "HStoreField",
    "HiddenRangeWidget",
    "IntegerRangeField",
    "RangeWidget",
    "SimpleArrayField",
    "SplitArrayField",
    "SplitArrayWidget",
]
