"""Conditions under the path that third parties import them from; the code is in `hotclub._orm.conditions`."""

from hotclub._orm.conditions import AND, OR, XOR, ExtraWhere, NothingNode
from hotclub._orm.conditions import Conditions as WhereNode

__all__ = ["AND", "OR", "XOR", "ExtraWhere", "NothingNode", "WhereNode"]
