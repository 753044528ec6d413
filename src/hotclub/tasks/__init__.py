"""Work to be done outside of a request: tasks, enqueued with the backends of `TASKS`."""

from __future__ import annotations

from typing import Any

from hotclub.tasks import base
from hotclub.tasks import checks as checks
from hotclub.tasks import signals as signals
from hotclub.tasks.base import (
    DEFAULT_TASK_BACKEND_ALIAS,
    DEFAULT_TASK_QUEUE_NAME,
    Task,
    TaskContext,
    TaskResult,
    TaskResultStatus,
    task,
)
from hotclub.tasks.exceptions import InvalidTaskBackend
from hotclub.utils.connection import BaseConnectionHandler, ConnectionProxy
from hotclub.utils.module_loading import import_string

__all__ = [
    "DEFAULT_TASK_BACKEND_ALIAS",
    "DEFAULT_TASK_QUEUE_NAME",
    "Task",
    "TaskBackendHandler",
    "TaskContext",
    "TaskResult",
    "TaskResultStatus",
    "default_task_backend",
    "task",
    "task_backends",
]


class TaskBackendHandler(BaseConnectionHandler):
    """The backends of `TASKS`, by alias."""

    settings_name = "TASKS"
    exception_class = InvalidTaskBackend

    def create_connection(self, alias: str) -> Any:
        """Make the backend of an alias."""
        params = self.settings[alias]
        path = params["BACKEND"]
        try:
            backend = import_string(path)
        except ImportError as error:
            raise InvalidTaskBackend(f"Could not find backend '{path}': {error}") from error
        return backend(alias=alias, params=params)


task_backends = TaskBackendHandler()
default_task_backend: Any = ConnectionProxy(task_backends, DEFAULT_TASK_BACKEND_ALIAS)
base.backends = task_backends
