"""Sessions in the database, read through a cache."""

from __future__ import annotations

import logging
from typing import Any

from hotclub.contrib.sessions.backends.base import ask
from hotclub.contrib.sessions.backends.db import SessionStore as DBStore
from hotclub.contrib.sessions.backends.stored import InCache

KEY_PREFIX = "hotclub.contrib.sessions.cached_db"
logger = logging.getLogger("hotclub.contrib.sessions")


class SessionStore(InCache, DBStore):
    """A session whose every write goes to the database, and whose reads come from the cache where they can."""

    cache_key_prefix = KEY_PREFIX

    async def _load(self) -> dict[str, Any]:
        data = await self._cached()
        if data is not None:
            return data
        key = await self._own_key()
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
        await self._forget(session_key)
