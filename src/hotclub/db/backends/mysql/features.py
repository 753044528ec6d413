"""What MySQL and MariaDB can do."""

from __future__ import annotations

from functools import cached_property

from hotclub.db.backends.base.features import BaseDatabaseFeatures


class DatabaseFeatures(BaseDatabaseFeatures):
    """MariaDB 10.6, MySQL 8.0.11, and later."""

    empty_fetchmany_value = ()
    allows_group_by_selected_pks = True
    related_fields_match_type = True
    allow_sliced_subqueries_with_in = False
    has_select_for_update = True
    supports_forward_references = False
    supports_regex_backreferencing = False
    supports_date_lookup_using_string = False
    supports_timezones = False
    requires_explicit_null_ordering_when_grouping = True
    atomic_transactions = False
    can_clone_databases = True
    supports_aggregate_order_by_clause = True
    supports_comments = True
    supports_comments_inline = True
    supports_temporal_subtraction = True
    supports_slicing_ordering_in_compound = True
    supports_index_on_text_field = False
    supports_over_clause = True
    supports_frame_range_fixed_distance = True
    supports_update_conflicts = True
    supports_partial_indexes = False
    collate_as_index_expression = True
    order_by_nulls_first = True
    supports_logical_xor = True
    supports_stored_generated_columns = True
    supports_virtual_generated_columns = True
    supports_on_delete_db_default = False
    supports_order_by_nulls_modifier = False
    supports_non_deterministic_collations = True
    supports_default_in_bit_aggregations = False
    can_release_savepoints = True
    has_native_json_field = False
    insert_test_table_with_defaults = "INSERT INTO {} () VALUES ()"
    create_test_procedure_without_params_sql = (
        "CREATE PROCEDURE test_procedure () BEGIN DECLARE V_I INTEGER; SET V_I = 1; END;"
    )
    create_test_procedure_with_int_param_sql = (
        "CREATE PROCEDURE test_procedure (P_I INTEGER) BEGIN DECLARE V_I INTEGER; SET V_I = P_I; END;"
    )
    test_now_utc_template = "UTC_TIMESTAMP(6)"
    introspected_field_types = {
        **BaseDatabaseFeatures.introspected_field_types,
        "BinaryField": "TextField",
        "BooleanField": "IntegerField",
        "DurationField": "BigIntegerField",
        "GenericIPAddressField": "CharField",
    }

    @cached_property
    def minimum_database_version(self) -> tuple[int, ...]:  # type: ignore[override]  # two products
        return (10, 6) if self.connection.mysql_is_mariadb else (8, 0, 11)

    @cached_property
    def test_collations(self) -> dict[str, str | None]:  # type: ignore[override]  # depends on the connection's charset
        charset = "utf8mb4"
        return {
            "ci": f"{charset}_general_ci",
            "non_default": f"{charset}_esperanto_ci",
            "swedish_ci": f"{charset}_swedish_ci",
            "virtual": f"{charset}_esperanto_ci",
            "cs": f"{charset}_bin",
        }

    @property
    def _mariadb(self) -> bool:
        return bool(self.connection.mysql_is_mariadb)

    @cached_property
    def _mysql_storage_engine(self) -> str:
        return str(self.connection.mysql_server_data["default_storage_engine"])

    @cached_property
    def supports_transactions(self) -> bool:
        return self._mysql_storage_engine != "MyISAM"

    @cached_property
    def uses_savepoints(self) -> bool:  # type: ignore[override]  # depends on the engine
        return self.supports_transactions

    @cached_property
    def supports_foreign_keys(self) -> bool:  # type: ignore[override]  # the same
        return self.supports_transactions

    @cached_property
    def can_introspect_foreign_keys(self) -> bool:  # type: ignore[override]  # the same
        return self.supports_transactions

    @cached_property
    def can_return_columns_from_insert(self) -> bool:  # type: ignore[override]  # MariaDB has RETURNING
        return self._mariadb

    @cached_property
    def can_return_rows_from_bulk_insert(self) -> bool:  # type: ignore[override]  # the same
        return self._mariadb

    @cached_property
    def update_can_self_select(self) -> bool:  # type: ignore[override]  # MariaDB 10.3
        return self._mariadb

    @cached_property
    def allows_auto_pk_0(self) -> bool:  # type: ignore[override]  # a mode of the server
        return "NO_AUTO_VALUE_ON_ZERO" in self.connection.sql_mode

    @cached_property
    def supports_json_negative_indexing(self) -> bool:  # type: ignore[override]  # MariaDB 10.9 has a syntax of its own
        return False

    @cached_property
    def uuid4_unsupported(self) -> str:  # type: ignore[override]  # two products
        return "UUID4 requires MariaDB version 11.7 or later." if self._mariadb else "UUID4 is not supported on MySQL."

    @cached_property
    def uuid7_unsupported(self) -> str:  # type: ignore[override]  # the same
        return "UUID7 requires MariaDB version 11.7 or later." if self._mariadb else "UUID7 is not supported on MySQL."

    @cached_property
    def has_native_uuid_field(self) -> bool:  # type: ignore[override]  # since MariaDB 10.7
        return self._mariadb and self.connection.mysql_version >= (10, 7)

    @cached_property
    def can_rename_index(self) -> bool:  # type: ignore[override]  # both can, by now
        return True

    @cached_property
    def supports_expression_indexes(self) -> bool:  # type: ignore[override]  # MySQL 8.0.13
        return not self._mariadb and self.connection.mysql_version >= (8, 0, 13)

    @cached_property
    def supports_expression_defaults(self) -> bool:  # type: ignore[override]  # the same
        return self._mariadb or self.connection.mysql_version >= (8, 0, 13)

    @cached_property
    def supports_default_keyword_in_insert(self) -> bool:  # type: ignore[override]  # MariaDB misreads it beside defaults
        return not self._mariadb

    @cached_property
    def supports_default_keyword_in_bulk_insert(self) -> bool:  # type: ignore[override]  # the same
        return self.supports_default_keyword_in_insert

    @cached_property
    def supports_column_check_constraints(self) -> bool:  # type: ignore[override]  # MySQL 8.0.16
        return self._mariadb or self.connection.mysql_version >= (8, 0, 16)

    @cached_property
    def supports_table_check_constraints(self) -> bool:  # type: ignore[override]  # the same
        return self.supports_column_check_constraints

    @cached_property
    def can_introspect_check_constraints(self) -> bool:  # type: ignore[override]  # the same
        return self.supports_column_check_constraints

    @cached_property
    def has_select_for_update_skip_locked(self) -> bool:  # type: ignore[override]  # both, by now
        return True

    @cached_property
    def has_select_for_update_nowait(self) -> bool:  # type: ignore[override]  # both
        return True

    @cached_property
    def has_select_for_update_of(self) -> bool:  # type: ignore[override]  # MySQL only
        return not self._mariadb

    @cached_property
    def supports_select_intersection(self) -> bool:  # type: ignore[override]  # MySQL 8.0.31
        return self._mariadb or self.connection.mysql_version >= (8, 0, 31)

    @cached_property
    def supports_select_difference(self) -> bool:  # type: ignore[override]  # the same
        return self.supports_select_intersection

    @cached_property
    def can_introspect_json_field(self) -> bool:  # type: ignore[override]  # MariaDB: from the check constraint
        return True

    @cached_property
    def supports_index_column_ordering(self) -> bool:  # type: ignore[override]  # MariaDB 10.8
        return not self._mariadb or self.connection.mysql_version >= (10, 8)

    @cached_property
    def ignores_table_name_case(self) -> bool:  # type: ignore[override]  # a setting of the server
        return bool(self.connection.mysql_server_data["lower_case_table_names"])

    @cached_property
    def supported_explain_formats(self) -> set[str]:  # type: ignore[override]  # two products
        return {"JSON", "TEXT", "TRADITIONAL"} | (set() if self._mariadb else {"TREE"})

    @cached_property
    def is_sql_auto_is_null_enabled(self) -> bool:
        return bool(self.connection.mysql_server_data["sql_auto_is_null"])
