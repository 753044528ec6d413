"""Usual path of `CompositePrimaryKey`."""

from hotclub._orm.fields.composite import CompositeAttribute, CompositePrimaryKey, unnest

__all__ = ["CompositeAttribute", "CompositePrimaryKey", "unnest"]
