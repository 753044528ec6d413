"""Messages, built on the standard library's modern e-mail classes: they refuse line breaks in headers."""

from __future__ import annotations

import email.message
import email.policy
import mimetypes
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from email.headerregistry import Address, AddressHeader
from email.mime.base import MIMEBase
from email.utils import make_msgid
from pathlib import Path
from typing import Any, NamedTuple

from hotclub.conf import settings
from hotclub.core.mail.deprecation import (
    CONNECTION_ARG_WARNING,
    FAIL_SILENTLY_ARG_WARNING,
    report_using_incompatibility,
    warn_external,
)
from hotclub.core.mail.utils import DNS_NAME
from hotclub.utils.deprecation import RemovedInDjango2028Warning, deprecate_posargs
from hotclub.utils.encoding import force_str, punycode
from hotclub.utils.timezone import get_current_timezone

# For files whose type cannot be told.
DEFAULT_ATTACHMENT_MIME_TYPE = "application/octet-stream"

connection_maker: list[Callable[..., Any]] = []
"""Filled by the package: how a message finds the backend that sends it."""


class EmailAlternative(NamedTuple):
    """The body in another form."""

    content: Any
    mimetype: Any


class EmailAttachment(NamedTuple):
    """A file that goes with the message."""

    filename: Any
    content: Any
    mimetype: Any


_LINE_BREAK_ERROR = "Header values may not contain linefeed or carriage return characters"


def encode_domain(address: Address) -> Address:
    """Return the address with its domain in ASCII. A domain that is ASCII already stays as it is (it may be IDNA 2008)."""
    if address.domain.isascii():
        return address
    return Address(display_name=address.display_name, username=address.username, domain=punycode(address.domain))


