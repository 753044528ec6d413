"""Tokens for resetting a password: valid once, and for a limited time.

A token is (seconds since 2001, in base 36) "-" (keyed hash of what changes when the password is reset).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from hotclub.conf import settings
from hotclub.utils.crypto import constant_time_compare, salted_hmac
from hotclub.utils.http import base36_to_int, int_to_base36

_EPOCH = datetime(2001, 1, 1)


class PasswordResetTokenGenerator:
    """Makes and checks tokens."""

    # Fixed: links in mails that are under way were made with it.
    key_salt = "django.contrib.auth.tokens.PasswordResetTokenGenerator"
    algorithm: str | None = None
    _secret: Any = None
    _secret_fallbacks: Sequence[Any] | None = None

    def __init__(self) -> None:
        self.algorithm = self.algorithm or "sha256"

    @property
    def secret(self) -> Any:
        """The key; `SECRET_KEY`, unless set."""
        return self._secret or settings.SECRET_KEY

    @secret.setter
    def secret(self, value: Any) -> None:
        self._secret = value

    @property
    def secret_fallbacks(self) -> Sequence[Any]:
        """Further keys that are accepted; `SECRET_KEY_FALLBACKS`, unless set."""
        return settings.SECRET_KEY_FALLBACKS if self._secret_fallbacks is None else self._secret_fallbacks

    @secret_fallbacks.setter
    def secret_fallbacks(self, value: Sequence[Any]) -> None:
        self._secret_fallbacks = value

    def make_token(self, user: Any) -> str:
        """Return a token for one reset of the user's password."""
        moment = self._seconds_now()
        return f"{int_to_base36(moment)}-{self._digest(user, moment, self.secret)}"

    def check_token(self, user: Any, token: str | None) -> bool:
        """Say whether a token is one for the user, unused and in time."""
        if not (user and token):
            return False
        text, _dash, digest = token.partition("-")
        try:
            moment = base36_to_int(text)
        except ValueError:
            return False
        keys = (self.secret, *self.secret_fallbacks)
        made_by_us = any(constant_time_compare(self._digest(user, moment, key), digest) for key in keys)
        return made_by_us and self._seconds_now() - moment <= settings.PASSWORD_RESET_TIMEOUT

    def _digest(self, user: Any, moment: int, key: Any) -> str:
        """Return what proves a token; half of the hash is enough, and keeps the link short."""
        stands_for = self._make_hash_value(user, moment)
        return salted_hmac(self.key_salt, stands_for, secret=key, algorithm=self.algorithm).hexdigest()[::2]

    def _make_hash_value(self, user: Any, timestamp: int) -> str:
        """Return what the token stands for: it changes with password, address and each log-in.

        Projects override it to let a token end with other changes.
        """
        # Some databases keep no microseconds.
        login = "" if user.last_login is None else user.last_login.replace(microsecond=0, tzinfo=None)
        email = getattr(user, user.get_email_field_name(), "") or ""
        return f"{user.pk}{user.password}{login}{timestamp}{email}"

    def _seconds_now(self) -> int:
        return int((self._now() - _EPOCH).total_seconds())

    def _now(self) -> datetime:
        """Return the local time; projects override it to test what expires."""
        return datetime.now()


default_token_generator = PasswordResetTokenGenerator()
