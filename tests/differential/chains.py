"""Whole programs: a query, what is chained on it, and how it ends."""

from __future__ import annotations

from random import Random
from typing import Any

from tests.differential.programs import WHOLE, Writer, call
from tests.differential.relations import SchemaMap
from tests.differential.schemas import Data

ALL: list[Any] = ["list", [], {}]


def program(random: Random, places: SchemaMap) -> Data:
    """Write one program."""
    writer = Writer(random, places)
    kinds = (
        *((objects,) * 7),
        *((values,) * 5),
        *((grouped,) * 4),
        *((combined,) * 2),
        *((single,) * 4),
        *((totals,) * 3),
        *((calendar,) * 1),
        *((writing,) * 5),
        *((related,) * 2),
        *((mistaken,) * 3),
    )
    return writer.pick(kinds)(writer)  # type: ignore[no-any-return]


def _annotations(writer: Writer, model: str, steps: list[Any], many: bool, most: int = 2) -> list[str]:
    """Add annotations, now and then with conditions on them; give their names."""
    names = []
    for _ in range(writer.random.randint(0, most)):
        name = writer.name()
        if writer.chance(15):
            steps.append(["annotate", [], {name: writer.window(model)}])
            continue  # conditions on windows have their own rules
        group = writer.pick(("number", "text", "bool", "date"))
        method = "alias" if writer.chance(15) else "annotate"
        steps.append([method, [], {name: writer.expression(model, group, many=many)}])
        names.append(name)
        if writer.chance(35) and group in ("number", "text"):
            if group == "number":
                condition = {f"{name}{writer.pick(('', '__gt', '__lte', '__isnull'))}": writer.random.randint(0, 3)}
                condition = {key: bool(value) if "isnull" in key else value for key, value in condition.items()}
            else:
                condition = {f"{name}__{writer.pick(('contains', 'exact', 'startswith'))}": writer.pick(("a", "A", ""))}
            steps.append([writer.pick(("filter", "exclude")), [], condition])
    return names


def _conditions(writer: Writer, model: str, steps: list[Any], most: int = 2) -> None:
    for _ in range(writer.random.randint(0, most)):
        steps.append(writer.filter_step(model))


def _filtered_relation(writer: Writer, model: str, steps: list[Any]) -> None:
    ways = writer.places.relations(model)
    if not ways:
        return
    way = writer.pick(ways)
    name = writer.name()
    inner, value = writer.compared(way.target, "size", "number", writer.pick(("exact", "gt", "lte", "isnull", "range")))
    condition = call("Q", **{f"{way.name}__{inner}": value})
    steps.append(["annotate", [], {name: call("FilteredRelation", way.name, condition=condition)}])
    steps.append([writer.pick(("filter", "exclude")), [], {f"{name}__size{writer.pick(('', '__gt', '__lte'))}": 2}])


def _ordering(writer: Writer, model: str, steps: list[Any], names: list[str], total: bool) -> bool:
    """Add an order; say whether it tells all rows apart."""
    if total or writer.chance(40):
        order = writer.order(model, names)
        if total or writer.chance(60):
            steps.append(["order_by", [*order, writer.pick(("pk", "-pk"))], {}])
            if writer.chance(15):
                steps.append(["reverse", [], {}])
            return True
        steps.append(["order_by", order, {}])
    return False


def _slice(writer: Writer) -> list[Any]:
    start = writer.pick((None, None, 0, 1, 2))
    stop = writer.pick((None, 1, 2, 3, 5))
    return ["[]", [{"slice": [start, stop if stop is None or start is None else start + stop]}], {}]


def objects(writer: Writer) -> Data:
    """Model instances: conditions, annotations, related objects, deferred fields, slices."""
    model = writer.model()
    steps: list[Any] = []
    many = writer.chance(35)
    _conditions(writer, model, steps)
    names = _annotations(writer, model, steps, many)
    if writer.chance(12):
        _filtered_relation(writer, model, steps)
    _conditions(writer, model, steps, 1)
    _loading(writer, model, steps)
    if writer.chance(15):
        steps.append(["distinct", [], {}])
        many = True
    total = _ordering(writer, model, steps, names, total=not many and writer.chance(30))
    found: Data = {"on": model, "steps": steps, "end": ALL, "ordered": total and not many}
    if total and not many and writer.chance(50):
        steps.append(_slice(writer))
    if writer.chance(10):
        found["end"] = ["iterator", [], {"chunk_size": writer.pick((1, 2, 100))}]
    return found