class EmailMessage:
    """A message of plain text, with attachments.

    Args:
        subject, body: texts.
        from_email: sender; `DEFAULT_FROM_EMAIL`, if None.
        to, cc, bcc, reply_to: lists of addresses.
        connection: backend that sends the message (deprecated; see `send(using=…)`).
        attachments: `EmailAttachment`s, tuples of the same form, or `email.message.MIMEPart`s.
        headers: further headers; they win over those made of the other arguments.

    Raises:
        TypeError: addresses are given as one text.
    """

    content_subtype = "plain"
    encoding: str | None = None  # None means DEFAULT_CHARSET

    @deprecate_posargs(RemovedInDjango2028Warning, ["bcc", "connection", "attachments", "headers", "cc", "reply_to"])
    def __init__(
        self,
        subject: Any = "",
        body: Any = "",
        from_email: Any = None,
        to: Sequence[Any] | None = None,
        *,
        bcc: Sequence[Any] | None = None,
        connection: Any = None,
        attachments: Iterable[Any] | None = None,
        headers: dict[str, Any] | None = None,
        cc: Sequence[Any] | None = None,
        reply_to: Sequence[Any] | None = None,
    ) -> None:
        self.to = self._addresses("to", to)
        self.cc = self._addresses("cc", cc)
        self.bcc = self._addresses("bcc", bcc)
        self.reply_to = self._addresses("reply_to", reply_to)
        self.from_email = from_email or settings.DEFAULT_FROM_EMAIL
        self.subject = subject
        self.body = body or ""
        self.attachments: list[Any] = []
        for attachment in attachments or ():
            if isinstance(attachment, email.message.Message):
                self.attach(attachment)
            else:
                self.attach(*attachment)
        self.extra_headers = headers or {}
        self._connection = connection
        if connection is not None:
            warn_external(CONNECTION_ARG_WARNING)

    @staticmethod
    def _addresses(name: str, value: Sequence[Any] | None) -> list[Any]:
        if isinstance(value, str):
            raise TypeError(f'"{name}" argument must be a list or tuple')
        return list(value) if value else []

    @property
    def connection(self) -> Any:
        """The backend that sends the message (deprecated)."""
        warn_external("The EmailMessage.connection attribute is deprecated.")
        return self._connection

    @connection.setter
    def connection(self, value: Any) -> None:
        warn_external(
            "The EmailMessage.connection attribute is deprecated. Switch to EmailMessage.send(using=...) with a MAILERS "
            "alias."
        )
        self._connection = value

    def message(self, *, policy: Any = email.policy.default) -> email.message.EmailMessage:
        """Return the message in the form of the standard library.

        Args:
            policy: how it is serialized.

        Raises:
            ValueError: a header with a line break, or "Bcc" among the extra headers.
        """
        message = email.message.EmailMessage(policy=policy)
        self._add_bodies(message)
        self._add_attachments(message)
        self._add_headers(message)
        self._encode_domains(message)
        return message

    def _add_headers(self, message: email.message.EmailMessage) -> None:
        extra = {name.lower(): (name, value) for name, value in self.extra_headers.items()}
        if "bcc" in extra:
            raise ValueError(
                'Bcc is not a valid email header. Use the "bcc" argument to specify blind carbon copy recipients.'
            )
        message["Subject"] = str(self.subject)
        message["From"] = str(extra.pop("from", (None, self.from_email))[1])
        for name, addresses in (("To", self.to), ("Cc", self.cc), ("Reply-To", self.reply_to)):
            listed = ", ".join(str(address) for address in addresses if address)
            if value := str(extra.pop(name.lower(), (None, listed))[1]):
                message[name] = value
        if "date" not in extra:
            # In local time only if the project wants to tell where it is.
            message["Date"] = datetime.now(get_current_timezone() if settings.EMAIL_USE_LOCALTIME else UTC)
        if "message-id" not in extra:
            message["Message-ID"] = make_msgid(domain=str(DNS_NAME))
        for name, value in extra.values():
            del message[name]
            message[name] = value if isinstance(value, datetime) else force_str(value, strings_only=True)

    @staticmethod
    def _encode_domains(message: email.message.EmailMessage) -> None:
        """Write the domains of addresses in ASCII."""
        for name, value in message.items():
            if isinstance(value, AddressHeader) and not str(value).isascii():
                encoded = [encode_domain(address) for address in value.addresses]
                if tuple(encoded) != value.addresses:
                    message.replace_header(name, encoded)

    def recipients(self) -> list[str]:
        """Return all addresses the message goes to."""
        return [address for address in (self.to + self.cc + self.bcc) if address]

    def send(self, fail_silently: bool = False, *, using: str | None = None) -> int:
        """Send the message, and return how many were sent: one or none.

        Args:
            fail_silently: pass over errors (deprecated).
            using: alias of the mailer; the default one, if None.
        """
        if hasattr(self, "get_connection"):
            raise AttributeError("EmailMessage no longer supports the undocumented get_connection() method.")
        if using is not None:
            report_using_incompatibility(self._connection, fail_silently)
        if fail_silently:
            if self._connection is not None:
                raise TypeError(
                    "fail_silently cannot be used with a connection. Pass fail_silently to get_connection() instead."
                )
            warn_external(FAIL_SILENTLY_ARG_WARNING)
        if not self.recipients():
            # Nobody to write to: no connection is opened.
            return 0
        connection = self._connection or connection_maker[0](using, fail_silently=fail_silently)
        sent: int = connection.send_messages([self])
        return sent

    def attach(self, filename: Any = None, content: Any = None, mimetype: str | None = None) -> None:
        """Attach a file, or a part that is ready.

        Args:
            filename: its name; or an `email.message.MIMEPart`, then nothing else is given.
            content: text or bytes; another message, if the type is message/rfc822.
            mimetype: media type; guessed from the name, if None.

        Raises:
            ValueError: the arguments do not fit together.
        """
        if isinstance(filename, email.message.MIMEPart | MIMEBase):
            if content is not None or mimetype is not None:
                raise ValueError("content and mimetype must not be given when a MIMEPart instance is provided.")
            if isinstance(filename, MIMEBase):
                warn_external("MIMEBase attachments are deprecated. Use an email.message.MIMEPart instead.")
            self.attachments.append(filename)
            return
        if content is None:
            raise ValueError("content must be provided.")
        mimetype = mimetype or mimetypes.guess_type(filename or "")[0] or DEFAULT_ATTACHMENT_MIME_TYPE
        self.attachments.append(EmailAttachment(filename, *_readable(content, mimetype)))

    def attach_file(self, path: Any, mimetype: str | None = None) -> None:
        """Attach a file of the file system; see `attach`."""
        path = Path(path)
        self.attach(path.name, path.read_bytes(), mimetype)

    def _add_bodies(self, msg: email.message.EmailMessage) -> None:
        if self.body or not self.attachments:
            set_text(msg, self.body, self.content_subtype, self.encoding)

    def _add_attachments(self, msg: email.message.EmailMessage) -> None:
        if not self.attachments:
            return
        if hasattr(self, "mixed_subtype"):
            raise AttributeError("EmailMessage no longer supports the undocumented `mixed_subtype` attribute")
        msg.make_mixed()
        for attachment in self.attachments:
            if isinstance(attachment, email.message.Message):
                msg.attach(attachment)  # type: ignore[arg-type]  # any message part may stand in a multipart
            else:
                self._add_attachment(msg, *attachment)

    def _add_attachment(self, msg: Any, filename: Any, content: Any, mimetype: str) -> None:
        content, mimetype = _readable(content, mimetype)
        part = email.message.MIMEPart(policy=msg.policy)
        if mimetype == "message/rfc822":
            part.set_content(_as_message(content), filename=filename, disposition="attachment")
        else:
            set_content(part, content, mimetype, self.encoding)
            part["Content-Disposition"] = "attachment"
            if filename is not None:
                part.set_param("filename", str(filename), header="Content-Disposition", replace=True)
        msg.attach(part)


