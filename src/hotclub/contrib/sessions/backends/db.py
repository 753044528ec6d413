"""Sessions in the database."""

from __future__ import annotations

import logging
from typing import Any

from hotclub._flow.effects import AtomicRegion
from hotclub.apps import apps
from hotclub.contrib.sessions.backends.base import CreateError, UpdateError, ask
from hotclub.contrib.sessions.backends.stored import StoredSession
from hotclub.core.exceptions import SuspiciousOperation
from hotclub.db import DatabaseError, IntegrityError, router
from hotclub.utils import timezone
from hotclub.utils.functional import cached_property


class SessionStore(StoredSession):
    """A session in the table of `get_model_class()`.

    Source: docs topics/http/sessions, "Extending database-backed session engines".
    """

    @classmethod
    def get_model_class(cls) -> Any:
        """Give the model; a subclass may have its own."""
        return apps.get_model("sessions", "Session")

    @cached_property
    def model(self) -> Any:
        """The model of this store."""
        return self.get_model_class()

    # Loading

    async def _stored(self) -> Any:
        """Flow: give the row of a session that has not ended; None if there is none."""
        try:
            return await ask(
                self.model.objects.get,
                self.model.objects.aget,
                session_key=self.session_key,
                expire_date__gt=timezone.now(),
            )
        except (self.model.DoesNotExist, SuspiciousOperation) as error:
            if isinstance(error, SuspiciousOperation):
                logging.getLogger(f"hotclub.security.{type(error).__name__}").warning(str(error))
            # An unknown key is not taken over: the client must not choose it.
            self._session_key = None
            return None

    async def _load(self) -> dict[str, Any]:
        row = await self._stored()
        return self.decode(row.session_data) if row is not None else {}

    # Keys

    def exists(self, session_key: str | None) -> bool:
        return self.model.objects.filter(session_key=session_key).exists()  # type: ignore[no-any-return]

    async def aexists(self, session_key: str | None) -> bool:
        return await self.model.objects.filter(session_key=session_key).aexists()  # type: ignore[no-any-return]

    # Saving

    def create_model_instance(self, data: dict[str, Any]) -> Any:
        """Give the row for this session's data; a subclass may fill fields of its own."""
        return self.model(
            session_key=self._own_session_key(),
            session_data=self.encode(data),
            expire_date=self.get_expiry_date(),
        )

    async def acreate_model_instance(self, data: dict[str, Any]) -> Any:
        """The async half of `create_model_instance()`; key and data are known by now, so that nothing waits."""
        await self._aown_session_key()
        await self._aget_session()
        return self.create_model_instance(data)

    async def _save(self, must_create: bool) -> None:
        if self.session_key is None:
            await ask(self.create, self.acreate)
            return
        data = await self._data(no_load=must_create)
        row = await ask(self.create_model_instance, self.acreate_model_instance, data)
        using = router.db_for_write(self.model, instance=row)
        try:
            # A region of its own: a failing insert must not spoil a transaction around the request.
            async with AtomicRegion(using):
                await ask(row.save, row.asave, force_insert=must_create, force_update=not must_create, using=using)
        except IntegrityError as error:
            if must_create:
                raise CreateError from error
            raise
        except DatabaseError as error:
            if not must_create:
                raise UpdateError from error
            raise

    # Deleting

    async def _delete(self, session_key: str | None) -> None:
        if session_key is None:
            session_key = self.session_key
            if session_key is None:
                return
        rows = self.model.objects.filter(session_key=session_key)
        await ask(rows.delete, rows.adelete)

    @classmethod
    def clear_expired(cls) -> None:
        cls.get_model_class().objects.filter(expire_date__lt=timezone.now()).delete()

    @classmethod
    async def aclear_expired(cls) -> None:
        await cls.get_model_class().objects.filter(expire_date__lt=timezone.now()).adelete()
