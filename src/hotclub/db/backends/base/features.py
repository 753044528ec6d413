"""What a database can do: flags that the ORM, the migrations and the tests ask.

Code above the backends asks a flag, never the vendor. A flag's default here is what most databases do.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

from hotclub.db.backends.base.part import ConnectionPart
from hotclub.db.utils import DatabaseError, ProgrammingError


class BaseDatabaseFeatures(ConnectionPart):
    """Capability flags of a database; a backend overrides those in which it differs."""

    minimum_database_version: tuple[int, ...] | None = None
    gis_enabled = False

    # -- inserting, returning, bulk --
    has_bulk_insert = True
    can_return_columns_from_insert = False
    can_return_rows_from_bulk_insert = False
    can_return_rows_from_update = False
    supports_default_keyword_in_insert = True
    supports_default_keyword_in_bulk_insert = True
    supports_ignore_conflicts = True
    supports_update_conflicts = False
    supports_update_conflicts_with_target = False
    supports_unspecified_pk = False
    allows_auto_pk_0 = True
    max_query_params: int | None = None
    insert_test_table_with_defaults: str | None = None

    # -- reading --
    can_use_chunked_reads = True
    empty_fetchmany_value: Any = []
    closed_cursor_error_class: type[Exception] = ProgrammingError
    can_distinct_on_fields = False
    allow_sliced_subqueries_with_in = True
    bare_select_suffix = ""
    update_can_self_select = True
    delete_can_self_reference_subquery = True
    interprets_empty_strings_as_nulls = False
    has_select_for_update = False
    has_select_for_update_nowait = False
    has_select_for_update_skip_locked = False
    has_select_for_update_of = False
    has_select_for_no_key_update = False
    select_for_update_of_column = False
    supports_select_for_update_with_limit = True
    for_update_after_from = False
    supported_explain_formats: set[str] = set()
    supports_explaining_query_execution = True
    uses_server_side_binding = False
    supports_paramstyle_pyformat = True

    # -- grouping, aggregates, windows --
    allows_group_by_lob = True
    allows_group_by_selected_pks = False
    allows_group_by_select_index = True
    requires_explicit_null_ordering_when_grouping = False
    supports_subqueries_in_group_by = True
    supports_aggregate_filter_clause = False
    supports_aggregate_order_by_clause = False
    supports_aggregate_distinct_multiple_argument = True
    supports_any_value = False
    supports_bit_aggregations = True
    supports_default_in_bit_aggregations = True
    supports_over_clause = False
    supports_frame_range_fixed_distance = False
    supports_frame_exclusion = False
    only_supports_unbounded_with_preceding_and_following = False
    supports_default_in_lead_lag = True

    # -- set operations --
    supports_select_union = True
    supports_select_intersection = True
    supports_select_difference = True
    supports_slicing_ordering_in_compound = False
    supports_parentheses_in_compound = True
    requires_compound_order_by_subquery = False

    # -- ordering and null --
    nulls_order_largest = False
    order_by_nulls_first = False
    supports_order_by_nulls_modifier = True
    ignores_unnecessary_order_by_in_subqueries = True
    greatest_least_ignores_nulls = False

    # -- expressions --
    supports_boolean_expr_in_select_clause = True
    supports_comparing_boolean_expr = True
    supports_logical_xor = False
    supports_cast_with_precision = True
    supports_tuple_lookups = True
    supports_tuple_comparison_against_subquery = True
    requires_casted_case_in_updates = False
    # Whether many rows are updated fastest by one prepared statement that is repeated: no network lies in between.
    repeats_updates_cheaply = False
    rounds_to_even = False
    supports_regex_backreferencing = True
    has_case_insensitive_like = False
    pattern_lookup_needs_param_pattern = True
    supports_uuid4_function = False
    supports_uuid4_function_in_default = False
    supports_uuid7_function = False
    uuid4_unsupported = "UUID4 is not supported on this database backend."
    uuid7_unsupported = "UUID7 is not supported on this database backend."
    supports_uuid7_function_shift = False

    # -- types --
    has_native_uuid_field = False
    has_native_duration_field = False
    has_native_json_field = False
    has_native_boolean_field = False
    has_real_datatype = False
    supports_unlimited_charfield = False
    supports_no_precision_decimalfield = False
    related_fields_match_type = False
    supports_timezones = True
    has_zoneinfo_database = True
    supports_temporal_subtraction = False
    supports_date_lookup_using_string = True
    time_cast_precision = 6
    prohibits_null_characters_in_text_exception: tuple[type[Exception], str] | None = None

    # -- JSON --
    supports_json_field = True
    supports_json_field_contains = True
    supports_primitives_in_json_field = True
    supports_json_negative_indexing = True
    has_json_operators = False
    has_json_object_function = True
    json_key_contains_list_matching_requires_list = False
    can_introspect_json_field = True

    # -- transactions --
    uses_savepoints = True
    can_release_savepoints = False
    atomic_transactions = True
    can_rollback_ddl = False
    can_defer_constraint_checks = False
    test_db_allows_multiple_connections = True
    connection_persists_old_columns = False

    # -- schema --
    supports_tablespaces = False
    supports_sequence_reset = True
    supports_forward_references = True
    supports_foreign_keys = True
    can_create_inline_fk = True
    indexes_foreign_keys = True
    supports_on_delete_db_cascade = True
    supports_on_delete_db_default = True
    supports_on_delete_db_null = True
    supports_column_check_constraints = True
    supports_table_check_constraints = True
    can_introspect_check_constraints = True
    can_introspect_default = True
    can_introspect_foreign_keys = True
    can_introspect_materialized_views = False
    supports_inspectdb = True
    supports_combined_alters = False
    supports_comments = False
    supports_comments_inline = False
    supports_partial_indexes = True
    supports_functions_in_partial_indexes = True
    supports_expression_indexes = True
    supports_covering_indexes = False
    supports_index_column_ordering = True
    supports_index_on_text_field = True
    collate_as_index_expression = False
    can_rename_index = False
    allows_multiple_constraints_on_same_fields = True
    supports_nullable_unique_constraints = True
    supports_partially_nullable_unique_constraints = True
    supports_nulls_distinct_unique_constraints = False
    supports_deferrable_unique_constraints = False
    supports_collation_on_charfield = True
    supports_collation_on_textfield = True
    supports_non_deterministic_collations = True
    supports_expression_defaults = True
    requires_literal_defaults = False
    implied_column_null = False
    supports_stored_generated_columns = False
    supports_virtual_generated_columns = False
    supports_alter_generated_column_data_type = True
    schema_editor_uses_clientside_param_binding = False
    truncates_names = False
    ignores_table_name_case = False
    supports_callproc_kwargs = False

    # -- what the tests need to know --
    can_clone_databases = False
    create_test_procedure_without_params_sql: str | None = None
    create_test_procedure_with_int_param_sql: str | None = None
    test_collations: dict[str, str | None] = {
        "ci": None,
        "cs": None,
        "non_default": None,
        "swedish_ci": None,
        "virtual": None,
    }
    test_now_utc_template: str | None = None
    django_test_expected_failures: set[str] = set()
    django_test_skips: dict[str, set[str]] = {}
    disallowed_simple_test_case_connection_methods: list[tuple[str, str]] = [
        ("connect", "connections"),
        ("temporary_connection", "connections"),
        ("cursor", "queries"),
        ("chunked_cursor", "queries"),
    ]
    introspected_field_types: dict[str, str] = {
        name: name
        for name in (
            "AutoField",
            "BigAutoField",
            "BigIntegerField",
            "BinaryField",
            "BooleanField",
            "CharField",
            "DurationField",
            "GenericIPAddressField",
            "IntegerField",
            "PositiveBigIntegerField",
            "PositiveIntegerField",
            "PositiveSmallIntegerField",
            "SmallAutoField",
            "SmallIntegerField",
            "TimeField",
        )
    }

    @cached_property
    def supports_transactions(self) -> bool:
        """Whether a rollback takes writes back; found by trying on a scratch table."""
        probe = "ROLLBACK_TEST"
        with self.connection.cursor() as cursor:
            cursor.execute(f"CREATE TABLE {probe} (X INT)")
            self.connection.set_autocommit(False)
            cursor.execute(f"INSERT INTO {probe} (X) VALUES (8)")
            self.connection.rollback()
            self.connection.set_autocommit(True)
            cursor.execute(f"SELECT COUNT(X) FROM {probe}")
            (left,) = cursor.fetchone()
            cursor.execute(f"DROP TABLE {probe}")
        return bool(left == 0)

    def allows_group_by_selected_pks_on_model(self, model: Any) -> bool:
        """Say whether grouping by a model's primary key alone suffices."""
        return bool(self.allows_group_by_selected_pks and model._meta.managed)

    @cached_property
    def supports_explaining(self) -> bool:
        """Whether a query can be explained at all."""
        try:
            return self.connection.ops.explain_prefix is not None
        except DatabaseError:
            return False
