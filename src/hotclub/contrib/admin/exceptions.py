"""Errors of the admin.

SuspiciousOperation
    DisallowedModelAdminLookup
    DisallowedModelAdminToField
Exception
    AlreadyRegistered
    NotRegistered
    IncorrectLookupParameters
"""

from __future__ import annotations

from hotclub.core.exceptions import SuspiciousOperation


class DisallowedModelAdminLookup(SuspiciousOperation):
    """A lookup in the query string is not among those the model's admin allows."""


class DisallowedModelAdminToField(SuspiciousOperation):
    """The query string asks for a field to point to that no registered model points to."""


class AlreadyRegistered(Exception):
    """The model is registered already."""


class NotRegistered(Exception):
    """The model is not registered."""


class IncorrectLookupParameters(Exception):
    """The query string of a change list makes no sense; the list is shown without it."""

    __module__ = "hotclub.contrib.admin.options"
