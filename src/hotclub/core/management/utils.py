"""Things several commands need: programs, secret keys, labels of apps, path patterns. A documented path."""

from __future__ import annotations

import fnmatch
import os
import shutil
import subprocess
import sys
import traceback
from collections.abc import Iterable, Sequence
from pathlib import Path
from subprocess import run
from typing import Any

from hotclub.apps import apps as installed_apps
from hotclub.core.management.options import get_command_line_option
from hotclub.core.management.parser import CommandError
from hotclub.utils.crypto import get_random_string
from hotclub.utils.encoding import DEFAULT_LOCALE_ENCODING

__all__ = [
    "find_command",
    "find_formatters",
    "get_command_line_option",
    "get_random_secret_key",
    "handle_extensions",
    "is_ignored_path",
    "normalize_path_patterns",
    "parse_apps_and_model_labels",
    "popen_wrapper",
    "run_formatters",
]

SECRET_KEY_CHARACTERS = "abcdefghijklmnopqrstuvwxyz0123456789!@#$%^&*(-_=+)"
SECRET_KEY_LENGTH = 50


def popen_wrapper(args: Sequence[str], stdout_encoding: str = "utf-8") -> tuple[str, str, int]:
    """Run a program.

    Args:
        args: program and arguments.
        stdout_encoding: of its output.

    Returns:
        Output, errors and exit status.

    Raises:
        CommandError: the program cannot be started.
    """
    try:
        done = run(args, capture_output=True, close_fds=os.name != "nt")
    except OSError as error:
        raise CommandError(f"Error executing {args[0]}: {error.strerror}") from error
    return (
        done.stdout.decode(stdout_encoding),
        done.stderr.decode(DEFAULT_LOCALE_ENCODING, errors="replace"),
        done.returncode,
    )


def handle_extensions(extensions: Iterable[str]) -> set[str]:
    """Return file extensions with their dot, from options such as `-e js,txt -e .html`."""
    found = {part.strip() for text in extensions for part in text.replace(" ", "").split(",")}
    return {part if part.startswith(".") else f".{part}" for part in found if part}


def find_command(cmd: str, path: Any = None, pathext: str | None = None) -> str | None:
    """Return the full path of a program, or None.

    Args:
        cmd: name.
        path: directories to look in, as a list or joined; those of the environment, if None.
        pathext: unused; the system's own endings of programs apply.
    """
    if path is None:
        path = os.environ.get("PATH", "")
    return shutil.which(cmd, path=os.pathsep.join(path) if isinstance(path, (list, tuple)) else path)


def get_random_secret_key() -> str:
    """Return a random text fit for `SECRET_KEY`."""
    return get_random_string(SECRET_KEY_LENGTH, SECRET_KEY_CHARACTERS)


def parse_apps_and_model_labels(labels: Iterable[str]) -> tuple[set[Any], set[Any]]:
    """Return the models and the app configurations that labels such as `auth.User` and `auth` name.

    Raises:
        CommandError: an unknown app or model.
    """
    apps: set[Any] = set()
    models: set[Any] = set()
    for label in labels:
        try:
            if "." in label:
                models.add(installed_apps.get_model(label))
            else:
                apps.add(installed_apps.get_app_config(label))
        except LookupError as error:
            kind = f"Unknown model: {label}" if "." in label else str(error)
            raise CommandError(kind) from error
    return models, apps


def normalize_path_patterns(patterns: Iterable[str]) -> list[str]:
    """Return path patterns with the system's separators; a directory's trailing `/*` names the directory itself."""
    endings = {f"{separator}*" for separator in {"/", os.sep}}
    normal = []
    for pattern in map(os.path.normcase, patterns):
        ending = next((text for text in endings if pattern.endswith(text)), None)
        normal.append(pattern.removesuffix(ending) if ending else pattern)
    return normal


def is_ignored_path(path: Any, ignore_patterns: Iterable[str]) -> bool:
    """Say whether a path, or its last part, matches one of some patterns."""
    as_path = Path(path)
    return any(
        fnmatch.fnmatchcase(as_path.name, pattern) or fnmatch.fnmatchcase(str(as_path), pattern)
        for pattern in normalize_path_patterns(ignore_patterns)
    )


def find_formatters() -> dict[str, str | None]:
    """Return the programs that format Python code, and where they are."""
    return {"black_path": shutil.which("black")}


def run_formatters(written_files: Iterable[str], black_path: Any = sys, stderr: Any = sys.stderr) -> None:
    """Format generated Python files with black, where it is installed; failing to is no failure of the command.

    Args:
        written_files: paths.
        black_path: the program; looked for, if not given.
        stderr: where problems are told.
    """
    if black_path is sys:  # not given (None means: there is none)
        black_path = find_formatters()["black_path"]
    if not black_path:
        return
    try:
        subprocess.run([black_path, "--fast", "--", *written_files], capture_output=True)
    except OSError:
        stderr.write("Formatters failed to launch:")
        traceback.print_exc(file=stderr)
