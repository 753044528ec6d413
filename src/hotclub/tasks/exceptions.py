"""Errors of tasks."""

from __future__ import annotations

from hotclub.core.exceptions import ImproperlyConfigured


class TaskException(Exception):
    """Base of the errors of tasks."""


class InvalidTask(TaskException):
    """The backend cannot take the task: its function, queue, priority or time does not suit."""


class InvalidTaskBackend(ImproperlyConfigured):
    """`TASKS` has no such backend, or it cannot be imported."""


class TaskResultDoesNotExist(TaskException):
    """The backend knows no result with this id."""


class TaskResultMismatch(TaskException):
    """The result with this id belongs to another task."""
