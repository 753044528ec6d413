"""Statements as text: names only from the quoter, keywords only from enums, what differs by dialect."""

from __future__ import annotations

import pytest

from hotclub._sql.dialect import Dialect
from hotclub._sql.dialects import get_dialect
from hotclub._sql.identifiers import Identifier
from hotclub._sql.keywords import JoinKind, SetOperator
from hotclub._sql.nodes import Column, CompoundSelect, Delete, Fragment, Insert, Join, Select, TableSource, Update

SQLITE, MYSQL, POSTGRESQL = get_dialect("sqlite"), get_dialect("mysql"), get_dialect("postgresql")


def book_query(dialect: Dialect, **changes: object) -> Select:
    quote = dialect.quote
    parts: dict[str, object] = {
        "columns": [Column(Fragment('"b"."id"')), Column(Fragment("COUNT(%s)", (1,)), quote("n"))],
        "sources": [TableSource(quote("book"), quote("b"))],
        "joins": [Join(JoinKind.LEFT_OUTER, quote("author"), None, Fragment("a = b"))],
        "where": Fragment("x = %s", (2,)),
        "group_by": [Fragment("1")],
        "having": Fragment("n > %s", (3,)),
        "order_by": [Fragment("2 DESC")],
        **changes,
    }
    return Select(**parts)  # type: ignore[arg-type]  # a test's own parts


def test_a_select_is_written_in_order_with_its_parameters() -> None:
    sql, params = SQLITE.writer.write(book_query(SQLITE, limit=5, offset=2, distinct=True))
    assert sql == (
        'SELECT DISTINCT "b"."id", COUNT(%s) AS "n" FROM "book" "b" LEFT OUTER JOIN "author" ON (a = b) '
        "WHERE x = %s GROUP BY 1 HAVING n > %s ORDER BY 2 DESC LIMIT 5 OFFSET 2"
    )
    assert params == (1, 2, 3)


@pytest.mark.parametrize(
    ("dialect", "expected"),
    [(SQLITE, "LIMIT -1 OFFSET 3"), (MYSQL, "LIMIT 18446744073709551615 OFFSET 3"), (POSTGRESQL, "OFFSET 3")],
)
def test_an_offset_alone_is_written_as_each_database_wants_it(dialect: Dialect, expected: str) -> None:
    assert dialect.limit_offset(None, 3) == expected


def test_the_other_statements() -> None:
    quote = SQLITE.quote
    write = SQLITE.writer.write
    assert write(Update(quote("t"), [(quote("a"), Fragment("%s", (1,)))], Fragment("b = %s", (2,)))) == (
        'UPDATE "t" SET "a" = %s WHERE b = %s',
        (1, 2),
    )
    assert write(Delete(quote("t"))) == ('DELETE FROM "t"', ())
    rows = [[Fragment("%s", (1,)), Fragment("DEFAULT")], [Fragment("%s", (2,)), Fragment("NULL")]]
    assert write(Insert(quote("t"), [quote("a"), quote("b")], rows, returning=[quote("id")])) == (
        'INSERT INTO "t" ("a", "b") VALUES (%s, DEFAULT), (%s, NULL) RETURNING "id"',
        (1, 2),
    )
    parts = [Fragment("SELECT %s", (1,)), Fragment("SELECT %s", (2,))]
    assert write(CompoundSelect(SetOperator.UNION_ALL, parts, limit=1)) == (
        "SELECT %s UNION ALL SELECT %s LIMIT 1",
        (1, 2),
    )


def test_only_the_quoter_makes_names() -> None:
    with pytest.raises(TypeError, match="quote"):
        Identifier("book")
    with pytest.raises(TypeError, match="quoted by a dialect"):
        SQLITE.writer.write(Delete("book; DROP TABLE book"))  # type: ignore[arg-type]  # hostile on purpose


@pytest.mark.parametrize("name", ['a"b', 'a" FROM x --', "50%", "a'b", '"', '""'])
def test_a_quoted_name_cannot_end_early(name: str) -> None:
    text = SQLITE.quote(name)
    assert text.startswith('"')
    assert text.endswith('"')
    assert '"' not in text[1:-1].replace('""', "")
    assert "%" not in text.replace("%%", "")


@pytest.mark.parametrize("name", ["", "a\x00b"])
def test_what_can_be_no_name_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="cannot be the name"):
        SQLITE.quote(name)


def test_nulls_are_ordered_without_the_modifier_where_there_is_none() -> None:
    assert MYSQL.order_by_form("x", descending=False, nulls_first=True, nulls_last=False) == ("x", 1)
    assert MYSQL.order_by_form("x", descending=False, nulls_first=False, nulls_last=True) == (
        "%(expression)s IS NULL, x",
        2,
    )
    assert SQLITE.order_by_form("x", descending=True, nulls_first=False, nulls_last=True) == ("x NULLS LAST", 1)
