"""Reloading during development: which files count, who watches them, and how the process starts anew.

The process that is started by hand runs a child with `DJANGO_AUTORELOAD_ENV` set; in the child the work runs in a thread
and a reloader watches in the main one. A change that no receiver of `file_changed` deals with ends the child with
`RESTART`, and the parent starts it again. A reloader sends `autoreload_started` when it begins, and receivers may ask it to
watch more: `sender.watch_dir(path, glob)`.

`runserver` lets the parent watch instead (`hotclub.core.servers.reloading`), since a server with workers owns its process;
this module serves commands and tools that run in one: `run_with_reloader(function)`.
"""

from __future__ import annotations

import functools
import importlib
import itertools
import logging
import os
import signal
import subprocess
import sys
import threading
import time
import traceback
from collections import defaultdict
from collections.abc import Callable, Generator, Iterable, Iterator
from importlib.util import source_from_cache
from pathlib import Path
from types import ModuleType
from typing import Any
from zipimport import zipimporter

from hotclub.dispatch import Signal
from hotclub.utils.functional import cached_property

try:
    import pywatchman as _pywatchman
except ImportError:
    _pywatchman = None

pywatchman: Any = _pywatchman

try:
    import termios
except ImportError:  # not on Windows
    termios = None  # type: ignore[assignment]

DJANGO_AUTORELOAD_ENV = "RUN_MAIN"
"""Name of the variable that says "true" in the process that does the work."""

RESTART = 3
"""Exit status of a child that wants to be started again."""

logger = logging.getLogger("hotclub.utils.autoreload")

autoreload_started = Signal()
"""Sent with the reloader as sender."""

file_changed = Signal()
"""Sent with `file_path`; a receiver that returns True has dealt with the change."""

ErrorInfo = tuple[Any, Any, Any]
"""Type, value and traceback of an exception."""

_error_files: list[str] = []
"""Files in which errors were raised: they are not imported, and must be watched all the same."""

_exception: ErrorInfo | None = None
"""What ended the thread with the work."""

_url_module_exception: BaseException | None = None
"""What importing the URL configuration raised before the work began."""

MOST_GLOBBED_FILES = 50_000
"""Files of watched directories beyond this are not looked at."""


# Errors ------------------------------------------------------------------------------------------------------------


def check_errors(fn: Callable[..., Any]) -> Callable[..., None]:
    """Wrap a function so that an error in it is remembered, with the file it came from, before it goes on."""

    @functools.wraps(fn)
    def remembering(*args: Any, **kwargs: Any) -> None:
        global _exception
        try:
            fn(*args, **kwargs)
        except Exception as error:
            _exception = sys.exc_info()
            if getattr(error, "filename", None) is None:
                frames = traceback.extract_tb(error.__traceback__)
                filename = frames[-1].filename
            else:
                filename = error.filename  # type: ignore[attr-defined]  # a syntax error has one
            if filename not in _error_files:
                _error_files.append(filename)
            if _url_module_exception is not None:
                raise error from _url_module_exception
            raise

    return remembering


def raise_last_exception() -> None:
    """Raise what ended the thread with the work, if anything did."""
    if _exception is not None:
        raise _exception[1]


def ensure_echo_on() -> None:
    """Let the terminal show what is typed: a child that was ended while reading a password leaves it silent."""
    if termios is None or not sys.stdin or not sys.stdin.isatty():
        return
    attributes = termios.tcgetattr(sys.stdin)
    if attributes[3] & termios.ECHO:
        return
    attributes[3] |= termios.ECHO
    # Changing the terminal from the background would stop this process.
    previous = signal.signal(signal.SIGTTOU, signal.SIG_IGN)
    try:
        termios.tcsetattr(sys.stdin, termios.TCSANOW, attributes)
    finally:
        signal.signal(signal.SIGTTOU, previous)


# Files -------------------------------------------------------------------------------------------------------------


