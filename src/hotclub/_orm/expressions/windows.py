"""`Window` and its frames."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import Any

from hotclub._orm.expressions.core import SQL, Expression, ExpressionList, OrderByList, Value
from hotclub.db.utils import NotSupportedError


class Window(Expression):
    """An expression computed over a window of rows.

    Source: docs ref/models/expressions, "Window functions".
    """

    shape_attributes = ()
    template = "%(expression)s OVER (%(window)s)"
    contains_aggregate = False  # a window over an aggregate is none
    contains_over_clause = True
    cast_numeric = True
    deconstruct_path = "hotclub.db.models.Window"

    def __init__(
        self,
        expression: Any,
        partition_by: Any = None,
        order_by: Any = None,
        frame: Any = None,
        output_field: Any = None,
    ) -> None:
        if not getattr(expression, "window_compatible", False):
            raise ValueError(f"Expression '{expression.__class__.__name__}' isn't compatible with OVER clauses.")
        if partition_by is not None:
            if not isinstance(partition_by, (tuple, list)):
                partition_by = (partition_by,)
            partition_by = ExpressionList(*partition_by)
        self.partition_by = partition_by
        self.order_by = OrderByList.from_param("Window.order_by", order_by)
        self.frame = frame
        super().__init__(output_field=output_field)
        self.source_expression = self._parse_expressions(expression)[0]

    def __str__(self) -> str:
        parts = [
            f"PARTITION BY {self.partition_by}" if self.partition_by else "",
            str(self.order_by or ""),
            str(self.frame or ""),
        ]
        return f"{self.source_expression} OVER ({''.join(parts)})"

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self}>"

    def _resolve_output_field(self) -> Any:
        return self.source_expression.output_field

    def get_source_expressions(self) -> list[Any]:
        return [self.source_expression, self.partition_by, self.order_by, self.frame]

    def set_source_expressions(self, exprs: Sequence[Any]) -> None:
        self.source_expression, self.partition_by, self.order_by, self.frame = exprs

    def as_sql(self, compiler: Any, connection: Any, template: str | None = None) -> SQL:
        connection.ops.check_expression_support(self)
        if not connection.features.supports_over_clause:
            raise NotSupportedError("This backend does not support window expressions.")
        expression, params = compiler.compile_bare(self.source_expression)
        window: list[str] = []
        window_params: list[Any] = []
        if self.partition_by is not None:
            sql, part_params = self.partition_by.as_sql(compiler, connection, template="PARTITION BY %(expressions)s")
            window.append(sql)
            window_params.extend(part_params)
        if self.order_by is not None:
            sql, part_params = compiler.compile(self.order_by)
            window.append(sql)
            window_params.extend(part_params)
        if self.frame:
            sql, part_params = compiler.compile(self.frame)
            window.append(sql)
            window_params.extend(part_params)
        data = {"expression": expression, "window": " ".join(part for part in window if part).strip()}
        return (template or self.template) % data, (*params, *window_params)

    def get_group_by_cols(self) -> list[Any]:
        found: list[Any] = []
        if self.partition_by:
            found.extend(self.partition_by.get_group_by_cols())
        if self.order_by is not None:
            found.extend(self.order_by.get_group_by_cols())
        source_parts = [self.source_expression] if not self.source_expression.contains_aggregate else []
        for part in source_parts:
            for inner in part.get_source_expressions():
                if inner:
                    found.extend(inner.get_group_by_cols())
        return found


class WindowFrameExclusion(Enum):
    """Which rows around the current one are left out of a frame."""

    CURRENT_ROW = "CURRENT ROW"
    GROUP = "GROUP"
    TIES = "TIES"
    NO_OTHERS = "NO OTHERS"

    def __repr__(self) -> str:
        return f"{self.__class__.__qualname__}.{self._name_}"


class WindowFrame(Expression):
    """The bounds of a window."""

    shape_attributes = ("exclusion", "_bounds")
    template = "%(frame_type)s BETWEEN %(start)s AND %(end)s%(exclude)s"
    frame_type = ""

    def __init__(self, start: int | None = None, end: int | None = None, exclusion: Any = None) -> None:
        if not isinstance(exclusion, (type(None), WindowFrameExclusion)):
            raise TypeError(f"{type(self).__qualname__}.exclusion must be a WindowFrameExclusion instance.")
        super().__init__()
        self.start, self.end, self.exclusion = Value(start), Value(end), exclusion
        self._bounds = (start, end)  # they are written into the text

    def get_source_expressions(self) -> list[Any]:
        return []

    def set_source_expressions(self, exprs: Sequence[Any]) -> None:
        if exprs:
            self.start, self.end = exprs

    def get_exclusion(self) -> str:
        return "" if self.exclusion is None else f" EXCLUDE {self.exclusion.value}"

    def as_sql(self, compiler: Any, connection: Any) -> SQL:
        connection.ops.check_expression_support(self)
        start, end = self.window_frame_start_end(connection, self.start.value, self.end.value)
        if self.exclusion and not connection.features.supports_frame_exclusion:
            raise NotSupportedError("This backend does not support window frame exclusions.")
        data = {"frame_type": self.frame_type, "start": start, "end": end, "exclude": self.get_exclusion()}
        return self.template % data, []

    def get_group_by_cols(self) -> list[Any]:
        return []

    def __str__(self) -> str:
        return self.template % {
            "frame_type": self.frame_type,
            "start": _shown_bound(self.start.value, "PRECEDING", "UNBOUNDED PRECEDING"),
            "end": _shown_bound(self.end.value, "FOLLOWING", "UNBOUNDED FOLLOWING"),
            "exclude": self.get_exclusion(),
        }

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self}>"

    def window_frame_start_end(self, connection: Any, start: Any, end: Any) -> tuple[str, str]:
        raise NotImplementedError("Subclasses must implement window_frame_start_end().")


def _shown_bound(value: Any, _side: str, unbounded: str) -> str:
    if value is None:
        return unbounded
    if value == 0:
        return "CURRENT ROW"
    return f"{abs(value)} {'PRECEDING' if value < 0 else 'FOLLOWING'}"


class RowRange(WindowFrame):
    """A frame counted in rows.

    Source: docs ref/models/expressions, "Frames".
    """

    shape_attributes = ("exclusion", "_bounds")
    frame_type = "ROWS"
    deconstruct_path = "hotclub.db.models.RowRange"

    def window_frame_start_end(self, connection: Any, start: Any, end: Any) -> tuple[str, str]:
        return connection.ops.window_frame_rows_start_end(start, end)  # type: ignore[no-any-return]


class ValueRange(WindowFrame):
    """A frame counted in peers of equal value.

    Source: docs ref/models/expressions, "Frames".
    """

    shape_attributes = ("exclusion", "_bounds")
    frame_type = "RANGE"
    deconstruct_path = "hotclub.db.models.ValueRange"

    def window_frame_start_end(self, connection: Any, start: Any, end: Any) -> tuple[str, str]:
        return connection.ops.window_frame_range_start_end(start, end)  # type: ignore[no-any-return]


for _public in (Window, WindowFrame, WindowFrameExclusion, RowRange, ValueRange):
    _public.__module__ = "hotclub.db.models.expressions"
