"""Writing migrations as Python files."""

from __future__ import annotations

import inspect
import os
import re
from importlib import import_module
from pathlib import Path
from typing import Any

from hotclub.apps import apps
from hotclub.conf import SettingsReference
from hotclub.db import migrations
from hotclub.db.migrations.loader import MigrationLoader
from hotclub.db.migrations.serializer import Serializer, Serialized, serialize
from hotclub.utils.module_loading import module_dir
from hotclub.utils.timezone import now
from hotclub.utils.version import get_version

INDENT = "    "


class OperationWriter:
    """Lays one operation out: an argument a line, long ones over lines of their own.

    Args:
        operation: what to write.
        indentation: steps of four spaces before each line.
    """

    def __init__(self, operation: Any, indentation: int = 2) -> None:
        self.operation = operation
        self.indentation = indentation
        self.lines: list[str] = []
        self.imports: set[str] = set()

    def serialize(self) -> Serialized:
        """Give the text, with a comma at its end, and the imports it needs."""
        name, args, kwargs = self.operation.deconstruct()
        names = list(inspect.signature(type(self.operation).__init__).parameters)[1:]
        if getattr(migrations, name, None) is type(self.operation):
            self.feed(f"migrations.{name}(")
        else:
            module = type(self.operation).__module__
            self.imports.add(f"import {module}")
            self.feed(f"{module}.{name}(")
        self.indentation += 1
        for position, value in enumerate(args):
            self._argument(names[position] if position < len(names) else None, value)
        # Keyword arguments stand in the order of the signature.
        for key in [*(key for key in names[len(args) :] if key in kwargs), *(key for key in kwargs if key not in names)]:
            self._argument(key, kwargs[key])
        self.indentation -= 1
        self.feed("),")
        return self.render(), self.imports

    def _argument(self, name: str | None, value: Any) -> None:
        prefix = f"{name}=" if name else ""
        expands = name in self.operation.serialization_expand_args
        if expands and isinstance(value, (list, tuple)) and not (isinstance(value, tuple) and hasattr(value, "_fields")):
            self._block(prefix, "[]" if isinstance(value, list) else "()", [self._entry(one) for one in value])
        elif expands and isinstance(value, dict):
            pairs = []
            for key, one in value.items():
                key_source = self._entry(key)
                pairs.append([*key_source[:-1], f"{key_source[-1]}: {self._entry(one)[0]}", *self._entry(one)[1:]])
            self._block(prefix, "{}", pairs)
        else:
            source = self._entry(value)
            self.feed(prefix + source[0] + ("," if len(source) == 1 else ""))
            for line in source[1:-1]:
                self.feed(line)
            if len(source) > 1:
                self.feed(source[-1] + ",")

    def _block(self, prefix: str, brackets: str, entries: list[list[str]]) -> None:
        self.feed(f"{prefix}{brackets[0]}")
        self.indentation += 1
        for lines in entries:
            for line in lines[:-1]:
                self.feed(line)
            self.feed(f"{lines[-1]},")
        self.indentation -= 1
        self.feed(f"{brackets[1]},")

    def _entry(self, value: Any) -> list[str]:
        """Give the lines of a value, relative to where it stands."""
        source, imports = serialize(value)
        self.imports |= imports
        return source.split("\n") if hasattr(value, "database_forwards") else [source]

    def feed(self, line: str) -> None:
        """Add a line."""
        self.lines.append(f"{INDENT * self.indentation}{line}")

    def render(self) -> str:
        """Give the lines as text."""
        return "\n".join(self.lines)


