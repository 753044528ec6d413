"""`RawQuerySet`: instances from SQL that the developer wrote."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any

from hotclub._flow.drivers import adrive, drive
from hotclub._flow.effects import CallUser
from hotclub._orm.expressions.core import Col
from hotclub._orm.fetch_modes import FETCH_ONE, from_db_without_mode, takes_mode
from hotclub._orm.flows.reading import note_peers
from hotclub._orm.prefetching import prefetch_flow
from hotclub.core.exceptions import FieldDoesNotExist
from hotclub.db import connections, router
from hotclub.db.ports import ASYNC, SYNC


class RawQuery:
    """SQL of the developer's own with its parameters."""

    def __init__(self, sql: str, using: str, params: Any = ()) -> None:
        self.params = params
        self.sql = sql
        self.using = using
        self.low_mark, self.high_mark = 0, None
        self.extra_select: dict[str, Any] = {}
        self.annotation_select: dict[str, Any] = {}

    def clone(self, using: str) -> RawQuery:
        return RawQuery(self.sql, using, params=self.params)

    chain = clone

    @property
    def params_type(self) -> type | None:
        if self.params is None:
            return None
        return dict if isinstance(self.params, dict) or hasattr(self.params, "keys") else tuple

    def bound(self, connection: Any) -> Any:
        adapt = connection.ops.adapt_unknown_value
        kind = self.params_type
        if kind is None:
            return None
        if kind is dict:
            return {name: adapt(value) for name, value in self.params.items()}
        return tuple(adapt(value) for value in self.params)

    def get_columns(self) -> list[str]:
        columns, _rows = _run(self.sql, self.bound(connections[self.using]), self.using)
        converter = connections[self.using].introspection.identifier_converter
        return [converter(name) for name in columns]

    def __repr__(self) -> str:
        return f"<{self.__class__.__name__}: {self}>"

    def __str__(self) -> str:
        if self.params_type is None:
            return self.sql
        return str(self.sql % self.bound(connections[self.using]))


def _run(sql: str, params: Any, using: str) -> tuple[list[str], list[Any]]:
    with connections[using].cursor() as cursor:
        cursor.execute(sql, params)
        names = [column[0] for column in cursor.description or ()]
        return names, cursor.fetchall()


