"""`compilemessages`: make the compiled catalogues (.mo) that translations are read from, out of the edited ones (.po)."""

from __future__ import annotations

import codecs
import concurrent.futures
import glob
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from hotclub.conf import settings
from hotclub.core.management.base import BaseCommand, CommandError, CommandParser
from hotclub.core.management.utils import find_command, is_ignored_path, popen_wrapper

Location = tuple[str, str]
"""Directory and name of an edited catalogue."""


class Command(BaseCommand):
    """Compile the catalogues below the current directory and in `LOCALE_PATHS`."""

    help = "Compiles .po files to .mo files for use with builtin gettext support."
    requires_system_checks: list[str] = []
    program = "msgfmt"
    program_options = ["--check-format"]

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--locale",
            "-l",
            action="append",
            default=[],
            help="Locale(s) to process (e.g. de_AT). Default is to process all. Can be used multiple times.",
        )
        parser.add_argument(
            "--exclude",
            "-x",
            action="append",
            default=[],
            help="Locales to exclude. Default is none. Can be used multiple times.",
        )
        parser.add_argument("--use-fuzzy", "-f", dest="fuzzy", action="store_true", help="Use fuzzy translations.")
        parser.add_argument(
            "--ignore",
            "-i",
            action="append",
            dest="ignore_patterns",
            default=[],
            metavar="PATTERN",
            help="Ignore directories matching this glob-style pattern. Use multiple times to ignore more.",
        )

    def handle(self, **options: Any) -> None:
        self.verbosity = options["verbosity"]
        if options["fuzzy"]:
            self.program_options = [*self.program_options, "-f"]
        if find_command(self.program) is None:
            raise CommandError(
                f"Can't find {self.program}. Make sure you have GNU gettext tools 0.19 or newer installed."
            )
        directories = self._locale_directories(options["ignore_patterns"])
        if not directories:
            raise CommandError(
                "This script should be run from the Hotclub Git checkout or your project or app tree, or with the "
                "settings module specified."
            )
        known = {
            os.path.basename(path)
            for directory in directories
            for path in glob.glob(f"{directory}/*")
            if os.path.isdir(path)
        }
        locales = sorted(set(options["locale"] or known) - set(options["exclude"]))
        self.has_errors = False
        for directory in directories:
            wanted = [os.path.join(directory, locale, "LC_MESSAGES") for locale in locales]
            found = [
                (path, name)
                for catalogue_dir in wanted
                for path, _directories, names in os.walk(catalogue_dir)
                for name in names
                if name.endswith(".po")
            ]
            if found:
                self.compile_messages(found)
        if self.has_errors:
            raise CommandError("compilemessages generated one or more errors.")

    @staticmethod
    def _locale_directories(ignored: Iterable[str]) -> list[str]:
        """Return the directories with catalogues: those that are there by custom, those of settings, those below."""
        found = [os.path.join("conf", "locale"), "locale"]
        if settings.configured:  # the command works without settings too
            found += [os.fspath(path) for path in settings.LOCALE_PATHS]
        for path, directories, _files in os.walk(".", topdown=True):
            kept = [
                name for name in directories if not is_ignored_path(os.path.normpath(os.path.join(path, name)), ignored)
            ]
            directories[:] = kept
            if "locale" in kept:
                found.append(os.path.join(path, "locale"))
        unique = dict.fromkeys(os.path.abspath(path) for path in found if os.path.isdir(path))
        return list(unique)

    def compile_messages(self, locations: list[Location]) -> None:
        """Compile catalogues, several at a time."""
        with concurrent.futures.ThreadPoolExecutor() as pool:
            for problem in pool.map(self._compiled, locations):
                if problem:
                    self.has_errors = True
                    self.stderr.write(problem)

    def _compiled(self, location: Location) -> str:
        """Compile one catalogue unless its result is newer; returns what went wrong."""
        source = Path(*location)
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
            if self.verbosity > 0:
                self.stdout.write(f"File “{source}” is already compiled and up to date.")
            return ""
        if self.verbosity > 0:
            self.stdout.write(f"processing file {source.name} in {source.parent}")
        if source.read_bytes()[:3] == codecs.BOM_UTF8:
            return f"The {source} file has a BOM (Byte Order Mark). Only .po files encoded in UTF-8 and without any BOM are supported."
        if not os.access(target if target.exists() else target.parent, os.W_OK):
            return f"The po files under {source.parent} are in a seemingly not writable location. mo files will not be updated/created."
        _output, errors, status = popen_wrapper([self.program, *self.program_options, "-o", str(target), str(source)])
        if not status:
            return ""
        return f"Execution of {self.program} failed: {errors}" if errors else f"Execution of {self.program} failed"