def _loading(writer: Writer, model: str, steps: list[Any]) -> None:
    ways = writer.places.relations(model)
    if writer.chance(25):
        single_ways = [way for way in ways if not way.many]
        if single_ways:
            way = writer.pick(single_ways)
            names = [way.name]
            further = [each for each in writer.places.relations(way.target) if not each.many]
            if further and writer.chance(40):
                names.append(f"{way.name}__{writer.pick(further).name}")
            steps.append(["select_related", names, {}])
    if writer.chance(20) and ways:
        way = writer.pick(ways)
        lookup: Any = way.name
        if writer.chance(40):
            kwargs: Data = {"queryset": {"query": writer.query(way.target, 1)}}
            if writer.chance(30):
                kwargs["to_attr"] = f"{writer.name()}_list"
                kwargs["queryset"]["query"]["steps"].append(["order_by", ["pk"], {}])
            lookup = call("Prefetch", way.name, **kwargs)
        steps.append(["prefetch_related", [lookup], {}])
    if writer.chance(20):
        fields = [name for name in writer.places.fields(model) if name != "id"]
        chosen = writer.random.sample(fields, k=min(len(fields), writer.random.randint(1, 3)))
        steps.append([writer.pick(("only", "defer")), chosen, {}])


def values(writer: Writer) -> Data:
    """Rows as dictionaries and tuples."""
    model = writer.model()
    steps: list[Any] = []
    many = writer.chance(40)
    _conditions(writer, model, steps)
    names = _annotations(writer, model, steps, many)
    total = _ordering(writer, model, steps, names, total=not many and writer.chance(40))
    columns: list[Any] = [writer.path(model, many=many)[0] for _ in range(writer.random.randint(1, 3))]
    columns += [name for name in names if writer.chance(60) and _is_shown(steps, name)]
    columns = list(dict.fromkeys(columns))
    method = writer.pick(("values", "values", "values_list", "values_list", "flat", "named"))
    if method == "flat":
        steps.append(["values_list", columns[:1], {"flat": True}])
    elif method == "named":
        steps.append(["values_list", columns, {"named": True}])
    elif writer.chance(10):
        steps.append([method, [], {}])
    elif writer.chance(20):
        steps.append([method, [*columns, _lower(writer, model)], {}])
    else:
        steps.append([method, columns, {}])
    ordered = total and not many
    if writer.chance(25):
        steps.append(["distinct", [], {}])
        ordered = False
    elif ordered and writer.chance(50):
        steps.append(_slice(writer))
    return {"on": model, "steps": steps, "end": ALL, "ordered": ordered}


def _is_shown(steps: list[Any], name: str) -> bool:
    return any(step[0] == "annotate" and name in step[2] for step in steps)


def _lower(writer: Writer, model: str) -> Any:
    return call("Lower", writer.field_of(model, ("text",)))


def grouped(writer: Writer) -> Data:
    """Aggregates per row and per group, with conditions on them."""
    model = writer.model()
    steps: list[Any] = []
    _conditions(writer, model, steps, 1)
    by_values = writer.chance(60)
    columns: list[str] = []
    if by_values:
        for _ in range(writer.random.randint(1, 2)):
            columns.append(writer.path(model)[0])
        steps.append(["values", list(dict.fromkeys(columns)), {}])
    names = []
    for _ in range(writer.random.randint(1, 2)):
        name = writer.name()
        names.append(name)
        steps.append(["annotate", [], {name: writer.aggregate(model)}])
    if writer.chance(40):
        name = writer.pick(names)
        steps.append([writer.pick(("filter", "exclude")), [], {f"{name}{writer.pick(('__gt', '__isnull', ''))}": 1}])
        if "isnull" in next(iter(steps[-1][2])):
            steps[-1][2] = {f"{name}__isnull": writer.chance(50)}
    if writer.chance(20):
        steps.append(["annotate", [], {writer.name(): call("Coalesce", call("F", names[0]), call("F", names[-1]))}])
    if writer.chance(40):
        steps.append(["order_by", [writer.pick((*names, "code", *columns))], {}])
    if writer.chance(15):
        _conditions(writer, model, steps, 1)
    end = ALL if writer.chance(75) else writer.pick((["count", [], {}], ["exists", [], {}]))
    if writer.chance(12):
        end = ["aggregate", [], {"total": call(writer.pick(("Count", "Max")), names[0])}]
    return {"on": model, "steps": steps, "end": end, "ordered": False}


