"""`loaddata`: put the objects of fixtures into a database."""

from __future__ import annotations

import functools
import os
import sys
import warnings
from typing import Any

from hotclub.core import serializers
from hotclub.core.management import fixtures
from hotclub.core.management.base import BaseCommand, CommandError, CommandParser
from hotclub.core.management.color import no_style
from hotclub.core.management.utils import parse_apps_and_model_labels
from hotclub.core.serializers.base import DeserializedObject
from hotclub.db import DEFAULT_DB_ALIAS, DatabaseError, IntegrityError, connections, router, transaction


class Command(BaseCommand):
    """Load fixtures, all in one transaction; constraints are checked in the end, so their order does not matter."""

    help = "Installs the named fixture(s) in the database."
    missing_args_message = (
        "No database fixture specified. Please provide the path of at least one fixture in the command line."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("args", metavar="fixture", nargs="+", help="Fixture labels.")
        parser.add_argument(
            "--database",
            default=DEFAULT_DB_ALIAS,
            choices=tuple(connections),
            help='Nominates a specific database to load fixtures into. Defaults to the "default" database.',
        )
        parser.add_argument("--app", dest="app_label", help="Only look for fixtures in the specified app.")
        parser.add_argument(
            "--ignorenonexistent",
            "-i",
            action="store_true",
            dest="ignore",
            help="Ignores entries in the serialized data for fields that do not currently exist on the model.",
        )
        parser.add_argument(
            "-e",
            "--exclude",
            action="append",
            default=[],
            help="An app_label or app_label.ModelName to exclude. Can be used multiple times.",
        )
        parser.add_argument("--format", help="Format of serialized data when reading from stdin.")

    def handle(self, *fixture_labels: str, **options: Any) -> None:
        self.ignore = options["ignore"]
        self.using = options["database"]
        self.app_label = options["app_label"]
        self.verbosity = options["verbosity"]
        self.excluded_models, self.excluded_apps = parse_apps_and_model_labels(options["exclude"])
        self.format = options["format"]
        self.counts = {"fixtures": 0, "objects": 0, "seen": 0}
        self.models: set[Any] = set()
        self.deferred: list[DeserializedObject] = []
        with transaction.atomic(using=self.using):
            self.load(fixture_labels)
        # Some databases need a new connection to see what a long transaction wrote.
        if transaction.get_autocommit(self.using):
            connections[self.using].close()

    def _tell(self, level: int, message: str) -> None:
        if self.verbosity >= level:
            self.stdout.write(message)

    @functools.cached_property
    def _serialization_formats(self) -> list[str]:
        return serializers.get_public_serializer_formats()

    def load(self, fixture_labels: tuple[str, ...]) -> None:
        """Load everything inside the open transaction."""
        connection = connections[self.using]
        found = [fixture for label in fixture_labels for fixture in self._find(label)]
        if not found:
            return
        with connection.constraint_checks_disabled():
            for fixture in found:
                self._load_file(fixture)
            for obj in self.deferred:
                obj.save_deferred_fields(using=self.using)
        tables = [model._meta.db_table for model in self.models]
        try:
            connection.check_constraints(table_names=tables)
        except Exception as error:
            error.args = (f"Problem installing fixtures: {error}",)
            raise
        self._reset_sequences(connection)
        count, total = self.counts["objects"], self.counts["seen"]
        if count == total:
            self._tell(1, f"Installed {count} object(s) from {self.counts['fixtures']} fixture(s)")
        else:
            self._tell(1, f"Installed {count} object(s) (of {total}) from {self.counts['fixtures']} fixture(s)")

    def _find(self, label: str) -> list[fixtures.Fixture]:
        return fixtures.find(label, self.app_label, self.using, functools.partial(self._tell, 2))

    def _reset_sequences(self, connection: Any) -> None:
        if not self.counts["objects"]:
            return
        statements = connection.ops.sequence_reset_sql(no_style(), self.models)
        if statements:
            self._tell(2, "Resetting sequences")
            with connection.cursor() as cursor:
                for line in statements:
                    cursor.execute(line)

    def _load_file(self, fixture: fixtures.Fixture) -> None:
        """Load one file."""
        parsed = fixtures.parse_label(os.path.basename(fixture.path) if fixture.directory is not None else fixture.path)
        format = parsed.format
        if fixture.path == fixtures.READ_STDIN:
            format = self.format
            if format is None:
                raise CommandError("--format must be specified when reading from stdin.")
        if format not in self._serialization_formats:
            raise CommandError(
                f"Problem installing fixture '{fixture.base}': {format} is not a known serialization format."
            )
        stream = self._open(fixture, parsed)
        try:
            self._tell(
                2,
                f"Installing {format} fixture '{fixture.base}' from {fixtures.shown_directory(fixture.directory or '')}.",
            )
            self.counts["fixtures"] += 1
            before = self.counts["seen"]
            self._load_objects(stream, format, fixture)
            if self.counts["seen"] == before:
                warnings.warn(
                    f"No fixture data found for '{fixture.base}'. (File format may be invalid.)",
                    RuntimeWarning,
                    stacklevel=2,
                )
        finally:
            if fixture.path != fixtures.READ_STDIN:
                stream.close()

    @staticmethod
    def _open(fixture: fixtures.Fixture, parsed: fixtures.Label) -> Any:
        if fixture.path == fixtures.READ_STDIN:
            return sys.stdin
        opener, mode = fixtures.readers()[parsed.compression]
        return opener(fixture.path, mode)

    def _load_objects(self, stream: Any, format: str, fixture: fixtures.Fixture) -> None:
        show_progress = self.verbosity >= 3
        loaded = 0
        try:
            objects = serializers.deserialize(
                format, stream, using=self.using, ignorenonexistent=self.ignore, handle_forward_references=True
            )
            for obj in objects:
                self.counts["seen"] += 1
                if self._save(obj):
                    loaded += 1
                    if show_progress:
                        self.stdout.write(f"\rProcessed {loaded} object(s).", ending="")
        except Exception as error:
            if not isinstance(error, CommandError):
                error.args = (f"Problem installing fixture '{fixture.path}': {error}",)
            raise
        if loaded and show_progress:
            self.stdout.write()
        self.counts["objects"] += loaded

    def _save(self, obj: DeserializedObject) -> bool:
        """Save one object, unless it is excluded or belongs to another database."""
        model = type(obj.object)
        config = model._meta.app_config
        if config in self.excluded_apps or model in self.excluded_models:
            return False
        if not router.allow_migrate_model(self.using, model):
            return False
        self.models.add(model)
        try:
            obj.save(using=self.using)
        except (DatabaseError, IntegrityError, ValueError) as error:
            error.args = (f"Could not load {model._meta.label}(pk={obj.object.pk}): {error}",)
            raise
        if obj.deferred_fields:
            self.deferred.append(obj)
        return True
