"""The parent of the workers of `hotclub serve`: starts, watches, replaces, reloads and stops them.

Theory of operation. The supervisor opens the listening socket and never serves. Workers are fresh processes that inherit
the socket, so that a reload always loads the code that lies on disk, and connections that wait in the socket's queue
are taken by whichever worker comes next. A worker says through a pipe that it has loaded the project; at the end of
another pipe it notices that its parent has died.

    SIGHUP   reload: new workers are started; when all of them are ready the old ones stop. If one of them fails, the old
             ones go on serving.
    SIGTERM, SIGINT   stop: workers take no new connections, finish their requests, and are killed after a time-out.
    SIGCHLD  a worker that ended by itself is replaced, ever more slowly while its successors end at once.

Started by the command as `python -m hotclub.core.servers.supervisor`. Knows the standard library only, so that the parent
stays small and has nothing of the project in it.
"""

from __future__ import annotations

import contextlib
import os
import resource
import selectors
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

from hotclub.core.servers.listening import CannotListen, listen, parse_bind
from hotclub.core.servers.options import ServeOptions

WORKER_MODULE = "hotclub.core.servers.worker"
READY_VARIABLE, PARENT_VARIABLE, SOCKET_VARIABLE = "HOTCLUB_READY_FD", "HOTCLUB_PARENT_FD", "HOTCLUB_SOCKET_FD"
STOP_SIGNAL = signal.SIGUSR1
"""Tells a worker to take no more connections, finish what it has, and end."""
STEADY_SECONDS = 5.0
"""A worker that lived for so long did not fail at once."""
MAX_DELAY_SECONDS = 30.0


@dataclass(eq=False)
class Worker:
    """One worker process."""

    process: subprocess.Popen[bytes]
    ready_fd: int
    started: float = field(default_factory=time.monotonic)
    ready: bool = False
    stop_before: float | None = None

    @property
    def stopping(self) -> bool:
        """Whether it was told to stop."""
        return self.stop_before is not None


