"""Runs query programs with one of two frameworks: `python worker.py hotclub` or `python worker.py django`.

Requests come as lines of JSON on the standard input, answers leave as lines on the standard output. The first request says
what to set up::

    {"schema": {...}, "database": "/path/to/file.sqlite3", "create": true}

Every other request is a program, and its answer what it gave: {"rows": ...} or {"error": class name, "text": ...,
"stage": how many steps were taken}. All that a program writes is rolled back. With "sql": true the answer has the statements.

This file must import nothing of the project: it also runs in an environment that has only the other framework.
"""

from __future__ import annotations

import datetime
import decimal
import importlib
import json
import operator
import sys
import types
import uuid
from typing import Any

PACKAGE = sys.argv[1] if len(sys.argv) > 1 else "hotclub"
APP = "lab"
OPERATORS = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "%": operator.mod,
    "**": operator.pow,
    "&": operator.and_,
    "|": operator.or_,
    "^": operator.xor,
}


def load(name: str) -> Any:
    """Import a module of the framework."""
    return importlib.import_module(f"{PACKAGE}.{name}")


class Laboratory:
    """The models of a schema, and the evaluation of programs over them."""

    def __init__(self, request: dict[str, Any]) -> None:
        self.schema = request["schema"]
        self._set_up(request["database"])
        self.db = load("db")
        self.models = load("db.models")
        self.transaction = load("db.transaction")
        self.names: dict[str, Any] = {}
        for module in ("db.models.lookups", "db.models.functions", "db.models"):
            found = load(module)
            self.names.update({name: getattr(found, name) for name in dir(found) if not name.startswith("_")})
        self.classes: dict[str, Any] = {}
        for spec in self.schema["models"]:
            self.classes[spec["name"]] = self._model(spec)
        if request["create"]:
            self._create()

    def _set_up(self, database: str) -> None:
        app = types.ModuleType(APP)
        app.__file__ = f"/{APP}/__init__.py"
        app.__path__ = []
        sys.modules[APP] = app
        load("conf").settings.configure(
            INSTALLED_APPS=[APP],
            DATABASES={"default": {"ENGINE": f"{PACKAGE}.db.backends.sqlite3", "NAME": database}},
            USE_TZ=self.schema["use_tz"],
            TIME_ZONE=self.schema["time_zone"],
            DEFAULT_AUTO_FIELD=f"{PACKAGE}.db.models.BigAutoField",
        )
        importlib.import_module(PACKAGE).setup()

    # -- models ------------------------------------------------------------------------------------------------

    def _model(self, spec: dict[str, Any]) -> Any:
        body: dict[str, Any] = {"__module__": APP}
        for field in spec["fields"]:
            body[field["name"]] = self._field(field)
        meta = {name: self.value(value) for name, value in spec["meta"].items()}
        body["Meta"] = type("Meta", (), {"app_label": APP, **meta})
        bases = tuple(self.classes[name] for name in spec["bases"]) or (self.models.Model,)
        return type(spec["name"], bases, body)

    def _field(self, spec: dict[str, Any]) -> Any:
        options = {name: self.value(value) for name, value in spec["options"].items()}
        args = [spec["to"]] if "to" in spec else []
        if "on_delete" in spec:
            args.append(getattr(self.models, spec["on_delete"]))
        return getattr(self.models, spec["kind"])(*args, **options)

    @property
    def concrete(self) -> list[Any]:
        """The models that have a table."""
        return [each for each in self.classes.values() if not each._meta.abstract and not each._meta.proxy]

    def _create(self) -> None:
        with self.db.connection.schema_editor() as editor:
            for model in self.concrete:
                editor.create_model(model)
        with self.transaction.atomic():
            for row in self.schema["rows"]:
                values = {name: self.value(value) for name, value in row["values"].items()}
                made = self.classes[row["model"]].objects.create(**values)
                for name, keys in row["many"].items():
                    getattr(made, name).set(keys)

    # -- values ------------------------------------------------------------------------------------------------

    def value(self, data: Any) -> Any:
        """Build what a piece of a program stands for."""
        if isinstance(data, list):
            return [self.value(each) for each in data]
        if not isinstance(data, dict):
            return data
        ((kind, content),) = data.items()
        return getattr(self, f"_build_{kind}")(content)

    def _build_tuple(self, content: Any) -> Any:
        return tuple(self.value(each) for each in content)

    def _build_dict(self, content: Any) -> Any:
        return {name: self.value(each) for name, each in content.items()}

    def _build_date(self, content: str) -> Any:
        return datetime.date.fromisoformat(content)

    def _build_datetime(self, content: str) -> Any:
        moment = datetime.datetime.fromisoformat(content)
        return moment.replace(tzinfo=datetime.UTC) if self.schema["use_tz"] else moment

    def _build_naive(self, content: str) -> Any:
        return datetime.datetime.fromisoformat(content)

    def _build_time(self, content: str) -> Any:
        return datetime.time.fromisoformat(content)

    def _build_seconds(self, content: float) -> Any:
        return datetime.timedelta(seconds=content)

    def _build_decimal(self, content: str) -> Any:
        return decimal.Decimal(content)

    def _build_uuid(self, content: str) -> Any:
        return uuid.UUID(content)

    def _build_bytes(self, content: str) -> Any:
        return bytes.fromhex(content)

    def _build_slice(self, content: Any) -> Any:
        return slice(*content)

    def _build_model(self, content: str) -> Any:
        return self.classes[content]

    def _build_object(self, content: Any) -> Any:
        name, key = content
        return self.classes[name]._base_manager.get(pk=key)

    def _build_new(self, content: Any) -> Any:
        name, values = content
        return self.classes[name](**{field: self.value(value) for field, value in values.items()})

    def _build_query(self, content: Any) -> Any:
        return self.query(content)

    def _build_not(self, content: Any) -> Any:
        return ~self.value(content)

    def _build_binary(self, content: Any) -> Any:
        sign, left, right = content
        return OPERATORS[sign](self.value(left), self.value(right))

    def _build_method(self, content: Any) -> Any:
        owner, name, args, kwargs = content
        return self._called(getattr(self.value(owner), name), args, kwargs)

    def _build_call(self, content: Any) -> Any:
        name, args, kwargs = content
        return self._called(self.names[name], args, kwargs)

    def _called(self, function: Any, args: list[Any], kwargs: dict[str, Any]) -> Any:
        return function(
            *(self.value(each) for each in args), **{name: self.value(each) for name, each in kwargs.items()}
        )

    # -- programs ----------------------------------------------------------------------------------------------

    def query(self, program: dict[str, Any]) -> Any:
        """Chain the steps of a query."""
        found = self._source(program)
        self.stage = 0
        for step in program["steps"]:
            found = self._step(found, step)
            self.stage += 1
        return found

    def _source(self, program: dict[str, Any]) -> Any:
        if "of" in program:
            name, key, relation = program["of"]
            return getattr(self.classes[name]._base_manager.get(pk=key), relation).all()
        return self.classes[program["on"]].objects.all()

    def _step(self, found: Any, step: Any) -> Any:
        name, args, kwargs = step
        if name == "[]":
            return found[self.value(args[0])]
        if name in OPERATORS:
            return OPERATORS[name](found, self.value(args[0]))
        return self._called(getattr(found, name), args, kwargs)

    def run(self, program: dict[str, Any]) -> dict[str, Any]:
        """Run a program and describe what it gave; whatever it wrote is undone."""
        self.stage = 0
        answer: dict[str, Any] = {}
        connection = self.db.connection
        connection.force_debug_cursor = bool(program.get("sql"))
        self.db.reset_queries()
        try:
            with self.transaction.atomic():
                try:
                    # An error of the database inside: the outer block must go on.
                    with self.transaction.atomic():
                        answer["rows"] = self._ended(program)
                    if program.get("writes"):
                        answer["tables"] = self.tables()
                finally:
                    self.transaction.set_rollback(True)
        except Exception as error:  # what programs raise is compared, whatever it is
            answer = {"error": type(error).__name__, "text": str(error), "stage": self.stage}
        if program.get("sql"):
            answer["sql"] = [query["sql"] for query in connection.queries]
        return answer

    def _ended(self, program: dict[str, Any]) -> Any:
        found = self.query(program) if not program.get("related") else self._related(program)
        name, args, kwargs = program["end"]
        if name == "list":
            return [self.described(each) for each in found]
        if name in ("len", "bool"):
            return {"len": len, "bool": bool}[name](found)
        if name == "ordered":
            return found.ordered
        if name == "iterator":
            return [self.described(each) for each in found.iterator(**kwargs)]
        result = self._called(getattr(found, name), args, kwargs)
        if name == "delete":
            return [result[0], sorted(result[1].items())]
        if name in ("dates", "datetimes"):
            result = list(result)
        if name == "bulk_create":  # keys come back or not, by backend
            return [self.described(each, keys=False) for each in result]
        return self.described(result)

    def _related(self, program: dict[str, Any]) -> Any:
        """The manager of a relation, for programs that write through it."""
        self.stage = 0
        name, key, relation = program["related"]
        return getattr(self.classes[name]._base_manager.get(pk=key), relation)

    def tables(self) -> Any:
        """All rows of all tables."""
        state = []
        with self.db.connection.cursor() as cursor:
            for model in self.concrete:
                names = [model._meta.db_table]
                names += [
                    field.remote_field.through._meta.db_table
                    for field in model._meta.local_many_to_many
                    if field.remote_field.through._meta.auto_created
                ]
                for table in names:
                    cursor.execute(f'SELECT * FROM "{table}"')
                    columns = [column[0] for column in cursor.description]
                    # The keys of rows between are whatever the inserts' order made them.
                    hidden = {0} if table != names[0] else set()
                    rows = [
                        [
                            [c, self.described(v)]
                            for i, (c, v) in enumerate(zip(columns, row, strict=False))
                            if i not in hidden
                        ]
                        for row in cursor.fetchall()
                    ]
                    state.append([table, sorted(rows, key=repr)])
        return state

    # -- answers -----------------------------------------------------------------------------------------------

    def described(self, value: Any, keys: bool = True) -> Any:
        """Say in JSON what a value is, with its type where JSON does not tell."""
        if value is None or (isinstance(value, (bool, str)) and type(value) in (bool, str)):
            return value
        if type(value) is int:
            return value
        if isinstance(value, float):
            return float(f"{value:.9g}")
        if isinstance(value, self.models.Model):
            return self._described_object(value, keys)
        if isinstance(value, dict):
            return {"dict": [[self.described(k), self.described(v)] for k, v in value.items()]}
        if isinstance(value, tuple):
            names = list(getattr(value, "_fields", ()))
            return {"row": [self.described(each) for each in value], "names": names}
        if isinstance(value, (list, set)):
            return [self.described(each) for each in value]
        if isinstance(value, self.models.QuerySet):
            return [self.described(each) for each in value]
        if isinstance(value, decimal.Decimal):
            return {"decimal": str(value.normalize() if value == 0 else value)}
        return {type(value).__name__: str(value)}

    def _described_object(self, value: Any, keys: bool = True) -> Any:
        meta = value._meta
        deferred = value.get_deferred_fields()
        fields = {
            field.attname: self.described(getattr(value, field.attname))
            for field in meta.concrete_fields
            if field.attname not in deferred and (keys or not field.primary_key)
        }
        names = {field.attname for field in meta.concrete_fields}
        extra = {
            name: self.described(each)
            for name, each in sorted(vars(value).items())
            if not name.startswith("_") and name not in names
        }
        related = {
            field.name: self.described(getattr(value, field.name))
            for field in meta.fields
            if field.is_relation and not field.remote_field.parent_link and field.is_cached(value)
        }
        sets = {
            name: sorted((self.described(each) for each in found), key=repr)
            for name, found in sorted(getattr(value, "_prefetched_objects_cache", {}).items())
        }
        return {
            "object": type(value).__name__,
            "fields": fields,
            "deferred": sorted(deferred),
            "extra": extra,
            "related": related,
            "sets": sets,
        }


def main() -> None:
    """Answer requests until the input ends."""
    answers = sys.stdout
    sys.stdout = sys.stderr  # nothing else may come between the answers
    laboratory: Laboratory | None = None
    for line in sys.stdin:
        request = json.loads(line)
        if laboratory is None:
            laboratory = Laboratory(request)
            answer: Any = {"ready": importlib.import_module(PACKAGE).__version__}
        else:
            answer = laboratory.run(request)
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
