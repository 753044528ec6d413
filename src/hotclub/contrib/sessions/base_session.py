"""The abstract model of sessions, importable before the registry is ready."""

from __future__ import annotations

from typing import Any

from hotclub.db import models
from hotclub.utils.translation import gettext_lazy as _


class BaseSessionManager(models.Manager):  # type: ignore[type-arg,misc,unused-ignore]
    """Manager of session models."""

    def encode(self, session_dict: dict[str, Any]) -> str:
        """Give data as it is stored."""
        return self.model.get_session_store_class()().encode(session_dict)  # type: ignore[no-any-return]

    def save(self, session_key: str, session_dict: dict[str, Any], expire_date: Any) -> Any:
        """Store a session; without data it is deleted."""
        session = self.model(session_key, self.encode(session_dict), expire_date)
        if session_dict:
            session.save()
        else:
            session.delete()
        return session


class AbstractBaseSession(models.Model):
    """The columns that every session model has."""

    session_key = models.CharField(_("session key"), max_length=40, primary_key=True)
    session_data = models.TextField(_("session data"))
    expire_date = models.DateTimeField(_("expire date"), db_index=True)

    objects = BaseSessionManager()

    class Meta:
        abstract = True
        verbose_name = _("session")
        verbose_name_plural = _("sessions")

    def __str__(self) -> str:
        return self.session_key

    @classmethod
    def get_session_store_class(cls) -> Any:
        """Give the store that uses this model."""
        raise NotImplementedError

    def get_decoded(self) -> dict[str, Any]:
        """Give the data."""
        return self.get_session_store_class()().decode(self.session_data)  # type: ignore[no-any-return]
