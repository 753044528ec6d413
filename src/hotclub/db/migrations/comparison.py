"""The differences between two project states, as operations with what they wait for.

The states are compared as records. Renames are found first, because all other comparisons look through them. The steps
of `planned()` stand in the order in which a database takes the changes: what goes, before what comes.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from hotclub.apps import apps as global_apps
from hotclub.conf import settings
from hotclub.db import models
from hotclub.db.migrations import operations
from hotclub.db.migrations.definitions import column_of, plain
from hotclub.db.migrations.entries import EntryChanges, changed_constraints, changed_indexes
from hotclub.db.migrations.planned import SETTING, Fact, Happening, Planned
from hotclub.db.migrations.references import ModelKey, model_key, names_in

CREATED, REMOVED, ALTERED = Happening.CREATED, Happening.REMOVED, Happening.ALTERED

FieldKey = tuple[str, str, str]
"""App label, lower-case model name, field name."""


class Comparison:
    """One comparison of two states.

    Args:
        from_state: before.
        to_state: after.
        questioner: decides renames and one-off defaults.
        convert_apps: apps without migrations whose models shall be looked at.
    """

    def __init__(self, from_state: Any, to_state: Any, questioner: Any, convert_apps: set[str] | None) -> None:
        self.from_state = from_state
        self.to_state = to_state
        self.questioner = questioner
        self.plans: dict[str, list[Planned]] = {}
        self.old = self._own_models(from_state, convert_apps)
        self.new = self._own_models(to_state, convert_apps, from_state.real_apps)
        self.renamed_models: dict[ModelKey, ModelKey] = {}
        """New key → old key."""
        self.renamed_fields: dict[FieldKey, str] = {}
        """New field → its old name."""
        self.rename_plans: list[tuple[FieldKey, Any, Any]] = []
        self.indexes: dict[ModelKey, EntryChanges] = {}
        self.constraints: dict[ModelKey, EntryChanges] = {}

    @staticmethod
    def _own_models(
        state: Any, convert_apps: set[str] | None, real_apps: set[str] | None = None
    ) -> dict[ModelKey, Any]:
        """Give the records that are compared: not swapped out, and of apps with migrations."""
        skipped = (state.real_apps | (real_apps or set())) - (convert_apps or set())
        return {
            key: record for key, record in state.models.items() if key[0] not in skipped and not _is_swapped(record)
        }

    def planned(self) -> dict[str, list[Planned]]:
        """Give the operations of each app."""
        self._rename_models()
        self._pair_models()
        self._find_renamed_fields()
        self._delete_models()
        self._create_models()
        self._delete_proxies()
        self._create_proxies()
        self._alter_options()
        self._alter_managers()
        self._compare_entries()
        self._remove_entries()
        self._rename_fields()
        self._rename_indexes()
        self._reduce_unique_together()
        self._remove_fields()
        self._add_fields()
        self._alter_fields()
        self._alter_order()
        self._alter_unique_together()
        self._add_entries()
        self._alter_tables()
        return self.plans

    def _plan(self, label: str, operation: Any, waits_for: Iterable[Fact] = (), first: bool = False) -> None:
        queue = self.plans.setdefault(label, [])
        planned = Planned(operation, tuple(waits_for))
        if first:
            queue.insert(0, planned)
        else:
            queue.append(planned)

    # -- models --

    @staticmethod
    def _is_concrete(record: Any) -> bool:
        return bool(record.options.get("managed", True)) and not record.options.get("proxy", False)

    @staticmethod
    def _is_proxy(record: Any) -> bool:
        return bool(record.options.get("proxy", False))

    def _is_unmanaged(self, record: Any) -> bool:
        return not record.options.get("managed", True) and not self._is_proxy(record)

    def _rename_models(self) -> None:
        added = sorted(key for key in self.new if key not in self.old)
        for key in added:
            record = self.new[key]
            definition = self._relation_agnostic(record)
            for old_key in sorted(set(self.old) - set(self.new)):
                if old_key[0] != key[0] or old_key in self.renamed_models.values():
                    continue
                old_record = self.old[old_key]
                if self._is_proxy(old_record) != self._is_proxy(record) or self._is_unmanaged(
                    old_record
                ) != self._is_unmanaged(record):
                    continue
                if definition != self._relation_agnostic(old_record):
                    continue
                if not self.questioner.ask_rename_model(old_record, record):
                    continue
                facts = [
                    fact
                    for field in record.fields.values()
                    if field.is_relation
                    for fact in self._field_facts(key, field, old_key)
                ]
                # Those that refer to it have to know it by its old name first.
                facts += [
                    Fact(referring[0], referring[1], None, CREATED)
                    for referring in self.to_state.relations.get(key, {})
                    if referring[0] != key[0]
                ]
                self._plan(key[0], operations.RenameModel(old_name=old_record.name, new_name=record.name), facts)
                self.renamed_models[key] = old_key
                break

    def _relation_agnostic(self, record: Any) -> list[Any]:
        """Give field definitions without what they point to, which may be renamed as well."""
        definitions = []
        for _, field in sorted(record.fields.items()):
            definition = plain(field)
            if getattr(field, "remote_field", None) and field.remote_field.model:
                definition[2].pop("to", None)
            definitions.append(definition)
        return definitions

    def _pair_models(self) -> None:
        """Pair the models that are in both states, by their new key, and their fields."""
        pairs = [(key, self.renamed_models.get(key, key)) for key in sorted(self.new)]
        pairs = [(key, old_key) for key, old_key in pairs if old_key in self.old]

        def both(kind: Any) -> list[tuple[ModelKey, ModelKey]]:
            return [(key, old_key) for key, old_key in pairs if kind(self.new[key]) and kind(self.old[old_key])]

        self.kept = both(self._is_concrete)
        self.kept_proxies = both(self._is_proxy)
        self.kept_unmanaged = both(self._is_unmanaged)
        # A model that becomes managed, or stops being it, stays; a proxy that gets a table is another model.
        self.stays = {
            (key, old_key)
            for key, old_key in pairs
            if self._is_proxy(self.new[key]) == self._is_proxy(self.old[old_key])
        }
        self.old_fields: set[FieldKey] = {
            (*key, name) for key, old_key in self.kept for name in self.old[old_key].fields
        }
        self.new_fields: set[FieldKey] = {(*key, name) for key, _ in self.kept for name in self.new[key].fields}
        self.through_users: dict[ModelKey, FieldKey] = {
            model_key(field.remote_field.through, *key): (*key, name)
            for key, record in sorted(self.old.items())
            if self._is_concrete(record)
            for name, field in record.fields.items()
            if getattr(field, "remote_field", None) and getattr(field.remote_field, "through", None)
        }

    def _gone(self, keys_of: Any) -> list[ModelKey]:
        taken = set(self.renamed_models.values())
        kept = {old_key for _, old_key in self.stays}
        return sorted(
            (key for key, record in self.old.items() if keys_of(record) and key not in kept and key not in taken)
        )

    def _come(self, keys_of: Any) -> list[ModelKey]:
        kept = {key for key, _ in self.stays}
        found = (key for key, record in self.new.items() if keys_of(record) and key not in kept)
        return sorted(found, key=self._swappable_first, reverse=True)

    def _swappable_first(self, key: ModelKey) -> tuple[str, str]:
        """Sort models that others are likely to refer to through a setting to where they are created first."""
        record = self.new.get(key)
        if record is not None:
            names = {base if isinstance(base, str) else base.__name__.lower() for base in record.bases}
            if (
                {"abstractuser", "abstractbaseuser"} & names
                or record.options.get("swappable")
                or global_apps.get_swappable_settings_name(f"{record.app_label}.{record.name}")
            ):
                return f"___{key[0]}", f"___{key[1]}"
        return key

    def _create_models(self) -> None:
        created = [*self._come(self._is_concrete), *self._come(self._is_unmanaged)]
        created.sort(key=self._swappable_first, reverse=True)
        rests = [self._create_model(key, self.new[key]) for key in created]
        for key, rest in zip(reversed(created), reversed(rests), strict=True):
            self._complete_model(key, *rest)

    def _create_model(self, key: ModelKey, record: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        """Create a model without its relations; gives those, and its options, for later."""
        label, name = key
        related: dict[str, Any] = {}
        primary_key_target = None
        for field_name, field in record.fields.items():
            remote = getattr(field, "remote_field", None)
            if not remote:
                continue
            if remote.model:
                if field.primary_key:
                    primary_key_target = field
                elif not remote.parent_link:
                    related[field_name] = field
            if getattr(remote, "through", None):
                related[field_name] = field
        options = dict(record.options)
        later = {
            option: options.pop(option, None)
            for option in ("indexes", "constraints", "unique_together", "order_with_respect_to")
        }
        facts = [Fact(label, name, None, REMOVED)]
        facts += self._base_facts(key, record)
        if primary_key_target is not None:
            facts += self._field_facts(key, primary_key_target)
        fields = [(field_name, field) for field_name, field in record.fields.items() if field_name not in related]
        self._plan(
            label,
            operations.CreateModel(record.name, fields, options, record.bases, record.managers),
            facts,
            first=True,
        )
        if not record.options.get("managed", True):
            # Nothing else of it is in the database; its relations belong to its definition.
            for field_name, field in related.items():
                self.plans[label][0].operation.fields.append((field_name, field))
            self.plans[label][0].waits_for += tuple(
                fact for field in related.values() for fact in self._field_facts(key, field)
            )
            return {}, {}
        if key in self.old and self._is_proxy(self.old[key]):
            self._point_to_new_table(key)
        return related, later

    def _point_to_new_table(self, key: ModelKey) -> None:
        """A proxy has become a model of its own: columns that refer to it refer to another table now."""
        for referring, fields in self.to_state.relations.get(key, {}).items():
            for field_name, field in fields.items():
                self._plan(
                    referring[0],
                    operations.AlterField(model_name=referring[1], name=field_name, field=field),
                    [Fact(*key, None, CREATED)],
                )

    def _complete_model(self, key: ModelKey, related: dict[str, Any], later: dict[str, Any]) -> None:
        """Add a new model's relations, and what may be built on them."""
        label, name = key
        created = Fact(label, name, None, CREATED)
        for field_name, field in sorted(related.items()):
            operation = operations.AddField(model_name=name, name=field_name, field=field)
            self._plan(label, operation, {*self._field_facts(key, field), created})
        all_created = [Fact(label, name, field_name, CREATED) for field_name in sorted(related)] + [created]
        order_with_respect_to = later.get("order_with_respect_to")
        if order_with_respect_to:
            self._plan(
                label,
                operations.AlterOrderWithRespectTo(name=name, order_with_respect_to=order_with_respect_to),
                [Fact(label, name, order_with_respect_to, CREATED), created],
            )
        for index in later.get("indexes") or ():
            self._plan(label, operations.AddIndex(model_name=name, index=index), all_created)
        for constraint in later.get("constraints") or ():
            self._plan(label, operations.AddConstraint(model_name=name, constraint=constraint), all_created)
        if unique_together := later.get("unique_together"):
            self._plan(label, operations.AlterUniqueTogether(name=name, unique_together=unique_together), all_created)

    def _base_facts(self, key: ModelKey, record: Any) -> list[Fact]:
        """A model waits for its bases, and for fields of theirs that it defines itself from now on."""
        facts = []
        for base in record.bases:
            if not (isinstance(base, str) and "." in base):
                continue
            base_label, base_name = model_key(base)
            facts.append(Fact(base_label, base_name, None, CREATED))
            old_base = self.old.get((base_label, base_name))
            new_base = self.new.get((base_label, base_name))
            if old_base is not None and new_base is not None:
                moved = set(old_base.fields) - set(new_base.fields)
                facts += [Fact(base_label, base_name, field, REMOVED) for field in moved & set(record.fields)]
        return facts

    def _create_proxies(self) -> None:
        for key in self._come(self._is_proxy):
            record = self.new[key]
            facts = [Fact(key[0], key[1], None, REMOVED), *self._base_facts(key, record)]
            self._plan(
                key[0], operations.CreateModel(record.name, [], record.options, record.bases, record.managers), facts
            )

    def _delete_proxies(self) -> None:
        for key in self._gone(self._is_proxy):
            self._plan(key[0], operations.DeleteModel(name=self.old[key].name))

    def _delete_models(self) -> None:
        for key in sorted([*self._gone(self._is_concrete), *self._gone(self._is_unmanaged)]):
            self._delete_model(key, self.old[key])

    def _delete_model(self, key: ModelKey, record: Any) -> None:
        label, name = key
        if record.options.get("unique_together"):
            self._plan(label, operations.AlterUniqueTogether(name=name, unique_together=None))
        related = {
            field_name: field
            for field_name, field in record.fields.items()
            if getattr(field, "remote_field", None)
            and (field.remote_field.model or getattr(field.remote_field, "through", None))
        }
        if self._is_unmanaged(record):
            related = {}
        entry_facts = []
        for index in record.options.get("indexes", ()):
            if set(index.fields) & set(related):
                self._plan(label, operations.RemoveIndex(model_name=name, name=index.name))
                entry_facts.append(Fact(label, name, index.name, Happening.ENTRY_REMOVED))
        for constraint in record.options.get("constraints", ()):
            if set(getattr(constraint, "fields", ())) & set(related):
                self._plan(label, operations.RemoveConstraint(model_name=name, name=constraint.name))
                entry_facts.append(Fact(label, name, constraint.name, Happening.ENTRY_REMOVED))
        for field_name in sorted(related):
            self._plan(
                label,
                operations.RemoveField(model_name=name, name=field_name),
                [Fact(label, name, field_name, Happening.TOGETHER_ALTERED), *entry_facts],
            )
        facts: set[Fact] = set()
        # Whatever refers to the model must let go of it first.
        for referring_key, fields in self.from_state.relations.get(key, {}).items():
            for field_name, field in fields.items():
                facts.add(Fact(referring_key[0], referring_key[1], field_name, REMOVED))
                if not field.many_to_many:
                    facts.add(Fact(referring_key[0], referring_key[1], field_name, ALTERED))
        facts.update(Fact(label, name, field_name, REMOVED) for field_name in related)
        through_user = self.through_users.get(key)
        if through_user is not None:
            facts.add(Fact(through_user[0], through_user[1], through_user[2], REMOVED))
        # Models that inherit from it go, or leave it, before.
        for other_key, other in self.old.items():
            if any(isinstance(base, str) and model_key(base, other_key[0]) == key for base in other.bases):
                facts.add(Fact(*other_key, None, REMOVED))
        self._plan(label, operations.DeleteModel(name=record.name), facts)

    # -- facts of fields --

    def _field_facts(self, key: ModelKey, field: Any, *also_own: ModelKey) -> list[Fact]:
        """A relation waits for the models it points to."""
        remote = getattr(field, "remote_field", None)
        if not remote or not remote.model:
            return []
        facts = []
        setting = getattr(field, "swappable_setting", None)
        if setting is not None:
            facts.append(Fact(SETTING, setting, None, CREATED))
        else:
            facts.append(Fact(*model_key(remote.model, *key), None, CREATED))
        if getattr(remote, "through", None):
            facts.append(Fact(*model_key(remote.through, *key), None, CREATED))
        own = {key, *also_own}
        return [fact for fact in facts if (fact.app_label, fact.model_name) not in own or fact.app_label == SETTING]

    def _generated_facts(self, key: ModelKey, field: Any) -> list[Fact]:
        """A generated field waits for the fields of its expression."""
        if not getattr(field, "generated", False):
            return []
        names = {name.split("__", 1)[0] for name in names_in(field.expression)}
        by_column_name = {f"{other}_id": other for other, its in self.new[key].fields.items() if its.is_relation}
        names = {by_column_name.get(name, name) for name in names}
        return [Fact(*key, name, CREATED) for name in sorted(names)]

    # -- renamed fields --

    def _renamed_definition(self, definition: Any) -> Any:
        """Read a definition with the old names of renamed models."""
        path, args, kwargs = definition
        for name in ("to", "through"):
            if isinstance(kwargs.get(name), str):
                kwargs = {**kwargs, name: self._old_label(kwargs[name])}
        return path, args, kwargs

    def _old_label(self, label: str) -> str:
        if "." not in label:
            return label
        old = self.renamed_models.get(model_key(label))
        return label if old is None else f"{old[0]}.{self.old[old].name}".lower()

    def _definition(self, field: Any, of_new: bool) -> Any:
        definition = plain(field)
        if of_new:
            definition = self._renamed_definition(definition)
        path, args, kwargs = definition
        for name in ("to", "through"):
            if isinstance(kwargs.get(name), str):
                kwargs = {**kwargs, name: kwargs[name].lower()}
        return path, args, kwargs

    def _find_renamed_fields(self) -> None:
        for key, old_key in self.kept:
            old_record, record = self.old[old_key], self.new[key]
            gone = [name for name in sorted(old_record.fields) if name not in record.fields]
            for name in sorted(set(record.fields) - set(old_record.fields)):
                for old_name in gone:
                    if self._is_rename(key, record, name, old_record, old_name):
                        gone.remove(old_name)
                        break

    def _is_rename(self, key: ModelKey, record: Any, name: str, old_record: Any, old_name: str) -> bool:
        field, old_field = record.fields[name], old_record.fields[old_name]
        if type(field) is not type(old_field) and plain(field)[0] != plain(old_field)[0]:
            return False
        new = self._with_renamed_from_fields(self._definition(field, of_new=True), name, old_name)
        old = self._definition(old_field, of_new=False)
        if new != old:
            old_column = column_of(old_name, old_field)
            with_column = (old[0], old[1], {**old[2], "db_column": old_column})
            if new != with_column:
                return False
        if not self.questioner.ask_rename(record.name, old_name, name, field):
            return False
        self.rename_plans.append(((*key, name), old_name, old_field))
        self.renamed_fields[(*key, name)] = old_name
        self.old_fields.discard((*key, old_name))
        self.old_fields.add((*key, name))
        return True

    @staticmethod
    def _with_renamed_from_fields(definition: Any, name: str, old_name: str) -> Any:
        path, args, kwargs = definition
        if "from_fields" in kwargs:
            names = tuple(old_name if one == name else one for one in kwargs["from_fields"])
            kwargs = {**kwargs, "from_fields": list(names) if isinstance(kwargs["from_fields"], list) else names}
        return path, args, kwargs

    def _rename_fields(self) -> None:
        for (label, model_name, name), old_name, old_field in self.rename_plans:
            field = self.new[label, model_name].fields[name]
            if field.db_column != old_field.db_column:
                # The name of the column is fixed first; then the rename changes no column.
                altered = field.clone()
                altered.name = old_name
                self._plan(label, operations.AlterField(model_name=model_name, name=old_name, field=altered))
            self._plan(label, operations.RenameField(model_name=model_name, old_name=old_name, new_name=name))

    # -- fields --

    def _remove_fields(self) -> None:
        for label, model_name, name in sorted(self.old_fields - self.new_fields):
            self._remove_field(label, model_name, name)

    def _remove_field(self, label: str, model_name: str, name: str) -> None:
        facts = [
            Fact(label, model_name, name, Happening.ORDER_RELEASED),
            Fact(label, model_name, name, Happening.TOGETHER_ALTERED),
        ]
        old_record = self.old[self.renamed_models.get((label, model_name), (label, model_name))]
        for other, field in old_record.fields.items():
            if getattr(field, "generated", False) and name in {
                str(n).split("__", 1)[0] for n in names_in(field.expression)
            }:
                facts.append(Fact(label, model_name, other, REMOVED))
        self._plan(label, operations.RemoveField(model_name=model_name, name=name), facts)

    def _add_fields(self) -> None:
        for label, model_name, name in sorted(self.new_fields - self.old_fields):
            self._add_field(label, model_name, name)

    def _add_field(self, label: str, model_name: str, name: str) -> None:
        field = self.new[label, model_name].fields[name]
        facts = [
            Fact(label, model_name, name, REMOVED),
            *self._field_facts((label, model_name), field),
            *self._generated_facts((label, model_name), field),
        ]
        timed = getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False)
        needs_value = not (
            field.null
            or field.has_default()
            or field.has_db_default()
            or field.many_to_many
            or (field.blank and field.empty_strings_allowed)
            or (
                isinstance(field, (models.DateField, models.DateTimeField, models.TimeField))
                and getattr(field, "auto_now", False)
            )
            or field.generated
            or isinstance(field, (models.AutoField, models.BigAutoField, models.SmallAutoField))
        )
        preserve_default = True
        if needs_value:
            field = field.clone()
            if timed:
                field.default = self.questioner.ask_auto_now_add_addition(name, model_name)
            else:
                field.default = self.questioner.ask_not_null_addition(name, model_name)
            preserve_default = False
        if field.unique and field.has_default() and callable(field.default) and preserve_default:
            self.questioner.ask_unique_callable_default_addition(name, model_name)
        self._plan(
            label,
            operations.AddField(model_name=model_name, name=name, field=field, preserve_default=preserve_default),
            facts,
        )

    def _alter_fields(self) -> None:
        for label, model_name, name in sorted(self.old_fields & self.new_fields):
            key = (label, model_name)
            old_name = self.renamed_fields.get((label, model_name, name), name)
            old_field = self.old[self.renamed_models.get(key, key)].get_field(old_name)
            field = self.new[key].get_field(name)
            facts = self._field_facts(key, field)
            new = self._look_through_renames(key, field)
            old = self._definition(old_field, of_new=False)
            if new == old or (
                old_name != name
                and (new[0], new[1], {**new[2], "db_column": None}) == (old[0], old[1], {**old[2], "db_column": None})
            ):
                continue
            both_between = bool(field.many_to_many) and bool(old_field.many_to_many)
            retargeted = both_between and new[2].get("to") != old[2].get("to")
            if bool(field.many_to_many) == bool(old_field.many_to_many) and not retargeted:
                self._alter_field(key, name, old_field, field, facts)
            else:
                # A column does not become a table: the one goes and the other comes.
                self._remove_field(label, model_name, name)
                self._add_field(label, model_name, name)

    def _look_through_renames(self, key: ModelKey, field: Any) -> Any:
        """Give a new field's definition with the old names of renamed models and fields in it."""
        path, args, kwargs = self._definition(field, of_new=True)
        remote = getattr(field, "remote_field", None)
        if remote and remote.model:
            target = model_key(remote.model, *key)
            target_fields = {
                new_name: old_name
                for (*model, new_name), old_name in self.renamed_fields.items()
                if tuple(model) == target
            }
            if "to_field" in kwargs:
                kwargs = {**kwargs, "to_field": target_fields.get(kwargs["to_field"], kwargs["to_field"])}
            if "to_fields" in kwargs:
                kwargs = {**kwargs, "to_fields": [target_fields.get(one, one) for one in kwargs["to_fields"]]}
            own_fields = {
                new_name: old_name
                for (*model, new_name), old_name in self.renamed_fields.items()
                if tuple(model) == key
            }
            if "from_fields" in kwargs:
                kwargs = {**kwargs, "from_fields": [own_fields.get(one, one) for one in kwargs["from_fields"]]}
            if getattr(remote, "through", None) and kwargs.get("through_fields"):
                through = model_key(remote.through, *key)
                between = {
                    new_name: old_name
                    for (*model, new_name), old_name in self.renamed_fields.items()
                    if tuple(model) == through
                }
                kwargs = {**kwargs, "through_fields": tuple(between.get(one, one) for one in kwargs["through_fields"])}
        return path, args, kwargs

    def _alter_field(self, key: ModelKey, name: str, old_field: Any, field: Any, facts: list[Fact]) -> None:
        preserve_default = True
        if (
            old_field.null
            and not field.null
            and not field.has_default()
            and not field.has_db_default()
            and not field.many_to_many
        ):
            field = field.clone()
            default = self.questioner.ask_not_null_alteration(name, key[1])
            if default is not models.NOT_PROVIDED:
                field.default = default
                preserve_default = False
        operation = operations.AlterField(model_name=key[1], name=name, field=field, preserve_default=preserve_default)
        self._plan(key[0], operation, facts)

    # -- indexes and constraints --

    def _compare_entries(self) -> None:
        for key, old_key in sorted([*self.kept, *self.kept_unmanaged]):
            old_record, record = self.old[old_key], self.new[key]
            same_column = {
                old_name: name
                for (*model, name), old_name in self.renamed_fields.items()
                if tuple(model) == key
                and column_of(name, record.fields[name]) == column_of(old_name, old_record.fields[old_name])
            }
            self.indexes[key] = changed_indexes(old_record.options, record.options)
            self.constraints[key] = changed_constraints(old_record.options, record.options, same_column)

    def _remove_entries(self) -> None:
        for (label, name), changes in self.constraints.items():
            for constraint in changes.removed:
                self._plan(label, operations.RemoveConstraint(model_name=name, name=constraint.name))
        for (label, name), changes in self.indexes.items():
            for index in changes.removed:
                self._plan(label, operations.RemoveIndex(model_name=name, name=index.name))

    def _rename_indexes(self) -> None:
        for (label, name), changes in self.indexes.items():
            for old_name, new_name, old_fields in changes.renamed:
                operation = operations.RenameIndex(
                    model_name=name, new_name=new_name, old_name=old_name, old_fields=old_fields
                )
                self._plan(label, operation)

    def _add_entries(self) -> None:
        facts = {
            key: self._facts_of_all_relations(key)
            for key, changes in self.constraints.items()
            if changes.added or changes.altered or self.indexes[key].added
        }
        for key, changes in self.indexes.items():
            for index in changes.added:
                self._plan(key[0], operations.AddIndex(model_name=key[1], index=index), facts[key])
        for key, changes in self.constraints.items():
            for constraint in changes.added:
                self._plan(key[0], operations.AddConstraint(model_name=key[1], constraint=constraint), facts[key])
        for key, changes in self.constraints.items():
            for constraint in changes.altered:
                operation = operations.AlterConstraint(model_name=key[1], name=constraint.name, constraint=constraint)
                self._plan(key[0], operation, facts[key])

    def _facts_of_all_relations(self, key: ModelKey) -> list[Fact]:
        facts: list[Fact] = []
        for field in self.new[key].fields.values():
            facts.extend(self._field_facts(key, field))
        return list(dict.fromkeys(facts))

    # -- options --

    def _alter_options(self) -> None:
        wanted = operations.AlterModelOptions.ALTER_OPTION_KEYS
        for key, old_key in sorted(self.stays):
            old = {name: value for name, value in self.old[old_key].options.items() if name in wanted}
            new = {name: value for name, value in self.new[key].options.items() if name in wanted}
            if plain(old) != plain(new):
                self._plan(key[0], operations.AlterModelOptions(name=key[1], options=new))

    def _alter_managers(self) -> None:
        for key, old_key in self.kept:
            if self.old[old_key].managers != self.new[key].managers:
                self._plan(key[0], operations.AlterModelManagers(name=key[1], managers=self.new[key].managers))

    def _together(self) -> Iterable[tuple[ModelKey, set[Any], set[Any], set[Any], list[Fact]]]:
        """Give the models whose `unique_together` changed, the old value under the fields' new names."""
        for key, old_key in self.kept:
            old = self.old[old_key].options.get("unique_together") or ()
            renamed = {
                old_name: name for (*model, name), old_name in self.renamed_fields.items() if tuple(model) == key
            }
            raw = {tuple(names) for names in old}
            before = {tuple(renamed.get(name, name) for name in names) for names in old}
            after = {tuple(names) for names in self.new[key].options.get("unique_together") or ()}
            if raw == after:
                continue
            facts: list[Fact] = []
            for names in after:
                for name in names:
                    field = self.new[key].get_field(name)
                    facts.extend(self._field_facts(key, field))
            yield key, raw, before, after, facts

    def _reduce_unique_together(self) -> None:
        """Take away what goes before fields go."""
        for key, _, before, after, facts in self._together():
            left = before & after
            if left != before:
                self._plan(key[0], operations.AlterUniqueTogether(name=key[1], unique_together=left), facts)

    def _alter_unique_together(self) -> None:
        for key, raw, _, after, facts in self._together():
            # After a rename the records follow by themselves; saying the new value makes the file readable alone.
            if raw & after != after:
                self._plan(key[0], operations.AlterUniqueTogether(name=key[1], unique_together=after), facts)

    def _alter_order(self) -> None:
        for key, old_key in self.kept:
            before = self.old[old_key].options.get("order_with_respect_to")
            after = self.new[key].options.get("order_with_respect_to")
            if before == after:
                continue
            facts = [Fact(*key, after, CREATED)] if after else []
            operation = operations.AlterOrderWithRespectTo(name=key[1], order_with_respect_to=after)
            self._plan(key[0], operation, facts)

    def _alter_tables(self) -> None:
        for key, old_key in sorted([*self.kept, *self.kept_proxies, *self.kept_unmanaged]):
            before, after = (record.options.get("db_table") for record in (self.old[old_key], self.new[key]))
            if before != after:
                self._plan(key[0], operations.AlterModelTable(name=key[1], table=after))
        for key, old_key in sorted([*self.kept, *self.kept_proxies, *self.kept_unmanaged]):
            before, after = (record.options.get("db_table_comment") for record in (self.old[old_key], self.new[key]))
            if before != after:
                self._plan(key[0], operations.AlterModelTableComment(name=key[1], table_comment=after))


def _is_swapped(record: Any) -> bool:
    setting = record.options.get("swappable")
    if not setting:
        return False
    chosen = getattr(settings, setting, None)
    return bool(chosen) and str(chosen).lower() != f"{record.app_label}.{record.name}".lower()
