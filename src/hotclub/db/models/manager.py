"""Documented path of managers; the code is in `hotclub._orm.manager`."""

from hotclub._orm.manager import BaseManager, EmptyManager, Manager, ManagerDescriptor

__all__ = ["BaseManager", "EmptyManager", "Manager", "ManagerDescriptor"]
