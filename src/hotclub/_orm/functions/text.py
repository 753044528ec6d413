"""Text functions.

Source: docs ref/models/database-functions, "Text functions".
"""

from __future__ import annotations

from typing import Any

from hotclub._orm import field_classes as fields
from hotclub._orm.expressions.core import SQL, Func, Value, text_slicer
from hotclub._orm.fields.late import substring_expression
from hotclub._orm.functions.comparison import Cast, Coalesce
from hotclub._orm.lookups.core import Transform
from hotclub.db.utils import NotSupportedError


class Chr(Transform):
    shape_attributes = ("extra",)
    function = "CHR"
    lookup_name = "chr"
    output_field = fields.CharField()


class ConcatPair(Func):
    """Two texts, one after the other; NULL counts as no text."""

    shape_attributes = ("extra",)
    function = "CONCAT"

    def as_sql(self, compiler: Any, connection: Any, **extra_context: Any) -> SQL:  # type: ignore[override]
        if connection.vendor in ("sqlite", "postgresql"):
            made = self.coalesce(connection)
            sql, params = super(ConcatPair, made).as_sql(
                compiler, connection, template="(%(expressions)s)", arg_joiner=" || ", **extra_context
            )
            return sql, params
        return super().as_sql(compiler, connection, **extra_context)

    def coalesce(self, connection: Any = None) -> Any:
        """Return a copy in which NULL became the empty text."""
        made = self.copy()
        parts = []
        for part in made.get_source_expressions():
            if connection is not None and connection.vendor == "postgresql" and not _is_text(part):
                part = Cast(part, fields.TextField())
            parts.append(Coalesce(part, Value("")))
        made.set_source_expressions(parts)
        return made


def _is_text(part: Any) -> bool:
    return isinstance(part._output_field_or_none, (fields.CharField, fields.TextField))


class Concat(Func):
    """Texts one after the other."""

    shape_attributes = ("extra",)
    function = None
    template = "%(expressions)s"

    def __init__(self, *expressions: Any, **extra: Any) -> None:
        if len(expressions) < 2:
            raise ValueError("Concat must take at least two expressions")
        paired = self._paired(expressions, output_field=extra.get("output_field"))
        super().__init__(paired, **extra)

    def _paired(self, expressions: Any, output_field: Any) -> ConcatPair:
        if len(expressions) == 2:
            return ConcatPair(*expressions, output_field=output_field)
        return ConcatPair(
            expressions[0], self._paired(expressions[1:], output_field=output_field), output_field=output_field
        )


class Left(Func):
    """The first characters of a text."""

    shape_attributes = ("extra",)
    function = "LEFT"
    arity = 2
    output_field = fields.CharField()

    def __init__(self, expression: Any, length: Any, **extra: Any) -> None:
        if not hasattr(length, "resolve_expression") and length < 1:
            raise ValueError("'length' must be greater than 0.")
        super().__init__(expression, length, **extra)

    def get_substr(self) -> Any:
        return Substr(self.source_expressions[0], Value(1), self.source_expressions[1])

    def as_sql(self, compiler: Any, connection: Any, **extra_context: Any) -> SQL:  # type: ignore[override]
        if connection.vendor in ("sqlite", "oracle"):
            return compiler.compile(self.get_substr())  # type: ignore[no-any-return]
        return super().as_sql(compiler, connection, **extra_context)


class Length(Transform):
    shape_attributes = ("extra",)
    function = "LENGTH"
    lookup_name = "length"
    output_field = fields.IntegerField()


class Lower(Transform):
    shape_attributes = ("extra",)
    function = "LOWER"
    lookup_name = "lower"


class LPad(Func):
    """A text filled up on the left."""

    shape_attributes = ("extra",)
    function = "LPAD"
    output_field = fields.CharField()

    def __init__(self, expression: Any, length: Any, fill_text: Any = Value(" "), **extra: Any) -> None:  # noqa: B008  # documented default, never changed
        if not hasattr(length, "resolve_expression") and length is not None and length < 0:
            raise ValueError("'length' must be greater or equal to 0.")
        super().__init__(expression, length, fill_text, **extra)


