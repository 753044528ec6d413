"""`createcachetable`: make the tables of database caches."""

from __future__ import annotations

from typing import Any

from hotclub.conf import settings
from hotclub.core.cache import caches
from hotclub.core.cache.backends.db import BaseDatabaseCache
from hotclub.core.management.base import BaseCommand, CommandError, CommandParser
from hotclub.db import DEFAULT_DB_ALIAS, DatabaseError, connections, models, router, transaction


class Command(BaseCommand):
    """Make a table for each cache of `CACHES` that needs one, or for those named."""

    help = "Creates the tables needed to use the SQL cache backend."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "args",
            metavar="table_name",
            nargs="*",
            help="Optional table names. Otherwise, settings.CACHES is used to find cache tables.",
        )
        parser.add_argument(
            "--database",
            default=DEFAULT_DB_ALIAS,
            choices=tuple(connections),
            help='Nominates a database onto which the cache tables will be installed. Defaults to the "default" database.',
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="Does not create the table, just prints the SQL that would be run."
        )

    def handle(self, *tablenames: str, **options: Any) -> None:
        self.verbosity = options["verbosity"]
        names = list(tablenames)
        if not names:
            backends = (caches[alias] for alias in settings.CACHES)
            names = [cache._table for cache in backends if isinstance(cache, BaseDatabaseCache)]
        for name in names:
            self.create_table(options["database"], name, options["dry_run"])

    def create_table(self, database: str, tablename: str, dry_run: bool) -> None:
        """Make one table, unless it is there or the routers keep it out of this database."""
        cache = BaseDatabaseCache(tablename, {})
        if not router.allow_migrate_model(database, cache.cache_model_class):
            return
        connection = connections[database]
        if tablename in connection.introspection.table_names():
            if self.verbosity > 0:
                self.stdout.write(f"Cache table '{tablename}' already exists.")
            return
        statements = self._statements(connection, tablename)
        if dry_run:
            for sql in statements:
                self.stdout.write(sql)
            return
        try:
            with (
                transaction.atomic(using=database, savepoint=connection.features.can_rollback_ddl),
                connection.cursor() as cursor,
            ):
                for sql in statements:
                    cursor.execute(sql)
        except DatabaseError as error:
            raise CommandError(f"Cache table '{tablename}' could not be created.\nThe error was: {error}.") from error
        if self.verbosity > 1:
            self.stdout.write(f"Cache table '{tablename}' created.")

    @staticmethod
    def _statements(connection: Any, tablename: str) -> list[str]:
        quote = connection.ops.quote_name
        fields = (
            # A primary key on a text needs its length said, so it is no TextField.
            models.CharField(name="cache_key", max_length=255, unique=True, primary_key=True),
            models.TextField(name="value"),
            models.DateTimeField(name="expires", db_index=True),
        )
        columns, indexes = [], []
        for field in fields:
            parts = [quote(field.name), field.db_type(connection=connection), "" if field.null else "NOT NULL"]
            if field.primary_key:
                parts.append("PRIMARY KEY")
            elif field.unique:
                parts.append("UNIQUE")
            if field.db_index:
                unique = "UNIQUE " if field.unique else ""
                index = quote(f"{tablename}_{field.name}")
                indexes.append(f"CREATE {unique}INDEX {index} ON {quote(tablename)} ({quote(field.name)});")
            columns.append(" ".join(filter(None, parts)))
        body = ",\n    ".join(columns)
        return [f"CREATE TABLE {quote(tablename)} (\n    {body}\n);", *indexes]