def combined(writer: Writer) -> Data:
    """Set operations, and the operators of query sets."""
    model = writer.model()
    left, right = writer.query(model), writer.query(model)
    if writer.chance(35):
        sign = writer.pick("&|")
        if writer.chance(30):
            sign = "^"  # not over relations: see Writer.q()
            for part in (left, right):
                part["steps"] = [["filter", [writer.own_condition(model)], {}]] if writer.chance(70) else []
        steps = [*left["steps"], [sign, [{"query": right}], {}]]
        end = writer.pick((ALL, ["count", [], {}]))
        return {"on": model, "steps": steps, "end": end, "ordered": False}
    method = writer.pick(("union", "union", "intersection", "difference"))
    options: Data = {"all": True} if method == "union" and writer.chance(40) else {}
    if writer.chance(70):
        column = writer.field_of(model, WHOLE)
        for part in (left, right):
            part["steps"].append(["values_list", ["pk", column], {}])
    others = [{"query": right}]
    if writer.chance(15) and method != "intersection":
        others.append({"query": {**right, "steps": right["steps"][-1:] if "values_list" in str(right) else []}})
    steps = [*left["steps"], [method, others, options]]
    ordered = False
    if writer.chance(50):
        steps.append(["order_by", [writer.pick(("pk", "-pk", "id"))], {}])
        ordered = not options
        if ordered and writer.chance(50):
            steps.append(_slice(writer))
    end = writer.pick((ALL, ALL, ["count", [], {}], ["exists", [], {}], ["first", [], {}]))
    if end[0] == "first" and not ordered:
        end = ALL
    if writer.chance(8):
        steps.append(["filter", [], {"pk": 1}])  # refused, as documented
    return {"on": model, "steps": steps, "end": end, "ordered": ordered}


def single(writer: Writer) -> Data:
    """Queries for one thing."""
    model = writer.model()
    steps: list[Any] = []
    _conditions(writer, model, steps)
    key = writer.random.randint(0, 10)
    unique = writer.pick(("code", "pk", "id"))
    ends: list[list[Any]] = [
        ["count", [], {}],
        ["exists", [], {}],
        ["len", [], {}],
        ["bool", [], {}],
        ["get", [], {unique: key}],
        ["get", [writer.q(model)], {}],
        ["get", [], dict([writer.lookup(model)])],
        ["in_bulk", [[key, 1, 3]], {}],
        ["in_bulk", [[1, 2]], {"field_name": "code"}],
        ["in_bulk", [], {}],
        ["latest", ["code"], {}],
        ["earliest", [writer.pick(("code", "-code"))], {}],
        ["ordered", [], {}],
    ]
    if writer.places.keys[model]:
        ends.append(["contains", [{"object": [model, writer.pick(writer.places.keys[model])]}], {}])
    end = writer.pick(ends)
    if end[0] == "get" and not steps and writer.chance(30):
        steps.append(["only", ["code"], {}])
    if writer.chance(30):
        steps.append(["order_by", [*writer.order(model, []), "pk"], {}])
        end = writer.pick((["first", [], {}], ["last", [], {}], end))
    return {"on": model, "steps": steps, "end": end, "ordered": False}


def totals(writer: Writer) -> Data:
    """`aggregate()` over whatever came before."""
    model = writer.model()
    steps: list[Any] = []
    _conditions(writer, model, steps)
    names = _annotations(writer, model, steps, writer.chance(40), most=1)
    if writer.chance(15):
        steps.append(["distinct", [], {}])
    if writer.chance(15):
        steps += [["order_by", ["pk"], {}], _slice(writer)]
    kwargs = {writer.name(): writer.aggregate(model) for _ in range(writer.random.randint(1, 3))}
    if names and writer.chance(40):
        kwargs[writer.name()] = call(writer.pick(("Max", "Min", "Count")), names[0])
    return {"on": model, "steps": steps, "end": ["aggregate", [], kwargs], "ordered": False}


