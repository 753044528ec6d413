"""What SQLite can do."""

from __future__ import annotations

import sqlite3
import uuid
from functools import cached_property

from hotclub.db.backends.base.features import BaseDatabaseFeatures
from hotclub.db.utils import OperationalError


class DatabaseFeatures(BaseDatabaseFeatures):
    """SQLite 3.37 and later."""

    minimum_database_version = (3, 37)
    test_db_allows_multiple_connections = False
    supports_timezones = False
    supports_temporal_subtraction = True
    ignores_table_name_case = True
    time_cast_precision = 3
    can_release_savepoints = True
    has_case_insensitive_like = True
    supports_parentheses_in_compound = False
    can_defer_constraint_checks = True
    supports_over_clause = True
    supports_frame_range_fixed_distance = True
    supports_frame_exclusion = True
    supports_aggregate_filter_clause = True
    supports_aggregate_distinct_multiple_argument = False
    supports_any_value = True
    order_by_nulls_first = True
    supports_json_field_contains = False
    supports_update_conflicts = True
    supports_update_conflicts_with_target = True
    supports_stored_generated_columns = True
    supports_virtual_generated_columns = True
    requires_literal_defaults = True
    supports_default_keyword_in_insert = False
    supports_default_keyword_in_bulk_insert = False
    supports_unlimited_charfield = True
    supports_no_precision_decimalfield = True
    supports_cast_with_precision = False
    supports_unspecified_pk = True
    supports_uuid4_function = True
    uuid7_unsupported = "UUID7 on SQLite requires Python version 3.14 or later."
    supports_uuid4_function_in_default = True
    supports_uuid7_function = hasattr(uuid, "uuid7")
    can_clone_databases = True
    can_return_columns_from_insert = True
    can_return_rows_from_bulk_insert = True
    can_return_rows_from_update = True
    # DDL takes part in transactions, once the driver leaves BEGIN and COMMIT to us.
    can_rollback_ddl = True
    can_create_inline_fk = False
    insert_test_table_with_defaults = 'INSERT INTO {} ("null") VALUES (1)'
    test_collations = {
        "ci": "nocase",
        "cs": "binary",
        "non_default": "nocase",
        "swedish_ci": None,
        "virtual": "nocase",
    }
    django_test_expected_failures = {"expressions.tests.FTimeDeltaTests.test_mixed_comparisons1"}
    django_test_skips = {
        "SQLite stores values rounded to 15 significant digits.": {
            "model_fields.test_decimalfield.DecimalFieldTests.test_fetch_from_db_without_float_rounding",
        },
        "SQLite naively remakes the table on field alteration.": {
            "schema.tests.SchemaTests.test_unique_no_unnecessary_fk_drops",
            "schema.tests.SchemaTests.test_rename_column_renames_deferred_sql_references",
            "schema.tests.SchemaTests.test_alter_field_default_doesnt_perform_queries",
            "schema.tests.SchemaTests.test_unique_and_reverse_m2m",
        },
        "SQLite doesn't support negative precision for ROUND().": {
            "db_functions.math.test_round.RoundTests.test_float_with_negative_precision",
            "db_functions.math.test_round.RoundTests.test_decimal_with_negative_precision",
            "db_functions.math.test_round.RoundTests.test_integer_with_negative_precision",
            "db_functions.math.test_round.RoundTests.test_null_with_negative_precision",
        },
        "The actual query cannot be determined on SQLite": {
            "backends.base.test_base.ExecuteWrapperTests.test_wrapper_debug",
        },
        "the sqlite backend's close() method is a no-op when using an in-memory database": {
            "servers.tests.LiveServerTestCloseConnectionTest.test_closes_connections",
            "servers.test_liveserverthread.LiveServerThreadTest.test_closes_connections",
        },
        "For SQLite in-memory tests, closing the connection destroys the database.": {
            "test_utils.tests.AssertNumQueriesUponConnectionTests.test_ignores_connection_configuration_queries",
        },
        "SQLite does not parse escaped double quotes in the JSON path notation": {
            "model_fields.test_jsonfield.TestQuerying.test_lookups_special_chars_double_quotes",
        },
    }

    @cached_property
    def atomic_transactions(self) -> bool:  # type: ignore[override]  # computed here, constant in the base
        return False

    repeats_updates_cheaply = True

    @property
    def max_query_params(self) -> int:  # type: ignore[override]  # depends on how SQLite was compiled
        """The most parameters a statement may have."""
        self.connection.ensure_connection()
        return int(self.connection.connection.getlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER))

    @cached_property
    def supports_json_field(self) -> bool:  # type: ignore[override]  # JSON functions may be compiled out
        with self.connection.cursor() as cursor:
            try:
                cursor.execute('SELECT JSON(\'{"a": "b"}\')')
            except OperationalError:
                return False
        return True

    @property
    def can_introspect_json_field(self) -> bool:  # type: ignore[override]  # the same
        return self.supports_json_field

    @property
    def has_json_object_function(self) -> bool:  # type: ignore[override]  # the same
        return self.supports_json_field

    @cached_property
    def introspected_field_types(self) -> dict[str, str]:  # type: ignore[override]  # types share SQLite's storage classes
        return {
            **BaseDatabaseFeatures.introspected_field_types,
            "BigAutoField": "AutoField",
            "DurationField": "BigIntegerField",
            "GenericIPAddressField": "CharField",
            "SmallAutoField": "AutoField",
        }
