"""Signals: a sender says that something happened, receivers that it never heard of are called.

Theory of operation. Receivers stand in a list that is replaced, never changed in place while it may be read: a `send`
in another thread sees the old or the new list. The key of a receiver is (its identity or `dispatch_uid`, identity of
the sender), as connections are unique by that key. Weak references to receivers and senders set a flag when they die;
the next look at the list removes what is dead. A signal without receivers costs one truth test.

In debug mode `connect` looks at the signature of the receiver.
"""

from __future__ import annotations

import contextvars
import logging
import threading
import weakref
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, TypeVar

from hotclub._kernel.late_modules import LateModule, is_coroutine_function
from hotclub.conf import settings
from hotclub.utils.inspect import func_accepts_kwargs

if TYPE_CHECKING:
    import asyncio

    from asgiref import sync as crossing
else:
    asyncio = LateModule("asyncio")
    crossing = LateModule("asgiref.sync")

logger = logging.getLogger("hotclub.dispatch")

F = TypeVar("F", bound=Callable[..., Any])
Response = tuple[Any, Any]
"""A receiver and what it returned (or, from the robust halves, the error it raised)."""


def _make_id(target: Any) -> Any:
    if hasattr(target, "__func__"):
        return (id(target.__self__), id(target.__func__))
    return id(target)


NONE_ID = _make_id(None)
NO_RECEIVERS = object()