def calendar(writer: Writer) -> Data:
    """`dates()` and `datetimes()`."""
    model = writer.model()
    steps: list[Any] = []
    _conditions(writer, model, steps, 1)
    path, group = writer.path(model, ("date", "datetime"))
    method = "dates" if group == "date" else "datetimes"
    kinds = ("year", "month", "week", "day") if group == "date" else ("year", "month", "week", "day", "hour", "minute")
    order = {"order": writer.pick(("ASC", "DESC"))} if writer.chance(60) else {}
    return {"on": model, "steps": steps, "end": [method, [path, writer.pick(kinds)], order], "ordered": True}


def _changes(writer: Writer, model: str) -> Data:
    """Values for `update()`: plain ones, and expressions over the row."""
    fields = {name: group for name, group in writer.places.fields(model).items() if name not in ("id", "code")}
    found: Data = {}
    for name in writer.random.sample(sorted(fields), k=min(len(fields), writer.random.randint(1, 2))):
        group = fields[name]
        if writer.chance(15) and writer.places.is_null(model, name):
            found[name] = None
        elif group in ("number", "count") and writer.chance(50):
            found[name] = call("Coalesce", {"binary": ["+", call("F", name), 1]}, call("Value", 1))
        elif group == "text" and writer.chance(50):
            found[name] = call("Substr", call("Concat", call("F", name), call("Value", "!")), 1, 20)
        else:
            found[name] = writer.value(group)
    if writer.chance(20):
        number = writer.correlated(model)
        number["steps"] += [["order_by", ["pk"], {}], ["values", ["code"], {}], ["[]", [{"slice": [None, 1]}], {}]]
        found["size"] = call("Coalesce", call("Subquery", {"query": number}), call("Value", 5))
    return found


def writing(writer: Writer) -> Data:
    """Updates, deletions, and the bulk methods."""
    model = writer.model()
    steps: list[Any] = []
    _conditions(writer, model, steps, 1)
    found: Data = {"on": model, "steps": steps, "writes": True, "ordered": False}
    match writer.random.randint(0, 9):
        case 0 | 1 | 2:
            found["end"] = ["update", [], _changes(writer, model)]
        case 3 | 4:
            found["end"] = ["delete", [], {}]
        case 5:
            if writer.chance(50):
                steps += [["order_by", [*writer.order(model, []), "pk"], {}], _slice(writer)]
            found["end"] = [writer.pick(("update", "delete")), [], {}]
            if found["end"][0] == "update":
                found["end"][2] = _changes(writer, model)
        case 6:
            found["steps"] = []
            method = writer.pick(("get_or_create", "update_or_create"))
            code = writer.random.randint(1, 60)
            defaults = {**_required(writer, model), "title": "made"}
            found["end"] = [method, [], {"code": code, "defaults": {"dict": defaults}}]
        case 7 | 8:
            found["steps"] = []
            objs = [
                {"new": [model, {**_required(writer, model), "code": writer.random.randint(20, 60)}]}
                for _ in range(writer.random.randint(0, 3))
            ]
            options: Data = {}
            if writer.chance(30):
                options["ignore_conflicts"] = True
            elif writer.chance(40):
                options = {"update_conflicts": True, "unique_fields": ["code"], "update_fields": ["title", "size"]}
            if writer.chance(20):
                options["batch_size"] = writer.pick((1, 2))
            found["end"] = ["bulk_create", [objs], options]
        case 9:
            found["steps"] = []
            found["end"] = ["create", [], {**_required(writer, model), "code": writer.random.randint(1, 99)}]
    return found


def _required(writer: Writer, model: str) -> Data:
    """Values for a new row."""
    found: Data = {"title": writer.value("text"), "size": writer.value("number")}
    for each in writer.places.lineage(model):
        for spec in writer.places.models[each]["fields"]:
            name, options = spec["name"], spec["options"]
            if spec["kind"] == "ManyToManyField" or name in ("title", "size", "code"):
                continue
            if "to" in spec:
                target = each if spec["to"] == "self" else spec["to"]
                keys = writer.places.keys[target]
                if spec["kind"] != "OneToOneField" and keys and (not options.get("null") or writer.chance(40)):
                    found[f"{name}_id"] = writer.pick(keys)
            elif not options.get("null") or writer.chance(50):
                found[name] = writer.value(writer.places.fields(model)[name])
    return found


