"""`showmigrations`: list migrations and which are applied."""

from __future__ import annotations

import sys
from typing import Any

from hotclub.apps import apps
from hotclub.core.management.base import BaseCommand, CommandParser
from hotclub.db import DEFAULT_DB_ALIAS, connections
from hotclub.db.migrations.loader import MigrationLoader
from hotclub.db.migrations.recorder import MigrationRecorder


class Command(BaseCommand):
    """List migrations by app, or in the order in which they are applied."""

    help = "Shows all available migrations for the current project"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("app_label", nargs="*", help="App labels of applications to limit the output to.")
        parser.add_argument(
            "--database",
            default=DEFAULT_DB_ALIAS,
            choices=tuple(connections),
            help='Nominates a database to show migrations for. Defaults to the "default" database.',
        )
        formats = parser.add_mutually_exclusive_group()
        formats.add_argument(
            "--list",
            "-l",
            action="store_const",
            dest="format",
            const="list",
            help="Shows a list of all migrations and which are applied. With a verbosity level of 2 or above, the "
            "applied datetimes will be included.",
        )
        formats.add_argument(
            "--plan",
            "-p",
            action="store_const",
            dest="format",
            const="plan",
            help="Shows all migrations in the order they will be applied. With a verbosity level of 2 or above all "
            "direct migration dependencies and reverse dependencies (run_before) will be included.",
        )
        parser.set_defaults(format="list")

    def handle(self, *args: Any, **options: Any) -> None:
        self.verbosity = options["verbosity"]
        connection = connections[options["database"]]
        if options["format"] == "plan":
            self.show_plan(connection, options["app_label"])
        else:
            self.show_list(connection, options["app_label"])

    def _validate_app_names(self, loader: MigrationLoader, app_names: list[str]) -> None:
        unknown = False
        for name in app_names:
            try:
                apps.get_app_config(name)
            except LookupError as error:
                self.stderr.write(str(error))
                unknown = True
        if unknown:
            sys.exit(2)

    def show_list(self, connection: Any, app_names: list[str] | None = None) -> None:
        """List the migrations of each app, with a cross before those applied."""
        loader = MigrationLoader(connection, ignore_no_migrations=True)
        recorded = MigrationRecorder(connection).applied_migrations()
        if app_names:
            self._validate_app_names(loader, app_names)
        else:
            app_names = sorted(loader.migrated_apps)
        for label in app_names:
            self.stdout.write(label, self.style.MIGRATE_LABEL)
            shown: set[Any] = set()
            for leaf in loader.graph.leaf_nodes(label):
                for key in loader.graph.forwards_plan(leaf):
                    if key not in shown and key[0] == label:
                        self.stdout.write(self._list_line(loader, key, recorded))
                        shown.add(key)
            if not shown:
                self.stdout.write(" (no migrations)", self.style.ERROR)

    def _list_line(self, loader: MigrationLoader, key: Any, recorded: dict[Any, Any]) -> str:
        migration = loader.graph.nodes[key]
        title = key[1]
        if migration.replaces:
            title += f" ({len(migration.replaces)} squashed migrations)"
        applied = (loader.applied_migrations or {}).get(key)
        if not applied:
            return f" [ ] {title}"
        if key not in recorded:
            # All parts are applied, the squashed one is not recorded yet.
            return f" [-] {title} Run 'manage.py migrate' to finish recording."
        when = getattr(recorded[key], "applied", None)
        if self.verbosity >= 2 and when is not None and not migration.replaces:
            return f" [X] {title} (applied at {when:%Y-%m-%d %H:%M:%S})"
        return f" [X] {title}"

    def show_plan(self, connection: Any, app_names: list[str] | None = None) -> None:
        """List migrations in the order of their application, with what they depend on."""
        loader = MigrationLoader(connection)
        graph = loader.graph
        if app_names:
            self._validate_app_names(loader, app_names)
            targets = [key for key in graph.leaf_nodes() if key[0] in app_names]
        else:
            targets = graph.leaf_nodes()
        plan: dict[Any, None] = {}
        for target in targets:
            plan.update(dict.fromkeys(graph.forwards_plan(target)))
        for key in plan:
            needs = ""
            parents = sorted(graph.node_map[key].parents)
            if self.verbosity >= 2 and parents:
                needs = f" ... ({', '.join(f'{parent.key[0]}.{parent.key[1]}' for parent in parents)})"
            mark = "[X]" if key in (loader.applied_migrations or {}) else "[ ]"
            self.stdout.write(f"{mark}  {key[0]}.{key[1]}{needs}")
        if not plan:
            self.stdout.write("(no migrations)", self.style.ERROR)
