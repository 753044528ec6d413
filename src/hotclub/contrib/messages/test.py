"""An assertion about messages, for test cases."""

from __future__ import annotations

from typing import Any

from hotclub.contrib.messages import get_messages


class MessagesTestMixin:
    """Adds `assertMessages()` to a test case.

    Source: docs ref/contrib/messages, "Testing".
    """

    def assertMessages(self, response: Any, expected_messages: Any, *, ordered: bool = True) -> None:
        """Check that a response has exactly these messages."""
        request_messages = list(get_messages(response.wsgi_request))
        compare = self.assertEqual if ordered else self.assertCountEqual  # type: ignore[attr-defined]
        compare(request_messages, expected_messages)


__unittest = True
