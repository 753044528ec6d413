"""Follows a tutorial page by page as a reader would: writes its files, types its commands, opens its pages.

What is executed, in order of appearance:

- ```` ```python file=PATH ```` (any language): the file is written; with `append` it is added to.
- ```` ```console ```` : lines after `$ ` are run; the lines below must occur in the output, in order. `fails` in the info
  string: the command must fail. `no-run`: shown only. `runserver` is started on a free port and kept.
- ```` ```pycon ```` : run as a doctest in `manage.py shell`.
- HTML comments, which the reader does not see: `cd: DIR`, `run: COMMAND | ENV=VALUE`, `get: URL STATUS [TEXT]`,
  `post: URL key=value … STATUS [TEXT]`, `login: URL USER PASSWORD`, `insert: FILE after LINE : TEXT`, `replace: FILE :: OLD :: NEW`.
"""

from __future__ import annotations

import os
import re
import shlex
import socket
import subprocess
import sys
import time
import urllib.parse
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import httpx

BLOCK = re.compile(
    r"^```(?P<lang>\w+)(?P<info>[^\n]*)\n(?P<body>.*?)^```$|<!-- (?P<word>\w+): (?P<rest>.*?) -->", re.M | re.S
)


class Step(NamedTuple):
    kind: str
    info: str
    body: str
    line: int


def steps(page: Path) -> Iterator[Step]:
    """The executable parts of a page, in order."""
    text = page.read_text(encoding="utf-8")
    for match in BLOCK.finditer(text):
        line = text.count("\n", 0, match.start()) + 1
        if match["word"]:
            yield Step(match["word"], "", match["rest"], line)
        else:
            yield Step(match["lang"], match["info"].strip(), match["body"], line)


