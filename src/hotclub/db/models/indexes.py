"""Documented path of `Index`; the code is in `hotclub._orm`."""

from hotclub._orm.index_expressions import IndexExpression
from hotclub._orm.indexes import Index

__all__ = [
    "Index",
    "IndexExpression",
]
