"""A backend that only writes down what was enqueued, for tests."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from hotclub.tasks.backends.base import BaseTaskBackend
from hotclub.tasks.base import Task, TaskResult, TaskResultStatus, note
from hotclub.tasks.exceptions import TaskResultDoesNotExist
from hotclub.tasks.signals import task_enqueued
from hotclub.utils import timezone
from hotclub.utils.crypto import get_random_string
from hotclub.utils.json import normalize_json

ID_LENGTH = 32


class DummyBackend(BaseTaskBackend):
    """Runs nothing. `results` has what was enqueued; `clear()` forgets it."""

    supports_defer = True
    supports_async_task = True
    supports_get_result = True
    supports_priority = True

    def __init__(self, alias: str, params: dict[str, Any]) -> None:
        super().__init__(alias, params)
        self.results: list[TaskResult] = []

    def enqueue(self, task: Task, args: Any, kwargs: Any) -> TaskResult:
        """Write the task down."""
        self.validate_task(task)
        result = ready_result(self, task, args, kwargs)
        note(result, "enqueued_at", timezone.now())
        self.results.append(result)
        task_enqueued.send(type(self), task_result=result)
        # The caller's copy must not change by itself: with other backends it does not either.
        return deepcopy(result)

    def get_result(self, result_id: str) -> TaskResult:
        """Return the result with this id."""
        for result in self.results:
            if result.id == result_id:
                return result
        raise TaskResultDoesNotExist(result_id)

    async def aget_result(self, result_id: str) -> TaskResult:
        """Do what `get_result` does."""
        return self.get_result(result_id)

    def clear(self) -> None:
        """Forget everything."""
        self.results.clear()


def ready_result(backend: BaseTaskBackend, task: Task, args: Any, kwargs: Any) -> TaskResult:
    """Make the result of a task that is about to be enqueued."""
    return TaskResult(
        task=task,
        id=get_random_string(ID_LENGTH),
        status=TaskResultStatus.READY,
        enqueued_at=None,
        started_at=None,
        last_attempted_at=None,
        finished_at=None,
        args=normalize_json(args),
        kwargs=normalize_json(kwargs),
        backend=backend.alias,
        errors=[],
        worker_ids=[],
    )
