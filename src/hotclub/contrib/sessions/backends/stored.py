"""What backends share that keep sessions somewhere else: their steps are flows, their documented pairs drive them."""

from __future__ import annotations

from typing import Any

from hotclub._flow.drivers import adrive, drive
from hotclub.conf import settings
from hotclub.contrib.sessions.backends.base import CreateError, SessionBase, ask
from hotclub.core.cache import caches
from hotclub.db.ports import ASYNC, SYNC

MAX_CREATE_ATTEMPTS = 10_000
"""A store that is full or away might refuse every key."""


class StoredSession(SessionBase):
    """A session whose backend provides `_load`, `_save` and `_delete` as flows.

    Attributes:
        kept_in: what keeps it, for errors.
    """

    kept_in = "database"

    async def _load(self) -> dict[str, Any]:
        raise NotImplementedError

    async def _save(self, must_create: bool) -> None:
        raise NotImplementedError

    async def _delete(self, session_key: str | None) -> None:
        raise NotImplementedError

    async def _create(self) -> None:
        """Flow: store the session under a new key, at once, so that the key is taken."""
        for _attempt in range(MAX_CREATE_ATTEMPTS):
            self._session_key = await self._new_key()
            try:
                await ask(self.save, self.asave, must_create=True)
            except CreateError:
                continue
            self.modified = True
            return
        raise RuntimeError(f"Unable to create a new session key. It is likely that the {self.kept_in} is unavailable.")

    def load(self) -> dict[str, Any]:
        return drive(self._load(), SYNC)

    async def aload(self) -> dict[str, Any]:
        return await adrive(self._load(), ASYNC)

    def create(self) -> None:
        drive(self._create(), SYNC)

    async def acreate(self) -> None:
        await adrive(self._create(), ASYNC)

    def save(self, must_create: bool = False) -> None:
        drive(self._save(must_create), SYNC)

    async def asave(self, must_create: bool = False) -> None:
        await adrive(self._save(must_create), ASYNC)

    def delete(self, session_key: str | None = None) -> None:
        drive(self._delete(session_key), SYNC)

    async def adelete(self, session_key: str | None = None) -> None:
        await adrive(self._delete(session_key), ASYNC)


class InCache(SessionBase):
    """A session that has an entry in the cache `SESSION_CACHE_ALIAS`."""

    cache_key_prefix = ""

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

    async def _cached(self) -> dict[str, Any] | None:
        """Flow: the data in the cache; None if it has none."""
        key = await self._own_key()
        try:
            data: dict[str, Any] | None = await ask(self._cache.get, self._cache.aget, key)
        except Exception:  # some memcached clients refuse long or odd keys with errors of their own
            return None
        return data

    async def _forget(self, session_key: str | None) -> None:
        """Flow: delete the entry of a key; of this session, if None."""
        key = session_key or self.session_key
        if key is not None:
            await ask(self._cache.delete, self._cache.adelete, self.cache_key_prefix + key)
