"""What PostgreSQL can do."""

from __future__ import annotations

from functools import cached_property

from hotclub.db.backends.base.features import BaseDatabaseFeatures
from hotclub.db.utils import DataError, InterfaceError


class DatabaseFeatures(BaseDatabaseFeatures):
    """PostgreSQL 15 and later."""

    minimum_database_version = (15,)
    allows_group_by_selected_pks = True
    can_return_columns_from_insert = True
    can_return_rows_from_bulk_insert = True
    can_return_rows_from_update = True
    has_real_datatype = True
    has_native_uuid_field = True
    has_native_duration_field = True
    has_native_json_field = True
    has_native_boolean_field = True
    can_defer_constraint_checks = True
    has_select_for_update = True
    has_select_for_update_nowait = True
    has_select_for_update_of = True
    has_select_for_update_skip_locked = True
    has_select_for_no_key_update = True
    can_release_savepoints = True
    supports_comments = True
    supports_tablespaces = True
    supports_transactions = True  # pyright: ignore[reportAssignmentType]  # known, not probed
    can_introspect_materialized_views = True
    can_distinct_on_fields = True
    can_rollback_ddl = True
    schema_editor_uses_clientside_param_binding = True
    supports_combined_alters = True
    nulls_order_largest = True
    closed_cursor_error_class = InterfaceError
    greatest_least_ignores_nulls = True
    can_clone_databases = True
    supports_temporal_subtraction = True
    supports_slicing_ordering_in_compound = True
    requires_casted_case_in_updates = True
    supports_over_clause = True
    supports_frame_exclusion = True
    only_supports_unbounded_with_preceding_and_following = True
    supports_aggregate_filter_clause = True
    supports_aggregate_order_by_clause = True
    supported_explain_formats = {"JSON", "TEXT", "XML", "YAML"}
    supports_deferrable_unique_constraints = True
    supports_update_conflicts = True
    supports_update_conflicts_with_target = True
    supports_covering_indexes = True
    supports_stored_generated_columns = True
    supports_virtual_generated_columns = False
    supports_nulls_distinct_unique_constraints = True
    supports_no_precision_decimalfield = True
    supports_unlimited_charfield = True
    supports_uuid4_function = True
    uuid7_unsupported = "UUID7 requires PostgreSQL version 18 or later."
    supports_uuid4_function_in_default = True
    can_rename_index = True
    has_json_operators = True
    json_key_contains_list_matching_requires_list = True
    prohibits_null_characters_in_text_exception = (
        DataError,
        "PostgreSQL text fields cannot contain NUL (0x00) bytes",
    )
    insert_test_table_with_defaults = "INSERT INTO {} DEFAULT VALUES"
    test_now_utc_template = "STATEMENT_TIMESTAMP() AT TIME ZONE 'UTC'"
    test_collations = {
        "deterministic": "C",
        "non_default": "sv-x-icu",
        "swedish_ci": "sv-x-icu",
        "virtual": "sv-x-icu",
    }
    create_test_procedure_without_params_sql = """
        CREATE FUNCTION test_procedure () RETURNS void AS $$
        DECLARE V_I INTEGER;
        BEGIN
            V_I := 1;
        END;
    $$ LANGUAGE plpgsql;"""
    create_test_procedure_with_int_param_sql = """
        CREATE FUNCTION test_procedure (P_I INTEGER) RETURNS void AS $$
        DECLARE V_I INTEGER;
        BEGIN
            V_I := P_I;
        END;
    $$ LANGUAGE plpgsql;"""
    django_test_skips = {
        "opclasses are PostgreSQL only.": {
            "indexes.tests.SchemaIndexesNotPostgreSQLTests.test_create_index_ignores_opclasses",
        },
        "PostgreSQL requires casting to text.": {"lookup.tests.LookupTests.test_textfield_exact_null"},
    }
    introspected_field_types = {
        **BaseDatabaseFeatures.introspected_field_types,
        "PositiveBigIntegerField": "BigIntegerField",
        "PositiveIntegerField": "IntegerField",
        "PositiveSmallIntegerField": "SmallIntegerField",
    }

    @property
    def uses_server_side_binding(self) -> bool:  # type: ignore[override]  # an option of the connection
        return bool(self.connection.settings_dict["OPTIONS"].get("server_side_binding"))

    def _version_is(self, number: int) -> bool:
        return bool(self.connection.pg_version >= number * 10_000)

    @cached_property
    def is_postgresql_16(self) -> bool:
        return self._version_is(16)

    @cached_property
    def is_postgresql_17(self) -> bool:
        return self._version_is(17)

    @cached_property
    def is_postgresql_18(self) -> bool:
        return self._version_is(18)

    @property
    def supports_any_value(self) -> bool:  # type: ignore[override]  # since PostgreSQL 16
        return self.is_postgresql_16
