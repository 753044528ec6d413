"""A backend that keeps messages in memory, in `hotclub.core.mail.outbox`: for tests."""

from __future__ import annotations

import copy
from collections.abc import Iterable
from typing import Any

from hotclub.core import mail
from hotclub.core.mail.backends.base import BaseEmailBackend


class EmailBackend(BaseEmailBackend):
    """Puts copies of the messages in the outbox."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not hasattr(mail, "outbox"):
            mail.outbox = []

    def send_messages(self, email_messages: Iterable[Any]) -> int:
        count = 0
        for message in email_messages:
            # Headers are checked as they would be on the way out.
            message.message()
            sent = copy.deepcopy(message)
            sent.sent_using = self.alias
            mail.outbox.append(sent)
            count += 1
        return count
