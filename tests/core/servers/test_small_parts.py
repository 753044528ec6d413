"""Addresses, options, body limits, access log and pid file of the production server, without a server."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import sys

import pytest

from hotclub.core.servers.access_log import AccessLog
from hotclub.core.servers.limits import Limits
from hotclub.core.servers.listening import CannotListen, listen, owner_of, parse_bind
from hotclub.core.servers.options import ServeOptions
from hotclub.core.servers.supervisor import PidFileTaken, tell_system_manager, write_pid_file


@pytest.mark.parametrize(
    ("bind", "place"),
    [
        ("127.0.0.1:80", ("127.0.0.1", 80)),
        ("[::1]:8000", ("::1", 8000)),
        (":8000", ("0.0.0.0", 8000)),
        ("example.org:1", ("example.org", 1)),
        ("unix:/run/site.sock", "/run/site.sock"),
    ],
)
def test_addresses(bind, place):
    assert parse_bind(bind) == place


@pytest.mark.parametrize("bind", ["8000", "::1:8000", "a:b", "a:99999", "unix:", "a:-1", "a:²"])
def test_what_is_no_address(bind):
    with pytest.raises(ValueError, match=r"address|path"):
        parse_bind(bind)


def test_a_taken_port_and_who_has_it():
    with listen("127.0.0.1:0", 1) as held:
        port = held.getsockname()[1]
        with pytest.raises(CannotListen, match=f"Port {port} is already in use.*such as {port + 1}"):
            listen(f"127.0.0.1:{port}", 1)
        if sys.platform == "linux":
            assert f"process {os.getpid()}" in owner_of(port)


def test_addresses_of_others():
    with pytest.raises(CannotListen, match=r"192\.0\.2\.1 is no address of this machine"):
        listen("192.0.2.1:0", 1)


def test_a_socket_file_that_was_left_behind_is_taken_over(tmp_path):
    path = tmp_path / "s.sock"
    left = socket.socket(socket.AF_UNIX)
    left.bind(str(path))
    left.close()
    with listen(f"unix:{path}", 1, 0o600), pytest.raises(CannotListen, match="Another process listens"):
        listen(f"unix:{path}", 1)
    other = tmp_path / "file"
    other.write_text("mine")
    with pytest.raises(CannotListen, match="exists and is no socket"):
        listen(f"unix:{other}", 1)
    assert other.read_text() == "mine"


def test_options_survive_the_environment(monkeypatch):
    options = ServeOptions(bind="[::1]:1", workers=3, static=False)
    for name, value in options.to_environment().items():
        monkeypatch.setenv(name, value)
    assert ServeOptions.from_environment() == options


def test_pid_file(tmp_path):
    path = tmp_path / "pid"
    write_pid_file(str(path))
    assert path.read_text() == f"{os.getpid()}\n"
    write_pid_file(str(path))
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    path.write_text(str(child.pid))
    with pytest.raises(PidFileTaken, match="is running"):
        write_pid_file(str(path))
    child.communicate(b"\n")
    write_pid_file(str(path))  # left behind by a process that is gone


def test_the_system_manager_is_told(tmp_path, monkeypatch):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(5)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        tell_system_manager("READY=1")
        assert manager.recv(100) == b"READY=1"
        tell_system_manager("RELOADING=1")
        assert manager.recv(100).startswith(b"RELOADING=1\nMONOTONIC_USEC=")


# -- bodies --


async def reading(scope, receive, send):
    """An application that tells how long the body is, and answers nothing to a client that went away."""
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        size += len(message["body"])
        if not message.get("more_body"):
            break
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": str(size).encode()})


def exchange(limits, headers, parts, pause=0.0):
    sent = []
    parts = list(parts)

    async def receive():
        await asyncio.sleep(pause)
        body = parts.pop(0)
        return {"type": "http.request", "body": body, "more_body": bool(parts)}

    async def send(message):
        sent.append(message)

    asyncio.run(limits({"type": "http", "headers": headers}, receive, send))
    return sent[0]["status"], sent[1]["body"]


def test_bodies_within_the_limits_pass():
    limits = Limits(reading, timeout_seconds=5, max_bytes=10)
    assert exchange(limits, [(b"content-length", b"10")], [b"12345", b"67890"]) == (200, b"10")
    assert exchange(limits, [], [b""]) == (200, b"0")


def test_long_bodies_are_refused_announced_or_not():
    limits = Limits(reading, timeout_seconds=5, max_bytes=10)
    assert exchange(limits, [(b"content-length", b"11")], [b""])[0] == 413
    assert exchange(limits, [(b"transfer-encoding", b"chunked")], [b"12345", b"678901", b"never read"])[0] == 413
    assert exchange(Limits(reading, 5, 0), [(b"content-length", b"11")], [b"x" * 11]) == (200, b"11")


def test_slow_bodies_are_refused():
    chunked = [(b"transfer-encoding", b"chunked")]
    assert exchange(Limits(reading, 0.05, 0), chunked, [b"a", b"b"], pause=1)[0] == 408
    # Each part comes in time, but all of them together do not.
    assert exchange(Limits(reading, 0.1, 0), chunked, [b"a"] * 50, pause=0.02)[0] == 408


# -- log --


def logged(form, scope, application=reading):
    lines = []
    log = AccessLog(application, form, lines.append)

    async def receive():
        return {"type": "http.request", "body": b"abc"}

    async def send(message):
        pass

    base = {"type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": [], "client": ("10.0.0.1", 5)}
    asyncio.run(log({**base, **scope}, receive, send))
    assert len(lines) == 1
    assert lines[0].endswith(b"\n")
    return lines[0].decode()


def test_the_common_form_and_its_escapes():
    line = logged(
        "common",
        {
            "path": '/a"\n10.0.0.9 - - forged',
            "query_string": b"q=1",
            "headers": [(b"user-agent", b"curl\x1b[31m"), (b"referer", b"x")],
        },
    )
    assert line.startswith("10.0.0.1 - - [")
    assert r'"GET /a\"\x0a10.0.0.9 - - forged?q=1 HTTP/1.1" 200 1 "x" "curl\x1b[31m"' in line
    assert line.count("\n") == 1


def test_json_lines():
    entry = json.loads(logged("json", {"path": "/ä", "headers": [(b"x-forwarded-for", b"192.0.2.7"), (b"host", b"h")]}))
    assert (entry["target"], entry["status"], entry["bytes"], entry["client"]) == ("/ä", 200, 1, "10.0.0.1")
    assert (entry["forwarded_for"], entry["host"], entry["method"]) == ("192.0.2.7", "h", "GET")


def test_a_client_that_went_away_is_logged_as_499():
    async def nothing(scope, receive, send):
        pass

    assert '" 499 0 ' in logged("common", {}, nothing)
