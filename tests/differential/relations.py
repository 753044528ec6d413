"""What names lead where in a generated schema: the map that the program writer draws from."""

from __future__ import annotations

from dataclasses import dataclass

from tests.differential.schemas import GROUPS, Data, root_of

ALL_GROUPS = frozenset(GROUPS.values())


@dataclass(frozen=True)
class Relation:
    """A way from one model to another.

    Attributes:
        name: as queries spell it.
        target: model at the end.
        many: whether it leads to several rows.
        forward: whether the model itself has the field.
    """

    name: str
    target: str
    many: bool
    forward: bool


class SchemaMap:
    """Fields and relations of each model, those of parents included."""

    def __init__(self, schema: Data) -> None:
        self.models: dict[str, Data] = {spec["name"]: spec for spec in schema["models"]}
        self._list = schema["models"]
        self.keys = self._count_keys(schema["rows"])
        self._fields = {name: self._find_fields(name) for name in self.models}
        self._relations = {name: self._find_relations(name) for name in self.models}

    def _count_keys(self, rows: list[Data]) -> dict[str, list[int]]:
        last: dict[str, int] = {}
        keys: dict[str, list[int]] = {name: [] for name in self.models}
        for row in rows:
            root = root_of(self._list, row["model"])
            last[root] = last.get(root, 0) + 1
            for name in self.lineage(row["model"]):
                keys[name].append(last[root])
        for name, spec in self.models.items():
            if spec["meta"].get("proxy"):
                keys[name] = keys[spec["bases"][0]]
        return keys

    def lineage(self, name: str) -> list[str]:
        """Return a model and those above it."""
        bases = self.models[name]["bases"]
        return [name, *(self.lineage(bases[0]) if bases else [])]

    def fields(self, name: str) -> dict[str, str]:
        """Return the plain fields of a model: name to group. The primary key is among them."""
        return self._fields[name]

    def relations(self, name: str) -> list[Relation]:
        """Return the ways that lead away from a model."""
        return self._relations[name]

    def is_null(self, name: str, field: str) -> bool:
        """Whether a field of a model may be null."""
        for each in self.lineage(name):
            for spec in self.models[each]["fields"]:
                if spec["name"] == field:
                    return bool(spec["options"].get("null"))
        return False

    def _find_fields(self, name: str) -> dict[str, str]:
        found: dict[str, str] = {"id": "key"}
        for each in reversed(self.lineage(name)):
            for spec in self.models[each]["fields"]:
                if spec["kind"] in GROUPS:
                    found[spec["name"]] = GROUPS[spec["kind"]]
        return found

    def _find_relations(self, name: str) -> list[Relation]:
        found = []
        lineage = self.lineage(name)
        for each in lineage:
            for spec in self.models[each]["fields"]:
                if "to" in spec:
                    target = each if spec["to"] == "self" else spec["to"]
                    found.append(Relation(spec["name"], target, spec["kind"] == "ManyToManyField", True))
        for owner, model in self.models.items():
            for spec in model["fields"]:
                if "to" in spec and (owner if spec["to"] == "self" else spec["to"]) in lineage:
                    many = spec["kind"] != "OneToOneField"
                    found.append(Relation(spec["options"]["related_name"], owner, many, False))
            if model["bases"] and not model["meta"].get("proxy"):
                base = model["bases"][0]
                if base in lineage:
                    found.append(Relation(owner.lower(), owner, False, False))
                if owner in lineage:
                    found.append(Relation(f"{base.lower()}_ptr", base, False, True))
        return found
