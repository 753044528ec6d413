"""One worker of `hotclub serve`: loads the project and runs granian on the socket it inherited.

Started by the supervisor as `python -m hotclub.core.servers.worker`. granian brings processes of its own; here its server
runs in this one, so that the supervisor alone decides when a worker starts, is ready, and stops.
"""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable
from importlib import import_module
from typing import Any

from hotclub.core.servers.options import ServeOptions
from hotclub.core.servers.supervisor import PARENT_VARIABLE, READY_VARIABLE, SOCKET_VARIABLE, STOP_SIGNAL

GENTLE_SECONDS = 0.5
"""Time for the first request of a connection that was taken in the moment of the stop."""


def _inherited(variable: str) -> int:
    """Return an inherited file descriptor, which processes that the project starts must not inherit in turn."""
    descriptor = int(os.environ.pop(variable))
    os.set_inheritable(descriptor, False)
    return descriptor


def _stop_gently(listener_fd: int) -> None:
    """Take no more connections, and stop granian a moment later.

    granian would close connections that it has taken and whose first request has not arrived yet; they get this moment.
    It has no way to pause, so its listening socket is exchanged under it for one to which nobody connects. The real one
    stays open in the supervisor: what waits in its queue is for the other workers.
    """
    nobody = socket.socket()
    nobody.bind(("127.0.0.1", 0))
    nobody.listen(1)
    nobody.setblocking(False)
    listener = os.fstat(listener_fd)
    for name in os.listdir("/dev/fd"):
        with contextlib.suppress(OSError):  # the descriptor of the listing itself is gone
            if os.path.sameopenfile(int(name), listener_fd) and listener.st_ino:
                os.dup2(nobody.fileno(), int(name), inheritable=False)
    threading.Timer(GENTLE_SECONDS, os.kill, (os.getpid(), signal.SIGTERM)).start()


def _stop_with_parent(parent_fd: int) -> None:
    """Stop when the supervisor is gone: nobody would replace or stop this process."""

    def watch() -> None:
        if os.read(parent_fd, 1) == b"":
            os.kill(os.getpid(), STOP_SIGNAL)

    threading.Thread(target=watch, name="hotclub-parent", daemon=True).start()


def serve(application: Any, socket_fd: int, options: ServeOptions) -> None:
    """Run granian in this process, on an open listening socket, until SIGTERM."""
    granian: Any = import_module("granian")  # the `server` extra; its internals have no types
    processes: Any = import_module("granian.server.mp")
    holder: Any = import_module("granian.net").SocketHolder

    class InThisProcess(processes.MPServer):  # type: ignore[misc]  # Any, see above
        """granian's server without its processes."""

        def _serve(self, spawn_target: Any, target_loader: Callable[[], Any]) -> None:
            self._ssp, self._sso = None, None
            self._shd = holder(socket_fd, options.bind.startswith("unix:"), options.backlog)
            self._ipc = {0: (None, None)}
            # What a process of granian's would run, with the arguments it would get.
            self._spawn_worker(0, spawn_target, target_loader).inner.run()

    server = InThisProcess(
        "hotclub",
        interface=granian.constants.Interfaces.ASGI,
        workers=1,
        http=granian.constants.HTTPModes.http1,
        http1_settings=granian.http.HTTP1Settings(header_read_timeout=int(options.header_timeout_seconds * 1000)),
        backlog=options.backlog,
        backpressure=options.max_connections,
        log_level=granian.log.LogLevels.warning,
    )
    server.serve(target_loader=lambda: application, wrap_loader=False)


def main() -> None:
    """Load the project, say so, and serve."""
    options = ServeOptions.from_environment()
    socket_fd, ready_fd = _inherited(SOCKET_VARIABLE), _inherited(READY_VARIABLE)
    _stop_with_parent(_inherited(PARENT_VARIABLE))
    sys.path.insert(0, os.getcwd()) if os.getcwd() not in sys.path else None
    from hotclub.core.servers.production import build  # noqa: PLC0415  # the project is loaded by this import

    application = build(options)
    # What the project consists of stays: the collector need not look through it again and again.
    gc.collect()
    gc.freeze()
    # Until here a stop ends the process at once.
    signal.signal(STOP_SIGNAL, lambda number, frame: _stop_gently(socket_fd))
    os.write(ready_fd, b"r")
    os.close(ready_fd)
    serve(application, socket_fd, options)


if __name__ == "__main__":
    main()
