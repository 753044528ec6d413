"""The hidden column of `order_with_respect_to`."""

from __future__ import annotations

from typing import Any

from hotclub._orm.fields.numbers import IntegerField


class OrderWrt(IntegerField):
    """The place of a row among those with the same owner; set by `flows/save.py`."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["name"] = "_order"
        kwargs["editable"] = False
        super().__init__(*args, **kwargs)


OrderWrt.__module__ = "hotclub.db.models.fields.proxy"
