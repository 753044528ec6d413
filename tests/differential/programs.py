"""Generated programs: chains of query set methods over a generated schema, as data that `worker.py` evaluates.

The writer draws from a `random.Random`. Given by Hypothesis, each draw is part of the example, so that a program that
shows a difference shrinks; given by a seed, it makes programs quickly.

Where the documentation leaves the order of rows open, programs do not depend on it: a slice is taken from rows ordered by
their key in the end, and the answers of programs that are not marked `ordered` are compared as sets.
"""

from __future__ import annotations

from random import Random
from typing import Any

from tests.differential.relations import Relation, SchemaMap
from tests.differential.schemas import Data, value_of

NUMBERS = ("number", "count", "float", "decimal", "key")
WHOLE = ("number", "count", "key")
TEXT_LOOKUPS = (
    "exact", "iexact", "contains", "icontains", "startswith", "istartswith", "endswith", "iendswith", "regex", "iregex",
    "gt", "lte", "in", "isnull",
)  # fmt: skip
ORDER_LOOKUPS = ("exact", "gt", "gte", "lt", "lte", "in", "range", "isnull")
DATE_PARTS = ("year", "iso_year", "month", "day", "week", "week_day", "iso_week_day", "quarter")
TIME_PARTS = ("hour", "minute", "second")
PATTERNS = ("a", "A", "^a", "b$", ".", "[ab]", "x y", "\\\\", "50%", "_", "")


def call(name: str, *args: Any, **kwargs: Any) -> Data:
    """A call of a public name."""
    return {"call": [name, list(args), kwargs]}


