"""Signals of tasks, and their log.

Every signal is sent by the backend's class with the argument `task_result`.
"""

from __future__ import annotations

import logging
from typing import Any

from hotclub.dispatch import Signal, receiver
from hotclub.tasks.base import TaskResultStatus

logger = logging.getLogger("hotclub.tasks")

task_enqueued = Signal()
"""Sent when a backend has taken a task."""
task_started = Signal()
"""Sent when a task starts to run."""
task_finished = Signal()
"""Sent when a task has succeeded or failed."""


@receiver(task_enqueued)
def _log_enqueued(*, task_result: Any, **_: Any) -> None:
    logger.debug(
        "Task id=%s path=%s enqueued backend=%s", task_result.id, task_result.task.module_path, task_result.backend
    )


@receiver(task_started)
@receiver(task_finished)
def _log_state(*, task_result: Any, **_: Any) -> None:
    failed = task_result.status == TaskResultStatus.FAILED
    text, values = "Task id=%s path=%s state=%s", [task_result.id, task_result.task.module_path, task_result.status]
    if failed and task_result.errors:
        # The error may have happened in another process: its text is all there is.
        text, values = f"{text}\n%s", [*values, task_result.errors[-1].traceback]
    logger.log(logging.ERROR if failed else logging.INFO, text, *values)
