"""Usual path of the hidden column of `order_with_respect_to`."""

from hotclub._orm.fields.ordering import OrderWrt

__all__ = ["OrderWrt"]