class Writer:
    """Writes programs over one schema."""

    def __init__(self, random: Random, places: SchemaMap) -> None:
        self.random = random
        self.places = places
        self.number = 0
        self.far_columns = False  # whether F() may follow relations

    # -- draws -------------------------------------------------------------------------------------------------

    def chance(self, percent: int) -> bool:
        return self.random.randint(1, 100) <= percent

    def pick(self, choices: Any) -> Any:
        return self.random.choice(list(choices))

    def name(self) -> str:
        self.number += 1
        return f"x{self.number}"

    def value(self, group: str) -> Any:
        """A value for a comparison with a field: mostly of its type."""
        if group == "key":
            return self.random.randint(0, 12)
        return value_of(self.random, group)

    def model(self) -> str:
        return str(self.pick(self.places.models))

    def walk(self, model: str, depth: int = 2, many: bool = True) -> tuple[str, str]:
        """A path along relations: prefix and the model it leads to."""
        prefix = ""
        while depth and self.chance(35):
            ways = [way for way in self.places.relations(model) if many or not way.many]
            if not ways:
                break
            way: Relation = self.pick(ways)
            prefix += f"{way.name}__"
            model = way.target
            depth -= 1
        return prefix, model

    def path(self, model: str, groups: Any = None, many: bool = True) -> tuple[str, str]:
        """A path to a plain field: its name and group."""
        prefix, end = self.walk(model, many=many)
        fields = self.places.fields(end)
        fitting = [name for name, group in fields.items() if groups is None or group in groups]
        if not fitting:
            prefix, fields = "", self.places.fields(model)
            fitting = [name for name, group in fields.items() if groups is None or group in groups]
            if not fitting:
                return "id", "key"
        name = str(self.pick(fitting))
        return prefix + name, fields[name]

    # -- conditions --------------------------------------------------------------------------------------------

    def lookup(self, model: str, many: bool = True) -> tuple[str, Any]:
        """A keyword of `filter()` and its value."""
        if self.chance(12):
            return self.relation_lookup(model, many)
        path, group = self.path(model, many=many)
        return self.lookup_on(model, path, group)

    def lookup_on(self, model: str, path: str, group: str) -> tuple[str, Any]:
        if group == "json":
            return self.json_lookup(path)
        if group in ("date", "datetime", "time") and self.chance(45):
            return self.part_lookup(path, group)
        if group == "text":
            kind = self.pick(TEXT_LOOKUPS)
            if kind in ("regex", "iregex"):
                return f"{path}__{kind}", self.pick(PATTERNS)
        elif group in ("bytes", "bool", "uuid"):
            kind = self.pick(("exact", "in", "isnull", "exact"))
        else:
            kind = self.pick(ORDER_LOOKUPS)
        return self.compared(model, path, group, kind)

    def compared(self, model: str, path: str, group: str, kind: str) -> tuple[str, Any]:
        if kind == "isnull":
            return f"{path}__isnull", self.chance(50)
        if kind == "in":
            if self.chance(20):
                return f"{path}__in", self.subquery_of(group)
            far, self.far_columns = self.far_columns, False
            values = [self.operand(model, group) for _ in range(self.random.randint(0, 4))]
            self.far_columns = far
            return f"{path}__in", values
        if kind == "range":
            return f"{path}__range", [self.value(group), self.value(group)]
        value = self.operand(model, group)
        if kind == "exact" and self.chance(60):
            return path, None if self.chance(10) else value
        return f"{path}__{kind}", value

    def operand(self, model: str, group: str) -> Any:
        """The right side of a comparison: a value, or a column with `F`.

        Columns of related rows stand in plain conditions of filter() only. Elsewhere (in lists, under exclude(), beside OR)
        the other framework loses rows that have no related one.
        """
        if self.chance(12):
            groups = NUMBERS if group in NUMBERS else (group,)
            if self.far_columns:
                return call("F", self.path(model, groups, many=False)[0])
            own = [name for name, found in self.places.fields(model).items() if found in groups]
            if own:
                return call("F", self.pick(own))
        return self.value(group)

    def json_lookup(self, path: str) -> tuple[str, Any]:
        key = self.pick(("a", "b", "b__c", "b__c__0", "a__0", "missing", "k"))
        match self.random.randint(0, 7):
            case 0:
                return f"{path}__has_key", self.pick(("a", "b", "zz"))
            case 1:
                return f"{path}__{self.pick(('has_keys', 'has_any_keys'))}", [self.pick(("a", "b")), "k"]
            case 2:
                return f"{path}__{key}__isnull", self.chance(50)
            case 3:
                return f"{path}__{key}__{self.pick(('icontains', 'startswith', 'iexact'))}", self.pick(("1", "x", "y"))
            case 4:
                return f"{path}__{key}__{self.pick(('gt', 'lte'))}", self.pick((1, 2, 0))
            case 5:
                return f"{path}__{key}__in", [self.pick((1, "1", "y", True)), 2.5]
            case 6:
                return f"{path}__isnull", self.chance(50)
        return f"{path}__{key}", self.pick((1, "1", "x", "y", True, None, 2.5))

    def part_lookup(self, path: str, group: str) -> tuple[str, Any]:
        parts = {"date": DATE_PARTS, "datetime": DATE_PARTS + TIME_PARTS, "time": TIME_PARTS}[group]
        if group == "datetime" and self.chance(25):
            kind = self.pick(("date", "time"))
            compare = self.pick(("", "__gt", "__lte"))
            return f"{path}__{kind}{compare}", self.value(kind)
        part = self.pick(parts)
        value = self.pick((2024, 2023, 1999)) if "year" in part else self.random.randint(0, 13)
        if self.chance(20):
            return f"{path}__{part}__in", [value, value + 1]
        return f"{path}__{part}{self.pick(('', '__gt', '__lte', '__gte', '__lt'))}", value

    def relation_lookup(self, model: str, many: bool) -> tuple[str, Any]:
        prefix, end = self.walk(model, depth=1, many=many)
        ways = [way for way in self.places.relations(end) if many or not way.many]
        if not ways:
            return "pk", 1
        way = self.pick(ways)
        name = prefix + way.name
        match self.random.randint(0, 5):
            case 0:
                return f"{name}__isnull", self.chance(50)
            case 1:
                return f"{name}__in", [self.random.randint(1, 9) for _ in range(self.random.randint(0, 3))]
            case 2:
                return f"{name}__in", {"query": self.query(way.target, depth=1)}
            case 3:
                return name, None
            case 4 if self.places.keys[way.target]:
                return name, {"object": [way.target, self.pick(self.places.keys[way.target])]}
        return name, self.random.randint(1, 9)

    def q(self, model: str, depth: int = 2, many: bool = True, negations: int = 1) -> Data:
        """A tree of conditions.

        No negation stands in another, nor around relations to several rows in a tree: what NULL means below two of them,
        and whether a negation looks at the row that the rest of the tree looks at, is documented nowhere.
        """
        negated = bool(negations) and self.chance(20)
        if self.chance(8):
            # XOR over relations is left out: the other framework joins so that rows without related ones are lost.
            made: Data = {"binary": ["^", self.own_condition(model), self.own_condition(model)]}
        elif depth == 0 or self.chance(50):
            kwargs = dict(self.lookup(model, many) for _ in range(1 if self.chance(70) else 2))
            made = call("Q", **kwargs)
        else:
            left = 0 if negated else negations
            parts = [self.q(model, depth - 1, many and not left, left) for _ in range(2)]
            made = {"binary": [self.pick(("&", "|", "|")), *parts]}
        return {"not": made} if negated else made

    def own_condition(self, model: str) -> Data:
        """A condition on a column of the model itself and a value."""
        fields = self.places.fields(model)
        name = self.pick(fields)
        group = fields[name]
        return call("Q", **{f"{name}__isnull": self.chance(50)} if self.chance(20) else {name: self.value(group)})

    # -- subqueries --------------------------------------------------------------------------------------------

    def subquery_of(self, group: str) -> Data:
        """A query of one column of a group."""
        model = self.model()
        name = self.field_of(model, (group,))
        steps = [self.filter_step(model)] if self.chance(70) else []
        return {"query": {"on": model, "steps": [*steps, ["values", [name], {}]]}}

    def field_of(self, model: str, groups: Any) -> str:
        fitting = [name for name, group in self.places.fields(model).items() if group in groups]
        return str(self.pick(fitting)) if fitting else "id"

    def correlated(self, model: str) -> Data:
        """A query whose rows depend on the row outside."""
        other = self.model()
        inner = self.pick([name for name, group in self.places.fields(other).items() if group in WHOLE])
        outer, _group = self.path(model, WHOLE, many=False)
        compare = self.pick(("", "", "__lt", "__gte"))
        steps: list[Any] = [["filter", [], {f"{inner}{compare}": call("OuterRef", outer)}]]
        if self.chance(40):
            steps.append(self.filter_step(other))
        return {"on": other, "steps": steps}

    def subquery(self, model: str, groups: Any) -> Data:
        found = self.correlated(model)
        column = self.field_of(found["on"], groups)
        if self.chance(25):
            found["steps"] += [["order_by", [], {}], ["values", [self.field_of(found["on"], WHOLE)], {}]]
            found["steps"][-1] = ["values", ["code"], {}]
            total = call("Sum" if groups is not None and "number" in groups else "Max", column)
            found["steps"] += [["annotate", [], {"total": total}], ["order_by", ["code"], {}]]
            found["steps"] += [["values", ["total"], {}], ["[]", [{"slice": [None, 1]}], {}]]
        else:
            found["steps"] += [["order_by", [column, "pk"], {}], ["values", [column], {}]]
            found["steps"] += [["[]", [{"slice": [None, 1]}], {}]]
        return call("Subquery", {"query": found})

    # -- expressions -------------------------------------------------------------------------------------------

    def expression(self, model: str, group: str, depth: int = 2, many: bool = True) -> Any:
        """An expression whose values are of a group: "number", "text", "bool", "date" or "datetime"."""
        makers = {
            "number": self.number_expression,
            "text": self.text_expression,
            "bool": self.bool_expression,
            "date": self.date_expression,
        }
        return makers[group](model, depth, many)

    def any_expression(self, model: str, many: bool = True) -> Any:
        return self.expression(model, self.pick(("number", "text", "bool", "date", "number", "text")), many=many)

    def column(self, model: str, groups: Any, many: bool) -> Data:
        return call("F", self.path(model, groups, many)[0])

    def number_expression(self, model: str, depth: int, many: bool) -> Any:
        if depth == 0:
            if self.chance(30):
                return call("Value", self.pick((0, 1, 2, 3, -1)))
            return self.column(model, WHOLE, many)
        inner = lambda: self.number_expression(model, depth - 1, many)  # noqa: E731
        text = lambda: self.text_expression(model, depth - 1, many)  # noqa: E731
        match self.random.randint(0, 16):
            case 0 | 1:
                return {"binary": [self.pick("+-*"), inner(), inner()]}
            case 2:
                return {"binary": [self.pick("%"), inner(), call("Value", self.pick((2, 3, 7)))]}
            case 3:
                return call("Length", text())
            case 4:
                return call("Coalesce", inner(), call("Value", 7))
            case 5:
                return call(self.pick(("Abs", "Sign")), inner())
            case 6:
                return call(self.pick(("Greatest", "Least")), inner(), inner())
            case 7:
                return call("NullIf", inner(), inner())
            case 8:
                return self.case(model, "number", depth, many)
            case 9:
                return call("StrIndex", text(), call("Value", self.pick(("a", "b", " "))))
            case 10:
                return call("Cast", inner(), output_field=call(self.pick(("IntegerField", "BigIntegerField"))))
            case 11:
                return self.subquery(model, WHOLE)
            case 12:
                part = self.pick(("Year", "Month", "Day", "Week", "WeekDay", "IsoWeekDay", "Quarter", "IsoYear"))
                path, group = self.path(model, ("date", "datetime"), many)
                if group not in ("date", "datetime"):
                    return self.column(model, WHOLE, many)
                return call(f"Extract{part}", path)
            case 13:
                return call("ExpressionWrapper", inner(), output_field=call("IntegerField"))
            case 14:
                return call("Mod", inner(), call("Value", self.pick((2, 5))))
            case 15:
                # SQLite rounds halves by its own rule, which both frameworks replace.
                return call("Round", {"binary": ["*", inner(), call("Value", 1.0)]})
        return self.column(model, WHOLE, many)

    def text_expression(self, model: str, depth: int, many: bool) -> Any:
        if depth == 0:
            return call("Value", self.pick(("", "a", "b%"))) if self.chance(25) else self.column(model, ("text",), many)
        inner = lambda: self.text_expression(model, depth - 1, many)  # noqa: E731
        match self.random.randint(0, 14):
            case 0 | 1:
                return call(self.pick(("Lower", "Upper", "Trim", "LTrim", "RTrim", "Reverse")), inner())
            case 2 | 3:
                return call("Concat", inner(), inner(), call("Value", "-"))
            case 4:
                return call("Substr", inner(), self.random.randint(1, 3), self.pick((None, 1, 2)))
            case 5:
                return call(self.pick(("Left", "Right")), inner(), self.random.randint(1, 3))
            case 6:
                return call("Replace", inner(), call("Value", self.pick(("a", "b"))), call("Value", "z%s"))
            case 7:
                return call("Coalesce", inner(), call("Value", "none"))
            case 8:
                return call("NullIf", inner(), call("Value", self.pick(("", "a"))))
            case 9:
                return self.case(model, "text", depth, many)
            case 10:
                return call(self.pick(("LPad", "RPad")), inner(), self.random.randint(0, 6), call("Value", "xy"))
            case 11:
                return call("Cast", self.number_expression(model, 0, many), output_field=call("CharField"))
            case 12:
                return call(self.pick(("MD5", "SHA256")), inner())
            case 13:
                return self.subquery(model, ("text",))
        return call("Repeat", inner(), self.random.randint(0, 3))

    def bool_expression(self, model: str, depth: int, many: bool) -> Any:
        match self.random.randint(0, 4):
            case 0:
                exists = call("Exists", {"query": self.correlated(model)})
                return {"not": exists} if self.chance(30) else exists
            case 1:
                left, right = self.number_expression(model, 0, many), self.number_expression(model, 0, many)
                return call(self.pick(("GreaterThan", "LessThanOrEqual", "Exact")), left, right)
            case 2:
                return call("ExpressionWrapper", self.q(model, 1, many), output_field=call("BooleanField"))
            case 3:
                return call("IsNull", self.column(model, None, many), self.chance(50))
        return self.case(model, "bool", 1, many)

    def date_expression(self, model: str, depth: int, many: bool) -> Any:
        path, group = self.path(model, ("date", "datetime"), many)
        if group not in ("date", "datetime"):
            return call("Value", {"date": "2024-01-01"})
        match self.random.randint(0, 4):
            case 0:
                return call("F", path)
            case 1:
                return call("TruncDate" if group == "datetime" else "TruncDay", path)
            case 2:
                # Parts of days mean nothing to a date; databases differ in what they make of them.
                seconds = self.pick((86400, -172800) if group == "date" else (86400, 3600, -60.5))
                return {"binary": [self.pick("+-"), call("F", path), {"seconds": seconds}]}
        return call(f"Trunc{self.pick(('Year', 'Month', 'Quarter', 'Week', 'Day'))}", path)

    def case(self, model: str, group: str, depth: int, many: bool) -> Data:
        def result() -> Any:
            if group == "bool":
                return call("Value", self.chance(50))
            return self.expression(model, group, depth - 1, many)

        whens = [call("When", self.q(model, 1, many), then=result()) for _ in range(self.random.randint(1, 2))]
        return call("Case", *whens, default=result()) if self.chance(70) else call("Case", *whens)

    def aggregate(self, model: str) -> Any:
        """An aggregate whose answer does not depend on the order of rows."""
        kwargs: Data = {}
        if self.chance(30):
            kwargs["filter"] = self.q(model, 1)
        kind = self.pick(("Count", "Count", "Sum", "Avg", "Max", "Min", "StdDev", "Variance", "StringAgg"))
        if kind == "Count":
            if self.chance(40):
                kwargs["distinct"] = True
            return call("Count", "*" if self.chance(10) and "distinct" not in kwargs else self.counted(model), **kwargs)
        if kind == "StringAgg":
            path, _group = self.path(model, ("text",))
            order = [path] if self.chance(50) else [f"-{path}"]
            return call("StringAgg", path, call("Value", self.pick((",", "%", "'"))), order_by=order, **kwargs)
        if kind in ("Sum", "Avg") and self.chance(25):
            kwargs["default"] = 0
        if kind in ("Sum", "Avg", "Count") and self.chance(20):
            kwargs["distinct"] = True
        if kind in ("Max", "Min") and self.chance(40):
            return call(kind, self.text_expression(model, 1, True), **kwargs)
        if self.chance(30):
            return call(kind, self.number_expression(model, 1, True), **kwargs)
        return call(kind, self.path(model, (*WHOLE, "decimal"))[0], **kwargs)

    def counted(self, model: str) -> str:
        ways = self.places.relations(model)
        return self.pick(ways).name if ways and self.chance(60) else self.path(model)[0]

    def window(self, model: str) -> Data:
        """A window whose rows are ordered to the last, so that every row has one answer."""
        kind = self.pick(
            ("RowNumber", "Rank", "DenseRank", "Lag", "Lead", "FirstValue", "Ntile", "Sum", "Max", "CumeDist")
        )
        number = self.field_of(model, WHOLE)
        if kind in ("RowNumber", "Rank", "DenseRank", "CumeDist"):
            function = call(kind)
        elif kind == "Ntile":
            function = call("Ntile", num_buckets=self.random.randint(1, 3))
        elif kind in ("Lag", "Lead"):
            function = call(kind, number, offset=self.random.randint(1, 2))
        else:
            function = call(kind, number)
        kwargs: Data = {"order_by": [self.pick((number, f"-{number}")), "pk"]}
        if self.chance(50):
            kwargs["partition_by"] = [self.field_of(model, ("text", "bool"))]
        if kind in ("Sum", "Max", "FirstValue") and self.chance(50):
            kwargs["frame"] = call("RowRange", start=self.pick((None, -1, -2)), end=self.pick((None, 0, 1)))
        return call("Window", function, **kwargs)

    # -- steps -------------------------------------------------------------------------------------------------

    def filter_step(self, model: str) -> list[Any]:
        method = "exclude" if self.chance(35) else "filter"
        match self.random.randint(0, 5):
            case 0 | 1:
                return [method, [self.q(model, negations=1 if method == "filter" else 0)], {}]
            case 2:
                return [method, [self.bool_expression(model, 1, self.chance(50))], {}]
        self.far_columns = method == "filter"
        kwargs = dict(self.lookup(model) for _ in range(1 if self.chance(65) else 2))
        self.far_columns = False
        return [method, [], kwargs]

    def order(self, model: str, names: list[str]) -> list[Any]:
        choices = [self.path(model, many=False)[0] for _ in range(2)] + names
        made: list[Any] = []
        for _ in range(self.random.randint(1, 2)):
            name = self.pick(choices)
            match self.random.randint(0, 4):
                case 0:
                    made.append(f"-{name}")
                case 1:
                    direction = self.pick(("asc", "desc"))
                    nulls = self.pick(({}, {"nulls_first": True}, {"nulls_last": True}))
                    made.append({"method": [call("F", name), direction, [], nulls]})
                case 2:
                    made.append(self.text_expression(model, 1, False))
                case _:
                    made.append(name)
        return made

    def query(self, model: str, depth: int = 2) -> Data:
        """A chain without an end, for use inside another."""
        steps = [self.filter_step(model) for _ in range(self.random.randint(0, depth))]
        return {"on": model, "steps": steps}
