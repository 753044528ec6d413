"""The threads that run the synchronous code of asynchronous requests.

Theory of operation. A request owns at most one thread: its sync view, its sync middleware, and whatever foreign code
passes through asgiref's thread-sensitive `sync_to_async`, run there one after the other, in a copy of the context they
were called from; what they set in context variables is carried back. The thread comes from a bounded pool on the first
such call and goes back when the request ends, or when it begins to stream asynchronously (an endless stream would keep
it for nothing). Requests that find no thread free wait their turn, first come first served.

Rules:
    1. Code of two requests never alternates in one thread: what one keeps in thread-local storage, the other does not
       find in the middle of its work.
    2. A call that has begun is not abandoned. If its task is cancelled the task waits for the end of the call, so that
       nobody takes a database connection away from under it.
    3. Where asgiref knows a better thread (one that blocks in `async_to_sync` and waits for this very work), it decides.

This module knows asgiref and nothing of HTTP.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor, Future
from contextvars import Context, ContextVar, copy_context
from functools import partial
from queue import SimpleQueue
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from asgiref.sync import AsyncToSync, SyncToAsync, sync_to_async

R = TypeVar("R")
Job = Callable[[], object]

DEFAULT_THREADS = 40
"""Threads of a process, unless `ASGI_THREADS` says otherwise. They wait for databases and other services, so there may
be many more of them than there are processors."""


def configured_threads() -> int:
    """Return how many threads may run sync code: the environment's `ASGI_THREADS` (asgiref's name for it), or 40."""
    given = os.environ.get("ASGI_THREADS", "")
    return max(1, int(given)) if given.isascii() and given.isdigit() else DEFAULT_THREADS


class _Thread:
    """A thread and what it has to do."""

    __slots__ = ("jobs",)

    def __init__(self, number: int) -> None:
        self.jobs: SimpleQueue[Job] = SimpleQueue()
        threading.Thread(target=self._work, name=f"hotclub-sync-{number}", daemon=True).start()

    def _work(self) -> None:
        take = self.jobs.get
        while True:
            take()()


class ThreadPool:
    """Lends threads to requests.

    Args:
        max_threads: at most so many at the same time.
    """

    def __init__(self, max_threads: int) -> None:
        self.max_threads = max_threads
        self.started = 0
        self.lock = threading.Lock()
        self._free: list[_Thread] = []
        self._waiting: deque[RequestThread] = deque()

    def lend(self, borrower: RequestThread) -> _Thread | None:
        """Give a thread; None if all are lent: the borrower gets the next one that comes back."""
        with self.lock:
            if self._free:
                return self._free.pop()
            if self.started < self.max_threads:
                self.started += 1
                return _Thread(self.started)
            self._waiting.append(borrower)
            return None

    def take_back(self, thread: _Thread) -> None:
        """Take a thread back, and give it to the one who waited longest."""
        with self.lock:
            while self._waiting:
                if self._waiting.popleft().receive(thread):
                    return
            self._free.append(thread)

    def forget_threads(self) -> None:
        """Begin anew in a child process, which has none of its parent's threads."""
        self.__init__(self.max_threads)  # type: ignore[misc]


POOL = ThreadPool(configured_threads())
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=POOL.forget_threads)


class _Call:
    """A call on its way through the thread and back."""

    __slots__ = (
        "abandoned",
        "args",
        "begun",
        "context",
        "finished",
        "function",
        "future",
        "kwargs",
        "late",
        "loop",
        "tasks",
    )

    def __init__(self, loop: Any, function: Callable[..., Any], args: Any, kwargs: Any) -> None:
        self.loop = loop
        self.future: asyncio.Future[Any] = loop.create_future()
        self.late: asyncio.Future[None] | None = None
        self.begun = self.abandoned = self.finished = False
        self.context = copy_context()
        self.function = function
        self.args = args
        self.kwargs = kwargs
        # asgiref's `async_to_sync` enters the task here in which it runs coroutines for this call.
        self.tasks: list[asyncio.Task[Any]] = []

    def __call__(self) -> None:
        self.begun = True
        if self.abandoned:
            self._tell(None, None)
            return
        local: Any = SyncToAsync.threadlocal
        local.main_event_loop = self.loop
        local.main_event_loop_pid = os.getpid()
        local.task_context = self.tasks
        try:
            value, error = self.context.run(self.function, *self.args, **self.kwargs), None
        except BaseException as raised:  # carried to the task that waits
            value, error = None, raised
        self._tell(value, error)
        del error

    def _tell(self, value: Any, error: BaseException | None) -> None:
        try:
            self.loop.call_soon_threadsafe(self._finish, value, error)
        except RuntimeError:  # the loop has been closed: nobody waits any more
            pass

    def _finish(self, value: Any, error: BaseException | None) -> None:
        self.finished = True
        if not self.future.done():
            if error is None:
                self.future.set_result(value)
            elif isinstance(error, StopIteration):
                # A future cannot carry it; generators have the same rule (PEP 479).
                failure = RuntimeError("synchronous code raised StopIteration")
                failure.__cause__ = error
                self.future.set_exception(failure)
            else:
                self.future.set_exception(error)
        elif self.late is not None and not self.late.done():
            self.late.set_result(None)

    async def result(self) -> Any:
        """Wait for the answer; if this task is cancelled, for the end of the call."""
        try:
            return await self.future
        except asyncio.CancelledError:
            if self.future.cancelled():
                await self._until_finished()
            raise
        finally:
            _carry_back(self.context)

    async def _until_finished(self) -> None:
        # Set first, looked at second; the thread does it the other way round. One of the two sees the other.
        self.abandoned = True
        if not self.begun or self.finished:
            return
        for task in self.tasks:
            task.cancel()
        self.late = self.loop.create_future()
        while not self.late.done():
            try:
                await asyncio.shield(self.late)
            except asyncio.CancelledError:
                continue  # asked again: the answer stays the same