class Supervisor:
    """Keeps `options.workers` workers at work.

    Args:
        options: what to serve, and how.
        listener: listening socket that the workers inherit.
    """

    def __init__(self, options: ServeOptions, listener: socket.socket) -> None:
        self.options = options
        self._listener = listener
        self._serving: list[Worker] = []
        self._coming: list[Worker] = []
        self._leaving: list[Worker] = []
        self._ending = self._reload_asked = self._has_served = False
        self._failures = 0
        self._next_start = 0.0
        self._exit_status = 0
        self._selector = selectors.DefaultSelector()
        # Nobody writes to this pipe; its end tells the workers that the parent has died.
        self._parent_read, self._parent_write = os.pipe()

    # -- the loop --

    def run(self) -> int:
        """Serve until told to stop; return the exit status."""
        wake_read, wake_write = os.pipe()
        for end in (wake_read, wake_write):
            os.set_blocking(end, False)
        signal.set_wakeup_fd(wake_write)
        for number, handler in (
            (signal.SIGTERM, self._on_stop),
            (signal.SIGINT, self._on_stop),
            (signal.SIGHUP, self._on_reload),
            (signal.SIGCHLD, lambda number, frame: None),
        ):
            signal.signal(number, handler)
        self._selector.register(wake_read, selectors.EVENT_READ)
        self._start_workers(self.options.workers)
        while self._serving or self._coming or self._leaving or not self._ending:
            for key, _events in self._selector.select(self._patience()):
                if key.fd == wake_read:
                    with contextlib.suppress(BlockingIOError):
                        os.read(wake_read, 4096)
                else:
                    self._note_ready(key.data)
            self._bury()
            self._go_on()
        return self._exit_status

    def _on_stop(self, number: int, frame: object) -> None:
        self._ending = True

    def _on_reload(self, number: int, frame: object) -> None:
        self._reload_asked = True

    def _patience(self) -> float | None:
        """Return the seconds until something is due."""
        due = [worker.stop_before for worker in self._leaving if worker.stop_before is not None]
        due += [worker.started + self.options.start_timeout_seconds for worker in self._coming]
        if self._next_start:
            due.append(self._next_start)
        return max(0.0, min(due) - time.monotonic()) if due else None

    def _go_on(self) -> None:
        now = time.monotonic()
        if self._ending:
            self._end_all()
        elif self._reload_asked and not self._coming:
            self._reload_asked = False
            say("reloading: starting new workers")
            tell_system_manager("RELOADING=1")
            self._start_workers(self.options.workers)
        elif self._coming and all(worker.ready for worker in self._coming):
            self._change_over()
        elif not self._coming and len(self._serving) < self.options.workers and now >= self._next_start:
            self._next_start = 0.0
            self._start_workers(self.options.workers - len(self._serving))
        for worker in self._coming:
            if not worker.ready and now >= worker.started + self.options.start_timeout_seconds:
                say(
                    f"worker {worker.process.pid} has not loaded the project in {self.options.start_timeout_seconds:g} s"
                )
                worker.process.kill()
        for worker in self._leaving:
            if worker.stop_before is not None and now >= worker.stop_before:
                say(f"worker {worker.process.pid} has not stopped in time and is killed")
                worker.stop_before = now + 5
                worker.process.kill()

    # -- workers --

    def _start_workers(self, count: int) -> None:
        for _ in range(count):
            ready_read, ready_write = os.pipe()
            inherited = (self._listener.fileno(), ready_write, self._parent_read)
            environment = {
                **os.environ,
                **self.options.to_environment(),
                SOCKET_VARIABLE: str(inherited[0]),
                READY_VARIABLE: str(inherited[1]),
                PARENT_VARIABLE: str(inherited[2]),
            }
            process = subprocess.Popen(
                [sys.executable, *(f"-W{option}" for option in sys.warnoptions), "-m", WORKER_MODULE],
                pass_fds=inherited,
                env=environment,
                process_group=0,  # an interrupt from the terminal comes to the supervisor only
            )
            os.close(ready_write)
            worker = Worker(process, ready_read)
            self._coming.append(worker)
            self._selector.register(ready_read, selectors.EVENT_READ, worker)

    def _note_ready(self, worker: Worker) -> None:
        worker.ready = os.read(worker.ready_fd, 1) == b"r"
        self._forget_pipe(worker)

    def _forget_pipe(self, worker: Worker) -> None:
        if worker.ready_fd >= 0:
            self._selector.unregister(worker.ready_fd)
            os.close(worker.ready_fd)
            worker.ready_fd = -1

    def _change_over(self) -> None:
        """Let the new workers serve and, after a reload, the old ones stop."""
        coming, self._coming = self._coming, []
        replaced = len(self._serving) + len(coming) > self.options.workers
        if replaced:
            for worker in self._serving:
                self._stop(worker)
            self._serving = []
        self._serving += coming
        self._has_served = True
        pids = ", ".join(str(worker.process.pid) for worker in self._serving)
        say(
            f"{'reloaded' if replaced else 'ready'}: serving on {self.options.bind} with {len(self._serving)} worker(s): {pids}"
        )
        tell_system_manager("READY=1")

    def _stop(self, worker: Worker) -> None:
        worker.stop_before = time.monotonic() + self.options.stop_timeout_seconds
        self._leaving.append(worker)
        if worker.process.poll() is None:
            worker.process.send_signal(STOP_SIGNAL)

    def _end_all(self) -> None:
        if self._serving or self._coming:
            say("stopping: waiting for the requests that are under way")
            tell_system_manager("STOPPING=1")
            self._listener.close()
        for worker in self._coming:
            self._forget_pipe(worker)
        for worker in [*self._serving, *self._coming]:
            self._stop(worker)
        self._serving, self._coming = [], []

    def _bury(self) -> None:
        """Take note of the workers that have ended."""
        for group in (self._serving, self._coming, self._leaving):
            for worker in [worker for worker in group if worker.process.poll() is not None]:
                group.remove(worker)
                self._forget_pipe(worker)
                if not worker.stopping:
                    self._note_failure(worker, was_serving=group is self._serving)

    def _note_failure(self, worker: Worker, *, was_serving: bool) -> None:
        pid, status = worker.process.pid, worker.process.returncode
        how = f"was killed by {signal.Signals(-status).name}" if status < 0 else f"ended with status {status}"
        lived = time.monotonic() - worker.started
        if not was_serving:
            self._abandon_start(f"worker {pid} {how} before it could serve")
            return
        self._failures = 0 if lived > STEADY_SECONDS else self._failures + 1
        delay = min(MAX_DELAY_SECONDS, 2.0 ** (self._failures - 1)) if self._failures else 0.0
        self._next_start = time.monotonic() + delay
        say(f"worker {pid} {how}; a new one is started" + (f" in {delay:g} s" if delay else ""))

    def _abandon_start(self, why: str) -> None:
        """Give a start up in which a worker failed."""
        for worker in self._coming:
            self._forget_pipe(worker)
            self._stop(worker)
        self._coming = []
        if self._ending:
            return
        if len(self._serving) == self.options.workers:
            say(f"{why}: the reload is given up, the old workers go on")
            tell_system_manager("READY=1")
        elif self._has_served:
            self._failures += 1
            delay = min(MAX_DELAY_SECONDS, 2.0 ** (self._failures - 1))
            self._next_start = time.monotonic() + delay
            say(f"{why}; trying again in {delay:g} s")
        else:
            say(f"{why}: see the error above")
            self._ending, self._exit_status = True, 1


