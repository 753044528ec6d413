"""Generated schemas: models, their fields and relations, and rows for them, as data that both frameworks build from."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Any

Data = dict[str, Any]

WORDS = ("", "a", "A", "ab", "Ba", "ämber", "x y", "50%", "a_b", "it's", 'q"', "back\\slash", "Zoë", "10", "null")
DATES = ("2024-02-29", "2023-12-31", "2024-01-01", "2020-06-15", "1999-03-28", "2021-01-03")
MOMENTS = (
    "2024-02-29T23:30:00",
    "2023-12-31T22:15:30.250000",
    "2024-01-01T00:00:00",
    "2020-06-15T12:00:59",
    "1999-03-28T01:59:59.999999",
    "2021-10-31T01:30:00",
)
TIMES = ("00:00:00", "12:30:15", "23:59:59.500000")
SECONDS = (0, 1, 90.5, -3600, 86400, 1_000_000.25)
DECIMALS = ("0", "1.50", "-2.25", "10.00", "999.99")
FLOATS = (0.0, 1.5, -2.25, 1e6, 0.1)
INTEGERS = (0, 1, 2, 3, 5, 7, -1, -4, 100)
UUIDS = ("00000000-0000-0000-0000-000000000001", "12345678-1234-5678-1234-567812345678")
DOCUMENTS: tuple[Any, ...] = (
    {"a": 1, "b": {"c": [1, 2, "x"]}},
    {"a": "1", "b": None},
    {"a": 2.5, "k": True},
    {"b": {"c": "y"}, "a": [1]},
    {},
)


@dataclass(frozen=True)
class Kind:
    """A kind of field.

    Attributes:
        name: class of the field.
        group: what lookups and functions apply: "text", "number", "date" …
        options: what the class needs.
    """

    name: str
    group: str
    options: Data


KINDS = (
    Kind("CharField", "text", {"max_length": 40}),
    Kind("TextField", "text", {}),
    Kind("SlugField", "text", {"max_length": 30}),
    Kind("IntegerField", "number", {}),
    Kind("PositiveSmallIntegerField", "count", {}),
    Kind("BigIntegerField", "number", {}),
    Kind("FloatField", "float", {}),
    Kind("DecimalField", "decimal", {"max_digits": 8, "decimal_places": 2}),
    Kind("BooleanField", "bool", {}),
    Kind("DateField", "date", {}),
    Kind("DateTimeField", "datetime", {}),
    Kind("TimeField", "time", {}),
    Kind("DurationField", "duration", {}),
    Kind("UUIDField", "uuid", {}),
    Kind("JSONField", "json", {}),
    Kind("BinaryField", "bytes", {}),
)
GROUPS = {kind.name: kind.group for kind in KINDS}


def json_value(value: Any) -> Any:
    """Write a JSON document so that the worker does not take its objects for marks."""
    if isinstance(value, dict):
        return {"dict": {name: json_value(each) for name, each in value.items()}}
    if isinstance(value, list):
        return [json_value(each) for each in value]
    return value


def value_of(random: Random, group: str) -> Any:
    """Draw a value for a field of a group."""
    match group:
        case "text":
            return random.choice(WORDS)
        case "number":
            return random.choice(INTEGERS)
        case "count":
            return abs(random.choice(INTEGERS))
        case "float":
            return random.choice(FLOATS)
        case "decimal":
            return {"decimal": random.choice(DECIMALS)}
        case "bool":
            return random.random() < 0.5
        case "date":
            return {"date": random.choice(DATES)}
        case "datetime":
            return {"datetime": random.choice(MOMENTS)}
        case "time":
            return {"time": random.choice(TIMES)}
        case "duration":
            return {"seconds": random.choice(SECONDS)}
        case "uuid":
            return {"uuid": random.choice(UUIDS)}
        case "json":
            return json_value(random.choice(DOCUMENTS))
        case "bytes":
            return {"bytes": random.choice(("", "00", "ff61", "616263"))}
    raise ValueError(f"no values for fields of the group {group}")


def schema(seed: int) -> Data:
    """Generate a schema with rows.

    Args:
        seed: equal seeds give equal schemas.

    Returns:
        {"models": [...], "rows": [...], "use_tz": …, "time_zone": …}, as `worker.py` takes it.
    """
    random = Random(seed)
    models: list[Data] = []
    count = random.randint(3, 4)
    for number in range(count):
        models.append(_model(random, f"M{number}", [each["name"] for each in models]))
    _add_inheritance(random, models)
    found: Data = {
        "models": models,
        "use_tz": seed % 2 == 0,
        "time_zone": random.choice(["UTC", "Europe/Berlin", "America/Sao_Paulo"]),
    }
    found["rows"] = _rows(random, models)
    return found


def _model(random: Random, name: str, known: list[str]) -> Data:
    fields: list[Data] = []
    for number in range(random.randint(3, 6)):
        kind = random.choice(KINDS)
        options = dict(kind.options)
        if random.random() < 0.4:
            options |= {"null": True}
        if random.random() < 0.15:
            options |= {"db_column": f"col {number}"}
        fields.append({"name": f"f{number}", "kind": kind.name, "options": options})
    # Each model has a text and a number, so that every function finds an argument.
    fields.append({"name": "title", "kind": "CharField", "options": {"max_length": 40, "default": ""}})
    fields.append({"name": "size", "kind": "IntegerField", "options": {"null": random.random() < 0.5}})
    code = {"name": "code", "kind": "IntegerField", "options": {"unique": True}}
    fields.append(code)
    relations = [*known, "self"] if known else ["self"]
    for number, target in enumerate(random.sample(relations, k=min(len(relations), random.randint(1, 2)))):
        fields.append(_relation(random, f"r{number}", name, target))
    if known:
        target = random.choice(known)
        options = {"related_name": f"{name.lower()}_many_of_{target.lower()}"}
        fields.append({"name": "many", "kind": "ManyToManyField", "to": target, "options": options})
    meta: Data = {}
    if random.random() < 0.4:
        meta["ordering"] = [random.choice(["code", "-code"])]
    if random.random() < 0.3:
        condition = {"call": ["Q", [], {"code__gte": -1000}]}
        meta["constraints"] = [{"call": ["CheckConstraint", [], {"condition": condition, "name": f"check_{name}"}]}]
    if random.random() < 0.3:
        meta.setdefault("constraints", []).append(
            {"call": ["UniqueConstraint", [], {"fields": ["title", "code"], "name": f"unique_{name}"}]}
        )
    return {"name": name, "bases": [], "fields": fields, "meta": meta}


def _relation(random: Random, field: str, owner: str, target: str) -> Data:
    null = target == "self" or random.random() < 0.6
    options: Data = {"related_name": f"{owner.lower()}_{field}_of_{target.lower()}"}
    rules = ["CASCADE", "PROTECT", "RESTRICT", "DO_NOTHING"]
    if null:
        options["null"] = True
        rules += ["SET_NULL", "SET_NULL"]
    kind = "OneToOneField" if random.random() < 0.2 and null else "ForeignKey"
    return {
        "name": field,
        "kind": kind,
        "to": target,
        "on_delete": random.choice(rules[:1] * 3 + rules),
        "options": options,
    }


def _add_inheritance(random: Random, models: list[Data]) -> None:
    parent = models[0]["name"]
    extra = [{"name": "level", "kind": "IntegerField", "options": {"default": 0}}]
    models.append({"name": "Child", "bases": [parent], "fields": extra, "meta": {}})
    if random.random() < 0.6:
        grand = [{"name": "mark", "kind": "CharField", "options": {"max_length": 5, "default": "-"}}]
        models.append({"name": "Grandchild", "bases": ["Child"], "fields": grand, "meta": {}})
    models.append({"name": "Proxy", "bases": [models[1]["name"]], "fields": [], "meta": {"proxy": True}})


def all_fields(models: list[Data], name: str) -> list[Data]:
    """Return the fields of a model with those of its parents."""
    spec = next(each for each in models if each["name"] == name)
    inherited = [field for base in spec["bases"] for field in all_fields(models, base)]
    return [*inherited, *spec["fields"]]


def root_of(models: list[Data], name: str) -> str:
    """Return the model whose table gives the keys."""
    spec = next(each for each in models if each["name"] == name)
    return root_of(models, spec["bases"][0]) if spec["bases"] else name


def _rows(random: Random, models: list[Data]) -> list[Data]:
    rows: list[Data] = []
    keys: dict[str, int] = {}
    one_to_one: set[tuple[str, str, int]] = set()
    code = 0
    for spec in models:
        if spec["meta"].get("proxy"):
            continue
        root = root_of(models, spec["name"])
        for _number in range(random.randint(5, 9) if not spec["bases"] else 3):
            values: Data = {}
            many: Data = {}
            for field in all_fields(models, spec["name"]):
                options = field["options"]
                if field["kind"] == "ManyToManyField":
                    known = range(1, keys.get(root_of(models, field["to"]), 0) + 1)
                    many[field["name"]] = random.sample(known, k=min(len(known), random.randint(0, 3)))
                elif "to" in field:
                    target = root if field["to"] == "self" else root_of(models, field["to"])
                    last = keys.get(target, 0)
                    key = random.randint(1, last) if last and random.random() < 0.8 else None
                    if field["kind"] == "OneToOneField":
                        if key is None or (root, field["name"], key) in one_to_one:
                            key = None
                        else:
                            one_to_one.add((root, field["name"], key))
                    if key is None and not options.get("null"):
                        key = random.randint(1, last)
                    values[f"{field['name']}_id"] = key
                elif field["name"] == "code":
                    code += 1
                    values["code"] = code
                elif options.get("null") and random.random() < 0.3:
                    values[field["name"]] = None
                else:
                    values[field["name"]] = value_of(random, GROUPS[field["kind"]])
            keys[root] = keys.get(root, 0) + 1
            rows.append({"model": spec["name"], "values": values, "many": many})
    return rows
