"""Sending mail: messages, mailers, and functions for the usual cases."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from email.utils import make_msgid
from typing import Any

from hotclub.conf import settings
from hotclub.core.exceptions import ImproperlyConfigured
from hotclub.core.mail import message as message_module
from hotclub.core.mail.deprecation import (
    AUTH_ARGS_WARNING,
    CONNECTION_ARG_WARNING,
    FAIL_SILENTLY_ARG_WARNING,
    GET_CONNECTION_WARNING,
    report_connection_incompatibility,
    report_using_incompatibility,
    warn_about_default_mailers_if_needed,
    warn_external,
)
from hotclub.core.mail.exceptions import InvalidMailer, MailerDoesNotExist
from hotclub.core.mail.message import (
    DEFAULT_ATTACHMENT_MIME_TYPE,
    EmailAlternative,
    EmailAttachment,
    EmailMessage,
    EmailMultiAlternatives,
    forbid_multi_line_headers,
)
from hotclub.core.mail.utils import DNS_NAME, CachedDnsName
from hotclub.utils.deprecation import RemovedInDjango2028Warning, deprecate_posargs
from hotclub.utils.functional import Promise
from hotclub.utils.module_loading import import_string

__all__ = [
    "DEFAULT_ATTACHMENT_MIME_TYPE", "DEFAULT_MAILER_ALIAS", "DNS_NAME", "CachedDnsName", "EmailAlternative",
    "EmailAttachment", "EmailMessage", "EmailMultiAlternatives", "InvalidMailer", "MailerDoesNotExist",
    "forbid_multi_line_headers", "get_connection", "mail_admins", "mail_managers", "mailers", "make_msgid", "send_mail",
    "send_mass_mail",
]  # fmt: skip

DEFAULT_MAILER_ALIAS = "default"

outbox: list[EmailMessage]
"""What the backend for tests was given; there during tests only."""

_SMTP = "hotclub.core.mail.backends.smtp.EmailBackend"


class MailersHandler:
    """The mailers of `MAILERS`, by alias. Each look-up makes a new backend: they hold connections."""

    @property
    def settings(self) -> dict[str, Any]:
        """The configuration by alias."""
        return getattr(settings, "MAILERS", None) or {}

    @property
    def _is_configured(self) -> bool:
        return hasattr(settings, "MAILERS")

    @property
    def default(self) -> Any:
        """The mailer under the alias "default"."""
        return self[DEFAULT_MAILER_ALIAS]

    def __getitem__(self, alias: Any, /) -> Any:
        return self.create_connection(alias)

    def __contains__(self, alias: Any, /) -> bool:
        return alias in self.settings

    def __iter__(self) -> Iterator[str]:
        return iter(self.settings)

    def get(self, alias: Any, /, default: Any = None) -> Any:
        """Return the mailer under the alias; the default if none is configured."""
        try:
            return self[alias]
        except MailerDoesNotExist:
            return default

    def create_connection(self, alias: str, /, *, _deprecated_kwargs: dict[str, Any] | None = None) -> Any:
        """Make the backend of a mailer.

        Raises:
            MailerDoesNotExist: none is configured under the alias.
            InvalidMailer: its configuration cannot work.
        """
        extra = _deprecated_kwargs or {}
        if not self._is_configured and alias == DEFAULT_MAILER_ALIAS:
            # The older settings describe one backend.
            warn_about_default_mailers_if_needed()
            return import_string(settings.EMAIL_BACKEND)(**extra)
        if alias not in self.settings:
            raise MailerDoesNotExist(alias=alias)
        config = self.settings[alias]
        backend = config.get("BACKEND", _SMTP)
        options = config.get("OPTIONS", {})
        if "alias" in options:
            raise InvalidMailer("OPTIONS must not define 'alias'.", alias=alias)
        try:
            backend_class = import_string(backend)
        except ImportError as error:
            raise InvalidMailer(f"Could not find BACKEND {backend!r}: {error}", alias=alias) from error
        return backend_class(alias=alias, **{**options, **extra})


mailers = MailersHandler()


def _connection_for(using: str | None, fail_silently: bool = False, **kwargs: Any) -> Any:
    """Return the backend for a message that has none of its own."""
    extra = {name: value for name, value in kwargs.items() if value is not None}
    if fail_silently:
        extra["fail_silently"] = True
    if using is None and extra.get("fail_silently") and mailers._is_configured:
        extra["_ignore_unknown_kwargs"] = {"fail_silently", "username", "password"}
    return mailers.create_connection(using or DEFAULT_MAILER_ALIAS, _deprecated_kwargs=extra or None)


message_module.connection_maker.append(_connection_for)


@deprecate_posargs(RemovedInDjango2028Warning, ["fail_silently"])
def get_connection(backend: str | None = None, *, fail_silently: bool = False, **kwds: Any) -> Any:
    """Return a mail backend (deprecated; see `mailers`).

    Args:
        backend: dotted path of its class; the configured one, if None.
        fail_silently: pass over errors.
        **kwds: for the backend.

    Raises:
        RuntimeError: a backend is named, and the project has `MAILERS`.
    """
    warn_external(GET_CONNECTION_WARNING)
    if fail_silently:
        # Not every backend knows the option.
        kwds["fail_silently"] = True
    if mailers._is_configured:
        if backend is not None:
            raise RuntimeError("get_connection(backend, ...) is not supported with MAILERS.")
        return mailers.create_connection(DEFAULT_MAILER_ALIAS, _deprecated_kwargs=kwds or None)
    if backend is None:
        warn_about_default_mailers_if_needed()
    return import_string(backend or settings.EMAIL_BACKEND)(**kwds)


def _check_arguments(
    using: str | None,
    connection: Any,
    fail_silently: bool,
    auth_user: str | None = None,
    auth_password: str | None = None,
) -> None:
    if using is not None:
        report_using_incompatibility(connection, fail_silently, auth_user, auth_password)
    report_connection_incompatibility(connection, fail_silently, auth_user, auth_password)
    if connection is not None:
        warn_external(CONNECTION_ARG_WARNING, skip_frames=0)
    if fail_silently:
        warn_external(FAIL_SILENTLY_ARG_WARNING)
    if auth_user is not None or auth_password is not None:
        warn_external(AUTH_ARGS_WARNING)


@deprecate_posargs(
    RemovedInDjango2028Warning, ["fail_silently", "auth_user", "auth_password", "connection", "html_message"]
)
def send_mail(
    subject: Any,
    message: Any,
    from_email: Any,
    recipient_list: Any,
    *,
    fail_silently: bool = False,
    auth_user: str | None = None,
    auth_password: str | None = None,
    connection: Any = None,
    html_message: Any = None,
    using: str | None = None,
) -> int:
    """Send one message; all recipients see each other.

    Args:
        subject, message: texts.
        from_email: sender; `DEFAULT_FROM_EMAIL`, if None.
        recipient_list: addresses.
        html_message: the message as HTML, beside the plain text.
        using: alias of the mailer.
        fail_silently, auth_user, auth_password, connection: deprecated.

    Returns:
        How many were sent: one or none.
    """
    _check_arguments(using, connection, fail_silently, auth_user, auth_password)
    backend = connection or _connection_for(using, fail_silently, username=auth_user, password=auth_password)
    mail = EmailMultiAlternatives(subject, message, from_email, recipient_list)
    if html_message:
        mail.attach_alternative(html_message, "text/html")
    return _send_over(backend, [mail])


def _send_over(backend: Any, messages: list[EmailMessage]) -> int:
    wanted = [message for message in messages if message.recipients()]
    return int(backend.send_messages(wanted) or 0) if wanted else 0


@deprecate_posargs(RemovedInDjango2028Warning, ["fail_silently", "auth_user", "auth_password", "connection"])
def send_mass_mail(
    datatuple: Iterable[tuple[Any, Any, Any, Any]],
    *,
    fail_silently: bool = False,
    auth_user: str | None = None,
    auth_password: str | None = None,
    connection: Any = None,
    using: str | None = None,
) -> int:
    """Send several messages over one connection.

    Args:
        datatuple: (subject, message, sender, recipients) of each.
        using: alias of the mailer.
        fail_silently, auth_user, auth_password, connection: deprecated.

    Returns:
        How many were sent.
    """
    _check_arguments(using, connection, fail_silently, auth_user, auth_password)
    backend = connection or _connection_for(using, fail_silently, username=auth_user, password=auth_password)
    messages = [EmailMessage(subject, text, sender, to) for subject, text, sender, to in datatuple]
    for message in messages:
        message._connection = connection
    return int(backend.send_messages(messages) or 0)


def _addresses_of(setting_name: str) -> list[str]:
    """Return the addresses of `ADMINS` or `MANAGERS`."""
    value = getattr(settings, setting_name)
    if not isinstance(value, list | tuple):
        raise ImproperlyConfigured(f"The {setting_name} setting must be a list of email address strings.")
    if value and all(isinstance(item, list | tuple) and len(item) == 2 for item in value):
        warn_external(
            f"Using (name, address) pairs in the {setting_name} setting is deprecated. Replace with a list of email "
            "address strings."
        )
        value = [address for _, address in value]
    if not all(isinstance(item, str | Promise) for item in value):
        raise ImproperlyConfigured(f"The {setting_name} setting must be a list of email address strings.")
    return [str(item) for item in value]


def _send_server_message(
    *,
    setting_name: str,
    subject: Any,
    message: Any,
    html_message: Any = None,
    fail_silently: bool = False,
    connection: Any = None,
    using: str | None = None,
) -> None:
    _check_arguments(using, connection, fail_silently)
    recipients = _addresses_of(setting_name)
    if not recipients:
        return
    mail = EmailMultiAlternatives(
        f"{settings.EMAIL_SUBJECT_PREFIX}{subject}", message, settings.SERVER_EMAIL, recipients
    )
    if html_message:
        mail.attach_alternative(html_message, "text/html")
    _send_over(connection or _connection_for(using, fail_silently), [mail])


@deprecate_posargs(RemovedInDjango2028Warning, ["fail_silently", "connection", "html_message"])
def mail_admins(
    subject: Any,
    message: Any,
    *,
    fail_silently: bool = False,
    connection: Any = None,
    html_message: Any = None,
    using: str | None = None,
) -> None:
    """Send a message to the `ADMINS`; see `send_mail`."""
    _send_server_message(
        setting_name="ADMINS", subject=subject, message=message, html_message=html_message,
        fail_silently=fail_silently, connection=connection, using=using,
    )  # fmt: skip


@deprecate_posargs(RemovedInDjango2028Warning, ["fail_silently", "connection", "html_message"])
def mail_managers(
    subject: Any,
    message: Any,
    *,
    fail_silently: bool = False,
    connection: Any = None,
    html_message: Any = None,
    using: str | None = None,
) -> None:
    """Send a message to the `MANAGERS`; see `send_mail`."""
    _send_server_message(
        setting_name="MANAGERS", subject=subject, message=message, html_message=html_message,
        fail_silently=fail_silently, connection=connection, using=using,
    )  # fmt: skip


_DEPRECATED = {
    "BadHeaderError": ("builtins.ValueError", "BadHeaderError is deprecated. Replace with ValueError."),
    "SafeMIMEText": (
        "email.mime.text.MIMEText",
        "SafeMIMEText is deprecated. The return value of EmailMessage.message() is an email.message.EmailMessage.",
    ),
    "SafeMIMEMultipart": (
        "email.mime.multipart.MIMEMultipart",
        "SafeMIMEMultipart is deprecated. The return value of EmailMessage.message() is an email.message.EmailMessage.",
    ),
}
"""Old names: what stands for them now, and what is said when they are used."""


def __getattr__(name: str) -> Any:
    try:
        path, text = _DEPRECATED[name]
    except KeyError:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}") from None
    warn_external(text)
    return import_string(path)
