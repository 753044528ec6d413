"""Messages in the session."""

from __future__ import annotations

import json
from typing import Any

from hotclub.contrib.messages.storage.base import BaseStorage
from hotclub.contrib.messages.storage.cookie import MessageDecoder, MessageEncoder
from hotclub.core.exceptions import ImproperlyConfigured


class SessionStorage(BaseStorage):
    """Keeps messages in the session."""

    session_key = "_messages"

    def __init__(self, request: Any, *args: Any, **kwargs: Any) -> None:
        if not hasattr(request, "session"):
            raise ImproperlyConfigured(
                "The session-based temporary message storage requires session middleware to be installed, and come "
                "before the message middleware in the MIDDLEWARE list."
            )
        super().__init__(request, *args, **kwargs)

    def _get(self, *args: Any, **kwargs: Any) -> tuple[Any, bool]:
        return self.deserialize_messages(self.request.session.get(self.session_key)), True

    def _store(self, messages: list[Any], response: Any, *args: Any, **kwargs: Any) -> list[Any]:
        if messages:
            self.request.session[self.session_key] = self.serialize_messages(messages)
        else:
            self.request.session.pop(self.session_key, None)
        return []

    def serialize_messages(self, messages: list[Any]) -> str:
        """Give messages as JSON."""
        return MessageEncoder().encode(messages)

    def deserialize_messages(self, data: Any) -> Any:
        """Read messages from JSON."""
        if data and isinstance(data, str):
            return json.loads(data, cls=MessageDecoder)
        return data
