"""A backend that sends messages to an SMTP server."""

from __future__ import annotations

import email.policy
import smtplib
import ssl
import threading
import warnings
from collections.abc import Iterable
from email.errors import NonASCIILocalPartDefect
from email.headerregistry import Address
from typing import Any, cast

from hotclub.conf import settings
from hotclub.core.mail.backends.base import BaseEmailBackend
from hotclub.core.mail.exceptions import InvalidMailer
from hotclub.core.mail.utils import DNS_NAME
from hotclub.utils.deprecation import RemovedInDjango2028Warning
from hotclub.utils.encoding import force_str, punycode
from hotclub.utils.functional import cached_property


class EmailBackend(BaseEmailBackend):
    """Sends messages over SMTP.

    Args:
        host: the server.
        port: 25; 465 with `use_ssl`, 587 with `use_tls`, if it is not given.
        username, password: for logging in; no login without them.
        use_tls: turn to TLS after connecting (STARTTLS).
        use_ssl: speak TLS from the beginning.
        fail_silently: pass over errors.
        timeout: seconds to wait for the server.
        ssl_keyfile, ssl_certfile: the client's certificate.

    Raises:
        InvalidMailer: the host is missing, or both kinds of TLS are asked for.
    """

    def __init__(
        self,
        host: str | None = None,
        port: int | None = None,
        username: str | None = None,
        password: str | None = None,
        use_tls: bool | None = None,
        fail_silently: bool = False,
        use_ssl: bool | None = None,
        timeout: float | None = None,
        ssl_keyfile: str | None = None,
        ssl_certfile: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.fail_silently = fail_silently
        if self.alias is None:
            warnings.warn(
                "Directly creating EmailBackend instances is deprecated. Use mail.mailers instead.",
                RemovedInDjango2028Warning,
                stacklevel=2,
            )
            self.host = host or settings.EMAIL_HOST
            self.port = port or settings.EMAIL_PORT
            self.username = settings.EMAIL_HOST_USER if username is None else username
            self.password = settings.EMAIL_HOST_PASSWORD if password is None else password
            self.use_tls = settings.EMAIL_USE_TLS if use_tls is None else use_tls
            self.use_ssl = settings.EMAIL_USE_SSL if use_ssl is None else use_ssl
            self.timeout = settings.EMAIL_TIMEOUT if timeout is None else timeout
            self.ssl_keyfile = settings.EMAIL_SSL_KEYFILE if ssl_keyfile is None else ssl_keyfile
            self.ssl_certfile = settings.EMAIL_SSL_CERTFILE if ssl_certfile is None else ssl_certfile
        else:
            if not host:
                raise InvalidMailer("OPTIONS must define 'host'.", alias=self.alias)
            self.host = host
            self.port = port or (465 if use_ssl else 587 if use_tls else 25)
            self.username = username
            self.password = password
            self.use_tls = bool(use_tls)
            self.use_ssl = bool(use_ssl)
            self.timeout = timeout
            self.ssl_keyfile = ssl_keyfile
            self.ssl_certfile = ssl_certfile
        if self.use_ssl and self.use_tls:
            if self.alias is not None:
                raise InvalidMailer(
                    "The 'use_ssl' and 'use_tls' OPTIONS are incompatible. Set at most one of them to True.",
                    alias=self.alias,
                )
            raise ValueError(
                "EMAIL_USE_TLS/EMAIL_USE_SSL are mutually exclusive, so only set one of those settings to True."
            )
        self.connection: Any = None
        # A connection whose opening failed halfway, to be closed before the next try.
        self._partial_connection: Any = None
        self._lock = threading.RLock()

    @property
    def connection_class(self) -> type[smtplib.SMTP]:
        """The class of the connection."""
        return smtplib.SMTP_SSL if self.use_ssl else smtplib.SMTP

    @cached_property
    def ssl_context(self) -> ssl.SSLContext:
        """How TLS is spoken: certificates are checked, the client's is sent if it has one."""
        if self.ssl_certfile or self.ssl_keyfile:
            context = ssl.SSLContext(protocol=ssl.PROTOCOL_TLS_CLIENT)
            # Without a certificate, the library says what is missing.
            context.load_cert_chain(cast("str", self.ssl_certfile), self.ssl_keyfile)
            return context
        return ssl.create_default_context()

    def open(self) -> bool | None:
        if self.connection is not None:
            return False
        options: dict[str, Any] = {"local_hostname": DNS_NAME.get_fqdn()}
        if self.timeout is not None:
            options["timeout"] = self.timeout
        if self.use_ssl:
            options["context"] = self.ssl_context
        try:
            self._drop_partial()
            connection = self._partial_connection = self.connection_class(self.host, self.port, **options)
            if not self.use_ssl and self.use_tls:
                connection.starttls(context=self.ssl_context)
            if self.username and self.password:
                connection.login(self.username, self.password)
        except OSError:
            if not self.fail_silently:
                raise
            return None
        self.connection, self._partial_connection = self._partial_connection, None
        return True

    def _drop_partial(self) -> None:
        if self._partial_connection is not None:
            try:
                self._close_connection(self._partial_connection)
            finally:
                self._partial_connection = None

    def _close_connection(self, connection: Any) -> None:
        try:
            connection.quit()
        except (ssl.SSLError, smtplib.SMTPServerDisconnected):
            # After a failed TLS handshake, or where the server went away, there is nobody to say goodbye to.
            connection.close()
        except smtplib.SMTPException:
            if self.fail_silently:
                return
            raise

    def close(self) -> None:
        self._drop_partial()
        if self.connection is None:
            return
        try:
            self._close_connection(self.connection)
        finally:
            self.connection = None

    def send_messages(self, email_messages: Iterable[Any]) -> int:
        messages = list(email_messages)
        if not messages:
            return 0
        with self._lock:
            opened = self.open()
            if not self.connection or opened is None:
                # It could not be opened, and errors are passed over.
                return 0
            try:
                return sum(1 for message in messages if self._send(message))
            finally:
                if opened:
                    self.close()

    def _send(self, email_message: Any) -> bool:
        if not email_message.recipients():
            return False
        from_email = self.prep_address(email_message.from_email)
        recipients = [self.prep_address(address) for address in email_message.recipients()]
        message = email_message.message(policy=email.policy.SMTP)
        try:
            self.connection.sendmail(from_email, recipients, message.as_bytes())
        except smtplib.SMTPException:
            if not self.fail_silently:
                raise
            return False
        return True

    def prep_address(self, address: Any, force_ascii: bool = True) -> str:
        """Return the bare address for the envelope, its domain in ASCII.

        Raises:
            ValueError: it is not one address, or its local part is beyond ASCII.
        """
        address = force_str(address)
        if "\n" in address or "\r" in address:
            raise ValueError(f"Invalid address {address!r}: line break")
        parsed: Any = email.policy.default.header_factory("To", address)
        # Local parts beyond ASCII are looked at below; it is the rest that counts.
        defects = sorted({str(defect) for defect in parsed.defects if not isinstance(defect, NonASCIILocalPartDefect)})
        if defects or len(parsed.addresses) != 1:
            raise ValueError(f"Invalid address {address!r}: {'; '.join(defects) or 'not a single address'}")
        mailbox: Address = parsed.addresses[0]
        if not mailbox.username and not mailbox.domain:
            raise ValueError(f"Invalid address {address!r}: it is empty")
        if not force_ascii:
            return mailbox.addr_spec
        if not mailbox.username.isascii():
            raise ValueError(f"Invalid address {address!r}: local-part contains non-ASCII characters")
        domain = mailbox.domain if mailbox.domain.isascii() else punycode(mailbox.domain)
        return Address(username=mailbox.username, domain=domain).addr_spec
