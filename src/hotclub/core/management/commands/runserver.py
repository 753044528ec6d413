"""`runserver`: the development server: granian, reloading with watchfiles.

Where the `server` extra is not installed, the small server of `core.servers.basehttp` takes over and says so.
"""

from __future__ import annotations

import argparse
import errno
import ipaddress
import os
import socket
import string
import sys
from datetime import datetime
from importlib.util import find_spec
from typing import Any

from hotclub.conf import settings
from hotclub.core.management.base import BaseCommand, CommandError, CommandParser
from hotclub.core.servers import reloading
from hotclub.core.servers.basehttp import WSGIServer, get_internal_wsgi_application, run
from hotclub.core.servers.listening import owner_of
from hotclub.db import connections
from hotclub.utils.version import get_docs_version

SERVERS = ("granian", "basic")
DEVELOPMENT_TARGET = "hotclub.core.servers.development:application"

EXPLAINED = {
    errno.EACCES: "You don't have permission to access that port.",
    errno.EADDRINUSE: "That port is already in use.",
    errno.EADDRNOTAVAIL: "That IP address can't be assigned to.",
}


_HOST_CHARACTERS = frozenset(string.ascii_letters + string.digits + "-.")


def _family(address: str) -> int | None:
    """Return 4 or 6 for an IP address, None for a name."""
    try:
        return ipaddress.ip_address(address).version
    except ValueError:
        return None


