"""Usual path of the mixin for values remembered on instances."""

from hotclub._orm.relations.caching import FieldCacheMixin

__all__ = ["FieldCacheMixin"]
