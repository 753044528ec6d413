"""The table of applied migrations, `django_migrations`."""

from __future__ import annotations

from typing import Any, ClassVar

from hotclub.apps.registry import Apps
from hotclub.db import models
from hotclub.db.migrations.exceptions import MigrationSchemaMissing
from hotclub.db.utils import DatabaseError
from hotclub.utils.timezone import now

_record_model: Any = None


def record_model() -> Any:
    """Give the model of the table. It lives in a registry of its own, made when first wanted."""
    global _record_model
    if _record_model is None:

        class Migration(models.Model):
            app = models.CharField(max_length=255)
            name = models.CharField(max_length=255)
            applied = models.DateTimeField(default=now)

            class Meta:
                apps = Apps()
                app_label = "migrations"
                db_table = "django_migrations"

            def __str__(self) -> str:
                return f"Migration {self.name} for {self.app}"

        _record_model = Migration
    return _record_model


class _RecordModel:
    """Gives the model as a class attribute, without making it at import."""

    def __get__(self, instance: object, owner: type | None = None) -> Any:
        return record_model()


class MigrationRecorder:
    """Reads and writes which migrations are applied on a database."""

    Migration: ClassVar[Any] = _RecordModel()

    def __init__(self, connection: Any) -> None:
        self.connection = connection
        self._has_table = False

    @property
    def migration_qs(self) -> Any:
        """All records on this database."""
        return self.Migration.objects.using(self.connection.alias)

    def has_table(self) -> bool:
        """Say whether the table exists; a yes is remembered."""
        if not self._has_table:
            with self.connection.cursor() as cursor:
                tables = self.connection.introspection.table_names(cursor)
            self._has_table = self.Migration._meta.db_table in tables
        return self._has_table

    def ensure_schema(self) -> None:
        """Create the table if it does not exist."""
        if self.has_table():
            return
        try:
            with self.connection.schema_editor() as editor:
                editor.create_model(self.Migration)
        except DatabaseError as error:
            raise MigrationSchemaMissing(f"Unable to create the django_migrations table ({error})") from error

    def applied_migrations(self) -> dict[tuple[str, str], Any]:
        """Give the records by (app label, name)."""
        if not self.has_table():
            return {}
        return {(record.app, record.name): record for record in self.migration_qs}

    def record_applied(self, app: str, name: str) -> None:
        """Record a migration as applied."""
        self.ensure_schema()
        self.migration_qs.create(app=app, name=name)

    def record_unapplied(self, app: str, name: str) -> None:
        """Take the record of a migration away."""
        self.ensure_schema()
        self.migration_qs.filter(app=app, name=name).delete()

    def flush(self) -> None:
        """Delete all records, as a test of migrations may want."""
        self.migration_qs.all().delete()