def iter_all_python_module_files() -> frozenset[Path]:
    """Return the files of everything that is imported, and those that could not be."""
    names = sorted(sys.modules)
    # A weak proxy is no key for a cache.
    modules = tuple(module for name in names if type(module := sys.modules.get(name)) is ModuleType)
    return iter_modules_and_files(modules, frozenset(_error_files))


@functools.lru_cache(maxsize=1)
def iter_modules_and_files(modules: Iterable[ModuleType], extra_files: frozenset[str]) -> frozenset[Path]:
    """Return the resolved paths of the files behind modules, and of further files; those that are gone are left out.

    Args:
        modules: for one out of an archive the archive counts, for compiled code its source where there is one.
        extra_files: paths.
    """
    found: set[Path] = set()
    for name in itertools.chain(filter(None, map(_file_of, modules)), extra_files):
        try:
            path = Path(name)
            if path.exists():
                found.add(path.resolve().absolute())
        except (OSError, RuntimeError, ValueError):
            # A broken link or a loop of them, or a name that no file can have.
            continue
    return frozenset(found)


def _file_of(module: ModuleType) -> str | None:
    if module.__name__ == "__main__":
        # Started as a script it has no spec.
        return getattr(module, "__file__", None)
    spec = getattr(module, "__spec__", None)
    if spec is None:
        return None
    if isinstance(spec.loader, zipimporter):
        return spec.loader.archive
    if not spec.has_location or spec.origin is None:
        return None
    origin: str = spec.origin
    if os.path.basename(os.path.dirname(origin)) == "__pycache__":
        return source_from_cache(origin)
    return origin


def common_roots(paths: Iterable[Path]) -> frozenset[Path]:
    """Return the paths that lie below no other of them."""
    unique = set(paths)
    return frozenset(path for path in unique if unique.isdisjoint(path.parents))


def sys_path_directories() -> Iterator[Path]:
    """Yield the directories of the import path that exist, and those of the archives on it."""
    for entry in sys.path:
        path = Path(entry)
        if not path.exists():
            continue
        resolved = path.resolve(strict=True).absolute()
        yield resolved.parent if resolved.is_file() else resolved


def is_django_path(path: str | os.PathLike[str]) -> bool:
    """Say whether a file belongs to this framework."""
    return Path(__file__).parents[1] in Path(path).parents


def is_django_module(module: ModuleType) -> bool:
    """Say whether a module belongs to this framework."""
    return module.__name__.partition(".")[0] == __name__.partition(".")[0]


# Processes ---------------------------------------------------------------------------------------------------------


def get_child_arguments() -> list[Any]:
    """Return the command that starts this program again, as it was started.

    Raises:
        RuntimeError: the script is gone.
    """
    script = Path(sys.argv[0])
    options = [f"-W{option}" for option in sys.warnoptions]
    options += [f"-X{name}" if value is True else f"-X{name}={value}" for name, value in sys._xoptions.items()]
    interpreter = [sys.executable, *options]
    # What pip installs on Windows: a program of its own, or a script beside it.
    program, beside = script.with_suffix(".exe"), script.with_name(f"{script.name}-script.py")
    if script.suffix != ".py" and not script.exists():
        if program.exists():
            return [program, *sys.argv[1:]]
        if beside.exists():
            return [*interpreter, beside, *sys.argv[1:]]
    spec = getattr(sys.modules["__main__"], "__spec__", None)
    if spec is not None:
        whole_package = bool(spec.parent) and spec.name.rpartition(".")[2] == "__main__"
        return [*interpreter, "-m", spec.parent if whole_package else spec.name, *sys.argv[1:]]
    if not script.exists():
        raise RuntimeError(f"Script {script} does not exist.")
    return [*interpreter, *sys.argv]


def _is_unbuffered() -> bool:
    """Say whether the interpreter was started with `-u`, alone or in a group of short options."""
    for argument in sys.orig_argv[1:]:
        if not argument.startswith("-") or argument == "-" or argument.startswith("--"):
            continue
        for letter in argument[1:]:
            if letter == "u":
                return True
            if letter in "cmWX":  # the rest is this option's value
                break
    return False