class RawQuerySet:
    """Instances read from the rows of a raw query.

    Source: docs topics/db/sql, "Performing raw queries".
    """

    def __init__(
        self,
        raw_query: str,
        model: Any = None,
        query: Any = None,
        params: Any = (),
        translations: Any = None,
        using: str | None = None,
        hints: dict[str, Any] | None = None,
        fetch_mode: Any = FETCH_ONE,
    ) -> None:
        self.raw_query = raw_query
        self.model = model
        self._db = using
        self._hints = hints or {}
        self.query = query or RawQuery(sql=raw_query, using=self.db, params=params)
        self.params = params
        self.translations = translations or {}
        self._result_cache: list[Any] | None = None
        self._prefetch_related_lookups: tuple[Any, ...] = ()
        self._prefetch_done = False
        self._fetch_mode = fetch_mode

    def resolve_model_init_order(self) -> tuple[list[str], list[int], list[tuple[str, int]]]:
        """Return the names of the fields that the rows hold, their positions, and the columns that are no fields."""
        return self._order(self.columns)

    def _order(self, columns: Sequence[str]) -> tuple[list[str], list[int], list[tuple[str, int]]]:
        converter = connections[self.db].introspection.identifier_converter
        meta = self.model._meta
        fields = [field for field in meta.concrete_fields if converter(field.column) in columns]
        positions = [columns.index(converter(field.column)) for field in fields]
        by_column = {converter(field.column) for field in meta.concrete_fields}
        annotations = [(name, index) for index, name in enumerate(columns) if name not in by_column]
        return [field.attname for field in fields], positions, annotations

    def prefetch_related(self, *lookups: Any) -> RawQuerySet:
        """Load related objects with a query each."""
        made = self._clone()
        made._prefetch_related_lookups = () if lookups == (None,) else made._prefetch_related_lookups + lookups
        return made

    def _clone(self) -> RawQuerySet:
        made = self.__class__(
            self.raw_query,
            model=self.model,
            query=self.query,
            params=self.params,
            translations=self.translations,
            using=self._db,
            hints=self._hints,
            fetch_mode=self._fetch_mode,
        )
        made._prefetch_related_lookups = self._prefetch_related_lookups[:]
        return made

    async def fetch_flow(self) -> list[Any]:
        """Fill the result cache and return it."""
        if self._result_cache is None:
            connection = connections[self.db]
            bound = self.query.bound(connection)
            found: Any = await CallUser(_run, (self.query.sql, bound, self.db))
            columns, rows = found
            self._result_cache = self._instances(columns, rows, connection)
        if self._prefetch_related_lookups and not self._prefetch_done:
            await prefetch_flow(self._result_cache, self._prefetch_related_lookups)
            self._prefetch_done = True
        return self._result_cache

    def _fetch_all(self) -> None:
        if self._result_cache is None or (self._prefetch_related_lookups and not self._prefetch_done):
            drive(self.fetch_flow(), SYNC)

    def _instances(self, columns: Sequence[str], rows: Sequence[Any], connection: Any) -> list[Any]:
        names = self._translated(columns, connection)
        attnames, positions, annotations = self._order(names)
        meta = self.model._meta
        missing = [field.attname for field in meta.pk_fields if field.attname not in attnames]
        if missing:
            raise FieldDoesNotExist("Raw query must include the primary key")
        fields = {field.attname: field for field in meta.concrete_fields}
        converters = self._converters(attnames, positions, fields, connection)
        make = self.model.from_db if takes_mode(self.model) else None
        found = []
        for row in rows:
            values = list(row)
            for position, functions, expression in converters:
                value = values[position]
                for function in functions:
                    value = function(value, expression, connection)
                values[position] = value
            own = [values[position] for position in positions]
            if make is not None:
                made = make(self.db, attnames, own, fetch_mode=self._fetch_mode)
            else:
                made = from_db_without_mode(self.model, self.db, attnames, own, self._fetch_mode)
            for name, position in annotations:
                setattr(made, name, values[position])
            found.append(made)
        if self._fetch_mode.track_peers:
            note_peers(found)
        return found

    def _converters(self, attnames: list[str], positions: list[int], fields: Any, connection: Any) -> list[Any]:
        found = []
        for name, position in zip(attnames, positions, strict=True):
            column = Col(None, fields[name])
            functions = [*connection.ops.get_db_converters(column), *column.get_db_converters(connection)]
            if functions:
                found.append((position, functions, column))
        return found

    def _translated(self, columns: Sequence[str], connection: Any) -> list[str]:
        converter = connection.introspection.identifier_converter
        names = [converter(name) for name in columns]
        for given, wanted in self.translations.items():
            meta = self.model._meta
            target = next(
                (field.column for field in meta.concrete_fields if wanted in (field.name, field.attname)), wanted
            )
            names = [converter(target) if name == converter(given) else name for name in names]
        return names

    def __len__(self) -> int:
        self._fetch_all()
        return len(self._result_cache or ())

    def __bool__(self) -> bool:
        self._fetch_all()
        return bool(self._result_cache)

    def __iter__(self) -> Iterator[Any]:
        self._fetch_all()
        return iter(self._result_cache or ())

    def __aiter__(self) -> AsyncIterator[Any]:
        async def results() -> AsyncIterator[Any]:
            await adrive(self.fetch_flow(), ASYNC)
            for each in self._result_cache or ():
                yield each

        return results()

    def iterator(self) -> Iterator[Any]:
        made = self._clone()
        return iter(drive(made.fetch_flow(), SYNC))

    def __repr__(self) -> str:
        return f"<{self.__class__.__name__}: {self.query}>"

    def __getitem__(self, key: Any) -> Any:
        return list(self)[key]

    @property
    def db(self) -> str:
        """The alias of the database that is asked."""
        return self._db or router.db_for_read(self.model, **self._hints)

    def using(self, alias: str) -> RawQuerySet:
        """Choose the database."""
        made = self._clone()
        made._db = alias
        made.query = self.query.chain(using=alias)
        return made

    @property
    def columns(self) -> list[str]:
        """The names of the columns, as translated to those of the model."""
        return self._translated(self.query.get_columns(), connections[self.db])

    @property
    def model_fields(self) -> dict[str, Any]:
        """The model's fields by column."""
        converter = connections[self.db].introspection.identifier_converter
        return {converter(field.get_attname_column()[1]): field for field in self.model._meta.fields}


RawQuerySet.__module__ = "hotclub.db.models.query"
