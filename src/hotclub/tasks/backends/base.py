"""What every backend of tasks does: check a task, take it, tell how it went."""

from __future__ import annotations

import inspect
from abc import ABCMeta, abstractmethod
from collections.abc import Iterable
from types import BuiltinFunctionType
from typing import Any

from asgiref.sync import iscoroutinefunction, sync_to_async

from hotclub.conf import settings
from hotclub.tasks.base import (
    DEFAULT_TASK_PRIORITY,
    DEFAULT_TASK_QUEUE_NAME,
    TASK_MAX_PRIORITY,
    TASK_MIN_PRIORITY,
    Task,
    TaskResult,
)
from hotclub.tasks.exceptions import InvalidTask
from hotclub.utils import timezone

NO_RESULTS = "This backend does not support retrieving or refreshing results."


class BaseTaskBackend(metaclass=ABCMeta):
    """Base of backends: `enqueue` is what a backend must have.

    Args:
        alias: name in `TASKS`.
        params: its configuration there.
    """

    task_class: type[Task] = Task
    supports_defer = False
    """Can tasks have `run_after`?"""
    supports_async_task = False
    """Can coroutine functions be tasks?"""
    supports_get_result = False
    """Can results be asked for from elsewhere?"""
    supports_priority = False

    def __init__(self, alias: str, params: dict[str, Any]) -> None:
        self.alias = alias
        self.queues = set(params.get("QUEUES", [DEFAULT_TASK_QUEUE_NAME]))
        self.options = params.get("OPTIONS", {})

    def validate_task(self, task: Task) -> None:
        """Check that this backend can take a task.

        Raises:
            InvalidTask: it cannot.
        """
        for problem in self._problems(task):
            raise InvalidTask(problem)

    def _problems(self, task: Task) -> Iterable[str]:
        function = task.func
        # A worker finds the function by its module and name: methods, nested and built-in functions it would not find.
        if (
            not inspect.isfunction(inspect.unwrap(function))
            or isinstance(function, BuiltinFunctionType)
            or "<locals>" in function.__qualname__
            or "." in function.__qualname__
        ):
            yield "Task function must be defined at a module level."
        if not self.supports_async_task and iscoroutinefunction(function):
            yield "Backend does not support async Tasks."
        priority = task.priority
        if int(priority) != priority or not TASK_MIN_PRIORITY <= priority <= TASK_MAX_PRIORITY:
            yield f"priority must be a whole number between {TASK_MIN_PRIORITY} and {TASK_MAX_PRIORITY}."
        if not self.supports_priority and priority != DEFAULT_TASK_PRIORITY:
            yield "Backend does not support setting priority of tasks."
        if task.run_after is not None:
            if not self.supports_defer:
                yield "Backend does not support run_after."
            if settings.USE_TZ and not timezone.is_aware(task.run_after):
                yield "run_after must be an aware datetime."
        if self.queues and task.queue_name not in self.queues:
            yield f"Queue '{task.queue_name}' is not valid for backend."
        if task.takes_context and next(iter(inspect.signature(function).parameters), None) != "context":
            yield "Task takes context but does not have a first argument of 'context'."

    @abstractmethod
    def enqueue(self, task: Task, args: Any, kwargs: Any) -> TaskResult:
        """Take a task; `args` and `kwargs` are for its function."""

    async def aenqueue(self, task: Task, args: Any, kwargs: Any) -> TaskResult:
        """Do what `enqueue` does."""
        return await sync_to_async(self.enqueue, thread_sensitive=True)(task=task, args=args, kwargs=kwargs)

    def get_result(self, result_id: str) -> TaskResult:
        """Return the result with this id.

        Raises:
            TaskResultDoesNotExist: there is none.
            NotImplementedError: this backend keeps no results.
        """
        raise NotImplementedError(NO_RESULTS)

    async def aget_result(self, result_id: str) -> TaskResult:
        """Do what `get_result` does."""
        return await sync_to_async(self.get_result, thread_sensitive=True)(result_id=result_id)

    def check(self, **kwargs: Any) -> list[Any]:
        """Return messages of system checks."""
        return []
