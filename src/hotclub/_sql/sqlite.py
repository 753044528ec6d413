"""What SQLite writes in its own way."""

from __future__ import annotations

from hotclub._sql.dialect import Dialect, FunctionForm


class SQLiteDialect(Dialect):
    """SQLite 3.31 and later."""

    vendor = "sqlite"
    no_limit_value = -1
    numeric_cast = "CAST(%s AS NUMERIC)"
    numeric_literal_cast = "CAST(%s AS REAL)"  # as NUMERIC, 3.0 would be a whole number and 2 / 3.0 too
    functions = {
        "Chr": FunctionForm("CHAR"),
        "ConcatPair": FunctionForm(template="%(expressions)s", arg_joiner=" || "),
        "Greatest": FunctionForm("MAX"),
        "Least": FunctionForm("MIN"),
        "Now": FunctionForm(template="STRFTIME('%%%%Y-%%%%m-%%%%d %%%%H:%%%%M:%%%%f', 'NOW')"),
        "Ord": FunctionForm("UNICODE"),
        "Random": FunctionForm("RAND"),
        "StrIndex": FunctionForm("INSTR"),
        "Substr": FunctionForm("SUBSTR"),
        "BitAnd": FunctionForm("BIT_AND"),
        "AnyValue": FunctionForm("ANY_VALUE"),
        "JSONArray": FunctionForm("JSON_ARRAY"),
        "JSONObject": FunctionForm("JSON_OBJECT"),
        "StringAgg": FunctionForm("GROUP_CONCAT"),
        "StringAggDistinct": FunctionForm("GROUP_CONCAT"),
    }
