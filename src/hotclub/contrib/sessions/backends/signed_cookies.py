"""Sessions in the cookie itself, signed: nothing is stored, and nothing can be taken back."""

from __future__ import annotations

from typing import Any

from hotclub.contrib.sessions.backends.base import SessionBase
from hotclub.core import signing

SALT = "django.contrib.sessions.backends.signed_cookies"


class SessionStore(SessionBase):
    """A session whose key is its data."""

    def load(self) -> dict[str, Any]:
        try:
            return signing.loads(  # type: ignore[no-any-return]
                self.session_key or "",
                serializer=self.serializer,
                # No older than the session may be.
                max_age=self.get_session_cookie_age(),
                salt=SALT,
            )
        except Exception:  # whatever the client sent, it is no session of ours
            self.create()
        return {}

    async def aload(self) -> dict[str, Any]:
        return self.load()

    def create(self) -> None:
        # The key is made when the response is: data may still change.
        self.modified = True

    async def acreate(self) -> None:
        self.create()

    def save(self, must_create: bool = False) -> None:
        self._session_key = self._make_key()
        self.modified = True

    async def asave(self, must_create: bool = False) -> None:
        self.save(must_create)

    def exists(self, session_key: str | None = None) -> bool:
        """Nothing is stored: no key is taken."""
        return False

    async def aexists(self, session_key: str | None = None) -> bool:
        return False

    def delete(self, session_key: str | None = None) -> None:
        self._session_key = ""
        self._session_cache = {}
        self.modified = True

    async def adelete(self, session_key: str | None = None) -> None:
        self.delete(session_key)

    def cycle_key(self) -> None:
        self.save()

    async def acycle_key(self) -> None:
        self.save()

    def _make_key(self) -> str:
        return signing.dumps(self._session, compress=True, salt=SALT, serializer=self.serializer)

    @classmethod
    def clear_expired(cls) -> None:
        """Nothing is stored."""

    @classmethod
    async def aclear_expired(cls) -> None:
        """Nothing is stored."""
