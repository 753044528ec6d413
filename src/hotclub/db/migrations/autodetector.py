"""Finding the operations that lead from one project state to another, as migrations.

`comparison.py` finds the differences, `planned.py` orders them and cuts them into migrations; this module puts both
together, and gives the migrations their names in the project's graph.
"""

from __future__ import annotations

from typing import Any

from hotclub.db.migrations.comparison import Comparison
from hotclub.db.migrations.optimizer import MigrationOptimizer
from hotclub.db.migrations.planned import Division, in_order
from hotclub.db.migrations.questioner import MigrationQuestioner
from hotclub.db.migrations.utils import parse_number

Changes = dict[str, list[Any]]
"""New migrations by app label, in order."""


class MigrationAutodetector:
    """Compares two project states.

    Args:
        from_state: what the migrations say.
        to_state: what the models say.
        questioner: decides what states alone do not (renames, one-off defaults).
    """

    def __init__(self, from_state: Any, to_state: Any, questioner: MigrationQuestioner | None = None) -> None:
        self.from_state = from_state
        self.to_state = to_state
        self.questioner = questioner or MigrationQuestioner()
        self.existing_apps = {label for label, _ in from_state.models}

    def changes(
        self,
        graph: Any,
        trim_to_apps: set[str] | None = None,
        convert_apps: set[str] | None = None,
        migration_name: str | None = None,
    ) -> Changes:
        """Give the migrations that are missing, named to follow those in a graph.

        Args:
            graph: the existing migrations.
            trim_to_apps: only these apps, and what they need.
            convert_apps: apps without migrations that shall get some.
            migration_name: the name, without its number.
        """
        changes = self._detect_changes(convert_apps, graph)
        changes = self.arrange_for_graph(changes, graph, migration_name)
        return self._trim_to_apps(changes, trim_to_apps) if trim_to_apps else changes

    def _detect_changes(self, convert_apps: set[str] | None = None, graph: Any = None) -> Changes:
        """Give the migrations with provisional names, `auto_1` and on."""
        planned = Comparison(self.from_state, self.to_state, self.questioner, convert_apps).planned()
        ordered = {label: in_order(found, label) for label, found in planned.items()}
        migrations = Division(ordered, graph, self.existing_apps).divide()
        for label, found in migrations.items():
            for migration in found:
                migration.operations = MigrationOptimizer().optimize(migration.operations, label)
        return migrations

    def arrange_for_graph(self, changes: Changes, graph: Any, migration_name: str | None = None) -> Changes:
        """Name migrations to follow the last ones of a graph, and follow in their dependencies."""
        leaves = graph.leaf_nodes()
        names: dict[tuple[str, str], tuple[str, str]] = {}
        for label, migrations in list(changes.items()):
            if not migrations:
                continue
            leaf = next((leaf for leaf in leaves if leaf[0] == label), None)
            if leaf is None and not self.questioner.ask_initial(label):
                # The app does not want migrations: others depend on its tables as they are.
                names.update({(label, migration.name): (label, "__first__") for migration in migrations})
                del changes[label]
                continue
            number = 1 if leaf is None else (parse_number(leaf[1]) or 0) + 1
            if leaf is not None:
                migrations[0].dependencies.append(leaf)
            for offset, migration in enumerate(migrations):
                first = leaf is None and offset == 0
                if first:
                    suffix = migration_name or "initial"
                else:
                    suffix = migration_name or migration.suggest_name()
                new_name = f"{number + offset:04d}_{suffix[:100]}"
                names[label, migration.name] = (label, new_name)
                migration.name = new_name
        for migrations in changes.values():
            for migration in migrations:
                migration.dependencies = [names.get(key, key) for key in migration.dependencies]
        return changes

    def _trim_to_apps(self, changes: Changes, app_labels: set[str]) -> Changes:
        """Keep some apps, and those that these need, directly or not."""
        needs = {
            label: {dependency[0] for migration in migrations for dependency in migration.dependencies}
            for label, migrations in changes.items()
        }
        wanted: set[str] = set()
        open_labels = set(app_labels)
        while open_labels:
            label = open_labels.pop()
            wanted.add(label)
            open_labels |= needs.get(label, set()) - wanted
        return {label: migrations for label, migrations in changes.items() if label in wanted}

    @classmethod
    def parse_number(cls, name: str) -> int | None:
        """Give the number of a migration's name."""
        return parse_number(name)
