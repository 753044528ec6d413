"""Adding and reading messages."""

from __future__ import annotations

from typing import Any

from hotclub.contrib.messages import constants
from hotclub.contrib.messages.storage import default_storage

__all__ = [
    "MessageFailure",
    "add_message",
    "debug",
    "error",
    "get_level",
    "get_messages",
    "info",
    "set_level",
    "success",
    "warning",
]


class MessageFailure(Exception):
    """There is nowhere to put a message."""


def add_message(request: Any, level: int, message: Any, extra_tags: str = "", fail_silently: bool = False) -> Any:
    """Add a message.

    Args:
        level: a constant, or a number.
        message: text.
        extra_tags: more tags, separated by spaces.
        fail_silently: whether a missing middleware is no error.

    Raises:
        MessageFailure: the middleware is not installed.
        TypeError: `request` is no request.

    Source: docs ref/contrib/messages, "Adding a message".
    """
    try:
        messages = request._messages
    except AttributeError:
        if not hasattr(request, "META"):
            raise TypeError(
                f"add_message() argument must be an HttpRequest object, not '{type(request).__name__}'."
            ) from None
        if not fail_silently:
            raise MessageFailure(
                "You cannot add messages without installing hotclub.contrib.messages.middleware.MessageMiddleware"
            ) from None
        return None
    return messages.add(level, message, extra_tags)


def get_messages(request: Any) -> Any:
    """Give the storage of a request, which can be iterated; an empty list without the middleware."""
    return getattr(request, "_messages", [])


def get_level(request: Any) -> int:
    """Give the least level that is recorded."""
    storage = getattr(request, "_messages", default_storage(request))
    return storage.level  # type: ignore[no-any-return]


def set_level(request: Any, level: int | None) -> bool:
    """Set the least level that is recorded, for this request; None for the default. Whether it could be set."""
    if not hasattr(request, "_messages"):
        return False
    request._messages.level = level
    return True


def debug(request: Any, message: Any, extra_tags: str = "", fail_silently: bool = False) -> None:
    """Add a message of level DEBUG."""
    add_message(request, constants.DEBUG, message, extra_tags=extra_tags, fail_silently=fail_silently)


def info(request: Any, message: Any, extra_tags: str = "", fail_silently: bool = False) -> None:
    """Add a message of level INFO."""
    add_message(request, constants.INFO, message, extra_tags=extra_tags, fail_silently=fail_silently)


def success(request: Any, message: Any, extra_tags: str = "", fail_silently: bool = False) -> None:
    """Add a message of level SUCCESS."""
    add_message(request, constants.SUCCESS, message, extra_tags=extra_tags, fail_silently=fail_silently)


def warning(request: Any, message: Any, extra_tags: str = "", fail_silently: bool = False) -> None:
    """Add a message of level WARNING."""
    add_message(request, constants.WARNING, message, extra_tags=extra_tags, fail_silently=fail_silently)


def error(request: Any, message: Any, extra_tags: str = "", fail_silently: bool = False) -> None:
    """Add a message of level ERROR."""
    add_message(request, constants.ERROR, message, extra_tags=extra_tags, fail_silently=fail_silently)
