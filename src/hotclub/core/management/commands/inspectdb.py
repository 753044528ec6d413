"""`inspectdb`: write models for the tables of a database."""

from __future__ import annotations

import keyword
import re
from collections.abc import Callable, Iterator
from typing import Any

from hotclub.core.management.base import BaseCommand, CommandError, CommandParser
from hotclub.db import DEFAULT_DB_ALIAS, connections

HEADER = """\
# This is an auto-generated module of models.
# What is left to do by hand:
#   * Bring the models into the order you want
#   * Make sure each model has one field with primary_key=True
#   * Make sure each ForeignKey and OneToOneField has `on_delete` set to the desired behavior
#   * Remove `managed = False` lines if the tables shall be created, changed and deleted by migrations
# The models may be renamed, but not the db_table values or the field names."""


class Command(BaseCommand):
    """Introspect a database and print a module of models."""

    help = "Introspects the database tables in the given database and outputs a Django model module."
    requires_system_checks = []
    stealth_options = ("table_name_filter",)
    db_module = "hotclub.db"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("table", nargs="*", type=str, help="Selects what tables or views should be introspected.")
        parser.add_argument(
            "--database",
            default=DEFAULT_DB_ALIAS,
            choices=tuple(connections),
            help='Nominates a database to introspect. Defaults to using the "default" database.',
        )
        parser.add_argument(
            "--include-partitions", action="store_true", help="Also output models for partition tables."
        )
        parser.add_argument("--include-views", action="store_true", help="Also output models for database views.")

    def handle(self, **options: Any) -> None:
        if not connections[options["database"]].features.supports_inspectdb:
            raise CommandError("Database inspection isn't supported for the currently selected database backend.")
        for line in self.handle_inspection(options):
            self.stdout.write(line)

    def handle_inspection(self, options: dict[str, Any]) -> Iterator[str]:
        """Give the lines of the module."""
        connection = connections[options["database"]]
        keep: Callable[[str], bool] | None = options.get("table_name_filter")
        wanted_types = {"t"}
        if options["include_partitions"]:
            wanted_types.add("p")
        if options["include_views"]:
            wanted_types.add("v")
        yield from HEADER.splitlines()
        yield f"from {self.db_module} import models"
        known_models: list[str] = []
        with connection.cursor() as cursor:
            tables = connection.introspection.get_table_list(cursor)
            kinds = {info.name: info.type for info in tables}
            names = options["table"] or sorted(info.name for info in tables if info.type in wanted_types)
            for name in names:
                if keep is not None and callable(keep) and not keep(name):
                    continue
                table = _Table(self, connection, cursor, name, kinds.get(name))
                try:
                    table.read()
                except Exception as error:  # one table that cannot be read must not cost the others
                    yield f"# Unable to inspect table '{name}'"
                    yield f"# The error was: {error}"
                    continue
                yield from table.lines(known_models)
                known_models.append(table.model_name)

    def normalize_col_name(
        self, col_name: str, used_column_names: list[str], is_relation: bool
    ) -> tuple[str, dict[str, Any], list[str]]:
        """Turn a column's name into a field's: the name, arguments that keep the column, and notes on what changed."""
        params: dict[str, Any] = {}
        notes: list[str] = []
        name = col_name.lower()
        if name != col_name:
            notes.append("Field name made lowercase.")
        if is_relation:
            if name.endswith("_id"):
                name = name[:-3]
            else:
                params["db_column"] = col_name
        name, replaced = re.subn(r"\W", "_", name)
        if replaced:
            notes.append("Field renamed to remove unsuitable characters.")
        if "__" in name:
            while "__" in name:
                name = name.replace("__", "_")
            if "__" in col_name.lower():
                notes.append("Field renamed because it contained more than one '_' in a row.")
        if name.startswith("_"):
            name = f"field{name}"
            notes.append("Field renamed because it started with '_'.")
        if name.endswith("_"):
            name = f"{name}field"
            notes.append("Field renamed because it ended with '_'.")
        if keyword.iskeyword(name):
            name += "_field"
            notes.append("Field renamed because it was a Python reserved word.")
        if name[0].isdigit():
            name = f"number_{name}"
            notes.append("Field renamed because it wasn't a valid Python identifier.")
        if name in used_column_names:
            number = 0
            while f"{name}_{number}" in used_column_names:
                number += 1
            name = f"{name}_{number}"
            notes.append("Field renamed because of name conflict.")
        if col_name.lower() != name and not (is_relation and name == col_name.lower()[:-3]) and notes:
            params["db_column"] = col_name
        return name, params, notes

    def normalize_table_name(self, table_name: str) -> str:
        """Turn a table's name into a class name."""
        return re.sub(r"[^a-zA-Z0-9]", "", table_name.title())

    def get_field_type(self, connection: Any, table_name: str, row: Any) -> tuple[str, dict[str, Any], list[str]]:
        """Give the class, arguments and notes of a column's field."""
        params: dict[str, Any] = {}
        notes: list[str] = []
        try:
            field_type = connection.introspection.get_field_type(row.type_code, row)
        except KeyError:
            field_type = "TextField"
            notes.append("This field type is a guess.")
        if field_type in {"CharField", "TextField"}:
            size = row.display_size
            if field_type == "CharField" and size and int(size) > 0:
                params["max_length"] = int(size)
            if row.collation:
                params["db_collation"] = row.collation
        if field_type == "DecimalField" and row.precision is not None and row.scale is not None:
            params["max_digits"] = row.precision
            params["decimal_places"] = row.scale
        return field_type, params, notes

    def get_meta(
        self,
        table_name: str,
        constraints: dict[str, Any],
        column_to_field_name: dict[str, str],
        is_view: bool,
        is_partition: bool,
        comment: str | None,
    ) -> list[str]:
        """Give the lines of the `Meta` class."""
        unique_together = []
        skipped = False
        for facts in constraints.values():
            if not facts["unique"] or facts["primary_key"]:
                continue
            columns = [column for column in facts["columns"] if column is not None]
            if len(columns) < len(facts["columns"]):
                skipped = True  # the rest are expressions, which no option can say
            if len(columns) > 1:
                unique_together.append(tuple(column_to_field_name[column] for column in columns))
        origin = "  # Created from a view." if is_view else "  # Created from a partition." if is_partition else ""
        lines = [""]
        if skipped:
            lines.append("    # A unique constraint could not be introspected.")
        lines += ["    class Meta:", f"        managed = False{origin}", f"        db_table = {table_name!r}"]
        if unique_together:
            lines.append(f"        unique_together = ({', '.join(map(repr, unique_together))},)")
        if comment:
            lines.append(f"        db_table_comment = {comment!r}")
        return lines


