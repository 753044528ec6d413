"""Messages as they come back in a cookie."""

from __future__ import annotations

import json

import pytest

from hotclub.contrib.messages.storage.base import Message
from hotclub.contrib.messages.storage.cookie import CookieStorage, MessageDecoder, MessageEncoder
from hotclub.http import HttpRequest
from hotclub.utils.safestring import SafeString, mark_safe

MARK = MessageEncoder.message_key


def test_messages_come_back_as_they_went() -> None:
    sent = [Message(20, "plain"), Message(25, mark_safe("<b>safe</b>"), "tag")]
    back = json.loads(json.dumps(sent, cls=MessageEncoder), cls=MessageDecoder)
    assert back == sent
    assert [isinstance(message.message, SafeString) for message in back] == [False, True]


@pytest.mark.parametrize(
    "fields", [[MARK], [MARK, 0, 20], [MARK, 0, 20, "a", "b", "c"], [MARK, 0, None, "a"], [MARK, 0, float("inf"), "a"]]
)
def test_a_cookie_with_something_else_is_dropped(fields: list[object]) -> None:
    with pytest.raises(ValueError, match="cannot be read"):
        json.loads(json.dumps([fields]), cls=MessageDecoder)
    request = HttpRequest()
    storage = CookieStorage(request)
    request.COOKIES[storage.cookie_name] = storage.signer.sign_object([fields])
    assert list(storage) == []
    assert storage.used  # the answer deletes it
