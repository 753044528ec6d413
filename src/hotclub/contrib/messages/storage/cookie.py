"""Messages in a signed cookie."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cached_property
from typing import Any

from hotclub.conf import settings
from hotclub.contrib.messages.storage.base import BaseStorage, Message
from hotclub.core import signing
from hotclub.http import SimpleCookie
from hotclub.utils.safestring import SafeData, mark_safe

SALT = "django.contrib.messages"


class MessageEncoder(json.JSONEncoder):
    """Writes messages as marked lists; whether the text is safe HTML is kept."""

    message_key = "__json_message"

    def default(self, o: Any) -> Any:
        """Give a message as a list."""
        if not isinstance(o, Message):
            return super().default(o)
        fields = [self.message_key, int(isinstance(o.message, SafeData)), o.level, o.message]
        if o.extra_tags is not None:
            fields.append(o.extra_tags)
        return fields


class MessageDecoder(json.JSONDecoder):
    """Reads what `MessageEncoder` wrote."""

    def process_messages(self, obj: Any) -> Any:
        """Turn marked lists into messages, at any depth.

        Raises:
            ValueError: a list has the mark and is no message.
        """
        if isinstance(obj, list) and obj:
            if obj[0] == MessageEncoder.message_key:
                return self._message(obj)
            return [self.process_messages(item) for item in obj]
        if isinstance(obj, dict):
            return {key: self.process_messages(value) for key, value in obj.items()}
        return obj

    @staticmethod
    def _message(fields: list[Any]) -> Message:
        try:
            _mark, is_safe, level, text, *tags = fields
            return Message(level, mark_safe(text) if is_safe else text, *tags)
        except (TypeError, ValueError, OverflowError) as error:
            raise ValueError(f"A message of {len(fields)} fields cannot be read.") from error

    def decode(self, s: str, **kwargs: Any) -> Any:  # type: ignore[override]  # passed on
        """Read JSON with messages in it."""
        return self.process_messages(super().decode(s, **kwargs))


class MessageSerializer:
    """JSON bytes, for the signer."""

    def dumps(self, obj: Any) -> bytes:
        """Give the bytes."""
        return json.dumps(obj, separators=(",", ":"), cls=MessageEncoder).encode("latin-1")

    def loads(self, data: bytes) -> Any:
        """Read the bytes."""
        return json.loads(data.decode("latin-1"), cls=MessageDecoder)


class MessagePartSerializer:
    """Joins messages that are JSON texts already."""

    def dumps(self, obj: list[str]) -> bytes:
        """Give the bytes of the list."""
        return ("[" + ",".join(obj) + "]").encode("latin-1")


def _bisect(length: int, fits: Callable[[int], bool]) -> int:
    """Give the largest count up to `length` that fits, if smaller counts fit as well."""
    low, high = 0, length
    while low < high:
        middle = (low + high + 1) // 2
        if fits(middle):
            low = middle
        else:
            high = middle - 1
    return low


def bisect_keep_left(a: list[Any], fn: Callable[[list[Any]], Any]) -> int:
    """Give where the longest beginning of a list for which `fn` is false ends."""
    return _bisect(len(a), lambda count: not fn(a[:count]))


def bisect_keep_right(a: list[Any], fn: Callable[[list[Any]], Any]) -> int:
    """Give where the longest end of a list for which `fn` is false starts."""
    return len(a) - _bisect(len(a), lambda count: not fn(a[len(a) - count :]))


class CookieStorage(BaseStorage):
    """Keeps messages in a cookie, the newest as far as there is room."""

    cookie_name = "messages"
    # Browsers take 4,096 bytes for a cookie with its attributes; other cookies of the site want room as well.
    max_cookie_size = 2048
    not_finished = "__messagesnotfinished__"
    not_finished_json = json.dumps("__messagesnotfinished__")

    @cached_property
    def signer(self) -> Any:
        """Signs the cookie."""
        return signing.get_cookie_signer(salt=SALT)

    def _get(self, *args: Any, **kwargs: Any) -> tuple[Any, bool]:
        messages = self._decode(self.request.COOKIES.get(self.cookie_name))
        all_retrieved = not (messages and messages[-1] == self.not_finished)
        if messages and not all_retrieved:
            # The mark says that another storage has more.
            messages.pop()
        return messages, all_retrieved

    def _write_cookie(self, encoded_data: Any, response: Any) -> None:
        if encoded_data:
            response.set_cookie(
                self.cookie_name,
                encoded_data,
                domain=settings.SESSION_COOKIE_DOMAIN,
                secure=settings.SESSION_COOKIE_SECURE,
                httponly=settings.SESSION_COOKIE_HTTPONLY,
                samesite=settings.SESSION_COOKIE_SAMESITE,
            )
        else:
            response.delete_cookie(
                self.cookie_name,
                domain=settings.SESSION_COOKIE_DOMAIN,
                samesite=settings.SESSION_COOKIE_SAMESITE,
            )

    def _store(
        self, messages: list[Any], response: Any, remove_oldest: bool = True, *args: Any, **kwargs: Any
    ) -> list[Any]:
        """Write what fits, the newest messages (or the oldest); give the rest."""
        encoded_messages = [json.dumps(message, separators=(",", ":"), cls=MessageEncoder) for message in messages]
        unstored: list[Any] = []
        encoded: Any = self._encode_parts(encoded_messages)
        if self.max_cookie_size and self._too_long(encoded):
            cookie_of = self._with_mark

            def is_too_long(parts: list[str]) -> bool:
                return self._too_long(self._encode_parts(cookie_of(parts)))

            if remove_oldest:
                start = bisect_keep_right(encoded_messages, is_too_long)
                unstored, kept = messages[:start], encoded_messages[start:]
            else:
                end = bisect_keep_left(encoded_messages, is_too_long)
                unstored, kept = messages[end:], encoded_messages[:end]
            encoded = self._encode_parts(cookie_of(kept))
        self._write_cookie(encoded, response)
        return unstored

    def _with_mark(self, parts: list[str]) -> list[str]:
        return [*parts, self.not_finished_json]

    def _too_long(self, data: str | None) -> bool:
        # The quoting of cookies makes some texts longer.
        return bool(data) and len(SimpleCookie().value_encode(data)[1]) > self.max_cookie_size  # type: ignore[arg-type]

    def _encode_parts(self, parts: list[str], encode_empty: bool = False) -> str | None:
        if not parts and not encode_empty:
            return None
        return self.signer.sign_object(parts, serializer=MessagePartSerializer, compress=True)  # type: ignore[no-any-return]

    def _encode(self, messages: list[Any], encode_empty: bool = False) -> str | None:
        """Give messages as signed text."""
        parts = [json.dumps(message, separators=(",", ":"), cls=MessageEncoder) for message in messages]
        return self._encode_parts(parts, encode_empty)

    def _decode(self, data: str | None) -> Any:
        """Give the messages of a signed text; None if it is none of ours."""
        if not data:
            return None
        try:
            return self.signer.unsign_object(data, serializer=MessageSerializer)
        except (signing.BadSignature, ValueError, json.JSONDecodeError):
            # The cookie is of no use any more: have it deleted.
            self.used = True
            return None
