"""Sessions in a cache: fast, and gone when the cache is."""

from __future__ import annotations

from typing import Any

from hotclub.contrib.sessions.backends.base import CreateError, UpdateError, ask
from hotclub.contrib.sessions.backends.stored import InCache, StoredSession

KEY_PREFIX = "hotclub.contrib.sessions.cache"


class SessionStore(InCache, StoredSession):
    """A session in the cache `SESSION_CACHE_ALIAS`."""

    kept_in = "cache"
    cache_key_prefix = KEY_PREFIX

    async def _load(self) -> dict[str, Any]:
        data = await self._cached()
        if data is None:
            # An unknown key is not taken over: the client must not choose it.
            self._session_key = None
            return {}
        return data

    async def _save(self, must_create: bool) -> None:
        if self.session_key is None:
            await ask(self.create, self.acreate)
            return
        key = await self._own_key()
        if must_create:
            function, async_function = self._cache.add, self._cache.aadd
        elif await ask(self._cache.get, self._cache.aget, key) is not None:
            function, async_function = self._cache.set, self._cache.aset
        else:
            raise UpdateError
        data = await self._data(no_load=must_create)
        age = await ask(self.get_expiry_age, self.aget_expiry_age)
        stored = await ask(function, async_function, key, data, age)
        if must_create and not stored:
            raise CreateError

    async def _delete(self, session_key: str | None) -> None:
        await self._forget(session_key)

    def exists(self, session_key: str | None) -> bool:
        return bool(session_key) and f"{self.cache_key_prefix}{session_key}" in self._cache

    async def aexists(self, session_key: str | None) -> bool:
        return bool(session_key) and bool(await self._cache.ahas_key(f"{self.cache_key_prefix}{session_key}"))

    @classmethod
    def clear_expired(cls) -> None:
        """Nothing to do: the cache forgets by itself."""

    @classmethod
    async def aclear_expired(cls) -> None:
        """Nothing to do: the cache forgets by itself."""
