"""Tasks run where they are enqueued, and tell how it went."""

from __future__ import annotations

import asyncio
import pickle
from typing import Any

import pytest

from hotclub.tasks import TaskResultStatus, task
from hotclub.tasks.exceptions import InvalidTask


@task
def double(number: int) -> int:
    return 2 * number


@task(takes_context=True)
def attempt_of(context: Any) -> int:
    return int(context.attempt)


@task
def fail() -> None:
    raise ValueError("no")


def test_result_of_a_task_that_succeeds() -> None:
    result = double.enqueue(21)
    assert (result.status, result.return_value, result.attempts) == (TaskResultStatus.SUCCESSFUL, 42, 1)


def test_enqueue_from_async_code() -> None:
    result = asyncio.run(double.aenqueue(4))
    assert result.return_value == 8


def test_context_is_given_where_wanted() -> None:
    assert attempt_of.enqueue().return_value == 1


def test_error_is_written_down_not_raised() -> None:
    result = fail.enqueue()
    assert result.status == TaskResultStatus.FAILED
    assert result.errors[0].exception_class is ValueError
    assert "no" in result.errors[0].traceback
    with pytest.raises(ValueError, match="Task failed"):
        _ = result.return_value


def test_tasks_are_pickled_by_their_path() -> None:
    assert pickle.loads(pickle.dumps(double)) == double


def test_priority_beyond_limits_is_refused() -> None:
    with pytest.raises(InvalidTask, match="between -100 and 100"):
        double.using(priority=101)
