"""`MessageMiddleware`: a storage for each request, updated with the response."""

from __future__ import annotations

from typing import Any

from hotclub.conf import settings
from hotclub.contrib.messages.storage import default_storage
from hotclub.middleware.inline import runs_inline
from hotclub.utils.deprecation import MiddlewareMixin


class MessageMiddleware(MiddlewareMixin):
    """Sets `request._messages`.

    Source: docs ref/contrib/messages.
    """

    @runs_inline
    def process_request(self, request: Any) -> None:
        """Make the storage; it reads when somebody looks."""
        request._messages = default_storage(request)

    def response_is_idle(self, request: Any, response: Any) -> bool:
        """Whether there is nothing to store."""
        storage = getattr(request, "_messages", None)
        return storage is None or not (storage.used or storage.added_new)

    def process_response(self, request: Any, response: Any) -> Any:
        """Store what was added and not shown.

        Raises:
            ValueError: `DEBUG` is on and something could not be stored.
        """
        # A subclass's process_request() may have given a response before the storage was there.
        if hasattr(request, "_messages"):
            unstored = request._messages.update(response)
            if unstored and settings.DEBUG:
                raise ValueError("Not all temporary messages could be stored.")
        return response

    async def aprocess_response(self, request: Any, response: Any) -> Any:
        """The async half: a session is read without holding up the loop."""
        session = getattr(request, "session", None)
        if session is not None and hasattr(session, "akeys"):
            await session.akeys()
        return self.process_response(request, response)
