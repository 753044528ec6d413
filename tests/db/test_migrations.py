"""Migrations on records: what a crash leaves, what a plan does, and that cost grows with the change."""

from __future__ import annotations

from tests.db.session import run

FILES = {
    "shop/__init__.py": "",
    "shop/models.py": """
        from hotclub.db import models

        class Maker(models.Model):
            name = models.CharField(max_length=30)

        class Item(models.Model):
            maker = models.ForeignKey(Maker, models.CASCADE)
            title = models.CharField(max_length=30, unique=True)
            stock = models.PositiveIntegerField(default=0)
            tags = models.ManyToManyField("self")

            class Meta:
                indexes = [models.Index(fields=["-stock"], name="by_stock")]
                constraints = [models.CheckConstraint(condition=models.Q(stock__lt=1000), name="few")]
    """,
    "shop/migrations/__init__.py": "",
}


def test_made_migrations_apply_and_leave_nothing_to_do() -> None:
    out = run(
        """
        call_command("makemigrations", "shop", verbosity=0)
        call_command("migrate", verbosity=1)
        call_command("makemigrations", "shop", check_changes=True, verbosity=1)
        from shop.models import Item, Maker
        item = Item.objects.create(maker=Maker.objects.create(name="m"), title="t", stock=3)
        with raises(IntegrityError, "few"):
            Item.objects.create(maker=item.maker, title="u", stock=1000)
        call_command("migrate", "shop", "zero", verbosity=0)
        assert "shop_item" not in connection.introspection.table_names()
        """,
        apps=("shop",),
        files=FILES,
    )
    assert "Applying shop.0001_initial... OK" in out
    assert "No changes detected in app 'shop'" in out


def test_a_crash_leaves_no_part_of_an_atomic_migration() -> None:
    run(
        """
        from hotclub.db.migrations.executor import MigrationExecutor
        with raises(ZeroDivisionError):
            call_command("migrate", verbosity=0)
        assert "shop_one" not in connection.introspection.table_names()
        assert ("shop", "0001_initial") not in MigrationExecutor(connection).loader.applied_migrations
        put(1)
        assert numbers() == [1]
        """,
        apps=("shop",),
        files={
            "shop/__init__.py": "",
            "shop/migrations/__init__.py": "",
            "shop/migrations/0001_initial.py": """
                from hotclub.db import migrations, models

                def fail(apps, schema_editor):
                    apps.get_model("shop", "One").objects.create()
                    1 / 0

                class Migration(migrations.Migration):
                    operations = [
                        migrations.CreateModel("One", [("id", models.AutoField(primary_key=True))]),
                        migrations.RunPython(fail),
                    ]
            """,
        },
    )


def test_a_remade_table_keeps_rows_keys_and_indexes() -> None:
    run(
        """
        from shop.models import Item, Maker
        with connection.schema_editor() as editor:
            editor.create_model(Maker)
            editor.create_model(Item)
        item = Item.objects.create(maker=Maker.objects.create(name="m"), title="t", stock=3)
        item.tags.add(item)
        old = Item._meta.get_field("title")
        new = models.CharField(max_length=60, default="none", unique=True)
        new.set_attributes_from_name("title")
        new.model = Item
        with connection.schema_editor() as editor:
            editor.alter_field(Item, old, new, strict=True)
        with connection.cursor() as cursor:
            names = connection.introspection.get_constraints(cursor, "shop_item")
            cursor.execute("SELECT title, stock FROM shop_item")
            assert cursor.fetchall() == [("t", 3)]
            cursor.execute("PRAGMA foreign_key_list(shop_item)")
            assert cursor.fetchone()[2] == "shop_maker"
        assert {"by_stock", "few"} <= set(names), names
        assert item.tags.count() == 1
        """,
        apps=("shop",),
        files=FILES,
    )


def test_the_cost_of_a_step_does_not_grow_with_the_history() -> None:
    """Counted in rendered classes: one more migration renders what it touches, however many models there are."""
    run(
        """
        from hotclub.db.migrations.state import ModelState, ProjectState

        def rendered(models_before):
            state = ProjectState()
            for number in range(models_before):
                field = [("id", models.AutoField(primary_key=True))]
                state.add_model(ModelState("app", f"Model{number}", field))
            count = 0
            original = ModelState.render

            def counted(self, apps):
                nonlocal count
                count += 1
                return original(self, apps)

            ModelState.render = counted
            operation = migrations.AddField("Model3", "extra", models.IntegerField(null=True))
            before = state.clone()
            operation.state_forwards("app", state)
            with connection.constraint_checks_disabled(), connection.schema_editor(collect_sql=True) as editor:
                operation.database_forwards("app", editor, before, state)
            ModelState.render = original
            return count

        assert rendered(10) == rendered(200) == 2
        """
    )


def test_a_clone_of_a_state_is_not_reached_by_changes_in_place() -> None:
    run(
        """
        from hotclub.db.migrations.state import ModelState, ProjectState
        state = ProjectState()
        state.add_model(ModelState("app", "One", [("id", models.AutoField(primary_key=True))]))
        clone = state.clone()
        state.models["app", "one"].options["verbose_name"] = "changed"
        state.models["app", "one"].fields["extra"] = models.IntegerField()
        assert "verbose_name" not in clone.models["app", "one"].options
        assert list(clone.models["app", "one"].fields) == ["id"]
        """
    )


def test_deep_graphs_need_no_recursion_and_circles_are_named() -> None:
    run(
        """
        from hotclub.db.migrations.exceptions import CircularDependencyError
        from hotclub.db.migrations.graph import MigrationGraph
        graph = MigrationGraph()
        keys = [("app", f"{number:04d}") for number in range(3000)]
        for key in keys:
            graph.add_node(key, None)
        for child, parent in zip(keys[1:], keys):
            graph.add_dependency("m", child, parent, skip_validation=True)
        assert graph.forwards_plan(keys[-1]) == keys
        graph.add_dependency("m", keys[0], keys[2], skip_validation=True)
        with raises(CircularDependencyError, "app.0000"):
            graph.ensure_not_cyclic()
        """
    )


def test_a_question_that_nobody_can_answer_stops_the_command() -> None:
    """A script has no terminal: the command says so and writes nothing, rather than failing with the end of its input."""
    out = run(
        """
        import io, sys
        from shop.models import Item
        call_command("makemigrations", "shop", verbosity=0)
        models.CharField(max_length=3).contribute_to_class(Item, "added")
        sys.stdin = io.StringIO("")
        with raises(SystemExit):
            call_command("makemigrations", "shop")
        from pathlib import Path
        assert not list(Path("shop/migrations").glob("0002*"))
        """,
        apps=("shop",),
        files=FILES,
    )
    assert "Nobody answers: the input has ended." in out