def _readable(content: Any, mimetype: str) -> tuple[Any, str]:
    """Return content and type of an attachment: text as text, and as bytes of no known type if it cannot be read."""
    if mimetype.startswith("text/") and isinstance(content, bytes):
        try:
            return content.decode(), mimetype
        except UnicodeDecodeError:
            return content, DEFAULT_ATTACHMENT_MIME_TYPE
    return content, mimetype


def _as_message(content: Any) -> email.message.EmailMessage:
    """Return an attached message as one of the standard library."""
    if isinstance(content, EmailMessage):
        return content.message()
    if isinstance(content, email.message.EmailMessage):
        return content
    if isinstance(content, email.message.Message):
        content = content.as_bytes()
    if isinstance(content, str):
        content = content.encode(errors="surrogateescape")
    return email.message_from_bytes(content, policy=email.policy.default)


def set_text(part: Any, content: Any, subtype: str, encoding: Any) -> None:
    """Set a text as the content of a part, in the simplest encoding that carries it."""
    charset = encoding or settings.DEFAULT_CHARSET
    text = force_str(
        content, encoding=charset if isinstance(charset, str) else settings.DEFAULT_CHARSET, errors="surrogateescape"
    )
    if not isinstance(charset, str):
        # An email.charset.Charset says itself how a body is encoded.
        body_encoding = {1: "quoted-printable", 2: "base64"}.get(charset.body_encoding)
        part.set_content(str(text), subtype=subtype, charset=charset.input_charset, cte=body_encoding)
        return
    part.set_content(str(text), subtype=subtype, charset=charset)


def set_content(part: Any, content: Any, mimetype: str, encoding: Any) -> None:
    """Set text or bytes as the content of a part."""
    maintype, _, subtype = mimetype.partition("/")
    if maintype == "text" and isinstance(content, str):
        set_text(part, content, subtype, encoding)
        return
    data = content.encode(str(encoding or settings.DEFAULT_CHARSET)) if isinstance(content, str) else bytes(content)
    part.set_content(data, maintype=maintype, subtype=subtype or "octet-stream")