def restart_with_reloader() -> int:
    """Run the child, again and again while it asks for that; return its last exit status."""
    environment = {**os.environ, DJANGO_AUTORELOAD_ENV: "true"}
    if _is_unbuffered():
        environment["PYTHONUNBUFFERED"] = "1"
    command = get_child_arguments()
    while True:
        status = subprocess.run(command, env=environment, close_fds=False, check=False).returncode
        if status != RESTART:
            return status


def trigger_reload(filename: Any) -> None:
    """End this process so that the parent starts it again."""
    logger.info("%s changed, reloading.", filename)
    sys.exit(RESTART)


def start_django(reloader: BaseReloader, main_func: Callable[..., Any], *args: Any, **kwargs: Any) -> None:
    """Run a function in a thread, and watch files meanwhile."""
    ensure_echo_on()
    thread = threading.Thread(target=check_errors(main_func), args=args, kwargs=kwargs, name="django-main-thread")
    thread.daemon = True
    thread.start()
    while not reloader.should_stop:
        reloader.run(thread)


def run_with_reloader(main_func: Callable[..., Any], *args: Any, **kwargs: Any) -> None:
    """Run a function in a child process that starts again after each change; returns with the user's interrupt.

    Args:
        main_func: what to do; runs in a thread.
        args: its arguments.
        kwargs: its keyword arguments.
    """
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(0))
    try:
        if os.environ.get(DJANGO_AUTORELOAD_ENV) == "true":
            start_django(get_reloader(), main_func, *args, **kwargs)
        else:
            sys.exit(restart_with_reloader())
    except KeyboardInterrupt:
        pass


# Reloaders ---------------------------------------------------------------------------------------------------------


def notify_file_changed(path: Path) -> bool:
    """Tell receivers of a change.

    Returns:
        Whether one of them dealt with it, so that no restart is needed.
    """
    handled = any(answer for _, answer in file_changed.send(sender=notify_file_changed, file_path=path))
    logger.debug("%s changed, %s.", path, "dealt with" if handled else "restart needed")
    return handled


class BaseReloader:
    """Knows which files to watch; subclasses know how (`tick`)."""

    def __init__(self) -> None:
        self.directory_globs: dict[Path, set[str]] = defaultdict(set)
        self._stop_condition = threading.Event()

    def watch_dir(self, path: str | os.PathLike[str], glob: str) -> None:
        """Watch the files of a directory that match a pattern; a path that cannot be resolved is left out."""
        try:
            directory = Path(path).absolute()
        except FileNotFoundError:
            logger.debug("%s cannot be resolved: it is not watched.", path)
            return
        self.directory_globs[directory].add(glob)

    def watched_files(self, include_globs: bool = True) -> Iterator[Path]:
        """Yield the files to watch: those of imported modules, then those of directories."""
        yield from iter_all_python_module_files()
        if include_globs:
            found = (path for root, globs in self.directory_globs.items() for glob in globs for path in root.glob(glob))
            yield from itertools.islice(found, MOST_GLOBBED_FILES)

    def wait_for_apps_ready(self, app_reg: Any, main_thread: threading.Thread) -> bool:
        """Wait until applications are loaded; False if the thread with the work ends before."""
        while main_thread.is_alive():
            if app_reg.ready_event.wait(timeout=0.1):
                return True
        return False

    def run(self, main_thread: threading.Thread) -> None:
        """Watch until told to stop, from when applications and URLs are loaded: their files count too."""
        global _url_module_exception
        # Applications and URLs lie above this module.
        if not self.wait_for_apps_ready(importlib.import_module("hotclub.apps").apps, main_thread):
            raise_last_exception()
        try:
            importlib.import_module("hotclub.urls").get_resolver().url_patterns  # noqa: B018  # read to import
        except Exception as error:  # the project's own; the work meets it again and says so
            _url_module_exception = error
        autoreload_started.send(sender=self)
        self.run_loop()

    def run_loop(self) -> None:
        """Tick until there are no ticks left or `stop` was called."""
        ticker = self.tick()
        while not self.should_stop:
            try:
                next(ticker)
            except StopIteration:
                break
        self.stop()

    def tick(self) -> Generator[None, None, None]:
        """Look for changes between one `yield` and the next, waiting in between."""
        raise NotImplementedError("subclasses must implement tick().")

    @classmethod
    def check_availability(cls) -> None:
        """Raise if this reloader cannot work here."""
        raise NotImplementedError("subclasses must implement check_availability().")

    def notify_file_changed(self, path: Path) -> None:
        """Tell receivers of a change, and restart if nobody deals with it."""
        if not notify_file_changed(path):
            trigger_reload(path)

    @property
    def should_stop(self) -> bool:
        """Whether `stop` was called."""
        return self._stop_condition.is_set()

    def stop(self) -> None:
        """End watching."""
        self._stop_condition.set()


