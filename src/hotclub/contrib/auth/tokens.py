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
        return self._make_token_with_timestamp(user, self._num_seconds(self._now()), self.secret)

    def check_token(self, user: Any, token: str | None) -> bool:
        """Say whether a token is one for the user, unused and in time."""
        if not (user and token):
            return False
        moment_text, dash, _hash = token.partition("-")
        if not dash or "-" in _hash:
            return False
        try:
            moment = base36_to_int(moment_text)
        except ValueError:
            return False
        for secret in [self.secret, *self.secret_fallbacks]:
            if constant_time_compare(self._make_token_with_timestamp(user, moment, secret), token):
                break
        else:
            return False
        return bool(self._num_seconds(self._now()) - moment <= settings.PASSWORD_RESET_TIMEOUT)

    def _make_token_with_timestamp(self, user: Any, timestamp: int, secret: Any) -> str:
        # Half of the hash is enough, and keeps the link short.
        digest = salted_hmac(
            self.key_salt, self._make_hash_value(user, timestamp), secret=secret, algorithm=self.algorithm
        ).hexdigest()[::2]
        return f"{int_to_base36(timestamp)}-{digest}"

    def _make_hash_value(self, user: Any, timestamp: int) -> str:
        """Return what the token stands for: it changes with the password, and with each log-in."""
        # Some databases keep no microseconds.
        login = user.last_login
        login_text = "" if login is None else login.replace(microsecond=0, tzinfo=None)
        email_field = user.get_email_field_name()
        email = getattr(user, email_field, "") or ""
        return f"{user.pk}{user.password}{login_text}{timestamp}{email}"

    def _num_seconds(self, dt: datetime) -> int:
        return int((dt - _EPOCH).total_seconds())

    def _now(self) -> datetime:
        # A hook for tests.
        return datetime.now()


default_token_generator = PasswordResetTokenGenerator()
