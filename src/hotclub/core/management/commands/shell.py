"""`shell`: a Python prompt with the project set up and its models at hand."""

from __future__ import annotations

import os
import select
import sys
import traceback
from collections import defaultdict
from importlib import import_module
from typing import Any

from hotclub.apps import apps
from hotclub.core.exceptions import AppRegistryNotReady
from hotclub.core.management.base import BaseCommand, CommandError, CommandParser
from hotclub.utils.module_loading import import_string

DEFAULT_IMPORTS = (
    "hotclub.conf.settings",
    "hotclub.db.connection",
    "hotclub.db.models",
    "hotclub.db.models.functions",
    "hotclub.db.reset_queries",
    "hotclub.utils.timezone",
)


class Command(BaseCommand):
    """Open a Python prompt, or run code given as an option or on standard input.

    Subclasses override `get_auto_imports()` to say which objects are there from the start.

    Source: docs howto/custom-shell.
    """

    help = "Runs a Python interactive interpreter. Tries to use IPython or bpython, if one of them is available. Any standard input is executed as code."
    requires_system_checks: list[str] = []
    shells = ("ipython", "bpython", "python")

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--no-startup",
            action="store_true",
            help="When using plain Python, ignore the PYTHONSTARTUP environment variable and ~/.pythonrc.py script.",
        )
        parser.add_argument("--no-imports", action="store_true", help="Disable automatic imports of models.")
        parser.add_argument(
            "-i",
            "--interface",
            choices=self.shells,
            help='Specify an interactive interpreter interface. Available options: "ipython", "bpython", and "python"',
        )
        parser.add_argument(
            "-c", "--command", help="Instead of opening an interactive shell, run a command as Hotclub and exit."
        )

    # -- prompts -------------------------------------------------------------------------------------------------

    def ipython(self, options: dict[str, Any]) -> None:
        """Open IPython."""
        from IPython import start_ipython  # noqa: PLC0415  # an optional package

        start_ipython(argv=[], user_ns=self.get_namespace(**options))

    def bpython(self, options: dict[str, Any]) -> None:
        """Open bpython."""
        import bpython  # noqa: PLC0415  # an optional package

        bpython.embed(self.get_namespace(**options))

    def python(self, options: dict[str, Any]) -> None:
        """Open Python's own prompt, with completion and the user's start-up files."""
        import code as prompt  # noqa: PLC0415  # looked up late, so that it can be replaced

        namespace = self.get_namespace(**options)
        self._complete_names(namespace)
        if not options["no_startup"]:
            self._run_startup_files(namespace)
        prompt.interact(local=namespace)

    @staticmethod
    def _complete_names(namespace: dict[str, Any]) -> None:
        try:
            import readline  # noqa: PLC0415  # not on every system
            import rlcompleter  # noqa: PLC0415
        except ImportError:
            return
        readline.set_completer(rlcompleter.Completer(namespace).complete)
        # The prompt binds keys itself where it may ("interactivehook").
        hook = getattr(sys, "__interactivehook__", None)
        if hook is not None:
            hook()
        readline.parse_and_bind("tab: complete")

    @staticmethod
    def _run_startup_files(namespace: dict[str, Any]) -> None:
        for path in dict.fromkeys((os.environ.get("PYTHONSTARTUP"), os.path.expanduser("~/.pythonrc.py"))):
            if not path or not os.path.isfile(path):
                continue
            with open(path) as stream:
                source = stream.read()
            try:
                exec(compile(source, path, "exec"), namespace)
            except Exception:  # the user's own file: its failure must not take the prompt away
                traceback.print_exc()

    # -- names ---------------------------------------------------------------------------------------------------

    def get_auto_imports(self) -> list[str] | None:
        """Return dotted paths of what is imported: the usual suspects and all models."""
        models = list(reversed(list(apps.get_models())))
        return [*DEFAULT_IMPORTS, *(f"{model.__module__}.{model.__name__}" for model in models)]

    def get_namespace(self, **options: Any) -> dict[str, Any]:
        """Import what `get_auto_imports()` names and say so; returns name → object."""
        if options.get("no_imports"):
            return {}
        verbosity = options.get("verbosity", 1)
        try:
            # Asking for the models is what fails where the project is not set up.
            apps.check_models_ready()
        except AppRegistryNotReady:
            if verbosity > 0:
                variable = next(
                    (name for name in ("HOTCLUB_SETTINGS_MODULE", "DJANGO_SETTINGS_MODULE") if name in os.environ),
                    "DJANGO_SETTINGS_MODULE",
                )
                self.stdout.write(
                    "Automatic imports are disabled since settings are not configured.\n"
                    f"{variable} value is {os.environ.get(variable)!r}.\n"
                    "HINT: Ensure that the settings module is configured and set.\n\n",
                    self.style.ERROR,
                )
            return {}
        paths = self.get_auto_imports()
        if paths is None:
            return {}
        imported, failed = _import_all(list(dict.fromkeys(paths)))
        if verbosity > 0:
            self._tell(imported, failed, verbosity)
        return {name: value for _path, name, value in imported}

    def _tell(self, imported: list[tuple[str, str, Any]], failed: list[str], verbosity: int) -> None:
        if failed:
            listing = "\n  ".join(failed)
            self.stdout.write(
                f"{_objects(len(failed))} could not be automatically imported:\n\n  {listing}\n\n", self.style.NOTICE
            )
        message = f"{_objects(len(imported))} imported automatically"
        if not imported:
            message += "."
        elif verbosity == 1:
            message += " (use -v 2 for details)."
        else:
            lines = "\n".join(f"  {line}" for line in _import_lines(imported))
            message += f":\n\n{_sorted_imports(lines)}"
        self.stdout.write(f"{message}\n\n", self.style.SUCCESS)

    # -- running -------------------------------------------------------------------------------------------------

    def handle(self, **options: Any) -> None:
        if options["command"]:
            namespace = self.get_namespace(**options)
            exec(options["command"], {**_fresh_globals(), **namespace})
            return
        # Code on standard input, where it is no terminal.
        if sys.platform != "win32" and not sys.stdin.isatty() and select.select([sys.stdin], [], [], 0)[0]:
            namespace = self.get_namespace(**options)
            exec(sys.stdin.read(), {**_fresh_globals(), **namespace})
            return
        asked = [options["interface"]] if options["interface"] else self.shells
        for shell in asked:
            try:
                getattr(self, shell)(options)
            except ImportError:
                continue
            return
        raise CommandError(f"Couldn't import {shell} interface.")


