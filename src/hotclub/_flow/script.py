"""A port that answers from a list: flows are tested with it, without a database."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import Any, TypeVar, cast

from hotclub._flow.effects import CallUser, Effect

R = TypeVar("R")


class Script:
    """Answers effects in order from a list and remembers what it was asked.

    Args:
        *answers: one per effect; an exception (instance) is raised instead of answered.
        call_user: perform `CallUser` for real, without using up an answer.

    `asked` holds the effects, in order.
    """

    def __init__(self, *answers: Any, call_user: bool = True) -> None:
        self.asked: list[Effect[Any]] = []
        self._answers = list(answers)
        self._call_user = call_user

    def perform(self, effect: Effect[R], /) -> R:
        self.asked.append(effect)
        if self._call_user and isinstance(effect, CallUser):
            return cast(R, effect.function(*effect.args, **effect.kwargs))
        if not self._answers:
            raise AssertionError(f"the script has no answer left for {type(effect).__name__} (asked: {self.kinds})")
        answer = self._answers.pop(0)
        if isinstance(answer, BaseException):
            raise answer
        return cast(R, answer)

    @property
    def kinds(self) -> Sequence[str]:
        """The names of the effects asked for, in order."""
        return [type(effect).__name__ for effect in self.asked]

    @property
    def left(self) -> int:
        """How many answers were not used."""
        return len(self._answers)


class AsyncScript(Script):
    """The same for `adrive`; a user's coroutine function is awaited."""

    async def perform(self, effect: Effect[R], /) -> R:  # type: ignore[override]  # the async half of the same port
        answer: Any = super().perform(effect)
        return cast(R, await answer) if inspect.isawaitable(answer) else cast(R, answer)
