"""Reloading: a parent process watches files, a child serves; when a file changes the child is started anew.

Knows watchfiles where it is installed, and looks at modification times where it is not; knows nothing of serving.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

CHILD_VARIABLE = "RUN_MAIN"
"""Set to "true" in the process that serves, as projects that do things once per start know it."""

WATCHED_SUFFIXES = (".py", ".html", ".mo", ".po", ".toml", ".env")
IGNORED_DIRECTORIES = frozenset(
    {
        "__pycache__",
        ".git",
        ".hg",
        ".venv",
        "venv",
        "node_modules",
        ".mypy_cache",
        ".ruff_cache",
        ".pytest_cache",
        "site-packages",
    }
)
POLL_SECONDS = 1.0
MAX_POLLED_FILES = 20_000


def is_child() -> bool:
    """Say whether this process serves, started by one that watches."""
    return os.environ.get(CHILD_VARIABLE) == "true"


def watched_roots() -> list[Path]:
    """Return the directories to watch: the current one, and those on the import path that hold no installed packages."""
    roots = {Path.cwd(), *filter(_is_project_directory, (Path(entry or ".").resolve() for entry in sys.path))}
    return sorted(root for root in roots if not any(other in root.parents for other in roots))


def _is_project_directory(path: Path) -> bool:
    """Say whether a directory of the import path holds the project's own code, rather than installed packages."""
    installed = str(path).startswith((sys.prefix, sys.base_prefix, sys.exec_prefix))
    return path.is_dir() and not installed and path.name != "bin" and not IGNORED_DIRECTORIES & set(path.parts)


def _counts(path: str) -> bool:
    parts = Path(path).parts
    return path.endswith(WATCHED_SUFFIXES) and not IGNORED_DIRECTORIES & set(parts)


def _changes(stop: threading.Event) -> Iterator[str]:
    """Give the path of each file that changes."""
    try:
        import watchfiles  # noqa: PLC0415  # the `server` extra; only a server that reloads needs it
    except ImportError:
        watchfiles = None  # type: ignore[assignment]  # not installed
    if watchfiles is not None:
        for changes in watchfiles.watch(
            *watched_roots(), stop_event=stop, raise_interrupt=False, rust_timeout=500, yield_on_timeout=True
        ):
            yield from (path for _kind, path in changes if _counts(path))
            if stop.is_set():
                return
        return
    known = _modification_times()
    while not stop.wait(POLL_SECONDS):
        now = _modification_times()
        yield from (path for path in now.keys() | known.keys() if now.get(path) != known.get(path))
        known = now


def _modification_times() -> dict[str, float]:
    times: dict[str, float] = {}
    for root in watched_roots():
        for directory, directories, files in os.walk(root):
            directories[:] = [name for name in directories if name not in IGNORED_DIRECTORIES]
            for name in files:
                path = os.path.join(directory, name)
                if len(times) < MAX_POLLED_FILES and _counts(path):
                    try:
                        times[path] = os.stat(path).st_mtime
                    except OSError:
                        continue  # gone since it was listed
    return times


def child_command() -> list[str]:
    """Return the command that starts this program again."""
    options = [f"-W{option}" for option in sys.warnoptions]
    main = sys.modules["__main__"]
    spec = getattr(main, "__spec__", None)
    if spec is not None and spec.name:
        module = spec.name.removesuffix(".__main__")
        return [sys.executable, *options, "-m", module, *sys.argv[1:]]
    return [sys.executable, *options, *sys.argv]


def run_and_watch() -> NoReturn:
    """Start the child, and start it again whenever a file changes; ends with the user's interrupt.

    A child that ends by itself (an error in the project) is started again at the next change. One that could not serve
    at all, such as on a taken port, ends the parent too.
    """
    stop = threading.Event()

    def end(signum: int, frame: object) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    while not stop.is_set():
        process = subprocess.Popen(child_command(), env={**os.environ, CHILD_VARIABLE: "true"})
        changed = _wait(process, stop)
        _end(process)
        if changed is None and process.returncode == GIVE_UP:
            sys.exit(1)
        if changed is not None:
            print(f"{changed} changed, reloading.", flush=True)
    sys.exit(0)


GIVE_UP = 3
"""Exit status of a child that would not get further by a change of files."""


def _wait(process: subprocess.Popen[bytes], stop: threading.Event) -> str | None:
    """Wait for a changed file; None if the user stops, or the child gives up."""
    gave_up = threading.Event()

    def watch_child() -> None:
        if process.wait() == GIVE_UP:
            gave_up.set()
            stop_waiting.set()

    def forward_stop() -> None:
        stop.wait()
        stop_waiting.set()

    stop_waiting = threading.Event()
    watcher = threading.Thread(target=watch_child, daemon=True)
    watcher.start()
    threading.Thread(target=forward_stop, daemon=True).start()
    for path in _changes(stop_waiting):
        # An editor writes several files; what follows at once belongs to the same change.
        time.sleep(0.05)
        return path
    return None


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
