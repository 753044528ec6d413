"""Sessions in the database, read through a cache."""

from __future__ import annotations

import logging
from typing import Any

from hotclub.conf import settings
from hotclub.contrib.sessions.backends.base import ask
from hotclub.contrib.sessions.backends.db import SessionStore as DBStore
from hotclub.core.cache import caches

KEY_PREFIX = "hotclub.contrib.sessions.cached_db"
logger = logging.getLogger("hotclub.contrib.sessions")


class SessionStore(DBStore):
    """A session whose every write goes to the database, and whose reads come from the cache where they can."""

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
        if self._session_key is None:
            self._session_key = await self._new_key()
        return self.cache_key_prefix + self._session_key

    async def _load(self) -> dict[str, Any]:
        key = await self._own_key()
        try:
            data = await ask(self._cache.get, self._cache.aget, key)
        except Exception:  # some memcached clients refuse long or odd keys with errors of their own
            data = None
        if data is not None:
            return data  # type: ignore[no-any-return]
        row = await self._stored()
        if row is None:
            return {}
        data = self.decode(row.session_data)
        age = self._expiry_age(row.expire_date, {})
        await ask(self._cache.set, self._cache.aset, key, data, age)
        return data

    def exists(self, session_key: str | None) -> bool:
        if session_key and (self.cache_key_prefix + session_key) in self._cache:
            return True
        return super().exists(session_key)

    async def aexists(self, session_key: str | None) -> bool:
        if session_key and await self._cache.ahas_key(self.cache_key_prefix + session_key):
            return True
        return await super().aexists(session_key)

    async def _save(self, must_create: bool) -> None:
        created = self.session_key is None
        await super()._save(must_create)
        if created:
            # create() saved under the new key, and so wrote to the cache as well.
            return
        age = await ask(self.get_expiry_age, self.aget_expiry_age)
        try:
            await ask(self._cache.set, self._cache.aset, await self._own_key(), self._session_cache, age)
        except Exception:  # the database has it: a failing cache only costs time
            logger.exception("Error saving to cache (%s)", self._cache)

    async def _delete(self, session_key: str | None) -> None:
        await super()._delete(session_key)
        if session_key is None:
            session_key = self.session_key
            if session_key is None:
                return
        await ask(self._cache.delete, self._cache.adelete, self.cache_key_prefix + session_key)
