"""The signals of a request, and of a changed setting."""

from __future__ import annotations

from hotclub.dispatch import Signal

request_started = Signal()
"""A request begins. Arguments: `environ` (WSGI) or `scope` (ASGI)."""
request_finished = Signal()
"""A response has been delivered to the client."""
got_request_exception = Signal()
"""An exception was raised while handling a request. Arguments: `request`."""
setting_changed = Signal()
"""A setting was changed through an override. Arguments: `setting`, `value`, `enter`."""
