"""The application's configuration."""

from __future__ import annotations

from typing import Any

from hotclub._orm.expressions.core import OrderBy
from hotclub._orm.functions.comparison import Collate
from hotclub._orm.index_expressions import IndexExpression
from hotclub.apps import AppConfig
from hotclub.contrib.postgres.indexes import OpClass
from hotclub.contrib.postgres.lookups import register_text_lookups, unregister_text_lookups
from hotclub.contrib.postgres.serializers import RangeSerializer
from hotclub.contrib.postgres.signals import register_type_handlers
from hotclub.core.signals import setting_changed
from hotclub.db import connections
from hotclub.db.backends.postgresql.psycopg_any import RANGE_TYPES
from hotclub.db.backends.signals import connection_created
from hotclub.db.migrations.writer import MigrationWriter
from hotclub.utils.translation import gettext_lazy as _

_INTROSPECTED = {
    3904: "hotclub.contrib.postgres.fields.IntegerRangeField",
    3906: "hotclub.contrib.postgres.fields.DecimalRangeField",
    3910: "hotclub.contrib.postgres.fields.DateTimeRangeField",
    3912: "hotclub.contrib.postgres.fields.DateRangeField",
    3926: "hotclub.contrib.postgres.fields.BigIntegerRangeField",
}
"""Range types by their fixed number, for `inspectdb`."""


def _uninstall(*, setting: str, value: Any, enter: bool, **kwargs: Any) -> None:
    """Take everything back when a test's settings with this application end."""
    if setting != "INSTALLED_APPS" or enter:
        return
    if any(str(each).startswith("hotclub.contrib.postgres") for each in value or ()):
        return
    setting_changed.disconnect(_uninstall)
    connection_created.disconnect(register_type_handlers)
    unregister_text_lookups()
    MigrationWriter.unregister_serializer(RANGE_TYPES)
    IndexExpression.register_wrappers(OrderBy, Collate)
    for connection in _postgresql_connections():
        for number in _INTROSPECTED:
            connection.introspection.data_types_reverse.pop(number, None)


def _postgresql_connections() -> list[Any]:
    return [each for each in connections.all(initialized_only=True) if each.vendor == "postgresql"]


class PostgresConfig(AppConfig):
    """Registers lookups, type handlers and serializers."""

    name = "hotclub.contrib.postgres"
    verbose_name = _("PostgreSQL extensions")

    def ready(self) -> None:
        """Register; connections that are open already learn the types now."""
        setting_changed.connect(_uninstall)
        for connection in _postgresql_connections():
            connection.introspection.data_types_reverse.update(_INTROSPECTED)
            if connection.connection is not None:
                register_type_handlers(connection)
        connection_created.connect(register_type_handlers)
        register_text_lookups()
        MigrationWriter.register_serializer(RANGE_TYPES, RangeSerializer)
        IndexExpression.register_wrappers(OrderBy, OpClass, Collate)