class Command(BaseCommand):
    """Serve the project on this machine, and again whenever its files change."""

    help = "Starts a lightweight web server for development."
    stealth_options = ("shutdown_message",)
    suppressed_base_arguments = {"--verbosity", "--traceback"}
    default_addr = "127.0.0.1"
    default_addr_ipv6 = "::1"
    default_port = "8000"
    protocol = "http"
    server_cls = WSGIServer

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("addrport", nargs="?", help="Optional port number, or ipaddr:port")
        parser.add_argument(
            "--ipv6", "-6", action="store_true", dest="use_ipv6", help="Tells Hotclub to use an IPv6 address."
        )
        parser.add_argument(
            "--nothreading", action="store_false", dest="use_threading", help="Tells Hotclub to NOT use threading."
        )
        parser.add_argument(
            "--noreload", action="store_false", dest="use_reloader", help="Tells Hotclub to NOT use the auto-reloader."
        )
        parser.add_argument(
            "--server",
            choices=SERVERS,
            default=argparse.SUPPRESS,
            help="The server to use: granian (default where the 'server' extra is installed) or basic.",
        )
        parser.add_argument(
            "--asgi",
            action="store_true",
            default=argparse.SUPPRESS,
            help="Serve the ASGI application instead of the WSGI one.",
        )

        parser.add_argument(
            "--no-page-reload",
            action="store_false",
            dest="reload_pages",
            default=argparse.SUPPRESS,
            help="Do not make pages in the browser reload themselves after a change.",
        )

    def execute(self, *args: Any, **options: Any) -> Any:
        if options["no_color"]:
            # The process that serves must not colour either.
            os.environ["DJANGO_COLORS"] = "nocolor"
        return super().execute(*args, **options)

    def get_handler(self, *args: Any, **options: Any) -> Any:
        """Return the application of the basic server; subclasses wrap it."""
        return get_internal_wsgi_application()

    def get_check_kwargs(self, options: dict[str, Any]) -> dict[str, Any]:
        # None now: checks run in the process that serves, where they are told again after each change.
        return {"tags": set()}

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEBUG and not settings.ALLOWED_HOSTS:
            raise CommandError("You must set settings.ALLOWED_HOSTS if DEBUG is False.")
        self.use_ipv6 = options["use_ipv6"]
        if self.use_ipv6 and not socket.has_ipv6:
            raise CommandError("Your Python does not support IPv6.")
        self._raw_ipv6 = False
        self._read_address(options["addrport"])
        self.run(**options)

    def _read_address(self, addrport: str | None) -> None:
        if not addrport:
            self.addr = ""
            self.port = self.default_port
        else:
            address, _colon, port = addrport.rpartition(":")
            in_brackets = address.startswith("[") and address.endswith("]")
            family = _family(address[1:-1] if in_brackets else address)
            named = bool(address) and not in_brackets and _HOST_CHARACTERS.issuperset(address)
            if (
                not port.isascii()
                or not port.isdigit()
                or (address and not named and not (in_brackets and family == 6))
            ):
                raise CommandError(f'"{addrport}" is not a valid port number or address:port pair.')
            self.addr, self.port = address, port
            if in_brackets:
                self.addr, self.use_ipv6, self._raw_ipv6 = address[1:-1], True, True
            elif family == 4 and self.use_ipv6:
                raise CommandError(f'"{self.addr}" is not a valid IPv6 address.')
        if not self.addr:
            self.addr = self.default_addr_ipv6 if self.use_ipv6 else self.default_addr
            self._raw_ipv6 = self.use_ipv6

    def run(self, **options: Any) -> None:
        """Serve, in a child that is started again after changes unless that is not wanted."""
        if options["use_reloader"] and not reloading.is_child():
            reloading.run_and_watch()
        self.inner_run(None, **options)

    # -- serving -------------------------------------------------------------------------------------------------

    def inner_run(self, *args: Any, **options: Any) -> None:
        """Check, then serve until interrupted."""
        self._check(options)
        self.check_migrations()
        # A connection opened by the checks must not be shared with workers.
        connections.close_all()
        try:
            self._serve(options)
        except OSError as error:
            text = EXPLAINED.get(error.errno or 0, str(error))
            if error.errno == errno.EADDRINUSE:
                owner = owner_of(int(self.port)) or f"what listens on port {self.port}"
                text += f" Stop {owner}, or name another one: runserver {int(self.port) + 1}"
            self.stderr.write(f"Error: {text}")
            sys.exit(reloading.GIVE_UP if reloading.is_child() else 1)
        except KeyboardInterrupt:
            if options.get("shutdown_message"):
                self.stdout.write(options["shutdown_message"])
            sys.exit(0)

    def _check(self, options: dict[str, Any]) -> None:
        if options.get("skip_checks"):
            return
        self.stdout.write("Performing system checks...\n\n")
        check_kwargs = super().get_check_kwargs(options)
        check_kwargs["display_num_errors"] = True
        self.check(**check_kwargs)

    def _server(self, options: dict[str, Any]) -> str:
        asked = options.get("server") or ""
        installed = find_spec("granian") is not None
        if asked == "granian" and not installed:
            raise CommandError("granian is not installed. Run: python -m pip install 'hotclub[server]'")
        if asked:
            return str(asked)
        # What a subclass or a caller from Python changed, and connections in memory, live in this process only.
        customised = (
            not self._called_from_command_line
            or type(self).server_cls is not WSGIServer
            or not options["use_threading"]
            or options.get("shutdown_message")
        )
        return "granian" if installed and not customised else "basic"

    def _serve(self, options: dict[str, Any]) -> None:
        server = self._server(options)
        if server == "basic":
            if options.get("asgi"):
                raise CommandError("The basic server has no ASGI. Run: python -m pip install 'hotclub[server]'")
            if find_spec("granian") is None:
                self.stdout.write(
                    self.style.NOTICE(
                        "granian is not installed: serving with the basic server. Run: python -m pip install 'hotclub[server]'"
                    )
                )
            run(
                self.addr,
                int(self.port),
                self.get_handler(*(), **options),
                ipv6=self.use_ipv6,
                threading=options["use_threading"],
                on_bind=self.on_bind,
                server_cls=self.server_cls,
            )
        else:
            self._serve_with_granian(options)

    def _serve_with_granian(self, options: dict[str, Any]) -> None:
        from granian import Granian  # noqa: PLC0415  # the `server` extra
        from granian.constants import Interfaces  # noqa: PLC0415
        from granian.log import LogLevels  # noqa: PLC0415

        interface = "asgi" if options.get("asgi") else "wsgi"
        self._refuse_taken_port()
        os.environ["HOTCLUB_RUNSERVER_INTERFACE"] = interface
        os.environ["HOTCLUB_RUNSERVER_STATIC"] = "1" if options.get("use_static_handler", False) else ""
        os.environ["HOTCLUB_RUNSERVER_INSECURE"] = "1" if options.get("insecure_serving", False) else ""
        reload_pages = options.get("use_reloader") and options.get("reload_pages", True)
        os.environ["HOTCLUB_RUNSERVER_RELOAD_PAGES"] = "1" if reload_pages else ""
        self.on_bind(int(self.port), interface.upper())
        server = Granian(
            DEVELOPMENT_TARGET,
            address=self.addr,
            port=int(self.port),
            interface=Interfaces.ASGI if interface == "asgi" else Interfaces.WSGI,
            workers=1,
            log_enabled=True,
            log_level=LogLevels.error,
            # Views wait while they are debugged; more threads than that nobody needs here.
            blocking_threads=16 if interface == "wsgi" else None,
            websockets=interface == "asgi",
        )
        server.serve()

    def _refuse_taken_port(self) -> None:
        """Ask for the port now: a worker would only log that it could not have it."""
        family = socket.AF_INET6 if self.use_ipv6 else socket.AF_INET
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("0.0.0.0" if self.addr == "0" else self.addr, int(self.port)))

    def on_bind(self, server_port: Any, kind: str = "WSGI") -> None:
        """Say where the site is, once the port is open."""
        quit_command = "CTRL-BREAK" if sys.platform == "win32" else "CONTROL-C"
        address = f"[{self.addr}]" if self._raw_ipv6 else "0.0.0.0" if self.addr == "0" else self.addr
        module = os.environ.get("HOTCLUB_SETTINGS_MODULE") or os.environ.get("DJANGO_SETTINGS_MODULE")
        self.stdout.write(
            f"{datetime.now().strftime('%B %d, %Y - %X')}\n"
            f"Hotclub version {self.get_version()}, using settings {module!r}\n"
            f"Starting {kind} development server at {self.protocol}://{address}:{server_port}/\n"
            f"Quit the server with {quit_command}."
        )
        hidden = (
            os.environ.get("HOTCLUB_RUNSERVER_HIDE_WARNING") or os.environ.get("DJANGO_RUNSERVER_HIDE_WARNING")
        ) == "true"
        if not hidden:
            self.stdout.write(
                self.style.WARNING(
                    "WARNING: This is a development server. Do not use it in a production setting. Use a production WSGI "
                    "or ASGI server instead.\nFor more information on production servers see: "
                    f"https://docs.djangoproject.com/en/{get_docs_version()}/howto/deployment/"
                    "\nThe command 'serve' is one."
                )
            )