class EmailMultiAlternatives(EmailMessage):
    """A message whose body comes in several forms; the last one is the best."""

    @deprecate_posargs(
        RemovedInDjango2028Warning,
        ["bcc", "connection", "attachments", "headers", "alternatives", "cc", "reply_to"],
    )
    def __init__(
        self,
        subject: Any = "",
        body: Any = "",
        from_email: Any = None,
        to: Sequence[Any] | None = None,
        *,
        bcc: Sequence[Any] | None = None,
        connection: Any = None,
        attachments: Iterable[Any] | None = None,
        headers: dict[str, Any] | None = None,
        alternatives: Iterable[Any] | None = None,
        cc: Sequence[Any] | None = None,
        reply_to: Sequence[Any] | None = None,
    ) -> None:
        super().__init__(
            subject, body, from_email, to, bcc=bcc, connection=connection, attachments=attachments, headers=headers,
            cc=cc, reply_to=reply_to,
        )  # fmt: skip
        self.alternatives = [EmailAlternative(*alternative) for alternative in alternatives or ()]

    def attach_alternative(self, content: Any, mimetype: str) -> None:
        """Add the body in another form.

        Raises:
            ValueError: content or type is missing.
        """
        if content is None or mimetype is None:
            raise ValueError("Both content and mimetype must be provided.")
        self.alternatives.append(EmailAlternative(content, mimetype))

    def _add_bodies(self, msg: email.message.EmailMessage) -> None:
        if self.body or not self.alternatives:
            super()._add_bodies(msg)
        if not self.alternatives:
            return
        if hasattr(self, "alternative_subtype"):
            raise AttributeError(
                "EmailMultiAlternatives no longer supports the undocumented `alternative_subtype` attribute"
            )
        msg.make_alternative()
        for content, mimetype in self.alternatives:
            part = email.message.MIMEPart(policy=msg.policy)
            if mimetype == "message/rfc822":
                part.set_content(_as_message(content))
            else:
                if mimetype.startswith("text/") and isinstance(content, bytes):
                    content = content.decode()
                set_content(part, content, mimetype, self.encoding)
            msg.attach(part)  # type: ignore[arg-type]  # the same

    def body_contains(self, text: str) -> bool:
        """Say whether the text is in the body, in each of its forms that are text."""
        if text not in self.body:
            return False
        return all(text in content for content, mimetype in self.alternatives if mimetype.startswith("text/"))


def sanitize_address(addr: Any, encoding: str) -> str:
    """Return an address as it is written in a header (deprecated; use `email.headerregistry.Address`).

    Args:
        addr: text, or (display name, address).
        encoding: not used: what is not ASCII is written in UTF-8.

    Raises:
        ValueError: it is not one address.
    """
    warn_external(
        "The internal API sanitize_address() is deprecated. Python's modern email API (with email.message.EmailMessage or "
        "email.policy.default) will handle most required validation and encoding. Use Python's "
        "email.headerregistry.Address to construct formatted addresses from component parts."
    )
    display_name, text = addr if isinstance(addr, tuple) else (None, force_str(addr))
    if any(sign in part for sign in "\r\n" for part in (display_name or "", text)):
        raise ValueError("Invalid address; address parts cannot contain newlines.")
    policy = email.policy.default
    header: Any = policy.header_factory("To", text)
    if len(header.addresses) != 1:
        raise ValueError(f"Invalid address {text!r}")
    address = encode_domain(header.addresses[0])
    if display_name is not None:
        address = Address(display_name=display_name, username=address.username, domain=address.domain)
    return str(policy.header_factory("To", [address]).fold(policy=policy)).removeprefix("To: ").rstrip()


def forbid_multi_line_headers(name: str, val: Any, encoding: str) -> tuple[str, str]:
    """Return the header if its value is on one line (deprecated; the standard library refuses others)."""
    warn_external(
        "The internal API forbid_multi_line_headers() is deprecated. Python's modern email API (with "
        "email.message.EmailMessage or email.policy.default) will reject multi-line headers."
    )
    value = str(val)
    if "\n" in value or "\r" in value:
        raise ValueError(_LINE_BREAK_ERROR)
    return name, value


__all__ = [
    "DEFAULT_ATTACHMENT_MIME_TYPE", "EmailAlternative", "EmailAttachment", "EmailMessage", "EmailMultiAlternatives",
    "forbid_multi_line_headers", "sanitize_address",
]  # fmt: skip