def _objects(count: int) -> str:
    return f"{count} object{'' if count == 1 else 's'}"


def _fresh_globals() -> dict[str, Any]:
    return {"__name__": "__main__", "__builtins__": __builtins__}


def _import_all(paths: list[str]) -> tuple[list[tuple[str, str, Any]], list[str]]:
    """Import dotted paths; of two with the same name the last one stays."""
    found: dict[str, tuple[str, str, Any]] = {}
    failed = []
    for path in paths:
        try:
            value = import_string(path) if "." in path else import_module(path)
        except ImportError:
            try:
                value = import_module(path)
            except ImportError:
                failed.append(path)
                continue
        name = path.rpartition(".")[2]
        found[name] = (path, name, value)
    return list(found.values()), failed


def _import_lines(imported: list[tuple[str, str, Any]]) -> list[str]:
    """Write what was imported as import statements, one a module."""
    plain = [f"import {path}" for path, _name, _value in imported if "." not in path]
    by_module: dict[str, list[str]] = defaultdict(list)
    for path, name, _value in imported:
        module = path.rpartition(".")[0]
        if module:
            by_module[module].append(name)
    return plain + [f"from {module} import {', '.join(names)}" for module, names in by_module.items()]


def _sorted_imports(text: str) -> str:
    """Order import statements as isort does, where it is installed."""
    try:
        import isort  # noqa: PLC0415  # an optional package
    except ImportError:
        return text
    ordered: str = isort.code(text)
    return ordered.rstrip("\n")
