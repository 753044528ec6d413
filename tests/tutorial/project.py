"""A project as a user makes it: files written by hand, commands typed, pages asked for over HTTP."""

from __future__ import annotations

import http.cookiejar
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

START_SECONDS = 40


@dataclass
class Page:
    """An answer: where it came from in the end, its status, headers (names in lower case) and text."""

    url: str
    status: int
    headers: dict[str, str]
    text: str


@dataclass
class Browser:
    """A person with a browser: keeps cookies, follows redirects, fills forms."""

    root: str
    jar: http.cookiejar.CookieJar = field(default_factory=http.cookiejar.CookieJar)

    def __post_init__(self) -> None:
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.jar))

    def get(self, path: str) -> Page:
        """Open a page."""
        return self._send(urllib.request.Request(urllib.parse.urljoin(self.root, path)))

    def submit(self, path: str, values: dict[str, object]) -> Page:
        """Open a page with a form, fill it and send it, with the hidden token it carries."""
        page = self.get(path)
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
        assert token, f"{path} has no form with a token:\n{page.text[:2000]}"
        body = urllib.parse.urlencode({"csrfmiddlewaretoken": token[1], **values}, doseq=True).encode()
        request = urllib.request.Request(page.url, data=body, headers={"Referer": page.url})
        return self._send(request)

    def post(self, path: str, values: dict[str, object]) -> Page:
        """Send a form without having opened its page."""
        body = urllib.parse.urlencode(values).encode()
        return self._send(urllib.request.Request(urllib.parse.urljoin(self.root, path), data=body))

    def _send(self, request: urllib.request.Request) -> Page:
        try:
            with self._opener.open(request, timeout=20) as answer:
                return Page(
                    answer.url,
                    answer.status,
                    {name.lower(): value for name, value in answer.headers.items()},
                    answer.read().decode(),
                )
        except urllib.error.HTTPError as error:
            return Page(
                str(error.url),
                error.code,
                {name.lower(): value for name, value in error.headers.items()},
                error.read().decode(),
            )


@dataclass
class Project:
    """A project's directory, and the name that its files import the framework by.

    Args:
        path: directory with manage.py.
        package: "hotclub", or "django" for a project that runs through the alias.
    """

    path: Path
    package: str = "hotclub"

    @property
    def environment(self) -> dict[str, str]:
        """The environment of its commands: no settings but its own."""
        left_out = {"HOTCLUB_SETTINGS_MODULE", "DJANGO_SETTINGS_MODULE", "RUN_MAIN", "PYTHONPATH"}
        kept = {name: value for name, value in os.environ.items() if name not in left_out}
        return {**kept, "PYTHONUNBUFFERED": "1", "PYTHONDONTWRITEBYTECODE": "1"}

    def command_line(self, *arguments: str) -> list[str]:
        """Return the command that runs manage.py."""
        alias = ["-m", "hotclub.compat"] if self.package == "django" else []
        return [sys.executable, *alias, "manage.py", *arguments]

    def manage(self, *arguments: str, stdin: str = "", fails: bool = False, **variables: str) -> str:
        """Run a command and return what it prints; it must succeed, unless it is meant to fail."""
        done = subprocess.run(
            self.command_line(*arguments),
            cwd=self.path,
            env={**self.environment, **variables},
            input=stdin,
            capture_output=True,
            text=True,
            timeout=120,
        )
        output = done.stdout + done.stderr
        assert (done.returncode != 0) is fails, f"{arguments} ended with {done.returncode}:\n{output}"
        return output

    def write(self, name: str, text: str) -> None:
        """Write a file; the framework is named as the project imports it."""
        target = self.path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(self.named(text))

    def named(self, text: str) -> str:
        """Return a text with the framework's name as the project imports it."""
        if self.package == "hotclub":
            return text
        text = text.replace("HOTCLUB_SETTINGS_MODULE", "DJANGO_SETTINGS_MODULE")
        return re.sub(r"\bhotclub\b", self.package, text)

    def edit(self, name: str, old: str, new: str) -> None:
        """Change a file; what shall be changed must be there."""
        target = self.path / name
        text = target.read_text()
        old, new = self.named(old), self.named(new)
        assert old in text, f"{name} has no {old!r}:\n{text}"
        target.write_text(text.replace(old, new))

    def take_over_names(self) -> None:
        """Name the framework in every file as the project imports it; after `startproject` and `startapp`."""
        for path in self.path.rglob("*.py"):
            path.write_text(self.named(path.read_text()))

    @contextmanager
    def served(self, *options: str) -> Iterator[Browser]:
        """Serve the project on a free port, and stop it in the end."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        log = self.path / "server.log"
        with open(log, "w") as stream:
            process = subprocess.Popen(
                self.command_line("runserver", "--noreload", *options, f"127.0.0.1:{port}"),
                cwd=self.path,
                env=self.environment,
                stdout=stream,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            try:
                _wait_for(port, process, log)
                yield Browser(f"http://127.0.0.1:{port}/")
            finally:
                process.send_signal(signal.SIGINT)
                try:
                    process.wait(timeout=10)
                except subprocess.TimeoutExpired:
                    os.killpg(process.pid, signal.SIGKILL)
                    process.wait()


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        assert process.poll() is None, f"the server ended:\n{log.read_text()}"
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1):
                return
        except OSError:
            time.sleep(0.05)
    raise AssertionError(f"the server did not open its port within {START_SECONDS} seconds:\n{log.read_text()}")


def start_project(directory: Path, name: str, package: str = "hotclub") -> Project:
    """Make a project with `startproject`."""
    project = Project(directory / name, package)
    done = subprocess.run(
        [sys.executable, "-m", "hotclub", "startproject", name],
        cwd=directory,
        env=project.environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    project.take_over_names()
    return project
