"""Index types of PostgreSQL.

Source: docs ref/contrib/postgres/indexes; PostgreSQL documentation, "CREATE INDEX", storage parameters.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from hotclub.contrib.postgres.checks import app_installed_errors
from hotclub.db.models import Func, Index


class OpClass(Func):
    """An indexed expression with its operator class.

    Args:
        expression: the name of a field or an expression.
        name: the operator class.
    """

    shape_attributes = ("extra",)
    template = "%(expressions)s %(name)s"

    def __init__(self, expression: Any, name: str) -> None:
        super().__init__(expression, name=name)


class PostgresIndex(Index):
    """Base of the index types.

    A subclass names its storage parameters in `parameters`: how each is called in SQL, by the name of its attribute.
    """

    parameters: ClassVar[dict[str, str]] = {}

    @property
    def max_name_length(self) -> int:  # type: ignore[override]  # a constant of plain indexes
        # A longer suffix must not shorten what tells names apart.
        return Index.max_name_length - len(Index.suffix) + len(self.suffix)

    def check(self, model: Any, connection: Any) -> list[Any]:
        return [*super().check(model, connection), *app_installed_errors(model, self)]

    def deconstruct(self) -> tuple[str, tuple[Any, ...], dict[str, Any]]:
        path, args, kwargs = super().deconstruct()
        for name in self.parameters:
            value = getattr(self, name)
            if value is not None:
                kwargs[name] = value
        return path, args, kwargs

    def storage_parameters(self) -> list[str]:
        """The storage parameters as written in SQL."""
        found = []
        for name, written in self.parameters.items():
            value = getattr(self, name)
            if isinstance(value, bool):
                found.append(f"{written} = {'on' if value else 'off'}")
            elif value is not None:
                found.append(f"{written} = {int(value)}")
        return found

    def create_sql(self, model: Any, schema_editor: Any, using: str = "", **kwargs: Any) -> Any:
        statement = super().create_sql(model, schema_editor, using=using or self.suffix, **kwargs)
        parameters = self.storage_parameters()
        if parameters:
            statement.parts["extra"] = f" WITH ({', '.join(parameters)}){statement.parts['extra']}"
        return statement


class BloomIndex(PostgresIndex):
    """Many columns at once, any of which may be asked for (extension `bloom`).

    Args:
        length: bits of an entry, 1 to 4096.
        columns: bits of each column, 1 to 4095.
    """

    suffix = "bloom"

    def __init__(
        self, *expressions: Any, length: int | None = None, columns: Sequence[int] = (), **kwargs: Any
    ) -> None:
        super().__init__(*expressions, **kwargs)
        if len(self.fields) > 32:
            raise ValueError("Bloom indexes support a maximum of 32 fields.")
        if not isinstance(columns, (list, tuple)):
            raise ValueError("BloomIndex.columns must be a list or tuple.")
        if len(columns) > len(self.fields):
            raise ValueError("BloomIndex.columns cannot have more values than fields.")
        if not all(0 < bits <= 4095 for bits in columns):
            raise ValueError("BloomIndex.columns must contain integers from 1 to 4095.")
        if length is not None and not 0 < length <= 4096:
            raise ValueError("BloomIndex.length must be None or an integer from 1 to 4096.")
        self.length = length
        self.columns = columns

    def deconstruct(self) -> tuple[str, tuple[Any, ...], dict[str, Any]]:
        path, args, kwargs = super().deconstruct()
        if self.length is not None:
            kwargs["length"] = self.length
        if self.columns:
            kwargs["columns"] = self.columns
        return path, args, kwargs

    def storage_parameters(self) -> list[str]:
        found = [] if self.length is None else [f"length = {int(self.length)}"]
        return [*found, *(f"col{number} = {int(bits)}" for number, bits in enumerate(self.columns, start=1))]


class BrinIndex(PostgresIndex):
    """A summary of each run of pages: small, for columns in the order of the table.

    Args:
        autosummarize: summarise a new run of pages at once.
        pages_per_range: pages of a run.
    """

    suffix = "brin"
    parameters = {"autosummarize": "autosummarize", "pages_per_range": "pages_per_range"}

    def __init__(
        self, *expressions: Any, autosummarize: bool | None = None, pages_per_range: int | None = None, **kwargs: Any
    ) -> None:
        if pages_per_range is not None and pages_per_range <= 0:
            raise ValueError("pages_per_range must be None or a positive integer")
        self.autosummarize = autosummarize
        self.pages_per_range = pages_per_range
        super().__init__(*expressions, **kwargs)


class BTreeIndex(PostgresIndex):
    """The usual kind, with its parameters.

    Args:
        fillfactor: how full its pages are made, 10 to 100 percent.
        deduplicate_items: keep equal entries once.
    """

    suffix = "btree"
    parameters = {"fillfactor": "fillfactor", "deduplicate_items": "deduplicate_items"}

    def __init__(
        self, *expressions: Any, fillfactor: int | None = None, deduplicate_items: bool | None = None, **kwargs: Any
    ) -> None:
        self.fillfactor = fillfactor
        self.deduplicate_items = deduplicate_items
        super().__init__(*expressions, **kwargs)


class GinIndex(PostgresIndex):
    """The parts of composite values: arrays, documents, JSON.

    Args:
        fastupdate: collect new entries before sorting them in.
        gin_pending_list_limit: size of that collection, in KiB.
    """

    suffix = "gin"
    parameters = {"gin_pending_list_limit": "gin_pending_list_limit", "fastupdate": "fastupdate"}

    def __init__(
        self,
        *expressions: Any,
        fastupdate: bool | None = None,
        gin_pending_list_limit: int | None = None,
        **kwargs: Any,
    ) -> None:
        self.fastupdate = fastupdate
        self.gin_pending_list_limit = gin_pending_list_limit
        super().__init__(*expressions, **kwargs)


class GistIndex(PostgresIndex):
    """Ranges, shapes and documents.

    Args:
        buffering: build it with buffers.
        fillfactor: how full its pages are made, 10 to 100 percent.
    """

    suffix = "gist"
    parameters = {"buffering": "buffering", "fillfactor": "fillfactor"}

    def __init__(
        self, *expressions: Any, buffering: bool | None = None, fillfactor: int | None = None, **kwargs: Any
    ) -> None:
        self.buffering = buffering
        self.fillfactor = fillfactor
        super().__init__(*expressions, **kwargs)


class HashIndex(PostgresIndex):
    """Equality only.

    Args:
        fillfactor: how full its pages are made, 10 to 100 percent.
    """

    suffix = "hash"
    parameters = {"fillfactor": "fillfactor"}

    def __init__(self, *expressions: Any, fillfactor: int | None = None, **kwargs: Any) -> None:
        self.fillfactor = fillfactor
        super().__init__(*expressions, **kwargs)


class SpGistIndex(PostgresIndex):
    """Values that a tree divides unevenly: points, addresses, prefixes of texts.

    Args:
        fillfactor: how full its pages are made, 10 to 100 percent.
    """

    suffix = "spgist"
    parameters = {"fillfactor": "fillfactor"}

    def __init__(self, *expressions: Any, fillfactor: int | None = None, **kwargs: Any) -> None:
        self.fillfactor = fillfactor
        super().__init__(*expressions, **kwargs)