class Signal:
    """A signal that receivers connect to.

    Args:
        use_caching: remember the live receivers per sender (for signals sent very often from few senders).

    Attributes:
        receivers: list of (lookup key, receiver or weak reference to it, weak reference to the sender or None, is_async).
    """

    def __init__(self, use_caching: bool = False) -> None:
        self.receivers: list[tuple[tuple[Any, Any], Any, weakref.ref[Any] | None, bool]] = []
        self.lock = threading.Lock()
        self.use_caching = use_caching
        # The values must not keep senders alive: weak keys. Cleared on every change.
        self.sender_receivers_cache: Any = weakref.WeakKeyDictionary() if use_caching else {}
        self._dead_receivers = False
        self._unselective: _Unselective | None = None

    def connect(
        self, receiver: Callable[..., Any], sender: Any = None, weak: bool = True, dispatch_uid: Any = None
    ) -> None:
        """Connect a receiver.

        Args:
            receiver: function or method, sync or async, that takes `**kwargs`.
            sender: only signals of this sender reach the receiver; of all senders, if None.
            weak: hold the receiver by a weak reference (a local function would be collected).
            dispatch_uid: identifies the receiver where the same one may be connected several times.

        Raises:
            TypeError: the receiver is not callable (checked in debug mode).
            ValueError: the receiver does not accept keyword arguments (checked in debug mode).
        """
        if settings.configured and settings.DEBUG:
            if not callable(receiver):
                raise TypeError("Signal receivers must be callable.")
            if not func_accepts_kwargs(receiver):
                raise ValueError("Signal receivers must accept keyword arguments (**kwargs).")
        key = (dispatch_uid, _make_id(sender)) if dispatch_uid else (_make_id(receiver), _make_id(sender))
        is_async = is_coroutine_function(receiver)
        held: Any = receiver
        if weak:
            reference: Any = weakref.ref
            owner: Any = receiver
            if hasattr(receiver, "__self__") and hasattr(receiver, "__func__"):
                reference = weakref.WeakMethod
                owner = receiver.__self__
            held = reference(receiver)
            weakref.finalize(owner, self._flag_dead_receivers).atexit = False
        # The reference tells a new sender from a collected one that had the same id.
        sender_ref: weakref.ref[Any] | None = None
        if sender is not None:
            try:
                sender_ref = weakref.ref(sender, self._flag_dead_receivers)
            except TypeError:  # no weak references to it: the id has to do
                sender_ref = None
        with self.lock:
            self._drop_dead()
            if not any(known == key for known, _, _, _ in self.receivers):
                self.receivers.append((key, held, sender_ref, is_async))
            self._forget_look_ups()

    def disconnect(
        self, receiver: Callable[..., Any] | None = None, sender: Any = None, dispatch_uid: Any = None
    ) -> bool:
        """Disconnect a receiver; say whether one was connected.

        Weakly held receivers need not be disconnected: they go when they die.
        """
        key = (dispatch_uid, _make_id(sender)) if dispatch_uid else (_make_id(receiver), _make_id(sender))
        disconnected = False
        with self.lock:
            self._drop_dead()
            for index, entry in enumerate(self.receivers):
                if entry[0] == key:
                    disconnected = True
                    del self.receivers[index]
                    break
            self._forget_look_ups()
        return disconnected

    def _forget_look_ups(self) -> None:
        self.sender_receivers_cache.clear()
        self._unselective = None

    def has_listeners(self, sender: Any = None) -> bool:
        """Say whether a signal from the sender would reach anyone."""
        if not self.receivers:
            return False
        sync_receivers, async_receivers = self._live_receivers(sender)
        return bool(sync_receivers) or bool(async_receivers)

    def may_wait(self, sender: Any = None) -> bool:
        """Say whether a receiver of signals from the sender may block or is async.

        If not (all of them carry `runs_inline = True`), `send` serves in an event loop as well, for less than `asend`.
        """
        if not self.receivers:
            return False
        alike = self._alike()
        if alike is not None:
            return not alike.inline
        sync_receivers, async_receivers = self._live_receivers(sender)
        return bool(async_receivers) or not all(map(_runs_inline, sync_receivers))

    def send_in_place(self, sender: Any, **named: Any) -> bool:
        """Call all receivers from an event loop, if none of them may wait, and say whether that was so.

        Otherwise nobody is called, and `asend` has to be awaited.
        """
        alike = self._alike()
        if alike is None or not alike.inline:
            if self.may_wait(sender):
                return False
            self.send(sender, **named)
            return True
        for receiver in alike.live():
            receiver(signal=self, sender=sender, **named)
        return True

    def send(self, sender: Any, **named: Any) -> list[Response]:
        """Call all receivers; the first error stops the round and reaches the caller.

        Async receivers are run, together, after the sync ones.

        Returns:
            Pairs (receiver, answer).
        """
        if not self.receivers or (self.use_caching and self.sender_receivers_cache.get(sender) is NO_RECEIVERS):
            return []
        alike = self._alike()
        if alike is not None:
            return [(receiver, receiver(signal=self, sender=sender, **named)) for receiver in alike.live()]
        sync_receivers, async_receivers = self._live_receivers(sender)
        responses = [(receiver, receiver(signal=self, sender=sender, **named)) for receiver in sync_receivers]
        if async_receivers:

            async def run() -> list[Response]:
                return await _gather(async_receivers, dict(named, signal=self, sender=sender))

            responses.extend(crossing.async_to_sync(run)())
        return responses

    async def asend(self, sender: Any, **named: Any) -> list[Response]:
        """Call all receivers from async code; errors reach the caller.

        Sync receivers run one after the other in a single thread hop (in place, if all of them carry
        `runs_inline = True`); the async receivers run together after them. What a receiver sets in context variables,
        the caller and the receivers after it see.

        Returns:
            Pairs (receiver, answer), the sync ones first.
        """
        if not self.receivers or (self.use_caching and self.sender_receivers_cache.get(sender) is NO_RECEIVERS):
            return []
        sync_receivers, async_receivers = self._live_receivers(sender)
        arguments = dict(named, signal=self, sender=sender)
        inline = all(map(_runs_inline, sync_receivers))
        if inline and not async_receivers:
            return [(receiver, receiver(**arguments)) for receiver in sync_receivers]

        def sync_part() -> list[Response]:
            return [(receiver, receiver(**arguments)) for receiver in sync_receivers]

        if inline:
            return sync_part() + await _gather(async_receivers, arguments)
        return await crossing.sync_to_async(sync_part)() + await _gather(async_receivers, arguments)

    def send_robust(self, sender: Any, **named: Any) -> list[Response]:
        """Call all receivers, each isolated: an error is logged and takes the place of the answer."""
        if not self.receivers or (self.use_caching and self.sender_receivers_cache.get(sender) is NO_RECEIVERS):
            return []
        sync_receivers, async_receivers = self._live_receivers(sender)
        arguments = dict(named, signal=self, sender=sender)
        responses = [(receiver, self._isolated(receiver, arguments, "send_robust")) for receiver in sync_receivers]
        if async_receivers:

            async def run() -> list[Response]:
                return await self._gather_isolated(async_receivers, arguments, "send_robust")

            responses.extend(crossing.async_to_sync(run)())
        return responses

    async def asend_robust(self, sender: Any, **named: Any) -> list[Response]:
        """`send_robust` from async code."""
        if not self.receivers or (self.use_caching and self.sender_receivers_cache.get(sender) is NO_RECEIVERS):
            return []
        sync_receivers, async_receivers = self._live_receivers(sender)
        arguments = dict(named, signal=self, sender=sender)

        def sync_part() -> list[Response]:
            return [(receiver, self._isolated(receiver, arguments, "asend_robust")) for receiver in sync_receivers]

        if not sync_receivers or all(map(_runs_inline, sync_receivers)):
            return sync_part() + await self._gather_isolated(async_receivers, arguments, "asend_robust")
        return await crossing.sync_to_async(sync_part)() + await self._gather_isolated(
            async_receivers, arguments, "asend_robust"
        )

    def _isolated(self, receiver: Callable[..., Any], arguments: dict[str, Any], half: str) -> Any:
        try:
            return receiver(**arguments)
        except Exception as error:  # user code, isolated as documented
            self._log_failure(receiver, error, half)
            return error

    async def _gather_isolated(
        self, receivers: list[Callable[..., Any]], arguments: dict[str, Any], half: str
    ) -> list[Response]:
        async def one(receiver: Callable[..., Any]) -> Any:
            try:
                return await receiver(**arguments)
            except Exception as error:  # user code, isolated as documented
                self._log_failure(receiver, error, half)
                return error

        answers = await _run_all([one(receiver) for receiver in receivers])
        return list(zip(receivers, answers, strict=True))

    def _log_failure(self, receiver: Callable[..., Any], error: Exception, half: str) -> None:
        logger.error(
            "Error calling %s in Signal.%s() (%s)",
            getattr(receiver, "__qualname__", type(receiver).__qualname__),
            half,
            error,
            exc_info=error,
        )

    def _drop_dead(self) -> None:
        # Called under the lock, or on a list nobody else sees.
        if self._dead_receivers:
            self._dead_receivers = False
            self.receivers = [
                entry
                for entry in self.receivers
                if not (isinstance(entry[1], weakref.ReferenceType) and entry[1]() is None)
                and not (entry[2] is not None and entry[2]() is None)
            ]

    _clear_dead_receivers = _drop_dead

    def _alike(self) -> _Unselective | None:
        """Return the receivers that are the same for every sender, if that is known and still true."""
        alike = self._unselective
        if (
            alike is None
            or self._dead_receivers
            or alike.source is not self.receivers
            or alike.length != len(alike.source)
        ):
            return None
        return alike

    def _live_receivers(self, sender: Any) -> tuple[list[Callable[..., Any]], list[Callable[..., Any]]]:
        """Return the sync and the async receivers for the sender, in order of connection."""
        alike = self._alike()
        if alike is not None:
            return alike.live(), []
        entries: Any = None
        if self.use_caching and not self._dead_receivers:
            entries = self.sender_receivers_cache.get(sender)
            if entries is NO_RECEIVERS:
                return [], []
        if entries is None:
            with self.lock:
                self._drop_dead()
                sender_id = _make_id(sender)
                entries = [
                    (receiver, is_async)
                    for (_, wanted_id), receiver, _, is_async in self.receivers
                    if wanted_id in (NONE_ID, sender_id)
                ]
                if self.use_caching:
                    self.sender_receivers_cache[sender] = entries or NO_RECEIVERS
                else:
                    self._unselective = _Unselective.of(self.receivers)
        sync_receivers: list[Callable[..., Any]] = []
        async_receivers: list[Callable[..., Any]] = []
        for receiver, is_async in entries:
            if isinstance(receiver, weakref.ReferenceType):
                receiver = receiver()
                if receiver is None:
                    continue
            (async_receivers if is_async else sync_receivers).append(receiver)
        return sync_receivers, async_receivers

    def _flag_dead_receivers(self, reference: Any = None) -> None:
        # Runs wherever the collector happens to be: it only sets a flag, as taking the lock here could deadlock.
        self._dead_receivers = True


