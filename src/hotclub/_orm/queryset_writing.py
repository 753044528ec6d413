"""Writing: the methods of a query set that change the database, both halves of each over one flow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hotclub._flow.drivers import adrive, drive
from hotclub._flow.effects import CallUser
from hotclub._orm.flows import bulk, reading, updating
from hotclub._orm.flows.delete import delete_queryset
from hotclub._orm.queryset_reading import call_user
from hotclub._orm.tree import QueryTree
from hotclub.db.ports import ASYNC, SYNC


class WritingMethods:
    """The part of `QuerySet` that writes."""

    model: Any
    db: Any
    ordered: bool
    _query: Any
    _result_cache: list[Any] | None
    _prefetch_done: bool
    _prefetch_related_lookups: tuple[Any, ...]
    _known_related_objects: dict[Any, dict[Any, Any]]
    _iterable_class: Any
    _fetch_mode: Any
    _fields: tuple[Any, ...] | None
    _for_write: bool

    if TYPE_CHECKING:
        # What the query set itself brings along.
        def __getattr__(self, name: str) -> Any: ...

    def _for_writing(self) -> str:
        self._for_write = True
        alias: str = self.db
        return alias

    def create(self, **kwargs: Any) -> Any:
        """Make an object and save it.

        Source: docs ref/models/querysets, "create()".
        """
        return drive(self.create_flow(kwargs), SYNC)

    async def acreate(self, **kwargs: Any) -> Any:
        """Async half of `create()`."""
        if type(self).create is not WritingMethods.create:
            return await adrive(call_user(self.create, (), kwargs), ASYNC)
        return await adrive(self.create_flow(kwargs), ASYNC)

    async def create_flow(self, kwargs: dict[str, Any]) -> Any:
        reverse = self.model._meta._reverse_one_to_one_field_names & frozenset(kwargs)
        if reverse:
            names = "', '".join(sorted(reverse))
            raise ValueError(f"The following fields do not exist in this model: {names}")
        made = self.model(**kwargs)
        self._for_write = True
        made._state.fetch_mode = self._fetch_mode
        await self._save_flow(made, self.db, None, force_insert=True)
        return made

    async def _save_flow(self, obj: Any, alias: str, update_fields: Any, force_insert: bool = False) -> None:
        """Save by the model's own `save()`; without a thread where it was not overridden."""
        flow = getattr(obj, "_save_flow", None)
        if flow is not None and not getattr(obj, "_overrides_save", lambda: True)():
            await flow(force_insert=force_insert, using=alias, update_fields=update_fields)
            return
        kwargs: dict[str, Any] = {"using": alias}
        if force_insert:
            kwargs["force_insert"] = True
        if update_fields is not None:
            kwargs["update_fields"] = update_fields
        await CallUser(obj.save, (), kwargs)

    def get_or_create(self, defaults: dict[str, Any] | None = None, **kwargs: Any) -> tuple[Any, bool]:
        """Return the object that matches and False, or a new one and True.

        Source: docs ref/models/querysets, "get_or_create()".
        """
        return drive(self.get_or_create_flow(defaults, kwargs), SYNC)

    async def aget_or_create(self, defaults: dict[str, Any] | None = None, **kwargs: Any) -> tuple[Any, bool]:
        """Async half of `get_or_create()`."""
        if type(self).get_or_create is not WritingMethods.get_or_create:
            return await adrive(call_user(self.get_or_create, (defaults,), kwargs), ASYNC)
        return await adrive(self.get_or_create_flow(defaults, kwargs), ASYNC)

    async def get_or_create_flow(self, defaults: dict[str, Any] | None, kwargs: dict[str, Any]) -> tuple[Any, bool]:
        return await bulk.get_or_create(self, defaults, kwargs)

    def update_or_create(
        self, defaults: dict[str, Any] | None = None, create_defaults: dict[str, Any] | None = None, **kwargs: Any
    ) -> tuple[Any, bool]:
        """Update the object that matches, or create one; says which in the second place.

        Source: docs ref/models/querysets, "update_or_create()".
        """
        return drive(self.update_or_create_flow(defaults, create_defaults, kwargs), SYNC)

    async def aupdate_or_create(
        self, defaults: dict[str, Any] | None = None, create_defaults: dict[str, Any] | None = None, **kwargs: Any
    ) -> tuple[Any, bool]:
        """Async half of `update_or_create()`."""
        if type(self).update_or_create is not WritingMethods.update_or_create:
            return await adrive(call_user(self.update_or_create, (defaults, create_defaults), kwargs), ASYNC)
        return await adrive(self.update_or_create_flow(defaults, create_defaults, kwargs), ASYNC)

    async def update_or_create_flow(
        self, defaults: dict[str, Any] | None, create_defaults: dict[str, Any] | None, kwargs: dict[str, Any]
    ) -> tuple[Any, bool]:
        return await bulk.update_or_create(self, defaults, create_defaults, kwargs)

    def bulk_create(
        self,
        objs: Any,
        batch_size: int | None = None,
        ignore_conflicts: bool = False,
        update_conflicts: bool = False,
        update_fields: Any = None,
        unique_fields: Any = None,
    ) -> list[Any]:
        """Insert many objects with few statements.

        Source: docs ref/models/querysets, "bulk_create()".
        """
        options = (batch_size, ignore_conflicts, update_conflicts, update_fields, unique_fields)
        return drive(bulk.bulk_create(self, objs, *options), SYNC)

    async def abulk_create(
        self,
        objs: Any,
        batch_size: int | None = None,
        ignore_conflicts: bool = False,
        update_conflicts: bool = False,
        update_fields: Any = None,
        unique_fields: Any = None,
    ) -> list[Any]:
        """Async half of `bulk_create()`."""
        options = (batch_size, ignore_conflicts, update_conflicts, update_fields, unique_fields)
        flow = self._half("bulk_create", WritingMethods.bulk_create, self.bulk_create_flow, (objs, *options))
        return await adrive(flow, ASYNC)

    async def bulk_create_flow(self, objs: Any, *args: Any, **options: Any) -> list[Any]:
        return await bulk.bulk_create(self, objs, *args, **options)

    def bulk_update(self, objs: Any, fields: Any, batch_size: int | None = None) -> int:
        """Write some fields of many objects with few statements; gives the number of rows matched.

        Source: docs ref/models/querysets, "bulk_update()".
        """
        return drive(bulk.bulk_update(self, objs, fields, batch_size), SYNC)

    async def abulk_update(self, objs: Any, fields: Any, batch_size: int | None = None) -> int:
        """Async half of `bulk_update()`."""
        flow = self._half("bulk_update", WritingMethods.bulk_update, self._bulk_update_flow, (objs, fields, batch_size))
        return await adrive(flow, ASYNC)

    async def _bulk_update_flow(self, objs: Any, fields: Any, batch_size: int | None = None) -> int:
        return await bulk.bulk_update(self, objs, fields, batch_size)

    def update(self, **kwargs: Any) -> int:
        """Change fields of all rows; gives the number of rows matched.

        Source: docs ref/models/querysets, "update()".
        """
        return drive(self.update_flow(kwargs), SYNC)

    async def aupdate(self, **kwargs: Any) -> int:
        """Async half of `update()`."""
        if type(self).update is not WritingMethods.update:
            return await adrive(call_user(self.update, (), kwargs), ASYNC)
        return await adrive(self.update_flow(kwargs), ASYNC)

    async def update_flow(self, values: dict[str, Any]) -> int:
        self._not_support_combined_queries("update")
        if self._query.is_sliced:
            raise TypeError("Cannot update a query once a slice has been taken.")
        if self._query.distinct_fields:
            raise TypeError("Cannot call update() after .distinct(*fields).")
        alias = self._for_writing()
        query = updating.update_query(self._query, values)
        touched = await updating.update_rows(query, values, alias, lambda model: self._plain_set(model, alias))
        self._result_cache = None
        return touched

    def delete(self) -> tuple[int, dict[str, int]]:
        """Delete all rows and what goes along; gives counts.

        Source: docs ref/models/querysets, "delete()".
        """
        return drive(self.delete_flow(), SYNC)

    async def adelete(self) -> tuple[int, dict[str, int]]:
        """Async half of `delete()`."""
        return await adrive(self._half("delete", WritingMethods.delete, self.delete_flow), ASYNC)

    async def delete_flow(self) -> tuple[int, dict[str, int]]:
        self._not_support_combined_queries("delete")
        if self._query.is_sliced:
            raise TypeError("Cannot use 'limit' or 'offset' with delete().")
        if self._query.distinct_fields:
            raise TypeError("Cannot call delete() after .distinct(*fields).")
        if self._fields is not None:
            raise TypeError("Cannot call delete() after .values() or .values_list()")
        made = self._chain()
        made._for_write = True

        def change(tree: QueryTree) -> None:
            tree.select_for_update = False
            tree.select_related = False
            tree.clear_ordering(force=True)

        made._query = made._query.rebuilt(change, "for deletion")
        deleted = await delete_queryset(made, self)
        self._result_cache = None
        return deleted

    async def raw_delete_flow(self, using: str) -> int:
        return await reading.raw_delete(self._query, using)

    def _raw_delete(self, using: str) -> int:
        return drive(self.raw_delete_flow(using), SYNC)


for _name in (
    "delete",
    "update",
    "adelete",
    "aupdate",
    "create",
    "acreate",
    "bulk_create",
    "abulk_create",
    "get_or_create",
    "bulk_update",
):
    getattr(WritingMethods, _name).alters_data = True
for _name in ("delete", "adelete", "_raw_delete"):
    getattr(WritingMethods, _name).queryset_only = True
