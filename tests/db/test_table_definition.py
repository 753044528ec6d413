"""Reading CREATE TABLE texts."""

from __future__ import annotations

from hotclub.db.backends.sqlite3.table_definition import index_orders, parse_table


def test_constraints_of_columns_and_tables() -> None:
    table = parse_table(
        """CREATE TABLE "t" ("id" integer PRIMARY KEY, -- a comment, with a comma
        [a b] varchar(10) COLLATE nocase CONSTRAINT "n" UNIQUE CHECK (length("a b") > 1 AND "a b" != 'x, (y'),
        c int, CONSTRAINT `both` UNIQUE ("a b", c), CHECK (c > 0), FOREIGN KEY (c) REFERENCES o (id))""",
        {"id", "a b", "c"},
    )
    assert [(found.name, found.columns, found.is_check) for found in table.constraints] == [
        ("n", ["a b"], False),
        (None, ["a b"], True),
        ("both", ["a b", "c"], False),
        (None, ["c"], True),
    ]
    assert table.collations == {"a b": "nocase"}


def test_orders_of_index_columns() -> None:
    assert index_orders('CREATE INDEX "i" ON "t" ("a" DESC, upper("b"), "desc", c ASC)') == [
        "DESC",
        "ASC",
        "ASC",
        "ASC",
    ]
