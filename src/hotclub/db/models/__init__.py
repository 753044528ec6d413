"""Documented path of models, fields and queries; the code is in `hotclub._orm`.

Type checkers see fields, relations, query sets and managers with the types of what they hold (`_orm/typed_*.pyi`).
"""

from typing import TYPE_CHECKING

import hotclub._orm.introspected_rules  # noqa: F401  # registers itself below
from hotclub._orm.aggregates import (
    Aggregate,
    AnyValue,
    Avg,
    BitAnd,
    BitOr,
    BitXor,
    Count,
    Max,
    Min,
    StdDev,
    StringAgg,
    Sum,
    Variance,
)
from hotclub._orm.constraints import BaseConstraint, CheckConstraint, Deferrable, UniqueConstraint
from hotclub._orm.deletion_rules import (
    CASCADE,
    DB_CASCADE,
    DB_SET_DEFAULT,
    DB_SET_NULL,
    DO_NOTHING,
    PROTECT,
    RESTRICT,
    SET,
    SET_DEFAULT,
    SET_NULL,
    ProtectedError,
    RestrictedError,
)
from hotclub._orm.enums import Choices, IntegerChoices, TextChoices
from hotclub._orm.expressions.conditional import Case, When
from hotclub._orm.expressions.core import (
    Expression,
    ExpressionList,
    ExpressionWrapper,
    F,
    Func,
    OrderBy,
    OuterRef,
    Value,
)
from hotclub._orm.expressions.subqueries import Exists, Subquery
from hotclub._orm.expressions.windows import RowRange, ValueRange, Window, WindowFrame, WindowFrameExclusion
from hotclub._orm.fetch_modes import FETCH_ONE, FETCH_PEERS, FETCH_RAISE
from hotclub._orm.fields.composite import CompositePrimaryKey
from hotclub._orm.fields.field import BLANK_CHOICE_DASH, BLANK_CHOICE_LABEL, NOT_PROVIDED, Empty, Field
from hotclub._orm.fields.files import FileField, ImageField
from hotclub._orm.fields.generated import GeneratedField
from hotclub._orm.fields.identifiers import IPAddressField
from hotclub._orm.fields.json import JSONField
from hotclub._orm.fields.numbers import NullBooleanField
from hotclub._orm.fields.ordering import OrderWrt
from hotclub._orm.fields.text import CommaSeparatedIntegerField
from hotclub._orm.indexes import Index
from hotclub._orm.joins import FilteredRelation
from hotclub._orm.lookups.core import Lookup, Transform
from hotclub._orm.lookups.json import JSONNull
from hotclub._orm.model import Model
from hotclub._orm.prefetch import Prefetch, aprefetch_related_objects, prefetch_related_objects
from hotclub._orm.q import Q
from hotclub._orm.relations.foreign import ForeignObject
from hotclub._orm.relations.rels import ForeignObjectRel, ManyToManyRel, ManyToOneRel, OneToOneRel
from hotclub._orm.state import DEFERRED
from hotclub.core.exceptions import ObjectDoesNotExist
from hotclub.db.models import (  # noqa: F401  # submodules are reachable as attributes: models.query.QuerySet
    aggregates,
    base,
    constants,
    deletion,
    expressions,
    fields,
    functions,
    indexes,
    lookups,
    manager,
    options,
    query,
    query_utils,
    signals,
    sql,
)

if TYPE_CHECKING:
    from hotclub._orm.typed_fields import (
        AutoField,
        BigAutoField,
        BigIntegerField,
        BinaryField,
        BooleanField,
        CharField,
        DateField,
        DateTimeField,
        DecimalField,
        DurationField,
        EmailField,
        FilePathField,
        FloatField,
        GenericIPAddressField,
        IntegerField,
        PositiveBigIntegerField,
        PositiveIntegerField,
        PositiveSmallIntegerField,
        SlugField,
        SmallAutoField,
        SmallIntegerField,
        TextField,
        TimeField,
        URLField,
        UUIDField,
    )
    from hotclub._orm.typed_queries import Manager, QuerySet
    from hotclub._orm.typed_relations import ForeignKey, ManyToManyField, OneToOneField
else:
    from hotclub._orm.fields.auto import AutoField, BigAutoField, SmallAutoField
    from hotclub._orm.fields.binary import BinaryField
    from hotclub._orm.fields.dates import DateField, DateTimeField, DurationField, TimeField
    from hotclub._orm.fields.identifiers import FilePathField, GenericIPAddressField, UUIDField
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
    from hotclub._orm.manager import Manager
    from hotclub._orm.queryset import QuerySet
    from hotclub._orm.relations.foreign import ForeignKey, OneToOneField
    from hotclub._orm.relations.many import ManyToManyField

__all__ = [
    "BLANK_CHOICE_DASH",
    "BLANK_CHOICE_LABEL",
    "CASCADE",
    "DB_CASCADE",
    "DB_SET_DEFAULT",
    "DB_SET_NULL",
    "DEFERRED",
    "DO_NOTHING",
    "FETCH_ONE",
    "FETCH_PEERS",
    "FETCH_RAISE",
    "NOT_PROVIDED",
    "PROTECT",
    "RESTRICT",
    "SET",
    "SET_DEFAULT",
    "SET_NULL",
    "Aggregate",
    "AnyValue",
    "AutoField",
    "Avg",
    "BaseConstraint",
    "BigAutoField",
    "BigIntegerField",
    "BinaryField",
    "BitAnd",
    "BitOr",
    "BitXor",
    "BooleanField",
    "Case",
    "CharField",
    "CheckConstraint",
    "Choices",
    "CommaSeparatedIntegerField",
    "CompositePrimaryKey",
    "Count",
    "DateField",
    "DateTimeField",
    "DecimalField",
    "Deferrable",
    "DurationField",
    "EmailField",
    "Empty",
    "Exists",
    "Expression",
    "ExpressionList",
    "ExpressionWrapper",
    "F",
    "Field",
    "FileField",
    "FilePathField",
    "FilteredRelation",
    "FloatField",
    "ForeignKey",
    "ForeignObject",
    "ForeignObjectRel",
    "Func",
    "GeneratedField",
    "GenericIPAddressField",
    "IPAddressField",
    "ImageField",
    "Index",
    "IntegerChoices",
    "IntegerField",
    "JSONField",
    "JSONNull",
    "Lookup",
    "Manager",
    "ManyToManyField",
    "ManyToManyRel",
    "ManyToOneRel",
    "Max",
    "Min",
    "Model",
    "NullBooleanField",
    "ObjectDoesNotExist",
    "OneToOneField",
    "OneToOneRel",
    "OrderBy",
    "OrderWrt",
    "OuterRef",
    "PositiveBigIntegerField",
    "PositiveIntegerField",
    "PositiveSmallIntegerField",
    "Prefetch",
    "ProtectedError",
    "Q",
    "QuerySet",
    "RestrictedError",
    "RowRange",
    "SlugField",
    "SmallAutoField",
    "SmallIntegerField",
    "StdDev",
    "StringAgg",
    "Subquery",
    "Sum",
    "TextChoices",
    "TextField",
    "TimeField",
    "Transform",
    "URLField",
    "UUIDField",
    "UniqueConstraint",
    "Value",
    "ValueRange",
    "Variance",
    "When",
    "Window",
    "WindowFrame",
    "WindowFrameExclusion",
    "aggregates",
    "aprefetch_related_objects",
    "expressions",
    "functions",
    "lookups",
    "manager",
    "prefetch_related_objects",
    "query",
    "query_utils",
    "signals",
    "sql",
]
