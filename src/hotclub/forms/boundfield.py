"""Bound fields, as documented."""

from hotclub._forms.bound import BoundField, BoundWidget

__all__ = ["BoundField", "BoundWidget"]