class MigrationWriter:
    """Writes one migration.

    Args:
        migration: an instance or class with operations and dependencies.
        include_header: put version and time into the first line.
    """

    def __init__(self, migration: Any, include_header: bool = True) -> None:
        self.migration = migration
        self.include_header = include_header
        self.needs_manual_porting = False

    def as_string(self) -> str:
        """Give the file's text."""
        imports: set[str] = set()
        operations: list[str] = []
        for operation in self.migration.operations:
            source, needs = OperationWriter(operation).serialize()
            imports |= needs
            operations.append(source)
        dependencies = []
        for dependency in sorted(self.migration.dependencies, key=_dependency_order):
            if dependency[0] == "__setting__":
                dependencies.append(f"        migrations.swappable_dependency(settings.{dependency[1]}),")
                imports.add("from hotclub.conf import settings")
            else:
                dependencies.append(f"        {tuple(dependency)!r},")
        functions = self._functions_to_move(imports)
        body = [self._replaces(), self._initial(), self._atomic()]
        text = [
            self._header(),
            self._imports(imports),
            functions,
            "\n\nclass Migration(migrations.Migration):\n",
            "".join(body),
            _list_attribute("dependencies", dependencies),
            self._run_before(),
            _list_attribute("operations", operations),
        ]
        return "".join(text)

    def _header(self) -> str:
        if not self.include_header:
            return ""
        return f"# Generated by Hotclub {get_version()} on {now():%Y-%m-%d %H:%M}\n\n"

    def _imports(self, imports: set[str]) -> str:
        if "from hotclub.db import models" in imports:
            imports.discard("from hotclub.db import models")
            imports.add("from hotclub.db import migrations, models")
        else:
            imports.add("from hotclub.db import migrations")
        # Whole modules first, then parts of modules, each by name.
        ordered = sorted(imports, key=lambda line: (line.split()[0] == "from", line.split()[1]))
        return "\n".join(ordered) + "\n"

    def _functions_to_move(self, imports: set[str]) -> str:
        """Say which functions of squashed migrations have to be copied by hand, instead of importing their files."""
        migration_files = sorted(
            line.split()[1] for line in imports if re.match(r"^import (.*)\.\d+[^\s]*$", line)
        )
        if not migration_files:
            return ""
        for line in list(imports):
            if re.match(r"^import (.*)\.\d+[^\s]*$", line):
                imports.discard(line)
        self.needs_manual_porting = True
        listed = "".join(f"# {name}\n" for name in migration_files)
        return (
            "\n\n# Functions from the following migrations need manual copying.\n"
            "# Move them and any dependencies into this file, then update the\n"
            "# RunPython operations to refer to the local versions:\n" + listed.rstrip("\n")
        )

    def _replaces(self) -> str:
        if not self.migration.replaces:
            return ""
        source, _ = serialize(list(self.migration.replaces))
        return f"\n    replaces = {source}\n"

    def _initial(self) -> str:
        return "\n    initial = True\n" if self.migration.initial else ""

    def _atomic(self) -> str:
        return "" if self.migration.atomic else "\n    atomic = False\n"

    def _run_before(self) -> str:
        if not self.migration.run_before:
            return ""
        source, _ = serialize(list(self.migration.run_before))
        return f"\n    run_before = {source}\n"

    # -- where it goes --

    @property
    def basedir(self) -> str:
        """The folder of the app's migrations, made with the packages above it if it does not exist."""
        package, _ = MigrationLoader.migrations_module(self.migration.app_label)
        if package is None:
            raise ValueError(
                "Django can't create migrations for app '%s' because migrations have been disabled via the "
                "MIGRATION_MODULES setting." % self.migration.app_label
            )
        try:
            folder = module_dir(import_module(package))
        except (ImportError, ValueError):
            pass  # it does not exist yet, or has no folder
        else:
            return folder
        app_config = apps.get_app_config(self.migration.app_label)
        parent, _, name = package.rpartition(".")
        if app_config.name == parent:
            return os.path.join(app_config.path, name)
        return self._made_package(package)

    def _made_package(self, package: str) -> str:
        """Make a package that a setting names, below the first part of it that exists."""
        missing: list[str] = []
        existing = package
        while True:
            existing, _, tail = existing.rpartition(".")
            missing.insert(0, tail)
            if not existing:
                raise ValueError(
                    f"Could not locate an appropriate location to create migrations package {package}. Make sure the "
                    "toplevel package exists and can be imported."
                )
            try:
                base = module_dir(import_module(existing))
                break
            except (ImportError, ValueError):
                continue
        folder = Path(base, *missing)
        folder.mkdir(parents=True, exist_ok=True)
        for depth in range(1, len(missing) + 1):
            init = Path(base, *missing[:depth], "__init__.py")
            if not init.is_file():
                init.touch()
        return str(folder)

    @property
    def filename(self) -> str:
        return f"{self.migration.name}.py"

    @property
    def path(self) -> str:
        return os.path.join(self.basedir, self.filename)

    # -- values --

    @classmethod
    def serialize(cls, value: Any) -> Serialized:
        """Give source and imports of a value."""
        return serialize(value)

    @classmethod
    def register_serializer(cls, type_: Any, serializer: Any) -> None:
        """Register a serializer for a type."""
        Serializer.register(type_, serializer)

    @classmethod
    def unregister_serializer(cls, type_: Any) -> None:
        """Take a registered type out again."""
        Serializer.unregister(type_)


def _dependency_order(dependency: Any) -> tuple[str, str]:
    if isinstance(dependency[1], SettingsReference):
        return dependency[0], dependency[1].setting_name
    return dependency[0], dependency[1]


def _list_attribute(name: str, lines: list[str]) -> str:
    inner = "".join(f"{line}\n" for line in lines)
    return f"\n    {name} = [\n{inner}    ]\n"