def say(text: str) -> None:
    """Write a line of the server's own log."""
    print(f"[{time.strftime('%Y-%m-%d %H:%M:%S %z')}] [{os.getpid()}] {text}", file=sys.stderr, flush=True)


def tell_system_manager(message: str) -> None:
    """Tell systemd of a change of state, where it has asked for that (sd_notify(3))."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    if message == "RELOADING=1":
        message += f"\nMONOTONIC_USEC={time.monotonic_ns() // 1000}"
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
        notify.connect("\0" + address[1:] if address.startswith("@") else address)
        notify.send(message.encode())


class PidFileTaken(Exception):
    """A server with this file runs already."""


def write_pid_file(path: str) -> None:
    """Write this process's id; a file left behind by a process that is gone is taken over.

    Raises:
        PidFileTaken: its process lives.
    """
    file = Path(path)
    if file.exists():
        written = file.read_text().strip()
        if written.isdigit() and int(written) != os.getpid():
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(written), 0)
                raise PidFileTaken(f"Process {written} of {path} is running. Stop it, or name another --pid-file.")
    file.write_text(f"{os.getpid()}\n")


def _allow_many_files() -> None:
    """Raise the limit of open files as far as this user may: each connection is one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def main() -> NoReturn:
    """Serve as the environment says."""
    options = ServeOptions.from_environment()
    try:
        listener = listen(options.bind, options.backlog, options.socket_mode)
        if options.pid_file:
            write_pid_file(options.pid_file)
    except (CannotListen, PidFileTaken) as error:
        print(f"Error: {error}", file=sys.stderr)
        sys.exit(1)
    _allow_many_files()
    status = 1
    try:
        status = Supervisor(options, listener).run()
    finally:
        # The interpreter takes its handlers off as it ends: a stop that comes so late must not replace the exit status.
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        for path in (options.pid_file, parse_bind(options.bind)):
            if isinstance(path, str) and path:
                with contextlib.suppress(OSError):
                    os.unlink(path)
    say("stopped")
    sys.exit(status)


if __name__ == "__main__":
    main()
