"""A model with the types of PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.databases import TestDatabase

EXTENSIONS = ("hstore", "unaccent", "pg_trgm", "btree_gist")


@pytest.fixture
def stay(database: TestDatabase) -> Iterator[Any]:
    """A model with the types of PostgreSQL, its table and its extensions."""
    from hotclub.apps.registry import Apps
    from hotclub.contrib.postgres.constraints import ExclusionConstraint
    from hotclub.contrib.postgres.fields import (
        ArrayField,
        DateRangeField,
        DecimalRangeField,
        HStoreField,
        RangeOperators,
    )
    from hotclub.contrib.postgres.indexes import GinIndex
    from hotclub.contrib.postgres.search import SearchVectorField
    from hotclub.contrib.postgres.signals import forget_oids
    from hotclub.db import connection, models
    from hotclub.test.utils import modify_settings

    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM pg_available_extensions WHERE name = ANY(%s)", [list(EXTENSIONS)])
        missing = set(EXTENSIONS) - {name for (name,) in cursor.fetchall()}
        if missing:
            pytest.skip(f"this server lacks the extensions {sorted(missing)}: install its contrib package")
        for name in EXTENSIONS:
            cursor.execute(f'CREATE EXTENSION IF NOT EXISTS "{name}"')
    connection.close()
    forget_oids()

    with modify_settings(INSTALLED_APPS={"append": "hotclub.contrib.postgres"}):
        registry = Apps(["tests._orm.sample"])

        class Stay(models.Model):
            room = models.IntegerField()
            days = DateRangeField(null=True)
            prices = DecimalRangeField(null=True, default_bounds="[]")
            guests = ArrayField(models.CharField(max_length=20), default=list)
            grid = ArrayField(ArrayField(models.IntegerField(null=True)), default=list)
            extras = HStoreField(default=dict)
            note = models.TextField(default="")
            note_vector = SearchVectorField(null=True)

            class Meta:
                app_label = "sample"
                apps = registry
                indexes = [GinIndex(fields=["guests"], name="stay_guests", fastupdate=False)]
                constraints = [
                    ExclusionConstraint(
                        name="one_stay_at_a_time",
                        expressions=[("room", RangeOperators.EQUAL), ("days", RangeOperators.OVERLAPS)],
                    )
                ]

        with database.tables(Stay):
            yield Stay