class _Table:
    """One table, read and written as a model."""

    def __init__(self, command: Command, connection: Any, cursor: Any, name: str, kind: str | None) -> None:
        self.command = command
        self.connection = connection
        self.cursor = cursor
        self.name = name
        self.kind = kind
        self.model_name = command.normalize_table_name(name)

    def read(self) -> None:
        """Ask the database for all that is needed."""
        introspection, cursor = self.connection.introspection, self.cursor
        try:
            self.relations = introspection.get_relations(cursor, self.name)
        except NotImplementedError:
            self.relations = {}
        try:
            self.constraints = introspection.get_constraints(cursor, self.name)
        except NotImplementedError:
            self.constraints = {}
        self.primary_key = introspection.get_primary_key_columns(cursor, self.name) or []
        self.unique = {
            facts["columns"][0] for facts in self.constraints.values() if facts["unique"] and len(facts["columns"]) == 1
        }
        self.columns = introspection.get_table_description(cursor, self.name)
        info = next((info for info in introspection.get_table_list(cursor) if info.name == self.name), None)
        self.comment = getattr(info, "comment", None)

    def lines(self, known_models: list[str]) -> Iterator[str]:
        """Give the lines of the class."""
        yield ""
        yield ""
        yield f"class {self.model_name}(models.Model):"
        names: list[str] = []
        field_of: dict[str, str] = {}
        related: set[str] = set()
        composite = len(self.primary_key) > 1
        body: list[str] = []
        for row in self.columns:
            relation = self.relations.get(row.name)
            name, params, notes = self.command.normalize_col_name(row.name, names, relation is not None)
            names.append(name)
            field_of[row.name] = name
            line = self._field_line(row, name, params, notes, relation, known_models, related)
            if line is not None:
                body.append(line)
        if composite:
            listed = ", ".join(repr(field_of[column]) for column in self.primary_key)
            yield f"    pk = models.CompositePrimaryKey({listed})"
        yield from body
        yield from self.command.get_meta(
            self.name, self.constraints, field_of, self.kind == "v", self.kind == "p", self.comment
        )

    def _field_line(
        self,
        row: Any,
        name: str,
        params: dict[str, Any],
        notes: list[str],
        relation: Any,
        known_models: list[str],
        related: set[str],
    ) -> str | None:
        extra: dict[str, Any] = {}
        key = self.primary_key == [row.name]
        if key:
            extra["primary_key"] = True
        elif row.name in self.unique:
            extra["unique"] = True
        arguments: list[str] = []
        if relation is not None:
            to_column, to_table, on_delete = relation
            one = extra.pop("unique", False) or extra.get("primary_key")
            field_type = "OneToOneField" if one else "ForeignKey"
            target = "self" if to_table == self.name else self.command.normalize_table_name(to_table)
            arguments.append(target if target in known_models else repr(target))
            arguments.append(f"models.{_rule_name(on_delete)}")
            to_key = self.connection.introspection.get_primary_key_column(self.cursor, to_table)
            if to_column and to_key and to_column != to_key:
                extra["to_field"] = to_column
            if to_table in related:  # the usual name is another relation's
                extra["related_name"] = f"{self.model_name.lower()}_{name}_set"
            related.add(to_table)
        else:
            field_type, type_params, type_notes = self.command.get_field_type(self.connection, self.name, row)
            extra.update(type_params)
            notes.extend(type_notes)
        if row.null_ok and row.name not in self.primary_key:  # SQLite allows NULL in keys; a model does not
            extra["blank"] = True
            extra["null"] = True
        if name == "id" and extra == {"primary_key": True}:
            if field_type == "AutoField":
                return None  # every model has it
            if field_type == self.connection.features.introspected_field_types["AutoField"]:
                notes.append("AutoField?")
        elif name == "id" and field_type in ("BigAutoField", "AutoField") and set(extra) == {"primary_key"}:
            return None
        if getattr(row, "comment", None):
            extra["db_comment"] = row.comment
        extra = _ordered({**params, **extra})
        arguments += [f"{key_name}={value!r}" for key_name, value in extra.items()]
        dotted = field_type if "." in field_type else f"models.{field_type}"
        line = f"    {name} = {dotted}({', '.join(arguments)})"
        return f"{line}  # {' '.join(notes)}" if notes else line


def _rule_name(on_delete: Any) -> str:
    return getattr(on_delete, "__name__", None) or "DO_NOTHING"


def _ordered(arguments: dict[str, Any]) -> dict[str, Any]:
    """Put `blank` and `null` behind what describes the column."""
    late: dict[str, Any] = {name: arguments.pop(name) for name in ("blank", "null", "db_comment") if name in arguments}
    return {**arguments, **late}
