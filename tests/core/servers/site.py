"""A site served by real processes, and clients for it that are bounded in time and number."""

from __future__ import annotations

import asyncio
import contextlib
import os
import queue
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

SETTINGS = """
import os
HERE = os.path.dirname(os.path.abspath(__file__))
SECRET_KEY = "a secret of this test, long enough to be one: 0123456789"
DEBUG = False
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "site_urls"
INSTALLED_APPS = ["hotclub.contrib.staticfiles"]
STATIC_URL = "/static/"
STATIC_ROOT = os.path.join(HERE, "collected")
DATABASES = {"default": {"ENGINE": "hotclub.db.backends.sqlite3", "NAME": os.path.join(HERE, "db.sqlite3")}}
MIDDLEWARE = ["hotclub.middleware.security.SecurityMiddleware", "hotclub.middleware.common.CommonMiddleware"]
"""
URLS = """
import asyncio, os, time
from hotclub.http import HttpResponse
from hotclub.urls import path
VERSION = "first"

def hello(request):
    return HttpResponse(f"{VERSION} {os.getpid()}")

async def slow(request):
    await asyncio.sleep(float(request.GET["seconds"]))
    return HttpResponse(f"{VERSION} {os.getpid()}")

def slow_sync(request):
    time.sleep(float(request.GET["seconds"]))
    return HttpResponse(f"{VERSION} {os.getpid()}")

def length(request):
    return HttpResponse(str(len(request.read())))

urlpatterns = [path("", hello), path("slow/", slow), path("slow-sync/", slow_sync), path("length/", length)]
"""


def make_site(directory: Path) -> Path:
    """Write a small project."""
    (directory / "site_settings.py").write_text(SETTINGS)
    (directory / "site_urls.py").write_text(URLS)
    (directory / "collected").mkdir(exist_ok=True)
    (directory / "collected" / "site.css").write_text("body { color: teal }\n" * 200)
    return directory


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """A server process and what it says on standard error and output."""

    def __init__(self, directory: Path, *arguments: str, port: int = 0) -> None:
        self.port = port
        environment = {**os.environ, "HOTCLUB_SETTINGS_MODULE": "site_settings", "PYTHONPATH": str(directory)}
        environment.pop("DJANGO_SETTINGS_MODULE", None)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "hotclub", *arguments],
            cwd=directory,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            bufsize=1,
        )
        self.lines: list[str] = []
        self._new: queue.Queue[str | None] = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line)
            self._new.put(line)
        self._new.put(None)

    def wait_for(self, text: str, seconds: float = 60) -> str:
        """Wait for a line with `text`."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                line = self._new.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                line = None
            assert line is not None, f"no {text!r} in: {''.join(self.lines)}"
            if text in line:
                return line

    def worker_pids(self) -> list[int]:
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(pid) for pid in children.read_text().split()]

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def stop(self) -> int:
        """Stop it; return its exit status."""
        if self.process.poll() is None:
            self.process.terminate()
        try:
            status = self.process.wait(40)
        except subprocess.TimeoutExpired:
            self.process.kill()
            status = self.process.wait()
        self._reader.join(5)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return status


@contextlib.contextmanager
def serving(directory: Path, *arguments: str):
    """Run `serve` on a free port until the block ends."""
    port = free_port()
    server = Server(directory, "serve", "--bind", f"127.0.0.1:{port}", "--no-deploy-checks", *arguments, port=port)
    try:
        server.wait_for("ready: serving")
        yield server
    finally:
        server.stop()


async def request(port: int, path: str = "/", head: str = "", body: bytes = b"", method: str = "GET") -> bytes:
    """Send one request on a connection of its own and give the whole answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        extra = f"Content-Length: {len(body)}\r\n" if body else ""
        writer.write(
            f"{method} {path} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n{head}{extra}\r\n".encode() + body
        )
        return await reader.read()
    finally:
        writer.close()


def get(port: int, path: str = "/", **options) -> bytes:
    return asyncio.run(asyncio.wait_for(request(port, path, **options), 30))
