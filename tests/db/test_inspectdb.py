"""The models that `inspectdb` writes are valid: they pass the checks as they stand."""

from __future__ import annotations

from tests.db.session import run


def test_keys_that_sqlite_lets_be_null_are_not_null_in_the_model() -> None:
    """SQLite calls the columns of a key nullable unless told otherwise; a model with such a key fails its checks."""
    run(
        """
        import io
        from hotclub.apps import apps
        from hotclub.core import checks
        with connection.cursor() as cursor:
            cursor.execute("CREATE TABLE maker (id integer PRIMARY KEY, name varchar(60) NOT NULL UNIQUE)")
            cursor.execute("CREATE TABLE guitar (code varchar(8) PRIMARY KEY, maker_id integer NOT NULL REFERENCES maker (id))")
            cursor.execute("CREATE TABLE stock (shop integer, guitar varchar(8), pieces integer, PRIMARY KEY (shop, guitar))")
        out = io.StringIO()
        call_command("inspectdb", "maker", "guitar", "stock", stdout=out)
        written = out.getvalue()
        assert "code = models.CharField(primary_key=True, max_length=8)" in written
        assert "pieces = models.IntegerField(blank=True, null=True)" in written
        assert " id = " not in written  # every model has it
        namespace = {"__name__": "shop.models"}
        exec(written, namespace)
        found = [each for name in ("Maker", "Guitar", "Stock") for each in namespace[name].check(databases=["default"])]
        assert found == [], found
        """,
        apps=("shop",),
        files={"shop/__init__.py": "", "shop/models.py": ""},
    )
