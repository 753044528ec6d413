"""`Message` and `BaseStorage`: what storages share.

A storage has what was stored by earlier requests (read when first looked at) and what this one adds. Looking at the
messages uses them up: only what is added afterwards is stored again.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hotclub.conf import settings
from hotclub.contrib.messages import constants
from hotclub.contrib.messages.utils import get_level_tags
from hotclub.utils.functional import SimpleLazyObject

LEVEL_TAGS: Any = SimpleLazyObject(get_level_tags)


class Message:
    """A message: level, text and tags.

    Args:
        level: number.
        message: text; a lazy one is evaluated when it is stored.
        extra_tags: more tags, separated by spaces.
    """

    def __init__(self, level: int, message: Any, extra_tags: str | None = None) -> None:
        self.level = int(level)
        self.message = message
        self.extra_tags = extra_tags

    def _prepare(self) -> None:
        """Turn lazy texts into plain ones, for a serializer."""
        self.message = str(self.message)
        self.extra_tags = str(self.extra_tags) if self.extra_tags is not None else None

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Message):
            return NotImplemented
        return self.level == other.level and self.message == other.message

    __hash__ = None  # type: ignore[assignment]  # mutable

    def __str__(self) -> str:
        return str(self.message)

    def __repr__(self) -> str:
        tags = f", extra_tags={self.extra_tags!r}" if self.extra_tags else ""
        return f"Message(level={self.level}, message={self.message!r}{tags})"

    @property
    def tags(self) -> str:
        """All tags: the extra ones and that of the level."""
        return " ".join(tag for tag in (self.extra_tags, self.level_tag) if tag)

    @property
    def level_tag(self) -> str:
        """The tag of the level."""
        return LEVEL_TAGS.get(self.level, "")  # type: ignore[no-any-return]


Message.__module__ = "hotclub.contrib.messages.storage.base"


class BaseStorage:
    """Base of storages: subclasses say how messages are read (`_get`) and written (`_store`).

    Source: docs ref/contrib/messages, "Storage backends".
    """

    def __init__(self, request: Any, *args: Any, **kwargs: Any) -> None:
        self.request = request
        self._queued_messages: list[Message] = []
        self.used = False
        self.added_new = False
        super().__init__(*args, **kwargs)

    def __len__(self) -> int:
        return len(self._stored) + len(self._queued_messages)

    def __iter__(self) -> Iterator[Message]:
        self.used = True
        if self._queued_messages:
            self._stored.extend(self._queued_messages)
            self._queued_messages = []
        return iter(self._stored)

    def __contains__(self, item: object) -> bool:
        return item in self._stored or item in self._queued_messages

    def __repr__(self) -> str:
        return f"<{type(self).__qualname__}: request={self.request!r}>"

    @property
    def _stored(self) -> list[Message]:
        """What earlier requests stored."""
        if not hasattr(self, "_loaded_data"):
            messages, _ = self._get()
            self._loaded_data = messages or []
        return self._loaded_data

    def _get(self, *args: Any, **kwargs: Any) -> tuple[Any, bool]:
        """Read.

        Returns:
            The messages (None, if this storage has none and cannot know), and whether these are all there are.
        """
        raise NotImplementedError("subclasses of BaseStorage must provide a _get() method")

    def _store(self, messages: list[Any], response: Any, *args: Any, **kwargs: Any) -> Any:
        """Write; give the messages that could not be written."""
        raise NotImplementedError("subclasses of BaseStorage must provide a _store() method")

    def update(self, response: Any) -> Any:
        """Store what is to be kept; give what could not be stored."""
        for message in self._queued_messages:
            message._prepare()
        if self.used:
            return self._store(self._queued_messages, response)
        if self.added_new:
            messages = self._stored + self._queued_messages
            for message in messages:
                if isinstance(message, Message):
                    message._prepare()
            return self._store(messages, response)
        return None

    def add(self, level: int, message: Any, extra_tags: str | None = "") -> None:
        """Add a message, unless it is empty or below the level."""
        if not message:
            return
        level = int(level)
        if level < self.level:
            return
        self.added_new = True
        self._queued_messages.append(Message(level, message, extra_tags=extra_tags))

    @property
    def level(self) -> int:
        """The least level that is recorded: set, or `MESSAGE_LEVEL`."""
        if not hasattr(self, "_level"):
            self._level = getattr(settings, "MESSAGE_LEVEL", constants.INFO)
        return self._level

    @level.setter
    def level(self, value: int | None) -> None:
        if value is None and hasattr(self, "_level"):
            del self._level
        elif value is not None:
            self._level = int(value)
