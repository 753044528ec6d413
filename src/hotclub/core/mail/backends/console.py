"""A backend that writes messages to standard output."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterable
from typing import Any

from hotclub.core.mail.backends.base import BaseEmailBackend


class EmailBackend(BaseEmailBackend):
    """Writes messages to a stream.

    Args:
        fail_silently: pass over errors.
        stream: where to write; standard output, if it is not given.
    """

    def __init__(self, fail_silently: bool = False, **kwargs: Any) -> None:
        self.stream = kwargs.pop("stream", sys.stdout)
        self._lock = threading.RLock()
        super().__init__(**kwargs)
        self.fail_silently = fail_silently

    def write_message(self, message: Any) -> None:
        """Write one message."""
        mime = message.message()
        data = mime.as_bytes()
        charset = mime.get_charset().get_output_charset() if mime.get_charset() else "utf-8"
        self.stream.write(f"{data.decode(charset)}\n{'-' * 79}\n")

    def send_messages(self, email_messages: Iterable[Any]) -> int:
        count = 0
        with self._lock:
            try:
                opened = self.open()
                for message in email_messages:
                    self.write_message(message)
                    self.stream.flush()
                    count += 1
                if opened:
                    self.close()
            except Exception:
                if not self.fail_silently:
                    raise
        return count
