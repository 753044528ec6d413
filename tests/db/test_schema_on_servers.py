"""Changes of columns that a server takes in its own way."""

from __future__ import annotations

from typing import Any

import pytest

from hotclub.apps.registry import Apps
from hotclub.db import DatabaseError, connection, models
from tests.databases import TestDatabase


def model(kind: str, /, registry: Apps | None = None, **fields: Any) -> Any:
    """Make a model of a registry of its own, or of one it shares; models of one kind describe the same table."""
    registry = registry or Apps(["tests._orm.sample"])
    meta = type("Meta", (), {"app_label": "sample", "db_table": f"changed_{kind}", "apps": registry})
    return type(kind, (models.Model,), {"__module__": __name__, "Meta": meta, **fields})


def alter(table: Any, name: str, field: Any) -> Any:
    """Change one field of a model's table; gives the new field."""
    field.set_attributes_from_name(name)
    field.model = table
    with connection.schema_editor() as editor:
        editor.alter_field(table, table._meta.get_field(name), field, strict=True)
    return field


def primary_key(table: Any) -> str | None:
    with connection.cursor() as cursor:
        found = connection.introspection.get_primary_key_column(cursor, table._meta.db_table)
    return None if found is None else str(found)


def test_an_integer_key_becomes_automatic_and_back(database: TestDatabase) -> None:
    before = model("Counted", n=models.IntegerField(primary_key=True), text=models.CharField(max_length=9))
    with database.tables(before):
        before.objects.create(n=41, text="a")
        alter(before, "n", models.AutoField(primary_key=True))
        automatic = model("Counted", n=models.AutoField(primary_key=True), text=models.CharField(max_length=9))
        assert automatic.objects.create(text="b").pk == 42
        if database.name == "sqlite":
            return  # it numbers every integer key
        alter(automatic, "n", models.IntegerField(primary_key=True))
        with pytest.raises(DatabaseError), connection.cursor() as cursor:
            cursor.execute("INSERT INTO changed_Counted (text) VALUES ('c')" if database.name == "mariadb" else
                           "INSERT INTO \"changed_Counted\" (text) VALUES ('c')")  # fmt: skip
        assert automatic.objects.count() == 2


def test_a_key_that_is_none_any_more(database: TestDatabase) -> None:
    before = model("Keyed", code=models.CharField(max_length=9, primary_key=True))
    with database.tables(before):
        before.objects.create(code="same")
        alter(before, "code", models.CharField(max_length=9))
        assert primary_key(before) in (None, "id")
        if database.name == "sqlite":
            return  # it cannot add a key later
        field: Any = models.AutoField(primary_key=True)
        field.set_attributes_from_name("id")
        field.model = before
        with connection.schema_editor() as editor:
            editor.add_field(before, field)
        after = model("Keyed", code=models.CharField(max_length=9))
        assert {after.objects.create(code="same").pk, after.objects.earliest("pk").pk} == {1, 2}


def test_a_longer_text_keeps_its_collation(database: TestDatabase) -> None:
    collation = {"sqlite": "NOCASE", "postgresql": "C", "mariadb": "utf8mb4_bin"}[database.name]
    before = model("Worded", word=models.CharField(max_length=9, db_collation=collation))
    with database.tables(before):
        alter(before, "word", models.CharField(max_length=20, db_collation=collation))
        with connection.cursor() as cursor:
            described = connection.introspection.get_table_description(cursor, before._meta.db_table)
        (word,) = [column for column in described if column.name == "word"]
        assert word.collation == collation


def test_a_foreign_key_is_renamed_before_it_is_there(database: TestDatabase) -> None:
    registry = Apps(["tests._orm.sample"])
    target = model("Target", registry, name=models.CharField(max_length=9))
    source = model("Source", registry, target=models.ForeignKey(target, models.CASCADE))
    renamed: Any = models.ForeignKey(target, models.CASCADE)
    renamed.set_attributes_from_name("aim")
    renamed.model = source
    try:
        with connection.schema_editor() as editor:
            editor.create_model(target)
            editor.create_model(source)
            editor.alter_field(source, source._meta.get_field("target"), renamed)
        with connection.cursor() as cursor:
            constraints = connection.introspection.get_constraints(cursor, source._meta.db_table)
        keys = [facts for facts in constraints.values() if facts["foreign_key"]]
        assert [(facts["columns"], facts["foreign_key"]) for facts in keys] == [
            (["aim_id"], (target._meta.db_table, "id"))
        ]
    finally:
        with connection.schema_editor() as editor:
            editor.delete_model(source)
            editor.delete_model(target)


def test_a_column_is_changed_while_checks_wait(database: TestDatabase) -> None:
    if not connection.features.can_rollback_ddl:
        pytest.skip("this database commits at each change of a table")
    node = model("Node", parent=models.ForeignKey("self", models.CASCADE, null=True))
    with database.tables(node):
        root = node.objects.create()
        field: Any = models.ForeignKey(node, models.CASCADE)
        field.set_attributes_from_name("parent")
        field.model = node
        if database.name == "sqlite":
            pytest.skip("SQLite remakes the table")
        with connection.schema_editor() as editor:
            node.objects.update(parent=root)
            editor.alter_field(node, node._meta.get_field("parent"), field, strict=True)
        assert node.objects.get().parent_id == root.pk


def test_an_index_goes_that_a_foreign_key_leans_on(database: TestDatabase) -> None:
    registry = Apps(["tests._orm.sample"])
    target = model("Leant", registry, name=models.CharField(max_length=9))
    source = model(
        "Leaning", registry, target=models.ForeignKey(target, models.CASCADE, db_index=False), n=models.IntegerField()
    )
    index = models.Index(fields=["target", "n"], name="changed_leaning_both")
    together = {("target", "n")}
    with database.tables(target, source):
        with connection.schema_editor() as editor:
            editor.add_index(source, index)
            editor.alter_unique_together(source, set(), together)
        with connection.schema_editor() as editor:
            editor.remove_index(source, index)
            editor.alter_unique_together(source, together, set())
        one = models.OneToOneField(target, models.CASCADE)
        alter(source, "target", one)
        with connection.cursor() as cursor:
            facts = connection.introspection.get_constraints(cursor, source._meta.db_table)
        on_key = [found for found in facts.values() if found["columns"] == ["target_id"]]
        assert any(found["unique"] for found in on_key)
        assert any(found["foreign_key"] for found in on_key)
        assert not any(len(found["columns"]) > 1 for found in facts.values())


def test_a_comment_is_changed_alone_and_kept(database: TestDatabase) -> None:
    if not connection.features.supports_comments:
        pytest.skip("this database has no comments")

    def said(table: Any) -> tuple[str, bool]:
        with connection.cursor() as cursor:
            described = connection.introspection.get_table_description(cursor, table._meta.db_table)
        (word,) = [column for column in described if column.name == "word"]
        return word.comment, bool(word.null_ok)

    def word(length: int, null: bool, comment: str) -> Any:
        return models.CharField(max_length=length, null=null, db_comment=comment, default="none")

    before = model("Said", word=word(9, True, "first"))
    with database.tables(before):
        assert said(before) == ("first", True)
        field = alter(before, "word", word(9, False, "second"))
        assert said(before) == ("second", False)
        for length, null, comment in ((9, False, "third"), (20, False, "third"), (20, True, "third"), (20, False, "")):
            old, field = field, word(length, null, comment)
            field.set_attributes_from_name("word")
            field.model = before
            with connection.schema_editor() as editor:
                editor.alter_field(before, old, field, strict=True)
            assert (said(before)[0] or "", said(before)[1]) == (comment, null)