def related(writer: Writer) -> Data:
    """Reading and writing through the manager of a relation."""
    model = writer.model()
    ways = [way for way in writer.places.relations(model) if way.many]
    keys = writer.places.keys[model]
    if not ways or not keys:
        return single(writer)
    way, key = writer.pick(ways), writer.pick(keys)
    if writer.chance(40):
        steps: list[Any] = []
        _conditions(writer, way.target, steps)
        end = writer.pick((ALL, ["count", [], {}], ["exists", [], {}]))
        return {"of": [model, key, way.name], "steps": steps, "end": end, "ordered": False}
    chosen = [{"object": [way.target, each]} for each in writer.places.keys[way.target] if writer.chance(30)]
    name = writer.pick(("add", "set", "remove", "clear", "create", "update"))
    args: list[Any] = chosen
    kwargs: Data = {}
    if name == "set":
        args = [chosen]
        if writer.chance(25):
            kwargs["clear"] = True
    elif name == "clear":
        args = []
    elif name == "create":
        args, kwargs = [], {**_required(writer, way.target), "code": 77}
        kwargs = {field: value for field, value in kwargs.items() if not field.startswith("r")}
    elif name == "update":
        args, kwargs = [], {"title": "changed"}
    return {
        "related": [model, key, way.name],
        "end": [name, args, kwargs],
        "writes": True,
        "ordered": False,
        "steps": [],
    }


