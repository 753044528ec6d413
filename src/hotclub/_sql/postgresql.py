"""What PostgreSQL writes in its own way."""

from __future__ import annotations

from hotclub._sql.dialect import Dialect, FunctionForm


class PostgreSQLDialect(Dialect):
    """PostgreSQL 15 and later."""

    vendor = "postgresql"
    functions = {
        "Now": FunctionForm(template="STATEMENT_TIMESTAMP()"),
        "StrIndex": FunctionForm("STRPOS"),
        "Ord": FunctionForm("ASCII"),
        "Random": FunctionForm("RANDOM"),
        "SHA1": FunctionForm(template="ENCODE(DIGEST(%(expressions)s, 'sha1'), 'hex')"),
        "SHA224": FunctionForm(template="ENCODE(SHA224((%(expressions)s)::bytea), 'hex')"),
        "SHA256": FunctionForm(template="ENCODE(SHA256((%(expressions)s)::bytea), 'hex')"),
        "SHA384": FunctionForm(template="ENCODE(SHA384((%(expressions)s)::bytea), 'hex')"),
        "SHA512": FunctionForm(template="ENCODE(SHA512((%(expressions)s)::bytea), 'hex')"),
        "JSONArray": FunctionForm("JSONB_BUILD_ARRAY"),
        "JSONObject": FunctionForm("JSONB_BUILD_OBJECT"),
        "UUID4": FunctionForm("GEN_RANDOM_UUID"),
        "ConcatPair": FunctionForm(template="(%(expressions)s)", arg_joiner=" || "),
    }
