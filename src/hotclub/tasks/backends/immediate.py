"""A backend that runs a task at once, where it is enqueued: for development and tests."""

from __future__ import annotations

from traceback import format_exception
from typing import Any

from hotclub.tasks.backends.base import BaseTaskBackend
from hotclub.tasks.backends.dummy import ID_LENGTH, ready_result
from hotclub.tasks.base import Task, TaskContext, TaskError, TaskResult, TaskResultStatus, note
from hotclub.tasks.signals import task_enqueued, task_finished, task_started
from hotclub.utils import timezone
from hotclub.utils.crypto import get_random_string
from hotclub.utils.json import normalize_json


class ImmediateBackend(BaseTaskBackend):
    """Runs every task before `enqueue` returns. Results are not kept."""

    supports_async_task = True
    supports_priority = True

    def __init__(self, alias: str, params: dict[str, Any]) -> None:
        super().__init__(alias, params)
        self.worker_id = get_random_string(ID_LENGTH)

    def enqueue(self, task: Task, args: Any, kwargs: Any) -> TaskResult:
        """Run the task. Its error is written into the result, not raised."""
        self.validate_task(task)
        result = ready_result(self, task, args, kwargs)
        note(result, "enqueued_at", timezone.now())
        task_enqueued.send(type(self), task_result=result)
        self._run(result)
        return result

    def _run(self, result: TaskResult) -> None:
        started = timezone.now()
        note(result, "status", TaskResultStatus.RUNNING)
        note(result, "started_at", started)
        note(result, "last_attempted_at", started)
        result.worker_ids.append(self.worker_id)
        task_started.send(type(self), task_result=result)
        context = (TaskContext(task_result=result),) if result.task.takes_context else ()
        try:
            returned = normalize_json(result.task.call(*context, *result.args, **result.kwargs))
        except KeyboardInterrupt:
            # Somebody wants the process to end: that is no failure of the task.
            raise
        except BaseException as error:  # also SystemExit: a worker would survive it
            kind = type(error)
            result.errors.append(
                TaskError(
                    exception_class_path=f"{kind.__module__}.{kind.__qualname__}",
                    traceback="".join(format_exception(error)),
                )
            )
            status = TaskResultStatus.FAILED
        else:
            note(result, "_return_value", returned)
            status = TaskResultStatus.SUCCESSFUL
        note(result, "finished_at", timezone.now())
        note(result, "status", status)
        task_finished.send(type(self), task_result=result)
