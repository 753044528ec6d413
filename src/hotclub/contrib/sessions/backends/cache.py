"""Sessions in a cache: fast, and gone when the cache is."""

from __future__ import annotations

from typing import Any

from hotclub._flow.drivers import adrive, drive
from hotclub.conf import settings
from hotclub.contrib.sessions.backends.base import CreateError, SessionBase, UpdateError, ask
from hotclub.core.cache import caches
from hotclub.db.ports import ASYNC, SYNC

KEY_PREFIX = "hotclub.contrib.sessions.cache"
MAX_CREATE_ATTEMPTS = 10_000


class SessionStore(SessionBase):
    """A session in the cache `SESSION_CACHE_ALIAS`."""

    cache_key_prefix = KEY_PREFIX

    def __init__(self, session_key: str | None = None) -> None:
        self._cache = caches[settings.SESSION_CACHE_ALIAS]
        super().__init__(session_key)

    @property
    def cache_key(self) -> str:
        """The key of this session in the cache."""
        return self.cache_key_prefix + self._own_session_key()

    async def acache_key(self) -> str:
        """The async half of `cache_key`."""
        return self.cache_key_prefix + await self._aown_session_key()

    async def _own_key(self) -> str:
        """Flow: the key of this session in the cache."""
        if self._session_key is None:
            self._session_key = await self._new_key()
        return self.cache_key_prefix + self._session_key

    async def _load(self) -> dict[str, Any]:
        try:
            data = await ask(self._cache.get, self._cache.aget, await self._own_key())
        except Exception:  # some memcached clients refuse long or odd keys with errors of their own
            data = None
        if data is not None:
            return data  # type: ignore[no-any-return]
        # An unknown key is not taken over: the client must not choose it.
        self._session_key = None
        return {}

    def load(self) -> dict[str, Any]:
        return drive(self._load(), SYNC)

    async def aload(self) -> dict[str, Any]:
        return await adrive(self._load(), ASYNC)

    async def _create(self) -> None:
        # A cache that is full or away might never store anything: the attempts are bounded.
        for _ in range(MAX_CREATE_ATTEMPTS):
            self._session_key = await self._new_key()
            try:
                await ask(self.save, self.asave, must_create=True)
            except CreateError:
                continue
            self.modified = True
            return
        raise RuntimeError("Unable to create a new session key. It is likely that the cache is unavailable.")

    def create(self) -> None:
        drive(self._create(), SYNC)

    async def acreate(self) -> None:
        await adrive(self._create(), ASYNC)

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

    def save(self, must_create: bool = False) -> None:
        drive(self._save(must_create), SYNC)

    async def asave(self, must_create: bool = False) -> None:
        await adrive(self._save(must_create), ASYNC)

    def exists(self, session_key: str | None) -> bool:
        return bool(session_key) and (self.cache_key_prefix + session_key) in self._cache  # type: ignore[operator]

    async def aexists(self, session_key: str | None) -> bool:
        return bool(session_key) and await self._cache.ahas_key(self.cache_key_prefix + session_key)  # type: ignore[operator]

    async def _delete(self, session_key: str | None) -> None:
        if session_key is None:
            session_key = self.session_key
            if session_key is None:
                return
        await ask(self._cache.delete, self._cache.adelete, self.cache_key_prefix + session_key)

    def delete(self, session_key: str | None = None) -> None:
        drive(self._delete(session_key), SYNC)

    async def adelete(self, session_key: str | None = None) -> None:
        await adrive(self._delete(session_key), ASYNC)

    @classmethod
    def clear_expired(cls) -> None:
        """Nothing to do: the cache forgets by itself."""

    @classmethod
    async def aclear_expired(cls) -> None:
        """Nothing to do: the cache forgets by itself."""