class LTrim(Transform):
    shape_attributes = ("extra",)
    function = "LTRIM"
    lookup_name = "ltrim"


class MD5(Transform):
    shape_attributes = ("extra",)
    function = "MD5"
    lookup_name = "md5"


class Ord(Transform):
    shape_attributes = ("extra",)
    function = "ASCII"
    lookup_name = "ord"
    output_field = fields.IntegerField()


class Repeat(Func):
    """A text several times."""

    shape_attributes = ("extra",)
    function = "REPEAT"
    output_field = fields.CharField()

    def __init__(self, expression: Any, number: Any, **extra: Any) -> None:
        if not hasattr(number, "resolve_expression") and number is not None and number < 0:
            raise ValueError("'number' must be greater or equal to 0.")
        super().__init__(expression, number, **extra)


class Replace(Func):
    """A text with some part exchanged."""

    shape_attributes = ("extra",)
    function = "REPLACE"

    def __init__(self, expression: Any, text: Any, replacement: Any = Value(""), **extra: Any) -> None:  # noqa: B008  # documented default, never changed
        super().__init__(expression, text, replacement, **extra)


class Reverse(Transform):
    shape_attributes = ("extra",)
    function = "REVERSE"
    lookup_name = "reverse"


class Right(Left):
    """The last characters of a text."""

    shape_attributes = ("extra",)
    function = "RIGHT"

    def get_substr(self) -> Any:
        length = self.source_expressions[1]
        return Substr(self.source_expressions[0], length * Value(-1), length)


class RPad(LPad):
    """A text filled up on the right."""

    shape_attributes = ("extra",)
    function = "RPAD"


class RTrim(Transform):
    shape_attributes = ("extra",)
    function = "RTRIM"
    lookup_name = "rtrim"


class _Digest(Transform):
    """A hash of a text."""

    shape_attributes = ("extra",)

    def as_sql(self, compiler: Any, connection: Any, **extra_context: Any) -> SQL:  # type: ignore[override]
        if connection.vendor == "oracle" and self.function == "SHA224":
            raise NotSupportedError("SHA224 is not supported on Oracle.")
        return super().as_sql(compiler, connection, **extra_context)


class SHA1(_Digest):
    shape_attributes = ("extra",)
    function = "SHA1"
    lookup_name = "sha1"


class SHA224(_Digest):
    shape_attributes = ("extra",)
    function = "SHA224"
    lookup_name = "sha224"


class SHA256(_Digest):
    shape_attributes = ("extra",)
    function = "SHA256"
    lookup_name = "sha256"


class SHA384(_Digest):
    shape_attributes = ("extra",)
    function = "SHA384"
    lookup_name = "sha384"


class SHA512(_Digest):
    shape_attributes = ("extra",)
    function = "SHA512"
    lookup_name = "sha512"


class StrIndex(Func):
    """The position of a text in another, from 1; 0 if it is not there."""

    shape_attributes = ("extra",)
    function = "INSTR"
    arity = 2
    output_field = fields.IntegerField()


class Substr(Func):
    """A part of a text."""

    shape_attributes = ("extra",)
    function = "SUBSTRING"
    output_field = fields.CharField()

    def __init__(self, expression: Any, pos: Any, length: Any = None, **extra: Any) -> None:
        if not hasattr(pos, "resolve_expression") and pos < 1:
            raise ValueError("'pos' must be greater than 0")
        parts = [expression, pos]
        if length is not None:
            parts.append(length)
        super().__init__(*parts, **extra)


class Trim(Transform):
    shape_attributes = ("extra",)
    function = "TRIM"
    lookup_name = "trim"


class Upper(Transform):
    shape_attributes = ("extra",)
    function = "UPPER"
    lookup_name = "upper"


text_slicer.make = Substr
substring_expression.fill(Substr)
