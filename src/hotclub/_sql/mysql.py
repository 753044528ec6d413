"""What MySQL and MariaDB write in their own way."""

from __future__ import annotations

from hotclub._sql.dialect import Dialect, FunctionForm


class MySQLDialect(Dialect):
    """MySQL 8.0.11 and MariaDB 10.6, and later."""

    vendor = "mysql"
    quote_mark = "`"
    nulls_modifier = False
    no_limit_value = 18446744073709551615
    functions = {
        "Chr": FunctionForm(template="%(function)s(%(expressions)s USING utf16)", function="CHAR"),
        "ConcatPair": FunctionForm("CONCAT_WS", template="%(function)s('', %(expressions)s)"),
        "Length": FunctionForm("CHAR_LENGTH"),
        "Random": FunctionForm("RAND"),
        "Now": FunctionForm(template="CURRENT_TIMESTAMP(6)"),
        "SHA224": FunctionForm(template="SHA2(%(expressions)s, 224)"),
        "SHA256": FunctionForm(template="SHA2(%(expressions)s, 256)"),
        "SHA384": FunctionForm(template="SHA2(%(expressions)s, 384)"),
        "SHA512": FunctionForm(template="SHA2(%(expressions)s, 512)"),
        "JSONArray": FunctionForm("JSON_ARRAY"),
        "JSONObject": FunctionForm("JSON_OBJECT"),
        "StringAgg": FunctionForm("GROUP_CONCAT"),
    }

    def order_by_form(self, template: str, descending: bool, nulls_first: bool, nulls_last: bool) -> tuple[str, int]:
        # NULLs come first in ascending order here: asking for what holds anyway needs no text.
        if (nulls_first and not descending) or (nulls_last and descending):
            return template, 1
        return super().order_by_form(template, descending, nulls_first, nulls_last)