class _Unselective:
    """The receivers of a signal whose receivers are all sync and take every sender: the same list for each `send`.

    Args:
        source: the list they were taken from; another list, or another length of it, is another answer.

    Attributes:
        inline: whether none of them may block.
    """

    __slots__ = ("_held", "inline", "length", "source")

    def __init__(self, source: list[Any]) -> None:
        self.source = source
        self.length = len(source)
        self._held = [(held, isinstance(held, weakref.ReferenceType)) for _, held, _, _ in source]
        self.inline = all(map(_runs_inline, self.live()))

    @classmethod
    def of(cls, source: list[Any]) -> _Unselective | None:
        """Give the look-up, or None if some receiver is selective or async."""
        if any(is_async or sender_id != NONE_ID for (_, sender_id), _, _, is_async in source):
            return None
        return cls(source)

    def live(self) -> list[Callable[..., Any]]:
        """Give the receivers that still exist."""
        return [receiver for held, weak in self._held if (receiver := held() if weak else held) is not None]


def _runs_inline(receiver: Callable[..., Any]) -> bool:
    """Say whether a receiver declares that it never blocks: it is then called in place, without a thread hop."""
    return bool(getattr(receiver, "runs_inline", False))


async def _gather(receivers: list[Callable[..., Any]], arguments: dict[str, Any]) -> list[Response]:
    async def one(receiver: Callable[..., Any]) -> Any:
        return await receiver(**arguments)

    answers = await _run_all([one(receiver) for receiver in receivers])
    return list(zip(receivers, answers, strict=True))


async def _run_all(awaitables: list[Any]) -> list[Any]:
    """Await all at the same time, in one context; on the first error the rest are cancelled and waited for."""
    if not awaitables:
        return []
    if len(awaitables) == 1:
        return [await awaitables[0]]
    context = contextvars.copy_context()
    tasks = [asyncio.create_task(awaitable, context=context) for awaitable in awaitables]
    try:
        return await asyncio.gather(*tasks)
    except BaseException:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        raise
    finally:
        for variable, value in context.items():
            if variable.get(tasks) is not value:  # `tasks`: a value that no variable has
                variable.set(value)


def receiver(signal: Signal | Iterable[Signal], **kwargs: Any) -> Callable[[F], F]:
    """Decorate a function to connect it to a signal, or to each of several.

    Args:
        signal: a signal, or a list or tuple of signals.
        **kwargs: passed to `Signal.connect`.
    """

    def decorate(func: F) -> F:
        for one in signal if isinstance(signal, list | tuple) else [signal]:
            one.connect(func, **kwargs)  # type: ignore[union-attr]
        return func

    return decorate
