"""`AbstractBaseUser`: the core of a user model, usable without this application's models."""

from __future__ import annotations

import unicodedata
from typing import Any

from hotclub.conf import settings
from hotclub.contrib.auth import password_validation
from hotclub.contrib.auth.hashers import acheck_password, check_password, is_password_usable, make_password
from hotclub.db import models
from hotclub.utils.crypto import salted_hmac
from hotclub.utils.translation import gettext_lazy as _


class BaseUserManager(models.Manager):
    """What managers of users share."""

    @classmethod
    def normalize_email(cls, email: str | None) -> str:
        """Return the address with its domain in lower case."""
        email = email or ""
        local, at, domain = email.strip().rpartition("@")
        return f"{local}@{domain.lower()}" if at else email

    def get_by_natural_key(self, username: Any) -> Any:
        """Return a user by the field that identifies users."""
        return self.get(**{self.model.USERNAME_FIELD: username})

    async def aget_by_natural_key(self, username: Any) -> Any:
        """See `get_by_natural_key`."""
        return await self.aget(**{self.model.USERNAME_FIELD: username})


class AbstractBaseUser(models.Model):
    """A user who can prove to be one, and nothing more.

    Subclasses set `USERNAME_FIELD`, and `EMAIL_FIELD` and `REQUIRED_FIELDS` where they have them.
    """

    password = models.CharField(_("password"), max_length=128)
    last_login = models.DateTimeField(_("last login"), blank=True, null=True)

    is_active = True
    REQUIRED_FIELDS: list[str] = []
    USERNAME_FIELD: str
    EMAIL_FIELD: str
    # The password as it was typed, until it is saved.
    _password: str | None = None

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return str(self.get_username())

    def save(self, **kwargs: Any) -> None:
        super().save(**kwargs)
        if self._password is not None:
            password_validation.password_changed(self._password, self)
            self._password = None

    def get_username(self) -> Any:
        """Return what identifies the user."""
        return getattr(self, self.USERNAME_FIELD)

    def clean(self) -> None:
        setattr(self, self.USERNAME_FIELD, self.normalize_username(self.get_username()))

    def natural_key(self) -> tuple[Any]:
        """Return what identifies the user, as a tuple."""
        return (self.get_username(),)

    @property
    def is_anonymous(self) -> bool:
        """False: this is somebody."""
        return False

    @property
    def is_authenticated(self) -> bool:
        """True: this is somebody."""
        return True

    def set_password(self, raw_password: str | None) -> None:
        """Set the password (to one that never matches, if None). Does not save."""
        self.password = make_password(raw_password)
        self._password = raw_password

    def _renew(self, raw_password: str) -> None:
        # Only the hash is new: validators must not take it for a change.
        self.set_password(raw_password)
        self._password = None

    def check_password(self, raw_password: str | None) -> bool:
        """Say whether the password is right; a hash that is out of date is made anew and saved."""

        def setter(raw: str) -> None:
            self._renew(raw)
            self.save(update_fields=["password"])

        return check_password(raw_password, self.password, setter)

    async def acheck_password(self, raw_password: str | None) -> bool:
        """See `check_password`."""

        async def setter(raw: str) -> None:
            self._renew(raw)
            await self.asave(update_fields=["password"])

        return await acheck_password(raw_password, self.password, setter)

    def set_unusable_password(self) -> None:
        """Set a password that never matches."""
        self.password = make_password(None)

    def has_usable_password(self) -> bool:
        """Say whether there is a password that could match."""
        return is_password_usable(self.password)

    def get_session_auth_hash(self) -> str:
        """Return a keyed hash of the password: sessions end when it changes."""
        return self._get_session_auth_hash()

    def get_session_auth_fallback_hash(self) -> Any:
        """Give that hash for each of `SECRET_KEY_FALLBACKS`."""
        for secret in settings.SECRET_KEY_FALLBACKS:
            yield self._get_session_auth_hash(secret=secret)

    def _get_session_auth_hash(self, secret: Any = None) -> str:
        # The salt is fixed: sessions of existing projects were made with it.
        salt = "django.contrib.auth.models.AbstractBaseUser.get_session_auth_hash"
        return salted_hmac(salt, self.password, secret=secret, algorithm="sha256").hexdigest()

    @classmethod
    def get_email_field_name(cls) -> str:
        """Return the name of the field with the e-mail address."""
        return getattr(cls, "EMAIL_FIELD", "email")

    @classmethod
    def normalize_username(cls, username: Any) -> Any:
        """Return the name in NFKC: what looks the same is the same."""
        return unicodedata.normalize("NFKC", username) if isinstance(username, str) else username