class Walkthrough:
    """A reader with a folder, a terminal and a browser.

    Args:
        folder: where the reader starts.
        rewrite: applied to each file and each interpreter session before use (to walk with other import names).
        manage: what the reader types instead of `python manage.py`.
    """

    def __init__(
        self, folder: Path, rewrite: Callable[[str], str] = str, manage: str = "manage.py", tool: str = "-m hotclub"
    ) -> None:
        self.folder = folder
        self.rewrite = rewrite
        self.manage = manage
        self.tool = tool
        self.server: subprocess.Popen[bytes] | None = None
        self.base = ""
        self.browser = httpx.Client(follow_redirects=False, timeout=20)
        self.ran = 0
        self._stale = True

    def close(self) -> None:
        self.browser.close()
        self._stop_server()

    def walk(self, page: Path) -> None:
        for step in steps(page):
            self._stale = self._stale or step.kind not in {"get", "post", "login"}
            try:
                self._take(step)
            except AssertionError as error:
                raise AssertionError(f"{page.name}, line {step.line}: {error}") from error
            self.ran += 1

    def _take(self, step: Step) -> None:
        file = re.search(r"file=(\S+)", step.info)
        if file:
            self._write(file[1], step.body, append="append" in step.info)
        elif step.kind == "console":
            if "no-run" not in step.info:
                self._console(step.body, fails="fails" in step.info)
        elif step.kind == "pycon":
            self._session(step.body)
        elif step.kind in {"cd", "run", "get", "post", "login", "insert", "replace"}:
            getattr(self, f"_{step.kind}")(step.body)

    # -- files

    def _write(self, name: str, text: str, append: bool = False) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        text = self.rewrite(text)
        path.write_text(path.read_text() + "\n\n" + text if append else text, encoding="utf-8")

    def _insert(self, rest: str) -> None:
        match = re.fullmatch(r"(\S+) after (.*?) : (.*)", rest, re.S)
        assert match, f"cannot read {rest!r}"
        name, line, text = match.groups()
        path = self.folder / name
        old = path.read_text()
        assert line.strip() in old, f"{name} has no line {line!r}"
        path.write_text(old.replace(line.strip() + "\n", line.strip() + "\n" + text + "\n", 1))

    def _replace(self, rest: str) -> None:
        name, old, new = (part.strip().replace("\\n", "\n") for part in rest.split(" :: "))
        path = self.folder / name
        text = path.read_text()
        assert self.rewrite(old) in text, f"{name} does not contain {old!r}"
        path.write_text(text.replace(self.rewrite(old), self.rewrite(new), 1))

    def _cd(self, name: str) -> None:
        self.folder = self.folder / name

    # -- the terminal

    def _argv(self, line: str) -> list[str]:
        words = shlex.split(line)
        if words[:2] == ["python", "manage.py"]:
            return [sys.executable, *shlex.split(self.manage), *words[2:]]
        if words[0] == "hotclub":
            return [sys.executable, *shlex.split(self.tool), *words[1:]]
        return words

    def _command(self, line: str, **env: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self._argv(line), cwd=self.folder, env={**os.environ, "NO_COLOR": "1", **env}, capture_output=True,
            text=True, timeout=120, stdin=subprocess.DEVNULL, check=False,
        )  # fmt: skip

    def _console(self, body: str, fails: bool) -> None:
        for part in re.split(r"^\$ ", body, flags=re.M)[1:]:
            line, _, expected = part.partition("\n")
            if "runserver" in line:
                self._start_server()
                continue
            done = self._command(line)
            output = done.stdout + done.stderr
            assert (done.returncode != 0) == fails, f"`{line}` ended with {done.returncode}:\n{output}"
            at = 0
            for wanted in filter(None, map(str.strip, expected.splitlines())):
                found = output.find(wanted, at)
                assert found >= 0, f"`{line}` did not print {wanted!r}:\n{output}"
                at = found + len(wanted)

    def _run(self, rest: str) -> None:
        line, _, env = rest.partition(" | ")
        done = self._command(line, **dict([env.split("=", 1)] if env else []))
        assert done.returncode == 0, f"`{line}` ended with {done.returncode}:\n{done.stdout}{done.stderr}"

    def _session(self, body: str) -> None:
        script = (
            "import doctest, sys\n"
            f"test = doctest.DocTestParser().get_doctest({self.rewrite(body)!r}, {{}}, 'page', None, 0)\n"
            "runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.IGNORE_EXCEPTION_DETAIL)\n"
            "runner.run(test)\n"
            "print('failed:', runner.failures, 'tried:', runner.tries)\n"
        )
        done = subprocess.run(
            [sys.executable, *shlex.split(self.manage), "shell", "-c", script], cwd=self.folder, capture_output=True,
            text=True, timeout=120, check=False, env={**os.environ, "NO_COLOR": "1"},
        )  # fmt: skip
        assert "failed: 0 " in done.stdout, done.stdout + done.stderr

    # -- the browser

    def _start_server(self) -> None:
        self._stop_server()
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.base = f"http://127.0.0.1:{port}"
        self.server = subprocess.Popen(
            [sys.executable, *shlex.split(self.manage), "runserver", f"127.0.0.1:{port}", "--noreload"],
            cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            assert self.server.poll() is None, "runserver stopped"
            try:
                self.browser.get(self.base + "/")
            except httpx.TransportError:
                time.sleep(0.1)
            else:
                return
        raise AssertionError("runserver did not answer within 30 seconds")

    def _stop_server(self) -> None:
        if self.server is not None:
            self.server.terminate()
            self.server.wait(20)
            self.server = None

    def _fresh(self) -> None:
        """The reader's server restarts when files change; ours is started anew if there were steps since."""
        if self.server is None or self._stale:
            self._start_server()
        self._stale = False

    def _get(self, rest: str) -> None:
        url, status, *text = rest.split(" ", 2)
        self._fresh()
        self._expect(self.browser.get(self.base + url), status, text)

    def _post(self, rest: str) -> None:
        words = rest.split(" ")
        at = next(i for i, word in enumerate(words) if re.fullmatch(r"\d{3}", word))
        data = {k: urllib.parse.unquote_plus(v) for k, v in (word.split("=", 1) for word in words[1:at])}
        self._fresh()
        page = self.browser.get(self.base + words[0].replace("/vote/", "/")).text
        for name, value in re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page):
            data.setdefault(name, value)
        answer = self.browser.post(self.base + words[0], data=data, headers={"Referer": self.base + words[0]})
        self._expect(answer, words[at], [" ".join(words[at + 1 :])] if words[at + 1 :] else [])

    def _login(self, rest: str) -> None:
        url, user, password = rest.split(" ")
        self._post(f"{url} username={user} password={urllib.parse.quote_plus(password)} 302")

    def _expect(self, answer: httpx.Response, status: str, text: list[str]) -> None:
        assert str(answer.status_code) == status, (
            f"{answer.request.url} answered {answer.status_code}:\n{answer.text[-2000:]}"
        )
        assert not text or text[0] in answer.text, (
            f"{answer.request.url} does not show {text[0]!r}:\n{answer.text[:3000]}"
        )