def mistaken(writer: Writer) -> Data:
    """Programs with a mistake in them, which both frameworks must refuse the same way."""
    model = writer.model()
    column, _group = writer.path(model)
    number = writer.field_of(model, WHOLE)
    steps_of: list[list[Any]] = [
        [["filter", [], {"nothing": 1}]],
        [["filter", [], {f"{column}__nothing": 1}]],
        [["filter", [], {f"{column}__nothing__exact": 1}]],
        [["exclude", [], {f"{number}__in": 5}]],
        [["filter", [], {number: "no number"}]],
        [["filter", [], {number: writer.pick(([1], {"dict": {}}, {"bytes": "00"}))}]],
        [["filter", [], {f"{number}__isnull": "yes"}]],
        [["filter", [], {column: {"model": model}}]],
        [["filter", [], {column: {"query": {"on": model, "steps": []}}}]],
        [["filter", [], {column: {"query": {"on": model, "steps": [["values", ["pk", "code"], {}]]}}}]],
        [["filter", [], {f"{column}__in": {"query": {"on": model, "steps": [["values", ["pk", "code"], {}]]}}}]],
        [["order_by", ["nothing"], {}]],
        [["order_by", [f"{column}__nothing"], {}]],
        [["order_by", [5], {}]],
        [["values", ["nothing"], {}]],
        [["values", [f"{column}__nothing"], {}]],
        [["values_list", ["pk", "code"], {"flat": True}]],
        [["values_list", ["pk"], {"flat": True, "named": True}]],
        [["annotate", [], {"title": call("Value", 1)}]],
        [["annotate", [], {"x": call("F", "nothing")}]],
        [["annotate", [], {"x": call("Count", "nothing")}]],
        [["annotate", [], {"x": 5}]],
        [["annotate", [call("Value", 1)], {}]],
        [["annotate", [], {"x": call("Sum", call("Count", "pk"))}]],
        [["annotate", [], {"x": {"binary": ["+", call("F", "title"), call("F", "code")]}}]],
        [["annotate", [], {"x": call("Value", 1), "y": call("F", "z")}]],
        [["alias", [], {"x": call("Value", 1)}], ["values", ["x"], {}]],
        [["[]", [{"slice": [-1, None]}], {}]],
        [["[]", [-1], {}]],
        [["[]", ["a"], {}]],
        [["[]", [{"slice": [0, 2]}], {}], ["filter", [], {"pk": 1}]],
        [["[]", [{"slice": [0, 2]}], {}], ["order_by", ["pk"], {}]],
        [["[]", [{"slice": [0, 2]}], {}], ["reverse", [], {}]],
        [["[]", [{"slice": [0, 2]}], {}], ["distinct", [], {}]],
        [["select_related", ["nothing"], {}]],
        [["select_related", [column], {}]],
        [["prefetch_related", ["nothing"], {}]],
        [["prefetch_related", [column], {}]],
        [["only", ["nothing"], {}]],
        [["defer", ["nothing"], {}]],
        [["distinct", ["title"], {}]],
        [["filter", [call("Q", nothing=1)], {}]],
        [["filter", [5], {}]],
        [["filter", ["text"], {}]],
        [["filter", [call("Count", "pk")], {}]],
        [["union", [{"query": {"on": model, "steps": [["values", ["pk", "code"], {}]]}}], {}]],
        [["values", ["pk"], {}], ["select_related", [], {}]],
        [["values", ["pk"], {}], ["only", ["code"], {}]],
        [["filter", [], {"pk": call("OuterRef", "pk")}]],
        [
            ["annotate", [], {"x": call("Window", call("RowNumber"))}],
            ["filter", [], {"x": 1}],
            ["filter", [], {"y": 1}],
        ],
        [["annotate", [], {"x": call("Case", call("When", call("Q")), then=1)}]],
        [["annotate", [], {"x": call("When", call("Q", pk=1))}]],
        [["annotate", [], {"x": call("Substr", "title", 0)}]],
        [["annotate", [], {"x": call("Left", "title", 0)}]],
        [["annotate", [], {"x": call("Concat", "title")}]],
        [["annotate", [], {"x": call("Coalesce", "title")}]],
        [["annotate", [], {"x": call("TruncDay", "title")}]],
        [["annotate", [], {"x": call("Extract", "title", "year")}]],
        [["annotate", [], {"x": call("Greatest", "title")}]],
        [["annotate", [], {"x y": call("Value", 1)}]],
        [["annotate", [], {'x"': call("Value", 1)}]],
        [["annotate", [], {"x--": call("Value", 1)}]],
    ]
    ends: list[list[Any]] = [
        ["get", [], {"nothing": 1}],
        ["get", [], {}],
        ["update", [], {"nothing": 1}],
        ["update", [], {f"{column}__x": 1}],
        ["update", [], {number: call("Count", "pk")}],
        ["update", [], {"size": "text"}],
        ["update", [], {"code": 1}],
        ["update", [], {}],
        ["aggregate", [], {"x": call("F", "pk")}],
        ["aggregate", [], {"x": 5}],
        ["aggregate", [], {"x": call("Sum", "nothing")}],
        ["aggregate", [call("Value", 1)], {}],
        ["in_bulk", [[1]], {"field_name": "title"}],
        ["in_bulk", [[1]], {"field_name": "nothing"}],
        ["dates", ["title", "year"], {}],
        ["dates", ["nothing", "year"], {}],
        ["dates", ["title", "hour"], {}],
        ["datetimes", ["title", "eon"], {}],
        ["latest", [], {}],
        ["earliest", ["nothing"], {}],
        ["create", [], {"nothing": 1}],
        ["create", [], {"code": 1}],
        ["create", [], {"code": None}],
        ["create", [], {"code": "text", "title": "x"}],
        ["bulk_create", [[]], {"batch_size": -1}],
        ["bulk_create", [[]], {"update_conflicts": True}],
        ["bulk_create", [[]], {"update_conflicts": True, "ignore_conflicts": True}],
        ["bulk_create", [[]], {"update_conflicts": True, "update_fields": ["nothing"], "unique_fields": ["code"]}],
        ["bulk_update", [[], []], {}],
        ["bulk_update", [[{"new": [model, {}]}], ["size"]], {}],
        ["bulk_update", [[{"new": [model, {}]}], ["nothing"]], {}],
        ["bulk_update", [[{"new": [model, {}]}], ["pk"]], {}],
        ["contains", [5], {}],
        ["contains", [{"new": [model, {}]}], {}],
        ["get_or_create", [], {"nothing": 1}],
        ["get_or_create", [], {"code": 1, "defaults": {"dict": {"nothing": 1}}}],
        ["iterator", [], {"chunk_size": 0}],
        ["explain", [], {"format": "nothing"}],
        ["explain", [], {"a;b": 1}],
        ["nothing", [], {}],
    ]
    steps, end = writer.pick(steps_of), ALL
    if writer.chance(40):
        steps, end = [], writer.pick(ends)
        if writer.chance(20):
            steps = [["values", ["code"], {}]]
    elif writer.chance(30):
        end = writer.pick((["count", [], {}], ["delete", [], {}], ["update", [], {"title": "x"}], ["exists", [], {}]))
    return {"on": model, "steps": steps, "end": end, "writes": end[0] not in ("list", "get"), "ordered": False}
