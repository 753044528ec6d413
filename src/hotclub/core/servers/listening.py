"""Opening the socket a server listens on, and saying in one line why that is not possible.

Knows the standard library only.
"""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import stat
from pathlib import Path


class CannotListen(Exception):
    """The address cannot be had; the text says why and what to do."""


def parse_bind(bind: str) -> tuple[str, int] | str:
    """Return host and port, or the path of a unix socket.

    Args:
        bind: `host:port`, `:port` (all addresses), `[ipv6]:port` or `unix:/path`.

    Raises:
        ValueError: it is none of these.
    """
    if bind.startswith("unix:"):
        path = bind.removeprefix("unix:")
        if not path:
            raise ValueError("A unix socket needs a path, as in unix:/run/site.sock.")
        return path
    host, colon, port = bind.rpartition(":")
    if not colon or not port.isascii() or not port.isdigit() or int(port) > 65535:
        raise ValueError(f"{bind!r} is no address: use host:port, [ipv6]:port or unix:/path.")
    if host.startswith("[") and host.endswith("]"):
        return host[1:-1], int(port)
    if ":" in host:
        raise ValueError(f"{bind!r} is no address: write an IPv6 address in brackets, as in [::1]:{port}.")
    return host or "0.0.0.0", int(port)


def listen(bind: str, backlog: int, socket_mode: int = 0o660) -> socket.socket:
    """Open a listening socket.

    Raises:
        CannotListen: the address is taken, not this machine's, or not allowed.
        ValueError: `bind` is no address.
    """
    place = parse_bind(bind)
    if isinstance(place, str):
        return _listen_on_path(place, backlog, socket_mode)
    host, port = place
    try:
        family, kind, protocol, _name, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except socket.gaierror as error:
        raise CannotListen(f"The host {host!r} is not known here ({error.strerror}).") from error
    opened = socket.socket(family, kind, protocol)
    try:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6 and host == "::":
            with contextlib.suppress(OSError):
                opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        opened.bind(address)
        opened.listen(backlog)
    except OSError as error:
        opened.close()
        raise CannotListen(explain(error, host, port)) from error
    return opened


def _listen_on_path(path: str, backlog: int, mode: int) -> socket.socket:
    if os.path.exists(path):
        if not stat.S_ISSOCK(os.stat(path).st_mode):
            raise CannotListen(f"{path} exists and is no socket. Name another path, or remove it.")
        with socket.socket(socket.AF_UNIX) as probe:
            try:
                probe.connect(path)
            except OSError:
                os.unlink(path)  # left behind by a server that was killed
            else:
                raise CannotListen(f"Another process listens on {path}. Stop it, or name another path.")
    opened = socket.socket(socket.AF_UNIX)
    try:
        opened.bind(path)
        os.chmod(path, mode)
        opened.listen(backlog)
    except OSError as error:
        opened.close()
        raise CannotListen(f"Cannot listen on {path}: {error.strerror}.") from error
    return opened


def explain(error: OSError, host: str, port: int) -> str:
    """Say why an address cannot be had, and what to do."""
    if error.errno == errno.EADDRINUSE:
        owner = owner_of(port)
        by = f" by {owner}" if owner else ""
        return f"Port {port} is already in use{by}. Stop what listens there, or name another port, such as {port + 1}."
    if error.errno == errno.EACCES:
        return (
            f"You don't have permission to use port {port}. Ports below 1024 belong to the system: use another one behind a "
            "proxy, or give the process CAP_NET_BIND_SERVICE."
        )
    if error.errno == errno.EADDRNOTAVAIL:
        return f"{host} is no address of this machine. 127.0.0.1 is itself, 0.0.0.0 all of its addresses."
    return f"Cannot listen on {host}:{port}: {error.strerror}."


def owner_of(port: int) -> str:
    """Return "process (pid)" of who listens on a TCP port; empty if that is not to be seen (other user, other system)."""
    inodes = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        with contextlib.suppress(OSError, ValueError, IndexError):
            for line in Path(table).read_text().splitlines()[1:]:
                fields = line.split()
                if fields[3] == "0A" and int(fields[1].rpartition(":")[2], 16) == port:
                    inodes.add(f"socket:[{fields[9]}]")
    if not inodes:
        return ""
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if any(os.readlink(link) in inodes for link in (process / "fd").iterdir()):
                words = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
                return f"process {process.name} ({words[:80]})"
    return ""
