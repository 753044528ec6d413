"""Reading the `Cookie` header, as browsers send it rather than as RFC 6265 would like it."""

from __future__ import annotations

import re

_ESCAPE = re.compile(r"\\(?:([0-3][0-7][0-7])|(.))")


def unquote_value(value: str) -> str:
    """Undo the quoting of a cookie value; a value that is not quoted stays as it is."""
    if len(value) < 2 or value[0] != '"' or value[-1] != '"':
        return value
    value = value[1:-1]
    if "\\" not in value:
        return value
    return _ESCAPE.sub(lambda match: chr(int(match[1], 8)) if match[1] else match[2], value)


def parse_cookie_header(header: str) -> dict[str, str]:
    """Give the cookies of a `Cookie` header; of two with the same name, the last."""
    cookies: dict[str, str] = {}
    if not header:
        return cookies
    for chunk in header.split(";"):
        name, equals, value = chunk.partition("=")
        if not equals:
            # A value without a name, as Firefox and Chrome send it.
            name, value = "", chunk
        name, value = name.strip(), value.strip()
        if name or value:
            cookies[name] = unquote_value(value)
    return cookies