class StatReloader(BaseReloader):
    """Looks at modification times, once a second."""

    SLEEP_TIME = 1

    def tick(self) -> Generator[None, None, None]:
        known: dict[Path, float] = {}
        while True:
            for path, modified in self.snapshot_files():
                before = known.get(path)
                known[path] = modified
                if before is not None and modified > before:
                    self.notify_file_changed(path)
            time.sleep(self.SLEEP_TIME)
            yield

    def snapshot_files(self) -> Iterator[tuple[Path, float]]:
        """Yield each file to watch with its time of modification, in seconds; files that are gone are left out."""
        for path in dict.fromkeys(self.watched_files()):
            try:
                yield path, path.stat().st_mtime
            except OSError:
                continue

    @classmethod
    def check_availability(cls) -> None:
        """It works everywhere."""


class WatchmanUnavailable(RuntimeError):
    """Watchman cannot be used here; the message says why."""


class WatchmanReloader(BaseReloader):
    """Lets the Watchman service tell of changes (pywatchman, and Watchman 4.9 or later).

    Each directory is subscribed to once, with the names or patterns wanted below it.

    Source: docs ref/django-admin, "runserver"; Watchman, "Commands: subscribe, watch-project, since".
    """

    def __init__(self) -> None:
        super().__init__()
        self.roots: dict[Path, set[Path]] = defaultdict(set)
        self.client_timeout = int(os.environ.get("DJANGO_WATCHMAN_TIMEOUT", 5))
        self._checked = 0.0

    @cached_property
    def client(self) -> Any:
        """The connection to the service."""
        return pywatchman.client(timeout=self.client_timeout)

    def _watch(self, directory: Path) -> tuple[str, str]:
        """Let the service watch a directory; returns the root it chose, and the way from there."""
        answer = self.client.query("watch-project", str(directory.absolute()))
        if "warning" in answer:
            logger.warning("Watchman: %s", answer["warning"])
        return answer["watch"], answer.get("relative_path", "")

    def _subscribe(self, directory: Path, name: str, expression: list[Any]) -> None:
        root, relative = self._watch(directory)
        query: dict[str, Any] = {
            "expression": expression,
            "fields": ["name"],
            "since": self.client.query("clock", root)["clock"],
            "dedup_results": True,
        }
        if relative:
            query["relative_root"] = relative
        self.client.query("subscribe", root, name, query)

    def _subscribe_dir(self, directory: Path, filenames: Iterable[str]) -> None:
        """Subscribe to files of a directory, or of what exists above it."""
        if not directory.exists():
            if not directory.parent.exists():
                return
            filenames = [f"{directory.name}/{filename}" for filename in filenames]
            directory = directory.parent
            prefix = "files-parent"
        else:
            prefix = "files"
        self._subscribe(directory, f"{prefix}:{directory}", ["name", sorted(filenames), "wholename"])

    def _watch_glob(self, directory: Path, patterns: Iterable[str]) -> None:
        """Subscribe to patterns in a directory, or in what exists right above it."""
        prefix = "glob"
        if not directory.exists():
            if not directory.parent.exists():
                return
            prefix = f"glob-parent-{directory.name}"
            patterns = [f"{directory.name}/{pattern}" for pattern in patterns]
            directory = directory.parent
        wanted = [["match", pattern, "wholename"] for pattern in patterns]
        self._subscribe(directory, f"{prefix}:{directory}", ["anyof", *wanted])

    def watched_roots(self, watched_files: Iterable[Path]) -> frozenset[Path]:
        """Return the directories that something is watched in."""
        return frozenset((*self.directory_globs, *sys_path_directories(), *(path.parent for path in watched_files)))

    def _update_watches(self) -> None:
        files = list(self.watched_files(include_globs=False))
        roots = common_roots(self.watched_roots(files))
        for root in roots:
            self._watch(root)
        self.roots.clear()
        for path in files:
            root = next((above for above in path.parents if above in roots), path.parent)
            self.roots[root].add(path)
        for root, paths in self.roots.items():
            self._subscribe_dir(root, [path.relative_to(root).as_posix() for path in paths])
        for directory, patterns in self.directory_globs.items():
            self._watch_glob(directory, sorted(patterns))

    def update_watches(self) -> None:
        """Bring subscriptions to what is to be watched now."""
        try:
            self._update_watches()
        except Exception as error:  # raised again unless the service is gone
            if self.check_server_status(error):
                raise

    def check_server_status(self, inner_ex: BaseException | None = None) -> bool:
        """Return True if the service answers.

        Raises:
            WatchmanUnavailable: it does not.
        """
        try:
            self.client.query("version")
        except Exception as error:
            raise WatchmanUnavailable(str(inner_ex)) from error
        return True

    def _changes(self) -> Iterator[Path]:
        """Yield the changed files that the service told of since the last time."""
        for subscription in sorted(self.client.subs):
            for message in self.client.getSubscription(subscription) or ():
                if message.get("is_fresh_instance"):
                    continue  # the service began anew and lists everything
                directory = Path(subscription.partition(":")[2])
                yield from (directory / name for name in message.get("files", ()))

    @cached_property
    def _updates(self) -> threading.Event:
        return threading.Event()

    def request_processed(self, **kwargs: Any) -> None:
        """Look for newly imported files soon: a request may have imported them."""
        self._updates.set()

    def tick(self) -> Generator[None, None, None]:
        importlib.import_module("hotclub.core.signals").request_finished.connect(self.request_processed)
        self.update_watches()
        while True:
            if self._updates.is_set():
                self._updates.clear()
                self.update_watches()
            try:
                self.client.receive()
            except pywatchman.SocketTimeout:
                pass
            except pywatchman.WatchmanError as error:
                self.check_server_status(error)
            else:
                for path in dict.fromkeys(self._changes()):
                    self.notify_file_changed(path)
            # A closed connection answers at once; it must not turn into a busy loop.
            time.sleep(0.1)
            yield

    def stop(self) -> None:
        """End watching, and the connection."""
        if "client" in self.__dict__:
            self.client.close()
        super().stop()

    @classmethod
    def check_availability(cls) -> None:
        """Raise if the service cannot be used.

        Raises:
            WatchmanUnavailable: pywatchman is missing, the service does not run, or it is too old.
        """
        if not pywatchman:
            raise WatchmanUnavailable("pywatchman not installed. Run: python -m pip install pywatchman")
        client = pywatchman.client(timeout=0.1)
        try:
            answer = client.capabilityCheck()
        except Exception as error:
            # Whatever the client raises, there is another reloader.
            raise WatchmanUnavailable("Cannot connect to the watchman service.") from error
        finally:
            client.close()
        version = tuple(int(part) for part in str(answer["version"]).split(".")[:2] if part.isdigit())
        if version < (4, 9):
            raise WatchmanUnavailable("Watchman 4.9 or later is required.")


def get_reloader() -> BaseReloader:
    """Return the best reloader that works here."""
    try:
        WatchmanReloader.check_availability()
    except WatchmanUnavailable:
        return StatReloader()
    return WatchmanReloader()
