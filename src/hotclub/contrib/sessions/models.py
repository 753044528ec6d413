"""The session table."""

from __future__ import annotations

from typing import Any

from hotclub.contrib.sessions.backends.db import SessionStore
from hotclub.contrib.sessions.base_session import AbstractBaseSession, BaseSessionManager


class SessionManager(BaseSessionManager):
    """Manager of sessions."""

    use_in_migrations = True


class Session(AbstractBaseSession):
    """A stored session: key, signed data, and when it ends. The client knows the key only.

    Source: docs topics/http/sessions.
    """

    objects = SessionManager()

    class Meta(AbstractBaseSession.Meta):
        db_table = "django_session"

    @classmethod
    def get_session_store_class(cls) -> Any:
        """Give the store that uses this model."""
        return SessionStore
