"""`SessionBase`: a session as a mapping, whatever keeps its data.

Backends say how data is loaded, saved, found and deleted. Everything that needs them more than once is a flow, so that
the documented pairs (`cycle_key`/`acycle_key` …) are one implementation. A backend with a sync half only is used from
a thread by the async one.
"""

from __future__ import annotations

import logging
import string
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from hotclub._flow.drivers import adrive, drive
from hotclub._flow.effects import CallUser
from hotclub._kernel.crossing import sync_to_async
from hotclub.conf import settings
from hotclub.core import signing
from hotclub.db.ports import ASYNC, SYNC
from hotclub.utils import timezone
from hotclub.utils.crypto import get_random_string
from hotclub.utils.module_loading import import_string

VALID_KEY_CHARS = string.ascii_lowercase + string.digits
MIN_KEY_LENGTH = 8
KEY_LENGTH = 32
_MISSING = object()


class CreateError(Exception):
    """A session of this key exists already."""


class UpdateError(Exception):
    """The session to be saved is gone."""


def ask(function: Callable[..., Any], async_function: Callable[..., Any], *args: Any, **kwargs: Any) -> CallUser[Any]:
    """Effect: call the half of a documented pair that fits."""
    return CallUser(function, args, kwargs, async_function=async_function)


class SessionBase:
    """A session.

    Attributes:
        accessed: whether data was read or written.
        modified: whether data was written.

    Source: docs topics/http/sessions.
    """

    TEST_COOKIE_NAME = "testcookie"
    TEST_COOKIE_VALUE = "worked"

    _session_cache: dict[str, Any]

    def __init__(self, session_key: str | None = None) -> None:
        self._session_key = session_key
        self.accessed = False
        self.modified = False
        self.serializer = import_string(settings.SESSION_SERIALIZER)

    # A mapping

    def __contains__(self, key: object) -> bool:
        return key in self._session

    def __getitem__(self, key: str) -> Any:
        return self._session[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self._session[key] = value
        self.modified = True

    def __delitem__(self, key: str) -> None:
        del self._session[key]
        self.modified = True

    def __bool__(self) -> bool:
        return not self.is_empty()

    @property
    def key_salt(self) -> str:
        """The salt of the signature; that of existing sessions."""
        return "django.contrib.sessions." + type(self).__qualname__

    def get(self, key: str, default: Any = None) -> Any:
        """Give a value, or `default`."""
        return self._session.get(key, default)

    async def aget(self, key: str, default: Any = None) -> Any:
        """The async half of `get()`."""
        return (await self._aget_session()).get(key, default)

    async def aset(self, key: str, value: Any) -> None:
        """Set a value; the async form of `session[key] = value`."""
        (await self._aget_session())[key] = value
        self.modified = True

    def pop(self, key: str, default: Any = _MISSING) -> Any:
        """Remove a key and give its value."""
        return self._pop(self._session, key, default)

    async def apop(self, key: str, default: Any = _MISSING) -> Any:
        """The async half of `pop()`."""
        return self._pop(await self._aget_session(), key, default)

    def _pop(self, data: dict[str, Any], key: str, default: Any) -> Any:
        self.modified = self.modified or key in data
        return data.pop(key) if default is _MISSING else data.pop(key, default)

    def setdefault(self, key: str, value: Any) -> Any:
        """Give a value; set it first if it is not there."""
        return self._setdefault(self._session, key, value)

    async def asetdefault(self, key: str, value: Any) -> Any:
        """The async half of `setdefault()`."""
        return self._setdefault(await self._aget_session(), key, value)

    def _setdefault(self, data: dict[str, Any], key: str, value: Any) -> Any:
        if key not in data:
            self.modified = True
            data[key] = value
        return data[key]

    def set_test_cookie(self) -> None:
        """Set a mark by which a later request tells whether cookies work."""
        self[self.TEST_COOKIE_NAME] = self.TEST_COOKIE_VALUE

    async def aset_test_cookie(self) -> None:
        """The async half of `set_test_cookie()`."""
        await self.aset(self.TEST_COOKIE_NAME, self.TEST_COOKIE_VALUE)

    def test_cookie_worked(self) -> bool:
        """Whether the mark came back."""
        return self.get(self.TEST_COOKIE_NAME) == self.TEST_COOKIE_VALUE  # type: ignore[no-any-return]

    async def atest_cookie_worked(self) -> bool:
        """The async half of `test_cookie_worked()`."""
        return await self.aget(self.TEST_COOKIE_NAME) == self.TEST_COOKIE_VALUE  # type: ignore[no-any-return]

    def delete_test_cookie(self) -> None:
        """Remove the mark."""
        del self[self.TEST_COOKIE_NAME]

    async def adelete_test_cookie(self) -> None:
        """The async half of `delete_test_cookie()`."""
        del (await self._aget_session())[self.TEST_COOKIE_NAME]
        self.modified = True

    def update(self, dict_: Any) -> None:
        """Set several values."""
        self._session.update(dict_)
        self.modified = True

    async def aupdate(self, dict_: Any) -> None:
        """The async half of `update()`."""
        (await self._aget_session()).update(dict_)
        self.modified = True

    def has_key(self, key: str) -> bool:
        """Whether a key is there."""
        return key in self._session

    async def ahas_key(self, key: str) -> bool:
        """The async half of `has_key()`."""
        return key in await self._aget_session()

    def keys(self) -> Any:
        """Give the keys."""
        return self._session.keys()

    async def akeys(self) -> Any:
        """The async half of `keys()`."""
        return (await self._aget_session()).keys()

    def values(self) -> Any:
        """Give the values."""
        return self._session.values()

    async def avalues(self) -> Any:
        """The async half of `values()`."""
        return (await self._aget_session()).values()

    def items(self) -> Any:
        """Give keys and values."""
        return self._session.items()

    async def aitems(self) -> Any:
        """The async half of `items()`."""
        return (await self._aget_session()).items()

    def clear(self) -> None:
        """Remove all data, without loading it first."""
        self._session_cache = {}
        self.accessed = True
        self.modified = True

    def is_empty(self) -> bool:
        """Whether there is neither a key nor data."""
        try:
            return not self._session_key and not self._session_cache
        except AttributeError:
            return True

    # The stored form

    def encode(self, session_dict: dict[str, Any]) -> str:
        """Give data as signed text."""
        return signing.dumps(session_dict, salt=self.key_salt, serializer=self.serializer, compress=True)

    def decode(self, session_data: str) -> dict[str, Any]:
        """Give the data of a signed text; none, if it is not ours or too old."""
        try:
            return signing.loads(session_data, salt=self.key_salt, serializer=self.serializer)  # type: ignore[no-any-return]
        except signing.BadSignature:
            logging.getLogger("hotclub.security.SuspiciousSession").warning("Session data corrupted")
        except Exception:  # whatever the stored bytes make the decoder do, the session is lost
            pass
        return {}

    # The key

    @property
    def session_key(self) -> str | None:
        """The key; None until the session is saved."""
        return self._session_key_value

    @property
    def _session_key(self) -> str | None:
        return self._session_key_value

    @_session_key.setter
    def _session_key(self, value: str | None) -> None:
        # A short key could be guessed.
        self._session_key_value = value if value and len(value) >= MIN_KEY_LENGTH else None

    async def _new_key(self) -> str:
        """Flow: give a key that is not taken."""
        while True:
            key = get_random_string(KEY_LENGTH, VALID_KEY_CHARS)
            if not await ask(self.exists, self.aexists, key):
                return key

    def _get_new_session_key(self) -> str:
        return drive(self._new_key(), SYNC)

    async def _aget_new_session_key(self) -> str:
        return await adrive(self._new_key(), ASYNC)

    def _own_session_key(self) -> str:
        if self._session_key is None:
            self._session_key = self._get_new_session_key()
        return self._session_key

    async def _aown_session_key(self) -> str:
        if self._session_key is None:
            self._session_key = await self._aget_new_session_key()
        return self._session_key

    # The data

    async def _data(self, no_load: bool = False) -> dict[str, Any]:
        """Flow: give the data, loaded when first asked for."""
        self.accessed = True
        try:
            return self._session_cache
        except AttributeError:
            if self.session_key is None or no_load:
                self._session_cache = {}
            else:
                self._session_cache = await ask(self.load, self.aload)
        return self._session_cache

    def _get_session(self, no_load: bool = False) -> dict[str, Any]:
        return drive(self._data(no_load), SYNC)

    async def _aget_session(self, no_load: bool = False) -> dict[str, Any]:
        self.accessed = True
        try:
            return self._session_cache
        except AttributeError:
            pass
        return await adrive(self._data(no_load), ASYNC)

    @property
    def _session(self) -> dict[str, Any]:
        self.accessed = True
        try:
            return self._session_cache
        except AttributeError:
            return self._get_session()

    # Its lifetime

    def get_session_cookie_age(self) -> int:
        """Give the lifetime of sessions that set none of their own, in seconds."""
        return settings.SESSION_COOKIE_AGE  # type: ignore[no-any-return]

    def get_expiry_age(self, **kwargs: Any) -> int:
        """Give the seconds until the session ends.

        Args:
            modification: moment of the last change; now, if not given.
            expiry: as stored: seconds, moment or None; that of the session, if not given.
        """
        expiry = kwargs["expiry"] if "expiry" in kwargs else self.get("_session_expiry")
        return self._expiry_age(expiry, kwargs)

    async def aget_expiry_age(self, **kwargs: Any) -> int:
        """The async half of `get_expiry_age()`."""
        expiry = kwargs["expiry"] if "expiry" in kwargs else await self.aget("_session_expiry")
        return self._expiry_age(expiry, kwargs)

    def _expiry_age(self, expiry: Any, kwargs: dict[str, Any]) -> int:
        modification = kwargs["modification"] if "modification" in kwargs else timezone.now()
        if not expiry:
            return self.get_session_cookie_age()
        if not isinstance(expiry, (datetime, str)):
            return expiry  # type: ignore[no-any-return]
        if isinstance(expiry, str):
            expiry = datetime.fromisoformat(expiry)
        delta = expiry - modification
        return delta.days * 86400 + delta.seconds  # type: ignore[no-any-return]

    def get_expiry_date(self, **kwargs: Any) -> datetime:
        """Give the moment at which the session ends; arguments as in `get_expiry_age()`."""
        expiry = kwargs["expiry"] if "expiry" in kwargs else self.get("_session_expiry")
        return self._expiry_date(expiry, kwargs)

    async def aget_expiry_date(self, **kwargs: Any) -> datetime:
        """The async half of `get_expiry_date()`."""
        expiry = kwargs["expiry"] if "expiry" in kwargs else await self.aget("_session_expiry")
        return self._expiry_date(expiry, kwargs)

    def _expiry_date(self, expiry: Any, kwargs: dict[str, Any]) -> datetime:
        modification: datetime = kwargs["modification"] if "modification" in kwargs else timezone.now()
        if isinstance(expiry, datetime):
            return expiry
        if isinstance(expiry, str):
            return datetime.fromisoformat(expiry)
        return modification + timedelta(seconds=expiry or self.get_session_cookie_age())

    def set_expiry(self, value: Any) -> None:
        """Set when the session ends.

        Args:
            value: seconds without activity; 0 for when the browser closes; a moment or timedelta from now; None for
                the default.
        """
        if value is None:
            self.pop("_session_expiry", None)
        else:
            self["_session_expiry"] = self._stored_expiry(value)

    async def aset_expiry(self, value: Any) -> None:
        """The async half of `set_expiry()`."""
        if value is None:
            await self.apop("_session_expiry", None)
        else:
            await self.aset("_session_expiry", self._stored_expiry(value))

    @staticmethod
    def _stored_expiry(value: Any) -> Any:
        if isinstance(value, timedelta):
            value = timezone.now() + value
        return value.isoformat() if isinstance(value, datetime) else value

    def get_expire_at_browser_close(self) -> bool:
        """Whether the session ends with the browser."""
        return self._at_browser_close(self.get("_session_expiry"))

    async def aget_expire_at_browser_close(self) -> bool:
        """The async half of `get_expire_at_browser_close()`."""
        return self._at_browser_close(await self.aget("_session_expiry"))

    @staticmethod
    def _at_browser_close(expiry: Any) -> bool:
        return settings.SESSION_EXPIRE_AT_BROWSER_CLOSE if expiry is None else expiry == 0  # type: ignore[no-any-return]

    # As a whole

    def flush(self) -> None:
        """Delete the session, and its data; a later one has another key. Done at logout."""
        drive(self._flush(), SYNC)

    async def aflush(self) -> None:
        """The async half of `flush()`."""
        await adrive(self._flush(), ASYNC)

    async def _flush(self) -> None:
        self.clear()
        await ask(self.delete, self.adelete)
        self._session_key = None

    def cycle_key(self) -> None:
        """Give the session another key and keep its data. Done at login, against fixation."""
        drive(self._cycle_key(), SYNC)

    async def acycle_key(self) -> None:
        """The async half of `cycle_key()`."""
        await adrive(self._cycle_key(), ASYNC)

    async def _cycle_key(self) -> None:
        data = await self._data()
        key = self.session_key
        await ask(self.create, self.acreate)
        self._session_cache = data
        if key:
            await ask(self.delete, self.adelete, key)

    # What a backend does

    def exists(self, session_key: str | None) -> bool:
        """Whether a session of this key is stored."""
        raise NotImplementedError("subclasses of SessionBase must provide an exists() method")

    async def aexists(self, session_key: str | None) -> bool:
        """The async half of `exists()`."""
        return await sync_to_async(self.exists)(session_key)

    def create(self) -> None:
        """Store a new session under a new key."""
        raise NotImplementedError("subclasses of SessionBase must provide a create() method")

    async def acreate(self) -> None:
        """The async half of `create()`."""
        await sync_to_async(self.create)()

    def save(self, must_create: bool = False) -> None:
        """Store the data.

        Args:
            must_create: refuse to overwrite a session of the same key (CreateError).
        """
        raise NotImplementedError("subclasses of SessionBase must provide a save() method")

    async def asave(self, must_create: bool = False) -> None:
        """The async half of `save()`."""
        await sync_to_async(self.save)(must_create)

    def delete(self, session_key: str | None = None) -> None:
        """Delete the stored session of this key; of this session, if None."""
        raise NotImplementedError("subclasses of SessionBase must provide a delete() method")

    async def adelete(self, session_key: str | None = None) -> None:
        """The async half of `delete()`."""
        await sync_to_async(self.delete)(session_key)

    def load(self) -> dict[str, Any]:
        """Give the stored data; an empty dict, if there is none any more."""
        raise NotImplementedError("subclasses of SessionBase must provide a load() method")

    async def aload(self) -> dict[str, Any]:
        """The async half of `load()`."""
        return await sync_to_async(self.load)()

    @classmethod
    def clear_expired(cls) -> None:
        """Delete stored sessions that have ended."""
        raise NotImplementedError("This backend does not support clear_expired().")

    @classmethod
    async def aclear_expired(cls) -> None:
        """The async half of `clear_expired()`."""
        await sync_to_async(cls.clear_expired)()
