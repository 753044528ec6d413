"""Documented path of managers; the code is in `hotclub._orm.manager`."""

from typing import TYPE_CHECKING

from hotclub._orm.manager import BaseManager, EmptyManager, ManagerDescriptor

if TYPE_CHECKING:
    from hotclub._orm.typed_queries import Manager
else:
    from hotclub._orm.manager import Manager

__all__ = ["BaseManager", "EmptyManager", "Manager", "ManagerDescriptor"]
