"""Registers the ORM's `on_delete` rules with the introspection of databases, which lies below and names actions only."""

from __future__ import annotations

from hotclub._orm.deletion_rules import DB_CASCADE, DB_SET_DEFAULT, DB_SET_NULL, DO_NOTHING
from hotclub.db.backends.base.introspection import BaseDatabaseIntrospection

BaseDatabaseIntrospection.on_delete_types.update(
    {
        "CASCADE": DB_CASCADE,
        "NO ACTION": DO_NOTHING,
        "SET DEFAULT": DB_SET_DEFAULT,
        "SET NULL": DB_SET_NULL,
    }
)
