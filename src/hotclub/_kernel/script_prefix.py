"""The path under which the project is mounted (SCRIPT_NAME), per context.

Settings (`STATIC_URL`), URL reversing and the handlers all need it; it lies here so that none of them needs the others.
"""

from __future__ import annotations

from contextvars import ContextVar

_prefix: ContextVar[str] = ContextVar("hotclub_script_prefix", default="/")


def set_script_prefix(prefix: str) -> None:
    """Set the prefix for the running context; a missing final slash is added."""
    if not prefix.endswith("/"):
        prefix += "/"
    if prefix != _prefix.get():
        _prefix.set(prefix)


def get_script_prefix() -> str:
    """Return the prefix of the running context, "/" unless set; it ends with a slash."""
    return _prefix.get()


def clear_script_prefix() -> None:
    """Take the prefix of the running context back to "/"."""
    _prefix.set("/")
