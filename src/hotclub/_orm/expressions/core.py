"""The core expressions under one name; one concept a module: base, references, columns, values, combined."""

from hotclub._orm.expressions.base import (
    SQL,
    BaseExpression,
    Combinable,
    Expression,
    OutputFieldIsNoneError,
    rewrite,
    shape_of,
    slotted_part,
)
from hotclub._orm.expressions.columns import Col, ColPairs, Ref
from hotclub._orm.expressions.combined import (
    CombinedExpression,
    DurationExpression,
    TemporalSubtraction,
    register_combinable_fields,
)
from hotclub._orm.expressions.references import F, OuterRef, ResolvedOuterRef, Sliced, text_slicer
from hotclub._orm.expressions.values import (
    DatabaseDefault,
    ExpressionList,
    ExpressionWrapper,
    Func,
    NegatedExpression,
    OrderBy,
    OrderByList,
    RawSQL,
    Star,
    Value,
)

__all__ = [
    "SQL",
    "BaseExpression",
    "Col",
    "ColPairs",
    "Combinable",
    "CombinedExpression",
    "DatabaseDefault",
    "DurationExpression",
    "Expression",
    "ExpressionList",
    "ExpressionWrapper",
    "F",
    "Func",
    "NegatedExpression",
    "OrderBy",
    "OrderByList",
    "OuterRef",
    "OutputFieldIsNoneError",
    "RawSQL",
    "Ref",
    "ResolvedOuterRef",
    "Sliced",
    "Star",
    "TemporalSubtraction",
    "Value",
    "register_combinable_fields",
    "rewrite",
    "shape_of",
    "slotted_part",
    "text_slicer",
]

for _public in (
    Combinable,
    BaseExpression,
    Expression,
    CombinedExpression,
    F,
    OuterRef,
    ResolvedOuterRef,
    Func,
    Value,
    RawSQL,
    Star,
    Col,
    ColPairs,
    Ref,
    ExpressionList,
    OrderByList,
    ExpressionWrapper,
    NegatedExpression,
    OrderBy,
    DatabaseDefault,
    DurationExpression,
    TemporalSubtraction,
    Sliced,
):
    _public.__module__ = "hotclub.db.models.expressions"
Func.deconstruct_path = "hotclub.db.models.Func"
OrderBy.deconstruct_path = "hotclub.db.models.OrderBy"
