"""The two drivers: the only two functions in which sync and async differ.

`drive` runs a flow over a `Port`, `adrive` over an `AsyncPort`. Both refuse a flow that awaits anything but an effect,
and both throw the port's errors into the flow, at the `await` that caused them.
"""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any, Protocol, TypeVar

from hotclub._flow.effects import Effect, Flow

R = TypeVar("R")


class Port(Protocol):
    """Performs effects and waits for them in the calling thread."""

    def perform(self, effect: Effect[R], /) -> R: ...


class AsyncPort(Protocol):
    """Performs effects without holding up the event loop."""

    def perform(self, effect: Effect[R], /) -> Awaitable[R]: ...


class ForeignAwaitError(TypeError):
    """A flow awaited something that is not an effect."""


def _refuse(flow: Flow[Any], got: object) -> ForeignAwaitError:
    flow.close()
    name = getattr(flow, "__qualname__", type(flow).__name__)
    return ForeignAwaitError(
        f"the flow {name}() awaited {type(got).__name__}, but a flow may await effects only. "
        "Wrap the call in an effect (hotclub._flow.effects), or do it outside the flow."
    )


def drive(flow: Flow[R], port: Port) -> R:
    """Run a flow to its end, synchronously.

    Args:
        flow: coroutine that awaits effects only.
        port: performs each effect.

    Returns:
        What the flow returns.

    Raises:
        ForeignAwaitError: the flow awaited something else; it has been closed.
    """
    perform = port.perform
    send = flow.send
    try:
        effect = send(None)
        while True:
            if not isinstance(effect, Effect):  # pyright: ignore[reportUnnecessaryIsInstance]  # a flow may be wrong
                raise _refuse(flow, effect)
            try:
                answer = perform(effect)
            except BaseException as error:
                effect = flow.throw(error)
            else:
                effect = send(answer)
    except StopIteration as done:
        value: R = done.value
        return value


async def adrive(flow: Flow[R], port: AsyncPort) -> R:
    """Run a flow to its end inside an event loop; the arguments and errors are those of `drive`.

    Cancellation reaches the flow as an exception at the effect it waits for, so that its regions roll back.
    """
    perform = port.perform
    send = flow.send
    try:
        effect = send(None)
        while True:
            if not isinstance(effect, Effect):  # pyright: ignore[reportUnnecessaryIsInstance]  # a flow may be wrong
                raise _refuse(flow, effect)
            try:
                answer = await perform(effect)
            except BaseException as error:
                effect = flow.throw(error)
            else:
                effect = send(answer)
    except StopIteration as done:
        value: R = done.value
        return value
