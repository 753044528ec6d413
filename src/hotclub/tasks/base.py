"""Tasks, and what is known of a task that was enqueued."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from inspect import isclass
from typing import Any

from asgiref.sync import async_to_sync, iscoroutinefunction, sync_to_async

from hotclub._orm.enums import TextChoices
from hotclub.tasks.exceptions import TaskResultMismatch
from hotclub.utils.module_loading import import_string
from hotclub.utils.translation import pgettext_lazy

DEFAULT_TASK_BACKEND_ALIAS = "default"
DEFAULT_TASK_QUEUE_NAME = "default"
DEFAULT_TASK_PRIORITY = 0
TASK_MIN_PRIORITY = -100
TASK_MAX_PRIORITY = 100

backends: Any = {}
"""The project's backends by alias; `hotclub.tasks` puts them here."""


class TaskResultStatus(TextChoices):
    """How far a task has come."""

    READY = "READY", pgettext_lazy("Task", "Ready")
    """Enqueued, or to be tried again."""
    RUNNING = "RUNNING", pgettext_lazy("Task", "Running")
    FAILED = "FAILED", pgettext_lazy("Task", "Failed")
    """It raised an error, or could not be started."""
    SUCCESSFUL = "SUCCESSFUL", pgettext_lazy("Task", "Successful")


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A function with the way in which it is to be enqueued.

    Attributes:
        func: the function.
        priority: from -100 to 100; higher runs first.
        backend: alias in `TASKS`.
        queue_name: queue of the backend.
        run_after: earliest time, aware; None for any time.
        takes_context: whether the function's first argument is a `TaskContext`.
    """

    func: Callable[..., Any]
    priority: int = DEFAULT_TASK_PRIORITY
    backend: str = DEFAULT_TASK_BACKEND_ALIAS
    queue_name: str = DEFAULT_TASK_QUEUE_NAME
    run_after: datetime | None = None
    takes_context: bool = False

    def __post_init__(self) -> None:
        self.get_backend().validate_task(self)

    @property
    def name(self) -> str:
        """Name of the function."""
        return str(self.func.__name__)

    @property
    def module_path(self) -> str:
        """Dotted path of the function."""
        return f"{self.func.__module__}.{self.func.__qualname__}"

    def __reduce__(self) -> tuple[Any, ...]:
        # Where the function was, the decorated task is: the path leads to the task, from which the function is taken.
        state = {name: getattr(self, name) for name in self.__dataclass_fields__}
        state["func"] = self.module_path
        return (type(self)._reconstruct, (state,))

    @classmethod
    def _reconstruct(cls, state: dict[str, Any]) -> Task:
        path = state["func"]
        try:
            source = import_string(path)
        except ImportError:
            source = None
        if not isinstance(source, Task):
            raise ValueError(f"Expected '{path}' to point to a Task instance.")
        return cls(**{**state, "func": source.func})

    def get_backend(self) -> Any:
        """Return the backend of this task.

        Raises:
            InvalidTaskBackend: there is none.
        """
        return backends[self.backend]

    def using(
        self,
        *,
        priority: int | None = None,
        queue_name: str | None = None,
        run_after: datetime | None = None,
        backend: str | None = None,
    ) -> Task:
        """Return a task like this one with other attributes.

        Raises:
            InvalidTask: the backend cannot take such a task.
        """
        wanted = {"priority": priority, "queue_name": queue_name, "run_after": run_after, "backend": backend}
        return replace(self, **{name: value for name, value in wanted.items() if value is not None})  # type: ignore[arg-type]

    def enqueue(self, *args: Any, **kwargs: Any) -> TaskResult:
        """Give the task to its backend. The arguments must be what JSON can carry.

        Returns:
            What is known of it now; `refresh` brings it up to date.
        """
        result: TaskResult = self.get_backend().enqueue(self, args, kwargs)
        return result

    async def aenqueue(self, *args: Any, **kwargs: Any) -> TaskResult:
        """Do what `enqueue` does."""
        result: TaskResult = await self.get_backend().aenqueue(self, args, kwargs)
        return result

    def get_result(self, result_id: str) -> TaskResult:
        """Return the result with this id.

        Raises:
            TaskResultDoesNotExist: there is none.
            TaskResultMismatch: it belongs to another task.
        """
        return self._own(self.get_backend().get_result(result_id))

    async def aget_result(self, result_id: str) -> TaskResult:
        """Do what `get_result` does."""
        return self._own(await self.get_backend().aget_result(result_id))

    def _own(self, result: TaskResult) -> TaskResult:
        if result.task.func != self.func:
            raise TaskResultMismatch(f"Task does not match (received {result.task.module_path!r})")
        return result

    def call(self, *args: Any, **kwargs: Any) -> Any:
        """Run the function here and now."""
        if iscoroutinefunction(self.func):
            return async_to_sync(self.func)(*args, **kwargs)
        return self.func(*args, **kwargs)

    async def acall(self, *args: Any, **kwargs: Any) -> Any:
        """Run the function here and now; a plain function in a thread."""
        if iscoroutinefunction(self.func):
            return await self.func(*args, **kwargs)
        return await sync_to_async(self.func)(*args, **kwargs)


def task(
    function: Callable[..., Any] | None = None,
    *,
    priority: int = DEFAULT_TASK_PRIORITY,
    queue_name: str = DEFAULT_TASK_QUEUE_NAME,
    backend: str = DEFAULT_TASK_BACKEND_ALIAS,
    takes_context: bool = False,
    **kwargs: Any,
) -> Any:
    """Make a task of a function of a module; a decorator with or without arguments.

    Args:
        function: the function.
        priority: from -100 to 100.
        queue_name: queue of the backend.
        backend: alias in `TASKS`.
        takes_context: give the function a `TaskContext` as its first argument.
        **kwargs: attributes of the backend's own `task_class`.

    Raises:
        InvalidTask: the backend cannot take such a task.
    """
    if "run_after" in kwargs:
        raise TypeError("run_after cannot be defined statically with the @task decorator.")

    def make(function: Callable[..., Any]) -> Task:
        task_class: type[Task] = backends[backend].task_class
        return task_class(
            func=function,
            priority=priority,
            queue_name=queue_name,
            backend=backend,
            takes_context=takes_context,
            run_after=None,
            **kwargs,
        )

    return make if function is None else make(function)


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskError:
    """An error of one attempt.

    Attributes:
        exception_class_path: dotted path of the error's class.
        traceback: the error as Python prints it.
    """

    exception_class_path: str
    traceback: str

    @property
    def exception_class(self) -> type[BaseException]:
        """The error's class.

        Raises:
            ValueError: the path leads to something else.
        """
        found = import_string(self.exception_class_path)
        if not isclass(found) or not issubclass(found, BaseException):
            raise ValueError(f"{self.exception_class_path!r} does not reference a valid exception.")
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskResult:
    """What is known of an enqueued task.

    Attributes:
        task: the task.
        id: id of the result, for `get_result`.
        status: how far it has come.
        enqueued_at: time it was enqueued.
        started_at: time it was first started.
        finished_at: time it ended.
        last_attempted_at: time of the last start.
        args: arguments, as JSON carried them.
        kwargs: arguments by name.
        backend: alias of the backend.
        errors: one for every attempt that failed.
        worker_ids: one for every attempt.
    """

    task: Task
    id: str
    status: TaskResultStatus
    enqueued_at: datetime | None
    started_at: datetime | None
    finished_at: datetime | None
    last_attempted_at: datetime | None
    args: list[Any]
    kwargs: dict[str, Any]
    backend: str
    errors: list[TaskError]
    worker_ids: list[str]
    _return_value: Any | None = field(init=False, default=None)

    @property
    def return_value(self) -> Any:
        """What the function returned.

        Raises:
            ValueError: it has not returned: it still runs, or failed.
        """
        if self.status == TaskResultStatus.SUCCESSFUL:
            return self._return_value
        raise ValueError("Task failed" if self.status == TaskResultStatus.FAILED else "Task has not finished yet")

    @property
    def is_finished(self) -> bool:
        """Whether it succeeded or failed."""
        return self.status in (TaskResultStatus.FAILED, TaskResultStatus.SUCCESSFUL)

    @property
    def attempts(self) -> int:
        """How often it was started."""
        return len(self.worker_ids)

    def refresh(self) -> None:
        """Ask the backend for the present state."""
        self._take_over(self.task.get_backend().get_result(self.id))

    async def arefresh(self) -> None:
        """Do what `refresh` does."""
        self._take_over(await self.task.get_backend().aget_result(self.id))

    def _take_over(self, fresh: TaskResult) -> None:
        # What was asked for (task, id, arguments, backend) does not change; how it went does.
        for name in ("status", "enqueued_at", "started_at", "finished_at", "last_attempted_at"):
            note(self, name, getattr(fresh, name))
        for name in ("errors", "worker_ids", "_return_value"):
            note(self, name, getattr(fresh, name))


def note(result: TaskResult, name: str, value: Any) -> None:
    """Write down an attribute of a result, for backends: results are read-only for everybody else."""
    object.__setattr__(result, name, value)


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskContext:
    """What a task with `takes_context` is told."""

    task_result: TaskResult

    @property
    def attempt(self) -> int:
        """Number of this attempt, from 1."""
        return self.task_result.attempts
