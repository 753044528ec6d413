"""What `hotclub serve` was asked for, as one value that goes from the command to the supervisor and the workers.

Knows the standard library only: the supervisor must stay small.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass

VARIABLE = "HOTCLUB_SERVE"
"""Environment variable that carries the options."""


@dataclass(frozen=True, slots=True)
class ServeOptions:
    """Options of the production server.

    Attributes:
        bind: `host:port`, `[ipv6]:port` or `unix:/path`.
        workers: processes that serve.
        interface: "asgi" or "wsgi".
        backlog: connections that the system keeps waiting.
        max_connections: connections that a worker has open at the same time; more of them wait.
        header_timeout_seconds: time for the head of a request, and for the next one on an idle connection.
        body_timeout_seconds: time for the next part of a body.
        max_body_bytes: longest body; 0 for any.
        stop_timeout_seconds: time for requests to end, at a stop or reload, before the worker is killed.
        start_timeout_seconds: time for a worker to load the project.
        access_log: "none", "common" or "json".
        static: whether to serve `STATIC_ROOT`.
        health: path below which the health pages are; empty for none.
        pid_file: file for the supervisor's process id; empty for none.
        socket_mode: permissions of a unix socket.
    """

    bind: str = "127.0.0.1:8000"
    workers: int = 1
    interface: str = "asgi"
    backlog: int = 2048
    max_connections: int = 10_000
    header_timeout_seconds: float = 15
    body_timeout_seconds: float = 30
    max_body_bytes: int = 1 << 30
    stop_timeout_seconds: float = 30
    start_timeout_seconds: float = 60
    access_log: str = "none"
    static: bool = True
    health: str = "/-/health"
    pid_file: str = ""
    socket_mode: int = 0o660

    def to_environment(self) -> dict[str, str]:
        """Return the environment variables that carry these options to another process."""
        return {VARIABLE: json.dumps(asdict(self))}

    @classmethod
    def from_environment(cls) -> ServeOptions:
        """Return the options this process was started with."""
        return cls(**json.loads(os.environ[VARIABLE]))
