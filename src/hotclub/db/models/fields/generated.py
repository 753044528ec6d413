"""Usual path of `GeneratedField`."""

from hotclub._orm.fields.generated import GeneratedField

__all__ = ["GeneratedField"]