def _carry_back(context: Context) -> None:
    """Set what the call set in context variables here as well."""
    for variable, value in context.items():
        try:
            if variable.get() is value:
                continue
        except LookupError:
            pass
        variable.set(value)


class RequestThread(Executor):
    """The thread of one request, borrowed on the first call. For asgiref it is the executor of thread-sensitive calls."""

    # Read by asgiref of the context object that this is for it.
    _exited = False

    # Most requests need no thread: making one of these sets nothing.
    running = 0
    asked = False
    _thread: _Thread | None = None
    _unfinished = False
    _leaving = False
    _held_back: tuple[Job, ...] = ()
    # The request has ended; a task of it that goes on borrows a thread for each call.
    over = False
    pool = POOL

    def _put(self, job: Job) -> None:
        if not self.asked:
            self.asked = True
            lent = self.pool.lend(self)
            if lent is not None:
                self._thread = lent
        with self.pool.lock:
            if self._thread is None:
                self._held_back += (job,)
            else:
                self._thread.jobs.put(job)
        if self.over:
            self._unfinished = True
            self.release()

    def receive(self, thread: _Thread) -> bool:
        """Take a thread that has become free, called under the pool's lock; False if it is no longer wanted."""
        if not self.asked or self._thread is not None:
            return False
        for job in self._held_back:
            thread.jobs.put(job)
        self._held_back = ()
        if self._leaving:
            self._leaving = self.asked = False
            thread.jobs.put(partial(self.pool.take_back, thread))
        else:
            self._thread = thread
        return True

    async def run(self, function: Callable[..., R], *args: Any, **kwargs: Any) -> R:
        """Call `function` in the request's thread and give its answer."""
        call = _Call(asyncio.get_running_loop(), function, args, kwargs)
        self.running += 1
        try:
            self._put(call)
            return await call.result()  # type: ignore[no-any-return]
        finally:
            self.running -= 1

    def submit(self, fn: Callable[..., R], /, *args: Any, **kwargs: Any) -> Future[R]:
        """Call `fn` in the request's thread (the interface of executors, for asgiref)."""
        future: Future[R] = Future()
        self._unfinished = True

        def job() -> None:
            if not future.set_running_or_notify_cancel():
                return
            try:
                value = fn(*args, **kwargs)
            except BaseException as error:  # carried to the one who waits
                future.set_exception(error)
            else:
                future.set_result(value)

        self._put(job)
        return future

    def release(self) -> None:
        """Give the thread back; a later call borrows one again."""
        if not self.asked:
            return
        pool = self.pool
        with pool.lock:
            thread, self._thread = self._thread, None
            if thread is None and self._held_back:
                self._leaving = True
                return
            self.asked = False
        if thread is None:
            return
        if self._unfinished:
            # Work submitted by foreign code may still be under way: the thread is free when that is done.
            self._unfinished = False
            thread.jobs.put(partial(pool.take_back, thread))
        else:
            pool.take_back(thread)


class _Executors(WeakKeyDictionary[Any, Any]):
    """asgiref's registry of executors by context object. A request's thread is its own, and need not be entered."""

    def __contains__(self, context: object) -> bool:
        return isinstance(context, RequestThread) or super().__contains__(context)

    def __getitem__(self, context: Any) -> Any:
        return context if isinstance(context, RequestThread) else super().__getitem__(context)


SyncToAsync.context_to_thread_executor = _Executors(SyncToAsync.context_to_thread_executor)
_CONTEXT: ContextVar[Any] = SyncToAsync.thread_sensitive_context


class request_thread:  # a context manager, called like a function; a generator would cost twice as much
    """Give the block a thread of its own for sync code, unless the caller has given one already."""

    __slots__ = ("_thread", "_token")

    def __enter__(self) -> None:
        self._thread: RequestThread | None = None
        if _CONTEXT.get(None) is None:
            thread = self._thread = RequestThread()
            self._token = _CONTEXT.set(thread)

    def __exit__(self, *error: object) -> None:
        thread = self._thread
        if thread is not None:
            _CONTEXT.reset(self._token)
            thread.over = True
            if thread.asked:
                thread.release()


def release_thread() -> None:
    """Give the thread of the current request back before its end."""
    thread = _CONTEXT.get(None)
    if isinstance(thread, RequestThread):
        thread.release()


def runs_sync_code() -> bool:
    """Say whether the current request waits for a call in its thread, which it would not abandon."""
    thread = _CONTEXT.get(None)
    return isinstance(thread, RequestThread) and thread.running > 0


async def run_sync(function: Callable[..., R], *args: Any, **kwargs: Any) -> R:
    """Call blocking code in the current request's thread; outside of requests, where asgiref would."""
    thread = _CONTEXT.get(None)
    if isinstance(thread, RequestThread) and getattr(AsyncToSync.executors, "current", None) is None:
        return await thread.run(function, *args, **kwargs)
    return await sync_to_async(function, thread_sensitive=True)(*args, **kwargs)
