"""`serve`: the production server: granian's HTTP, our own processes (see `hotclub.core.servers.supervisor`)."""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec
from typing import Any

from hotclub.conf import settings
from hotclub.core.management.base import BaseCommand, CommandError, CommandParser, SystemCheckError
from hotclub.core.servers.listening import CannotListen, listen, parse_bind
from hotclub.core.servers.options import ServeOptions
from hotclub.db import Error, connections

SUPERVISOR = "hotclub.core.servers.supervisor"
_DEFAULTS = ServeOptions()


class Command(BaseCommand):
    """Serve the project in production."""

    help = "Serves the project in production: several processes, graceful stop and reload (SIGHUP), static files."

    def add_arguments(self, parser: CommandParser) -> None:
        add = parser.add_argument
        add("address", nargs="?", help="The same as --bind; a port alone is one of 127.0.0.1.")
        add("--bind", "-b", default=_DEFAULTS.bind, help="host:port, [ipv6]:port or unix:/path (%(default)s).")
        add("--workers", "-w", type=_positive, default=None, help="Processes; one for each processor by default.")
        add("--threads", type=_positive, help="Threads of each worker for sync code (40).")
        add("--interface", choices=["asgi", "wsgi"], default=_DEFAULTS.interface, help="Application to serve.")
        add("--backlog", type=_positive, default=_DEFAULTS.backlog, help="Connections the system keeps waiting.")
        add("--max-connections", type=_positive, default=_DEFAULTS.max_connections, help="Open connections a worker.")
        add(
            "--header-timeout",
            type=float,
            default=_DEFAULTS.header_timeout_seconds,
            help="Seconds for a request's head.",
        )
        add("--body-timeout", type=float, default=_DEFAULTS.body_timeout_seconds, help="Seconds for a part of a body.")
        add("--max-body", type=int, default=_DEFAULTS.max_body_bytes, help="Bytes of the longest body; 0 for any.")
        add("--stop-timeout", type=float, default=_DEFAULTS.stop_timeout_seconds, help="Seconds for requests to end.")
        add("--start-timeout", type=float, default=_DEFAULTS.start_timeout_seconds, help="Seconds to load the project.")
        add("--access-log", choices=["none", "common", "json"], default=_DEFAULTS.access_log, help="Lines on stdout.")
        add("--nostatic", action="store_false", dest="static", help="Do not serve STATIC_ROOT at STATIC_URL.")
        add(
            "--health",
            default=_DEFAULTS.health,
            help='Path of the health pages (%(default)s/live, /ready); "" for none.',
        )
        add("--pid-file", default="", help="File for the process id; SIGHUP to it reloads, SIGTERM stops.")
        add(
            "--socket-mode",
            type=lambda text: int(text, 8),
            default=_DEFAULTS.socket_mode,
            help="Of a unix socket (660).",
        )
        add("--no-deploy-checks", action="store_false", dest="deploy", help="Do not check the deployment settings.")

    def handle(self, *args: Any, **options: Any) -> None:
        if sys.platform == "win32":
            raise CommandError("serve needs signals and sockets as Unix has them. On Windows run granian itself.")
        if find_spec("granian") is None:
            raise CommandError("granian is not installed. Run: python -m pip install 'hotclub[server]'")
        wanted = self._options(options)
        self._check()
        self._try_address(wanted)
        connections.close_all()
        environment = {**os.environ, **wanted.to_environment()}
        if options["threads"]:
            environment["ASGI_THREADS"] = str(options["threads"])
        self.stdout.flush()
        # The supervisor holds nothing of the project: it takes this process over, with its id.
        warnings = [f"-W{option}" for option in sys.warnoptions]
        os.execve(sys.executable, [sys.executable, *warnings, "-m", SUPERVISOR], environment)

    def _options(self, options: dict[str, Any]) -> ServeOptions:
        health: str = options["health"].rstrip("/")
        if health and not health.startswith("/"):
            raise CommandError(f'--health is the beginning of a path, such as "{_DEFAULTS.health}", not {health!r}.')
        return ServeOptions(
            bind=_with_host(options["address"] or options["bind"]),
            workers=options["workers"] or _processors(),
            interface=options["interface"],
            backlog=options["backlog"],
            max_connections=options["max_connections"],
            header_timeout_seconds=options["header_timeout"],
            body_timeout_seconds=options["body_timeout"],
            max_body_bytes=options["max_body"],
            stop_timeout_seconds=options["stop_timeout"],
            start_timeout_seconds=options["start_timeout"],
            access_log=options["access_log"],
            static=options["static"],
            health=health,
            pid_file=os.path.abspath(options["pid_file"]) if options["pid_file"] else "",
            socket_mode=options["socket_mode"],
        )

    def get_check_kwargs(self, options: dict[str, Any]) -> dict[str, Any]:
        return {**super().get_check_kwargs(options), "include_deployment_checks": options["deploy"]}

    def check(self, *args: Any, **kwargs: Any) -> None:
        try:
            super().check(*args, **kwargs)
        except SystemCheckError as error:
            if not kwargs.get("include_deployment_checks"):
                raise
            text = f"{error}\n\nMend these, or serve all the same with --no-deploy-checks."
            raise SystemCheckError(text) from error

    def _check(self) -> None:
        if settings.DEBUG:
            self.stderr.write(
                self.style.WARNING("DEBUG is on: errors show the inside of the project to everyone. Set DEBUG = False.")
            )
        elif not settings.ALLOWED_HOSTS:
            raise CommandError("ALLOWED_HOSTS is empty: every request would get a 400. Name the hosts of the site.")
        try:
            self.check_migrations()
        except Error as error:
            # The site may come up before its database does; the health page tells when it is there.
            self.stderr.write(self.style.WARNING(f"The database does not answer: {error}"))

    @staticmethod
    def _try_address(wanted: ServeOptions) -> None:
        """Ask for the address now, to say in one line why it cannot be had."""
        try:
            probe = listen(wanted.bind, 1, wanted.socket_mode)
            probe.close()
            place = parse_bind(wanted.bind)
            if isinstance(place, str):
                os.unlink(place)
        except (CannotListen, ValueError) as error:
            raise CommandError(str(error)) from error


def _processors() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _with_host(address: str) -> str:
    """Return an address; the host of a port alone is this machine, as with `runserver`."""
    return f"127.0.0.1:{address}" if address.isascii() and address.isdigit() else address


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError("at least 1")
    return number
